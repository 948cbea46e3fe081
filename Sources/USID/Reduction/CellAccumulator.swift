import HDF5
import RealModule

/// The cells of one strip while rows come in.
protocol CellAccumulator: Sendable {
    associatedtype Value: Sendable

    /// Adds a row; `row` is the number of its cell within the strip.
    mutating func add(_ values: Span<Value>, toRow row: Int, _ strip: ReductionStrip)
    /// Adds what another share of the rows gave.
    mutating func merge(_ other: Self, _ strip: ReductionStrip)
    /// The results, row-major by cells.
    mutating func results(_ strip: ReductionStrip) throws -> [Value]
}

/// Numbers that sums are made of.
protocol Summable: AdditiveArithmetic, Sendable {
    var isFinite: Bool { get }
    func divided(by count: Int) -> Self
}

extension Double: Summable {
    func divided(by count: Int) -> Double { self / Double(count) }
}

extension Complex<Double>: Summable {
    func divided(by count: Int) -> Complex<Double> {
        let (real, imaginary) = rawStorage
        return Complex(real / Double(count), imaginary / Double(count))
    }
}

/// Sums, with what rounding takes away kept aside: as exact as twice the precision, in any order of magnitudes.
struct SumCells<Value: Summable>: CellAccumulator {
    private var sums: [Value]
    private var errors: [Value]
    private let isMean: Bool

    init(_ strip: ReductionStrip, isMean: Bool) {
        sums = [Value](repeating: .zero, count: strip.count)
        errors = sums
        self.isMean = isMean
    }

    /// Adds a number; what the sum cannot hold goes to the error.
    @inline(__always)
    private static func add(_ value: Value, to sum: inout Value, _ error: inout Value) {
        let total = sum + value
        let part = total - sum
        error += (sum - (total - part)) + (value - part)
        sum = total
    }

    mutating func add(_ values: Span<Value>, toRow row: Int, _ strip: ReductionStrip) {
        Self.add(values, at: row &* strip.columnCells.count, strip, to: &sums, &errors)
    }

    /// Each array comes on its own, as two spans of one structure cannot be changed at a time.
    private static func add(
        _ values: Span<Value>, at base: Int, _ strip: ReductionStrip, to sums: inout [Value], _ errors: inout [Value]
    ) {
        let count = strip.columnCells.count
        var sums = sums.mutableSpan
        var errors = errors.mutableSpan
        if let first = strip.contiguousStart {
            for cell in 0..<count { add(values[first &+ cell], to: &sums[base &+ cell], &errors[base &+ cell]) }
            return
        }
        let places = strip.places.span
        let starts = strip.starts.span
        for cell in 0..<count {
            var (sum, error) = (sums[base &+ cell], errors[base &+ cell])
            for place in starts[cell]..<starts[cell &+ 1] { add(values[places[place]], to: &sum, &error) }
            (sums[base &+ cell], errors[base &+ cell]) = (sum, error)
        }
    }

    mutating func merge(_ other: Self, _ strip: ReductionStrip) {
        for cell in sums.indices {
            Self.add(other.sums[cell], to: &sums[cell], &errors[cell])
            errors[cell] += other.errors[cell]
        }
    }

    mutating func results(_ strip: ReductionStrip) -> [Value] {
        let width = strip.columnCells.count
        return sums.indices.map { cell in
            // Infinities make an error that is no number.
            let exact = sums[cell] + errors[cell]
            let sum = exact.isFinite ? exact : sums[cell]
            guard isMean else { return sum }
            let column = cell % width
            return sum.divided(by: strip.rowCounts[cell / width] * (strip.starts[column + 1] - strip.starts[column]))
        }
    }
}

/// Means and sums of squared distances from them, each kept right from row to row (Welford; Chan for several columns).
struct SpreadCells: CellAccumulator {
    private var means: [Double]
    private var squares: [Double]
    /// The number of rows of each cell of rows so far.
    private var seen: [Int]

    init(_ strip: ReductionStrip) {
        means = [Double](repeating: 0, count: strip.count)
        squares = means
        seen = [Int](repeating: 0, count: strip.rowCells.count)
    }

    mutating func add(_ values: Span<Double>, toRow row: Int, _ strip: ReductionStrip) {
        seen[row] += 1
        Self.add(
            values, at: row &* strip.columnCells.count, strip, rows: Double(seen[row]), to: &means, &squares)
    }

    private static func add(
        _ values: Span<Double>, at base: Int, _ strip: ReductionStrip, rows: Double, to means: inout [Double],
        _ squares: inout [Double]
    ) {
        let count = strip.columnCells.count
        var means = means.mutableSpan
        var squares = squares.mutableSpan
        if let first = strip.contiguousStart {
            for cell in 0..<count {
                let value = values[first &+ cell]
                let distance = value - means[base &+ cell]
                means[base &+ cell] += distance / rows
                squares[base &+ cell] += distance * (value - means[base &+ cell])
            }
            return
        }
        let places = strip.places.span
        let starts = strip.starts.span
        for cell in 0..<count {
            let range = starts[cell]..<starts[cell &+ 1]
            let columns = Double(range.count)
            var sum = 0.0
            for place in range { sum += values[places[place]] }
            let mean = sum / columns
            var square = 0.0
            for place in range {
                let distance = values[places[place]] - mean
                square += distance * distance
            }
            merge(mean, square, columns, into: &means[base &+ cell], &squares[base &+ cell], (rows - 1) * columns)
        }
    }

    @inline(__always)
    private static func merge(
        _ mean: Double, _ square: Double, _ count: Double, into target: inout Double, _ targetSquare: inout Double,
        _ targetCount: Double
    ) {
        let total = count + targetCount
        let distance = mean - target
        target += distance * (count / total)
        targetSquare += square + distance * distance * (count * targetCount / total)
    }

    mutating func merge(_ other: Self, _ strip: ReductionStrip) {
        let width = strip.columnCells.count
        for row in seen.indices where other.seen[row] > 0 {
            for column in 0..<width {
                let columns = Double(strip.starts[column + 1] - strip.starts[column])
                let cell = row * width + column
                Self.merge(
                    other.means[cell], other.squares[cell], Double(other.seen[row]) * columns, into: &means[cell],
                    &squares[cell], Double(seen[row]) * columns)
            }
            seen[row] += other.seen[row]
        }
    }

    mutating func results(_ strip: ReductionStrip) -> [Double] {
        let width = strip.columnCells.count
        return squares.indices.map { cell in
            let column = cell % width
            let count = strip.rowCounts[cell / width] * (strip.starts[column + 1] - strip.starts[column])
            return (squares[cell] / Double(count)).squareRoot()
        }
    }
}

/// The smallest or the largest values.
struct ExtremeCells: CellAccumulator {
    private var found: [Double]
    private let isMinimum: Bool

    init(_ strip: ReductionStrip, isMinimum: Bool) {
        found = [Double](repeating: isMinimum ? .infinity : -.infinity, count: strip.count)
        self.isMinimum = isMinimum
    }

    /// The one of two values that counts: NaN before all others.
    @inline(__always)
    private static func better(_ value: Double, _ best: Double, _ isMinimum: Bool) -> Double {
        (isMinimum ? value < best : value > best) || value.isNaN ? value : best
    }

    mutating func add(_ values: Span<Double>, toRow row: Int, _ strip: ReductionStrip) {
        let count = strip.columnCells.count
        let base = row &* count
        let isMinimum = isMinimum
        var found = found.mutableSpan
        if let first = strip.contiguousStart {
            for cell in 0..<count {
                found[base &+ cell] = Self.better(values[first &+ cell], found[base &+ cell], isMinimum)
            }
            return
        }
        let places = strip.places.span
        let starts = strip.starts.span
        for cell in 0..<count {
            var best = found[base &+ cell]
            for place in starts[cell]..<starts[cell &+ 1] {
                best = Self.better(values[places[place]], best, isMinimum)
            }
            found[base &+ cell] = best
        }
    }

    mutating func merge(_ other: Self, _ strip: ReductionStrip) {
        for cell in found.indices { found[cell] = Self.better(other.found[cell], found[cell], isMinimum) }
    }

    mutating func results(_ strip: ReductionStrip) -> [Double] { found }
}
