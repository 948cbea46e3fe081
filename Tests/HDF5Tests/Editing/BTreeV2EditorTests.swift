import HDF5Format
import Testing

@testable import HDF5

@Suite struct BTreeV2EditorTests {
    /// Records of 13 bytes whose first four are the key.
    private static let size = 13

    private static func record(_ key: UInt32, _ value: UInt32) -> [UInt8] {
        stored(key, 4) + stored(value, 4) + [UInt8](repeating: UInt8(truncatingIfNeeded: value), count: 5)
    }

    private static func key(_ record: RawSpan) -> UInt32 {
        var cursor = ByteCursor(record, sizes: FieldSizes())
        return (try? cursor.readUInt32()) ?? 0
    }

    private static func order(_ left: RawSpan, _ right: RawSpan) -> BTreeV2.Comparison {
        let (first, second) = (key(left), key(right))
        return first == second ? .found : first < second ? .before : .after
    }

    private static func create(_ keys: [UInt32], nodeSize: Int, in space: EditingSpace) throws -> BTreeV2Editor {
        try BTreeV2Editor.create(
            .attributeCreationOrder, recordSize: size, nodeSize: nodeSize, records: keys.flatMap { record($0, 0) },
            order: order, in: space.storage)
    }

    /// Checks order, content, counts and fill of a tree; gives the bytes that it takes.
    private static func check(
        _ editor: BTreeV2Editor, _ model: [UInt32: UInt32], in space: EditingSpace
    ) throws -> UInt64 {
        var records: [(UInt32, UInt32)] = []
        let reader = try editor.reader
        try reader.forEach { cursor in
            records.append((try cursor.readUInt32(), try cursor.readUInt32()))
            return true
        }
        #expect(reader.header == editor.header)
        #expect(reader.header.totalRecordCount == UInt64(model.count))
        #expect(records.map(\.0) == model.keys.sorted())
        #expect(records.allSatisfy { model[$0.0] == $0.1 })
        let geometry = try BTreeV2Geometry(reader.header, sizes: space.storage.sizes)
        var taken = HDF5Tests.taken(BTreeV2Header.size(space.storage.sizes))
        func walk(_ address: UInt64, _ count: Int, _ height: Int) throws -> UInt64 {
            taken += HDF5Tests.taken(reader.header.nodeSize)
            let node = try BTreeV2.node(
                address, count: count, height: height, reader.header, geometry, space.storage)
            let isRoot = height == reader.header.depth
            let fewest = geometry.maximumRecords[height] * 40 / 100
            #expect(isRoot || count >= max(1, fewest), "\(count) records at height \(height)")
            #expect(count > 0)
            var total = UInt64(count)
            for child in node.children {
                let below = try walk(child.address, child.recordCount, height - 1)
                #expect(below == child.totalRecordCount)
                total += below
            }
            return total
        }
        if let root = reader.header.rootAddress {
            #expect(try walk(root, reader.header.rootRecordCount, reader.header.depth) == UInt64(model.count))
        }
        return taken
    }

    @Test(arguments: [72, 90, 130, 512]) func aTreeIsCreatedBalanced(nodeSize: Int) throws {
        for count in [0, 1, 2, 3, 4, 5, 10, 37, 100, 1000] as [UInt32] {
            let space = try EditingSpace()
            let keys = (0..<count).map { $0 * 3 }
            let editor = try Self.create(keys, nodeSize: nodeSize, in: space)
            let model = Dictionary(uniqueKeysWithValues: keys.map { ($0, 0 as UInt32) })
            #expect(try Self.check(editor, model, in: space) == space.allocated)
            try editor.remove()
            #expect(space.allocated == 0)
        }
    }

    @Test(arguments: [72, 80, 96, 136, 512]) func randomBatchesKeepTheTreeRight(nodeSize: Int) throws {
        var random = SeededGenerator(seed: UInt64(nodeSize))
        let space = try EditingSpace()
        var editor = try Self.create([], nodeSize: nodeSize, in: space)
        var model: [UInt32: UInt32] = [:]
        for step in 0..<240 {
            // The tree grows and shrinks in waves, down to nothing.
            let isGrowing = step / 40 % 2 == 0
            let count = [1, 1, 1, 2, 5, 30, 200][Int(random.next() % 7)]
            var keys: Set<UInt32> = []
            let known = model.keys.sorted()
            for _ in 0..<count {
                if isGrowing || random.next() % 4 == 0 || known.isEmpty {
                    keys.insert(UInt32(random.next() % 5000))
                } else {
                    // Runs of neighbours empty whole nodes.
                    let start = Int(random.next() % UInt64(known.count))
                    for key in known[start..<min(known.count, start + Int(random.next() % 20))] { keys.insert(key) }
                }
            }
            var changes = BTreeV2Changes(recordSize: Self.size)
            for key in keys.sorted() {
                let value = UInt32(random.next() % 1000)
                if model[key] == nil {
                    try changes.append(random.next() % 2 == 0 ? .insert : .put, Self.record(key, value))
                    model[key] = value
                } else if random.next() % (isGrowing ? 4 : 16) > 0, !isGrowing || random.next() % 8 == 0 {
                    try changes.append(.remove, Self.record(key, 0))
                    model[key] = nil
                } else {
                    try changes.append(random.next() % 2 == 0 ? .replace : .put, Self.record(key, value))
                    model[key] = value
                }
            }
            try editor.apply(changes, order: Self.order)
            let taken = try Self.check(editor, model, in: space)
            #expect(taken == space.allocated, "step \(step)")
            if step % 50 == 49 {
                try space.transaction.commit()
                editor = try BTreeV2Editor(address: editor.address, storage: space.storage)
            }
        }
        var changes = BTreeV2Changes(recordSize: Self.size)
        for key in model.keys.sorted() { try changes.append(.remove, Self.record(key, 0)) }
        try editor.apply(changes, order: Self.order)
        #expect(try Self.check(editor, [:], in: space) == space.allocated)
        #expect(editor.header.rootAddress == nil)
        #expect(editor.header.depth == 0)
    }

    @Test func aRefusedChangeLeavesTheTreeAsItWas() throws {
        let space = try EditingSpace()
        var editor = try Self.create((0..<100).map { $0 * 2 }, nodeSize: 90, in: space)
        let model = Dictionary(uniqueKeysWithValues: (0..<100).map { (UInt32($0 * 2), 0 as UInt32) })
        for (kind, key, code) in [
            (.insert, 40, .exists), (.remove, 41, .notFound), (.replace, 201, .notFound),
        ] as [(BTreeV2Changes.Kind, UInt32, H5Error.Code)] {
            var changes = BTreeV2Changes(recordSize: Self.size)
            try changes.append(.insert, Self.record(1, 0))
            try changes.append(kind, Self.record(key, 0))
            let error = #expect(throws: H5Error.self) { try editor.apply(changes, order: Self.order) }
            #expect(error?.code == code)
            #expect(try Self.check(editor, model, in: space) == space.allocated)
        }
        var changes = BTreeV2Changes(recordSize: Self.size)
        try changes.append(.insert, Self.record(3, 0))
        try changes.append(.insert, Self.record(1, 0))
        #expect(throws: H5Error.self) { try editor.apply(changes, order: Self.order) }
        try changes.sort(Self.order)
        try editor.apply(changes, order: Self.order)
        #expect(editor.header.totalRecordCount == 102)
    }

    @Test func singleChangesTouchOnlyTheNodesOnTheirWay() throws {
        let space = try EditingSpace()
        var editor = try Self.create((0..<20_000).map { $0 * 2 }, nodeSize: 512, in: space)
        try space.transaction.commit()
        #expect(editor.header.depth >= 2)
        let before = space.allocated
        var comparisons = 0
        var changes = BTreeV2Changes(recordSize: Self.size)
        try changes.append(.insert, Self.record(20_001, 1))
        try editor.apply(changes) {
            comparisons += 1
            return Self.order($0, $1)
        }
        #expect(comparisons < 30)
        #expect(space.allocated - before <= 4 * 512)
    }

    @Test func aTreeWithACircleIsRefused() throws {
        let space = try EditingSpace()
        let editor = try Self.create((0..<200).map { $0 }, nodeSize: 130, in: space)
        var header = editor.header
        #expect(header.depth > 0)
        // Twice the depth over the same root: every child looks like an internal node that it is not.
        header.depth += 1
        try space.storage.write(at: editor.address) { try header.encode(to: &$0) }
        let damaged = try BTreeV2Editor(address: editor.address, storage: space.storage)
        #expect(throws: H5Error.self) { try damaged.remove() }
    }
}
