import HDF5Format

/// The links of a group: all names in one array and a short record for each link.
///
/// A group of any size takes a handful of allocations; a link becomes a value of its own when somebody asks for it.
struct LinkList: Sendable {
    private struct Record {
        /// The first eight bytes of the name, the first one highest: most comparisons end here.
        var key: UInt64
        var nameStart: Int
        var nameCount: Int
        /// Where a hard link leads; of other links, their position in `others`.
        var place: UInt64
        var creationOrder: Int64
        var hasCreationOrder: Bool
        var isHard: Bool
        var characterSet: H5StringFormat.CharacterSet
    }

    private var names: [UInt8] = []
    private var records: [Record] = []
    /// Where links lead that are not hard.
    private var others: [LinkMessage.Target] = []
    private let storage: FileStorage
    /// The bytes that the list takes in memory, about.
    private(set) var memorySize = 0

    /// - Parameter storage: The file of the group, whose limits hold for the list.
    init(in storage: FileStorage) { self.storage = storage }

    /// The number of links.
    var count: Int { records.count }

    mutating func reserveCapacity(_ count: Int) {
        records.reserveCapacity(min(count, storage.limits.linksPerGroup))
    }

    /// Adds the link that a link message describes.
    mutating func append(from cursor: inout ByteCursor) throws {
        let link = try LinkMessage.Fields(from: &cursor)
        let name = try cursor.readBytes(link.nameCount)
        if link.type == LinkMessage.Fields.hardLink {
            let address = try cursor.readDefinedAddress("linked object")
            try append(name, place: address, isHard: true, link.creationOrder, link.characterSet)
        } else {
            let target = try LinkMessage.Target(from: &cursor, type: link.type)
            try append(name, place: UInt64(others.count), isHard: false, link.creationOrder, link.characterSet)
            append(target)
        }
    }

    /// Adds a hard link.
    mutating func append(_ name: RawSpan, address: UInt64) throws {
        try append(name, place: address, isHard: true, nil, .ascii)
    }

    /// Adds a link of another kind.
    mutating func append(_ name: RawSpan, target: LinkMessage.Target) throws {
        try append(name, place: UInt64(others.count), isHard: false, nil, .ascii)
        append(target)
    }

    private mutating func append(_ target: LinkMessage.Target) {
        others.append(target)
        memorySize &+= MemoryLayout<LinkMessage.Target>.stride &+ target.memorySize
    }

    private mutating func append(
        _ name: RawSpan, place: UInt64, isHard: Bool, _ creationOrder: Int64?,
        _ characterSet: H5StringFormat.CharacterSet
    ) throws {
        guard records.count < storage.limits.linksPerGroup else {
            throw H5Error(
                .limitExceeded,
                "the group has more than \(storage.limits.linksPerGroup) links; look single ones up by name, or open the "
                    + "file with a higher limit", file: storage.name)
        }
        // Many links can share one long name in the heap of the group.
        memorySize &+= MemoryLayout<Record>.stride &+ name.byteCount
        try storage.checkResult(memorySize, "the list of links")
        var key: UInt64 = 0
        for index in 0..<8 { key = key << 8 | UInt64(name[byte: index]) }
        records.append(
            Record(
                key: key, nameStart: names.count, nameCount: name.byteCount, place: place,
                creationOrder: creationOrder ?? .max, hasCreationOrder: creationOrder != nil, isHard: isHard,
                characterSet: characterSet))
        names.append(copying: name)
    }

    // MARK: Order

    /// Puts the links in order of the bytes of their names.
    mutating func sortByName() {
        let records = self.records
        let bytes = self.names
        let names = bytes.span.bytes
        // Symbol tables are sorted already, as small groups often are.
        guard
            let firstWrong = records.indices.dropFirst().first(where: {
                Self.precedes(records[$0].key, $0, records[$0 - 1].key, $0 - 1, records, names)
            }), firstWrong > 0
        else { return }
        // Keys and places are sorted, as records are large.
        var order: [(key: UInt64, place: Int)] = []
        order.reserveCapacity(records.count)
        for place in records.indices { order.append((records[place].key, place)) }
        order.sort { Self.precedes($0.key, $0.place, $1.key, $1.place, records, names) }
        self.records = order.map { records[$0.place] }
    }

    @inline(__always)
    private static func precedes(
        _ leftKey: UInt64, _ left: Int, _ rightKey: UInt64, _ right: Int, _ records: [Record], _ names: RawSpan
    ) -> Bool {
        leftKey != rightKey ? leftKey < rightKey : precedes(records[left], records[right], names)
    }

    /// Puts the links in order of their creation; those without one come last, by name.
    mutating func sortByCreation() {
        let bytes = self.names
        let names = bytes.span.bytes
        records.sort {
            $0.creationOrder != $1.creationOrder
                ? $0.creationOrder < $1.creationOrder : Self.precedes($0, $1, names)
        }
    }

    private static func precedes(_ left: Record, _ right: Record, _ names: RawSpan) -> Bool {
        for index in 0..<min(left.nameCount, right.nameCount) {
            let (first, second) = (names[byte: left.nameStart + index], names[byte: right.nameStart + index])
            if first != second { return first < second }
        }
        return left.nameCount < right.nameCount
    }

    // MARK: Links

    /// A link as a value.
    subscript(index: Int) -> LinkMessage {
        let record = records[index]
        let target: LinkMessage.Target =
            record.isHard ? .hard(address: record.place) : others[Int(record.place)]
        var link = LinkMessage(name: H5Name(nameBytes(record)), target: target)
        link.creationOrder = record.hasCreationOrder ? record.creationOrder : nil
        link.characterSet = record.characterSet
        return link
    }

    /// Where a hard link leads; nil for other links.
    func hardAddress(_ index: Int) -> UInt64? {
        records[index].isHard ? records[index].place : nil
    }

    /// The name of a link.
    func name(_ index: Int) -> H5Name { H5Name(nameBytes(records[index])) }

    /// The path of a link of the group at `parent`.
    func path(_ index: Int, below parent: String) -> String {
        String(path: parent, appending: nameBytes(records[index]))
    }

    @_lifetime(borrow self)
    private func nameBytes(_ record: Record) -> RawSpan {
        names.span.bytes.extracting(record.nameStart..<(record.nameStart + record.nameCount))
    }
}
