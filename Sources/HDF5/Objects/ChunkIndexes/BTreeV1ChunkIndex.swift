import HDF5Format

/// Chunks in a version 1 B-tree, keyed by their offsets in elements.
struct BTreeV1ChunkIndex {
    private let address: UInt64
    private let grid: ChunkGrid
    private let isFiltered: Bool
    private let storage: FileStorage

    init(address: UInt64, grid: ChunkGrid, isFiltered: Bool, storage: FileStorage) {
        self.address = address
        self.grid = grid
        self.isFiltered = isFiltered
        self.storage = storage
    }

    /// Calls `add` for each wanted chunk that exists, descending only where wanted chunks can be.
    func find(_ query: ChunkQuery, _ add: (Int, ChunkElement) throws -> Void) throws {
        let (lower, upper) = query.bounds
        var visited: Set<UInt64> = []
        var nodes = NodeBytes(storage: storage, rank: grid.rank, isCached: query.count < Self.manyChunks)
        try walk(
            Child(address: address), level: nil, lower: lower, upper: upper, visited: &visited, &nodes, query, add)
    }

    /// Queries of as many chunks pass over most nodes of a tree, and are not repeated as those of few are.
    private static let manyChunks = 128

    /// Where the bytes of nodes come from.
    ///
    /// Nodes lie scattered among the chunks, so keeping the blocks around all of them would keep megabytes of data.
    private struct NodeBytes {
        let storage: FileStorage
        let rank: Int
        /// Whether nodes come through the cache of metadata.
        let isCached: Bool
        /// The node at hand where they do not.
        private var bytes: [UInt8] = []

        init(storage: FileStorage, rank: Int, isCached: Bool) {
            self.storage = storage
            self.rank = rank
            self.isCached = isCached
        }

        /// Gives `body` the part of a node that is in use, behind its prefix.
        mutating func withNode(_ address: UInt64, _ body: (BTreeV1Node, inout ByteCursor) throws -> Void) throws {
            let sizes = storage.sizes
            let prefixSize = BTreeV1Node.prefixSize(sizes)
            if isCached {
                let prefix = try storage.withCursor(at: address, count: prefixSize) {
                    try BTreeV1Node(from: &$0, expecting: .chunk)
                }
                let used = BTreeV1Node.usedSize(.chunk, rank: rank, count: prefix.count, sizes)
                return try storage.withCursor(at: address, count: used) { cursor in
                    try cursor.skip(prefixSize)
                    try body(prefix, &cursor)
                }
            }
            // Nodes have at most 64 children as libhdf5 makes them by default; others are read twice.
            var found = try storage.read(
                at: address, upTo: BTreeV1Node.usedSize(.chunk, rank: rank, count: 64, sizes), into: &bytes)
            let prefix = try {
                var cursor = ByteCursor(bytes.span.bytes.extracting(0..<found), sizes: sizes, address: address)
                return try BTreeV1Node(from: &cursor, expecting: .chunk)
            }()
            let used = BTreeV1Node.usedSize(.chunk, rank: rank, count: prefix.count, sizes)
            try storage.checkExtent(address, UInt64(used))
            if found < used { found = try storage.read(at: address, upTo: used, into: &bytes) }
            var cursor = ByteCursor(bytes.span.bytes.extracting(0..<min(used, found)), sizes: sizes, address: address)
            try cursor.skip(prefixSize)
            try body(prefix, &cursor)
        }
    }

    /// A node, with what the keys around it in its parent say of its own.
    private struct Child {
        var address: UInt64
        /// No key of the node comes before this one.
        var first: [Int]?
        /// All keys of the node come before this one.
        var end: [Int]?
    }

    private func walk(
        _ node: Child, level: Int?, lower: [Int], upper: [Int], visited: inout Set<UInt64>,
        _ nodes: inout NodeBytes, _ query: ChunkQuery, _ add: (Int, ChunkElement) throws -> Void
    ) throws {
        let address = node.address
        guard visited.insert(address).inserted else {
            throw H5Error(.damaged, "the nodes of a chunk B-tree form a circle", address: address)
        }
        let rank = grid.rank
        // Children to descend to are gathered first, so that no block is held while deeper ones are read.
        var children: [Child] = []
        var nodeLevel = 0
        try nodes.withNode(address) { prefix, cursor in
            nodeLevel = prefix.level
            if let level, level != prefix.level {
                throw H5Error(
                    .damaged, "a B-tree node has level \(prefix.level) where \(level) is expected", address: address)
            }
            var offsets = [UInt64](repeating: 0, count: rank)
            var coordinates = [Int](repeating: 0, count: rank)
            var previous = coordinates
            var previousChild: Child?
            for index in 0..<prefix.count {
                let key = try ChunkKey(from: &cursor, offsets: &offsets)
                guard key.elementOffset == 0 else {
                    throw cursor.damaged("a chunk starts \(key.elementOffset) bytes into an element")
                }
                let child = try cursor.readAddress()
                for axis in 0..<rank {
                    let chunk = UInt64(grid.chunkShape[axis])
                    guard offsets[axis] % chunk == 0 else {
                        throw cursor.damaged("a chunk starts at \(offsets), which is no corner of a chunk")
                    }
                    coordinates[axis] = Int(clamping: offsets[axis] / chunk)
                }
                // Otherwise a chunk could be there and not be found.
                guard index == 0 || previous.precedesInRowMajorOrder(coordinates),
                    node.first.map({ !coordinates.precedesInRowMajorOrder($0) }) ?? true,
                    node.end.map({ coordinates.precedesInRowMajorOrder($0) }) ?? true
                else { throw cursor.damaged("the keys of a chunk B-tree are not in order") }
                for axis in 0..<rank { previous[axis] = coordinates[axis] }
                if prefix.level > 0 {
                    // A child holds the keys from its own left key to before the next one's.
                    if var child = previousChild, lower.precedesInRowMajorOrder(coordinates) {
                        child.end = coordinates
                        children.append(child)
                    }
                    previousChild = nil
                    if upper.precedesInRowMajorOrder(coordinates) { return }
                    guard let child else { throw cursor.damaged("a child of a B-tree node has no address") }
                    previousChild = Child(address: child, first: coordinates)
                } else if let child, let ordinal = query.ordinal(of: coordinates) {
                    guard isFiltered || Int(key.storedSize) == grid.chunkBytes else {
                        throw cursor.damaged(
                            "an unfiltered chunk has \(key.storedSize) bytes where a chunk has \(grid.chunkBytes)")
                    }
                    try add(
                        ordinal,
                        ChunkElement(
                            address: child, storedSize: isFiltered ? UInt64(key.storedSize) : nil,
                            filterMask: key.filterMask))
                }
            }
            if var child = previousChild {
                child.end = node.end
                children.append(child)
            }
        }
        for child in children {
            try walk(
                child, level: nodeLevel - 1, lower: lower, upper: upper, visited: &visited, &nodes, query, add)
        }
    }
}
