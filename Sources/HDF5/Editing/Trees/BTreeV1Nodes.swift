import HDF5Format

/// Reads and writes the nodes of a version 1 B-tree, and keeps what neighbours say of each other right.
///
/// Nodes of a level are chained, and the key between two neighbours stands in both: in the one whose child it describes
/// and, as its outer key, in the other.
struct BTreeV1Nodes<Content: BTreeV1Content> {
    let content: Content
    let storage: FileStorage
    /// The bytes of a node.
    let nodeSize: Int
    /// The bytes of a child with its key.
    let recordSize: Int
    private let keySize: Int
    private let prefixSize: Int

    init(content: Content, storage: FileStorage) {
        self.content = content
        self.storage = storage
        let sizes = storage.sizes
        keySize = BTreeV1Node.keySize(content.nodeType, rank: content.rank, sizes)
        recordSize = keySize + sizes.offsets
        prefixSize = BTreeV1Node.prefixSize(sizes)
        nodeSize = BTreeV1Node.usedSize(
            content.nodeType, rank: content.rank, count: 2 * Int(content.internalK), sizes)
    }

    /// The records that a node, or a bucket, has room for.
    func capacity(level: Int) -> Int {
        level < 0 ? content.bucketCapacity : min(2 * Int(content.internalK), Int(UInt16.max))
    }

    // MARK: Records

    /// The key of a record.
    @_lifetime(copy record)
    func key(_ record: RawSpan) -> RawSpan {
        let start = content.keyPrecedesChild ? 0 : storage.sizes.offsets
        return record.extracting(start..<(start + keySize))
    }

    /// The child of a record.
    func child(_ records: PackedRecords, _ index: Int) throws -> UInt64 {
        var cursor = ByteCursor(records.record(index), sizes: storage.sizes)
        if content.keyPrecedesChild { try cursor.skip(keySize) }
        return try cursor.readDefinedAddress("child of a B-tree node")
    }

    private func record(child: UInt64, key: some Sequence<UInt8>) throws -> [UInt8] {
        var builder = ByteBuilder(sizes: storage.sizes)
        if content.keyPrecedesChild { builder.writeBytes(key) }
        try builder.writeAddress(child)
        if !content.keyPrecedesChild { builder.writeBytes(key) }
        return builder.bytes
    }

    // MARK: Reading

    /// Reads what stands before the records; throws where it is not of the level that it should be.
    func prefix(at address: UInt64, level: Int?) throws -> BTreeV1Node {
        let prefix = try storage.withCursor(at: address, count: prefixSize) {
            try BTreeV1Node(from: &$0, expecting: content.nodeType)
        }
        if let level, prefix.level != level {
            throw H5Error(
                .damaged, "a B-tree node has level \(prefix.level) where \(level) is expected", address: address)
        }
        guard prefix.count <= capacity(level: prefix.level) else {
            throw H5Error(
                .damaged, "a B-tree node has \(prefix.count) children and room for \(capacity(level: prefix.level))",
                address: address)
        }
        // The whole node will be written.
        try storage.checkExtent(address, UInt64(nodeSize))
        return prefix
    }

    func records(at address: UInt64, _ prefix: BTreeV1Node) throws -> PackedRecords {
        let start = content.keyPrecedesChild ? 0 : keySize
        return try storage.withCursor(at: address, count: prefixSize + start + prefix.count * recordSize) { cursor in
            try cursor.skip(prefixSize + start)
            return PackedRecords(size: recordSize, bytes: try cursor.readArray(prefix.count * recordSize))
        }
    }

    /// Where a node has the key that belongs to no record of it.
    private func outerKeyAddress(_ address: UInt64, _ prefix: BTreeV1Node) -> UInt64 {
        address &+ UInt64(prefixSize + (content.keyPrecedesChild ? prefix.count * recordSize : 0))
    }

    func outerKey(at address: UInt64, _ prefix: BTreeV1Node) throws -> [UInt8] {
        try storage.withCursor(at: outerKeyAddress(address, prefix), count: keySize) { try $0.readArray(keySize) }
    }

    // MARK: Writing

    func write(
        _ records: PackedRecords, _ range: Range<Int>, level: Int, left: UInt64? = nil, right: UInt64? = nil,
        outerKey: some Sequence<UInt8>, at address: UInt64
    ) throws {
        let prefix = BTreeV1Node(
            type: content.nodeType, level: level, count: range.count, leftSibling: left, rightSibling: right)
        try storage.write(at: address) { builder in
            builder.reserveCapacity(nodeSize)
            try prefix.encode(to: &builder)
            if !content.keyPrecedesChild { builder.writeBytes(outerKey) }
            builder.writeBytes(records.bytes(range))
            if content.keyPrecedesChild { builder.writeBytes(outerKey) }
            try builder.pad(to: nodeSize, from: 0, "a B-tree node")
        }
    }

    /// Writes records of the right-most, or only, nodes of a level to new places; answers the records that lead there.
    func storeNew(_ records: PackedRecords, level: Int, outerKey: [UInt8]) throws -> PackedRecords {
        let ranges = PackedRecords.parts(records.count, capacity: capacity(level: level), isLast: true)
        let places = try ranges.map { _ in try storage.allocate(nodeSize) }
        return try store(records, ranges, at: places, level: level, left: nil, right: nil, outerKey)
    }

    /// Writes records to places that are chained, and answers the records that lead there.
    private func store(
        _ records: PackedRecords, _ ranges: [Range<Int>], at places: [UInt64], level: Int, left: UInt64?,
        right: UInt64?,
        _ outerKey: [UInt8]
    ) throws -> PackedRecords {
        var result = PackedRecords(size: recordSize)
        for (index, range) in ranges.enumerated() {
            let isOuter = index == (content.keyPrecedesChild ? ranges.count - 1 : 0)
            let inner = content.keyPrecedesChild ? range.upperBound : range.lowerBound - 1
            try write(
                records, range, level: level, left: index > 0 ? places[index - 1] : left,
                right: index + 1 < places.count ? places[index + 1] : right,
                outerKey: isOuter ? outerKey : keyBytes(records, inner), at: places[index])
            let own = content.keyPrecedesChild ? range.lowerBound : range.upperBound - 1
            result.append(try record(child: places[index], key: keyBytes(records, own)))
        }
        return result
    }

    private func keyBytes(_ records: PackedRecords, _ index: Int) -> [UInt8] {
        Array(copying: key(records.record(index)))
    }

    /// Writes the records of neighbours in as many nodes as they take, and tells the nodes beside them; answers the
    /// records that lead there, none where none are left.
    ///
    /// - Parameter end: The key behind everything, where it changes.
    func store(_ part: BTreeV1Part, end: [UInt8]?) throws -> PackedRecords {
        guard let first = part.addresses.first, let last = part.addresses.last else {
            throw H5Error(.damaged, "nodes of a B-tree have no place")
        }
        // Read now, for nodes to the left may have changed it since the records were read.
        let (firstPrefix, lastPrefix) = (
            try prefix(at: first, level: part.level), try prefix(at: last, level: part.level)
        )
        let (left, right) = (firstPrefix.leftSibling, lastPrefix.rightSibling)
        let outer = content.keyPrecedesChild ? (last, lastPrefix) : (first, firstPrefix)
        var outerKey = try outerKey(at: outer.0, outer.1)
        if part.isLast, content.keyPrecedesChild, let end { outerKey = end }
        let count = part.records.count
        let ranges = PackedRecords.parts(count, capacity: capacity(level: part.level), isLast: part.isLast)
        var places = Array(part.addresses.prefix(ranges.count))
        for place in part.addresses.dropFirst(ranges.count) { try storage.release(place, nodeSize) }
        while places.count < ranges.count { places.append(try storage.allocate(nodeSize)) }
        let result = try store(
            part.records, ranges, at: places, level: part.level, left: left, right: right, outerKey)
        let shared = count == 0 ? outerKey : keyBytes(part.records, content.keyPrecedesChild ? 0 : count - 1)
        if let left {
            try tell(
                left, level: part.level, knows: first, \.rightSibling, is: places.first ?? right,
                outerKey: content.keyPrecedesChild ? shared : nil)
        }
        if let right {
            try tell(
                right, level: part.level, knows: last, \.leftSibling, is: places.last ?? left,
                outerKey: content.keyPrecedesChild ? nil : shared)
        }
        return result
    }

    /// Corrects what a node says of its neighbour.
    private func tell(
        _ address: UInt64, level: Int, knows former: UInt64, _ side: WritableKeyPath<BTreeV1Node, UInt64?>,
        is neighbour: UInt64?, outerKey: [UInt8]?
    ) throws {
        var prefix = try prefix(at: address, level: level)
        guard prefix[keyPath: side] == former else {
            throw H5Error(
                .damaged, "two nodes of a B-tree contradict each other about being neighbours", address: address)
        }
        if neighbour != former {
            prefix[keyPath: side] = neighbour
            try storage.write(at: address) { try prefix.encode(to: &$0) }
        }
        if let outerKey, try self.outerKey(at: address, prefix) != outerKey {
            try storage.write(outerKey, at: outerKeyAddress(address, prefix))
        }
    }

    /// Writes the records of buckets in as many buckets as they take; answers the records that lead there.
    func storeBuckets(_ part: BTreeV1Part) throws -> PackedRecords {
        let ranges = PackedRecords.parts(
            part.records.count, capacity: content.bucketCapacity, isLast: part.isLast)
        for place in part.addresses.dropFirst(ranges.count) { try storage.release(place, content.bucketSize) }
        var result = PackedRecords(size: recordSize)
        for (index, range) in ranges.enumerated() {
            let place =
                index < part.addresses.count ? part.addresses[index] : try storage.allocate(content.bucketSize)
            try content.storeBucket(part.records, range, at: place)
            result.append(
                try record(child: place, key: content.bucketKey(part.records.record(range.upperBound - 1))))
        }
        return result
    }
}
