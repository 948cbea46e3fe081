import HDF5Format

/// Walks and searches a version 2 B-tree.
struct BTreeV2 {
    let header: BTreeV2Header
    private let geometry: BTreeV2Geometry
    private let storage: FileStorage

    /// Where a searched-for record lies relative to the one at hand.
    enum Comparison {
        case before
        case found
        case after
    }

    init(address: UInt64, storage: FileStorage) throws {
        self.storage = storage
        let header = try storage.withCursor(at: address, count: BTreeV2Header.size(storage.sizes)) {
            try BTreeV2Header(from: &$0)
        }
        self.header = header
        geometry = try BTreeV2Geometry(header, sizes: storage.sizes)
        // A record takes its bytes in the file, so a count that cannot fit is a lie.
        guard header.totalRecordCount <= storage.size / UInt64(header.recordSize),
            header.rootRecordCount <= geometry.maximumRecords[header.depth]
        else {
            throw H5Error(
                .damaged, "a B-tree of \(header.totalRecordCount) records does not fit the file", address: address)
        }
    }

    /// Calls `body` with each record in order, until it returns false.
    func forEach(_ body: (inout ByteCursor) throws -> Bool) throws {
        guard let root = header.rootAddress else { return }
        var budget = header.totalRecordCount
        _ = try walk(root, count: header.rootRecordCount, height: header.depth, budget: &budget, body)
    }

    private func walk(
        _ address: UInt64, count: Int, height: Int, budget: inout UInt64, _ body: (inout ByteCursor) throws -> Bool
    ) throws -> Bool {
        // Each record is seen once, so a tree whose nodes form a circle runs out of budget.
        guard UInt64(count) <= budget else {
            throw H5Error(.damaged, "a B-tree holds more records than its header says", address: address)
        }
        budget -= UInt64(count)
        let node = try node(address, count: count, height: height)
        for index in 0..<count {
            if height > 0 {
                let child = node.children[index]
                guard try walk(child.address, count: child.recordCount, height: height - 1, budget: &budget, body)
                else {
                    return false
                }
            }
            guard try node.withRecord(index, header.recordSize, storage.sizes, body) else { return false }
        }
        if height > 0, let child = node.children.last {
            return try walk(child.address, count: child.recordCount, height: height - 1, budget: &budget, body)
        }
        return true
    }

    /// Calls `body` with each record of a range, in order, visiting only the nodes that can hold one.
    ///
    /// `compare` says where the range lies relative to the record it is given; `.found` is inside. `precedes` says
    /// whether a record belongs before another: a tree that is not in order has records that are not found.
    func forEach(
        where compare: (inout ByteCursor) throws -> Comparison, precedes: (RawSpan, RawSpan) -> Bool,
        _ body: (inout ByteCursor) throws -> Void
    ) throws {
        guard let root = header.rootAddress else { return }
        var budget = header.totalRecordCount
        try walk(
            root, count: header.rootRecordCount, between: (nil, nil), height: header.depth, budget: &budget, compare,
            precedes, body)
    }

    /// Goes through a node whose records all lie between those around it in its parent.
    private func walk(
        _ address: UInt64, count: Int, between sides: (left: [UInt8]?, right: [UInt8]?), height: Int,
        budget: inout UInt64, _ compare: (inout ByteCursor) throws -> Comparison,
        _ precedes: (RawSpan, RawSpan) -> Bool, _ body: (inout ByteCursor) throws -> Void
    ) throws {
        guard UInt64(count) <= budget else {
            throw H5Error(.damaged, "a B-tree holds more records than its header says", address: address)
        }
        budget -= UInt64(count)
        let node = try node(address, count: count, height: height)
        try check(node, between: sides, precedes)
        // A child lies between the records on both its sides; it can hold part of the range unless the one on its
        // left is already behind the range or the one on its right still before it.
        var places: [Comparison] = []
        places.reserveCapacity(count)
        for index in 0..<count {
            places.append(try node.withRecord(index, header.recordSize, storage.sizes, compare))
        }
        func record(_ index: Int) -> [UInt8]? {
            guard index >= 0, index < count else { return nil }
            return Array(node.records[(index * header.recordSize)..<((index + 1) * header.recordSize)])
        }
        var isBehind = false
        for index in 0..<count where !isBehind {
            let place = places[index]
            if height > 0, place != .after {
                let child = node.children[index]
                try walk(
                    child.address, count: child.recordCount, between: (record(index - 1) ?? sides.left, record(index)),
                    height: height - 1, budget: &budget, compare, precedes, body)
            }
            if place == .found { try node.withRecord(index, header.recordSize, storage.sizes, body) }
            isBehind = place == .before
        }
        if height > 0, !isBehind, let child = node.children.last {
            try walk(
                child.address, count: child.recordCount, between: (record(count - 1) ?? sides.left, sides.right),
                height: height - 1, budget: &budget, compare, precedes, body)
        }
    }

    /// Throws unless the records of a node are in order, also with those around it.
    private func check(
        _ node: Node, between sides: (left: [UInt8]?, right: [UInt8]?), _ precedes: (RawSpan, RawSpan) -> Bool
    ) throws {
        let size = header.recordSize
        let records = node.records.span.bytes
        let count = records.byteCount / size
        guard count > 0 else { return }
        var isInOrder = true
        if let left = sides.left { isInOrder = precedes(left.span.bytes, records.extracting(0..<size)) }
        for index in 1..<max(1, count) where isInOrder {
            isInOrder = precedes(
                records.extracting(((index - 1) * size)..<(index * size)),
                records.extracting((index * size)..<((index + 1) * size)))
        }
        if let right = sides.right, isInOrder {
            isInOrder = precedes(records.extracting(((count - 1) * size)..<(count * size)), right.span.bytes)
        }
        guard isInOrder else {
            throw H5Error(.damaged, "the records of a B-tree are not in order", address: node.address)
        }
    }

    /// Descends to a record: `compare` says where the wanted one lies relative to the record it is given.
    @discardableResult
    func search(_ compare: (inout ByteCursor) throws -> Comparison) throws -> Bool {
        guard var address = header.rootAddress else { return false }
        var count = header.rootRecordCount
        var height = header.depth
        while true {
            let node = try node(address, count: count, height: height)
            var low = 0
            var high = count
            while low < high {
                let middle = (low + high) / 2
                switch try node.withRecord(middle, header.recordSize, storage.sizes, compare) {
                case .found: return true
                case .before: high = middle
                case .after: low = middle + 1
                }
            }
            guard height > 0 else { return false }
            address = node.children[low].address
            count = node.children[low].recordCount
            height -= 1
        }
    }

    /// A node as it is in the file.
    struct Node {
        var address: UInt64
        var records: [UInt8]
        var children: [BTreeV2Node.Child]

        func withRecord<R>(
            _ index: Int, _ size: Int, _ sizes: FieldSizes, _ body: (inout ByteCursor) throws -> R
        ) throws -> R {
            let slice = records.span.bytes.extracting((index * size)..<((index + 1) * size))
            var cursor = ByteCursor(slice, sizes: sizes, address: address)
            return try body(&cursor)
        }
    }

    private func node(_ address: UInt64, count: Int, height: Int) throws -> Node {
        try Self.node(address, count: count, height: height, header, geometry, storage)
    }

    /// Reads a node of `count` records, `height` levels above the leaves.
    static func node(
        _ address: UInt64, count: Int, height: Int, _ header: BTreeV2Header, _ geometry: BTreeV2Geometry,
        _ storage: FileStorage
    ) throws -> Node {
        let pointers = height > 0 ? (count + 1) * geometry.pointerSize(height: height, sizes: storage.sizes) : 0
        let used = BTreeV2Node.overhead + count * header.recordSize + pointers
        return try storage.withCursor(at: address, count: used) { cursor in
            try BTreeV2Node.checkPrefix(&cursor, isLeaf: height == 0, type: header.type)
            let records = try cursor.readArray(count * header.recordSize)
            var children: [BTreeV2Node.Child] = []
            if height > 0 {
                children = try BTreeV2Node.children(
                    from: &cursor, recordCount: count, height: height, geometry: geometry)
            }
            try cursor.expectChecksum("version 2 B-tree node")
            return Node(address: address, records: records, children: children)
        }
    }
}
