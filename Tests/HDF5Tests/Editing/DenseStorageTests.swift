import HDF5Format
import Testing

@testable import HDF5

@Suite struct DenseStorageTests {
    /// Names whose hashes are the same, in pairs.
    private static let collisions = [
        "n36468", "n85629", "n23426", "n159205", "n104308", "n159644", "n119652", "n184564", "n98961", "n191704",
    ]

    private static func name(_ random: inout SeededGenerator) -> H5Name {
        let choice = Int(random.next() % 300)
        if choice < collisions.count { return H5Name(collisions[choice]) }
        return H5Name(
            choice % 7 == 0 ? String(repeating: "long name \(choice) ", count: 1 + choice % 40) : "link \(choice)")
    }

    private static func extent(
        heap: UInt64, names: UInt64, order: UInt64?, in storage: FileStorage
    ) throws -> UInt64 {
        try HeapExtent(heap, in: storage).taken + treeExtent(names, in: storage)
            + (order.map { try treeExtent($0, in: storage) } ?? 0)
    }

    // MARK: Links

    private static func link(_ name: H5Name, _ order: Int64?, _ random: inout SeededGenerator) -> LinkMessage {
        let target: LinkMessage.Target
        switch random.next() % 10 {
        case 0: target = .soft(path: H5Name(String(repeating: "/somewhere", count: 1 + Int(random.next() % 600))))
        case 1: target = .external(file: H5Name("file.h5"), path: H5Name("/x"))
        default: target = .hard(address: random.next() >> 16)
        }
        return LinkMessage(name: name, target: target, creationOrder: order, characterSet: .utf8)
    }

    private static func check(_ links: DenseLinks, _ model: [H5Name: LinkMessage], in space: EditingSpace) throws {
        #expect(links.count == UInt64(model.count))
        let found = try links.links()
        #expect(found.count == model.count)
        for link in found { #expect(model[link.name] == link) }
        guard let heap = links.info.heapAddress, let names = links.info.nameIndexAddress else {
            Issue.record("no addresses")
            return
        }
        let order = links.info.creationOrderIndexAddress
        #expect((order != nil) == links.info.indexesCreationOrder)
        #expect(try extent(heap: heap, names: names, order: order, in: space.storage) == space.allocated)
        if let order {
            let reader = try FractalHeap(address: heap, storage: space.storage)
            var orders: [Int64] = []
            try BTreeV2(address: order, storage: space.storage).forEach { record in
                orders.append(try record.readInt64())
                let bytes = try reader.object(try record.readArray(7))
                var object = ByteCursor(bytes.span.bytes, sizes: space.storage.sizes)
                #expect(try LinkMessage(from: &object).creationOrder == orders.last)
                return true
            }
            #expect(orders == model.values.compactMap(\.creationOrder).sorted())
        }
    }

    @Test(arguments: [false, true], [false, true]) func linksAreAddedReplacedAndRemoved(
        isTracked: Bool, isFiltered: Bool
    ) throws {
        var random = SeededGenerator(seed: isTracked ? 1 : 2)
        let space = try EditingSpace()
        var model: [H5Name: LinkMessage] = [:]
        var order: Int64 = 0
        func next() -> Int64? {
            order += 1
            return isTracked ? order - 1 : nil
        }
        for index in 0..<9 {
            let name = H5Name("first \(index)")
            model[name] = Self.link(name, next(), &random)
        }
        let first = model.values.sorted { $0.name < $1.name }
        var links = try DenseLinks.create(
            first,
            info: LinkInfoMessage(nextCreationOrder: isTracked ? 0 : nil, indexesCreationOrder: isTracked),
            filters: isFiltered ? FractalHeapEditorTests.deflate : nil, in: space.storage)
        try Self.check(links, model, in: space)
        for step in 0..<120 {
            let isGrowing = step / 20 % 2 == 0
            var adding: [LinkMessage] = []
            var replacing: [LinkMessage] = []
            var removing: [H5Name] = []
            var touched: Set<H5Name> = []
            for _ in 0..<[1, 2, 10, 40][Int(random.next() % 4)] {
                let name = Self.name(&random)
                guard touched.insert(name).inserted else { continue }
                if let former = model[name] {
                    if random.next() % (isGrowing ? 5 : 2) == 0 {
                        removing.append(name)
                        model[name] = nil
                    } else {
                        let link = Self.link(name, former.creationOrder, &random)
                        replacing.append(link)
                        model[name] = link
                    }
                } else if isGrowing || random.next() % 5 == 0 {
                    let link = Self.link(name, next(), &random)
                    adding.append(link)
                    model[name] = link
                }
            }
            try links.apply(adding: adding, replacing: replacing, removing: removing)
            try Self.check(links, model, in: space)
            #expect(links.info.nextCreationOrder ?? order == order)
            for name in touched { #expect(try links.link(named: name) == model[name]) }
            if step % 9 == 8 { links = try DenseLinks(links.info, storage: space.storage) }
        }
        #expect(try links.dissolve().count == model.count)
        #expect(space.allocated == 0)
        #expect(links.info.heapAddress == nil)
    }

    @Test func aRefusedBatchChangesNothing() throws {
        var random = SeededGenerator(seed: 3)
        let space = try EditingSpace()
        let names = Self.collisions.map { H5Name($0) }
        let model = Dictionary(uniqueKeysWithValues: names.map { ($0, Self.link($0, nil, &random)) })
        var links = try DenseLinks.create(
            names.compactMap { model[$0] }, info: LinkInfoMessage(), in: space.storage)
        let new = Self.link(H5Name("new"), nil, &random)
        let other = Self.link(H5Name("n85629"), nil, &random)
        let missing = Self.link(H5Name("missing"), nil, &random)
        let attempts: [(H5Error.Code, [LinkMessage], [LinkMessage], [H5Name])] = [
            (.exists, [new, other], [], [H5Name("n36468")]),
            (.notFound, [new], [], [H5Name("n36468"), H5Name("missing")]),
            (.notFound, [new], [other, missing], []),
        ]
        for (code, adding, replacing, removing) in attempts {
            let error = #expect(throws: H5Error.self) {
                try links.apply(adding: adding, replacing: replacing, removing: removing)
            }
            #expect(error?.code == code)
            try Self.check(links, model, in: space)
        }
        #expect(throws: H5Error.self) { try links.apply(adding: [new, new]) }
        try Self.check(links, model, in: space)
    }

    @Test func theSameCallsGiveTheSameBytes() throws {
        func build() throws -> [UInt8] {
            var random = SeededGenerator(seed: 4)
            let space = try EditingSpace()
            var links = try DenseLinks.create(
                (0..<500).map { Self.link(H5Name("a\($0)"), nil, &random) }, info: LinkInfoMessage(), in: space.storage)
            try links.apply(
                adding: (0..<50).map { Self.link(H5Name("b\($0)"), nil, &random) },
                removing: (100..<300).map { H5Name("a\($0)") })
            return try space.storage.read(at: 0, count: Int(space.transaction.size))
        }
        #expect(try build() == build())
    }

    // MARK: Attributes

    private static func attribute(_ name: H5Name, _ random: inout SeededGenerator) throws -> [UInt8] {
        let count: Int
        switch random.next() % 40 {
        case 0: count = 70_000
        case 1...3: count = 4_000 + Int(random.next() % 500)
        default: count = 1 + Int(random.next() % 60)
        }
        let seed = UInt8(truncatingIfNeeded: random.next())
        let message = AttributeMessage(
            name: name, characterSet: .utf8,
            datatype: .inline(H5Datatype(kind: .integer(H5IntegerFormat(isSigned: false, precision: 8)), size: 1)),
            dataspace: .inline(.simple([count])), value: [UInt8](repeating: seed, count: count))
        return try encoded(FieldSizes()) { try message.encode(to: &$0) }
    }

    private struct Known: Equatable {
        var order: UInt16?
        var content: DenseStorage.Entry.Content
    }

    private static func check(
        _ attributes: DenseAttributes, _ model: [H5Name: Known], in space: EditingSpace, besides: UInt64
    ) throws {
        #expect(attributes.count == UInt64(model.count))
        let found = try attributes.attributes()
        #expect(found.count == model.count)
        for entry in found {
            #expect(model[entry.name] == Known(order: entry.creationOrder, content: entry.content))
            if case .shared = entry.content { #expect(entry.flags.contains(.shared)) }
        }
        guard let heap = attributes.info.heapAddress, let names = attributes.info.nameIndexAddress else {
            Issue.record("no addresses")
            return
        }
        let order = attributes.info.creationOrderIndexAddress
        #expect(
            try extent(heap: heap, names: names, order: order, in: space.storage) == space.allocated - besides)
        if let order {
            var orders: [UInt32] = []
            try BTreeV2(address: order, storage: space.storage).forEach { record in
                try record.skip(9)
                orders.append(try record.readUInt32())
                return true
            }
            #expect(orders == model.values.compactMap(\.order).map { UInt32($0) }.sorted())
        }
    }

    @Test(arguments: [false, true]) func attributesAreAddedReplacedAndRemoved(isTracked: Bool) throws {
        var random = SeededGenerator(seed: isTracked ? 5 : 6)
        let space = try EditingSpace()
        // A heap of shared messages with some attributes, whose names collide with others.
        let sharedHeap = try FractalHeapEditor.create(
            FractalHeapHeader(identifierLength: 8, startingBlockSize: 1024, addressBits: 40), in: space.storage)
        let sharedNames = [H5Name("n36468"), H5Name("n159205"), H5Name("shared")]
        var shared: [H5Name: [UInt8]] = [:]
        for name in sharedNames {
            var small = try Self.attribute(name, &random)
            while small.count > 4_000 { small = try Self.attribute(name, &random) }
            shared[name] = try sharedHeap.insert(small)
        }
        try sharedHeap.flush()
        let table = SharedMessageTable(indexes: [
            SharedMessageTable.Index(
                messageTypes: 1 << 12, minimumMessageSize: 1, maximumListCount: 50, minimumTreeCount: 40,
                heapAddress: sharedHeap.address)
        ])
        let besides = space.allocated
        var attributes = try DenseAttributes.create(
            [], info: AttributeInfoMessage(nextCreationIndex: isTracked ? 0 : nil, indexesCreationOrder: isTracked),
            sharedMessages: table, in: space.storage)
        var model: [H5Name: Known] = [:]
        var order: UInt16 = 0
        for step in 0..<100 {
            let isGrowing = step / 20 % 2 == 0
            var adding: [DenseAttributes.Entry] = []
            var replacing: [DenseAttributes.Entry] = []
            var removing: [H5Name] = []
            var touched: Set<H5Name> = []
            for _ in 0..<[1, 2, 6, 20][Int(random.next() % 4)] {
                let name = random.next() % 10 == 0 ? sharedNames[Int(random.next() % 3)] : Self.name(&random)
                guard touched.insert(name).inserted else { continue }
                var content = DenseStorage.Entry.Content.message(try Self.attribute(name, &random))
                if let identifier = shared[name], random.next() % 3 > 0 { content = .shared(identifier) }
                if let former = model[name] {
                    if random.next() % (isGrowing ? 5 : 2) == 0 {
                        removing.append(name)
                        model[name] = nil
                    } else {
                        replacing.append(DenseAttributes.Entry(name: name, creationOrder: nil, content: content))
                        model[name] = Known(order: former.order, content: content)
                    }
                } else if isGrowing || random.next() % 5 == 0 {
                    let place = isTracked ? order : nil
                    order += 1
                    adding.append(DenseAttributes.Entry(name: name, creationOrder: place, content: content))
                    model[name] = Known(order: place, content: content)
                }
            }
            try attributes.apply(adding: adding, replacing: replacing, removing: removing)
            try Self.check(attributes, model, in: space, besides: besides)
            #expect(attributes.info.nextCreationIndex ?? order == order)
            if step % 9 == 8 {
                attributes = try DenseAttributes(attributes.info, sharedMessages: table, storage: space.storage)
            }
        }
        #expect(try attributes.dissolve().count == model.count)
        #expect(space.allocated == besides)
    }
}
