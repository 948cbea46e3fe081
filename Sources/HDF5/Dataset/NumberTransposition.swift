import HDF5Format

/// Turns stored numbers of one type into stored numbers of another, as virtual datasets need it.
///
/// Values that the other type cannot hold are rounded and clamped, as libhdf5 does.
struct NumberTransposition {
    private let source: H5Datatype
    private let target: H5Datatype

    init(from source: H5Datatype, to target: H5Datatype) {
        self.source = source
        self.target = target
    }

    /// Converts `count` elements.
    ///
    /// - Throws: `H5Error` with code `conversion` when the types are no numbers of usual widths.
    func convert(_ bytes: [UInt8], count: Int) throws -> [UInt8] {
        switch target.kind {
        case .integer(let format)
        where format.bitOffset == 0 && format.precision == target.size * 8 && format.order != .vax:
            let isBig = format.order == .bigEndian
            switch (target.size, format.isSigned) {
            case (1, true): return try convert(bytes, count, Int8.self, isBig)
            case (2, true): return try convert(bytes, count, Int16.self, isBig)
            case (4, true): return try convert(bytes, count, Int32.self, isBig)
            case (8, true): return try convert(bytes, count, Int64.self, isBig)
            case (1, false): return try convert(bytes, count, UInt8.self, isBig)
            case (2, false): return try convert(bytes, count, UInt16.self, isBig)
            case (4, false): return try convert(bytes, count, UInt32.self, isBig)
            case (8, false): return try convert(bytes, count, UInt64.self, isBig)
            default: break
            }
        case .float(let format) where format.order != .vax:
            let isBig = format.order == .bigEndian
            if format.hasSameFields(as: .binary32) { return try convert(bytes, count, Float.self, isBig) }
            if format.hasSameFields(as: .binary64) { return try convert(bytes, count, Double.self, isBig) }
        default: break
        }
        throw H5Error(.conversion, "elements are \(source), which are not converted to \(target)")
    }

    private func convert<Element: H5Number>(
        _ bytes: [UInt8], _ count: Int, _ type: Element.Type, _ isBigEndian: Bool
    ) throws -> [UInt8] {
        let conversion = try NumericConversion<Element>(from: source, policy: .clamping)
        guard bytes.count >= count * source.size else {
            throw H5Error(.truncated, "\(count) elements do not lie in \(bytes.count) bytes")
        }
        let values = try [Element](unsafeUninitializedCapacity: count) { buffer, filled in
            // Both areas hold `count` elements, as checked above.
            try bytes.withUnsafeBytes { stored in
                guard count > 0, let from = stored.baseAddress, let to = buffer.baseAddress else { return }
                try conversion.convert(
                    from: from, stride: source.size, to: to, destinationStride: 1, count: count, firstIndex: 0)
            }
            filled = count
        }
        var result = values.withUnsafeBytes { Array($0) }
        guard isBigEndian, target.size > 1 else { return result }
        for start in stride(from: 0, to: result.count, by: target.size) {
            result[start..<(start + target.size)].reverse()
        }
        return result
    }
}
