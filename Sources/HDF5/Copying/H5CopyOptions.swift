import HDF5Format

/// What a copy of datasets changes on the way.
public struct H5CopyOptions: Sendable {
    /// What happens to a property of datasets.
    public enum Change<Value: Sendable>: Sendable {
        /// The copy has what the original has.
        case keep
        /// All copies have this.
        case replace(Value)
    }

    /// The filters of datasets in chunks.
    ///
    /// Datasets that are not stored in chunks get chunks where filters are asked for.
    public var filters: Change<[H5DatasetFilter]>
    /// The chunk shape of datasets whose rank it fits; those of other ranks keep theirs.
    public var chunkShape: Change<[Int]>
    /// Hears about progress: the bytes of elements copied so far, and of all.
    ///
    /// What it throws ends the copy, and nothing is left of it.
    public var progress: (@Sendable (_ done: Int, _ total: Int) throws -> Void)?

    /// Whether the copy goes on where something cannot be read.
    ///
    /// An object that cannot be opened becomes an empty group, and elements keep the fill value; the summary says what it was.
    public var toleratesDamage: Bool

    /// Makes options; by default nothing changes, and what cannot be read ends the copy.
    public init(
        toleratesDamage: Bool = false, filters: Change<[H5DatasetFilter]> = .keep, chunkShape: Change<[Int]> = .keep,
        progress: (@Sendable (_ done: Int, _ total: Int) throws -> Void)? = nil
    ) {
        self.toleratesDamage = toleratesDamage
        self.filters = filters
        self.chunkShape = chunkShape
        self.progress = progress
    }
}

/// Something that could not be copied since it could not be read.
public struct H5CopyProblem: Sendable {
    /// The path of the object.
    public let path: String
    /// Why it could not be read.
    public let error: H5Error
}

/// What was copied.
public struct H5CopySummary: Sendable {
    /// The groups, the root group among them.
    public internal(set) var groups = 0
    /// The datasets.
    public internal(set) var datasets = 0
    /// The committed datatypes.
    public internal(set) var datatypes = 0
    /// The attributes of all objects.
    public internal(set) var attributes = 0
    /// The bytes of elements, decoded.
    public internal(set) var bytes = 0
    /// What could not be read.
    public internal(set) var problems: [H5CopyProblem] = []
}
