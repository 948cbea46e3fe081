import HDF5Format

/// A node of a version 2 B-tree in memory.
final class BTreeV2WorkingNode {
    /// A child: where it is in the file, and the child itself once it was needed.
    struct Child {
        var link: BTreeV2Node.Child
        var node: BTreeV2WorkingNode?

        var recordBytes: Int? { node?.records.count }
    }

    /// Where the node is; nil for one that is new.
    var address: UInt64?
    /// Levels above the leaves.
    let height: Int
    /// The records, one behind the other.
    var records: [UInt8]
    var children: [Child]
    /// Whether the node differs from the file.
    var isChanged: Bool

    init(height: Int, records: [UInt8], children: [Child] = [], address: UInt64? = nil) {
        self.address = address
        self.height = height
        self.records = records
        self.children = children
        isChanged = address == nil
    }
}

/// The nodes of a version 2 B-tree that a batch of changes concerns.
///
/// Between two changes every node but the root keeps at least the records at which libhdf5 merges, and at most those at
/// which it splits: it tells both by equality, so that a node outside these bounds would grow or shrink without end.
final class BTreeV2WorkingTree {
    private(set) var header: BTreeV2Header
    var root: BTreeV2WorkingNode
    private let storage: FileStorage
    private var geometry: BTreeV2Geometry
    private let size: Int
    /// The records that changes replaced or removed, in the order of the changes.
    private(set) var former: [UInt8] = []
    /// Places of nodes that are no longer needed.
    private var unused: [UInt64] = []

    private typealias Node = BTreeV2WorkingNode

    init(_ header: BTreeV2Header, storage: FileStorage) throws {
        self.header = header
        self.storage = storage
        size = header.recordSize
        geometry = try BTreeV2Geometry(header, sizes: storage.sizes)
        root = BTreeV2WorkingNode(height: 0, records: [])
        try storage.checkAllocation(header.nodeSize, "a node of a B-tree")
        for height in 0...header.depth { try checkRoom(height) }
    }

    /// Throws where nodes have too few records to be split in two.
    private func checkRoom(_ height: Int) throws {
        guard maximum(height) >= 2 else {
            throw H5Error(.unsupported, "a B-tree with nodes of \(header.nodeSize) bytes cannot be changed")
        }
    }

    /// The most records of a node: at that number libhdf5 splits.
    private func maximum(_ height: Int) -> Int {
        let most = geometry.maximumRecords[height]
        return min(most, most * Int(header.splitPercent) / 100)
    }

    /// The fewest records of a node that is not the root: at that number libhdf5 merges.
    private func minimum(_ height: Int) -> Int {
        max(1, min(geometry.maximumRecords[height] * Int(header.mergePercent) / 100, maximum(height) / 2))
    }

    private func count(_ node: BTreeV2WorkingNode) -> Int { node.records.count / size }

    // MARK: Loading and storing

    /// Takes the root of a tree that is in the file.
    func loadRoot() throws {
        guard let address = header.rootAddress else { return }
        root = try load(
            BTreeV2Node.Child(
                address: address, recordCount: header.rootRecordCount, totalRecordCount: header.totalRecordCount),
            height: header.depth)
    }

    private func load(_ link: BTreeV2Node.Child, height: Int) throws -> BTreeV2WorkingNode {
        let node = try BTreeV2.node(
            link.address, count: link.recordCount, height: height, header, geometry, storage)
        return BTreeV2WorkingNode(
            height: height, records: node.records, children: node.children.map { Node.Child(link: $0) },
            address: link.address)
    }

    private func child(_ index: Int, of node: BTreeV2WorkingNode) throws -> BTreeV2WorkingNode {
        try load(&node.children[index], height: node.height - 1)
    }

    private func load(_ child: inout BTreeV2WorkingNode.Child, height: Int) throws -> BTreeV2WorkingNode {
        if let node = child.node { return node }
        let node = try load(child.link, height: height)
        child.node = node
        return node
    }

    /// Brings the root in shape, writes the nodes that changed and gives the header of the tree.
    func store() throws -> BTreeV2Header {
        while count(root) > maximum(root.height) {
            let top = BTreeV2WorkingNode(height: root.height + 1, records: [])
            header.depth = top.height
            geometry = try BTreeV2Geometry(header, sizes: storage.sizes)
            try checkRoom(top.height)
            split(root, into: top)
            root = top
        }
        while root.height > 0, root.records.isEmpty {
            let only = try child(0, of: root)
            discard(root)
            root = only
        }
        header.depth = root.height
        geometry = try BTreeV2Geometry(header, sizes: storage.sizes)
        unused.sort(by: >)
        if root.records.isEmpty {
            discard(root)
            header.rootAddress = nil
            header.rootRecordCount = 0
            header.totalRecordCount = 0
        } else {
            let link = try place(root)
            header.rootAddress = link.address
            header.rootRecordCount = link.recordCount
            header.totalRecordCount = link.totalRecordCount
        }
        for address in unused { try storage.release(address, header.nodeSize) }
        unused = []
        return header
    }

    /// Writes a node that changed, behind its children.
    private func place(_ node: BTreeV2WorkingNode) throws -> BTreeV2Node.Child {
        var total = UInt64(count(node))
        for index in node.children.indices {
            if let child = node.children[index].node {
                let link = try place(child)
                if link != node.children[index].link {
                    node.children[index].link = link
                    node.isChanged = true
                }
            }
            total = try total.adding(node.children[index].link.totalRecordCount, "the number of records of a B-tree")
        }
        let isNew = node.address == nil
        let address = try node.address ?? unused.popLast() ?? storage.allocate(header.nodeSize)
        node.address = address
        if node.isChanged {
            try storage.write(at: address) { builder in
                builder.reserveCapacity(header.nodeSize)
                try BTreeV2Node.encode(
                    node.records, children: node.children.map(\.link), height: node.height, header: header,
                    geometry: geometry, to: &builder)
                // libhdf5 reads nodes whole, so what it reads should not be whatever was there before.
                if isNew { try builder.pad(to: header.nodeSize, from: 0, "a node of a B-tree") }
            }
            node.isChanged = false
        }
        return BTreeV2Node.Child(address: address, recordCount: count(node), totalRecordCount: total)
    }

    /// Gives the space of all nodes back.
    func releaseNodes() throws {
        guard let address = header.rootAddress else { return }
        var budget = header.totalRecordCount
        try release(
            BTreeV2Node.Child(
                address: address, recordCount: header.rootRecordCount, totalRecordCount: header.totalRecordCount),
            height: header.depth, &budget)
    }

    private func release(_ link: BTreeV2Node.Child, height: Int, _ budget: inout UInt64) throws {
        // Each record is seen once, so a tree whose nodes form a circle runs out of budget.
        guard UInt64(link.recordCount) <= budget else {
            throw H5Error(.damaged, "a B-tree holds more records than its header says", address: link.address)
        }
        budget -= UInt64(link.recordCount)
        if height > 0 {
            for child in try load(link, height: height).children {
                try release(child.link, height: height - 1, &budget)
            }
        }
        try storage.release(link.address, header.nodeSize)
    }

    private func discard(_ node: BTreeV2WorkingNode) {
        if let address = node.address { unused.append(address) }
        node.address = nil
    }

    // MARK: Changes

    /// Makes changes that are in order.
    func apply(_ changes: BTreeV2Changes, _ order: BTreeV2Changes.Order) throws {
        try apply(changes, 0..<changes.count, to: root, order)
    }

    /// The first record from `start` on that does not belong before `record`, and whether it is the same one.
    private func search(
        _ records: [UInt8], from start: Int, _ record: RawSpan, _ order: BTreeV2Changes.Order
    ) throws -> (place: Int, isThere: Bool) {
        let bytes = records.span.bytes
        var (low, high) = (start, records.count / size)
        while low < high {
            let middle = (low + high) / 2
            switch try order(record, bytes.extracting((middle * size)..<((middle + 1) * size))) {
            case .found: return (middle, true)
            case .before: high = middle
            case .after: low = middle + 1
            }
        }
        return (low, false)
    }

    private func check(_ kind: BTreeV2Changes.Kind, isThere: Bool) throws {
        switch kind {
        case .insert where isThere: throw H5Error(.exists, "a B-tree has the record that is to be inserted already")
        case .replace where !isThere, .remove where !isThere:
            throw H5Error(.notFound, "a B-tree does not have the record that is to be changed")
        default: break
        }
    }

    private func apply(
        _ changes: BTreeV2Changes, _ range: Range<Int>, to node: BTreeV2WorkingNode, _ order: BTreeV2Changes.Order
    ) throws {
        if node.height == 0 { return try applyToLeaf(changes, range, node, order) }
        var removed: [Int] = []
        var change = range.lowerBound
        var start = 0
        while change < range.upperBound {
            let (place, isThere) = try search(node.records, from: start, changes.record(change), order)
            start = place
            if isThere {
                let kind = changes.kinds[change]
                try check(kind, isThere: true)
                former += node.records[(place * size)..<((place + 1) * size)]
                if kind == .remove {
                    removed.append(place)
                } else {
                    node.records.replaceSubrange(
                        (place * size)..<((place + 1) * size),
                        with: changes.records[(change * size)..<((change + 1) * size)])
                }
                node.isChanged = true
                start = place + 1
                change += 1
                continue
            }
            // What belongs before the record at that place goes to the child on its left.
            let end =
                place * size < node.records.count
                ? try changes.partition(change + 1, range.upperBound, before: node.records, place, order)
                : range.upperBound
            try apply(changes, change..<end, to: child(place, of: node), order)
            change = end
        }
        if !removed.isEmpty { try refill(node, removed) }
        try repair(node)
    }

    private func applyToLeaf(
        _ changes: BTreeV2Changes, _ range: Range<Int>, _ node: BTreeV2WorkingNode, _ order: BTreeV2Changes.Order
    ) throws {
        var merged: [UInt8] = []
        merged.reserveCapacity(node.records.count + range.count * size)
        var position = 0
        for change in range {
            let (place, isThere) = try search(node.records, from: position, changes.record(change), order)
            let kind = changes.kinds[change]
            try check(kind, isThere: isThere)
            merged += node.records[(position * size)..<(place * size)]
            if kind != .remove { merged += changes.records[(change * size)..<((change + 1) * size)] }
            if isThere { former += node.records[(place * size)..<((place + 1) * size)] }
            position = isThere ? place + 1 : place
        }
        merged += node.records[(position * size)...]
        node.records = merged
        node.isChanged = true
    }

    /// Puts the last record of the child on its left in place of each record that is removed from a node.
    private func refill(_ node: BTreeV2WorkingNode, _ removed: [Int]) throws {
        var records: [UInt8] = []
        var children: [BTreeV2WorkingNode.Child] = []
        var next = 0
        for index in node.children.indices {
            // Where the child on the left was empty the separator on its left is still to be followed by a child.
            children.append(node.children[index])
            guard index < node.children.count - 1 else { break }
            if next < removed.count, removed[next] == index {
                next += 1
                let left = try load(&children[children.count - 1], height: node.height - 1)
                if let record = try takeLast(left) {
                    records += record
                } else {
                    discardEmpty(left)
                    children.removeLast()
                }
            } else {
                records += node.records[(index * size)..<((index + 1) * size)]
            }
        }
        node.records = records
        node.children = children
        node.isChanged = true
    }

    /// Takes the last record of a node and all below it; nil where there is none.
    private func takeLast(_ node: BTreeV2WorkingNode) throws -> [UInt8]? {
        if node.height == 0 {
            guard !node.records.isEmpty else { return nil }
            node.isChanged = true
            return takeLastRecord(node)
        }
        let last = try child(node.children.count - 1, of: node)
        if let record = try takeLast(last) {
            try repair(node)
            return record
        }
        guard !node.records.isEmpty else { return nil }
        discardEmpty(last)
        node.children.removeLast()
        node.isChanged = true
        return takeLastRecord(node)
    }

    private func takeLastRecord(_ node: BTreeV2WorkingNode) -> [UInt8] {
        let record = Array(node.records.suffix(size))
        node.records.removeLast(size)
        return record
    }

    /// Gives up a node without records, and all below it.
    private func discardEmpty(_ node: BTreeV2WorkingNode) {
        for child in node.children {
            if let below = child.node { discardEmpty(below) }
        }
        discard(node)
    }

    // MARK: Shape

    /// Joins children of a node that have too few records with a neighbour, and splits those that have too many.
    private func repair(_ node: BTreeV2WorkingNode) throws {
        let height = node.height - 1
        let (fewest, most) = (minimum(height) * size, maximum(height) * size)
        let isRight = node.children.allSatisfy { ($0.recordBytes ?? fewest) >= fewest && ($0.recordBytes ?? 0) <= most }
        if isRight { return }
        func isShort(_ child: BTreeV2WorkingNode.Child?) -> Bool { (child?.recordBytes ?? fewest) < fewest }

        let joined = BTreeV2WorkingNode(height: node.height, records: [])
        for (index, child) in node.children.enumerated() {
            if index > 0 {
                let separator = node.records[((index - 1) * size)..<(index * size)]
                if isShort(joined.children.last) || isShort(child) {
                    try join(&joined.children[joined.children.count - 1], separator, child, height)
                    continue
                }
                joined.records += separator
            }
            joined.children.append(child)
        }
        while joined.children.count > 1, isShort(joined.children.last), let last = joined.children.popLast() {
            let separator = joined.records.suffix(size)
            joined.records.removeLast(size)
            try join(&joined.children[joined.children.count - 1], separator, last, height)
        }

        node.records = []
        node.children = []
        for (index, child) in joined.children.enumerated() {
            if index > 0 { node.records += joined.records[((index - 1) * size)..<(index * size)] }
            if let below = child.node, below.records.count > most {
                split(below, into: node)
            } else {
                node.children.append(child)
            }
        }
        node.isChanged = true
    }

    /// Makes one node of two neighbours and the record between them.
    private func join(
        _ left: inout BTreeV2WorkingNode.Child, _ separator: ArraySlice<UInt8>, _ right: BTreeV2WorkingNode.Child,
        _ height: Int
    ) throws {
        let first = try load(&left, height: height)
        var right = right
        let second = try load(&right, height: height)
        first.records += separator
        first.records += second.records
        first.children += second.children
        first.isChanged = true
        discard(second)
        // A child that had no neighbour in its own parent has one now.
        if height > 0 { try repair(first) }
    }

    /// Adds the even parts of a node to a parent, and the records between the parts.
    private func split(_ node: BTreeV2WorkingNode, into parent: BTreeV2WorkingNode) {
        let total = count(node)
        let parts = (total + maximum(node.height) + 1) / (maximum(node.height) + 1)
        let (records, children) = (node.records, node.children)
        let (share, extra) = (total - (parts - 1)).quotientAndRemainder(dividingBy: parts)
        var start = 0
        for part in 0..<parts {
            let end = start + share + (part < extra ? 1 : 0)
            let piece = part == 0 ? node : BTreeV2WorkingNode(height: node.height, records: [])
            piece.records = Array(records[(start * size)..<(end * size)])
            piece.children = node.height == 0 ? [] : Array(children[start...end])
            piece.isChanged = true
            // The link is set when the part is written.
            let link = BTreeV2Node.Child(address: 0, recordCount: 0, totalRecordCount: 0)
            parent.children.append(BTreeV2WorkingNode.Child(link: link, node: piece))
            if part < parts - 1 { parent.records += records[(end * size)..<((end + 1) * size)] }
            start = end + 1
        }
    }
}
