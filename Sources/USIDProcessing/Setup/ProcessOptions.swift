import HDF5
import USID

/// How a process is run.
public struct ProcessOptions: Sendable {
    /// The threads that compute; nil for one on each processor.
    public var threads: Int?
    /// The group of another file where the results group is made; nil for beside the source.
    public var target: H5Group?
    /// The path by which results in another file name that of the source; by default that by which it was opened.
    public var sourceFilePath: String?
    /// The time between checkpoints.
    public var checkpointInterval: Duration
    /// What a checkpoint survives; by default power failures, for which it waits for the disk.
    public var durability: H5Durability
    /// Whether results are worked out again, in a new group, where an earlier run made them; such a run that was cut short goes
    /// on as any other one.
    public var overridesEarlier: Bool
    /// The filters of the results, which then lie in chunks; by default they lie in one block, into which each thread
    /// writes what it worked out.
    public var filters: [H5DatasetFilter]
    /// The processes that work on the run together; nil for this one alone.
    ///
    /// Rank 0 has the file of the results open for changes, the others need the source only, for reading.
    public var ranks: (any ProcessRanks)?
    /// When, where and by what the results were made (R70).
    public var bookKeeping: USIDBookKeeping
    /// The time between two reports of progress; changed by tests only.
    var progressInterval = Duration.milliseconds(100)

    /// Makes options.
    public init(
        threads: Int? = nil, target: H5Group? = nil, sourceFilePath: String? = nil,
        checkpointInterval: Duration = .seconds(30), durability: H5Durability = .powerFailure,
        overridesEarlier: Bool = false,
        filters: [H5DatasetFilter] = [], ranks: (any ProcessRanks)? = nil,
        bookKeeping: USIDBookKeeping = USIDBookKeeping()
    ) {
        self.threads = threads
        self.target = target
        self.sourceFilePath = sourceFilePath
        self.checkpointInterval = checkpointInterval
        self.durability = durability
        self.overridesEarlier = overridesEarlier
        self.filters = filters
        self.ranks = ranks
        self.bookKeeping = bookKeeping
    }
}
