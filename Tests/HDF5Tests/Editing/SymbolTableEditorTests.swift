import HDF5Format
import Testing

@testable import HDF5

@Suite struct SymbolTableEditorTests {
    /// Checks a table against what it should hold, and all of its structures against each other.
    private func check(
        _ message: SymbolTableMessage, _ model: [String: LinkMessage.Target], in file: ChangingFile
    ) throws {
        let storage = file.storage
        let superblock = file.context.superblock
        let names = model.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let table = try SymbolTable(message, storage: storage)
        var links = LinkList(in: storage)
        try table.gather(into: &links)
        #expect((0..<links.count).map { links[$0].name.string } == names)
        #expect((0..<links.count).map { links[$0].target } == names.map { model[$0] })
        for name in names.prefix(20) { #expect(try table.link(named: H5Name(name))?.target == model[name]) }

        let tree = try TreeInspection(
            message.btreeAddress, .group, rank: 0, k: superblock.groupInternalK, in: storage)
        let heap = try storage.withCursor(at: message.heapAddress, count: LocalHeap.headerSize(storage.sizes)) {
            try LocalHeap(from: &$0)
        }
        // What of the heap is in use, byte for byte.
        var isUsed = [Bool](repeating: false, count: Int(heap.dataSize))
        func use(_ offset: UInt64, _ count: Int) {
            let bytes = Int(offset)..<(Int(offset) + count)
            let isShared = isUsed[bytes].contains(true)
            #expect(!isShared, "\(bytes) of the heap are used twice")
            for byte in bytes { isUsed[byte] = true }
        }
        let data = try storage.read(at: heap.dataAddress, count: Int(heap.dataSize))
        func text(_ offset: UInt64) -> String {
            String(decoding: data[Int(offset)...].prefix { $0 != 0 }, as: UTF8.self)
        }
        #expect(data[0] == 0)
        use(0, 8)
        var place = heap.freeListOffset
        while place != LocalHeap.noFreeBlock {
            let block = try storage.withCursor(at: heap.dataAddress + place, count: 2 * storage.sizes.lengths) {
                try LocalHeapFreeBlock(from: &$0)
            }
            use(place, Int(block.size))
            place = block.nextOffset
        }
        let nodeSize =
            SymbolTableNode.prefixSize + 2 * Int(superblock.groupLeafK) * SymbolTableEntry.size(storage.sizes)
        func offset(_ key: [UInt8]) -> UInt64 { key.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        for (index, item) in tree.items.enumerated() {
            let node = try storage.withCursor(at: item.child, count: nodeSize) { try SymbolTableNode(from: &$0) }
            #expect(!node.entries.isEmpty && node.entries.count <= 2 * Int(superblock.groupLeafK))
            if index == 0 { #expect(offset(item.left) == 0) }
            #expect(node.entries.last?.nameOffset == offset(item.right))
            for entry in node.entries {
                use(entry.nameOffset, (text(entry.nameOffset).utf8.count + 8) / 8 * 8)
                if case .softLink(let path) = entry.cache { use(path, (text(path).utf8.count + 8) / 8 * 8) }
            }
        }
        let reachable =
            tree.bytes + tree.items.count * ChangingFile.rounded(nodeSize)
            + ChangingFile.rounded(LocalHeap.headerSize(storage.sizes)) + ChangingFile.rounded(Int(heap.dataSize))
        #expect(file.usedBytes == reachable)
    }

    private func randomName(_ generator: inout SeededGenerator) -> String {
        let length = [1, 2, 3, 7, 8, 9, 15, 16, 17, 30].randomElement(using: &generator) ?? 1
        return String((0..<length).map { _ in "abcd".randomElement(using: &generator) ?? "a" })
    }

    private func randomTarget(_ generator: inout SeededGenerator) -> LinkMessage.Target {
        Bool.random(using: &generator)
            ? .hard(address: UInt64.random(in: 0..<1000, using: &generator))
            : .soft(path: H5Name("/" + randomName(&generator)))
    }

    @Test(
        "thousands of changes leave what a model holds, balanced, chained and without a lost byte",
        arguments: [
            (1, 1, FieldSizes()), (2, 2, FieldSizes(offsets: 4, lengths: 4)), (4, 16, FieldSizes()),
            (3, 1, FieldSizes(offsets: 8, lengths: 4)),
        ] as [(UInt16, UInt16, FieldSizes)])
    func random(leafK: UInt16, internalK: UInt16, sizes: FieldSizes) throws {
        let file = try ChangingFile(sizes: sizes, groupLeafK: leafK, groupInternalK: internalK)
        var generator = SeededGenerator(seed: UInt64(leafK) * 100 + UInt64(internalK))
        let message = try SymbolTableEditor.create([], in: file.context)
        var model: [String: LinkMessage.Target] = [:]
        try check(message, model, in: file)
        for round in 0..<260 {
            // Long phases of growing and of shrinking, so that levels come and go.
            let isGrowing = round / 65 % 2 == 0
            var changes: [String: LinkMessage.Target?] = [:]
            let names = model.keys.sorted()
            for _ in 0..<([1, 1, 3, 40].randomElement(using: &generator) ?? 1) {
                let known = names.randomElement(using: &generator)
                switch Int.random(in: 0..<10, using: &generator) {
                case 0: changes[randomName(&generator)] = .some(nil)
                case 1: if let known { changes[known] = randomTarget(&generator) }
                case 2..<(isGrowing ? 4 : 9): if let known { changes[known] = .some(nil) }
                default: changes[randomName(&generator)] = randomTarget(&generator)
                }
            }
            for (name, target) in changes { model[name] = target }
            let sorted = changes.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            try SymbolTableEditor(message, in: file.context).apply(
                sorted.map { SymbolTableEditor.Change(name: H5Name($0.key), target: $0.value) })
            if round % 3 == 0 || changes.count > 3 { try check(message, model, in: file) }
            if round % 7 == 0, file.isExact { try file.transaction.commit() }
        }
        let all = model.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        try SymbolTableEditor(message, in: file.context).apply(
            all.map { SymbolTableEditor.Change(name: H5Name($0), target: nil) })
        try check(message, [:], in: file)
        try SymbolTableEditor(message, in: file.context).removeAll()
        #expect(file.usedBytes == 0)
    }

    @Test("a table written from a list is as small as it can be, and grows by single links at its end")
    func create() throws {
        let file = try ChangingFile()
        let names = (0..<10_000).map { number in "link" + String(100_000 + number) }
        var model: [String: LinkMessage.Target] = [:]
        for (number, name) in names.enumerated() { model[name] = .hard(address: UInt64(number)) }
        let message = try SymbolTableEditor.create(
            names.map { SymbolTableEditor.Change(name: H5Name($0), target: model[$0]) }, in: file.context)
        try check(message, model, in: file)
        let tree = try TreeInspection(message.btreeAddress, .group, rank: 0, k: 16, in: file.storage)
        #expect(tree.items.count == 1_250 && tree.levels == 3)
        var editor = try SymbolTableEditor(message, in: file.context)
        for number in 0..<500 {
            let name = "link" + String(200_000 + number)
            model[name] = .hard(address: 1)
            try editor.apply([SymbolTableEditor.Change(name: H5Name(name), target: .hard(address: 1))])
        }
        try check(message, model, in: file)
        editor = try SymbolTableEditor(message, in: file.context)
        // Nodes that were left behind stay full.
        let grown = try TreeInspection(message.btreeAddress, .group, rank: 0, k: 16, in: file.storage)
        #expect(grown.items.count == 1_313)
    }

    @Test("names that cannot be, or are not in order, change nothing")
    func refused() throws {
        let file = try ChangingFile()
        let message = try SymbolTableEditor.create([], in: file.context)
        let used = file.usedBytes
        let editor = try SymbolTableEditor(message, in: file.context)
        func change(_ name: String, _ target: LinkMessage.Target? = .hard(address: 1)) -> SymbolTableEditor.Change {
            SymbolTableEditor.Change(name: H5Name(name), target: target)
        }
        for changes in [
            [change("b"), change("a")], [change("a"), change("a")], [change("")], [change("a\0b")],
            [change("a", .soft(path: H5Name("")))], [change("a", .soft(path: H5Name("b\0c")))],
        ] {
            let error = #expect(throws: H5Error.self) { try editor.apply(changes) }
            #expect(error?.code == .invalidArgument)
        }
        let error = #expect(throws: H5Error.self) {
            try editor.apply([change("a", .external(file: H5Name("f"), path: H5Name("p")))])
        }
        #expect(error?.code == .notInGeneration)
        #expect(file.usedBytes == used)
        try check(message, [:], in: file)
    }
}
