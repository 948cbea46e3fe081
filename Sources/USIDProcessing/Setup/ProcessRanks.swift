/// The processes that work on one run together, on one machine or many, with one file system (MPI's ranks).
///
/// All calls are made by every rank, in the same order, on the thread that called `ProcessRun.perform`.
public protocol ProcessRanks: Sendable {
    /// The number of this process among all, from 0.
    var rank: Int { get }
    /// The number of processes.
    var count: Int { get }
    /// Waits until every rank is here.
    ///
    /// - Throws: Where the ranks cannot reach each other.
    func wait() throws
    /// Gives every rank the bytes that rank 0 has; what the others have is ignored.
    ///
    /// - Throws: Where the ranks cannot reach each other.
    func broadcast(_ bytes: [UInt8]) throws -> [UInt8]
    /// Gives rank 0 what every rank has, in the order of the ranks, each as many bytes; the others get nothing.
    ///
    /// - Throws: Where the ranks cannot reach each other.
    func gather(_ bytes: [UInt8]) throws -> [[UInt8]]
}
