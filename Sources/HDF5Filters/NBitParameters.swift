/// The element type of an n-bit chunk, as the client values describe it.
///
/// Client values: 0 their number, 1 whether the data is stored unchanged, 2 the number of elements, then the type as
/// a tree in prefix order.
///
/// The HDF5 library has a fault that its files carry: after an array of arrays or of compound types it goes on
/// reading the client values at the array's base type and not behind it. The members that follow such an array in a
/// compound type are therefore not stored. Decoding follows the same way, so that everything else in such a chunk is
/// found; ``losesMembers`` tells encoders to decline.
struct NBitParameters {
    /// What a node of the type tree is.
    enum Kind {
        /// A number of which `precision` bits from bit `offset` on are kept.
        case atomic(isBigEndian: Bool, precision: Int, offset: Int)
        /// `count` elements of the node that follows.
        case array(count: Int)
        /// Members, each a node with its own byte offset.
        case compound(members: Int)
        /// Bytes that are kept as they are.
        case unchanged
    }

    /// A node of the type tree.
    struct Node {
        var kind: Kind
        /// The size in bytes in the decoded chunk.
        var size: Int
        /// The place in the compound that has this node as its member, in bytes.
        var memberOffset = 0
        /// The index of the first node after this one and all below it.
        var end = 0
        /// The number of bits in the stored stream.
        var bitCount = 0
    }

    /// Whether the chunk is stored as it is.
    let isUnchanged: Bool
    /// The number of elements in the chunk.
    let elements: Int
    /// The type tree in prefix order; not empty unless the chunk is stored as it is.
    private(set) var nodes: [Node] = []
    /// Whether the HDF5 library would not store all members of the type.
    private(set) var losesMembers = false
    /// Whether the library would go on reading the client values before the end of what was read.
    private var isRewound = false
    /// Whether to go on where the library does.
    private let followsLibrary: Bool

    /// The deepest nesting of arrays and compounds that is accepted.
    private static let largestDepth = 64

    /// Reads the client values; throws `badParameters` when they contradict each other.
    ///
    /// Throws `unsupported` when the library's way through them leads nowhere, so that it cannot read the chunk either.
    init(_ values: [UInt32], followsLibrary: Bool) throws(FilterError) {
        self.followsLibrary = followsLibrary
        guard values.count >= 3, Int(values[0]) == values.count else {
            throw Self.bad("the first of the \(values.count) client values must be their number")
        }
        isUnchanged = values[1] != 0
        elements = Int(values[2])
        guard !isUnchanged else { return }
        var place = 3
        do {
            try parse(values, &place, depth: 0)
        } catch {
            guard followsLibrary, losesMembers else { throw error }
            throw FilterError(.unsupported, "the HDF5 library stores n-bit chunks of this type in an unreadable way")
        }
        guard followsLibrary && isRewound || place == values.count else {
            throw Self.bad("\(values.count - place) client values follow the type")
        }
    }

    /// The size of one element and of the whole chunk in bytes, and the bits of the whole stream.
    func totals() throws(FilterError) -> (elementSize: Int, byteCount: Int, bitCount: Int) {
        guard let root = nodes.first else { throw Self.bad("there is no type") }
        let bytes = root.size.multipliedReportingOverflow(by: elements)
        let bits = root.bitCount.multipliedReportingOverflow(by: elements)
        guard !bytes.overflow, !bits.overflow else { throw Self.bad("the chunk is too large") }
        return (root.size, bytes.partialValue, bits.partialValue)
    }

    private static func bad(_ message: String) -> FilterError {
        FilterError(.badParameters, "n-bit parameters: \(message)")
    }

    private mutating func parse(_ values: [UInt32], _ place: inout Int, depth: Int) throws(FilterError) {
        guard depth <= Self.largestDepth else { throw Self.bad("the type is nested too deeply") }
        // The library's way reads some values again; without a bound a hostile type would grow exponentially.
        guard nodes.count <= 4 * values.count else { throw Self.bad("the type refers to itself too often") }
        let code = try Self.next(values, &place)
        let size = try Self.next(values, &place)
        guard size > 0 else { throw Self.bad("a type has no bytes") }
        let index = nodes.count
        switch code {
        case 1: nodes.append(try Self.atomic(values, &place, size: size))
        case 2:
            nodes.append(Node(kind: .array(count: 0), size: size))
            try parseBase(values, &place, of: index, depth: depth)
        case 3: try parseMembers(values, &place, size: size, depth: depth)
        case 4: nodes.append(Node(kind: .unchanged, size: size, bitCount: try Self.product(size, 8)))
        default: throw Self.bad("\(code) is no type code")
        }
        nodes[index].end = nodes.count
    }

    private mutating func parseBase(
        _ values: [UInt32], _ place: inout Int, of index: Int, depth: Int
    ) throws(FilterError) {
        let start = place
        try parse(values, &place, depth: depth + 1)
        let base = nodes[index + 1]
        let size = nodes[index].size
        guard followsLibrary && losesMembers || size % base.size == 0 else {
            throw Self.bad("an array does not hold whole elements")
        }
        let count = size / base.size
        nodes[index].kind = .array(count: count)
        nodes[index].bitCount = try Self.product(base.bitCount, count)
        switch base.kind {
        case .array, .compound:
            if followsLibrary { place = start + 1 }
            isRewound = true
        case .atomic, .unchanged: break
        }
    }

    private mutating func parseMembers(
        _ values: [UInt32], _ place: inout Int, size: Int, depth: Int
    ) throws(FilterError) {
        let members = try Self.next(values, &place)
        // A compound without members would cost time but no stored bits.
        guard members > 0 else { throw Self.bad("a compound type has no members") }
        let index = nodes.count
        nodes.append(Node(kind: .compound(members: members), size: size))
        var bitCount = 0
        for _ in 0..<members {
            losesMembers = losesMembers || isRewound
            let offset = try Self.next(values, &place)
            let member = nodes.count
            try parse(values, &place, depth: depth + 1)
            guard offset <= size, nodes[member].size <= size - offset else {
                throw Self.bad("a member lies outside its compound type")
            }
            nodes[member].memberOffset = offset
            let sum = bitCount.addingReportingOverflow(nodes[member].bitCount)
            guard !sum.overflow else { throw Self.bad("the chunk is too large") }
            bitCount = sum.partialValue
        }
        nodes[index].bitCount = bitCount
    }

    private static func atomic(_ values: [UInt32], _ place: inout Int, size: Int) throws(FilterError) -> Node {
        let order = try next(values, &place)
        let precision = try next(values, &place)
        let offset = try next(values, &place)
        guard order <= 1 else { throw bad("\(order) is no byte order") }
        // The values have 32 bits each, so none of these sums overflows.
        guard precision > 0, precision + offset <= size * 8 else {
            throw bad("\(precision) bits from bit \(offset) on do not fit in \(size) bytes")
        }
        return Node(
            kind: .atomic(isBigEndian: order == 1, precision: precision, offset: offset),
            size: size, bitCount: precision)
    }

    private static func next(_ values: [UInt32], _ place: inout Int) throws(FilterError) -> Int {
        guard place < values.count else { throw bad("the type is cut short") }
        defer { place += 1 }
        return Int(values[place])
    }

    private static func product(_ first: Int, _ second: Int) throws(FilterError) -> Int {
        let result = first.multipliedReportingOverflow(by: second)
        guard !result.overflow else { throw bad("the chunk is too large") }
        return result.partialValue
    }
}
