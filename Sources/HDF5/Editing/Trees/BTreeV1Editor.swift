import HDF5Format

/// Changes a version 1 B-tree: batches of changes in order of the keys, in one walk over the nodes that they touch.
///
/// The root stays where it is as long as the tree lives, for others name it: when it is full, what it holds moves to
/// nodes below it. Nodes that lose records are joined with a neighbour where both fit one with room to spare; nodes that
/// hold nothing go.
///
/// After an error the tree may be half changed, and the transaction is to be given up.
final class BTreeV1Editor<Content: BTreeV1Content> {
    let content: Content
    let nodes: BTreeV1Nodes<Content>
    /// The root.
    let address: UInt64
    /// The new key behind everything, while changes that move it are made.
    private var end: [UInt8]?

    init(address: UInt64, content: Content, storage: FileStorage) {
        self.address = address
        self.content = content
        nodes = BTreeV1Nodes(content: content, storage: storage)
    }

    /// Makes an empty tree; answers the address of its root.
    static func create(_ content: Content, in storage: FileStorage) throws -> UInt64 {
        let nodes = BTreeV1Nodes(content: content, storage: storage)
        let address = try storage.allocate(nodes.nodeSize)
        try nodes.write(
            PackedRecords(size: nodes.recordSize), 0..<0, level: 0, outerKey: content.outerKey, at: address)
        return address
    }

    /// Makes changes; they rise in the order of the tree.
    func apply(_ changes: [Content.Change]) throws {
        guard !changes.isEmpty else { return }
        let prefix = try nodes.prefix(at: address, level: nil)
        var root = BTreeV1Part(
            addresses: [address], range: 0..<1, level: prefix.level, isLast: true,
            records: try nodes.records(at: address, prefix))
        var outerKey = prefix.count > 0 ? try nodes.outerKey(at: address, prefix) : content.outerKey
        end = try content.movedEnd(changes[...], current: prefix.count > 0 ? outerKey : nil)
        defer { end = nil }
        guard try update(&root, changes[...]) else { return }
        outerKey = end ?? outerKey
        try storeRoot(root, outerKey)
    }

    /// Gives all nodes and buckets back; the tree is no more.
    func removeAll() throws {
        var visited: Set<UInt64> = []
        func remove(_ place: UInt64, level: Int?) throws {
            guard visited.insert(place).inserted else {
                throw H5Error(.damaged, "a B-tree leads to one node twice", address: place)
            }
            let prefix = try nodes.prefix(at: place, level: level)
            if prefix.level > 0 || content.hasBuckets {
                let records = try nodes.records(at: place, prefix)
                for index in 0..<records.count {
                    let child = try nodes.child(records, index)
                    if prefix.level > 0 {
                        try remove(child, level: prefix.level - 1)
                    } else if visited.insert(child).inserted {
                        try nodes.storage.release(child, content.bucketSize)
                    } else {
                        throw H5Error(.damaged, "a B-tree leads to one node twice", address: child)
                    }
                }
            }
            try nodes.storage.release(place, nodes.nodeSize)
        }
        try remove(address, level: nil)
    }

    // MARK: Down

    /// Makes changes to what a node leads to; answers whether the node itself has to be written.
    private func update(_ node: inout BTreeV1Part, _ changes: ArraySlice<Content.Change>) throws -> Bool {
        if node.level == (content.hasBuckets ? -1 : 0) {
            let isChanged = try content.merge(changes, into: &node.records)
            return isChanged || (node.isLast && end != nil)
        }
        var parts = try changedParts(node, changes)
        var isChanged = node.isLast && end != nil
        guard !parts.isEmpty else { return isChanged }
        try join(&parts, of: node)
        var records = PackedRecords(size: nodes.recordSize)
        var position = 0
        for part in parts {
            records.append(node.records, position..<part.range.lowerBound)
            records.append(part.level < 0 ? try nodes.storeBuckets(part) : try nodes.store(part, end: end))
            position = part.range.upperBound
        }
        records.append(node.records, position..<node.records.count)
        isChanged = isChanged || records != node.records
        node.records = records
        return isChanged
    }

    /// The children of a node that changes make different, with these changes made.
    private func changedParts(_ node: BTreeV1Part, _ changes: ArraySlice<Content.Change>) throws -> [BTreeV1Part] {
        let count = node.records.count
        guard count > 0 else {
            guard node.level == 0 else {
                throw H5Error(.damaged, "an inner node of a B-tree is empty", address: node.addresses.first)
            }
            var part = BTreeV1Part(
                addresses: [], range: 0..<0, level: -1, isLast: true,
                records: PackedRecords(size: content.bucketRecordSize))
            return try update(&part, changes) ? [part] : []
        }
        // Which child gets which changes is settled first, for changes may alter what keys lead to.
        var shares: [(child: Int, changes: ArraySlice<Content.Change>)] = []
        var rest = changes
        while let first = rest.first {
            let child = try index(of: first, in: node.records, from: shares.last.map { $0.child + 1 } ?? 0)
            var stop = rest.startIndex + 1
            if child == count - 1 {
                stop = rest.endIndex
            } else {
                let bound = content.keyPrecedesChild ? child + 1 : child
                while stop < rest.endIndex,
                    try !content.isBehind(rest[stop], key: nodes.key(node.records.record(bound)))
                {
                    stop += 1
                }
            }
            shares.append((child, rest[..<stop]))
            rest = rest[stop...]
        }
        var parts: [BTreeV1Part] = []
        for share in shares {
            var part = try load(share.child, of: node)
            if try update(&part, share.changes) { parts.append(part) }
        }
        return parts
    }

    /// The child that a change concerns, of those from a place on.
    private func index(of change: Content.Change, in records: PackedRecords, from start: Int) throws -> Int {
        var low = start
        var high = records.count
        while low < high {
            let middle = (low + high) / 2
            if try content.isBehind(change, key: nodes.key(records.record(middle))) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return content.keyPrecedesChild ? max(low - 1, 0) : min(low, records.count - 1)
    }

    /// A child, as it is.
    private func load(_ child: Int, of node: BTreeV1Part) throws -> BTreeV1Part {
        let place = try nodes.child(node.records, child)
        let level = node.level - 1
        return BTreeV1Part(
            addresses: [place], range: child..<(child + 1), level: level,
            isLast: node.isLast && child == node.records.count - 1,
            records: level < 0
                ? try content.loadBucket(place)
                : try nodes.records(at: place, try nodes.prefix(at: place, level: level)))
    }

    // MARK: Up

    /// Joins children that lost records with their neighbours, where the result still has room.
    private func join(_ parts: inout [BTreeV1Part], of node: BTreeV1Part) throws {
        guard parts.contains(where: \.hasShrunk) else { return }
        let capacity = nodes.capacity(level: node.level - 1)
        func fit(_ left: BTreeV1Part, _ right: BTreeV1Part) -> Bool {
            (left.hasShrunk || right.hasShrunk) && !left.records.isEmpty && !right.records.isEmpty
                && left.records.count + right.records.count <= capacity - capacity / 4
        }
        var joined: [BTreeV1Part] = []
        for (place, part) in parts.enumerated() {
            var part = part
            let free = joined.last?.range.upperBound ?? 0
            if let last = joined.last, free == part.range.lowerBound {
                if fit(last, part) { part = joined.removeLast().joined(with: part) }
            } else if part.hasShrunk, part.range.lowerBound > free {
                let left = try load(part.range.lowerBound - 1, of: node)
                if fit(left, part) { part = left.joined(with: part) }
            }
            let next = place + 1 < parts.count ? parts[place + 1].range.lowerBound : node.records.count
            if part.hasShrunk, part.range.upperBound < next {
                let right = try load(part.range.upperBound, of: node)
                if fit(part, right) { part = part.joined(with: right) }
            }
            joined.append(part)
        }
        parts = joined
    }

    /// Writes the root where it is, with levels put between or taken out as what it holds needs.
    private func storeRoot(_ root: BTreeV1Part, _ outerKey: [UInt8]) throws {
        var (records, level, outerKey) = (root.records, root.level, outerKey)
        let capacity = nodes.capacity(level: 0)
        while records.count > capacity {
            guard level < 255 else { throw H5Error(.invalidArgument, "a B-tree cannot be that deep", address: address) }
            records = try nodes.storeNew(records, level: level, outerKey: outerKey)
            level += 1
        }
        while level > 0, records.count == 1 {
            let child = try nodes.child(records, 0)
            let prefix = try nodes.prefix(at: child, level: level - 1)
            records = try nodes.records(at: child, prefix)
            outerKey = try nodes.outerKey(at: child, prefix)
            level -= 1
            try nodes.storage.release(child, nodes.nodeSize)
        }
        if records.isEmpty { level = 0 }
        try nodes.write(records, 0..<records.count, level: level, outerKey: outerKey, at: address)
    }
}
