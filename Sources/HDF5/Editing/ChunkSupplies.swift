import HDF5Format

/// Chunks that are put together from the elements of a caller.
struct GatheredChunks<Source: ElementSource & Sendable>: ChunkSupply {
    let grid: ChunkGrid
    let plans: [AxisPlan]
    let scatter: BlockScatter
    let source: Source
    let elementSize: Int
    let fillBytes: [UInt8]

    /// The selected parts of a chunk, per axis.
    func runs(of coordinates: [Int], into runs: inout [[AxisRun]]) {
        for axis in plans.indices {
            guard let position = plans[axis].blocks.position(of: coordinates[axis]) else { continue }
            plans[axis].runs(atPosition: position, into: &runs[axis])
        }
    }

    /// Whether the runs take all of the chunk that lies in the extent.
    func isWhole(_ coordinates: [Int], _ runs: [[AxisRun]]) -> Bool {
        for axis in coordinates.indices {
            let extent = min(
                grid.chunkShape[axis], grid.shape[axis] - coordinates[axis] * grid.chunkShape[axis])
            guard runs[axis].count == 1, let run = runs[axis].first, run.source == 0, run.count == extent,
                run.step == 1 || run.count == 1
            else { return false }
        }
        return true
    }

    func block(
        _ index: Int, _ chunk: OutgoingChunk, _ worker: inout ChunkEncodingWorker
    ) throws -> UnsafeRawBufferPointer {
        if let bytes = lentBlock(chunk, &worker) { return bytes }
        let target = worker.block.bytes(grid.chunkBytes)
        if grid.isPartial(chunk.coordinates) { target.fill(repeating: fillBytes) }
        try gather(into: target, worker.runs)
        return UnsafeRawBufferPointer(target)
    }

    func lentBlock(_ chunk: OutgoingChunk, _ worker: inout ChunkEncodingWorker) -> UnsafeRawBufferPointer? {
        runs(of: chunk.coordinates, into: &worker.runs)
        let count = grid.chunkBytes / max(1, elementSize)
        guard let first = scatter.wholeDestination(worker.runs),
            let bytes = source.rawMemory(first: first, count: count), bytes.count == grid.chunkBytes
        else { return nil }
        return bytes
    }

    /// Moves the selected elements into a chunk.
    func gather(into target: UnsafeMutableRawBufferPointer, _ runs: [[AxisRun]]) throws {
        let filler = BlockFiller(target, from: source, elementSize: elementSize)
        try scatter.scatter(UnsafeRawBufferPointer(target), firstElement: 0, runs: runs, to: filler)
    }
}

/// Chunks that are in memory.
struct KeptChunks: ChunkSupply {
    /// One for each chunk of the wave.
    let memories: [ReadableMemory]

    func block(
        _ index: Int, _ chunk: OutgoingChunk, _ worker: inout ChunkEncodingWorker
    ) throws -> UnsafeRawBufferPointer {
        guard let bytes = memories[index].slice(0, memories[index].count) else {
            throw H5Error(.invalidArgument, "a chunk in memory has no bytes")
        }
        return bytes
    }
}

/// Chunks of the file of which a smaller extent leaves a part.
struct CutChunks: ChunkSupply {
    let grid: ChunkGrid
    /// The new extent.
    let shape: [Int]
    let elementSize: Int
    let fillBytes: [UInt8]
    let pipeline: FilterPipeline
    let leavesPartialChunksUnfiltered: Bool
    let storage: FileStorage

    func block(
        _ index: Int, _ chunk: OutgoingChunk, _ worker: inout ChunkEncodingWorker
    ) throws -> UnsafeRawBufferPointer {
        let target = worker.block.bytes(grid.chunkBytes)
        guard let element = chunk.existing else { return UnsafeRawBufferPointer(target) }
        try ChunkEncoding.load(
            element, isPartial: grid.isPartial(chunk.coordinates),
            leavesPartialChunksUnfiltered: leavesPartialChunksUnfiltered, pipeline: pipeline, storage: storage, &worker,
            into: target)
        let kept = zip(zip(chunk.coordinates, grid.chunkShape), shape).map {
            max(0, min($0.1, $1 - $0.0 * $0.1))
        }
        var position = grid.chunkShape.map { _ in 0 }
        let row = grid.chunkShape.last ?? 1
        for start in stride(from: 0, to: grid.chunkBytes / max(1, elementSize), by: row) {
            let isKept = zip(position, kept).dropLast().allSatisfy { $0 < $1 }
            let first = start + (isKept ? kept.last ?? row : 0)
            if first < start + row {
                UnsafeMutableRawBufferPointer(rebasing: target[(first * elementSize)..<((start + row) * elementSize)])
                    .fill(repeating: fillBytes)
            }
            var axis = grid.rank - 2
            while axis >= 0 {
                position[axis] += 1
                if position[axis] < grid.chunkShape[axis] { break }
                position[axis] = 0
                axis -= 1
            }
        }
        return UnsafeRawBufferPointer(target)
    }
}

/// One element of a source, as a source of its own.
struct OneElement<Source: ElementSource & Sendable>: ElementSource, Sendable {
    private let source: Source
    private let position: Int
    let count = 1

    init(_ source: Source, _ position: Int) {
        self.source = source
        self.position = position
    }

    var storedSize: Int { source.storedSize }

    func rawMemory(first: Int, count: Int) -> UnsafeRawBufferPointer? {
        source.rawMemory(first: position + first, count: count)
    }

    func transfer(
        from first: Int, stride: Int, to target: UnsafeMutableRawBufferPointer, targetStride: Int, count: Int
    ) throws {
        try source.transfer(
            from: position + first, stride: stride, to: target, targetStride: targetStride, count: count)
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Fills the memory with a value over and over; with zeros where the value has no other bytes.
    func fill(repeating value: [UInt8]) {
        guard value.contains(where: { $0 != 0 }) else {
            initializeMemory(as: UInt8.self, repeating: 0)
            return
        }
        for index in indices { self[index] = value[index % value.count] }
    }
}
