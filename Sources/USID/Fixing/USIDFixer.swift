import HDF5

/// Mends what a file does against the rules of h5USID, as far as nothing has to be guessed.
///
/// ```swift
/// let plan = try USIDFixer().plan(for: file)             // writes nothing
/// for repair in plan.repairs { print(repair) }
/// for leftover in plan.leftovers { print(leftover.finding, leftover.reason) }
/// try USIDFixer().fix(file, to: "fixed.h5")
/// ```
///
/// `Spec/h5usid.md` lists for every rule what is mended and what is not. Notes of the validator are no faults and are
/// left alone.
public struct USIDFixer: Sendable {
    /// Makes a fixer.
    public init() {}

    /// What can be mended in a file, and what cannot.
    ///
    /// Tried out in memory: nothing is written.
    ///
    /// - Throws: `H5Error` with code `unsupported` where the file cannot be changed; what reading throws.
    public func plan(for file: H5File) throws -> USIDFixes {
        let scratch = try file.scratch()
        defer { try? scratch.close() }
        return try apply(to: scratch)
    }

    /// Mends a file that is open for changes; they take effect with `commit`.
    ///
    /// - Throws: `USIDError` with code `readOnly`; `H5Error` where something cannot be read or written, and then the
    ///   changes are half-done and should not be committed.
    @discardableResult
    public func apply(to file: H5File) throws -> USIDFixes {
        guard file.isWritable else {
            throw USIDError(
                .readOnly, path: "/",
                "the file is open for reading only: open it with H5File.openForUpdate or H5File.update, or mend a copy")
        }
        var run = FixingRun(file: file)
        return try run.fixes()
    }

    /// Writes a mended copy, which appears at its path only when it is complete; the file itself stays as it is.
    ///
    /// Objects that are not mended keep their bytes; there is a copy also where nothing can be mended.
    ///
    /// - Parameters:
    ///   - path: The path of the copy.
    ///   - replacing: Whether a file at that path is replaced.
    ///   - progress: Hears of the bytes copied so far, and of all; what it throws ends the work, and nothing is left of it.
    /// - Throws: `USIDError` with code `invalidArgument` where the path is that of the file itself; `H5Error` with code
    ///   `exists` or `unsupported`, or what reading and writing throw.
    @discardableResult
    public func fix(
        _ file: H5File, to path: String, replacing: Bool = false,
        progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws -> USIDFixes {
        if let original = file.path, FileIdentity.areSame(original, path) {
            throw USIDError(
                .invalidArgument, path: "/", "the copy would replace the file itself: choose another path")
        }
        let copy = try file.duplicate(at: path, replacing: replacing, progress: progress)
        do {
            var fixes = try apply(to: copy)
            try copy.commit()
            try copy.close()
            fixes.report = USIDReport(
                file: path, mains: fixes.report.mains, forms: fixes.report.forms, findings: fixes.report.findings)
            return fixes
        } catch {
            try? copy.close()
            throw error
        }
    }
}
