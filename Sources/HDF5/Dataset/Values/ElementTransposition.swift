import HDF5Format

/// Turns stored elements of one type into stored elements of another, as virtual datasets need it where a source has
/// another type than the virtual dataset.
///
/// Numbers become numbers, texts of fixed length get another length or another padding, arrays are converted value by
/// value, compounds member by member of the same name, enumerations name by name. Descriptors of variable-length data
/// and references are kept, so their types must be the same on both sides.
struct ElementTransposition: Sendable {
    let sourceSize: Int
    let targetSize: Int
    private let step: Step

    /// Throws `H5Error` (`conversion` or `unsupported`) where elements of one type cannot become such of the other.
    init(from source: H5Datatype, to target: H5Datatype) throws {
        sourceSize = source.size
        targetSize = target.size
        step = try Step(from: source, to: target)
    }

    fileprivate indirect enum Step: Sendable {
        case copy
        case number(NumberTransposition)
        case text(from: H5StringFormat.Padding, to: H5StringFormat.Padding)
        case parts([Part])
        /// The stored target value of each stored source value that has a name; others become all ones.
        case names([[UInt8]: [UInt8]])
    }

    /// Values side by side inside an element.
    fileprivate struct Part: Sendable {
        var step: Step
        var sourceOffset: Int
        var sourceSize: Int
        var targetOffset: Int
        var targetSize: Int
        var count = 1
    }

    /// Converts one element.
    func convert(_ element: [UInt8]) throws -> [UInt8] {
        var converted = [UInt8](repeating: 0, count: targetSize)
        try converted.withUnsafeMutableBytes { target in
            try element.withUnsafeBytes { try convert(from: $0, stride: sourceSize, to: target, count: 1) }
        }
        return converted
    }

    /// Converts `count` elements; the buffers must hold as many.
    func convert(
        from source: UnsafeRawBufferPointer, stride: Int, to target: UnsafeMutableRawBufferPointer, count: Int
    ) throws {
        guard count > 0 else { return }
        let needed = (count - 1).multipliedReportingOverflow(by: stride)
        guard stride >= 0, !needed.overflow, needed.partialValue <= source.count - sourceSize,
            count <= target.count / max(1, targetSize), let from = source.baseAddress, let to = target.baseAddress
        else { throw H5Error(.damaged, "elements do not lie in their memory") }
        // The steps stay inside elements of these sizes, which `Step` made sure of.
        let part = Part(
            step: step, sourceOffset: 0, sourceSize: sourceSize, targetOffset: 0, targetSize: targetSize)
        try part.run(from, stride: stride, to, targetStride: targetSize, count: count)
    }
}

extension ElementTransposition.Step {
    init(from source: H5Datatype, to target: H5Datatype) throws {
        func refused() -> H5Error {
            H5Error(.conversion, "elements are \(source), which are not converted to \(target)")
        }
        if source == target {
            self = .copy
            return
        }
        // Text is what it is, whatever character set is declared; the bytes are given out as they are.
        if case (.variableLengthString, .variableLengthString) = (source.kind, target.kind), source.size == target.size
        {
            self = .copy
            return
        }
        guard !target.holdsPlaces || target.isCompoundOrArray else {
            throw H5Error(
                .unsupported,
                "elements are \(source), which would have to be written anew to be shown as \(target); read the source")
        }
        if let (from, to) = Self.complexParts(source, target) {
            self = .parts(try zip(from, to).map { try Self.member($0, of: source, $1, of: target) })
            return
        }
        switch (source.kind, target.kind) {
        case (.string(let from), .string(let to)): self = .text(from: from.padding, to: to.padding)
        case (.enumeration(let from, let values), .enumeration(let to, let wanted)):
            var names: [[UInt8]: [UInt8]] = [:]
            for value in values where value.storedValue.count == from.size {
                guard let match = wanted.first(where: { $0.name.hasSameUTF8(as: value.name) }),
                    match.storedValue.count == to.size
                else { continue }
                names[value.storedValue] = match.storedValue
            }
            guard from.size == source.size, to.size == target.size else { throw refused() }
            self = .names(names)
        case (_, .enumeration): throw refused()
        case (.array(let from, let base), .array(let to, let wanted)):
            guard from == to, base.size > 0, wanted.size > 0 else { throw refused() }
            let count = try checkedProduct(from, "the values of an element")
            guard try checkedProduct(count, base.size, "the size of an element") <= source.size,
                try checkedProduct(count, wanted.size, "the size of an element") <= target.size
            else { throw H5Error(.damaged, "an array type holds more values than its size") }
            self = .parts([
                .init(
                    step: try Self(from: base, to: wanted), sourceOffset: 0, sourceSize: base.size, targetOffset: 0,
                    targetSize: wanted.size, count: count)
            ])
        case (.compound(let members), .compound(let wanted)):
            self = .parts(
                try wanted.compactMap { member in
                    // A member that the source does not have stays zero.
                    guard let match = members.first(where: { $0.name.hasSameUTF8(as: member.name) }) else { return nil }
                    return try Self.member(match, of: source, member, of: target)
                })
        default: self = .number(try NumberTransposition(from: source, to: target))
        }
    }

    private static func member(
        _ member: H5CompoundMember, of source: H5Datatype, _ wanted: H5CompoundMember, of target: H5Datatype
    ) throws -> ElementTransposition.Part {
        guard member.offset >= 0, wanted.offset >= 0, member.offset <= source.size - member.type.size,
            wanted.offset <= target.size - wanted.type.size
        else { throw H5Error(.damaged, "member \(member.name) lies outside its compound") }
        return .init(
            step: try Self(from: member.type, to: wanted.type), sourceOffset: member.offset,
            sourceSize: member.type.size, targetOffset: wanted.offset, targetSize: wanted.type.size)
    }

    /// Real and imaginary part of two complex types that are made differently; nil for other types.
    private static func complexParts(
        _ source: H5Datatype, _ target: H5Datatype
    ) -> (source: [H5CompoundMember], target: [H5CompoundMember])? {
        func parts(_ datatype: H5Datatype) -> [H5CompoundMember]? {
            switch datatype.kind {
            case .complex(let base): return [0, base.size].map { H5CompoundMember(name: "", offset: $0, type: base) }
            case .compound(let members): return datatype.complexBase == nil ? nil : members
            default: return nil
            }
        }
        guard let from = parts(source), let to = parts(target) else { return nil }
        return (from, to)
    }
}

extension ElementTransposition.Part {
    /// Runs the step over the values of `elements` elements; the caller answers for both memory areas.
    fileprivate func run(
        _ source: UnsafeRawPointer, stride: Int, _ target: UnsafeMutableRawPointer, targetStride: Int,
        count elements: Int
    ) throws {
        let (source, target) = (source + sourceOffset, target + targetOffset)
        if count == 1 { return try run(step, source, stride, target, targetStride, elements) }
        for index in 0..<elements {
            try run(step, source + index &* stride, sourceSize, target + index &* targetStride, targetSize, count)
        }
    }

    private func run(
        _ step: ElementTransposition.Step, _ source: UnsafeRawPointer, _ stride: Int,
        _ target: UnsafeMutableRawPointer, _ targetStride: Int, _ count: Int
    ) throws {
        if case .number(let numbers) = step {
            return try numbers.convert(
                from: source, stride: stride, to: target, targetStride: targetStride, count: count)
        }
        for index in 0..<count {
            let from = UnsafeRawBufferPointer(start: source + index &* stride, count: sourceSize)
            let to = UnsafeMutableRawBufferPointer(start: target + index &* targetStride, count: targetSize)
            switch step {
            case .number: break
            case .copy: to.copyMemory(from: UnsafeRawBufferPointer(rebasing: from[..<min(from.count, to.count)]))
            case .text(let stored, let wanted): Self.copyText(from, stored, to, wanted)
            case .names(let names):
                if let value = names[Array(from)], value.count == to.count {
                    to.copyBytes(from: value)
                } else {
                    to.initializeMemory(as: UInt8.self, repeating: 0xFF)
                }
            case .parts(let parts):
                to.initializeMemory(as: UInt8.self, repeating: 0)
                guard let from = from.baseAddress, let to = to.baseAddress else { continue }
                for part in parts { try part.run(from, stride: 0, to, targetStride: 0, count: 1) }
            }
        }
    }

    /// Copies the characters that fit and pads the rest.
    private static func copyText(
        _ source: UnsafeRawBufferPointer, _ stored: H5StringFormat.Padding, _ target: UnsafeMutableRawBufferPointer,
        _ wanted: H5StringFormat.Padding
    ) {
        var count = source.count
        switch stored {
        case .nullTerminated: count = source.firstIndex(of: 0) ?? count
        case .nullPadded: while count > 0, source[count - 1] == 0 { count -= 1 }
        case .spacePadded: while count > 0, source[count - 1] == 0x20 { count -= 1 }
        }
        // The terminator takes the place of a character where there is no other.
        count = min(count, wanted == .nullTerminated ? max(0, target.count - 1) : target.count)
        target.initializeMemory(as: UInt8.self, repeating: wanted == .spacePadded ? 0x20 : 0)
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
    }
}

extension H5Datatype {
    fileprivate var isCompoundOrArray: Bool {
        switch kind {
        case .compound, .array: return true
        default: return false
        }
    }
}
