/// Why signals cannot be filtered as asked.
enum FrequencyFilterError: Error, Equatable, CustomStringConvertible {
    /// A row has no samples.
    case length(Int)
    /// The sampling rate is not a positive number.
    case samplingRate(Double)
    /// The cut-off of a low-pass filter is not between zero and the Nyquist frequency.
    case cutOff(Double, nyquist: Double)
    /// The roll-off of a low-pass filter is not a fraction of its cut-off.
    case rollOff(Double)
    /// Harmonics are not between zero and the Nyquist frequency.
    case harmonics(firstFrequency: Double, count: Int, nyquist: Double)
    /// There is no harmonic to pass.
    case harmonicCount(Int)
    /// The center of a band is not between zero and the Nyquist frequency.
    case bandCenter(Double, nyquist: Double)
    /// A width is negative or not a number.
    case width(Double)
    /// The tolerance of a noise floor is not between zero and one.
    case noiseTolerance(Double)
    /// The change at which the search for a noise floor ends is not a positive number.
    case noiseChange(Double)
    /// There is neither a filter nor a noise floor.
    case nothingToDo

    var description: String {
        switch self {
        case .length(let length):
            "Rows of \(length) samples have no spectrum; give the number of samples of a row, at least 1."
        case .samplingRate(let rate):
            "The sampling rate \(rate) is not a positive number; give the number of samples in a unit of time."
        case .cutOff(let cutOff, let nyquist):
            "The cut-off \(cutOff) of the low-pass filter is not between 0 and \(nyquist), half the sampling rate; "
                + "choose a cut-off in this range and in the unit of the sampling rate."
        case .rollOff(let rollOff):
            "The roll-off \(rollOff) of the low-pass filter is not a fraction of the cut-off; give 0 ... 1."
        case .harmonics(let first, let count, let nyquist):
            "Not all of the \(count) harmonics of \(first) lie between 0 and \(nyquist), half the sampling rate; "
                + "pass fewer harmonics, or give the frequency in the unit of the sampling rate."
        case .harmonicCount(let count):
            "\(count) harmonics leave nothing of the signal; pass at least 1."
        case .bandCenter(let center, let nyquist):
            "The center \(center) of a noise band is not between 0 and \(nyquist), half the sampling rate; "
                + "give it in the unit of the sampling rate, or leave the band out."
        case .width(let width):
            "The width \(width) of a band is not a number from 0; give its full width in the unit of the sampling rate."
        case .noiseTolerance(let tolerance):
            "The noise tolerance \(tolerance) is not between 0 and 1; give the probability that noise is kept."
        case .noiseChange(let change):
            "The search for a noise floor cannot end at a change of \(change); give a positive number."
        case .nothingToDo:
            "There is neither a frequency filter nor a noise floor; give at least one of them."
        }
    }
}
