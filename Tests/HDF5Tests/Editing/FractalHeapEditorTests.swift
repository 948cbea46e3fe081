import HDF5Format
import Testing

@testable import HDF5

/// What a fractal heap takes in the file, counted by the format and not by the editor.
struct HeapExtent {
    /// The bytes of all blocks, of huge objects and of their index.
    var taken: UInt64 = 0
    var directBytes: UInt64 = 0
    /// The bytes for objects of all direct blocks that the root spans, there or not.
    var capacity: UInt64 = 0
    /// Where the last direct block ends.
    var end: UInt64 = 0
    /// How deep indirect blocks nest.
    var levels = 0

    init(_ address: UInt64, in storage: FileStorage) throws {
        let heap = try FractalHeap(address: address, storage: storage).header
        taken += HDF5Tests.taken(try encoded(storage.sizes) { try heap.encode(to: &$0) }.count)
        if let root = heap.rootAddress {
            if heap.rootRows == 0 {
                add(root, 0, heap.startingBlockSize, heap.filters == nil ? nil : heap.filteredRootSize)
                capacity = heap.startingBlockSize - UInt64(heap.directBlockPrefixSize(storage.sizes))
            } else {
                try walk(root, heap.rootRows, 0, heap, address, storage, 1)
                capacity = Self.capacity(heap.rootRows, heap, storage)
            }
        }
        if let index = heap.hugeIndexAddress {
            let tree = try BTreeV2(address: index, storage: storage)
            try tree.forEach { cursor in
                let record = try BTreeV2Record(from: &cursor, type: tree.header.type, size: tree.header.recordSize)
                if case .hugeObject(_, let length, _, _) = record { taken += HDF5Tests.taken(Int(length)) }
                return true
            }
            taken += try treeExtent(index, in: storage)
        }
    }

    private mutating func add(_ address: UInt64, _ start: UInt64, _ size: UInt64, _ filtered: UInt64?) {
        taken += HDF5Tests.taken(Int(filtered ?? size))
        directBytes += size
        end = max(end, start + size)
    }

    private mutating func walk(
        _ address: UInt64, _ rows: Int, _ base: UInt64, _ heap: FractalHeapHeader, _ heapAddress: UInt64,
        _ storage: FileStorage, _ level: Int
    ) throws {
        levels = max(levels, level)
        let size = heap.indirectBlockSize(rows: rows, storage.sizes)
        taken += HDF5Tests.taken(size)
        let block = try storage.withCursor(at: address, count: size) {
            try FractalHeapIndirectBlock(from: &$0, heap: heap, heapAddress: heapAddress, rows: rows)
        }
        #expect(block.blockOffset == base)
        #expect(block.children.contains { $0.address != nil })
        for (entry, child) in block.children.enumerated() {
            guard let place = child.address else { continue }
            let row = entry / heap.tableWidth
            let start = base + heap.rowOffset(row: row) + UInt64(entry % heap.tableWidth) * heap.blockSize(row: row)
            if row < heap.maximumDirectRows {
                add(place, start, heap.blockSize(row: row), heap.filters == nil ? nil : child.filteredSize)
            } else {
                try walk(place, heap.rowsOfIndirectBlock(row: row), start, heap, heapAddress, storage, level + 1)
            }
        }
    }

    private static func capacity(_ rows: Int, _ heap: FractalHeapHeader, _ storage: FileStorage) -> UInt64 {
        (0..<rows).reduce(0) { sum, row in
            let each =
                row < heap.maximumDirectRows
                ? heap.blockSize(row: row) - UInt64(heap.directBlockPrefixSize(storage.sizes))
                : capacity(heap.rowsOfIndirectBlock(row: row), heap, storage)
            return sum + each * UInt64(heap.tableWidth)
        }
    }
}

/// The bytes that a version 2 B-tree takes in the file.
func treeExtent(_ address: UInt64, in storage: FileStorage) throws -> UInt64 {
    let header = try BTreeV2(address: address, storage: storage).header
    let geometry = try BTreeV2Geometry(header, sizes: storage.sizes)
    func walk(_ address: UInt64, _ count: Int, _ height: Int) throws -> UInt64 {
        let node = try BTreeV2.node(address, count: count, height: height, header, geometry, storage)
        return try node.children.reduce(taken(header.nodeSize)) {
            $0 + (try walk($1.address, $1.recordCount, height - 1))
        }
    }
    let nodes = try header.rootAddress.map { try walk($0, header.rootRecordCount, header.depth) } ?? 0
    return taken(BTreeV2Header.size(storage.sizes)) + nodes
}

@Suite struct FractalHeapEditorTests {
    static let deflate = FilterPipelineMessage(filters: [H5FilterDescription(identifier: 1, clientValues: [6])])

    static let shapes: [(name: String, header: FractalHeapHeader)] = [
        ("links", FractalHeapHeader(identifierLength: 7, startingBlockSize: 512, addressBits: 32)),
        ("attributes", FractalHeapHeader(identifierLength: 8, startingBlockSize: 1024, addressBits: 40)),
        (
            "small blocks",
            FractalHeapHeader(
                identifierLength: 7, startingBlockSize: 64, addressBits: 32, tableWidth: 2,
                maximumDirectBlockSize: 256, maximumManagedSize: 200)
        ),
        (
            "whole root at once, direct identifiers, long tiny objects",
            FractalHeapHeader(
                identifierLength: 30, startingBlockSize: 128, addressBits: 20, tableWidth: 4,
                maximumDirectBlockSize: 512, maximumManagedSize: 300, startingRows: 0)
        ),
        (
            "filtered",
            FractalHeapHeader(
                identifierLength: 8, startingBlockSize: 128, addressBits: 32, tableWidth: 2,
                maximumDirectBlockSize: 512, maximumManagedSize: 400, filters: deflate)
        ),
    ]

    private struct Model {
        var objects: [[UInt8]: [UInt8]] = [:]
        /// Keys in the order of insertion, so that choices are the same in every run.
        var keys: [[UInt8]] = []

        mutating func add(_ identifier: [UInt8], _ object: [UInt8]) {
            // Tiny objects of the same bytes have the same identifier.
            if objects.updateValue(object, forKey: identifier) == nil { keys.append(identifier) }
        }

        mutating func remove(at index: Int) {
            objects[keys[index]] = nil
            keys.remove(at: index)
        }
    }

    private static func object(_ random: inout SeededGenerator, _ most: Int, tiny: Int) -> [UInt8] {
        let kind = random.next() % 100
        let count: Int
        switch kind {
        case 0..<3: count = most + 1 + Int(random.next() % 2000)
        case 3..<50: count = tiny + 1 + Int(random.next() % 40)
        default: count = tiny + 1 + Int(random.next() % UInt64(most - tiny))
        }
        let seed = random.next()
        return (0..<count).map { UInt8(truncatingIfNeeded: (seed &+ UInt64($0 / 3)) >> 3) }
    }

    private static func check(_ address: UInt64, _ model: Model, in space: EditingSpace) throws {
        let heap = try FractalHeap(address: address, storage: space.storage)
        for (identifier, object) in model.objects { #expect(try heap.object(identifier) == object) }
        let extent = try HeapExtent(address, in: space.storage)
        #expect(extent.taken == space.allocated)
        let sizes = try model.objects.map { identifier, object -> (kind: Int, count: UInt64) in
            var cursor = ByteCursor(identifier.span.bytes, sizes: space.storage.sizes)
            switch try FractalHeapIdentifier(from: &cursor, heap: heap.header) {
            case .managed: return (0, UInt64(object.count))
            case .hugeDirect, .hugeIndirect: return (1, UInt64(object.count))
            case .tiny: return (2, UInt64(object.count))
            }
        }
        let managed = sizes.filter { $0.kind == 0 }
        #expect(heap.header.managedObjectCount == UInt64(managed.count))
        #expect(heap.header.statistics.freeSpace == extent.capacity - managed.reduce(0) { $0 + $1.count })
        #expect(heap.header.statistics.allocatedSpace == extent.directBytes)
        #expect(heap.header.statistics.hugeObjectCount == UInt64(sizes.filter { $0.kind == 1 }.count))
        #expect(
            heap.header.statistics.hugeObjectBytes == sizes.filter { $0.kind == 1 }.reduce(0) { $0 + $1.count })
        #expect(heap.header.statistics.allocationIterator == (heap.header.rootRows == 0 ? 0 : extent.end))
        if heap.header.managedObjectCount == 0 { #expect(heap.header.rootAddress == nil) }
    }

    @Test(arguments: shapes.indices) func randomOperationsKeepTheHeapRight(shape: Int) throws {
        var random = SeededGenerator(seed: UInt64(shape) + 7)
        let space = try EditingSpace()
        let parameters = Self.shapes[shape].header
        let tiny = parameters.identifierLength > 18 ? parameters.identifierLength - 2 : parameters.identifierLength - 1
        var editor = try FractalHeapEditor.create(parameters, in: space.storage)
        var model = Model()
        try Self.check(editor.address, model, in: space)
        var levels = 0
        for step in 0..<160 {
            let isGrowing = step / 20 % 2 == 0
            for _ in 0..<[1, 3, 20, 60][Int(random.next() % 4)] {
                let most = Int(parameters.maximumManagedSize)
                if model.keys.isEmpty || random.next() % 10 < (isGrowing ? 7 : 1) {
                    let object = Self.object(&random, most, tiny: tiny)
                    model.add(try editor.insert(object), object)
                } else if random.next() % 4 == 0 {
                    let index = Int(random.next() % UInt64(model.keys.count))
                    let identifier = model.keys[index]
                    var object = Self.object(&random, most, tiny: tiny)
                    if random.next() % 2 == 0, let former = model.objects[identifier] {
                        object = former.map { $0 ^ 0x55 }
                    }
                    let next = try editor.replace(identifier, with: object)
                    model.remove(at: index)
                    model.add(next, object)
                } else {
                    let index = Int(random.next() % UInt64(model.keys.count))
                    try editor.remove(model.keys[index])
                    model.remove(at: index)
                }
            }
            try editor.flush()
            try Self.check(editor.address, model, in: space)
            levels = max(levels, try HeapExtent(editor.address, in: space.storage).levels)
            if step % 7 == 6 {
                let known = model.keys
                editor = try FractalHeapEditor(address: editor.address, storage: space.storage) { body in
                    for identifier in known { try body(identifier.span.bytes) }
                }
            }
        }
        if parameters.maximumDirectBlockSize < 65_536 { #expect(levels > 1) }
        for identifier in model.keys { try editor.remove(identifier) }
        try editor.flush()
        try Self.check(editor.address, Model(), in: space)
        let last = try editor.insert([UInt8](repeating: 7, count: 50))
        try editor.flush()
        #expect(try FractalHeap(address: editor.address, storage: space.storage).object(last).count == 50)
        try editor.removeHeap()
        #expect(space.allocated == 0)
    }

    @Test func tinyObjectsTakeNoSpace() throws {
        for (length, most) in [(7, 6), (8, 7), (17, 16), (18, 16), (19, 17), (30, 28)] {
            let space = try EditingSpace()
            let editor = try FractalHeapEditor.create(
                FractalHeapHeader(identifierLength: length, startingBlockSize: 512, addressBits: 32), in: space.storage)
            let objects = (1...most).map { [UInt8](repeating: UInt8($0), count: $0) }
            let identifiers = try objects.map { try editor.insert($0) }
            try editor.flush()
            let heap = try FractalHeap(address: editor.address, storage: space.storage)
            #expect(heap.header.statistics.tinyObjectCount == UInt64(most))
            #expect(heap.header.rootAddress == nil)
            for (identifier, object) in zip(identifiers, objects) { #expect(try heap.object(identifier) == object) }
            for identifier in identifiers { try editor.remove(identifier) }
            #expect(editor.header.statistics.tinyObjectBytes == 0)
        }
    }

    @Test func whatIsFreeIsFoundAgainInAnOpenedHeap() throws {
        let space = try EditingSpace()
        let parameters = Self.shapes[0].header
        let first = try FractalHeapEditor.create(parameters, in: space.storage)
        var identifiers = try (0..<300).map { try first.insert([UInt8](repeating: UInt8($0 % 256), count: 40)) }
        try first.flush()
        // As in a file that was opened anew.
        space.storage.freeInHeaps.withLock { $0 = [:] }
        var lists = 0
        let second = try FractalHeapEditor(address: first.address, storage: space.storage) { body in
            lists += 1
            for identifier in identifiers { try body(identifier.span.bytes) }
        }
        let before = space.allocated
        for index in stride(from: 0, to: 20, by: 2) { try second.remove(identifiers[index]) }
        try second.flush()
        #expect(lists == 0)
        for _ in 0..<10 { identifiers.append(try second.insert([UInt8](repeating: 1, count: 40))) }
        try second.flush()
        #expect(lists == 1)
        #expect(space.allocated == before)
    }

    @Test func whatIsFreeIsKnownToTheNextEditorOfTheSameFile() throws {
        let space = try EditingSpace()
        let first = try FractalHeapEditor.create(Self.shapes[0].header, in: space.storage)
        let objects = (0..<300).map { [UInt8](repeating: UInt8($0 % 256), count: 40) }
        let identifiers = try objects.map { try first.insert($0) }
        for index in stride(from: 0, to: 20, by: 2) { try first.remove(identifiers[index]) }
        try first.flush()
        let before = space.allocated
        for round in 0..<10 {
            let next = try FractalHeapEditor(address: first.address, storage: space.storage) { _ in
                Issue.record("the objects of the heap were listed")
            }
            let object = [UInt8](repeating: UInt8(round), count: 40)
            let identifier = try next.insert(object)
            try next.flush()
            #expect(try FractalHeap(address: first.address, storage: space.storage).object(identifier) == object)
        }
        #expect(space.allocated == before)
        let heap = try FractalHeap(address: first.address, storage: space.storage)
        for index in 20..<300 { #expect(try heap.object(identifiers[index]) == objects[index]) }
    }

    @Test func anIncompleteListOfObjectsIsNotTrusted() throws {
        let space = try EditingSpace()
        let first = try FractalHeapEditor.create(Self.shapes[0].header, in: space.storage)
        let object = [UInt8](repeating: 9, count: 40)
        let identifiers = try (0..<5).map { _ in try first.insert(object) }
        try first.flush()
        let second = try FractalHeapEditor(address: first.address, storage: space.storage) { body in
            let last = identifiers[4]
            try body(last.span.bytes)
        }
        _ = try second.insert([UInt8](repeating: 1, count: 40))
        try second.flush()
        let heap = try FractalHeap(address: first.address, storage: space.storage)
        for identifier in identifiers { #expect(try heap.object(identifier) == object) }
    }

    @Test func anObjectIsNotRemovedTwice() throws {
        let space = try EditingSpace()
        let editor = try FractalHeapEditor.create(Self.shapes[0].header, in: space.storage)
        let identifiers = try (0..<3).map { try editor.insert([UInt8](repeating: $0, count: 50)) }
        try editor.remove(identifiers[1])
        #expect(throws: H5Error.self) { try editor.remove(identifiers[1]) }
        try editor.remove(identifiers[0])
        try editor.flush()
        let heap = try FractalHeap(address: editor.address, storage: space.storage)
        #expect(try heap.object(identifiers[2]) == [UInt8](repeating: 2, count: 50))
    }
}
