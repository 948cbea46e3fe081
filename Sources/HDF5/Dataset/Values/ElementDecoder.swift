import HDF5Format

/// Turns stored elements of any datatype into `H5Value`s.
///
/// The datatype is prepared once; then each element costs what its value costs.
struct ElementDecoder: Sendable {
    private let plan: ElementPlan
    private let size: Int
    /// Where variable-length data is read, with what may still be read.
    private var reader: VariableLengthReader

    /// Prepares a datatype; no datatype is refused.
    init(datatype: H5Datatype, context: FileContext) {
        plan = ElementPlan(datatype)
        size = datatype.size
        reader = VariableLengthReader(context: context)
    }

    /// The value of one stored element.
    ///
    /// - Throws: `H5Error`: `truncated` or `damaged` for bytes that are none of the type, `limitExceeded` when its
    ///   variable-length data nests deeper or takes more than `H5Limits` allow.
    func value(_ bytes: RawSpan) throws -> H5Value {
        var reader = reader
        return try decode(bytes, &reader)
    }

    /// Goes on with elements that belong to another file.
    mutating func move(to context: FileContext) { reader.move(to: context) }

    /// The values of a run of stored elements, which share one limit of variable-length data.
    func values(_ bytes: RawSpan, count: Int) throws -> [H5Value] {
        var decoder = self
        var values: [H5Value] = []
        try decoder.append(bytes, count: count, to: &values)
        return values
    }

    /// Appends the values of a run of stored elements, which share one limit with those before them.
    mutating func append(_ bytes: RawSpan, count: Int, to values: inout [H5Value]) throws {
        guard count >= 0, count <= bytes.byteCount / size else {
            throw H5Error(.invalidArgument, "\(count) elements of \(size) bytes do not lie in \(bytes.byteCount) bytes")
        }
        values.reserveCapacity(values.count + count)
        for index in 0..<count {
            values.append(try plan.value(bytes.extracting((index * size)..<(index * size + size)), &reader))
        }
    }

    private func decode(_ bytes: RawSpan, _ reader: inout VariableLengthReader) throws -> H5Value {
        guard bytes.byteCount >= size else {
            throw H5Error(.truncated, "an element of \(size) bytes is expected in \(bytes.byteCount) bytes")
        }
        return try plan.value(bytes.extracting(0..<size), &reader)
    }
}

/// A datatype, prepared for decoding.
private indirect enum ElementPlan: Sendable {
    case integer(IntegerFields)
    case bitfield(IntegerFields)
    case time(IntegerFields)
    /// Integers of more bits than a machine has.
    case hugeInteger(H5ByteOrder)
    case float(FloatFields, precision: Int, smallestExponent: Int)
    case string(H5StringFormat.Padding)
    case opaque
    case compound([Member])
    case reference(H5ReferenceKind)
    case enumeration(ElementPlan, names: [H5Value: String])
    case sequence(ElementPlan, baseSize: Int)
    case variableString
    case array(ElementPlan, shape: [Int], count: Int, baseSize: Int)
    case complex(ElementPlan, realOffset: Int, imaginaryOffset: Int, partSize: Int)

    struct Member: Sendable {
        var name: String
        var offset: Int
        var size: Int
        var plan: ElementPlan
    }

    init(_ datatype: H5Datatype) {
        let size = datatype.size
        switch datatype.kind {
        case .integer(let format):
            self = IntegerFields(format, size: size).map { .integer($0) } ?? .hugeInteger(format.order)
        case .bitfield(let format):
            if format.precision <= 64, let fields = IntegerFields(format, size: size) {
                self = .bitfield(fields)
            } else {
                self = .opaque
            }
        case .time(let order, let precision):
            let format = H5IntegerFormat(order: order, isSigned: true, precision: precision)
            if precision <= 64, let fields = IntegerFields(format, size: size) {
                self = .time(fields)
            } else {
                self = .opaque
            }
        case .float(let format):
            if let fields = FloatFields(format, size: size) {
                self = .float(
                    fields, precision: format.mantissaSize + (format.normalization == .implied ? 1 : 0),
                    smallestExponent: 1 - Int(format.exponentBias))
            } else {
                self = .opaque
            }
        case .string(let format): self = .string(format.padding)
        case .opaque: self = .opaque
        case .compound(let members):
            if let base = datatype.complexBase, case .float = ElementPlan(base) {
                self = .complex(
                    ElementPlan(base), realOffset: members[0].offset, imaginaryOffset: members[1].offset,
                    partSize: base.size)
            } else {
                self = .compound(
                    members.map {
                        Member(name: $0.name, offset: $0.offset, size: $0.type.size, plan: ElementPlan($0.type))
                    })
            }
        case .reference(let kind): self = .reference(kind)
        case .enumeration(let base, let members):
            let plan = ElementPlan(base)
            var names: [H5Value: String] = [:]
            for member in members where member.storedValue.count >= size {
                let bytes = member.storedValue
                // The first of two names for one value stays.
                if let value = plan.integer(bytes.span.bytes), names[value] == nil { names[value] = member.name }
            }
            self = .enumeration(plan, names: names)
        case .variableLength(let base): self = .sequence(ElementPlan(base), baseSize: base.size)
        case .variableLengthString: self = .variableString
        case .array(let shape, let base):
            self = .array(
                ElementPlan(base), shape: shape, count: base.size > 0 ? size / base.size : 0, baseSize: base.size)
        case .complex(let base):
            self = .complex(ElementPlan(base), realOffset: 0, imaginaryOffset: base.size, partSize: base.size)
        }
    }

    /// The value of an integer type; nil for other types.
    private func integer(_ bytes: RawSpan) -> H5Value? {
        switch self {
        case .integer(let fields):
            // The fields were checked against the element's size, and callers give that many bytes.
            return bytes.withUnsafeBytes { buffer -> H5Value? in
                guard let start = buffer.baseAddress, buffer.count >= fields.window.size else { return nil }
                if fields.precision > 64 {
                    let bits = fields.load(start)
                    return .bigInteger(fields.isSigned ? "\(Int128(bitPattern: bits))" : "\(bits)")
                }
                let bits = UInt64(truncatingIfNeeded: fields.load(start))
                return fields.isSigned ? .integer(Int64(bitPattern: bits)) : .unsigned(bits)
            }
        case .hugeInteger(let order):
            var text = ""
            let stored = Array(copying: bytes)
            H5Value.writeHexadecimal(order == .bigEndian ? stored : stored.reversed(), to: &text)
            return .bigInteger(text)
        default: return nil
        }
    }

    /// The unsigned value of a bit field or the bits of a time.
    private static func bits(_ fields: IntegerFields, _ bytes: RawSpan) throws -> UInt64 {
        try bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress, buffer.count >= fields.window.size else { throw Self.shortage }
            return UInt64(truncatingIfNeeded: fields.load(start))
        }
    }

    private static var shortage: H5Error { H5Error(.truncated, "an element is shorter than its datatype") }

    /// The number of a floating-point type.
    private func float(_ bytes: RawSpan) throws -> H5FloatValue {
        guard case .float(let fields, let precision, let smallestExponent) = self else { throw Self.shortage }
        let number = try bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress, buffer.count >= fields.window.size else { throw Self.shortage }
            return fields.unpack(fields.window.load(start))
        }
        let (value, isExact) = number.rounded(to: Double.self)
        return H5FloatValue(value: value, isExact: isExact, precision: precision, smallestExponent: smallestExponent)
    }

    /// The value of one element of exactly the type's size.
    func value(_ bytes: RawSpan, _ reader: inout VariableLengthReader) throws -> H5Value {
        switch self {
        case .integer, .hugeInteger:
            guard let value = integer(bytes) else { throw Self.shortage }
            return value
        case .bitfield(let fields): return .bitfield(try Self.bits(fields, bytes), bitCount: fields.precision)
        case .time(let fields): return .time(Int64(bitPattern: try Self.bits(fields, bytes)))
        case .float: return .float(try float(bytes))
        case .string(let padding): return .string(bytes.text(padding).string)
        case .opaque: return .bytes(Array(copying: bytes))
        case .compound(let members):
            var values: [H5ValueMember] = []
            values.reserveCapacity(members.count)
            for member in members {
                let piece = try Self.piece(bytes, at: member.offset, count: member.size)
                values.append(H5ValueMember(name: member.name, value: try member.plan.value(piece, &reader)))
            }
            return .compound(values)
        case .reference(let kind): return .reference(try reader.reference(bytes, kind: kind))
        case .enumeration(let plan, let names):
            let value = try plan.value(bytes, &reader)
            return .enumeration(name: names[value], value: value)
        case .sequence(let plan, let baseSize):
            return try reader.withElements(bytes, baseSize: baseSize) { elements, count, reader in
                .sequence(try plan.values(elements, count: count, baseSize: baseSize, isCharged: true, &reader))
            }
        case .variableString:
            return try reader.withElements(bytes, baseSize: 1) { text, _, _ in
                .string(text.variableText().string)
            }
        case .array(let plan, let shape, let count, let baseSize):
            return .array(
                shape: shape, try plan.values(bytes, count: count, baseSize: baseSize, isCharged: false, &reader))
        case .complex(let plan, let realOffset, let imaginaryOffset, let partSize):
            guard case .float = plan else { return .bytes(Array(copying: bytes)) }
            return .complex(
                real: try plan.float(try Self.piece(bytes, at: realOffset, count: partSize)),
                imaginary: try plan.float(try Self.piece(bytes, at: imaginaryOffset, count: partSize)))
        }
    }

    private func values(
        _ bytes: RawSpan, count: Int, baseSize: Int, isCharged: Bool, _ reader: inout VariableLengthReader
    ) throws -> [H5Value] {
        // A value takes more memory than its bytes; nested sequences would otherwise slip through the limit.
        if isCharged { try reader.charge(count * MemoryLayout<H5Value>.stride) }
        var values: [H5Value] = []
        values.reserveCapacity(count)
        for index in 0..<count {
            values.append(try value(try Self.piece(bytes, at: index * baseSize, count: baseSize), &reader))
        }
        return values
    }

    @_lifetime(copy bytes)
    private static func piece(_ bytes: RawSpan, at offset: Int, count: Int) throws -> RawSpan {
        guard offset >= 0, count >= 0, offset <= bytes.byteCount, count <= bytes.byteCount - offset else {
            throw shortage
        }
        return bytes.extracting(offset..<(offset + count))
    }
}

extension VariableLengthReader {
    /// What a stored reference leads to; regions and attributes are looked up in the global heap.
    ///
    /// A reference of another file than the one at hand, read through a virtual dataset, leads to that file.
    mutating func reference(_ bytes: RawSpan, kind: H5ReferenceKind) throws -> H5ReferenceValue {
        let reference = try localReference(bytes, kind: kind)
        guard isAbroad else { return reference }
        switch reference {
        case .null, .external: return reference
        case .object, .region, .attribute: return .external(file: context.storage.name, reference)
        }
    }

    private mutating func localReference(_ bytes: RawSpan, kind: H5ReferenceKind) throws -> H5ReferenceValue {
        var cursor = cursor(bytes)
        switch try ReferenceElement(from: &cursor, kind: kind) {
        case .null: return .null
        case .object(let address): return .object(address: address)
        case .region(let identifier):
            return try withObject(identifier) { bytes, reader in
                var cursor = reader.cursor(bytes)
                let payload = try RegionPayload(from: &cursor)
                return .region(address: payload.datasetAddress, selection: payload.selection.selection)
            }
        case .standard(let kind, let isExternal, let identifier):
            return try withObject(identifier) { bytes, reader in
                var cursor = reader.cursor(bytes)
                let payload = try StandardReferencePayload(
                    from: &cursor, kind: kind, isExternal: isExternal)
                let target: H5ReferenceValue
                if let selection = payload.selection {
                    target = .region(address: payload.address, selection: selection.selection)
                } else if let attribute = payload.attribute {
                    target = .attribute(address: payload.address, name: attribute.string)
                } else {
                    target = .object(address: payload.address)
                }
                return payload.file.map { .external(file: $0.string, target) } ?? target
            }
        }
    }
}
