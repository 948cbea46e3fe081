import HDF5Filters
import HDF5Format

/// A chunk on its way into the file.
struct OutgoingChunk: Sendable {
    /// Its number in row-major order of the grid.
    var number: Int
    var coordinates: [Int]
    /// Where the chunk is now; nil where it never was.
    var existing: ChunkElement?
}

/// Gives the decoded bytes of chunks that are to be written.
protocol ChunkSupply: Sendable {
    /// The bytes of a chunk, which stay until the worker is used for the next one.
    func block(_ index: Int, _ chunk: OutgoingChunk, _ worker: inout ChunkEncodingWorker) throws
        -> UnsafeRawBufferPointer
    /// The bytes of a chunk that lie with the caller as they are, for as long as the write lasts; nil for others.
    func lentBlock(_ chunk: OutgoingChunk, _ worker: inout ChunkEncodingWorker) -> UnsafeRawBufferPointer?
}

extension ChunkSupply {
    func lentBlock(_ chunk: OutgoingChunk, _ worker: inout ChunkEncodingWorker) -> UnsafeRawBufferPointer? { nil }
}

/// What one thread keeps from chunk to chunk.
struct ChunkEncodingWorker {
    let block = ScratchBytes()
    let input = ScratchBytes()
    var runs: [[AxisRun]]
    var buffers = PipelineBuffers()
    let workspace: FilterWorkspace

    init(rank: Int, workspace: FilterWorkspace) {
        runs = [[AxisRun]](repeating: [], count: rank)
        self.workspace = workspace
    }
}

/// Encodes chunks on all cores and writes them.
///
/// A wave of chunks is encoded; then their places are given out in order, so that the file is the same whatever the number
/// of threads; then they are written, neighbours together.
final class ChunkEncoding {
    private let grid: ChunkGrid
    private let pipeline: FilterPipeline
    private let leavesPartialChunksUnfiltered: Bool
    /// Whether chunks stay where they are: an implicit index has no place for another address.
    private let keepsPlaces: Bool
    private let storage: FileStorage
    /// Memory of encoded chunks, reused from wave to wave.
    private lazy var pool = Locked<[ContiguousArray<UInt8>]>([])

    /// Neighbouring chunks are written together up to this many bytes.
    private static let joinedWrite = 1 << 20

    init(
        grid: ChunkGrid, filters: [H5FilterDescription], leavesPartialChunksUnfiltered: Bool,
        keepsPlaces: Bool = false, storage: FileStorage
    ) {
        self.grid = grid
        self.keepsPlaces = keepsPlaces
        pipeline = FilterPipeline(filters, filters: storage.filters)
        self.leavesPartialChunksUnfiltered = leavesPartialChunksUnfiltered
        self.storage = storage
    }

    private struct Slot {
        var bytes: ContiguousArray<UInt8> = []
        var count = 0
        var mask: UInt32 = 0
    }

    /// Writes chunks; answers where they are.
    func write(_ chunks: [OutgoingChunk], from supply: some ChunkSupply) throws -> [ChunkElement] {
        try pipeline.isEmpty ? writePlain(chunks, from: supply) : writeEncoded(chunks, from: supply)
    }

    /// Gives a chunk its place: where it is, when that is as large and not committed or cannot be another one, else a new one.
    private func place(_ chunk: OutgoingChunk, _ count: Int) throws -> UInt64 {
        if let old = chunk.existing, let address = old.address {
            let size = try old.storedSize.map { try Int(checking: $0, "the size of a chunk") } ?? grid.chunkBytes
            if size == count, keepsPlaces || storage.isFresh(address, size) { return address }
            try storage.release(address, size)
        }
        return try storage.allocate(count, alignment: pipeline.isEmpty ? 8 : 1)
    }

    private func writePlain(_ chunks: [OutgoingChunk], from supply: some ChunkSupply) throws -> [ChunkElement] {
        let places = try chunks.map { try place($0, grid.chunkBytes) }
        let (storage, chunkBytes) = (storage, grid.chunkBytes)
        var groups: [Range<Int>] = []
        for index in chunks.indices {
            if let group = groups.last, places[index - 1] &+ UInt64(chunkBytes) == places[index],
                (group.count + 1) * chunkBytes <= Self.joinedWrite
            {
                groups[groups.count - 1] = group.lowerBound..<(index + 1)
            } else {
                groups.append(index..<(index + 1))
            }
        }
        let parts = groups
        // What lies with the caller as it is only has to be handed over, and the system lets one thread at a time write.
        let isLent = storage.withWorkspace { workspace in
            var worker = ChunkEncodingWorker(rank: grid.rank, workspace: workspace)
            return chunks.first.map { supply.lentBlock($0, &worker) != nil } ?? true
        }
        let pieceBytes = isLent ? 0 : chunks.count * chunkBytes / max(1, parts.count)
        try run(parts.count, bytes: pieceBytes) { number, worker in
            // Neighbours in the file that are neighbours in memory, too, are written together.
            var waiting: (bytes: UnsafeRawBufferPointer, place: UInt64)?
            for index in parts[number] {
                if let lent = supply.lentBlock(chunks[index], &worker) {
                    if let run = waiting, let base = run.bytes.baseAddress, base + run.bytes.count == lent.baseAddress {
                        waiting?.bytes = UnsafeRawBufferPointer(start: base, count: run.bytes.count + lent.count)
                        continue
                    }
                    if let run = waiting { try storage.write(run.bytes, at: run.place) }
                    waiting = (lent, places[index])
                } else {
                    if let run = waiting { try storage.write(run.bytes, at: run.place) }
                    waiting = nil
                    try storage.write(try supply.block(index, chunks[index], &worker), at: places[index])
                }
            }
            if let run = waiting { try storage.write(run.bytes, at: run.place) }
        }
        return places.map { ChunkElement(address: $0) }
    }

    private func writeEncoded(_ chunks: [OutgoingChunk], from supply: some ChunkSupply) throws -> [ChunkElement] {
        let slots = chunks.map { _ in Locked(Slot()) }
        let (pipeline, grid, pool) = (pipeline, grid, pool)
        let leavesPartial = leavesPartialChunksUnfiltered
        try run(chunks.count) { index, worker in
            let block = try supply.block(index, chunks[index], &worker)
            if let spare = pool.withLock({ $0.popLast() }) { worker.buffers.giveBack(spare) }
            var slot = Slot(count: block.count)
            if !leavesPartial || !grid.isPartial(chunks[index].coordinates) {
                // The block stays until the worker is used for the next chunk.
                let made = try pipeline.encode(
                    RawSpan(_unsafeBytes: block), buffers: &worker.buffers, workspace: worker.workspace)
                slot = Slot(bytes: made.chunk.bytes ?? [], count: made.chunk.count, mask: made.mask)
            }
            if slot.bytes.isEmpty { slot.bytes = ContiguousArray(block) }
            slots[index].withLock { $0 = slot }
        }
        var elements: [ChunkElement] = []
        elements.reserveCapacity(chunks.count)
        var groups: [Range<Int>] = []
        for index in chunks.indices {
            let (count, mask) = slots[index].withLock { ($0.count, $0.mask) }
            let address = try place(chunks[index], count)
            if let group = groups.last, let last = elements.last, let start = elements[group.lowerBound].address,
                (last.address ?? 0) + (last.storedSize ?? 0) == address,
                address + UInt64(count) - start <= UInt64(Self.joinedWrite)
            {
                groups[groups.count - 1] = group.lowerBound..<(index + 1)
            } else {
                groups.append(index..<(index + 1))
            }
            elements.append(ChunkElement(address: address, storedSize: UInt64(count), filterMask: mask))
        }
        let (storage, parts, made) = (storage, groups, elements)
        try run(parts.count) { number, worker in
            let group = parts[number]
            guard let address = made[group.lowerBound].address else { return }
            if group.count == 1 {
                try slots[group.lowerBound].withLock { slot in
                    // The array is only read, inside the closure.
                    try slot.bytes.withUnsafeBytes {
                        try storage.write(UnsafeRawBufferPointer(rebasing: $0[..<slot.count]), at: address)
                    }
                }
                return
            }
            let total = group.reduce(0) { $0 + Int(made[$1].storedSize ?? 0) }
            let joined = worker.block.bytes(total)
            var position = 0
            for index in group {
                slots[index].withLock { slot in
                    // As many bytes as the slots have in all.
                    slot.bytes.withUnsafeBytes {
                        UnsafeMutableRawBufferPointer(rebasing: joined[position..<(position + slot.count)]).copyMemory(
                            from: UnsafeRawBufferPointer(rebasing: $0[..<slot.count]))
                    }
                    position += slot.count
                }
            }
            try storage.write(UnsafeRawBufferPointer(joined), at: address)
        }
        for slot in slots {
            let bytes = slot.withLock { slot in
                defer { slot = Slot() }
                return slot.bytes
            }
            pool.withLock { $0.append(bytes) }
        }
        return elements
    }

    /// Runs `body` for each of `count` pieces of work, on as many threads as pay.
    ///
    /// - Parameter bytes: The bytes of a piece, about; a chunk's where it is nil.
    func run(
        _ count: Int, bytes: Int? = nil,
        _ body: @escaping @Sendable (_ index: Int, _ worker: inout ChunkEncodingWorker) throws -> Void
    ) throws {
        let (total, overflow) = count.multipliedReportingOverflow(by: max(1, bytes ?? grid.chunkBytes))
        let worthwhile = overflow ? .max : 1 + total / (pipeline.isEmpty ? 2 << 20 : 64 << 10)
        let (rank, storage) = (grid.rank, storage)
        try WorkerThreads.run(count: min(storage.limits.threadCount, count, worthwhile)) { _, control in
            try storage.withWorkspace { workspace in
                var worker = ChunkEncodingWorker(rank: rank, workspace: workspace)
                while !control.isCancelled {
                    let index = control.claim()
                    guard index < count else { return }
                    try body(index, &worker)
                }
            }
        }
    }

    /// Reads and decodes a chunk that is in the file.
    static func load(
        _ element: ChunkElement, isPartial: Bool, leavesPartialChunksUnfiltered: Bool, pipeline: FilterPipeline,
        storage: FileStorage, _ worker: inout ChunkEncodingWorker, into target: UnsafeMutableRawBufferPointer
    ) throws {
        guard let address = element.address else { return }
        if pipeline.isEmpty || leavesPartialChunksUnfiltered && isPartial {
            return try storage.readRaw(at: address, into: target)
        }
        let count = try element.storedSize.map { try Int(checking: $0, "the size of a chunk") } ?? target.count
        try storage.checkExtent(address, UInt64(count))
        try storage.checkAllocation(count, "a stored chunk")
        let input = worker.input.bytes(count)
        try storage.readRaw(at: address, into: input)
        // The target is the memory of exactly this chunk.
        var span = MutableRawSpan(_unsafeBytes: target)
        try pipeline.decode(
            RawSpan(_unsafeBytes: UnsafeRawBufferPointer(input)), mask: element.filterMask, into: &span,
            buffers: &worker.buffers, workspace: worker.workspace)
    }
}
