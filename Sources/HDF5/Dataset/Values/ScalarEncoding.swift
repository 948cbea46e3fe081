import HDF5Format

extension ScalarValue {
    /// The number taken apart.
    var unpacked: UnpackedFloat {
        switch self {
        case .signed(let value): return value.unpacked
        case .unsigned(let value): return value.unpacked
        case .wide(let value):
            return UnpackedFloat(.finite, isNegative: value < 0, significand: value.magnitude)
        case .wideUnsigned(let value): return UnpackedFloat(.finite, isNegative: false, significand: value)
        case .float(let value): return UnpackedFloat(value)
        case .wideFloat(let value): return value
        }
    }
}

extension ScalarSource {
    /// Writes a number at an offset, from which on there are as many bytes as the type has.
    ///
    /// Answers whether the type holds the number exactly; otherwise nothing is written.
    @inline(__always)
    func store(_ value: ScalarValue, to bytes: inout [UInt8], at offset: Int) -> Bool {
        switch self {
        case .fields(let fields):
            guard let bits = fields.pack(value.unpacked, .exact) else { return false }
            return Self.withElement(&bytes, at: offset, count: fields.window.size) { fields.store(bits, to: $0) }
        case .floatFields(let fields):
            guard let bits = fields.pack(value.unpacked, .exact) else { return false }
            return Self.withElement(&bytes, at: offset, count: fields.window.size) { fields.window.store(bits, to: $0) }
        default: break
        }
        // Stores to a span are checked against its end.
        var elements = bytes.mutableSpan
        var span = elements.mutableBytes
        switch self {
        case .double(let isSwapped):
            guard let bits = value.float(Double.self)?.bitPattern else { return false }
            span.storeBytes(of: isSwapped ? bits.byteSwapped : bits, toByteOffset: offset, as: UInt64.self)
        case .float(let isSwapped):
            guard let bits = value.float(Float.self)?.bitPattern else { return false }
            span.storeBytes(of: isSwapped ? bits.byteSwapped : bits, toByteOffset: offset, as: UInt32.self)
        case .integer(let width, let isSigned, let isSwapped):
            switch width {
            case 1:
                let bits = isSigned ? value.integer(Int8.self).map { UInt8(bitPattern: $0) } : value.integer(UInt8.self)
                guard let bits else { return false }
                span.storeBytes(of: bits, toByteOffset: offset, as: UInt8.self)
            case 2:
                let bits =
                    isSigned ? value.integer(Int16.self).map { UInt16(bitPattern: $0) } : value.integer(UInt16.self)
                guard let bits else { return false }
                span.storeBytes(of: isSwapped ? bits.byteSwapped : bits, toByteOffset: offset, as: UInt16.self)
            case 4:
                let bits =
                    isSigned ? value.integer(Int32.self).map { UInt32(bitPattern: $0) } : value.integer(UInt32.self)
                guard let bits else { return false }
                span.storeBytes(of: isSwapped ? bits.byteSwapped : bits, toByteOffset: offset, as: UInt32.self)
            default:
                let bits =
                    isSigned ? value.integer(Int64.self).map { UInt64(bitPattern: $0) } : value.integer(UInt64.self)
                guard let bits else { return false }
                span.storeBytes(of: isSwapped ? bits.byteSwapped : bits, toByteOffset: offset, as: UInt64.self)
            }
        case .fields, .floatFields: return false
        }
        return true
    }

    /// Gives `body` the memory of an element of `count` bytes; answers whether it lies in the array.
    private static func withElement(
        _ bytes: inout [UInt8], at offset: Int, count: Int, _ body: (UnsafeMutableRawPointer) -> Void
    ) -> Bool {
        bytes.withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress, offset >= 0, count <= buffer.count, offset <= buffer.count - count
            else { return false }
            body(base + offset)
            return true
        }
    }
}

/// Memory that elements are put together in.
///
/// A class, because encoders and containers are copied at every step: this way they all write to one place.
final class ElementBuffer {
    var bytes: [UInt8]

    init(count: Int) { bytes = [UInt8](repeating: 0, count: count) }

    /// Makes `count` bytes of it, all zero.
    func reset(count: Int) {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: repeatElement(0, count: count))
    }

    /// Adds `count` bytes, all zero; gives where they start.
    func grow(by count: Int) -> Int {
        bytes.append(contentsOf: repeatElement(0, count: count))
        return bytes.count - count
    }
}

/// Puts values into prepared elements: what rows and values of any type have in common.
struct ElementWriter {
    /// What takes variable-length data; nil where there is none.
    let store: (any VariableLengthStore)?

    /// Puts a number; answers whether the type holds it exactly.
    @inline(__always)
    func put(_ value: ScalarValue, _ node: RowNode, _ source: ScalarSource, in buffer: ElementBuffer, at offset: Int)
        -> Bool
    {
        guard source.store(value, to: &buffer.bytes, at: offset) else { return false }
        if !node.padding.isEmpty { pad(node, in: buffer, at: offset) }
        return true
    }

    private func pad(_ node: RowNode, in buffer: ElementBuffer, at offset: Int) {
        for (index, bits) in node.padding.enumerated() where bits != 0 { buffer.bytes[offset + index] |= bits }
    }

    /// Puts text into a string; `place` says where that is, for errors.
    func put(
        _ text: String, _ node: RowNode, in buffer: ElementBuffer, at offset: Int, place: @autoclosure () -> String
    ) throws {
        let encoder = try StringEncoder(datatype: node.datatype, store: store)
        let size = encoder.storedSize
        try buffer.bytes.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress, offset >= 0, size <= bytes.count, offset <= bytes.count - size else {
                throw H5Error(.invalidArgument, "text does not lie in the memory of its element")
            }
            try encoder.encode(text, to: base + offset, place: place())
        }
    }

    /// Puts the named value of an enumeration; answers whether it has one.
    func put(name: String, _ values: [String: [UInt8]], in buffer: ElementBuffer, at offset: Int) -> Bool {
        guard let value = values[name] else { return false }
        put(value, in: buffer, at: offset)
        return true
    }

    /// Puts bytes as they are.
    func put(_ bytes: [UInt8], in buffer: ElementBuffer, at offset: Int) {
        buffer.bytes.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
    }

    /// Puts what stands for elements that lie side by side in another buffer.
    func put(
        sequence elements: ElementBuffer, count: Int, in buffer: ElementBuffer, at offset: Int, size: Int
    ) throws {
        guard let store, size == VariableLengthDescriptor.size(store.sizes) else {
            throw H5Error(
                .invalidArgument, "variable-length data needs a file that it is written to, and its addresses")
        }
        // No elements are no object, as libhdf5 does it; only empty text has one.
        var descriptor = VariableLengthDescriptor.empty
        if count > 0 {
            let bytes = elements.bytes
            descriptor = try VariableLengthDescriptor(storing: bytes.span.bytes, count: count, in: store)
        }
        try buffer.bytes.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress, offset >= 0, size <= bytes.count, offset <= bytes.count - size else {
                throw H5Error(.invalidArgument, "a variable-length element does not lie in its memory")
            }
            descriptor.write(to: base + offset, store.sizes)
        }
    }
}
