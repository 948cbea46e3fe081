import HDF5Format

/// One element, or a part of one, as an encoder.
///
/// A class, because the standard library copies encoders and containers at every step: this way a copy is a reference.
final class RowTarget: Encoder {
    let session: RowEncodingSession
    let node: RowNode
    /// The memory of a run of elements, of which this one starts at `offset`.
    let buffer: ElementBuffer
    private(set) var offset: Int
    private let parentPath: [any CodingKey]
    /// The place in the parent.
    private let key: (any CodingKey)?
    /// The members of a record that have a value.
    private var written = MemberSet()
    /// The elements of an array or a sequence that have a value.
    private(set) var count = 0
    /// The elements of a sequence.
    private var elements: ElementBuffer?
    /// Whether a value was given.
    private var isBegun = false

    init(
        session: RowEncodingSession, node: RowNode, buffer: ElementBuffer, offset: Int, parentPath: [any CodingKey],
        key: (any CodingKey)?
    ) {
        self.session = session
        self.node = node
        self.buffer = buffer
        self.offset = offset
        self.parentPath = parentPath
        self.key = key
    }

    /// Goes on to another element of the same run; only for who holds the one reference.
    func move(to offset: Int) {
        self.offset = offset
        written = MemberSet()
        count = 0
        elements = nil
        isBegun = false
    }

    var codingPath: [any CodingKey] { key.map { parentPath + [$0] } ?? parentPath }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func error(_ message: String) -> H5Error { session.error(message, codingPath) }

    private func mismatch(_ given: String) -> H5Error {
        error("\(given) cannot be written to elements that are \(node.datatype)")
    }

    // MARK: Containers

    private func begin() {
        if !isBegun { session.begin(self) }
        isBegun = true
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        guard case .compound(let record) = node.kind else {
            session.fail(mismatch("a record"))
            return KeyedEncodingContainer(RowKeyedTarget<Key>(self, nil))
        }
        begin()
        session.nextMember = 0
        return KeyedEncodingContainer(RowKeyedTarget<Key>(self, record))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        switch node.kind {
        case .compound, .array, .sequence: begin()
        default: session.fail(mismatch("an array"))
        }
        return RowUnkeyedTarget(self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    /// Takes note that a member of the record gets a value.
    func mark(_ member: Int) { written.insert(member) }

    /// Where the next element of an array, a sequence or a record goes.
    func next() throws -> (node: RowNode, buffer: ElementBuffer, offset: Int) {
        try session.throwFailure()
        defer { count += 1 }
        switch node.kind {
        case .array(let node, let total):
            guard count < total else { throw error("there are more values than the \(total) of the array") }
            return (node, buffer, offset + count * node.size)
        case .compound(let record):
            guard count < record.members.count else {
                throw error("there are more values than the \(record.members.count) members of the record")
            }
            mark(count)
            return (record.members[count].node, buffer, offset + record.members[count].offset)
        case .sequence(let node):
            let elements = sequenceElements()
            return (node, elements, elements.grow(by: node.size))
        default: throw mismatch("an array")
        }
    }

    private func sequenceElements() -> ElementBuffer {
        if let elements { return elements }
        let made = ElementBuffer(count: 0)
        elements = made
        return made
    }

    /// Checks that nothing is missing, and puts a sequence where it belongs.
    func finish() throws {
        switch node.kind {
        case .compound(let record):
            guard written.count < record.members.count,
                let missing = record.members.indices.first(where: { !written.contains($0) })
            else { return }
            throw error(
                "the row gives no value for member '\(record.members[missing].name)'; nil and what is left out "
                    + "cannot be stored")
        case .array(_, let total):
            guard count == total else { throw error("there are \(count) values for an array of \(total)") }
        case .sequence:
            try session.writer.put(
                sequence: sequenceElements(), count: count, in: buffer, at: offset, size: node.size)
        default: break
        }
    }

    // MARK: Values

    /// Puts a value of any type.
    func encode<Value: Encodable>(_ value: Value) throws {
        switch node.kind {
        case .array, .sequence:
            // Numbers go all at once; what one of them does not fit is found out one by one.
            if let numbers = value as? any NumberList, putNumbers(numbers) { return }
        default: break
        }
        try value.encode(to: self)
        guard isBegun else { throw error("\(Value.self) gives no value") }
    }

    private func putNumbers(_ numbers: any NumberList) -> Bool {
        switch node.kind {
        case .array(let node, let total):
            guard numbers.count == total, case .number = node.kind else { return false }
            return numbers.encode(into: buffer, at: offset, node)
        case .sequence(let node):
            guard case .number = node.kind else { return false }
            let elements = ElementBuffer(count: 0)
            let (bytes, overflow) = numbers.count.multipliedReportingOverflow(by: node.size)
            guard !overflow else { return false }
            _ = elements.grow(by: bytes)
            guard numbers.encode(into: elements, at: 0, node) else { return false }
            self.elements = elements
            count = numbers.count
            begin()
            return true
        default: return false
        }
    }

    func put(_ value: ScalarValue) throws {
        isBegun = true
        switch node.kind {
        case .number(let source), .enumeration(let source, _, _):
            guard session.writer.put(value, node, source, in: buffer, at: offset) else {
                throw error("\(value.text) cannot be held exactly by \(node.datatype)")
            }
        default: throw mismatch("a number")
        }
    }

    func put(_ value: Bool) throws {
        switch node.kind {
        case .number(.float), .number(.double), .number(.floatFields): throw mismatch("a Boolean")
        case .number, .enumeration: try put(.unsigned(value ? 1 : 0))
        default: throw mismatch("a Boolean")
        }
    }

    func put(_ text: String) throws {
        isBegun = true
        switch node.kind {
        case .string, .variableString:
            try session.writer.put(text, node, in: buffer, at: offset, place: rowPlace(session.index, codingPath))
        case .enumeration(_, _, let values):
            guard session.writer.put(name: text, values, in: buffer, at: offset) else {
                throw error("'\(text)' is the name of no value of \(node.datatype)")
            }
        default: throw mismatch("text")
        }
    }
}

extension RowTarget: SingleValueEncodingContainer {
    func encodeNil() throws { throw error("nil cannot be stored") }
    func encode(_ value: Bool) throws { try put(value) }
    func encode(_ value: String) throws { try put(value) }
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
}

/// Which members of a record have a value; without an allocation for most records.
private struct MemberSet {
    private var low: UInt64 = 0
    private var others: Set<Int> = []

    var count: Int { low.nonzeroBitCount + others.count }

    func contains(_ member: Int) -> Bool { member < 64 ? low >> UInt64(member) & 1 != 0 : others.contains(member) }

    mutating func insert(_ member: Int) {
        if member < 64 { low |= 1 << UInt64(member) } else { others.insert(member) }
    }
}

/// Numbers side by side in memory, which are encoded all at once.
private protocol NumberList {
    var count: Int { get }
    /// Puts all numbers from an offset on; answers whether each fits.
    func encode(into buffer: ElementBuffer, at offset: Int, _ node: RowNode) -> Bool
}

extension Array: NumberList where Element: H5Element {
    fileprivate func encode(into buffer: ElementBuffer, at offset: Int, _ node: RowNode) -> Bool {
        guard let encoding = try? NumericEncoding<Element>(to: node.datatype) else { return false }
        // Both buffers are used inside the closures only; the encoding checks that the numbers lie in the target.
        return withUnsafeBufferPointer { values in
            buffer.bytes.withUnsafeMutableBytes { target in
                (try? encoding.encode(values, into: target, offset: offset)) != nil
            }
        }
    }
}
