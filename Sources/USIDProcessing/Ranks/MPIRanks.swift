#if MPI
import CMPI

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#endif

/// The ranks of MPI: OpenMPI or MPICH, found by pkg-config when the package is built with the trait `MPI`.
///
/// ```swift
/// let ranks = try MPIRanks()
/// defer { ranks.end() }
/// let run = try ProcessRun(process, on: main, options: ProcessOptions(ranks: ranks))
/// try run.perform()
/// ```
///
/// Started by `mpirun -n 4 …`; without it there is one rank.
public struct MPIRanks: ProcessRanks {
    /// The number of this process among all, from 0.
    public let rank: Int
    /// The number of processes.
    public let count: Int

    /// Whether a launcher of MPI started this process, as its environment says.
    public static var isStarted: Bool {
        ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE"].contains { (name: String) in getenv(name) != nil }
    }

    /// Starts MPI, on the thread that will run the process.
    ///
    /// - Throws: `USIDProcessError` with code `ranks`.
    public init() throws {
        try Self.check(usid_mpi_start(), "started")
        var (rank, count) = (CInt(0), CInt(0))
        try Self.check(usid_mpi_rank(&rank), "asked for the rank")
        try Self.check(usid_mpi_count(&count), "asked for the number of ranks")
        self.rank = Int(rank)
        self.count = Int(count)
    }

    /// Ends MPI; once, at the end of the process.
    public func end() { _ = usid_mpi_end() }

    /// Ends all ranks at once, as after an error of one that the others do not hear of.
    public func abort(_ code: Int) { usid_mpi_abort(CInt(truncatingIfNeeded: code)) }

    /// Waits until every rank is here.
    public func wait() throws { try Self.check(usid_mpi_barrier(), "asked to wait") }

    /// Gives every rank the bytes of rank 0.
    public func broadcast(_ bytes: [UInt8]) throws -> [UInt8] {
        // The numbers of bytes first, so that every rank has room for them. The memory is lent for each call.
        var size = UInt64(bytes.count)
        try withUnsafeMutableBytes(of: &size) { try Self.check(usid_mpi_broadcast($0.baseAddress, 8), "sent a size") }
        guard size <= UInt64(CInt.max) else { throw Self.error("too much was sent") }
        var copy = rank == 0 ? bytes : [UInt8](repeating: 0, count: Int(size))
        try copy.withUnsafeMutableBytes {
            try Self.check(usid_mpi_broadcast($0.baseAddress, CInt($0.count)), "sent bytes")
        }
        return copy
    }

    /// Gives rank 0 the bytes of every rank.
    public func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
        let (total, overflow) = bytes.count.multipliedReportingOverflow(by: count)
        guard !overflow, total <= Int(CInt.max) else { throw Self.error("too much was sent") }
        var all = [UInt8](repeating: 0, count: rank == 0 ? total : 0)
        // Rank 0 has room for what all ranks send, each as much; the memory is lent for the call.
        try bytes.withUnsafeBytes { bytes in
            try all.withUnsafeMutableBytes { all in
                try Self.check(usid_mpi_gather(bytes.baseAddress, CInt(bytes.count), all.baseAddress), "gathered bytes")
            }
        }
        guard rank == 0 else { return [] }
        return (0..<count).map { Array(all[$0 * bytes.count..<($0 + 1) * bytes.count]) }
    }

    private static func check(_ status: CInt, _ what: String) throws {
        guard status == 0 else { throw error("MPI could not be \(what) (status \(status))") }
    }

    private static func error(_ message: String) -> USIDProcessError { USIDProcessError(.ranks, path: "", message) }
}
#endif
