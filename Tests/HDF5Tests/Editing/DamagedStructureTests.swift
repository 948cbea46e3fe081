import HDF5Format
import Testing

@testable import HDF5

/// Changes to structures that are damaged: they may fail, and must not trap, hang or ask for much memory.
@Suite struct DamagedStructureTests {
    /// Puts random bytes into a few places, most of them values that counts and addresses are sensitive to.
    private func damage(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            bytes[place] =
                [0, 1, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &generator)].randomElement(using: &generator)
                ?? 0
        }
    }

    /// Runs `body` often, each time with the file damaged in another way.
    private func withDamage(
        _ file: ChangingFile, times: Int, seed: UInt64, _ body: (inout SeededGenerator) throws -> Void
    ) throws -> Int {
        let storage = file.storage
        let size = Int(storage.size)
        let whole = try storage.read(at: 0, count: size)
        var generator = SeededGenerator(seed: seed)
        var failures = 0
        for _ in 0..<times {
            var bytes = whole
            damage(&bytes, &generator)
            try storage.write(bytes, at: 0)
            do { try body(&generator) } catch is H5Error { failures += 1 }
        }
        return failures
    }

    @Test("symbol tables")
    func symbolTable() throws {
        let file = try ChangingFile(groupLeafK: 2, groupInternalK: 2)
        func change(_ number: Int, _ target: LinkMessage.Target?) -> SymbolTableEditor.Change {
            SymbolTableEditor.Change(name: H5Name("link" + String(100 + number)), target: target)
        }
        let message = try SymbolTableEditor.create(
            (0..<60).map { change(2 * $0, $0 % 3 == 0 ? .soft(path: H5Name("/somewhere")) : .hard(address: 8)) },
            in: file.context)
        try SymbolTableEditor(message, in: file.context).apply([change(4, nil), change(8, nil), change(12, nil)])
        let failures = try withDamage(file, times: 600, seed: 1) { generator in
            let numbers = Set((0..<8).map { _ in Int.random(in: 0..<130, using: &generator) }).sorted()
            let editor = try SymbolTableEditor(message, in: file.context)
            try editor.apply(
                numbers.map { change($0, Bool.random(using: &generator) ? nil : .soft(path: H5Name("x"))) })
            if Int.random(in: 0..<4, using: &generator) == 0 { try editor.removeAll() }
        }
        #expect(failures > 100)
    }

    @Test("version 1 B-trees of chunks")
    func chunkTree() throws {
        let file = try ChangingFile(chunkInternalK: 2)
        var model = try ChunkModel(shape: [60, 4], chunkShape: [1, 1], isFiltered: true)
        var generator = SeededGenerator(seed: 2)
        let address = try BTreeV1ChunkEditor.create(grid: model.grid, elementSize: 4, in: file.context)
        let editor = BTreeV1ChunkEditor(address: address, grid: model.grid, elementSize: 4, in: file.context)
        try editor.apply(model.changes(90, removing: 0, &generator))
        let grid = model
        let failures = try withDamage(file, times: 600, seed: 2) { generator in
            var model = grid
            try editor.apply(model.changes(12, removing: 0.5, &generator))
            if Int.random(in: 0..<4, using: &generator) == 0 { try editor.removeAll() }
        }
        #expect(failures > 50)
    }

    /// Writes a header with other parameters, whose checksum is right.
    private func rewrite(_ address: UInt64, size: Int, in storage: FileStorage, _ generator: inout SeededGenerator)
        throws
    {
        var bytes = try storage.read(at: address, count: size - 4)
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let place = Int.random(in: 5..<bytes.count, using: &generator)
            bytes[place] =
                [0, 1, 2, 8, 31, 0x40, 0xFF, UInt8.random(in: 0...255, using: &generator)]
                .randomElement(using: &generator) ?? 0
        }
        let checksum = MetadataChecksum.lookup3(bytes.span.bytes)
        try storage.write(at: address) {
            $0.writeBytes(bytes)
            $0.writeUInt32(checksum)
        }
    }

    @Test("arrays of chunks whose headers say what cannot be")
    func arrays() throws {
        var limits = H5Limits.standard
        limits.bytesPerAllocation = 64 << 20
        for axis in [Int?.none, 0] {
            let file = try ChangingFile(limits: limits)
            let kind: DataLayoutMessage.ChunkIndexKind =
                axis == nil
                ? .fixedArray(pageBits: 3) : .extensibleArray(DataLayoutMessage.ExtensibleArrayParameters(pageBits: 4))
            var model = try ChunkModel(
                shape: [400], maximumShape: [axis == nil ? 500 : nil], chunkShape: [1], isFiltered: true, index: kind)
            let layout = DataLayoutMessage.ChunkedLayout(
                chunkShape: [1], elementSize: 4, index: kind, address: nil, leavesPartialChunksUnfiltered: false)
            var editor = try ChunkIndexEditor(grid: model.grid, layout: layout, isFiltered: true, in: file.context)
            var generator = SeededGenerator(seed: 3)
            try editor.apply(model.changes(100, removing: 0, &generator))
            let address = try #require(editor.layout.address)
            let size =
                axis == nil
                ? FixedArrayHeader.size(file.storage.sizes) : ExtensibleArrayHeader.size(file.storage.sizes)
            let (made, known) = (editor, model)
            let failures = try withDamage(file, times: 500, seed: 4) { generator in
                try rewrite(address, size: size, in: file.storage, &generator)
                var (editor, model) = (made, known)
                try editor.apply(model.changes(10, removing: 0.3, &generator))
                if Int.random(in: 0..<4, using: &generator) == 0 { try editor.removeAll() }
            }
            #expect(failures > 100)
        }
    }
}
