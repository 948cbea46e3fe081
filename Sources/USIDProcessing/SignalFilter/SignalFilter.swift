import HDF5
import RealModule
import USID

/// Filters signals in their spectra, as Pycroscopy's `SignalFilter` does: frequency filters, and bins that do not rise above
/// the noise.
///
/// ```swift
/// let filter = SignalFilter<Float>(filters: [.lowPass(cutOff: 50e3)], noiseTolerance: 1e-3)
/// try ProcessRun(filter, on: main).perform()
/// ```
///
/// Signals run along one spectroscopic dimension, in even steps; frequencies count in one over its unit. The results are the
/// Mains `Filtered_Data` (with the dimensions of the source), `Noise_Floors` where there is a tolerance, and, if wanted,
/// `Condensed_Data`: the spectra at those frequencies that the filters let pass. `Composite_Filter` has the factors of all
/// filters together.
public struct SignalFilter<Number: H5Number & Real>: USIDProcess where Complex<Number>: H5Element {
    /// `FFT_Filtering`, as Pycroscopy calls it.
    public let name = "FFT_Filtering"
    /// The version of the computation.
    public let version = "1.0"
    /// The filters, all of which are applied.
    public var filters: [FrequencyFilter]
    /// The probability that noise is kept; nil for no threshold.
    public var noiseTolerance: Double?
    /// The label of the dimension along which signals run; nil where the source has one spectroscopic dimension only.
    public var dimension: String?
    /// The samples in one unit of the dimension; nil for what its values say.
    public var samplingRate: Double?
    /// Whether the filtered signals are stored.
    public var writesFiltered: Bool
    /// Whether the spectra are stored where the filters let something pass.
    public var writesCondensed: Bool
    private var kernel: (any SignalKernel<Number>)?

    /// Makes the process.
    public init(
        filters: [FrequencyFilter] = [], noiseTolerance: Double? = nil, dimension: String? = nil,
        samplingRate: Double? = nil, writesFiltered: Bool = true, writesCondensed: Bool = false
    ) {
        self.filters = filters
        self.noiseTolerance = noiseTolerance
        self.dimension = dimension
        self.samplingRate = samplingRate
        self.writesFiltered = writesFiltered
        self.writesCondensed = writesCondensed
    }

    /// The filters and what else decides the results.
    public var parameters: USIDParameters {
        var parameters: USIDParameters = [
            "write_filtered": .boolean(writesFiltered), "write_condensed": .boolean(writesCondensed),
        ]
        for (number, filter) in filters.enumerated() {
            parameters["filter_\(number)"] = .nested(filter.parameters)
        }
        if let noiseTolerance { parameters["noise_threshold"] = .real(noiseTolerance) }
        if let dimension { parameters["dimension"] = .text(dimension) }
        if let samplingRate { parameters["sampling_rate"] = .real(samplingRate) }
        return parameters
    }

    /// A signal with values that are no numbers gives such.
    public var allowsNonFiniteResults: Bool { true }

    /// `Filtered_Data`, `Noise_Floors` and `Condensed_Data`, as far as they are wanted.
    public func results(for source: USIDDataset) throws -> [ResultDataset] {
        let signal = try signal(of: source)
        var results: [ResultDataset] = []
        if writesFiltered {
            results.append(
                .perPosition(
                    "Filtered_Data", quantity: source.quantity, units: source.units, of: Number.self,
                    columns: .likeSource))
        }
        if noiseTolerance != nil {
            results.append(
                .perPosition(
                    "Noise_Floors", quantity: "Noise", units: source.units, of: Number.self,
                    columns: .without([signal.label])))
        }
        if writesCondensed {
            guard signal.cells.count == 1 else {
                throw wrong(source, "spectra are stored of sources with one signal for each position only")
            }
            let bins = try plan(signal, source).keptBins
            guard !bins.isEmpty else {
                throw wrong(source, "the filters let nothing pass, so there is no spectrum to store")
            }
            let step = signal.samplingRate / Double(signal.length)
            results.append(
                .perPosition(
                    "Condensed_Data", quantity: source.quantity, units: source.units, of: Complex<Number>.self,
                    columns: .fastestFirst([
                        USIDDimension(
                            "Frequency", units: Self.inverse(signal.units), values: bins.map { Double($0) * step })
                    ])))
        }
        guard !results.isEmpty else {
            throw wrong(source, "nothing is to be stored: ask for filtered or condensed data")
        }
        return results
    }

    /// `Composite_Filter`.
    public func constants(for source: USIDDataset) throws -> [ResultConstant] {
        let factors = try plan(signal(of: source), source).transferFunction
        return [
            ResultConstant(
                "Composite_Filter", factors.map { Float($0) }, attributes: ["quantity": "Amplitude", "units": ""])
        ]
    }

    /// Signals on their way to the filter and from it.
    public func scratchBytesPerPosition(for source: USIDDataset) -> Int {
        let isWhole = (try? signal(of: source).isWhole) ?? true
        let (bytes, overflow) = source.spectroscopicPointCount.multipliedReportingOverflow(
            by: MemoryLayout<Number>.stride * ((isWhole ? 0 : 2) + (writesCondensed ? 2 : 0)))
        return overflow ? .max : bytes
    }

    /// The process with the tables for the signals of a source.
    ///
    /// - Throws: `USIDProcessError` with code `invalidProcess` where the filters do not fit the signals.
    public func prepared(for source: USIDDataset) throws -> SignalFilter {
        let signal = try signal(of: source)
        var columns = SignalColumns()
        var next = 0
        for (isWanted, column) in [
            (writesFiltered, \SignalColumns.filtered), (noiseTolerance != nil, \.noiseFloors),
            (writesCondensed, \.condensed),
        ] where isWanted {
            columns[keyPath: column] = next
            next += 1
        }
        let kernel: any SignalKernel =
            Number.self == Double.self
            ? SignalDoubleKernel(
                BatchFilter(plan: try makePlan(signal, source), cells: signal.cells, columns: columns))
            : SignalFloatKernel(
                BatchFilter(plan: try makePlan(signal, source), cells: signal.cells, columns: columns))
        var prepared = self
        prepared.kernel = kernel as? any SignalKernel<Number>
        guard prepared.kernel != nil else { throw wrong(source, "signals are filtered in single or double precision") }
        return prepared
    }

    /// Filters the signals of a batch.
    public func compute(_ batch: Batch<Number>, into results: inout ResultBatch) throws {
        guard let kernel else {
            throw USIDProcessError(.invalidProcess, path: batch.sourcePath, "the filter was not prepared for a source")
        }
        try kernel.compute(batch, into: &results)
    }

    // MARK: Parts

    /// The signals of a position.
    private struct Signal {
        let label: String
        let units: String
        let length: Int
        let samplingRate: Double
        /// The points of each signal.
        let cells: [[Int]]
        var isWhole: Bool { cells.count == 1 && cells[0] == Array(0..<length) }
    }

    private func wrong(_ source: USIDDataset, _ message: String) -> USIDProcessError {
        USIDProcessError(.invalidProcess, path: source.path, message)
    }

    private func signal(of source: USIDDataset) throws -> Signal {
        let found: USIDDimension
        if let dimension {
            found = try source.dimension(dimension)
        } else {
            let varied = source.spectroscopic.filter { $0.size > 1 }
            guard varied.count == 1 else {
                throw wrong(
                    source,
                    "there are \(varied.count) spectroscopic dimensions (\(varied.map(\.label).joined(separator: ", "))): "
                        + "say along which signals run")
            }
            found = varied[0]
        }
        let cells = try source.spectroscopicCells(without: [found.label]).points
        guard let length = cells.first?.count, length > 1, cells.allSatisfy({ $0.count == length }) else {
            throw wrong(source, "the signals along '\(found.label)' are of different lengths, or of one sample")
        }
        let rate: Double
        if let samplingRate {
            rate = samplingRate
        } else {
            let values = try source.spectroscopicPointValues(of: found.label)
            let steps = cells.flatMap { cell in zip(cell, cell.dropFirst()).map { values[$1] - values[$0] } }
            let span = cells[0].last.map { values[$0] - values[cells[0][0]] } ?? 0
            let step = span / Double(length - 1)
            // Single precision keeps values, not their differences.
            let slack = 1e-3 * step.magnitude + 4 * Double(Float(values.map(\.magnitude).max() ?? 0).ulp)
            guard step != 0, step.isFinite, steps.allSatisfy({ ($0 - step).magnitude <= slack }) else {
                throw wrong(
                    source,
                    "the values of '\(found.label)' are not evenly spaced: give the sampling rate if the samples are")
            }
            rate = 1 / step.magnitude
        }
        return Signal(label: found.label, units: found.units, length: length, samplingRate: rate, cells: cells)
    }

    private func makePlan<Scalar: FourierScalar>(_ signal: Signal, _ source: USIDDataset) throws
        -> SpectralFilter<Scalar>
    {
        do {
            return try SpectralFilter<Scalar>(
                length: signal.length, samplingRate: signal.samplingRate, filters: filters,
                noiseFloor: noiseTolerance.map { tolerance throws(FrequencyFilterError) in
                    try NoiseFloor(tolerance: tolerance)
                })
        } catch {
            throw wrong(source, error.description)
        }
    }

    /// The plan of the filters, which are the same in either precision.
    private func plan(_ signal: Signal, _ source: USIDDataset) throws -> SpectralFilter<Double> {
        try makePlan(signal, source)
    }

    /// One over a unit.
    private static func inverse(_ units: String) -> String {
        switch units {
        case "": ""
        case "s": "Hz"
        case "ms": "kHz"
        case "µs", "us": "MHz"
        case "ns": "GHz"
        default: "1/\(units)"
        }
    }
}

extension FrequencyFilter {
    /// What decides the filter.
    var parameters: USIDParameters {
        switch self {
        case .lowPass(let cutOff, let rollOff):
            ["kind": "low-pass", "cut_off": .real(cutOff), "roll_off": .real(rollOff)]
        case .harmonicPass(let first, let width, let count):
            [
                "kind": "harmonic-pass", "first_frequency": .real(first), "band_width": .real(width),
                "harmonics": .integer(Int64(count)),
            ]
        case .noiseBands(let bands):
            ["kind": "noise-bands", "centers": .reals(bands.map(\.center)), "widths": .reals(bands.map(\.width))]
        }
    }
}
