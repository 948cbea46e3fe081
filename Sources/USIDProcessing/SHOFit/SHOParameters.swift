import ComplexModule
import RealModule

/// The parameters of a simple harmonic oscillator, and how well they describe a spectrum.
///
/// The response at the frequency w is H(w) = A·e^{iφ}·w0² / (w² − i·w·w0/Q − w0²), as in Pycroscopy's `SHOfunc`.
struct SHOParameters: Sendable, Equatable, BitwiseCopyable {
    /// A ≥ 0, in the units of the spectrum; the height of the peak is A·Q.
    var amplitude: Double
    /// The resonance frequency w0, in the units of the frequencies.
    var frequency: Double
    /// Q; negative when the best fit has a negative damping (see ``SHOFitStatus/noResonance``).
    var qualityFactor: Double
    /// φ in radians, in (−π, π].
    var phase: Double
    /// R² = 1 − SSres/SStot, the sums taken over real and imaginary parts, SStot about the mean of the spectrum.
    ///
    /// Not finite when all points of the spectrum are equal.
    var rSquared: Double

    static let notANumber = SHOParameters(
        amplitude: .nan, frequency: .nan, qualityFactor: .nan, phase: .nan, rSquared: .nan)

    /// The response H at a frequency.
    func response(at frequency: Double) -> Complex<Double> {
        let resonance = self.frequency * self.frequency
        let numerator = Complex(length: amplitude * resonance, phase: phase)
        return numerator
            / Complex(frequency * frequency - resonance, -frequency * self.frequency / qualityFactor)
    }
}

/// How the fit of a position ended.
enum SHOFitStatus: UInt8, Sendable, CaseIterable {
    /// The last step was so small that the parameters are right to better than six digits.
    case converged
    /// The iterations were used up; the parameters are the best ones seen.
    case iterationsUsedUp
    /// No oscillator describes the spectrum: it is zero, or the best parameters have no positive damping.
    ///
    /// In the second case the parameters are given all the same, with a negative quality factor.
    case noResonance
    /// The spectrum has values that are NaN or infinite; all parameters are NaN.
    case notFinite
}

/// What the fit of one position gives.
struct SHOFitResult: Sendable, Equatable, BitwiseCopyable {
    /// The parameters before the iterations.
    var guess: SHOParameters
    /// The parameters at the least sum of squares.
    var fit: SHOParameters
    var status: SHOFitStatus
    /// How many times the sums of squares were computed.
    var iterations: Int

    static let notFinite = SHOFitResult(guess: .notANumber, fit: .notANumber, status: .notFinite, iterations: 0)
}

/// Why a fitter cannot be made.
enum SHOFitError: Error, Equatable, CustomStringConvertible {
    /// A frequency is NaN or infinite.
    case frequencyNotFinite(index: Int)
    /// There are fewer than three different frequencies.
    case tooFewFrequencies(Int)

    var description: String {
        switch self {
        case .frequencyNotFinite(let index):
            "Frequency \(index) is not a finite number; give the frequency of each point of a spectrum."
        case .tooFewFrequencies(let count):
            "\(count) different frequencies do not determine an oscillator; give at least 3."
        }
    }
}
