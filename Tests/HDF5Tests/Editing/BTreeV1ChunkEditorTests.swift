import HDF5Format
import Testing

@testable import HDF5

@Suite struct BTreeV1ChunkEditorTests {
    private func layout(_ address: UInt64, _ model: ChunkModel) -> DataLayoutMessage.ChunkedLayout {
        DataLayoutMessage.ChunkedLayout(
            chunkShape: model.grid.chunkShape, elementSize: 4, index: .btree1, address: address,
            leavesPartialChunksUnfiltered: false)
    }

    /// Checks a tree against a model; answers the number of its levels.
    @discardableResult
    private func check(_ address: UInt64, _ model: ChunkModel, in file: ChangingFile) throws -> Int {
        try model.check(layout(address, model), in: file)
        let k = file.context.superblock.chunkInternalK
        let tree = try TreeInspection(address, .chunk, rank: model.grid.rank, k: k, in: file.storage)
        #expect(tree.items.count == model.chunks.count)
        #expect(file.usedBytes == tree.bytes)
        if let last = tree.items.last {
            func offsets(_ key: [UInt8]) throws -> [UInt64] {
                var offsets = [UInt64](repeating: 0, count: model.grid.rank)
                var cursor = ByteCursor(key.span.bytes, sizes: file.storage.sizes)
                let end = try ChunkKey(from: &cursor, offsets: &offsets)
                return offsets + [end.elementOffset]
            }
            #expect(try offsets(last.left).lexicographicallyPrecedes(offsets(last.right)))
        }
        return tree.levels
    }

    @Test(
        "thousands of changes leave the chunks of a model, balanced, chained and without a lost byte",
        arguments: [(1, true), (2, false), (3, true), (32, false)] as [(UInt16, Bool)])
    func random(k: UInt16, isFiltered: Bool) throws {
        let file = try ChangingFile(chunkInternalK: k)
        var model = try ChunkModel(shape: [33, 7, 10], chunkShape: [2, 3, 1], isFiltered: isFiltered)
        var generator = SeededGenerator(seed: UInt64(k))
        let address = try BTreeV1ChunkEditor.create(grid: model.grid, elementSize: 4, in: file.context)
        let editor = BTreeV1ChunkEditor(address: address, grid: model.grid, elementSize: 4, in: file.context)
        try check(address, model, in: file)
        var levels = 0
        for round in 0..<300 {
            let number = [1, 1, 4, 60].randomElement(using: &generator) ?? 1
            let removing = round / 75 % 2 == 0 ? 0.2 : 0.8
            try editor.apply(model.changes(number, removing: removing, &generator))
            if round % 3 == 0 || number > 4 { levels = max(levels, try check(address, model, in: file)) }
            if round % 20 == 0 { try file.transaction.commit() }
        }
        #expect(levels > (k < 4 ? 3 : 1))
        try editor.apply(
            model.apply(Dictionary(uniqueKeysWithValues: model.chunks.keys.map { ($0, ChunkElement(address: nil)) })))
        #expect(try check(address, model, in: file) == 1)
        try editor.apply(model.changes(1, removing: 0, &generator))
        try check(address, model, in: file)
        try editor.removeAll()
        #expect(file.usedBytes == 0)
    }

    @Test("chunks that are appended one by one leave full nodes behind, as those that come at once do")
    func appended() throws {
        for step in [1, 7, 3_000] {
            let file = try ChangingFile()
            var model = try ChunkModel(shape: [10_000], chunkShape: [2], isFiltered: false)
            let address = try BTreeV1ChunkEditor.create(grid: model.grid, elementSize: 4, in: file.context)
            let editor = BTreeV1ChunkEditor(address: address, grid: model.grid, elementSize: 4, in: file.context)
            for start in stride(from: 0, to: 3_000, by: step) {
                var changes: [Int: ChunkElement] = [:]
                for number in start..<min(3_000, start + step) {
                    changes[number] = ChunkElement(address: UInt64(number % 8))
                }
                try editor.apply(model.apply(changes))
            }
            #expect(try check(address, model, in: file) == 2)
            // 47 leaves of 64 chunks and fewer in the last one, and the root.
            #expect(file.usedBytes == 48 * BTreeV1Node.usedSize(.chunk, rank: 1, count: 64, file.storage.sizes))
        }
    }

    @Test("the key behind the last chunk is what libhdf5 writes")
    func lastKey() throws {
        let file = try ChangingFile()
        let model = try ChunkModel(shape: [6, 9], chunkShape: [2, 3], isFiltered: false)
        let address = try BTreeV1ChunkEditor.create(grid: model.grid, elementSize: 4, in: file.context)
        let editor = BTreeV1ChunkEditor(address: address, grid: model.grid, elementSize: 4, in: file.context)
        try editor.apply((0..<9).map { ChunkIndexChange(number: $0, element: ChunkElement(address: 8)) })
        let tree = try TreeInspection(address, .chunk, rank: 2, k: 32, in: file.storage)
        var builder = ByteBuilder(sizes: file.storage.sizes)
        // No size and no mask, then one chunk behind (4, 6), and behind the bytes of the element.
        for value in [0, 6, 9, 4] as [UInt64] { builder.writeUInt64(value) }
        #expect(tree.items.last?.right == builder.bytes)
    }

    @Test("numbers that no chunk has, and chunks that the index cannot tell of, are errors")
    func refused() throws {
        let file = try ChangingFile()
        let model = try ChunkModel(shape: [6, 9], chunkShape: [2, 3], isFiltered: true)
        let address = try BTreeV1ChunkEditor.create(grid: model.grid, elementSize: 4, in: file.context)
        let editor = BTreeV1ChunkEditor(address: address, grid: model.grid, elementSize: 4, in: file.context)
        for number in [-1, 9, Int.max] {
            let error = #expect(throws: H5Error.self) {
                try editor.apply([ChunkIndexChange(number: number, element: ChunkElement(address: 8, storedSize: 1))])
            }
            #expect(error?.code == .invalidArgument)
        }
        let error = #expect(throws: H5Error.self) {
            try editor.apply([ChunkIndexChange(number: 0, element: ChunkElement(address: 8, storedSize: 1 << 32))])
        }
        #expect(error?.code == .notInGeneration)
        try check(address, model, in: file)
    }

    @Test("neighbours that contradict each other are damage, and nothing is written over what they name")
    func damagedNeighbours() throws {
        let file = try ChangingFile(chunkInternalK: 2)
        var model = try ChunkModel(shape: [400], chunkShape: [1], isFiltered: false)
        let address = try BTreeV1ChunkEditor.create(grid: model.grid, elementSize: 4, in: file.context)
        let editor = BTreeV1ChunkEditor(address: address, grid: model.grid, elementSize: 4, in: file.context)
        var generator = SeededGenerator(seed: 1)
        try editor.apply(model.changes(300, removing: 0, &generator))
        let root = try file.storage.read(at: address, count: 24 + 24 + 8)
        let child = root[48..<56].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        // The right neighbour of the first node below the root: now the root itself.
        try file.storage.write(at: child + 16) { try $0.writeAddress(address) }
        let error = #expect(throws: H5Error.self) {
            try editor.apply((0..<400).map { ChunkIndexChange(number: $0, element: ChunkElement(address: nil)) })
        }
        #expect(error?.code == .damaged)
    }
}
