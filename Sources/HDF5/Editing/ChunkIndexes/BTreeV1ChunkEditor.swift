import HDF5Format

/// Changes chunks in a version 1 B-tree, which are keyed by their offsets in elements.
///
/// The address of the tree stays the same as long as it lives.
struct BTreeV1ChunkEditor {
    private let tree: BTreeV1Editor<BTreeV1ChunkContent>

    /// Makes a tree without chunks; answers its address.
    static func create(grid: ChunkGrid, elementSize: Int, in context: FileContext) throws -> UInt64 {
        let content = BTreeV1ChunkContent(grid: grid, elementSize: elementSize, in: context)
        return try BTreeV1Editor.create(content, in: context.storage)
    }

    /// Opens a tree for changes.
    init(address: UInt64, grid: ChunkGrid, elementSize: Int, in context: FileContext) {
        tree = BTreeV1Editor(
            address: address, content: BTreeV1ChunkContent(grid: grid, elementSize: elementSize, in: context),
            storage: context.storage)
    }

    /// Makes changes, which rise by their numbers in the grid; a chunk that is to go may be missing.
    func apply(_ changes: [ChunkIndexChange]) throws {
        try ChunkIndexChange.checkOrder(changes)
        try tree.apply(changes)
    }

    /// Gives the tree's nodes back, and not the chunks.
    func removeAll() throws { try tree.removeAll() }
}

/// Chunks as the content of a B-tree.
final class BTreeV1ChunkContent: BTreeV1Content {
    private let grid: ChunkGrid
    private let elementSize: Int
    private let sizes: FieldSizes
    let internalK: UInt16
    let rank: Int

    /// The chunk whose offsets stand in `offsets`, so that a search computes them once.
    private var number: Int?
    private var offsets: [UInt64]
    private var coordinates: [Int]
    /// The offsets of the key that was read last.
    private var keyOffsets: [UInt64]

    init(grid: ChunkGrid, elementSize: Int, in context: FileContext) {
        self.grid = grid
        self.elementSize = elementSize
        sizes = context.storage.sizes
        internalK = context.superblock.chunkInternalK
        rank = grid.rank
        offsets = [UInt64](repeating: 0, count: grid.rank)
        coordinates = [Int](repeating: 0, count: grid.rank)
        keyOffsets = offsets
    }

    // MARK: Keys

    var nodeType: BTreeV1Node.NodeType { .chunk }
    var keyPrecedesChild: Bool { true }
    var outerKey: [UInt8] { [UInt8](repeating: 0, count: BTreeV1Node.keySize(.chunk, rank: rank, sizes)) }

    /// Computes where a chunk starts, in elements.
    private func select(_ number: Int) throws {
        guard number != self.number else { return }
        try grid.coordinates(of: number, into: &coordinates)
        for axis in 0..<rank {
            offsets[axis] = try UInt64(coordinates[axis])
                .multiplied(by: UInt64(grid.chunkShape[axis]), "the offset of a chunk")
        }
        self.number = number
    }

    /// How the selected chunk compares with a key: negative where it comes first.
    private func compare(with key: RawSpan) throws -> Int {
        var cursor = ByteCursor(key, sizes: sizes)
        let key = try ChunkKey(from: &cursor, offsets: &keyOffsets)
        for axis in 0..<rank where offsets[axis] != keyOffsets[axis] {
            return offsets[axis] < keyOffsets[axis] ? -1 : 1
        }
        return key.elementOffset > 0 ? -1 : 0
    }

    func isBehind(_ change: ChunkIndexChange, key: RawSpan) throws -> Bool {
        try select(change.number)
        return try compare(with: key) >= 0
    }

    func movedEnd(_ changes: ArraySlice<ChunkIndexChange>, current: [UInt8]?) throws -> [UInt8]? {
        guard let last = changes.last(where: { $0.element.address != nil }) else { return nil }
        try select(last.number)
        if let current, try compare(with: current.span.bytes) < 0 { return nil }
        // As libhdf5: one chunk further along every axis, that of the element's bytes with them.
        var end = offsets
        for axis in 0..<rank {
            end[axis] = try end[axis].adding(UInt64(grid.chunkShape[axis]), "the end of a chunk")
        }
        var builder = ByteBuilder(sizes: sizes)
        ChunkKey(storedSize: 0, elementOffset: UInt64(elementSize)).encode(to: &builder, offsets: end)
        return builder.bytes
    }

    // MARK: Chunks

    func merge(_ changes: ArraySlice<ChunkIndexChange>, into records: inout PackedRecords) throws -> Bool {
        var result = ByteBuilder(sizes: sizes)
        result.reserveCapacity(records.bytes.count + changes.count * records.size)
        var position = 0
        for change in changes {
            try select(change.number)
            var (low, high) = (position, records.count)
            var isThere = false
            while low < high {
                let middle = (low + high) / 2
                let order = try compare(with: records.record(middle))
                if order == 0 {
                    (low, high, isThere) = (middle, middle, true)
                } else if order > 0 {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            result.writeBytes(records.bytes(position..<low))
            position = isThere ? low + 1 : low
            guard let address = change.element.address else { continue }
            let size = change.element.storedSize ?? UInt64(grid.chunkBytes)
            guard let storedSize = UInt32(exactly: size) else {
                throw H5Error(
                    .notInGeneration, "a chunk of \(size) bytes does not fit the index, which has room for 32 bits")
            }
            ChunkKey(storedSize: storedSize, filterMask: change.element.filterMask)
                .encode(to: &result, offsets: offsets)
            try result.writeAddress(address)
        }
        result.writeBytes(records.bytes(position..<records.count))
        guard result.bytes != records.bytes else { return false }
        records = PackedRecords(size: records.size, bytes: result.bytes)
        return true
    }
}
