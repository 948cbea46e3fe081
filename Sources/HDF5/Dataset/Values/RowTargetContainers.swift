import HDF5Format

/// The members of a compound element by their names, to be written.
struct RowKeyedTarget<Key: CodingKey>: KeyedEncodingContainerProtocol {
    private let element: RowTarget
    /// Nil where the element is no record, of which the session has taken note.
    private let record: RowRecord?

    init(_ element: RowTarget, _ record: RowRecord?) {
        self.element = element
        self.record = record
    }

    var codingPath: [any CodingKey] { element.codingPath }

    private func missing(_ key: some CodingKey, _ record: RowRecord) -> H5Error {
        let names = record.members.map(\.name).joined(separator: ", ")
        return element.error("the record has no member '\(key.stringValue)'; its members are \(names)")
    }

    /// The place of a member among the members, which has a value from now on.
    private func number(of key: some CodingKey) throws -> (Int, RowRecord) {
        guard let record else {
            try element.session.throwFailure()
            throw element.error("the element is no record")
        }
        let name = key.stringValue
        let expected = element.session.nextMember
        let number: Int
        if expected < record.members.count, record.members[expected].name == name {
            number = expected
        } else if let found = record.numbers[name] {
            number = found
        } else {
            throw missing(key, record)
        }
        element.session.nextMember = number &+ 1
        element.mark(number)
        return (number, record)
    }

    private func member(_ key: some CodingKey) throws -> RowTarget {
        let (number, record) = try number(of: key)
        return RowTarget(
            session: element.session, node: record.members[number].node, buffer: element.buffer,
            offset: element.offset &+ record.members[number].offset, parentPath: element.codingPath, key: key)
    }

    /// A member for calls that cannot throw; the element itself after an error, which shows at the end.
    private func memberOrFailure(_ key: some CodingKey) -> RowTarget {
        do {
            return try member(key)
        } catch {
            element.session.fail((error as? H5Error) ?? element.error("\(error)"))
            return element
        }
    }

    /// Puts a number; what does not fit gets its error from a full encoder.
    @inline(__always)
    private func put(_ value: ScalarValue, _ key: Key) throws {
        let (number, record) = try number(of: key)
        let node = record.members[number].node
        if case .number(let source) = node.kind {
            let offset = element.offset &+ record.members[number].offset
            if element.session.writer.put(value, node, source, in: element.buffer, at: offset) { return }
        }
        try member(key).put(value)
    }

    func encodeNil(forKey key: Key) throws { try member(key).encodeNil() }
    func encode(_ value: Bool, forKey key: Key) throws { try member(key).put(value) }
    func encode(_ value: String, forKey key: Key) throws { try member(key).put(value) }
    func encode(_ value: Double, forKey key: Key) throws { try put(.float(value), key) }
    func encode(_ value: Float, forKey key: Key) throws { try put(.float(Double(value)), key) }
    func encode(_ value: Int, forKey key: Key) throws { try put(.signed(Int64(value)), key) }
    func encode(_ value: Int8, forKey key: Key) throws { try put(.signed(Int64(value)), key) }
    func encode(_ value: Int16, forKey key: Key) throws { try put(.signed(Int64(value)), key) }
    func encode(_ value: Int32, forKey key: Key) throws { try put(.signed(Int64(value)), key) }
    func encode(_ value: Int64, forKey key: Key) throws { try put(.signed(value), key) }
    func encode(_ value: UInt, forKey key: Key) throws { try put(.unsigned(UInt64(value)), key) }
    func encode(_ value: UInt8, forKey key: Key) throws { try put(.unsigned(UInt64(value)), key) }
    func encode(_ value: UInt16, forKey key: Key) throws { try put(.unsigned(UInt64(value)), key) }
    func encode(_ value: UInt32, forKey key: Key) throws { try put(.unsigned(UInt64(value)), key) }
    func encode(_ value: UInt64, forKey key: Key) throws { try put(.unsigned(value), key) }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try member(key).encode(value) }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        memberOrFailure(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        memberOrFailure(key).unkeyedContainer()
    }

    /// The same element: members of a superclass stand beside the others, as they are read.
    func superEncoder() -> any Encoder { element }
    func superEncoder(forKey key: Key) -> any Encoder { memberOrFailure(key) }
}

/// The elements of an array, a sequence or a complex number, or the members of a record, to be written by their place.
struct RowUnkeyedTarget: UnkeyedEncodingContainer {
    private let element: RowTarget

    init(_ element: RowTarget) { self.element = element }

    var codingPath: [any CodingKey] { element.codingPath }
    var count: Int { element.count }

    private func target(_ place: (node: RowNode, buffer: ElementBuffer, offset: Int)) -> RowTarget {
        RowTarget(
            session: element.session, node: place.node, buffer: place.buffer, offset: place.offset,
            parentPath: element.codingPath, key: RowIndex(element.count - 1))
    }

    private func next() throws -> RowTarget { target(try element.next()) }

    private func nextOrFailure() -> RowTarget {
        do {
            return try next()
        } catch {
            element.session.fail((error as? H5Error) ?? element.error("\(error)"))
            return element
        }
    }

    @inline(__always)
    private func put(_ value: ScalarValue) throws {
        let place = try element.next()
        if case .number(let source) = place.node.kind,
            element.session.writer.put(value, place.node, source, in: place.buffer, at: place.offset)
        {
            return
        }
        try target(place).put(value)
    }

    func encodeNil() throws { try next().encodeNil() }
    func encode(_ value: Bool) throws { try next().put(value) }
    func encode(_ value: String) throws { try next().put(value) }
    func encode(_ value: Double) throws { try put(.float(value)) }
    func encode(_ value: Float) throws { try put(.float(Double(value))) }
    func encode(_ value: Int) throws { try put(.signed(Int64(value))) }
    func encode(_ value: Int8) throws { try put(.signed(Int64(value))) }
    func encode(_ value: Int16) throws { try put(.signed(Int64(value))) }
    func encode(_ value: Int32) throws { try put(.signed(Int64(value))) }
    func encode(_ value: Int64) throws { try put(.signed(value)) }
    func encode(_ value: UInt) throws { try put(.unsigned(UInt64(value))) }
    func encode(_ value: UInt8) throws { try put(.unsigned(UInt64(value))) }
    func encode(_ value: UInt16) throws { try put(.unsigned(UInt64(value))) }
    func encode(_ value: UInt32) throws { try put(.unsigned(UInt64(value))) }
    func encode(_ value: UInt64) throws { try put(.unsigned(value)) }
    func encode<T: Encodable>(_ value: T) throws { try next().encode(value) }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) -> KeyedEncodingContainer<NestedKey> {
        nextOrFailure().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { nextOrFailure().unkeyedContainer() }

    func superEncoder() -> any Encoder { nextOrFailure() }
}
