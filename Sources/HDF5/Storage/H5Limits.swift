/// What reading a file may cost, so that no file can hurt the program that opens it.
///
/// Sizes that a file states are checked against the file itself first; these limits hold for what remains
/// possible: compressed data that expands, and extents that were never written.
public struct H5Limits: Hashable, Sendable {
    /// The largest result of one call and the largest chunk, in bytes.
    public var bytesPerCall: Int
    /// How many soft, external and user-defined links one path may pass through.
    public var linkHops: Int
    /// How many objects a walk visits at most.
    public var objectsPerWalk: Int
    /// How deep variable-length data may nest.
    public var nestingDepth: Int
    /// How much metadata is kept in memory, in bytes.
    public var metadataCache: Int
    /// How many bytes of decoded chunks are kept from one call to the next; 0: none.
    ///
    /// Chunks are kept of which a call took a part only, and only where all that the call touched fits: so the rows of a
    /// chunk can be read one by one, and a pass over a large dataset costs no memory.
    public var chunkCache: Int

    /// Makes limits.
    public init(
        bytesPerCall: Int, linkHops: Int = 16, objectsPerWalk: Int = .max, nestingDepth: Int = 32,
        metadataCache: Int = 8 << 20, chunkCache: Int = 128 << 20
    ) {
        self.bytesPerCall = bytesPerCall
        self.linkHops = linkHops
        self.objectsPerWalk = objectsPerWalk
        self.nestingDepth = nestingDepth
        self.metadataCache = metadataCache
        self.chunkCache = chunkCache
    }

    /// For files of one's own: a result may take as much as the machine has memory.
    public static var standard: H5Limits { H5Limits(bytesPerCall: SystemInformation.physicalMemory) }

    /// For files from anybody: 256 MiB per call, a million objects, shallow nesting.
    public static let untrusted = H5Limits(
        bytesPerCall: 256 << 20, linkHops: 8, objectsPerWalk: 1_000_000, nestingDepth: 8, metadataCache: 4 << 20,
        chunkCache: 32 << 20)
}
