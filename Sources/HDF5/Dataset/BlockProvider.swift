import HDF5Filters
import HDF5Format

/// What one thread keeps from block to block, so that nothing is allocated per block.
struct BlockWorker {
    var coordinates: [Int]
    var runs: [[AxisRun]]
    /// Stored bytes of the blocks at hand, from `inputAddress` on.
    let input = ScratchBytes()
    fileprivate var inputAddress: UInt64 = 0
    fileprivate var inputCount = 0
    /// The decoded block.
    let output = ScratchBytes()
    /// A piece of a block that is decoded piece by piece, maybe into `output`.
    let piece = ScratchBytes()
    fileprivate var buffers = PipelineBuffers()
    let workspace: FilterWorkspace

    /// Whether stored bytes of blocks were fetched ahead.
    var hasFetched: Bool { inputCount > 0 }

    /// Memory for stored bytes.
    mutating func input(_ count: Int) -> UnsafeMutableRawBufferPointer {
        inputCount = 0
        return input.bytes(count)
    }

    init(rank: Int, workspace: FilterWorkspace) {
        coordinates = [Int](repeating: 0, count: rank)
        runs = [[AxisRun]](repeating: [], count: rank)
        self.workspace = workspace
    }
}

/// Memory that grows and is reused; not initialised, since it is always filled before it is read.
final class ScratchBytes {
    private var buffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    /// The first `count` bytes.
    func bytes(_ count: Int) -> UnsafeMutableRawBufferPointer {
        if buffer.count < count {
            buffer.deallocate()
            // Aligned for any element type; freed in deinit or when it grows. Some more than asked for, as what is asked
            // for next, the neighbouring chunks, is often a little larger.
            buffer = .allocate(byteCount: count + min(count / 4, 1 << 20), alignment: 64)
        }
        return UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
    }

    deinit { buffer.deallocate() }
}

/// The storage of a dataset as blocks of one shape that can be found and loaded one by one.
protocol BlockProvider: Sendable {
    /// The shape of a block in elements.
    var blockShape: [Int] { get }
    /// The bytes of a whole block.
    var blockBytes: Int { get }
    /// How many bytes make another thread worth starting.
    var bytesPerThread: Int { get }
    /// The wanted blocks that exist.
    func find(_ query: ChunkQuery) throws -> [FoundChunk]
    /// Hears how many blocks a call touches and how many elements it takes of them, before any is loaded.
    mutating func keepBlocks(touched: Int, selected: Int, elementSize: Int)
    /// Gets ready for blocks that will be loaded next.
    func prefetch(_ blocks: ArraySlice<FoundChunk>, worker: inout BlockWorker) throws
    /// Loads a whole block straight to where it belongs.
    func load(_ block: FoundChunk, worker: inout BlockWorker, into target: UnsafeMutableRawBufferPointer) throws
    /// Gives `body` the block's bytes, at least those of `elements`, and the first element that they hold.
    func withBlock(
        _ block: FoundChunk, worker: inout BlockWorker, elements: ClosedRange<Int>,
        _ body: (UnsafeRawBufferPointer, Int) throws -> Void) throws
    /// Moves what `worker.runs` select of a block that is too large to be held whole; false: nothing done, it is not.
    func scatterInPieces(
        _ block: FoundChunk, worker: inout BlockWorker, with scatter: BlockScatter, to sink: some ElementSink
    ) throws -> Bool
}

extension BlockProvider {
    mutating func keepBlocks(touched: Int, selected: Int, elementSize: Int) {}

    func scatterInPieces(
        _ block: FoundChunk, worker: inout BlockWorker, with scatter: BlockScatter, to sink: some ElementSink
    ) throws -> Bool { false }
}

/// Chunks found by an index, to be decoded by a filter pipeline.
struct ChunkBlocks: BlockProvider {
    /// The dataset, for the cache of chunks.
    let dataset: UInt64
    let index: ChunkIndex
    let pipeline: FilterPipeline
    let leavesPartialChunksUnfiltered: Bool
    let storage: FileStorage
    /// Whether blocks of which a part is wanted are kept for the next call.
    var keepsBlocks = false

    /// Neighbouring chunks are fetched with one read of at most this many bytes.
    private static let joinedRead = 1 << 20
    /// Unwanted bytes between two chunks that are read over rather than skipped.
    private static let gap = 4 << 10

    var blockShape: [Int] { index.grid.chunkShape }
    var blockBytes: Int { index.grid.chunkBytes }
    var bytesPerThread: Int { pipeline.isEmpty ? 1 << 20 : 128 << 10 }

    func find(_ query: ChunkQuery) throws -> [FoundChunk] { try index.find(query) }

    /// Keeps the blocks of this call where it takes parts of them only, as an earlier call did, and all of them fit into
    /// the cache.
    mutating func keepBlocks(touched: Int, selected: Int, elementSize: Int) {
        let (bytes, overflow) = touched.multipliedReportingOverflow(by: blockBytes)
        guard !pipeline.isEmpty, !overflow, bytes <= storage.chunkCache.capacity else { return }
        // Half of each is the least that leaves something worth coming back for.
        let takesParts = selected.multipliedReportingOverflow(by: 2 * elementSize).partialValue < bytes
        keepsBlocks = takesParts && storage.chunkCache.wasVisited(dataset)
    }

    func prefetch(_ blocks: ArraySlice<FoundChunk>, worker: inout BlockWorker) throws {
        worker.inputCount = 0
        guard blocks.count > 1, !keepsBlocks, !isLarge, let first = blocks.first else { return }
        var end = first.address
        for block in blocks {
            guard block.address >= end, block.address - end <= Self.gap else { return }
            end = block.address &+ UInt64(block.storedSize)
            guard end - first.address <= UInt64(Self.joinedRead) else { return }
        }
        let count = Int(end - first.address)
        try storage.readRaw(at: first.address, into: worker.input.bytes(count))
        worker.inputAddress = first.address
        worker.inputCount = count
    }

    /// The stored bytes of a block: those fetched ahead, or read now.
    private func stored(_ block: FoundChunk, _ count: Int, _ worker: inout BlockWorker) throws -> UnsafeRawBufferPointer
    {
        if worker.inputCount > 0, block.address >= worker.inputAddress,
            block.address - worker.inputAddress <= UInt64(worker.inputCount),
            count <= worker.inputCount - Int(block.address - worker.inputAddress)
        {
            let start = Int(block.address - worker.inputAddress)
            return UnsafeRawBufferPointer(rebasing: worker.input.bytes(worker.inputCount)[start..<(start + count)])
        }
        worker.inputCount = 0
        try storage.checkExtent(block.address, UInt64(max(0, count)))
        try storage.checkAllocation(count, "a stored chunk")
        let bytes = worker.input.bytes(count)
        try storage.readRaw(at: block.address, into: bytes)
        return UnsafeRawBufferPointer(bytes)
    }

    /// Whether the chunk lies in the file as it lies in memory; then all of it must be there.
    func isPlain(_ block: FoundChunk, _ worker: BlockWorker) throws -> Bool {
        guard pipeline.isEmpty || leavesPartialChunksUnfiltered && index.grid.isPartial(worker.coordinates) else {
            return false
        }
        // Otherwise bytes of something else that follows in the file would be shown as data.
        guard block.storedSize == blockBytes else {
            throw H5Error(
                .damaged, "an unfiltered chunk has \(block.storedSize) bytes where a chunk has \(blockBytes)",
                address: block.address)
        }
        return true
    }

    func load(_ block: FoundChunk, worker: inout BlockWorker, into target: UnsafeMutableRawBufferPointer) throws {
        if try isPlain(block, worker) {
            guard worker.inputCount > 0 else { return try storage.readRaw(at: block.address, into: target) }
            target.copyMemory(from: try stored(block, target.count, &worker))
            return
        }
        if try loadInPieces(block, worker: &worker, into: target) { return }
        let input = try stored(block, block.storedSize, &worker)
        // The target is the result's memory for exactly this chunk.
        var span = MutableRawSpan(_unsafeBytes: target)
        try pipeline.decode(
            RawSpan(_unsafeBytes: input), mask: block.filterMask, into: &span, buffers: &worker.buffers,
            workspace: worker.workspace)
    }

    func withBlock(
        _ block: FoundChunk, worker: inout BlockWorker, elements: ClosedRange<Int>,
        _ body: (UnsafeRawBufferPointer, Int) throws -> Void
    ) throws {
        if try isPlain(block, worker) {
            let elementSize = blockBytes / max(1, blockShape.reduce(1, *))
            if worker.inputCount == 0 {
                // Only the part that is wanted.
                let count = (elements.upperBound - elements.lowerBound + 1) * elementSize
                let bytes = worker.input.bytes(count)
                try storage.readRaw(at: block.address &+ UInt64(elements.lowerBound * elementSize), into: bytes)
                return try body(UnsafeRawBufferPointer(bytes), elements.lowerBound)
            }
            return try body(try stored(block, blockBytes, &worker), 0)
        }
        let key = ChunkCache.Key(dataset: dataset, chunk: block.address)
        if keepsBlocks, let known = storage.chunkCache.bytes(key), known.count == blockBytes {
            return try known.withUnsafeBytes { try body($0, 0) }
        }
        if keepsBlocks {
            // Decoded into memory of its own, which stays for the next call.
            let bytes = try [UInt8](unsafeUninitializedCapacity: blockBytes) { buffer, filled in
                try load(
                    block, worker: &worker,
                    into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<blockBytes])))
                filled = blockBytes
            }
            storage.chunkCache.insert(bytes, for: key)
            return try bytes.withUnsafeBytes { try body($0, 0) }
        }
        let output = worker.output.bytes(blockBytes)
        try load(block, worker: &worker, into: output)
        try body(UnsafeRawBufferPointer(output), 0)
    }
}

/// How contiguous data is cut into blocks of neighbouring rows, so that threads and selections can work on it.
struct ContiguousCut: Sendable {
    let blockShape: [Int]
    let blockBytes: Int
    private let shape: [Int]
    private let elementSize: Int

    /// - Parameter targetBytes: The bytes of a block, about.
    init(shape: [Int], elementSize: Int, targetBytes: Int = 1 << 20) {
        self.shape = shape
        self.elementSize = elementSize
        // Inner axes whole, one axis in part, outer axes one by one: each block is one piece of the data.
        var block = shape.map { _ in 1 }
        var bytes = elementSize
        for axis in shape.indices.reversed() {
            let extent = min(shape[axis], max(1, targetBytes / bytes))
            block[axis] = max(1, extent)
            bytes *= block[axis]
            if extent < shape[axis] { break }
        }
        blockShape = block
        blockBytes = bytes
    }

    /// The wanted blocks of data that starts at an address.
    func find(_ query: ChunkQuery, address: UInt64) -> [FoundChunk] {
        var found: [FoundChunk] = []
        found.reserveCapacity(query.count)
        var coordinates = shape.map { _ in 0 }
        for ordinal in 0..<query.count {
            query.coordinates(of: ordinal, into: &coordinates)
            var element = 0
            var elements = 1
            for axis in shape.indices {
                let start = coordinates[axis] * blockShape[axis]
                element = element * shape[axis] + start
                elements *= min(blockShape[axis], shape[axis] - start)
            }
            found.append(
                FoundChunk(
                    ordinal: ordinal, address: address &+ UInt64(element * elementSize),
                    storedSize: elements * elementSize, filterMask: 0))
        }
        return found
    }
}

/// Contiguous data in the file.
struct ContiguousBlocks: BlockProvider {
    private let address: UInt64
    private let cut: ContiguousCut
    private let elementSize: Int
    private let storage: FileStorage

    /// What is read to be moved on stays in a core's own cache.
    private static let stripBytes = 256 << 10
    /// What is read to where it belongs, a large page, which one thread then fills alone.
    ///
    /// Two threads that touch a new page at the same time both clear one.
    static let directBytes = 2 << 20

    /// Unwanted bytes between two runs that are skipped rather than read over: reading them takes longer than a call.
    private static let gap = 16 << 10
    /// More runs than this are not read one by one: a block is kept in memory of each.
    private static let maximumRuns = 1 << 20

    /// - Parameter isDirect: Whether elements are wanted as they are stored, so that blocks are read to where they belong.
    init(
        address: UInt64, shape: [Int], elementSize: Int, isDirect: Bool, plan: SelectionPlan, storage: FileStorage
    ) {
        self.address = address
        self.elementSize = elementSize
        self.storage = storage
        let runs = plan.runs(in: shape)
        let isSparse =
            (runs.distance - runs.length) >= Self.gap / max(1, elementSize)
            && plan.count / runs.length <= Self.maximumRuns
        let usual = isDirect ? Self.directBytes : Self.stripBytes
        // Of runs that lie far apart each is read by itself.
        let target = isSparse ? min(usual, max(Self.gap / 4, runs.length &* elementSize)) : usual
        cut = ContiguousCut(shape: shape, elementSize: elementSize, targetBytes: target)
    }

    var blockShape: [Int] { cut.blockShape }
    var blockBytes: Int { cut.blockBytes }
    var bytesPerThread: Int { 4 << 20 }

    func find(_ query: ChunkQuery) throws -> [FoundChunk] { cut.find(query, address: address) }

    func prefetch(_ blocks: ArraySlice<FoundChunk>, worker: inout BlockWorker) throws {}

    func load(_ block: FoundChunk, worker: inout BlockWorker, into target: UnsafeMutableRawBufferPointer) throws {
        try storage.readRaw(at: block.address, into: target)
    }

    func withBlock(
        _ block: FoundChunk, worker: inout BlockWorker, elements: ClosedRange<Int>,
        _ body: (UnsafeRawBufferPointer, Int) throws -> Void
    ) throws {
        let bytes = worker.input((elements.upperBound - elements.lowerBound + 1) * elementSize)
        try storage.readRaw(at: block.address &+ UInt64(elements.lowerBound * elementSize), into: bytes)
        try body(UnsafeRawBufferPointer(bytes), elements.lowerBound)
    }
}

/// Data that is in memory already, as one block.
struct InlineBlocks: BlockProvider {
    private let bytes: [UInt8]
    let blockShape: [Int]

    init(bytes: [UInt8], shape: [Int]) {
        self.bytes = bytes
        blockShape = shape.map { max(1, $0) }
    }

    var blockBytes: Int { bytes.count }
    var bytesPerThread: Int { .max }

    func find(_ query: ChunkQuery) throws -> [FoundChunk] {
        [FoundChunk(ordinal: 0, address: 0, storedSize: bytes.count, filterMask: 0)]
    }

    func prefetch(_ blocks: ArraySlice<FoundChunk>, worker: inout BlockWorker) throws {}

    func load(_ block: FoundChunk, worker: inout BlockWorker, into target: UnsafeMutableRawBufferPointer) throws {
        bytes.withUnsafeBytes {
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<min($0.count, target.count)]))
        }
    }

    func withBlock(
        _ block: FoundChunk, worker: inout BlockWorker, elements: ClosedRange<Int>,
        _ body: (UnsafeRawBufferPointer, Int) throws -> Void
    ) throws {
        try bytes.withUnsafeBytes { try body($0, 0) }
    }
}
