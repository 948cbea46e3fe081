import HDF5
import USID

/// A computation over the positions of a Main dataset: what it is called, what decides its results, what these are, and
/// how those of a batch of positions are worked out.
///
/// A `ProcessRun` does the rest: it reads batches within a memory budget, uses every core, writes the results with their
/// provenance, takes checkpoints, resumes and finds earlier runs.
///
/// ```swift
/// struct PeakPosition: USIDProcess {
///     let name = "Peak_Position", version = "1.0"
///     var smoothing = 3
///
///     func results(for source: USIDDataset) throws -> [ResultDataset] {
///         [.perPosition("Peak", quantity: "Frequency", units: "Hz", of: Float.self)]
///     }
///     func compute(_ batch: Batch<Float>, into results: inout ResultBatch) throws {
///         for (i, spectrum) in batch.enumerated() { results[0][i] = peak(of: spectrum, smoothing) }
///     }
/// }
/// ```
///
/// The results of a position may depend on its own data and on the parameters only, so that they are the same for any
/// size of batches and any number of threads. What is random comes from `PositionRandomNumbers`.
public protocol USIDProcess: Sendable {
    /// What the elements of the source are read as: real, complex, or, with `sourceForm`, parts of a compound.
    associatedtype Input: H5Element

    /// What the process is called; the results group is named `<Main>-<name>_000` (R53).
    var name: String { get }
    /// The version of the computation; results of another version are never found or resumed.
    var version: String { get }
    /// What decides the results; they become attributes of the results group (R72).
    ///
    /// By default these are the stored properties but `name` and `version`: numbers, texts, Booleans, lists of these, and
    /// structures of these; nil is left out.
    ///
    /// - Throws: `USIDProcessError` with code `invalidProcess` for a property that no attribute holds.
    var parameters: USIDParameters { get throws }
    /// How the elements of the source become `Input`; by default they are converted.
    var sourceForm: SourceForm { get }
    /// Whether results may be NaN or infinite; by default such a result ends the run with an error.
    var allowsNonFiniteResults: Bool { get }

    /// The datasets that the process makes of a source.
    ///
    /// - Throws: Where the process makes no sense of the source; nothing is written then.
    func results(for source: USIDDataset) throws -> [ResultDataset]
    /// What is stored beside the results once for all positions; nothing by default.
    func constants(for source: USIDDataset) throws -> [ResultConstant]
    /// The memory that `compute` needs for each position beside its data and its results, in bytes; 0 by default.
    func scratchBytesPerPosition(for source: USIDDataset) -> Int
    /// The process with what it works out once for a source, such as tables; by default itself.
    ///
    /// The parameters are those of the process before.
    ///
    /// - Throws: Where the process makes no sense of the source; nothing is written then.
    func prepared(for source: USIDDataset) throws -> Self

    /// Works out the results of a batch of positions.
    ///
    /// Several threads do so at once, each with a batch of its own.
    ///
    /// - Parameters:
    ///   - batch: The data of the positions.
    ///   - results: One column for each of `results(for:)`, in the same order; every position needs a value in each.
    /// - Throws: What keeps a position from being worked out; the run ends with it, after a checkpoint.
    func compute(_ batch: Batch<Input>, into results: inout ResultBatch) throws
}

/// How the elements of a source become the input of a process.
public enum SourceForm: Hashable, Sendable {
    /// Each element is converted, rounded where need be.
    case stored
    /// One member of a compound.
    case field(String)
    /// Complex and compound elements as real numbers, all first parts of a position, then all second ones
    /// (`USIDRealForm`); for inputs of `Float` and `Double`.
    case real
}

extension USIDProcess {
    /// The stored properties but `name` and `version`.
    public var parameters: USIDParameters {
        get throws { try USIDParameters(storedPropertiesOf: self, without: ["name", "version"], process: name) }
    }
    /// Elements are converted.
    public var sourceForm: SourceForm { .stored }
    /// They may not.
    public var allowsNonFiniteResults: Bool { false }
    /// Nothing.
    public func constants(for source: USIDDataset) throws -> [ResultConstant] { [] }
    /// None.
    public func scratchBytesPerPosition(for source: USIDDataset) -> Int { 0 }
    /// Itself.
    public func prepared(for source: USIDDataset) throws -> Self { self }
}

/// A process that works out one position at a time.
///
/// ```swift
/// func compute(_ spectrum: ArraySlice<Float>, at position: Int, into results: inout ResultRow) throws {
///     results[0] = spectrum.max()
/// }
/// ```
///
/// An error that is thrown names its position.
public protocol USIDPositionProcess: USIDProcess {
    // Said again, so that the compiler finds it in the requirement below.
    associatedtype Input

    /// Works out the results of one position.
    ///
    /// - Parameters:
    ///   - values: The elements of the position, one per spectroscopic point.
    ///   - position: The number of the position: its row in the source.
    ///   - results: One value or row for each of `results(for:)`.
    func compute(_ values: ArraySlice<Input>, at position: Int, into results: inout ResultRow) throws
}

extension USIDPositionProcess {
    /// Works out position after position.
    public func compute(_ batch: Batch<Input>, into results: inout ResultBatch) throws {
        // The results change hands, as a copy of them would cost as much as they hold.
        var row = ResultRow()
        swap(&row.batch, &results)
        defer { swap(&row.batch, &results) }
        for index in batch.indices {
            row.index = index
            let position = batch.positions.lowerBound + index
            do {
                try compute(batch[index], at: position, into: &row)
            } catch {
                throw USIDProcessError(
                    .computation, path: batch.sourcePath, positions: position..<position + 1,
                    "\(name) cannot work out position \(position): \(USIDProcessError.text(of: error))",
                    cause: error)
            }
        }
    }
}
