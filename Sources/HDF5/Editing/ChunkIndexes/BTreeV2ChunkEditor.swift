import HDF5Format

/// Makes and changes the chunks of a version 2 B-tree.
struct BTreeV2ChunkEditor {
    private var tree: BTreeV2Editor
    private let records: BTreeV2ChunkRecords
    private let grid: ChunkGrid
    private let storage: FileStorage

    /// Makes a tree without chunks; answers the address of its header.
    static func create(
        grid: ChunkGrid, isFiltered: Bool, layoutVersion: UInt8, nodeSize: UInt32, splitPercent: UInt8,
        mergePercent: UInt8, in storage: FileStorage
    ) throws -> UInt64 {
        let records = BTreeV2ChunkRecords(
            grid: grid, isFiltered: isFiltered, layoutVersion: layoutVersion, storage.sizes)
        return try BTreeV2Editor.create(
            records.type, recordSize: records.size, nodeSize: Int(nodeSize), splitPercent: splitPercent,
            mergePercent: mergePercent, order: records.order, in: storage
        ).address
    }

    init(address: UInt64, grid: ChunkGrid, in storage: FileStorage) throws {
        tree = try BTreeV2Editor(address: address, storage: storage)
        records = try BTreeV2ChunkRecords(tree.header, grid: grid, storage.sizes)
        self.grid = grid
        self.storage = storage
    }

    /// Makes changes, which rise by the numbers of their chunks; a chunk that is to go may be missing.
    mutating func apply(_ changes: [ChunkIndexChange]) throws {
        var batch = BTreeV2Changes(recordSize: records.size)
        batch.reserveCapacity(changes.count)
        var coordinates = grid.shape.map { _ in 0 }
        for change in changes {
            try grid.coordinates(of: change.number, into: &coordinates)
            var builder = ByteBuilder(sizes: storage.sizes)
            try records.encode(change.element, coordinates: coordinates, to: &builder)
            let record = builder.bytes
            if change.element.address != nil {
                try batch.append(.put, record)
            } else if try isThere(record) {
                try batch.append(.remove, record)
            }
        }
        try tree.apply(batch, order: records.order)
    }

    private func isThere(_ record: [UInt8]) throws -> Bool {
        try tree.find { cursor in
            let other = try cursor.readBytes(records.size)
            return try records.order(record.span.bytes, other)
        } != nil
    }

    /// Gives the tree back, and not the chunks.
    func removeAll() throws { try tree.remove() }
}
