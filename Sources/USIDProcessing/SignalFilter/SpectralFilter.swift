import ComplexModule
import RealModule

/// Filters rows of samples in their spectra: frequency filters, and bins that do not rise above the noise.
///
/// For each row: half spectrum X; the noise floor of X, if asked for; X times the product of the filters; bins whose
/// amplitude is then below the floor become zero; back to samples. This is the order of Pycroscopy's `SignalFilter`.
/// The plan is immutable and may be shared by threads, each with a ``Workspace`` of its own; calls do not allocate, and
/// what comes out for a row depends on that row alone, bit for bit.
///
/// ```swift
/// let filter = try SpectralFilter<Float>(
///     length: 512, samplingRate: 1e6, filters: [.lowPass(cutOff: 50e3)], noiseFloor: NoiseFloor(tolerance: 1e-3))
/// var workspace = filter.makeWorkspace()
/// filter.apply(rows, &workspace, filtered: &filtered, noiseFloors: &floors, condensed: &condensed)
/// ```
struct SpectralFilter<Scalar: FourierScalar>: Sendable {
    /// The buffers of one thread.
    struct Workspace: Sendable {
        fileprivate var transform: RealFourierTransform<Scalar>.Workspace
        fileprivate var powers: [Scalar.Lanes]
    }

    /// The product of the filters for the n/2 + 1 bins.
    let transferFunction: [Double]
    /// The bins that the filters do not remove: the columns of the condensed spectra.
    let keptBins: [Int]
    let noiseFloor: NoiseFloor?
    private let transform: RealFourierTransform<Scalar>
    private let factors: [Scalar]

    /// The number of samples of a row, n.
    var length: Int { transform.length }

    /// Plans the filtering of rows.
    ///
    /// - Parameters:
    ///   - length: The number of samples of a row.
    ///   - samplingRate: The number of samples in a unit of time, in the unit of the filters' frequencies.
    ///   - filters: What to multiply the spectrum by; none pass everything.
    ///   - noiseFloor: How to find the floor below which bins are removed, if any.
    /// - Throws: `FrequencyFilterError` when a filter does not fit the sampling rate or there is nothing to do.
    init(
        length: Int, samplingRate: Double, filters: [FrequencyFilter], noiseFloor: NoiseFloor? = nil
    ) throws(FrequencyFilterError) {
        guard !filters.isEmpty || noiseFloor != nil else { throw .nothingToDo }
        let product = try FrequencyFilter.compositeFilter(filters, length: length, samplingRate: samplingRate)
        transferFunction = product
        keptBins = product.indices.filter { product[$0] > 0 }
        factors = product.map { Scalar($0) }
        self.noiseFloor = noiseFloor
        do {
            transform = try RealFourierTransform(length: length)
        } catch {
            throw .length(length)
        }
    }

    /// The buffers that calls of this plan need.
    func makeWorkspace() -> Workspace {
        Workspace(
            transform: transform.makeWorkspace(),
            powers: Array(repeating: Scalar.splat(0), count: noiseFloor == nil ? 0 : transform.binCount))
    }

    /// Filters rows; an output that is not wanted is an empty span.
    ///
    /// - Parameters:
    ///   - rows: Row-major samples, ``length`` a row; a trailing part of a row is ignored.
    ///   - filtered: The filtered rows, laid out as `rows`.
    ///   - noiseFloors: The noise floor of each row, in the units of the unnormalised spectrum Σ x[j]·exp(−2πi jk/n). Left as
    ///     it is when the plan has no noise floor.
    ///   - condensed: Row-major filtered spectra, the bins ``keptBins`` of each row.
    func apply(
        _ rows: Span<Scalar>, _ workspace: inout Workspace, filtered: inout MutableSpan<Scalar>,
        noiseFloors: inout MutableSpan<Scalar>, condensed: inout MutableSpan<Complex<Scalar>>
    ) {
        for row in stride(from: 0, to: rows.count / length, by: 4) {
            transform.load(rows, from: row, into: &workspace.transform)
            transform.forward(&workspace.transform)
            if let noiseFloor {
                let floors = NoiseFloor.Lanes(
                    noiseFloor, of: workspace.transform.spectrum, length: length, &workspace.powers)
                multiply(&workspace.transform.spectrum, floors)
                for lane in 0..<max(0, min(4, noiseFloors.count - row)) {
                    noiseFloors[row + lane] = floors.floor(lane)
                }
            } else {
                multiply(&workspace.transform.spectrum)
            }
            if !condensed.isEmpty { storeCondensed(workspace.transform.spectrum, row, &condensed) }
            if !filtered.isEmpty {
                transform.inverse(&workspace.transform)
                transform.store(workspace.transform, to: row, of: &filtered)
            }
        }
    }

    private func multiply(_ spectrum: inout [ComplexLanes<Scalar>]) {
        var spectrum = spectrum.mutableSpan
        for bin in 0..<factors.count { spectrum[bin] = spectrum[bin].scaled(by: factors[bin]) }
    }

    private func multiply(_ spectrum: inout [ComplexLanes<Scalar>], _ floors: NoiseFloor.Lanes<Scalar>) {
        var spectrum = spectrum.mutableSpan
        for bin in 0..<factors.count { spectrum[bin] = floors.clear(spectrum[bin].scaled(by: factors[bin])) }
    }

    private func storeCondensed(
        _ spectrum: [ComplexLanes<Scalar>], _ row: Int, _ condensed: inout MutableSpan<Complex<Scalar>>
    ) {
        guard !keptBins.isEmpty else { return }
        for lane in 0..<max(0, min(4, condensed.count / keptBins.count - row)) {
            let first = (row + lane) * keptBins.count
            for (column, bin) in keptBins.enumerated() {
                let value = spectrum[bin]
                condensed[first + column] = Complex(
                    Scalar.lane(lane, of: value.real), Scalar.lane(lane, of: value.imaginary))
            }
        }
    }
}
