import Testing

@testable import USID

@Suite("Index matrices")
struct IndexMatrixTests {
    private func matrix(_ points: [[Int]]) throws -> IndexMatrix {
        try IndexMatrix(
            points.flatMap { $0.map(Int64.init) }, pointCount: points.count, dimensionCount: points.first?.count ?? 0,
            pointsAreRows: true)
    }

    @Test("the order of a complete raster is found whatever the order of the columns", arguments: 0..<60)
    func orderOfRasters(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let grid = RandomGrid(using: &generator, minimumSize: 2)
        for rows in [true, false] {
            let matrix = try grid.matrix(pointsAreRows: rows)
            #expect(matrix.fastestFirst == grid.fastestFirst)
            #expect(matrix.sizes == grid.sizes)
            #expect(matrix.scanOrder == .raster)
            #expect(matrix.problem == nil)
            #expect(Array(matrix.cells()) == grid.points.map(grid.cell))
        }
    }

    @Test("a serpentine scan is told from a raster and has the same order of dimensions", arguments: 0..<60)
    func serpentine(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let grid = RandomGrid(using: &generator, minimumSize: 2)
        let matrix = try grid.serpentine().matrix()
        #expect(matrix.scanOrder == (grid.sizes.count > 1 ? .serpentine : .raster))
        #expect(matrix.fastestFirst == grid.fastestFirst)
        #expect(matrix.problem == nil)
    }

    @Test("a serpentine scan that starts every frame in the same corner is one too")
    func serpentineFrames() throws {
        var points: [[Int]] = []
        for z in 0..<3 { for y in 0..<3 { for x in 0..<4 { points.append([y % 2 == 0 ? x : 3 - x, y, z]) } } }
        #expect(try matrix(points).scanOrder == .serpentine)
    }

    @Test("shuffled points are in no order but complete", arguments: 0..<40)
    func shuffled(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var grid = RandomGrid(sizes: [3, 4, 2], fastestFirst: [0, 1, 2])
        grid.points.shuffle(using: &generator)
        let matrix = try grid.matrix()
        #expect(matrix.scanOrder == .other)
        #expect(matrix.problem == nil)
        #expect(Array(matrix.cells()) == grid.points.map(grid.cell))
    }

    @Test("dimensions of size one keep their place behind those that move")
    func sizeOne() throws {
        let matrix = try matrix((0..<4).map { [0, $0 / 2, 0, $0 % 2] })
        #expect(matrix.fastestFirst == [3, 1, 0, 2])
        #expect(matrix.scanOrder == .raster)
    }

    @Test("ties keep the order of the file")
    func ties() throws {
        #expect(try matrix((0..<8).map { [$0, $0, $0] }).fastestFirst == [0, 1, 2])
        #expect(try matrix([[7, 7]]).fastestFirst == [0, 1])
        #expect(try matrix([[7, 7]]).scanOrder == .single)
    }

    @Test("the smallest serpentine is not mistaken because of the wrap from the last point to the first")
    func smallestSerpentine() throws {
        // Counting with the wrap alone, both columns change twice.
        let matrix = try matrix([[0, 0], [0, 1], [1, 1], [1, 0]])
        #expect(matrix.fastestFirst == [1, 0])
        #expect(matrix.scanOrder == .serpentine)
    }

    @Test("a reversed raster is regular but no raster")
    func reversed() throws {
        #expect(try matrix((0..<15).reversed().map { [$0 % 5, $0 / 5] }).scanOrder == .other)
        #expect(try matrix((0..<5).reversed().map { [$0] }).scanOrder == .other)
    }

    @Test("ranks stand for offsets, steps, gaps and negative or enormous indices")
    func ranks() throws {
        let stored: [[Int64]] = [[4, -3, .max, 5], [0, -1, .min, 7], [8, 2, 0, 5], [0, -3, .max, 9]]
        let matrix = try IndexMatrix(stored.flatMap { $0 }, pointCount: 4, dimensionCount: 4, pointsAreRows: true)
        #expect(matrix.columns.map(\.ranks) == [[1, 0, 2, 0], [0, 1, 2, 0], [2, 0, 1, 2], [0, 1, 0, 2]])
        #expect(matrix.columns.map(\.step) == [4, nil, nil, 2])
        #expect(matrix.columns.map(\.isCountedFromZero) == [false, false, false, false])
        #expect(matrix.columns.map(\.firstIndex) == [0, -3, .min, 5])
    }

    @Test("a matrix that its elements do not fill is refused")
    func wrongCount() {
        #expect(throws: USIDError.self) {
            try IndexMatrix([UInt32](repeating: 0, count: 5), pointCount: 3, dimensionCount: 2, pointsAreRows: true)
        }
        #expect(throws: USIDError.self) {
            try IndexMatrix([UInt32](), pointCount: .max, dimensionCount: 2, pointsAreRows: true)
        }
    }

    @Test("no points are no problem")
    func empty() throws {
        let matrix = try IndexMatrix([UInt32](), pointCount: 0, dimensionCount: 2, pointsAreRows: true)
        #expect(matrix.sizes == [0, 0])
        #expect(matrix.scanOrder == .single)
        #expect(matrix.problem == nil)
    }
}

@Suite("Grids with problems")
struct GridProblemTests {
    private func problem(_ points: [[Int]]) throws -> GridProblem? {
        try IndexMatrix(
            points.flatMap { $0.map(Int64.init) }, pointCount: points.count, dimensionCount: points[0].count,
            pointsAreRows: true
        ).problem
    }

    @Test("removing points from a complete grid leaves missing cells", arguments: 0..<40)
    func missing(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var grid = RandomGrid(sizes: [3, 4, 3], fastestFirst: [2, 0, 1])
        grid.points.shuffle(using: &generator)
        // Less than a third: every index of every dimension still occurs and no dimension follows from the others.
        let removed = Int.random(in: 1...2, using: &generator)
        grid.points.removeLast(removed)
        let problem = try #require(try grid.matrix().problem)
        #expect(problem.kind == .missing)
        #expect(problem.missingCount == removed)
    }

    @Test("repeating points gives duplicates and says which", arguments: 0..<40)
    func duplicates(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var grid = RandomGrid(sizes: [3, 4], fastestFirst: [0, 1])
        let source = Int.random(in: 0..<11, using: &generator)
        let target = Int.random(in: (source + 1)..<12, using: &generator)
        grid.points[target] = grid.points[source]
        let problem = try #require(try grid.matrix().problem)
        #expect(problem.kind == .duplicates(count: 1, first: [.init(first: source, second: target)]))
    }

    @Test("a grid gone through twice is all duplicates")
    func twice() throws {
        let grid = RandomGrid(sizes: [3, 2], fastestFirst: [0, 1])
        let problem = try #require(try problem(grid.points + grid.points))
        #expect(problem.filledCount == 6)
        guard case .duplicates(6, let first) = problem.kind else {
            Issue.record("\(problem.kind)")
            return
        }
        #expect(first.map(\.first) == [0, 1, 2])
        #expect(first.map(\.second) == [6, 7, 8])
    }

    @Test("a raster that ends early is aborted", arguments: 6..<15)
    func aborted(count: Int) throws {
        let grid = RandomGrid(sizes: [5, 3], fastestFirst: [0, 1])
        let problem = try problem(Array(grid.points.prefix(count)))
        if count % 5 == 0 {
            #expect(problem == nil)
        } else {
            #expect(problem?.kind == .aborted)
            #expect(problem?.missingCount == (count + 4) / 5 * 5 - count)
        }
    }

    @Test("points that share no index are sparse, also in any order")
    func sparse() throws {
        #expect(try problem((0..<8).map { [$0, $0, $0] })?.kind == .sparse)
        #expect(try problem([[0, 2], [1, 0], [2, 1]])?.kind == .sparse)
    }

    @Test("a dimension that follows from others is found")
    func dependent() throws {
        // Time, field (a function of time), bias.
        let points = (0..<3).flatMap { bias in (0..<5).map { time in [time, time < 2 ? 0 : 1, bias] } }
        #expect(try problem(points)?.kind == .dependent([1]))
        // Two that follow.
        let more = (0..<3).flatMap { bias in (0..<6).map { time in [time / 3, time, time % 2, bias] } }
        #expect(try problem(more)?.kind == .dependent([0, 2]))
    }

    @Test("grids beyond counting are handled")
    func enormous() throws {
        // 40 dimensions of 8 indices have 2¹²⁰ cells.
        let points = (0..<8).map { [Int](repeating: $0, count: 40) }
        let problem = try #require(try problem(points))
        #expect(problem.cellCount == nil)
        #expect(problem.filledCount == 8)
        let twice = try #require(try self.problem(points + points))
        guard case .duplicates(8, _) = twice.kind else {
            Issue.record("\(twice.kind)")
            return
        }
    }
}
