import HDF5Format
import Testing

@testable import HDF5

/// A dataset's chunks as they should be, beside the index that is changed.
struct ChunkModel {
    var chunks: [Int: ChunkElement] = [:]
    let grid: ChunkGrid
    let isFiltered: Bool

    init(
        shape: [Int], maximumShape: [Int?]? = nil, chunkShape: [Int], elementSize: Int = 4, isFiltered: Bool,
        index: DataLayoutMessage.ChunkIndexKind = .btree1
    ) throws {
        let layout = DataLayoutMessage.ChunkedLayout(
            chunkShape: chunkShape, elementSize: elementSize, index: index, address: nil,
            leavesPartialChunksUnfiltered: false)
        let dataspace = H5Dataspace.simple(shape, maximum: maximumShape)
        grid = try ChunkGrid(dataspace: dataspace, layout: layout, elementSize: elementSize)
        self.isFiltered = isFiltered
    }

    /// The number of all chunks.
    var count: Int { grid.chunkCounts.reduce(1, *) }

    func randomElement(_ generator: inout SeededGenerator) -> ChunkElement {
        ChunkElement(
            address: UInt64.random(in: 0..<64, using: &generator),
            storedSize: isFiltered ? UInt64.random(in: 1...32, using: &generator) : nil,
            filterMask: isFiltered ? UInt32.random(in: 0...3, using: &generator) : 0)
    }

    /// Random changes of some chunks, in order, made in the model.
    mutating func changes(_ number: Int, removing: Double, _ generator: inout SeededGenerator) -> [ChunkIndexChange] {
        var changes: [Int: ChunkElement] = [:]
        let known = chunks.keys.sorted()
        for _ in 0..<number {
            if Double.random(in: 0..<1, using: &generator) < removing {
                // Chunks that are not there may be dropped, too.
                let chunk = known.randomElement(using: &generator) ?? 0
                changes[Bool.random(using: &generator) ? chunk : Int.random(in: 0..<count, using: &generator)] =
                    ChunkElement(address: nil)
            } else {
                changes[Int.random(in: 0..<count, using: &generator)] = randomElement(&generator)
            }
        }
        return apply(changes)
    }

    /// Makes changes in the model; answers them in order.
    mutating func apply(_ changes: [Int: ChunkElement]) -> [ChunkIndexChange] {
        for (number, element) in changes { chunks[number] = element.address == nil ? nil : element }
        return changes.sorted { $0.key < $1.key }.map { ChunkIndexChange(number: $0.key, element: $0.value) }
    }

    /// Checks that the reader of an index finds these chunks and no others.
    func check(_ layout: DataLayoutMessage.ChunkedLayout, in file: ChangingFile) throws {
        let query = try ChunkQuery(grid.chunkCounts.map { .range(0..<$0) })
        var found: [Int: ChunkElement] = [:]
        let index = ChunkIndex(grid: grid, layout: layout, isFiltered: isFiltered, storage: file.storage)
        for chunk in try index.find(query) {
            found[chunk.ordinal] = ChunkElement(
                address: chunk.address, storedSize: isFiltered ? UInt64(chunk.storedSize) : nil,
                filterMask: chunk.filterMask)
        }
        #expect(found == chunks)
    }
}
