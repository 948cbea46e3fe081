import RealModule

/// A filter that multiplies each frequency of a real signal by a real factor.
///
/// The definitions are those of Pycroscopy's `LowPassFilter`, `HarmonicPassFilter` and `NoiseBandFilter` (0.60), which
/// fill a spectrum with the zero frequency in its middle: for an even number of samples ours are the half of positive
/// frequencies. Frequencies, widths and the sampling rate have one unit, any (Hz, kHz).
///
/// ```swift
/// let filters: [FrequencyFilter] = [.lowPass(cutOff: 200e3), .noiseBands([NoiseBand(center: 50e3, width: 1e3)])]
/// let factors = try FrequencyFilter.compositeFilter(filters, length: 4096, samplingRate: 4e6)    // 2049 factors
/// ```
///
/// A frequency f of a signal of n samples at the rate s belongs to bin round(n·f/s), half-way cases to the even bin.
public enum FrequencyFilter: Sendable, Equatable {
    /// Passes what lies below a frequency.
    ///
    /// The roll-off is a fraction of the cut-off frequency, in 0 ... 1: with 0.05 the edge runs from 95 % of the cut-off
    /// (factor 1) to the cut-off itself (0). With c the bin of the cut-off and z = round(n·rollOff·cutOff/s), bins up to
    /// c − z have the factor 1, bins above c have 0, and the z bins between have (1 − erf t)/2, t going evenly from −2.5
    /// to 2.5. A single bin between has ½ (Pycroscopy's is not symmetric then).
    case lowPass(cutOff: Double, rollOff: Double = 0.05)

    /// Passes bands of one width about a frequency and its multiples up to the given number; the rest becomes zero.
    ///
    /// A band takes the bin of its harmonic and round(n·bandWidth/2s) bins on either side.
    case harmonicPass(firstFrequency: Double, bandWidth: Double, harmonicCount: Int)

    /// Removes bands; the rest is passed.
    ///
    /// A band takes the bin of its center and round(n·width/2s) bins on either side.
    case noiseBands([NoiseBand])

    /// The factors of the n/2 + 1 bins of a half spectrum.
    ///
    /// - Parameters:
    ///   - length: The number n of samples of a signal.
    ///   - samplingRate: The number of samples in a unit of time.
    /// - Throws: `FrequencyFilterError` when a parameter is out of range at this sampling rate.
    func transferFunction(length: Int, samplingRate: Double) throws(FrequencyFilterError) -> [Double] {
        let scale = try FrequencyScale(length: length, samplingRate: samplingRate)
        switch self {
        case .lowPass(let cutOff, let rollOff):
            guard cutOff > 0, cutOff < scale.nyquist else {
                throw .cutOff(cutOff, nyquist: scale.nyquist)
            }
            guard (0...1).contains(rollOff) else { throw .rollOff(rollOff) }
            let edge = scale.bin(of: cutOff)
            let edgeWidth = scale.bin(of: rollOff * cutOff)
            return (0..<scale.binCount).map { bin in
                if bin > edge { return 0 }
                let step = bin - (edge - edgeWidth + 1)
                if step < 0 { return 1 }
                let t = edgeWidth == 1 ? 0 : -2.5 + 5 * Double(step) / Double(edgeWidth - 1)
                return 0.5 * (1 - Double.erf(t))
            }
        case .harmonicPass(let firstFrequency, let bandWidth, let harmonicCount):
            guard harmonicCount >= 1 else { throw .harmonicCount(harmonicCount) }
            let last = Double(harmonicCount) * firstFrequency
            guard firstFrequency > 0, last <= scale.nyquist else {
                throw .harmonics(firstFrequency: firstFrequency, count: harmonicCount, nyquist: scale.nyquist)
            }
            let reach = try scale.halfWidth(of: bandWidth)
            var factors = [Double](repeating: 0, count: scale.binCount)
            for harmonic in 1...harmonicCount {
                let center = scale.bin(of: Double(harmonic) * firstFrequency)
                scale.fill(&factors, about: center, reach: reach, with: 1)
            }
            return factors
        case .noiseBands(let bands):
            var factors = [Double](repeating: 1, count: scale.binCount)
            for band in bands {
                guard band.center >= 0, band.center <= scale.nyquist else {
                    throw .bandCenter(band.center, nyquist: scale.nyquist)
                }
                let center = scale.bin(of: band.center)
                scale.fill(&factors, about: center, reach: try scale.halfWidth(of: band.width), with: 0)
            }
            return factors
        }
    }

    /// The product of filters: the factors of the n/2 + 1 bins of a half spectrum.
    ///
    /// No filters give 1 everywhere.
    static func compositeFilter(
        _ filters: [FrequencyFilter], length: Int, samplingRate: Double
    ) throws(FrequencyFilterError) -> [Double] {
        let scale = try FrequencyScale(length: length, samplingRate: samplingRate)
        var product = [Double](repeating: 1, count: scale.binCount)
        for filter in filters {
            let factors = try filter.transferFunction(length: length, samplingRate: samplingRate)
            for bin in product.indices { product[bin] *= factors[bin] }
        }
        return product
    }
}

/// A band of frequencies.
public struct NoiseBand: Sendable, Equatable {
    /// The frequency in its middle.
    public var center: Double
    /// Its full width.
    public var width: Double

    /// Makes a band.
    public init(center: Double, width: Double) {
        self.center = center
        self.width = width
    }
}

/// How frequencies lie on the bins of a half spectrum.
private struct FrequencyScale {
    let length: Int
    let samplingRate: Double

    init(length: Int, samplingRate: Double) throws(FrequencyFilterError) {
        guard length >= 1 else { throw .length(length) }
        guard samplingRate > 0, samplingRate.isFinite else { throw .samplingRate(samplingRate) }
        self.length = length
        self.samplingRate = samplingRate
    }

    var binCount: Int { length / 2 + 1 }
    var nyquist: Double { samplingRate / 2 }

    /// The bin of a frequency between 0 and the Nyquist frequency.
    func bin(of frequency: Double) -> Int {
        Int((Double(length) * (frequency / samplingRate)).rounded(.toNearestOrEven))
    }

    /// The number of bins on one side of a band.
    func halfWidth(of width: Double) throws(FrequencyFilterError) -> Int {
        guard width >= 0, width.isFinite else { throw .width(width) }
        let bins = (Double(length) / 2 * (width / samplingRate)).rounded(.toNearestOrEven)
        return bins < Double(binCount) ? Int(bins) : binCount
    }

    func fill(_ factors: inout [Double], about center: Int, reach: Int, with value: Double) {
        let (first, last) = (max(0, center - reach), min(binCount - 1, center + reach))
        guard first <= last else { return }
        for bin in first...last { factors[bin] = value }
    }
}
