import RealModule
import Testing

@testable import USIDProcessing

@Suite struct FourierTransformTests {
    struct Bin: Sendable {
        let index: Int
        let real: Double
        let imaginary: Double
    }

    /// The expected bins of a kind by length.
    static func bins(_ kind: String) throws -> [Int: [Bin]] {
        var table: [Int: [Bin]] = [:]
        for line in try vectorLines("fourier.txt") where line[1] == kind {
            let length = try #require(Int(line[0]))
            table[length, default: []].append(
                Bin(
                    index: try #require(Int(line[2])), real: try #require(Double(line[3])),
                    imaginary: try #require(Double(line[4]))))
        }
        return table
    }

    /// Complex samples; the lanes hold multiples 1, −2, 4, 0.5 of the same numbers (exact).
    static func samples<Scalar: FourierScalar>(_ length: Int, _ type: Scalar.Type) -> [ComplexLanes<Scalar>] {
        var generator = SampleGenerator(state: UInt32(length))
        return (0..<length).map { _ in
            let (x, y) = (Scalar(generator.next()), Scalar(generator.next()))
            return ComplexLanes(
                real: Scalar.lanes(x, -2 * x, 4 * x, x / 2), imaginary: Scalar.lanes(y, -2 * y, 4 * y, y / 2))
        }
    }

    static let multiples = [1.0, -2, 4, 0.5]

    static func value<Scalar: FourierScalar>(_ lanes: ComplexLanes<Scalar>, _ lane: Int) -> (Double, Double) {
        (Double(Scalar.lane(lane, of: lanes.real)), Double(Scalar.lane(lane, of: lanes.imaginary)))
    }

    /// The largest error of the bins in all lanes, relative to the root mean square of a spectrum of n samples.
    static func worstError<Scalar: FourierScalar>(
        _ spectrum: [ComplexLanes<Scalar>], _ bins: [Bin], length: Int
    ) -> Double {
        let scale = (Double(length) * 2 / 3).squareRoot()
        var worst = 0.0
        for bin in bins {
            for lane in 0..<4 {
                let (real, imaginary) = value(spectrum[bin.index], lane)
                let error = Double.hypot(
                    real / multiples[lane] - bin.real, imaginary / multiples[lane] - bin.imaginary)
                worst = error.isNaN ? .infinity : max(worst, error / scale)
            }
        }
        return worst
    }

    func checkComplex<Scalar: FourierScalar>(_ type: Scalar.Type, tolerance: Double) throws {
        for (length, bins) in try Self.bins("c") {
            let transform = try FourierTransform<Scalar>(length: length)
            var workspace = transform.makeWorkspace()
            var values = Self.samples(length, type)
            transform.forward(&values, &workspace)
            let error = Self.worstError(values, bins, length: length)
            #expect(error <= tolerance * Double.log2(Double(2 * length)), "length \(length)")
        }
    }

    @Test func complexSpectraAgreeWithSciPyInDouble() throws { try checkComplex(Double.self, tolerance: 2e-16) }
    @Test func complexSpectraAgreeWithSciPyInFloat() throws { try checkComplex(Float.self, tolerance: 1e-7) }

    func checkReal<Scalar: FourierScalar>(_ type: Scalar.Type, tolerance: Double) throws {
        for (length, bins) in try Self.bins("r") {
            let transform = try RealFourierTransform<Scalar>(length: length)
            var workspace = transform.makeWorkspace()
            let samples = Self.samples(length, type)
            let rows = (0..<4).flatMap { lane in samples.map { Scalar.lane(lane, of: $0.real) } }
            transform.load(rows.span, from: 0, into: &workspace)
            transform.forward(&workspace)
            let error = Self.worstError(workspace.spectrum, bins, length: length)
            #expect(error <= tolerance * Double.log2(Double(2 * length)), "length \(length)")
        }
    }

    @Test func halfSpectraAgreeWithSciPyInDouble() throws { try checkReal(Double.self, tolerance: 2e-16) }
    @Test func halfSpectraAgreeWithSciPyInFloat() throws { try checkReal(Float.self, tolerance: 1e-7) }

    static let randomLengths: [Int] = {
        var generator = SampleGenerator(state: 2026)
        return (0..<24).map { _ in generator.next(in: 1...700) } + [1, 2, 3, 961, 1013]
    }()

    @Test(arguments: randomLengths)
    func inverseUndoesForward(length: Int) throws {
        let transform = try FourierTransform<Double>(length: length)
        var workspace = transform.makeWorkspace()
        let samples = Self.samples(length, Double.self)
        var values = samples
        transform.forward(&values, &workspace)
        transform.inverse(&values, &workspace)
        for (value, sample) in zip(values, samples) {
            #expect((value - sample).squaredLength.max() < 1e-26)
        }
    }

    @Test(arguments: randomLengths)
    func spectraHaveTheEnergyOfTheirSignals(length: Int) throws {
        let transform = try FourierTransform<Double>(length: length)
        var workspace = transform.makeWorkspace()
        let samples = Self.samples(length, Double.self)
        var values = samples
        transform.forward(&values, &workspace)
        let energy = samples.reduce(SIMD4<Double>.zero) { $0 + $1.squaredLength }
        let spectral = values.reduce(SIMD4<Double>.zero) { $0 + $1.squaredLength } / Double(length)
        for lane in 0..<4 { #expect(abs(spectral[lane] / energy[lane] - 1) < 1e-13) }
    }

    @Test(arguments: randomLengths)
    func spectrumOfASumIsTheSumOfSpectra(length: Int) throws {
        let transform = try FourierTransform<Double>(length: length)
        var workspace = transform.makeWorkspace()
        let a = Self.samples(length, Double.self)
        let b = Array(Self.samples(length, Double.self).map { $0.conjugate.scaled(by: 0.75) }.reversed())
        var (spectrumA, spectrumB, spectrumOfSum) = (a, b, zip(a, b).map { $0 + $1 })
        transform.forward(&spectrumA, &workspace)
        transform.forward(&spectrumB, &workspace)
        transform.forward(&spectrumOfSum, &workspace)
        for k in 0..<length {
            let difference = spectrumOfSum[k] - (spectrumA[k] + spectrumB[k])
            #expect(difference.squaredLength.max() < 1e-22 * Double(length))
        }
    }

    @Test(arguments: randomLengths)
    func shiftTurnsEveryBin(length: Int) throws {
        let transform = try FourierTransform<Double>(length: length)
        var workspace = transform.makeWorkspace()
        let samples = Self.samples(length, Double.self)
        let shift = length / 3 + 1
        var spectrum = samples
        var shifted = (0..<length).map { samples[($0 + shift) % length] }
        transform.forward(&spectrum, &workspace)
        transform.forward(&shifted, &workspace)
        for k in 0..<length {
            let difference = spectrum[k].rotated(by: UnitRoot(-k * shift, of: length)) - shifted[k]
            #expect(difference.squaredLength.max() < 1e-22 * Double(length))
        }
    }

    @Test(arguments: randomLengths)
    func realRowsComeBack(length: Int) throws {
        let transform = try RealFourierTransform<Float>(length: length)
        var workspace = transform.makeWorkspace()
        var generator = SampleGenerator(state: UInt32(length))
        let rows = (0..<length * 7).map { _ in Float(generator.next()) }
        var results = [Float](repeating: .nan, count: rows.count)
        var output = results.mutableSpan
        for row in stride(from: 0, to: 7, by: 4) {
            transform.load(rows.span, from: row, into: &workspace)
            transform.forward(&workspace)
            transform.inverse(&workspace)
            transform.store(workspace, to: row, of: &output)
        }
        for (result, sample) in zip(results, rows) { #expect(abs(result - sample) < 1.5e-6) }
    }

    @Test(arguments: [12, 17, 64, 74, 95])
    func aRowDoesNotFeelItsNeighbours(length: Int) throws {
        let transform = try RealFourierTransform<Float>(length: length)
        var workspace = transform.makeWorkspace()
        var generator = SampleGenerator(state: 5)
        let row = (0..<length).map { _ in Float(generator.next()) }
        let wild: [Float] = [.nan, .infinity, 3e38, .leastNonzeroMagnitude]
        func spectrum(place: Int, others: Float) -> [Float] {
            var rows = [Float](repeating: others, count: 4 * length)
            rows.replaceSubrange(place * length..<(place + 1) * length, with: row)
            transform.load(rows.span, from: 0, into: &workspace)
            transform.forward(&workspace)
            return workspace.spectrum.flatMap { [$0.real[place], $0.imaginary[place]] }
        }
        transform.load(row.span, from: 0, into: &workspace)
        transform.forward(&workspace)
        let alone = workspace.spectrum.flatMap { [$0.real[0], $0.imaginary[0]] }
        for place in 0..<4 {
            for others in wild {
                #expect(spectrum(place: place, others: others).map(\.bitPattern) == alone.map(\.bitPattern))
            }
        }
    }

    @Test func lengthsBelowOneAreRefused() {
        #expect(throws: FourierTransformError.length(0)) { try FourierTransform<Float>(length: 0) }
        #expect(throws: FourierTransformError.length(-4)) { try RealFourierTransform<Double>(length: -4) }
    }
}
