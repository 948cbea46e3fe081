import Testing

@testable import HDF5

/// Virtual datasets whose elements lie in other files; what libhdf5 reads of them whole stands in the goldens.
@Suite struct VirtualDatasetTests {
    static let heapFiles = ["virtual-heap-earliest.h5", "virtual-heap-latest.h5"]

    @Test("texts of several files come from the heap of their own file, gaps are empty", arguments: heapFiles)
    func texts(_ name: String) throws {
        let dataset = try H5File.open(Fixtures.hdf5(name)).dataset("texts")
        func source(_ letter: String) -> [String] {
            (0..<5).map { String(repeating: "\(letter)\($0) ", count: $0 + 1) }
        }
        let expected = source("a") + ["", ""] + source("b") + ["", "", "", "", ""]
        #expect(try dataset.read(as: String.self).elements == expected)
        #expect(try Array(dataset.readStrings()) == expected)
        #expect(try dataset.readValues().elements == expected.map { H5Value.string($0) })
        #expect(
            try dataset.read(as: String.self, [.at([11, 0, 11, 5])]).elements == [
                "b4 b4 b4 b4 b4 ", "a0 ", "b4 b4 b4 b4 b4 ", "",
            ])
    }

    private struct Record: Decodable, Equatable {
        var name: String
        var value: Double
    }

    @Test("sequences and rows of several files come from the heap of their own file", arguments: heapFiles)
    func sequencesAndRows(_ name: String) throws {
        let file = try H5File.open(Fixtures.hdf5(name))
        let sequences = try file.dataset("sequences").read(as: [Int].self).elements
        let expected = (0..<6).map { Array(0..<$0) } + [[], []] + (0..<6).map { (0..<$0).map { $0 * -7 } }
        #expect(sequences == expected + [[Int]](repeating: [], count: 6))
        let rows = try file.dataset("records").read(as: Record.self, [2..<7]).elements
        let gap = Record(name: "", value: 0)
        #expect(
            rows == [
                Record(name: "record 2 of a", value: 0.5), gap, gap, Record(name: "record 0 of b", value: 0),
                Record(name: "record 1 of b", value: 0.25),
            ])
    }

    @Test("a later source covers an earlier one, of this file or another; virtual datasets of virtual ones resolve")
    func nested() throws {
        let file = try H5File.open(Fixtures.hdf5("virtual-heap-latest.h5"))
        #expect(
            try file.dataset("mixed and overlapping").read(as: String.self).elements == [
                "b0 ", "own 0", "own 1", "own 2", "b2 b2 b2 ", "", "b3 b3 b3 b3 ", "", "b4 b4 b4 b4 b4 ", "",
            ])
        #expect(
            try file.dataset("virtual of virtual").read(as: String.self, [0...1, 0...2]).elements == [
                "a3 a3 a3 a3 ", "", "b0 ", "a4 a4 a4 a4 a4 ", "a5 a5 a5 a5 a5 a5 ", "a6 a6 a6 a6 a6 a6 a6 ",
            ])
    }

    @Test("a reference that comes from another file says so, and is not taken for one of this file")
    func references() throws {
        let file = try H5File.open(Fixtures.hdf5("virtual-heap-latest.h5"))
        let references = try file.dataset("regions").readReferences().elements
        #expect(references.count == 8 && references[2] == .null)
        for (number, letter) in [(0, "a"), (1, "a"), (4, "b")] {
            guard case .external(let name, .region(let address, _)) = references[number] else {
                Issue.record("reference \(number) is \(references[number])")
                continue
            }
            #expect(name.hasSuffix("virtual-heap-source-\(letter).h5"))
            #expect(try H5File.open(name).dataset("table").address == address)
            #expect(throws: H5Error.self) { try file.object(references[number]) }
        }
    }

    @Test(
        "any selection gives what it gives of the whole dataset",
        arguments: ["stacked", "strided with gaps", "missing sources", "converted", "virtual of virtual"])
    func selections(_ name: String) throws {
        let dataset = try H5File.open(Fixtures.hdf5("virtual-latest.h5")).dataset(name)
        let whole = try dataset.read(as: Double.self)
        var random = SeededGenerator(seed: 12)
        for _ in 0..<200 {
            let points = (0..<Int.random(in: 1...9, using: &random)).map { _ in
                dataset.shape.map { Int.random(in: 0..<$0, using: &random) }
            }
            // Some points twice: a source is then asked for one element for two places.
            let repeated = points + points.prefix(2)
            let picked = repeated.map { point in zip(point, whole.shape).reduce(0) { $0 * $1.1 + $1.0 } }
            #expect(try dataset.read(as: Double.self, .points(repeated)).elements == picked.map { whole.elements[$0] })
            let lists = dataset.shape.map { extent in
                (0..<Int.random(in: 1...4, using: &random)).map { _ in Int.random(in: 0..<extent, using: &random) }
            }
            var linear = [0]
            for (list, extent) in zip(lists, dataset.shape) {
                linear = linear.flatMap { row in list.map { row * extent + $0 } }
            }
            #expect(
                try dataset.read(as: Double.self, .axes(lists.map { .indices($0) })).elements
                    == linear.map { whole.elements[$0] })
        }
    }

    @Test("of a source a box is read where it is mostly wanted, and else single elements, within the limits")
    func sourceReading() throws {
        let limits = H5Limits(bytesPerCall: 1_000, decodedBytesPerCall: 4_000)
        let storage = try HeapFile().context(limits: limits).storage
        func reading(_ pieces: [(linear: Int, destination: Int, count: Int)], _ shape: [Int]) throws -> SourceReading {
            try SourceReading(
                pieces.map { .init(linear: $0.linear, destination: $0.destination, count: $0.count) }, shape: shape,
                elementSize: 4, storage: storage)
        }
        func segments(_ reading: SourceReading) -> [[Int]] {
            reading.segments.map { [$0.position, $0.destination, $0.count] }
        }
        // Two rows of a matrix of 10 × 20 and a part of a third.
        let box = try reading([(40, 0, 40), (85, 100, 3)], [10, 20])
        #expect(box.selection == [2..<5, 0..<20])
        #expect(segments(box) == [[0, 0, 40], [45, 100, 3]])
        // A column, and then columns in the other order.
        let column = try reading([(3, 7, 1), (23, 8, 1), (43, 9, 1)], [10, 20])
        #expect(column.selection == [0..<3, 3..<4])
        #expect(segments(column) == [[0, 7, 3]])
        // Far apart, and twice the same.
        let sparse = try reading([(0, 0, 1), (199, 1, 1)], [10, 20])
        #expect(sparse.selection == .points([[0, 0], [9, 19]]) && segments(sparse) == [[0, 0, 1], [1, 1, 1]])
        let twice = try reading([(4, 0, 2), (5, 2, 1)], [10, 20])
        #expect(twice.selection == .points([[0, 4], [0, 5], [0, 5]]))
        #expect(segments(twice) == [[0, 0, 2], [2, 2, 1]])
        // More single elements, and a larger box, than the limits allow.
        #expect(throws: H5Error.self) { try reading((0..<4).map { ($0 * 50, $0, 1) }, [10, 20]) }
        #expect(throws: H5Error.self) { try reading([(0, 0, 600), (700, 600, 400)], [100, 20]) }
    }

    @Test("blocks of any number of elements are one run where they are whole rows, and a box of any size")
    func largeBlocks() throws {
        let space = H5Dataspace.simple([40_000, 1_000])
        let upper = H5Block(start: [0, 0], end: [19_999, 999])
        let lower = H5Block(start: [20_000, 0], end: [39_999, 999])
        let wanted = try PlacedRuns(.blocks([upper, lower]), of: space)
        let shared = wanted.intersection(try PlacedRuns(.blocks([lower]), of: space))
        #expect(shared.count == 1)
        #expect(shared.first.map { [$0.position, $0.other, $0.count] } == [20_000_000, 0, 20_000_000])
        let plan = try SelectionPlan(.blocks([lower]), of: space)
        #expect(plan.count == 20_000_000 && plan.resultShape == [20_000_000])
        for block in [
            H5Block(start: [0, 0], end: [40_000, 0]), H5Block(start: [5, 0], end: [4, 0]),
            H5Block(start: [-1, 0], end: [4, 0]), H5Block(start: [0, 0], end: [Int.max, 0]),
            H5Block(start: [Int.min, 0], end: [Int.max, 0]), H5Block(start: [0], end: [1]),
        ] {
            #expect(throws: H5Error.self) { try SelectionPlan(.blocks([block]), of: space) }
        }
    }

    @Test("elements go past a mapped sink to their places, and those that nobody wants are dropped")
    func mappedSink() throws {
        var memory = [UInt8](repeating: 0xEE, count: 10)
        try memory.withUnsafeMutableBytes { buffer in
            let sink = MappedSink(
                RawSink(buffer, elementSize: 1),
                segments: [
                    .init(position: 1, destination: 6, count: 3), .init(position: 6, destination: 0, count: 2),
                ], capacity: 9)
            #expect(sink.rawMemory(first: 1, count: 3) != nil)
            #expect(sink.rawMemory(first: 1, count: 4) == nil)
            #expect(sink.rawMemory(first: 0, count: 2) == nil)
            let source: [UInt8] = [10, 11, 12, 13, 14]
            try source.withUnsafeBytes { source in
                try sink.transfer(from: source, sourceStride: 1, to: 0, stride: 2, count: 5)
                #expect(throws: H5Error.self) {
                    try sink.transfer(from: source, sourceStride: 1, to: 1, stride: 2, count: 5)
                }
            }
            try sink.fill(with: [7], first: 3, count: 5)
        }
        #expect(memory == [7, 7, 0xEE, 0xEE, 0xEE, 0xEE, 0xEE, 11, 7, 0xEE])
    }
}
