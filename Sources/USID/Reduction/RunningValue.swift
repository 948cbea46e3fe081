import HDF5
import RealModule

/// What is known of one cell while its values come in.
protocol RunningValue: Sendable {
    associatedtype Value: Sendable

    /// Before the first value.
    init()
    /// Adds a value.
    mutating func add(_ value: Value)
    /// Adds several values of one row, by their places.
    mutating func add<Input: ReductionInput>(_ row: Span<Input>, at places: Span<Int>) where Input.Value == Value
    /// Adds what another share of the values gave.
    mutating func merge(_ other: Self)
}

extension RunningValue {
    @inline(__always)
    mutating func add<Input: ReductionInput>(_ row: Span<Input>, at places: Span<Int>) where Input.Value == Value {
        for place in 0..<places.count { add(row[places[place]].workingValue) }
    }
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

/// A sum, with what rounding takes away kept aside: as exact as twice the precision, in any order of magnitudes.
struct RunningSum<Value: Summable>: RunningValue {
    private var sum = Value.zero
    private var error = Value.zero

    /// Adds a number; what the sum cannot hold goes to the error.
    @inline(__always)
    mutating func add(_ value: Value) {
        let total = sum + value
        let part = total - sum
        error += (sum - (total - part)) + (value - part)
        sum = total
    }

    mutating func merge(_ other: Self) {
        add(other.sum)
        error += other.error
    }

    /// The sum.
    var value: Value {
        // Infinities make an error that is no number.
        let exact = sum + error
        return exact.isFinite ? exact : sum
    }
}

/// A mean and the sum of squared distances from it, both kept right from value to value (Welford; Chan for several).
struct RunningSpread: RunningValue {
    private var mean = 0.0
    private var squares = 0.0
    private var count = 0.0

    @inline(__always)
    mutating func add(_ value: Double) {
        count += 1
        let distance = value - mean
        mean += distance / count
        squares += distance * (value - mean)
    }

    mutating func add<Input: ReductionInput>(_ row: Span<Input>, at places: Span<Int>) where Input.Value == Double {
        guard places.count > 1 else {
            if places.count == 1 { add(row[places[0]].workingValue) }
            return
        }
        // One division for all of them.
        var sum = 0.0
        for place in 0..<places.count { sum += row[places[place]].workingValue }
        var several = RunningSpread()
        several.count = Double(places.count)
        several.mean = sum / several.count
        for place in 0..<places.count {
            let distance = row[places[place]].workingValue - several.mean
            several.squares += distance * distance
        }
        merge(several)
    }

    @inline(__always)
    mutating func merge(_ other: Self) {
        guard other.count > 0 else { return }
        let total = count + other.count
        let distance = other.mean - mean
        mean += distance * (other.count / total)
        squares += other.squares + distance * distance * (other.count * count / total)
        count = total
    }

    /// The standard deviation.
    var value: Double { (squares / count).squareRoot() }
}

/// The smallest value; NaN where there is one.
struct RunningMinimum: RunningValue {
    private(set) var value = Double.infinity

    @inline(__always)
    mutating func add(_ other: Double) { value = other < value || other.isNaN ? other : value }

    mutating func merge(_ other: Self) { add(other.value) }
}

/// The largest value; NaN where there is one.
struct RunningMaximum: RunningValue {
    private(set) var value = -Double.infinity

    @inline(__always)
    mutating func add(_ other: Double) { value = other > value || other.isNaN ? other : value }

    mutating func merge(_ other: Self) { add(other.value) }
}
