import HDF5

/// Brings files of one kind into h5USID.
///
/// A translator is a value: its properties say how it works, and one may be used for any number of files.
public protocol Translator: Sendable {
    /// The name, as files hold it in the attribute `translator`.
    static var name: String { get }

    /// Whether a file is of the kind.
    ///
    /// - Parameters:
    ///   - start: The first bytes of the file, 64 KiB or all.
    ///   - path: The path of the file, whose ending may tell where the bytes do not.
    static func recognises(start: [UInt8], path: String) -> Bool

    /// Makes a translator that works as most users want it.
    init()

    /// Says what a translation would write, without decoding the data.
    ///
    /// - Throws: `USIDError` with code `unreadableFile`, `unsupportedFile`, `damagedFile` or `tooLarge`.
    func description(of path: String) throws -> TranslationDescription

    /// Writes the content of a file as a new measurement below a group (R50, R51).
    ///
    /// All of the source is read and checked before anything is written, and what fails half-way leaves nothing behind;
    /// nothing is permanent before the file is committed.
    ///
    /// - Parameters:
    ///   - path: The path of the source.
    ///   - group: Where the measurement group is made, as a rule the root group.
    ///   - progress: Hears of each step, from the thread of the caller; what it throws ends the translation.
    /// - Returns: The Main datasets that were written.
    /// - Throws: As `description(of:)`; `readOnly` or `invalidArgument` for what cannot be written.
    @discardableResult
    func translate(_ path: String, into group: H5Group, progress: (TranslationProgress) throws -> Void) throws
        -> [USIDDataset]
}

extension Translator {
    /// Writes the content of a file as a new measurement below a group, without telling of progress.
    @discardableResult
    public func translate(_ path: String, into group: H5Group) throws -> [USIDDataset] {
        try translate(path, into: group) { _ in }
    }
}

/// How far a translation has come.
public struct TranslationProgress: Hashable, Sendable {
    /// The steps that are done.
    public let completed: Int
    /// All steps.
    public let total: Int
    /// What is being done, in a few words.
    public let step: String
}

/// What a translation would write.
public struct TranslationDescription: Hashable, Sendable {
    /// A Main dataset that would be written.
    public struct Main: Hashable, Sendable {
        /// The name.
        public let name: String
        /// The number of positions and that of spectroscopic points.
        public let shape: [Int]
        /// What was measured.
        public let quantity: String
        /// The unit of the values.
        public let units: String
    }

    /// The format of the source.
    public let format: String
    /// The Main datasets.
    public let mains: [Main]
    /// What the source says, by name.
    public let metadata: [RasterImage.Property]
}
