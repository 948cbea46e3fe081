import HDF5
import RealModule
import USID

/// Fits the response of a simple harmonic oscillator to complex spectra: amplitude, frequency, quality factor and phase of
/// every position, as Pycroscopy's `BESHOfitter` leaves them.
///
/// ```swift
/// try ProcessRun(SHOFit<Float>(), on: main).perform()
/// ```
///
/// The model is H(w) = A·e^{iφ}·w0² / (w² − i·w·w0/Q − w0²). The results are the Mains `Guess` and `Fit`, compounds with the
/// members `Amplitude`, `Frequency`, `Quality Factor`, `Phase` and `R2 Criterion` (with their units), and `Fit_Status`: 0 where the fit
/// converged, 1 where its iterations were used up, 2 where no oscillator describes the spectrum, 3 where the spectrum has
/// values that are no numbers. Where there is nothing to be said, results are NaN. Spectra along other dimensions than the
/// frequency are fitted one by one.
public struct SHOFit<Number: H5Number & Real>: USIDProcess where Complex<Number>: H5Element {
    /// `SHO_Fit`, as Pycroscopy calls it.
    public let name = "SHO_Fit"
    /// The version of the computation.
    public let version = "1.0"
    /// The label of the dimension with the frequencies.
    public var frequencyDimension: String
    private var kernel: (any SHOKernel<Number>)?

    /// Makes the process.
    ///
    /// - Parameter frequencyDimension: The label of the dimension with the frequencies.
    public init(frequencyDimension: String = "Frequency") { self.frequencyDimension = frequencyDimension }

    /// The dimension with the frequencies.
    public var parameters: USIDParameters { ["frequency_dimension": .text(frequencyDimension)] }

    /// A spectrum may have no answer.
    public var allowsNonFiniteResults: Bool { true }

    /// `Guess`, `Fit` and `Fit_Status`.
    public func results(for source: USIDDataset) throws -> [ResultDataset] {
        let frequency = try source.dimension(frequencyDimension)
        func member(_ name: String, _ units: String) -> String { units.isEmpty ? name : "\(name) [\(units)]" }
        let members = [
            member("Amplitude", source.units), member("Frequency", frequency.units), "Quality Factor", "Phase [rad]",
            "R2 Criterion",
        ]
        let columns = ResultDataset.Columns.without([frequency.label])
        return ["Guess", "Fit"].map { name in
            .perPosition(name, quantity: "SHO", units: "compound", members: members, of: Number.self, columns: columns)
        } + [.perPosition("Fit_Status", quantity: "Status", units: "", of: UInt8.self, columns: columns)]
    }

    /// The results before they are stored.
    public func scratchBytesPerPosition(for source: USIDDataset) -> Int {
        let spectra = (try? source.spectroscopicCells(without: [frequencyDimension]).points.count) ?? 1
        return spectra * MemoryLayout<SHOFitResult>.stride
    }

    /// The process with the tables for the frequencies of a source.
    ///
    /// - Throws: `USIDProcessError` with code `invalidProcess` where the frequencies do not determine an oscillator, or
    ///   are not the same for all spectra of a position.
    public func prepared(for source: USIDDataset) throws -> SHOFit {
        func wrong(_ message: String) -> USIDProcessError {
            USIDProcessError(.invalidProcess, path: source.path, message)
        }
        let label = try source.dimension(frequencyDimension).label
        let cells = try source.spectroscopicCells(without: [label]).points
        let values = try source.spectroscopicPointValues(of: label)
        guard let frequencies = cells.first.map({ $0.map { values[$0] } }),
            cells.allSatisfy({ cell in cell.map { values[$0] } == frequencies })
        else {
            throw wrong("the spectra of a position have different values of '\(label)', and are to be fitted alike")
        }
        let fitter: SHOFitter
        do {
            fitter = try SHOFitter(frequencies: frequencies)
        } catch {
            throw wrong(error.description)
        }
        let batches = SHOBatchFitter(fitter: fitter, cells: cells)
        // Non-generic types, so that each is compiled for its numbers.
        let kernel: any SHOKernel = Number.self == Double.self ? SHODoubleKernel(batches) : SHOFloatKernel(batches)
        var prepared = self
        prepared.kernel = kernel as? any SHOKernel<Number>
        guard prepared.kernel != nil else { throw wrong("spectra are fitted in single or double precision") }
        return prepared
    }

    /// Fits the spectra of a batch.
    public func compute(_ batch: Batch<Complex<Number>>, into results: inout ResultBatch) throws {
        guard let kernel else {
            throw USIDProcessError(.invalidProcess, path: batch.sourcePath, "the fit was not prepared for a source")
        }
        try kernel.compute(batch, into: &results)
    }
}

/// The fit of batches in one precision.
private protocol SHOKernel<Number>: Sendable {
    associatedtype Number: H5Number & Real where Complex<Number>: H5Element
    func compute(_ batch: Batch<Complex<Number>>, into results: inout ResultBatch) throws
}

private struct SHOFloatKernel: SHOKernel {
    private let batches: SHOBatchFitter
    init(_ batches: SHOBatchFitter) { self.batches = batches }
    func compute(_ batch: Batch<Complex<Float>>, into results: inout ResultBatch) throws {
        try batches.compute(batch, into: &results)
    }
}

private struct SHODoubleKernel: SHOKernel {
    private let batches: SHOBatchFitter
    init(_ batches: SHOBatchFitter) { self.batches = batches }
    func compute(_ batch: Batch<Complex<Double>>, into results: inout ResultBatch) throws {
        try batches.compute(batch, into: &results)
    }
}

/// Fits all spectra of batches.
private struct SHOBatchFitter: Sendable {
    private let fitter: SHOFitter
    /// The points of each spectrum of a position.
    private let cells: [[Int]]
    /// Whether a position is one spectrum, point after point.
    private let isWhole: Bool

    init(fitter: SHOFitter, cells: [[Int]]) {
        self.fitter = fitter
        self.cells = cells
        isWhole = cells.count == 1 && cells[0] == Array(0..<fitter.frequencyCount)
    }

    func compute<Number: H5Number & Real & BinaryFloatingPoint>(
        _ batch: Batch<Complex<Number>>, into results: inout ResultBatch
    ) throws where Complex<Number>: H5Element {
        var fits = [SHOFitResult](repeating: .notFinite, count: batch.count * cells.count)
        var workspace = fitter.makeWorkspace()
        if isWhole {
            var span = fits.mutableSpan
            fitter.fit(batch.values, &workspace, into: &span)
        } else {
            var spectrum = [Complex<Number>](repeating: .zero, count: fitter.frequencyCount)
            for index in batch.indices {
                let row = batch.row(index)
                for (number, points) in cells.enumerated() {
                    for (place, point) in points.enumerated() { spectrum[place] = row[point] }
                    fits[index * cells.count + number] = fitter.fit(spectrum.span, &workspace)
                }
            }
        }
        try results[0].withValues(as: Number.self) { store(fits, \.guess, to: &$0) }
        try results[1].withValues(as: Number.self) { store(fits, \.fit, to: &$0) }
        try results[2].withValues(as: UInt8.self) { status in
            for (number, fit) in fits.enumerated() { status[number] = fit.status.rawValue }
        }
    }

    /// Stores parameters member by member.
    private func store<Number: BinaryFloatingPoint>(
        _ fits: [SHOFitResult], _ which: KeyPath<SHOFitResult, SHOParameters>, to numbers: inout MutableSpan<Number>
    ) {
        for (number, fit) in fits.enumerated() {
            let parameters = fit[keyPath: which]
            numbers[number * 5] = Number(parameters.amplitude)
            numbers[number * 5 + 1] = Number(parameters.frequency)
            numbers[number * 5 + 2] = Number(parameters.qualityFactor)
            numbers[number * 5 + 3] = Number(parameters.phase)
            numbers[number * 5 + 4] = Number(parameters.rSquared)
        }
    }
}
