import HDF5Format
import Testing

@testable import HDF5

@Suite struct ChunkIndexEditorTests {
    private typealias Kind = DataLayoutMessage.ChunkIndexKind

    private func editor(_ model: ChunkModel, _ index: Kind, in file: ChangingFile) throws -> ChunkIndexEditor {
        let layout = DataLayoutMessage.ChunkedLayout(
            chunkShape: model.grid.chunkShape, elementSize: 4, index: index, address: nil,
            leavesPartialChunksUnfiltered: false)
        return try ChunkIndexEditor(grid: model.grid, layout: layout, isFiltered: model.isFiltered, in: file.context)
    }

    // MARK: Extensible arrays

    /// Checks the blocks of an array against its statistics and the space in use.
    private func inspect(_ address: UInt64, in file: ChangingFile) throws {
        let storage = file.storage
        let blocks = try ExtensibleArrayBlocks(address: address, storage: storage)
        let header = blocks.header
        var bytes = ChangingFile.rounded(ExtensibleArrayHeader.size(storage.sizes))
        var statistics = ExtensibleArrayHeader.Statistics()
        if let place = header.indexBlockAddress {
            bytes += ChangingFile.rounded(header.indexBlockSize(storage.sizes))
            statistics.elementsRealised = UInt64(header.indexBlockElements)
            let index = try blocks.readIndexBlock(place)
            func add(_ superBlock: Int) throws {
                let size = try blocks.dataBlockSize(superBlock: superBlock)
                statistics.dataBlocks += 1
                statistics.dataBlockBytes += size
                statistics.elementsRealised += header.dataBlockElements(superBlock: superBlock)
                bytes += ChangingFile.rounded(Int(size))
            }
            var direct = 0
            for superBlock in 0..<header.superBlockCount {
                if superBlock < header.directSuperBlockCount {
                    for _ in 0..<header.dataBlockCount(superBlock: superBlock) {
                        if index.dataBlocks[direct] != nil { try add(superBlock) }
                        direct += 1
                    }
                } else if let place = index.superBlocks[superBlock - header.directSuperBlockCount] {
                    let size = try blocks.superBlockSize(superBlock)
                    statistics.superBlocks += 1
                    statistics.superBlockBytes += size
                    bytes += ChangingFile.rounded(Int(size))
                    for block in try blocks.readSuperBlock(place, superBlock).dataBlocks where block != nil {
                        try add(superBlock)
                    }
                }
            }
        }
        #expect(header.statistics == statistics)
        #expect(file.usedBytes == bytes)
    }

    private static let small = DataLayoutMessage.ExtensibleArrayParameters(
        maximumBits: 20, indexBlockElements: 3, minimumDataBlockPointers: 2, minimumDataBlockElements: 2, pageBits: 3)

    @Test(
        "chunks of an extensible array are those of a model after thousands of changes, whichever axis has no limit",
        arguments: [(0, true), (1, false), (2, true)] as [(Int, Bool)])
    func extensibleArray(axis: Int, isFiltered: Bool) throws {
        let file = try ChangingFile()
        var shape = [9, 6, 10]
        shape[axis] = 60
        var maximum: [Int?] = [9, 6, 13]
        maximum[axis] = nil
        let kind = Kind.extensibleArray(Self.small)
        var model = try ChunkModel(
            shape: shape, maximumShape: maximum, chunkShape: [1, 3, 2], isFiltered: isFiltered, index: kind)
        var editor = try editor(model, kind, in: file)
        var generator = SeededGenerator(seed: UInt64(axis))
        var last: UInt64 = 0
        for round in 0..<120 {
            let number = [1, 2, 30, 100].randomElement(using: &generator) ?? 1
            try editor.apply(model.changes(number, removing: round < 60 ? 0.2 : 0.7, &generator))
            try model.check(editor.layout, in: file)
            guard let address = editor.layout.address else { continue }
            try inspect(address, in: file)
            let header = try ExtensibleArrayBlocks(address: address, storage: file.storage).header
            #expect(header.maximumIndexSet >= last)
            last = header.maximumIndexSet
            if round % 10 == 0, ChangingFile.granularity == 1 { try file.transaction.commit() }
        }
        try editor.removeAll()
        #expect(editor.layout.address == nil)
        #expect(file.usedBytes == 0)
    }

    @Test("an extensible array grows chunk by chunk, and what libhdf5 counts is counted")
    func appended() throws {
        let file = try ChangingFile()
        let kind = Kind.extensibleArray(DataLayoutMessage.ExtensibleArrayParameters())
        var model = try ChunkModel(
            shape: [40_000], maximumShape: [nil], chunkShape: [1], isFiltered: false, index: kind)
        var editor = try editor(model, kind, in: file)
        var start = 0
        // Few chunks one by one, then many: up to blocks that have pages.
        for count in Array(repeating: 1, count: 120) + [880, 9_000, 30_000] {
            var changes: [Int: ChunkElement] = [:]
            for number in start..<(start + count) { changes[number] = ChunkElement(address: UInt64(number % 80)) }
            try editor.apply(model.apply(changes))
            start += count
            if start == 100 {
                let address = try #require(editor.layout.address)
                let header = try ExtensibleArrayBlocks(address: address, storage: file.storage).header
                #expect(header.statistics.dataBlocks == 4 && header.statistics.elementsRealised == 116)
                #expect(header.maximumIndexSet == 100 && header.statistics.superBlocks == 0)
            }
        }
        try model.check(editor.layout, in: file)
        try inspect(try #require(editor.layout.address), in: file)
    }

    // MARK: Fixed arrays

    @Test(
        "chunks of a fixed array are those of a model, with pages and without",
        arguments: [(2, true), (4, false), (10, true), (10, false)] as [(UInt8, Bool)])
    func fixedArray(pageBits: UInt8, isFiltered: Bool) throws {
        let file = try ChangingFile()
        let kind = Kind.fixedArray(pageBits: pageBits)
        var model = try ChunkModel(
            shape: [20, 14], maximumShape: [29, 17], chunkShape: [2, 1], isFiltered: isFiltered, index: kind)
        var editor = try editor(model, kind, in: file)
        var generator = SeededGenerator(seed: UInt64(pageBits))
        // Nothing is made for chunks that were never there.
        try editor.apply([ChunkIndexChange(number: 3, element: ChunkElement(address: nil))])
        #expect(editor.layout.address == nil && file.usedBytes == 0)
        for round in 0..<80 {
            let number = [1, 2, 30].randomElement(using: &generator) ?? 1
            try editor.apply(model.changes(number, removing: round < 50 ? 0.2 : 0.8, &generator))
            try model.check(editor.layout, in: file)
            if round % 10 == 0 { try file.transaction.commit() }
        }
        let storage = file.storage
        let elements = 15 * 17
        let pages = elements > 1 << Int(pageBits) ? (elements - 1) >> Int(pageBits) + 1 : 0
        let size = isFiltered ? 8 + 2 + 4 : 8
        let block = 14 + 4 + elements * size + (pages > 0 ? (pages + 7) / 8 + 4 * pages : 0)
        #expect(
            file.usedBytes
                == ChangingFile.rounded(FixedArrayHeader.size(storage.sizes)) + ChangingFile.rounded(block))
        try editor.removeAll()
        if ChangingFile.granularity == 1 { #expect(file.usedBytes == 0) }
    }

    // MARK: Indexes without a structure

    @Test("a single chunk is in the layout itself")
    func singleChunk() throws {
        let file = try ChangingFile()
        for isFiltered in [false, true] {
            var model = try ChunkModel(shape: [4], chunkShape: [4], isFiltered: isFiltered)
            let kind = Kind.singleChunk(filteredSize: isFiltered ? 0 : nil, filterMask: 0)
            var editor = try editor(model, kind, in: file)
            let element = ChunkElement(
                address: 8, storedSize: isFiltered ? 5 : nil, filterMask: isFiltered ? 1 : 0)
            try editor.apply(model.apply([0: element]))
            try model.check(editor.layout, in: file)
            #expect(
                editor.layout.index == .singleChunk(filteredSize: isFiltered ? 5 : nil, filterMask: isFiltered ? 1 : 0))
            try editor.apply(model.apply([0: ChunkElement(address: nil)]))
            #expect(editor.layout.address == nil && editor.layout.index == kind)
            #expect(file.usedBytes == 0)
        }
    }

    @Test("the chunks of an implicit index are allocated together and stay where they are")
    func implicit() throws {
        let file = try ChangingFile()
        let model = try ChunkModel(
            shape: [4, 4], maximumShape: [4, 6], chunkShape: [2, 2], isFiltered: false, index: .implicit)
        var editor = try editor(model, .implicit, in: file)
        try editor.allocateImplicit()
        let first = try #require(editor.layout.address)
        #expect(file.usedBytes == 6 * 16)
        // The chunks of the second row come behind three of the first, as the extent may grow so far.
        try editor.apply([
            ChunkIndexChange(number: 0, element: ChunkElement(address: nil)),
            ChunkIndexChange(number: 2, element: ChunkElement(address: first + 3 * 16)),
        ])
        #expect(throws: H5Error.self) {
            try editor.apply([ChunkIndexChange(number: 2, element: ChunkElement(address: first))])
        }
    }

    // MARK: The choice

    @Test("new datasets get the index that libhdf5 gives them")
    func kinds() {
        func kind(_ shape: [Int], _ maximum: [Int?], filtered: Bool = false, early: Bool = false, _ version: UInt8 = 4)
            -> Kind
        {
            ChunkIndexEditor.kind(
                dataspace: .simple(shape, maximum: maximum), chunkShape: [2, 3], isFiltered: filtered,
                allocatesEarly: early, layoutVersion: version)
        }
        #expect(kind([2, 3], [nil, nil], 3) == .btree1)
        #expect(kind([2, 3], [2, 3]) == .singleChunk(filteredSize: nil, filterMask: 0))
        #expect(kind([2, 3], [2, 3], filtered: true) == .singleChunk(filteredSize: 0, filterMask: 0))
        #expect(kind([2, 3], [2, 6]) == .fixedArray(pageBits: 10))
        #expect(kind([4, 6], [4, 6], early: true) == .implicit)
        #expect(kind([4, 6], [4, 6], filtered: true, early: true) == .fixedArray(pageBits: 10))
        #expect(kind([4, 6], [4, nil]) == .extensibleArray(DataLayoutMessage.ExtensibleArrayParameters()))
        #expect(kind([4, 6], [nil, nil]) == .btree2(nodeSize: 2048, splitPercent: 100, mergePercent: 40))
    }

    @Test("records of chunks in a version 2 B-tree are found by the reader's rules")
    func records() throws {
        let sizes = FieldSizes()
        for isFiltered in [false, true] {
            let model = try ChunkModel(
                shape: [300, 300], maximumShape: [nil, nil], chunkShape: [1, 1], isFiltered: isFiltered)
            let records = BTreeV2ChunkRecords(grid: model.grid, isFiltered: isFiltered, layoutVersion: 4, sizes)
            #expect(records.size == (isFiltered ? 8 + 2 + 4 + 16 : 24))
            func record(_ coordinates: [Int], _ address: UInt64?) throws -> [UInt8] {
                var builder = ByteBuilder(sizes: sizes)
                let element = ChunkElement(
                    address: address, storedSize: isFiltered && address != nil ? 3 : nil, filterMask: 0)
                try records.encode(element, coordinates: coordinates, to: &builder)
                return builder.bytes
            }
            let bytes = try record([1, 256], 77)
            var cursor = ByteCursor(bytes.span.bytes, sizes: sizes)
            let decoded = try BTreeV2Record(from: &cursor, type: records.type, size: records.size)
            let element = ChunkElement(address: 77, storedSize: isFiltered ? 3 : nil)
            #expect(decoded == .chunk(element, scaledOffsets: [1, 256]))
            func order(_ other: [UInt8]) throws -> BTreeV2.Comparison {
                try records.order(bytes.span.bytes, other.span.bytes)
            }
            #expect(try order(try record([1, 256], nil)) == .found)
            #expect(try order(try record([2, 0], 1)) == .before)
            #expect(try order(try record([1, 255], 1)) == .after)
        }
    }
}
