import Foundation
import Testing

@testable import HDF5

/// The 3-D fixture holds 17 × 19 × 23 elements that count up, in chunks of 4 × 5 × 6 and contiguous.
@Suite struct SelectionTests {
    static let shape = [17, 19, 23]
    static let files = ["chunks-hyperslabs-earliest.h5", "chunks-hyperslabs-latest.h5"]

    private func datasets() throws -> [H5Dataset] {
        try Self.files.flatMap { name in
            let file = try H5File.open(Fixtures.hdf5(name))
            return [try file.dataset("chunked"), try file.dataset("contiguous")]
        }
    }

    private func value(_ point: [Int]) -> Int32 {
        Int32((point[0] * Self.shape[1] + point[1]) * Self.shape[2] + point[2])
    }

    private func expected(_ axes: [[Int]]) -> [Int32] {
        axes[0].flatMap { first in axes[1].flatMap { second in axes[2].map { value([first, second, $0]) } } }
    }

    @Test("the whole dataset comes in row-major order")
    func all() throws {
        for dataset in try datasets() {
            let array = try dataset.read(as: Int32.self)
            #expect(array.shape == Self.shape)
            #expect(array.elements == expected([Array(0..<17), Array(0..<19), Array(0..<23)]))
        }
    }

    @Test("ranges, single indices and strides select what an array would give")
    func slices() throws {
        for dataset in try datasets() {
            let part = try dataset.read(as: Int32.self, [3..<11, 4, 20...])
            #expect(part.shape == [8, 3])
            #expect(part.elements == expected([Array(3..<11), [4], [20, 21, 22]]))
            let tenth = try dataset.read(as: Int32.self, [.every(5), .all, .every(7, in: 1..<20)])
            #expect(tenth.shape == [4, 19, 3])
            #expect(tenth.elements == expected([[0, 5, 10, 15], Array(0..<19), [1, 8, 15]]))
            let last = try dataset.read(as: Int32.self, [-1, ..<2, ...1])
            #expect(last.elements == expected([[16], [0, 1], [0, 1]]))
        }
    }

    @Test("lists keep their order and may repeat")
    func lists() throws {
        for dataset in try datasets() {
            let part = try dataset.read(as: Int32.self, [.at([5, 5, 0, 16]), .at([18, 2, 3]), .at([22, 21, 0])])
            #expect(part.shape == [4, 3, 3])
            #expect(part.elements == expected([[5, 5, 0, 16], [18, 2, 3], [22, 21, 0]]))
        }
    }

    @Test("hyperslabs with stride and block")
    func hyperslabs() throws {
        for dataset in try datasets() {
            let slab = H5Hyperslab(start: [1, 0, 2], stride: [6, 5, 4], count: [3, nil, 5], block: [2, 3, 1])
            let part = try dataset.read(as: Int32.self, .hyperslab(slab))
            let axes = [[1, 2, 7, 8, 13, 14], [0, 1, 2, 5, 6, 7, 10, 11, 12, 15, 16, 17], [2, 6, 10, 14, 18]]
            #expect(part.shape == axes.map(\.count))
            #expect(part.elements == expected(axes))
        }
    }

    @Test("points and blocks give one axis")
    func points() throws {
        for dataset in try datasets() {
            let points = [[16, 18, 22], [0, 0, 0], [3, 4, 5], [3, 4, 5], [10, 0, 22]]
            let found = try dataset.read(as: Int32.self, .points(points))
            #expect(found.elements == points.map(value))
            let blocks = [H5Block(start: [2, 3, 4], end: [3, 3, 6]), H5Block(start: [0, 0, 0], end: [0, 0, 1])]
            let union = try dataset.read(as: Int32.self, .blocks(blocks))
            #expect(union.elements == [value([0, 0, 0]), value([0, 0, 1])] + expected([[2, 3], [3], [4, 5, 6]]))
        }
    }

    @Test("rows that lie far apart in contiguous data are read without what lies between")
    func distantRows() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("rows.h5")
        let values = (0..<(4_096 * 256)).map { Float($0) }
        let made = try H5File.create(path)
        try made.root.createDataset("data", values, shape: [4_096, 256])
        try made.commit()
        try made.close()
        let source = CountingSource(Array(try #require(FileManager.default.contents(atPath: path))))
        let data = try H5File(source: source, path: nil, options: H5OpenOptions()).dataset("data")
        let rows = (0..<40).map { $0 * 100 + $0 % 7 }
        let before = source.count
        let read = try data.read(as: Float.self, H5Selection.axes([.indices(rows), .whole])).elements
        #expect(read == rows.flatMap { row in values[(row * 256)..<((row + 1) * 256)] })
        // Twice the 40 KiB that are wanted, not the 4 MiB among which they lie.
        #expect(source.count - before <= 80 << 10)
        let strided = try data.read(as: Double.self, [.every(64), 3..<250]).elements
        var expected: [Double] = []
        for row in stride(from: 0, to: 4_096, by: 64) {
            expected += values[(row * 256 + 3)..<(row * 256 + 250)].map(Double.init)
        }
        #expect(strided == expected)
        #expect(source.count - before <= 240 << 10)
        let points = (0..<50).map { [$0 * 80, ($0 * 37) % 256] }
        let chosen = try data.read(as: Float.self, .points(points)).elements
        #expect(chosen == points.map { values[$0[0] * 256 + $0[1]] })
        #expect(source.count - before <= 500 << 10)
    }

    @Test("random selections of chunked and contiguous data equal those of an array")
    func randomSelections() throws {
        var random = SeededGenerator(seed: 42)
        let datasets = try datasets()
        for _ in 0..<300 {
            var axes: [H5AxisSelection] = []
            var coordinates: [[Int]] = []
            for extent in Self.shape {
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    axes.append(.whole)
                    coordinates.append(Array(0..<extent))
                case 1:
                    let lower = Int.random(in: 0...extent, using: &random)
                    let upper = Int.random(in: lower...extent, using: &random)
                    let stride = Int.random(in: 1...7, using: &random)
                    axes.append(.range(lower: lower, upper: upper, stride: stride))
                    coordinates.append(
                        Array(stride == 0 ? [] : Array(Swift.stride(from: lower, to: upper, by: stride))))
                case 2:
                    let list = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                        Int.random(in: 0..<extent, using: &random)
                    }
                    axes.append(.indices(list))
                    coordinates.append(list)
                default:
                    let block = Int.random(in: 1...3, using: &random)
                    let stride = block + Int.random(in: 0...4, using: &random)
                    let start = Int.random(in: 0...(extent - block), using: &random)
                    let count = (extent - start - block) / stride + 1
                    axes.append(.pattern(start: start, stride: stride, count: count, block: block))
                    coordinates.append(
                        (0..<count).flatMap { number in (0..<block).map { start + number * stride + $0 } })
                }
            }
            for dataset in datasets {
                let found = try dataset.read(as: Int32.self, .axes(axes))
                #expect(found.elements == expected(coordinates), "\(axes)")
                #expect(
                    try dataset.read(as: Double.self, .axes(axes)).elements == expected(coordinates).map(Double.init))
            }
        }
    }

    @Test("elements are read into memory of the caller")
    func intoBuffer() throws {
        for dataset in try datasets() {
            var buffer = [Int32](repeating: -1, count: 19 * 23)
            try dataset.read(into: &buffer, [4, .all, .all])
            #expect(buffer == expected([[4], Array(0..<19), Array(0..<23)]))
            var short = [Int32](repeating: -1, count: 3)
            #expect(throws: H5Error.self) { try dataset.read(into: &short, [4, .all, .all]) }
        }
    }

    @Test(
        "a selection outside the shape says which axis",
        arguments: [
            [17, .all, .all] as H5Selection, [0..<18, .all, .all], [.all, .all], [.at([0, 23]), 0, 0], [0, 0, -24],
            .points([[0, 0, 23]]), .hyperslab(H5Hyperslab(start: [0, 0, 0], count: [18, 1, 1])), [.every(0), 0, 0],
            .blocks([H5Block(start: [0, 0, 0], end: [17, 0, 0])]),
        ])
    func outside(_ selection: H5Selection) throws {
        let dataset = try #require(try datasets().first)
        let error = #expect(throws: H5Error.self) { try dataset.read(as: Int32.self, selection) }
        #expect(error?.code == .selection)
    }
}
