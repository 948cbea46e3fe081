import ComplexModule
import HDF5Format

/// One element, or a part of one, as a decoder.
///
/// A class, because the standard library copies decoders and containers at every step: this way a copy is a reference.
final class RowElement: Decoder {
    let session: RowSession
    let node: RowNode
    /// The bytes of a run of elements, of which this one starts at `offset`.
    let bytes: [UInt8]
    private(set) var offset: Int
    let parentPath: [any CodingKey]
    /// The place in the parent.
    let key: (any CodingKey)?

    init(
        session: RowSession, node: RowNode, bytes: [UInt8], offset: Int, parentPath: [any CodingKey],
        key: (any CodingKey)?
    ) {
        self.session = session
        self.node = node
        self.bytes = bytes
        self.offset = offset
        self.parentPath = parentPath
        self.key = key
    }

    /// Goes on to another element of the same run; only for who holds the one reference.
    func move(to offset: Int) { self.offset = offset }

    var codingPath: [any CodingKey] { key.map { parentPath + [$0] } ?? parentPath }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .compound(let record) = node.kind else { throw mismatch("a record") }
        return KeyedDecodingContainer(RowKeyedContainer<Key>(self, record))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { try RowUnkeyedContainer(self) }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    /// An error in this place.
    func error(_ message: String) -> H5Error { session.error(message, codingPath) }

    func mismatch(_ wanted: String) -> H5Error {
        error("elements are \(node.datatype), which cannot be read as \(wanted)")
    }

    // MARK: - Values

    private func scalar(_ wanted: Any.Type) throws -> ScalarValue {
        switch node.kind {
        case .number(let source), .enumeration(let source, _, _): return source.value(bytes, at: offset)
        default: throw mismatch("\(wanted)")
        }
    }

    private func refusal(_ value: ScalarValue, _ wanted: Any.Type) -> H5Error {
        error("\(value.text) cannot be held exactly by \(wanted)")
    }

    @inline(__always)
    func integer<Target: MachineInteger>(_ type: Target.Type) throws -> Target {
        let value = try scalar(type)
        guard let result = value.integer(type) else { throw refusal(value, type) }
        return result
    }

    @inline(__always)
    func float<Target: MachineFloat>(_ type: Target.Type) throws -> Target {
        let value = try scalar(type)
        guard let result = value.float(type) else { throw refusal(value, type) }
        return result
    }

    func boolean() throws -> Bool {
        let value = try scalar(Bool.self)
        switch value {
        case .signed(0), .unsigned(0), .wide(0), .wideUnsigned(0): return false
        case .signed(1), .unsigned(1), .wide(1), .wideUnsigned(1): return true
        default: throw refusal(value, Bool.self)
        }
    }

    func string() throws -> String {
        let all = bytes
        let element = all.span.bytes.extracting(offset..<(offset + node.size))
        switch node.kind {
        case .string(let padding): return element.text(padding).string
        case .variableString:
            return try session.reader.withElements(element, baseSize: 1) { text, _, _ in
                text.variableText().string
            }
        case .enumeration(let source, let names, _):
            let value = source.value(bytes, at: offset)
            guard let name = names[value] else { throw error("\(value.text) has no name in \(node.datatype)") }
            return name
        default: throw mismatch("String")
        }
    }

    /// A complex number; of a real number, with an imaginary part of 0.
    private func complex<Part: MachineFloat>(_ type: Part.Type) throws -> Complex<Part> {
        switch node.kind {
        case .number: return Complex(try float(type), 0)
        case .compound, .array:
            guard node.datatype.complexBase != nil else { throw mismatch("\(Complex<Part>.self)") }
            let parts = try RowUnkeyedContainer(self)
            return Complex(try parts.element(0).float(type), try parts.element(1).float(type))
        default: throw mismatch("\(Complex<Part>.self)")
        }
    }

    /// A value of any type.
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        // These decode themselves too, but not from everything that is meant, or not exactly.
        if type == Complex<Float>.self, let value = try complex(Float.self) as? Value { return value }
        if type == Complex<Double>.self, let value = try complex(Double.self) as? Value { return value }
        #if !(os(macOS) && arch(x86_64))
        if type == Float16.self, let value = try float(Float16.self) as? Value { return value }
        #endif
        return try Value(from: self)
    }
}

extension RowElement: SingleValueDecodingContainer {
    func decodeNil() -> Bool { false }
    func decode(_ type: Bool.Type) throws -> Bool { try boolean() }
    func decode(_ type: String.Type) throws -> String { try string() }
    func decode(_ type: Double.Type) throws -> Double { try float(Double.self) }
    func decode(_ type: Float.Type) throws -> Float { try float(Float.self) }
    func decode(_ type: Int.Type) throws -> Int { Int(try integer(Int64.self)) }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { UInt(try integer(UInt64.self)) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }
}
