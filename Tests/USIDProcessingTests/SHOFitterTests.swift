import ComplexModule
import Foundation
import RealModule
import Testing

@testable import USIDProcessing

@Suite struct SHOFitterTests {
    static let frequencies = (0..<128).map { 0.9 + 0.2 * Double($0) / 127 }

    /// The fits of rows, in one call.
    static func fits<Scalar: BinaryFloatingPoint & Real>(
        _ rows: [Complex<Scalar>], _ frequencies: [Double] = frequencies
    ) throws -> [SHOFitResult] {
        let fitter = try SHOFitter(frequencies: frequencies)
        var workspace = fitter.makeWorkspace()
        var results = [SHOFitResult](repeating: .notFinite, count: rows.count / frequencies.count)
        var output = results.mutableSpan
        fitter.fit(rows.span, &workspace, into: &output)
        return results
    }

    static func spectrum(
        _ parameters: SHOParameters, _ frequencies: [Double] = frequencies, noise: Double = 0, seed: UInt32 = 1
    ) -> [Complex<Double>] {
        var generator = SampleGenerator(state: seed)
        return frequencies.map {
            let (x, y) = (generator.nextNormal(), generator.nextNormal())
            return parameters.response(at: $0) + Complex(noise * x, noise * y)
        }
    }

    static func parameters(_ amplitude: Double, _ frequency: Double, _ quality: Double, _ phase: Double)
        -> SHOParameters
    {
        SHOParameters(amplitude: amplitude, frequency: frequency, qualityFactor: quality, phase: phase, rSquared: 1)
    }

    static func residual(_ parameters: SHOParameters, _ spectrum: [Complex<Double>], _ frequencies: [Double]) -> Double
    {
        zip(frequencies, spectrum).reduce(0.0) { $0 + (parameters.response(at: $1.0) - $1.1).lengthSquared }
    }

    static func isClose(_ a: SHOParameters, _ b: SHOParameters, _ tolerance: Double) -> Bool {
        abs(a.amplitude / b.amplitude - 1) < tolerance && abs(a.frequency / b.frequency - 1) < tolerance
            && abs(a.qualityFactor / b.qualityFactor - 1) < tolerance
            && abs(Double.remainder(a.phase - b.phase)) < tolerance
    }

    /// The spectra of `sho.c64`.
    static func benchmarkRows() throws -> [Complex<Float>] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors/sho.c64")
        let bytes = [UInt8](try Data(contentsOf: file))
        func number(_ offset: Int) -> Float {
            Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) })
        }
        return stride(from: 0, to: bytes.count, by: 8).map { Complex(number($0), number($0 + 4)) }
    }

    @Test func optimumAgreesWithSciPyToSixDigits() throws {
        let results = try Self.fits(try Self.benchmarkRows())
        let expected = try vectorLines("sho.txt").map { try $0.map { try #require(Double($0)) } }
        #expect(results.count == 64 && expected.count == 64)
        for (result, line) in zip(results, expected) {
            #expect(result.status == .converged)
            #expect(Self.isClose(result.fit, Self.parameters(line[0], line[1], line[2], line[3]), 2e-7))
            #expect(abs(result.fit.rSquared - line[4]) < 1e-9)
            #expect(result.guess.rSquared <= result.fit.rSquared && result.guess.rSquared > result.fit.rSquared - 0.01)
            #expect(result.iterations <= 8)
        }
    }

    @Test(arguments: [1.0, 10, 100, 1e4], [0.9, 0.93, 1, 1.1])
    func spectrumWithoutNoiseGivesItsParametersBack(widths: Double, frequency: Double) throws {
        for phase in [-3, -1, 0, 0.5, Double.pi] {
            let truth = Self.parameters(1e-3, frequency, widths * frequency / 0.2, phase)
            let result = try #require(try Self.fits(Self.spectrum(truth)).first)
            #expect(result.status == .converged)
            #expect(Self.isClose(result.fit, truth, 1e-6))
            #expect(Self.isClose(result.guess, truth, 1e-5))
            #expect(abs(result.fit.rSquared - 1) < 1e-12)
            #expect(result.fit.phase > -.pi && result.fit.phase <= .pi)
        }
    }

    /// Window over peak width, and noise over peak height.
    @Test(arguments: [(1.0, 0.7), (3, 0.7), (10, 0.6), (30, 0.1), (30, 0.3), (1, 0.01), (100, 0.1)])
    func noiseDoesNotKeepTheFitFromTheOptimum(widths: Double, noise: Double) throws {
        for seed in 1..<12 as Range<UInt32> {
            let frequency = 0.92 + 0.015 * Double(seed)
            let quality = widths * frequency / 0.2
            let truth = Self.parameters(1 / quality, frequency, quality, Double(seed) - 6)
            let spectrum = Self.spectrum(truth, noise: noise, seed: seed)
            let result = try #require(try Self.fits(spectrum).first)
            #expect(result.status == .converged)
            let least = Self.residual(result.fit, spectrum, Self.frequencies)
            #expect(least <= Self.residual(truth, spectrum, Self.frequencies))
            // A minimum: a change of any parameter by a tenth of a percent makes it worse.
            for factor in [0.999, 1.001] {
                var others = [SHOParameters](repeating: result.fit, count: 4)
                others[0].amplitude *= factor
                others[1].frequency += (factor - 1) * result.fit.frequency / result.fit.qualityFactor
                others[2].qualityFactor *= factor
                others[3].phase += factor - 1
                for other in others { #expect(Self.residual(other, spectrum, Self.frequencies) > least) }
            }
        }
    }

    @Test(arguments: [1e-160, 1e-15, 1e-6, 1, 1e15, 1e150])
    func amplitudesOfAnySizeAreFitted(size: Double) throws {
        let truth = Self.parameters(1, 1.02, 60, -2)
        let reference = Self.spectrum(truth, noise: 3, seed: 9)
        let scaled = reference.map { Complex($0.real * size, $0.imaginary * size) }
        let results = try Self.fits(reference + scaled)
        var expected = results[0].fit
        expected.amplitude *= size
        #expect(results[1].status == .converged)
        #expect(Self.isClose(results[1].fit, expected, 1e-7))
    }

    @Test(arguments: [1e-3, 1, 2 * .pi, 3e5])
    func frequenciesMayHaveAnyUnit(unit: Double) throws {
        let truth = Self.parameters(1e-3, 1.04, 100, 1)
        let spectrum = Self.spectrum(truth, noise: 0.003)
        let reference = try #require(try Self.fits(spectrum).first)
        let result = try #require(try Self.fits(spectrum, Self.frequencies.map { $0 * unit }).first)
        var expected = reference.fit
        expected.frequency *= unit
        #expect(Self.isClose(result.fit, expected, 1e-8))
    }

    @Test func oddNumberOfFrequenciesIsFittedAsWell() throws {
        let frequencies = (0..<57).map { 300_000 + 400 * Double($0) }
        let truth = Self.parameters(2, 311_000, 150, 0.3)
        let result = try #require(try Self.fits(Self.spectrum(truth, frequencies), frequencies).first)
        #expect(Self.isClose(result.fit, truth, 1e-7))
        let noisy = Self.spectrum(truth, frequencies, noise: 20)
        let best = try #require(try Self.fits(noisy, frequencies).first)
        #expect(Self.residual(best.fit, noisy, frequencies) <= Self.residual(truth, noisy, frequencies))
    }

    @Test func badPositionsSpoilThemselvesOnly() throws {
        let truth = Self.parameters(1e-3, 1.02, 90, -1)
        let good = Self.spectrum(truth, noise: 0.002)
        var (withNaN, withInfinity) = (good, good)
        withNaN[40].real = .nan
        withInfinity[127].imaginary = -.infinity
        let zeros = [Complex<Double>](repeating: .zero, count: 128)
        let alone = try #require(try Self.fits(good).first)
        let results = try Self.fits(withNaN + good + withInfinity + zeros + good)
        #expect(results.map(\.status) == [.notFinite, .converged, .notFinite, .noResonance, .converged])
        #expect(results[1] == alone && results[4] == alone)
        for bad in [results[0], results[2]] {
            #expect(bad.fit.amplitude.isNaN && bad.fit.rSquared.isNaN && bad.guess.frequency.isNaN)
        }
        #expect(results[3].fit.amplitude == 0 && results[3].fit.frequency.isNaN)
    }

    @Test func constantSpectrumIsMetByAResonanceFarAway() throws {
        let constant = [Complex<Double>](repeating: Complex(2, -1), count: 128)
        let result = try #require(try Self.fits(constant).first)
        // The response below a resonance is nearly constant, and the more so the farther it is: no end is the best.
        #expect(result.iterations <= SHOFitter.maximumIterations)
        #expect(result.fit.frequency > 2)
        #expect(Self.residual(result.fit, constant, Self.frequencies) < 1e-3 * 5 * 128)
        #expect(!result.fit.rSquared.isFinite)
    }

    @Test func threeFrequenciesAreEnough() throws {
        let truth = Self.parameters(1, 2.2, 3, 0.4)
        let result = try #require(try Self.fits(Self.spectrum(truth, [1, 2, 3]), [1, 2, 3]).first)
        #expect(Self.isClose(result.fit, truth, 1e-10))
    }

    @Test func responsePeaksAtAmplitudeTimesQuality() {
        let parameters = Self.parameters(0.5, 10, 40, 0)
        #expect(abs(parameters.response(at: 10).length - 20) < 1e-12)
        #expect(abs(parameters.response(at: 0).length - 0.5) < 1e-12)
    }

    @Test func frequenciesThatDetermineNothingAreRefused() {
        #expect(throws: SHOFitError.tooFewFrequencies(2)) { try SHOFitter(frequencies: [1, 2, 2, 1, -1]) }
        #expect(throws: SHOFitError.tooFewFrequencies(0)) { try SHOFitter(frequencies: []) }
        #expect(throws: SHOFitError.frequencyNotFinite(index: 1)) { try SHOFitter(frequencies: [1, .nan, 2, 3]) }
    }
}

extension Double {
    /// An angle brought within half a turn.
    fileprivate static func remainder(_ angle: Double) -> Double { angle.remainder(dividingBy: 2 * .pi) }
}
