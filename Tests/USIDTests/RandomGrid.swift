@testable import USID

/// A small generator with a seed, so that every run tests the same grids.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

/// The indices of a grid, point by point, dimensions in the order of the "file".
struct RandomGrid {
    var sizes: [Int]
    /// The dimensions from the fastest to the slowest.
    var fastestFirst: [Int]
    var points: [[Int]]

    /// A complete raster of given sizes.
    init(sizes: [Int], fastestFirst: [Int]) {
        self.sizes = sizes
        self.fastestFirst = fastestFirst
        let count = sizes.reduce(1, *)
        points = (0..<count).map { number in
            var rest = number
            var point = [Int](repeating: 0, count: sizes.count)
            for dimension in fastestFirst {
                point[dimension] = rest % sizes[dimension]
                rest /= sizes[dimension]
            }
            return point
        }
    }

    /// A complete raster of one to four dimensions in any order.
    init(using generator: inout SeededGenerator, minimumSize: Int = 1) {
        let dimensions = Int.random(in: 1...4, using: &generator)
        self.init(
            sizes: (0..<dimensions).map { _ in Int.random(in: minimumSize...5, using: &generator) },
            fastestFirst: (0..<dimensions).shuffled(using: &generator))
    }

    /// The same grid scanned back and forth: a dimension turns whenever the next slower one steps.
    func serpentine() -> RandomGrid {
        var grid = self
        grid.points = points.enumerated().map { number, point in
            var turned = point
            var block = 1
            for dimension in fastestFirst {
                block *= sizes[dimension]
                if number / block % 2 == 1 { turned[dimension] = sizes[dimension] - 1 - point[dimension] }
            }
            return turned
        }
        return grid
    }

    func matrix(pointsAreRows: Bool = true) throws -> IndexMatrix {
        let flat =
            pointsAreRows
            ? points.flatMap { $0.map(UInt32.init) }
            : sizes.indices.flatMap { dimension in points.map { UInt32($0[dimension]) } }
        return try IndexMatrix(
            flat, pointCount: points.count, dimensionCount: sizes.count, pointsAreRows: pointsAreRows)
    }

    /// The row-major number of a cell, first dimension slowest.
    func cell(_ point: [Int]) -> Int { zip(point, sizes).reduce(0) { $0 * $1.1 + $1.0 } }
}
