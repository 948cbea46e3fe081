import HDF5Format

/// The members of a compound element by their names.
struct RowKeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let element: RowElement
    private let record: RowRecord

    /// A container over an element, which is a compound of these members.
    init(_ element: RowElement, _ record: RowRecord) {
        self.element = element
        self.record = record
        element.session.nextMember = 0
    }

    var codingPath: [any CodingKey] { element.codingPath }
    var allKeys: [Key] { record.members.compactMap { Key(stringValue: $0.name) } }

    func contains(_ key: Key) -> Bool { record.numbers[key.stringValue] != nil }

    private func member(_ key: some CodingKey) throws -> RowElement {
        let number = try number(of: key)
        return RowElement(
            session: element.session, node: record.members[number].node, bytes: element.bytes,
            offset: element.offset &+ record.members[number].offset, parentPath: element.codingPath, key: key)
    }

    /// The place of a member among the members.
    private func number(of key: some CodingKey) throws -> Int {
        let name = key.stringValue
        let expected = element.session.nextMember
        let number: Int
        if expected < record.members.count, record.members[expected].name == name {
            number = expected
        } else if let found = record.numbers[name] {
            number = found
        } else {
            let names = record.members.map(\.name).joined(separator: ", ")
            throw element.session.error(
                "the record has no member '\(name)'; its members are \(names)", element.codingPath)
        }
        element.session.nextMember = number &+ 1
        return number
    }

    /// The value of a member that is an integer; what is not or does not fit gets its error from a full decoder.
    @inline(__always)
    private func integer<Target: MachineInteger>(_ type: Target.Type, _ key: Key) throws -> Target {
        let number = try number(of: key)
        let offset = element.offset &+ record.members[number].offset
        if case .number(let source) = record.members[number].node.kind,
            let value = source.value(element.bytes, at: offset).integer(type)
        {
            return value
        }
        return try member(key).integer(type)
    }

    /// The value of a member that is a number.
    @inline(__always)
    private func float<Target: MachineFloat>(_ type: Target.Type, _ key: Key) throws -> Target {
        let number = try number(of: key)
        let offset = element.offset &+ record.members[number].offset
        if case .number(let source) = record.members[number].node.kind,
            let value = source.value(element.bytes, at: offset).float(type)
        {
            return value
        }
        return try member(key).float(type)
    }

    func decodeNil(forKey key: Key) throws -> Bool { try member(key).decodeNil() }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try member(key).boolean() }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try member(key).string() }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try float(type, key) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try float(type, key) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { Int(try integer(Int64.self, key)) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try integer(type, key) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try integer(type, key) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try integer(type, key) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try integer(type, key) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { UInt(try integer(UInt64.self, key)) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try integer(type, key) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try integer(type, key) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try integer(type, key) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try integer(type, key) }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try member(key).decode(type) }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try member(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try member(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { element }
    func superDecoder(forKey key: Key) throws -> any Decoder { try member(key) }
}

/// The elements of an array, a sequence or a complex number, or the members of a record, by their place.
struct RowUnkeyedContainer: UnkeyedDecodingContainer {
    private let session: RowSession
    private let members: [RowNode.Member]
    /// The node of all elements where there are no members.
    private let node: RowNode
    private let bytes: [UInt8]
    private let offset: Int
    private let total: Int
    let codingPath: [any CodingKey]
    private(set) var currentIndex = 0

    init(_ element: RowElement) throws {
        session = element.session
        codingPath = element.codingPath
        switch element.node.kind {
        case .array(let node, let count):
            self.node = node
            (members, bytes, offset, total) = ([], element.bytes, element.offset, count)
        case .compound(let record):
            node = element.node
            (members, bytes, offset, total) = (record.members, element.bytes, element.offset, record.members.count)
        case .sequence(let node):
            self.node = node
            let end = element.offset + element.node.size
            let all = element.bytes
            let descriptor = all.span.bytes.extracting(element.offset..<end)
            let (payload, count) = try element.session.reader.withElements(descriptor, baseSize: node.size) {
                elements, count, _ in (Array(copying: elements), count)
            }
            (members, bytes, offset, total) = ([], payload, 0, count)
        default: throw element.mismatch("an array")
        }
    }

    var count: Int? { total }
    var isAtEnd: Bool { currentIndex >= total }

    /// The element at an index, which is smaller than the count.
    func element(_ index: Int) throws -> RowElement {
        guard index >= 0, index < total else {
            throw session.error("there are only \(total) elements", codingPath + [RowIndex(index)])
        }
        if members.isEmpty {
            return RowElement(
                session: session, node: node, bytes: bytes, offset: offset + index * node.size, parentPath: codingPath,
                key: RowIndex(index))
        }
        return RowElement(
            session: session, node: members[index].node, bytes: bytes, offset: offset + members[index].offset,
            parentPath: codingPath, key: RowIndex(index))
    }

    /// Reads the next element and moves on when that succeeded.
    @inline(__always)
    private mutating func next<Value>(_ read: (RowElement) throws -> Value) throws -> Value {
        let value = try read(try element(currentIndex))
        currentIndex += 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        _ = try element(currentIndex)
        return false
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try next { try $0.boolean() } }
    mutating func decode(_ type: String.Type) throws -> String { try next { try $0.string() } }
    mutating func decode(_ type: Double.Type) throws -> Double { try next { try $0.float(type) } }
    mutating func decode(_ type: Float.Type) throws -> Float { try next { try $0.float(type) } }
    mutating func decode(_ type: Int.Type) throws -> Int { try next { try $0.decode(type) } }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try next { try $0.integer(type) } }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try next { try $0.integer(type) } }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try next { try $0.integer(type) } }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try next { try $0.integer(type) } }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try next { try $0.decode(type) } }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next { try $0.integer(type) } }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next { try $0.integer(type) } }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next { try $0.integer(type) } }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next { try $0.integer(type) } }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next { try $0.decode(type) } }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try next { try $0.container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next { try $0.unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder { try next { $0 } }
}
