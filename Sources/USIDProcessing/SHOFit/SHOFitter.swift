import ComplexModule
import RealModule

/// Fits the response of a simple harmonic oscillator to complex spectra, position by position.
///
/// The sum of squares over real and imaginary parts is minimised by the Levenberg–Marquardt method with the exact
/// Jacobian. With N = A·e^{iφ}·w0², B = w0/Q and C = w0² the model is N/(w² − i·w·B − C): N enters linearly and is
/// eliminated (variable projection; Golub and Pereyra, SIAM J. Numer. Anal. 10, 413, 1973, with Kaufman's Jacobian), so
/// that the iteration runs in B and C alone and a pass over the spectrum gives sums from which value, gradient and
/// matrix follow. With much noise (R² below 0.9) the exact second derivatives take the place of the Gauss–Newton matrix.
/// The sums are vectorised along the frequencies, so that positions have nothing in common; parts that noise leaves
/// undetermined are not bounded, as in `scipy.optimize.least_squares(method="lm")`.
///
/// ```swift
/// let fitter = try SHOFitter(frequencies: frequencies)
/// var workspace = fitter.makeWorkspace()
/// fitter.fit(rows, &workspace, into: &results)    // rows: Span<Complex<Float>>, results: MutableSpan<SHOFitResult>
/// ```
struct SHOFitter: Sendable {
    /// The scratch memory of one thread.
    struct Workspace: Sendable {
        var spectrum: [SHOPoints]
    }

    /// After so many passes over a spectrum the fit of a position is given up.
    static let maximumIterations = 50
    /// The relative error of the width w0/Q, and of the frequency as part of the width, at which the iteration stops.
    static let tolerance = 1e-8

    /// The number of frequencies, and so of the points of a row.
    let frequencyCount: Int
    /// The unit in which the iteration counts frequencies: the largest one.
    let frequencyUnit: Double
    let frequencies: [SHOFrequencies]
    /// Squared frequencies are taken from here in the guess.
    let center: Double
    /// The mean distance of neighbouring frequencies.
    let spacing: Double

    /// Prepares for spectra at the given frequencies, in any unit and order.
    ///
    /// - Throws: `SHOFitError` when a frequency is not finite or fewer than three differ in magnitude.
    init(frequencies: [Double]) throws(SHOFitError) {
        if let index = frequencies.firstIndex(where: { !$0.isFinite }) { throw .frequencyNotFinite(index: index) }
        let different = Set(frequencies.map(\.magnitude))
        guard different.count >= 3, let largest = different.max(), let smallest = different.min() else {
            throw .tooFewFrequencies(different.count)
        }
        frequencyCount = frequencies.count
        frequencyUnit = largest
        let scaled = frequencies.map { $0 / largest }
        let middle = (1 + smallest / largest) / 2
        center = middle * middle
        spacing = (1 - smallest / largest) / Double(different.count - 1)
        self.frequencies = stride(from: 0, to: scaled.count, by: 2).map { index in
            let (a, b) = (scaled[index], index + 1 < scaled.count ? scaled[index + 1] : 0)
            // The point that makes the number even lies so far off that it adds nothing to any sum.
            let square = index + 1 < scaled.count ? b * b : 1e100
            return SHOFrequencies(frequency: SIMD2(a, b), square: SIMD2(a * a, square))
        }
    }

    /// The scratch memory that calls of this fitter need.
    func makeWorkspace() -> Workspace {
        Workspace(spectrum: Array(repeating: SHOPoints(real: .zero, imaginary: .zero), count: frequencies.count))
    }

    /// Fits rows.
    ///
    /// - Parameters:
    ///   - rows: Row-major spectra, ``frequencyCount`` points a position.
    ///   - results: One result a row; as many rows are fitted as both have room for.
    func fit<Scalar: BinaryFloatingPoint & Real>(
        _ rows: Span<Complex<Scalar>>, _ workspace: inout Workspace, into results: inout MutableSpan<SHOFitResult>
    ) {
        for row in 0..<min(rows.count / frequencyCount, results.count) {
            let spectrum = rows.extracting(row * frequencyCount..<(row + 1) * frequencyCount)
            results[row] = fit(spectrum, &workspace)
        }
    }

    /// Fits one spectrum of ``frequencyCount`` points.
    func fit<Scalar: BinaryFloatingPoint & Real>(
        _ spectrum: Span<Complex<Scalar>>, _ workspace: inout Workspace
    ) -> SHOFitResult {
        var moments = load(spectrum, &workspace.spectrum)
        var unit = 1.0
        if !(moments.squares > 1e-60 && moments.squares < 1e60) {
            // Squares of such numbers could be lost, or there are none to fit: count in units of the largest one.
            guard let largest = largestMagnitude(workspace.spectrum) else { return .notFinite }
            guard largest > 0 else { return Self.zeroSpectrum }
            unit = largest
            moments = rescale(&workspace.spectrum, by: largest)
        }
        return fit(workspace.spectrum, moments, unit: unit)
    }

    /// What a spectrum of zeros gives: no amplitude, and nothing that could be said of the rest.
    private static let zeroSpectrum: SHOFitResult = {
        var parameters = SHOParameters.notANumber
        parameters.amplitude = 0
        return SHOFitResult(guess: parameters, fit: parameters, status: .noResonance, iterations: 0)
    }()

    /// The fit of a spectrum in vectors, which was divided by `unit`.
    private func fit(_ spectrum: [SHOPoints], _ moments: SHOMoments, unit: Double) -> SHOFitResult {
        let total = moments.variation(count: frequencyCount)
        var iterations = 0
        var sums = start(spectrum, moments, total, &iterations)
        guard sums.isUsable else {
            return SHOFitResult(
                guess: .notANumber, fit: .notANumber, status: .noResonance, iterations: iterations)
        }
        let guess = parameters(sums.optimum, rSquared: 1 - sums.residual(moments) / total, unit: unit)
        var (optimum, status) = minimize(&sums, spectrum, moments, total, &iterations)
        if optimum.point.width <= 0 { status = .noResonance }
        let fit = parameters(optimum, rSquared: 1 - sums.residual(moments) / total, unit: unit)
        return SHOFitResult(guess: guess, fit: fit, status: status, iterations: iterations)
    }

    /// The sums at the best starting point.
    private func start(
        _ spectrum: [SHOPoints], _ moments: SHOMoments, _ total: Double, _ iterations: inout Int
    ) -> SHOSums {
        var best = sums(spectrum, at: guess(spectrum))
        iterations += 1
        guard !best.isUsable || best.point.width <= 0 || best.residual(moments) > 0.5 * total else { return best }
        // Much noise, which the linear problem mistakes for width: try peaks of several widths.
        var stretch = 1
        while stretch < frequencyCount {
            let other = sums(spectrum, at: peak(spectrum, stretch: stretch))
            iterations += 1
            if other.isUsable, !best.isUsable || other.residual(moments) < best.residual(moments) { best = other }
            stretch *= 4
        }
        return best
    }

    /// Goes down to the least sum of squares; `best` ends as the sums at the last point that was computed.
    private func minimize(
        _ best: inout SHOSums, _ spectrum: [SHOPoints], _ moments: SHOMoments, _ total: Double,
        _ iterations: inout Int
    ) -> (SHOOptimum, SHOFitStatus) {
        var residual = best.residual(moments)
        // The sums of squares are differences: they are known to rounding only.
        let rounding = 4 * moments.squares.ulp
        // With much noise the second derivatives of the model matter, and the Gauss–Newton matrix lacks them.
        let isNoisy = residual > 0.1 * total
        var damping = 0.0
        var lastSize = Double.infinity
        while true {
            var step = best.step(damping: damping)
            if isNoisy, let newton = curvature(spectrum, at: best.point).step(best, damping: damping) { step = newton }
            let size = step.size(at: best.point)
            let contraction = size / lastSize
            // Near the optimum the steps shrink by a constant factor, so that the error that is left can be foreseen.
            let error = size * contraction / (1 - contraction)
            if size < Self.tolerance || (size < 1e-4 && contraction < 0.1 && error < Self.tolerance) {
                return (best.optimum(after: step), .converged)
            }
            guard iterations < Self.maximumIterations else { return (best.optimum, .iterationsUsedUp) }
            let trial = sums(spectrum, at: best.point.moved(by: step))
            iterations += 1
            let trialResidual = trial.residual(moments)
            if trial.isUsable, trialResidual <= residual + rounding {
                (best, residual) = (trial, trialResidual)
                lastSize = damping == 0 ? size : .infinity
                damping = damping < 1e-3 ? 0 : damping / 10
            } else {
                lastSize = .infinity
                damping = max(10 * damping, 1e-2)
                // No step however short leads down: the sums cannot resolve anything better.
                if damping > 1e12 { return (best.optimum, .converged) }
            }
        }
    }

    /// The physical parameters.
    private func parameters(_ optimum: SHOOptimum, rSquared: Double, unit: Double) -> SHOParameters {
        let numerator = optimum.numerator
        let frequency = optimum.point.square.squareRoot()
        let phase = Double.atan2(y: numerator.imaginary, x: numerator.real)
        return SHOParameters(
            amplitude: Double.hypot(numerator.real, numerator.imaginary) / optimum.point.square * unit,
            frequency: frequency * frequencyUnit, qualityFactor: frequency / optimum.point.width,
            phase: phase <= -.pi ? .pi : phase, rSquared: rSquared)
    }
}
