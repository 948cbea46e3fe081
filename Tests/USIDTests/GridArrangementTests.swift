import HDF5
import Testing

@testable import USID

@Suite("Arranging data in N dimensions")
struct GridArrangementTests {
    /// The same by looking every cell up one by one.
    private func lookedUp(_ rows: RandomGrid, _ columns: RandomGrid, _ source: [Int]) -> [Int] {
        var result = [Int](repeating: -1, count: source.count)
        let width = columns.points.count
        for (row, position) in rows.points.enumerated() {
            for (column, point) in columns.points.enumerated() {
                result[rows.cell(position) * width + columns.cell(point)] = source[row * width + column]
            }
        }
        return result
    }

    private func check(_ rows: RandomGrid, _ columns: RandomGrid) throws {
        let source = Array(0..<rows.points.count * columns.points.count)
        let arrangement = GridArrangement(rows: try rows.matrix(), columns: try columns.matrix(pointsAreRows: false))
        #expect(arrangement.shape == rows.sizes + columns.sizes)
        #expect(arrangement.arrange(source) == lookedUp(rows, columns, source))
    }

    @Test("rasters with columns in any order", arguments: 0..<80)
    func rasters(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        try check(RandomGrid(using: &generator), RandomGrid(using: &generator))
    }

    @Test("serpentine scans on either side", arguments: 0..<60)
    func serpentine(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let (rows, columns) = (RandomGrid(using: &generator), RandomGrid(using: &generator))
        try check(rows.serpentine(), columns)
        try check(rows, columns.serpentine())
        try check(rows.serpentine(), columns.serpentine())
    }

    @Test("shuffled points on either side", arguments: 0..<60)
    func shuffled(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var (rows, columns) = (RandomGrid(using: &generator), RandomGrid(using: &generator))
        rows.points.shuffle(using: &generator)
        try check(rows, columns)
        columns.points.shuffle(using: &generator)
        try check(rows, columns)
    }

    @Test("large axes, whose squares do not divide them")
    func largeAxes() throws {
        try check(
            RandomGrid(sizes: [37, 41], fastestFirst: [0, 1]), RandomGrid(sizes: [1, 3, 2], fastestFirst: [1, 2, 0]))
        try check(RandomGrid(sizes: [70, 33], fastestFirst: [0, 1]), RandomGrid(sizes: [1], fastestFirst: [0]))
    }

    @Test("no elements and one element stay as they are")
    func tiny() throws {
        let one = RandomGrid(sizes: [1, 1], fastestFirst: [0, 1])
        try check(one, one)
        let none = try IndexMatrix([UInt32](), pointCount: 0, dimensionCount: 1, pointsAreRows: true)
        #expect(GridArrangement(rows: none, columns: try one.matrix()).arrange([Int]()) == [])
    }
}

@Suite("Choosing points by indices")
struct GridSliceTests {
    @Test("complete grids give every chosen cell in the order asked for", arguments: 0..<80)
    func completeGrids(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var grid = RandomGrid(using: &generator)
        if seed % 2 == 0 { grid.points.shuffle(using: &generator) }
        let chosen = grid.sizes.map { size -> ChosenIndices? in
            guard Bool.random(using: &generator) else { return nil }
            let count = Int.random(in: 1...(size + 1), using: &generator)
            let indices = (0..<count).map { _ in Int.random(in: 0..<size, using: &generator) }
            return ChosenIndices(indices: indices, dropsAxis: count == 1 && Bool.random(using: &generator))
        }
        let slice = GridSlice(try grid.matrix(), chosen: chosen)
        let kept = chosen.indices.filter { chosen[$0]?.dropsAxis != true }
        #expect(slice.keptAxes == kept)
        let asked = zip(chosen, grid.sizes).map { $0?.indices ?? Array(0..<$1) }
        #expect(slice.shape == kept.map { asked[$0].count })
        var cells: [[Int]] = [[]]
        for indices in asked { cells = cells.flatMap { cell in indices.map { cell + [$0] } } }
        let expected = cells.map { cell in grid.points.firstIndex(of: cell) ?? -1 }
        switch try #require(slice.cellPoints) {
        case .all: #expect(expected == Array(grid.points.indices))
        case .some(let points): #expect(points == expected)
        }
    }

    @Test("incomplete grids give the matching points, and cells only where these are complete")
    func incompleteGrids() throws {
        var grid = RandomGrid(sizes: [4, 3], fastestFirst: [0, 1])
        grid.points.removeLast(2)
        let matrix = try grid.matrix()
        let whole = GridSlice(matrix, chosen: [nil, nil])
        #expect(whole.cellPoints == nil)
        #expect(whole.points == .some(Array(0..<10)))
        let complete = GridSlice(matrix, chosen: [nil, ChosenIndices(indices: [1, 0], dropsAxis: false)])
        #expect(complete.points == .some(Array(0..<8)))
        // Cells in the order of the file: x slowest, then y as asked for.
        #expect(complete.cellPoints == .some([4, 0, 5, 1, 6, 2, 7, 3]))
        let ragged = GridSlice(matrix, chosen: [ChosenIndices(indices: [1, 2], dropsAxis: false), nil])
        #expect(ragged.cellPoints == nil)
        #expect(ragged.points == .some([1, 2, 5, 6, 9]))
    }

    @Test("points are read once, in ascending order, by the shortest selection")
    func readings() {
        func check(_ points: USIDPoints, _ selection: H5AxisSelection, _ count: Int, _ order: [Int]?) {
            let reading = PointReading(points, extent: 9)
            #expect(reading.selection == selection)
            #expect(reading.count == count)
            #expect(reading.order == order)
        }
        check(.all, .whole, 9, nil)
        check(.some([3]), .range(lower: 3, upper: 4, stride: 1), 1, nil)
        check(.some([1, 4, 7]), .range(lower: 1, upper: 8, stride: 3), 3, nil)
        check(.some([1, 2, 7]), .indices([1, 2, 7]), 3, nil)
        check(.some([7, 4, 1]), .range(lower: 1, upper: 8, stride: 3), 3, [2, 1, 0])
        check(.some([5, 5, 0]), .range(lower: 0, upper: 6, stride: 5), 2, [1, 1, 0])
        check(.some([]), .range(lower: 0, upper: 0, stride: 1), 0, nil)
    }
}
