import HDF5

/// What a run would make, and how.
public struct ProcessPlan: Sendable {
    /// A dataset that would be made.
    public struct Result: Sendable {
        /// The name.
        public let name: String
        /// The type of its elements.
        public let datatype: H5Datatype
        /// The number of its spectroscopic points.
        public let pointCount: Int
        /// The bytes of all elements.
        public let byteCount: Int
    }

    /// The datasets in the order of the process.
    public let results: [Result]
    /// The positions of a batch.
    public let batchPositions: Int
    /// The threads that compute.
    public let threads: Int
    /// The memory that batches, results and scratch memory take together at most, in bytes, about.
    public let memory: Int
}
