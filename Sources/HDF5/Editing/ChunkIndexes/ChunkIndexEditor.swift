import HDF5Format

/// Changes which chunks a dataset has, through whichever index it has.
///
/// An index is made with its first chunk. The space of the chunks themselves is the caller's.
struct ChunkIndexEditor {
    typealias Change = ChunkIndexChange

    let grid: ChunkGrid
    /// Where chunks are found now; the dataset's layout message has to say so.
    private(set) var layout: DataLayoutMessage.ChunkedLayout
    private let isFiltered: Bool
    private let layoutVersion: UInt8
    private let context: FileContext
    private var storage: FileStorage { context.storage }

    /// - Parameter layoutVersion: The version of the dataset's layout message; of a new index it says how wide sizes are.
    init(
        grid: ChunkGrid, layout: DataLayoutMessage.ChunkedLayout, isFiltered: Bool, layoutVersion: UInt8 = 4,
        in context: FileContext
    ) throws {
        guard layout.chunkShape == grid.chunkShape else {
            throw H5Error(.invalidArgument, "chunks of \(grid.chunkShape) are not those of the layout")
        }
        self.grid = grid
        self.layout = layout
        self.isFiltered = isFiltered
        self.layoutVersion = layoutVersion
        self.context = context
    }

    // MARK: New datasets

    /// The index that libhdf5 gives to a new dataset.
    ///
    /// - Parameters:
    ///   - layoutVersion: The version of the layout message; up to 3 there is one index only.
    ///   - allocatesEarly: Whether all chunks are allocated with the dataset.
    static func kind(
        dataspace: H5Dataspace, chunkShape: [Int], isFiltered: Bool, allocatesEarly: Bool, layoutVersion: UInt8
    ) -> DataLayoutMessage.ChunkIndexKind {
        guard layoutVersion >= 4 else { return .btree1 }
        switch dataspace.maximumShape.count(where: { $0 == nil }) {
        case 0:
            let isSingle = dataspace.shape == chunkShape && dataspace.maximumShape == dataspace.shape
            if isSingle { return .singleChunk(filteredSize: isFiltered ? 0 : nil, filterMask: 0) }
            if allocatesEarly, !isFiltered { return .implicit }
            // An array has a place for every chunk that may ever be; a tree only for those that are.
            var count = 1
            for (limit, chunk) in zip(dataspace.maximumShape, chunkShape) {
                count = count.multipliedReportingOverflow(by: max(1, ((limit ?? 1) - 1) / chunk + 1)).partialValue
                guard (1...largestArray).contains(count) else { return treeOfChunks }
            }
            return .fixedArray(pageBits: FixedArrayEditor.usualPageBits)
        case 1: return .extensibleArray(DataLayoutMessage.ExtensibleArrayParameters())
        default: return treeOfChunks
        }
    }

    /// The most chunks for which a new dataset gets an array with a place for each.
    private static let largestArray = 1 << 24
    private static let treeOfChunks = DataLayoutMessage.ChunkIndexKind.btree2(
        nodeSize: 2048, splitPercent: 100, mergePercent: 40)

    /// Allocates the chunks of an implicit index, which lie one behind the other; other indexes have nothing to do.
    mutating func allocateImplicit() throws {
        guard case .implicit = layout.index, layout.address == nil else { return }
        let count = try ChunkNumbering(grid: grid).count
        guard count > 0 else { return }
        layout.address = try storage.allocate(
            try checkedProduct(count, grid.chunkBytes, "the size of all chunks"))
    }

    // MARK: Changes

    /// Makes changes, which rise by the numbers of their chunks in row-major order of the grid; a chunk that is to go may
    /// be missing.
    ///
    /// - Throws: `H5Error` with the code `invalidArgument` where numbers are not in order or no chunk has them, before
    ///   anything is changed. After any other error the index may be half changed.
    mutating func apply(_ changes: [Change]) throws {
        try ChunkIndexChange.checkOrder(changes)
        guard let last = changes.last else { return }
        var coordinates = grid.shape.map { _ in 0 }
        try grid.coordinates(of: last.number, into: &coordinates)
        if layout.address == nil, !changes.contains(where: { $0.element.address != nil }) { return }
        switch layout.index {
        case .btree1:
            let address =
                try layout.address
                ?? BTreeV1ChunkEditor.create(grid: grid, elementSize: layout.elementSize, in: context)
            layout.address = address
            try BTreeV1ChunkEditor(address: address, grid: grid, elementSize: layout.elementSize, in: context)
                .apply(changes)
        case .singleChunk:
            layout.address = last.element.address
            let isThere = layout.address != nil
            layout.index = .singleChunk(
                filteredSize: isFiltered ? isThere ? last.element.storedSize ?? UInt64(grid.chunkBytes) : 0 : nil,
                filterMask: isFiltered && isThere ? last.element.filterMask : 0)
        case .implicit: try checkImplicit(changes)
        case .fixedArray(let pageBits):
            let numbering = try ChunkNumbering(grid: grid)
            let address =
                try layout.address
                ?? FixedArrayEditor.create(
                    count: numbering.count, isFiltered: isFiltered, elementSize: elementSize, pageBits: pageBits,
                    in: storage)
            layout.address = address
            var editor = try FixedArrayEditor(address: address, in: storage)
            try editor.apply(try renumbered(changes, numbering))
        case .extensibleArray(let parameters):
            let numbering = try ChunkNumbering(grid: grid, hasUnlimitedAxis: true)
            let address =
                try layout.address
                ?? ExtensibleArrayEditor.create(
                    isFiltered: isFiltered, elementSize: elementSize, parameters: parameters, in: storage)
            layout.address = address
            var editor = try ExtensibleArrayEditor(address: address, in: storage)
            try editor.apply(try renumbered(changes, numbering))
        case .btree2(let nodeSize, let splitPercent, let mergePercent):
            let address =
                try layout.address
                ?? BTreeV2ChunkEditor.create(
                    grid: grid, isFiltered: isFiltered, layoutVersion: layoutVersion, nodeSize: nodeSize,
                    splitPercent: splitPercent, mergePercent: mergePercent, in: storage)
            layout.address = address
            var editor = try BTreeV2ChunkEditor(address: address, grid: grid, in: storage)
            try editor.apply(changes)
        }
    }

    /// Gives the index back, and not the chunks.
    mutating func removeAll() throws {
        guard let address = layout.address else { return }
        switch layout.index {
        case .btree1:
            try BTreeV1ChunkEditor(address: address, grid: grid, elementSize: layout.elementSize, in: context)
                .removeAll()
        case .singleChunk: layout.index = .singleChunk(filteredSize: isFiltered ? 0 : nil, filterMask: 0)
        case .implicit: break
        case .fixedArray: try FixedArrayEditor(address: address, in: storage).removeAll()
        case .extensibleArray: try ExtensibleArrayEditor(address: address, in: storage).removeAll()
        case .btree2: try BTreeV2ChunkEditor(address: address, grid: grid, in: storage).removeAll()
        }
        layout.address = nil
    }

    // MARK: Parts

    /// The size of an element of an array of these chunks.
    private var elementSize: Int {
        ChunkElement.size(
            isFiltered: isFiltered, chunkBytes: grid.chunkBytes, layoutVersion: layoutVersion, storage.sizes)
    }

    /// The changes by the numbers that the chunks have in an array.
    private func renumbered(_ changes: [Change], _ numbering: ChunkNumbering) throws -> [Change] {
        var coordinates = grid.shape.map { _ in 0 }
        var changes = changes
        var isOrdered = true
        for index in changes.indices {
            try grid.coordinates(of: changes[index].number, into: &coordinates)
            changes[index].number = numbering.number(of: coordinates)
            isOrdered = isOrdered && (index == 0 || changes[index - 1].number < changes[index].number)
        }
        // The unlimited axis of an extensible array counts as the slowest, whichever it is.
        if !isOrdered { changes.sort { $0.number < $1.number } }
        return changes
    }

    /// Throws unless the changes leave chunks where an implicit index has them, as it has no place for anything else.
    private func checkImplicit(_ changes: [Change]) throws {
        guard let first = layout.address else {
            throw H5Error(.invalidArgument, "the chunks of an implicit index are allocated with the dataset")
        }
        let numbering = try ChunkNumbering(grid: grid)
        for change in try renumbered(changes, numbering) {
            guard let address = change.element.address else { continue }
            let offset = try UInt64(change.number).multiplied(by: UInt64(grid.chunkBytes), "the offset of a chunk")
            guard address == first &+ offset, change.element.storedSize ?? UInt64(grid.chunkBytes) == grid.chunkBytes
            else { throw H5Error(.invalidArgument, "a chunk of an implicit index cannot be anywhere else") }
        }
    }
}
