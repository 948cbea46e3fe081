/// What reading a file may cost, so that no file can hurt the program that opens it.
///
/// Sizes that a file states are checked against the file itself first; these limits hold for what remains
/// possible: compressed data that expands, extents that were never written, and many places of a file that all lead
/// to the same large one. Whatever a limit forbids is an `H5Error` with the code `limitExceeded`.
///
/// ```swift
/// let file = try H5File.open(bytes: upload, limits: .untrusted)
/// ```
///
/// | limit | `standard` | `untrusted` |
/// |---|---|---|
/// | `bytesPerCall` | the machine's memory | 256 MiB |
/// | `bytesPerAllocation` | as `bytesPerCall` | 256 MiB |
/// | `decodedBytesPerCall` | none | 4 GiB |
/// | `nestingDepth` | 32 | 8 |
/// | `linkHops` | 16 | 8 |
/// | `objectsPerWalk` | none | 1,000,000 |
/// | `linksPerGroup` | 10,000,000 | 100,000 |
/// | `metadataCache` | 8 MiB | 4 MiB |
/// | `chunkCache` | 128 MiB | 32 MiB |
/// | `threads` | all processors | all processors |
public struct H5Limits: Hashable, Sendable {
    /// The largest result of one call in bytes, with all variable-length data, names and values that belong to it.
    ///
    /// Guards against descriptors of variable-length data, links or attributes that all lead to one large object of a
    /// heap, so that a small file describes more than any machine holds.
    public var bytesPerCall: Int
    /// The largest piece of memory that is asked for at once: a result, a chunk, an element, an object of a heap.
    ///
    /// Guards against single sizes that a file may state although little is stored: chunks that expand, elements that
    /// were never written, files with holes.
    public var bytesPerAllocation: Int
    /// How many bytes one call may read and decode, wanted or not: chunks that a selection only touches count whole.
    ///
    /// Guards against time: a chunk of a few bytes may decode to megabytes, and a file may have millions of them.
    public var decodedBytesPerCall: Int
    /// How many soft, external and user-defined links one path may pass through.
    ///
    /// Guards against links that lead to one another in a circle.
    public var linkHops: Int
    /// How many objects a walk visits at most; a digest, too.
    ///
    /// Guards against time. Links that lead to objects already visited cost time as well: a walk looks at no more than
    /// eight for each object.
    public var objectsPerWalk: Int
    /// How many links of one group are listed at most; single ones are found by name in a group of any size.
    ///
    /// Guards against memory: a link takes some hundred bytes in memory, and few in the file.
    public var linksPerGroup: Int
    /// How deep variable-length data may nest, and how often virtual datasets may lead to virtual datasets.
    ///
    /// Guards against the stack, and against work that multiplies with every level.
    public var nestingDepth: Int
    /// How much metadata is kept in memory, in bytes.
    public var metadataCache: Int
    /// How many bytes of decoded chunks are kept from one call to the next; 0: none.
    ///
    /// Chunks are kept of which a call took a part only, from the second such call on a dataset on, and only where all that
    /// the call touched fits: so the rows of a chunk can be read one by one, and a pass over a large dataset costs no memory.
    public var chunkCache: Int
    /// How many threads one call uses at most; nil: as many as there are processors that the program may use.
    ///
    /// What is written is the same for any number.
    public var threads: Int?
    /// The bytes that are decoded at a time of a chunk that is larger than a few of these; changed by tests only.
    var decodedPiece = 256 << 10

    /// Makes limits.
    ///
    /// - Parameter bytesPerAllocation: As much as `bytesPerCall` where it is nil.
    public init(
        bytesPerCall: Int, bytesPerAllocation: Int? = nil, decodedBytesPerCall: Int = .max, linkHops: Int = 16,
        objectsPerWalk: Int = .max, linksPerGroup: Int = 10_000_000, nestingDepth: Int = 32,
        metadataCache: Int = 8 << 20, chunkCache: Int = 128 << 20, threads: Int? = nil
    ) {
        self.bytesPerCall = bytesPerCall
        self.bytesPerAllocation = bytesPerAllocation ?? bytesPerCall
        self.decodedBytesPerCall = decodedBytesPerCall
        self.linkHops = linkHops
        self.objectsPerWalk = objectsPerWalk
        self.linksPerGroup = linksPerGroup
        self.nestingDepth = nestingDepth
        self.metadataCache = metadataCache
        self.chunkCache = chunkCache
        self.threads = threads
    }

    /// The number of threads that one call may use.
    var threadCount: Int { max(1, threads ?? SystemInformation.processorCount) }

    /// For files of one's own: a result may take as much as the machine has memory.
    public static var standard: H5Limits { H5Limits(bytesPerCall: SystemInformation.physicalMemory) }

    /// For files from anybody: 256 MiB per call and 4 GiB of decoding, a million objects, shallow nesting.
    public static let untrusted = H5Limits(
        bytesPerCall: 256 << 20, decodedBytesPerCall: 4 << 30, linkHops: 8, objectsPerWalk: 1_000_000,
        linksPerGroup: 100_000, nestingDepth: 8, metadataCache: 4 << 20, chunkCache: 32 << 20)
}
