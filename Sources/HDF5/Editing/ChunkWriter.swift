import HDF5Format

/// Writes selected elements of a chunked dataset.
///
/// Chunks that are written whole go to the file at once. Chunks that are written in part are read, changed and kept decoded
/// until there are too many of them, or somebody reads, or the file is committed; so each is read and encoded once however
/// many rows of it are written one by one.
struct ChunkWriter {
    private let writer: DatasetWriter
    private let layout: DataLayoutMessage.ChunkedLayout
    private let grid: ChunkGrid
    private let encoding: ChunkEncoding
    private var dataset: EditedDataset { writer.dataset }
    private var storage: FileStorage { writer.storage }
    private var description: DatasetDescription { writer.description }

    /// The bytes of decoded chunks of one dataset that wait for more.
    private static let cacheBytes = 32 << 20
    /// The bytes of chunks that are encoded before places are given out.
    private static let waveBytes = 32 << 20
    private static let waveCount = 1024
    private static let leastWaveCount = 4

    init(_ writer: DatasetWriter, _ layout: DataLayoutMessage.ChunkedLayout) throws {
        self.writer = writer
        self.layout = layout
        grid = try writer.description.grid(layout)
        encoding = ChunkEncoding(
            grid: grid, filters: writer.description.filters,
            leavesPartialChunksUnfiltered: layout.leavesPartialChunksUnfiltered, keepsPlaces: layout.isImplicit,
            storage: writer.storage)
    }

    private var waveSize: Int {
        // The same on every machine, as the order of places depends on it.
        max(Self.leastWaveCount, min(Self.waveCount, Self.waveBytes / max(1, grid.chunkBytes)))
    }

    // MARK: Writing

    func write(_ plan: SelectionPlan, from source: some ElementSource & Sendable) throws {
        switch plan.form {
        case .grid(let axes): try write(axes, from: source)
        case .points(let points):
            // Each point is a selection of its own; the cache keeps the chunks that several of them share.
            for number in 0..<plan.count {
                let axes = (0..<grid.rank).map {
                    AxisCoordinates.span(start: points[number * grid.rank + $0], count: 1)
                }
                try write(axes, from: OneElement(source, number))
            }
        }
    }

    private func write(_ axes: [AxisCoordinates], from source: some ElementSource & Sendable) throws {
        let plans = zip(axes, grid.chunkShape).map { AxisPlan($0, blockExtent: $1) }
        let query = try ChunkQuery(plans.map(\.blocks))
        let existing = try existing(query)
        let supply = GatheredChunks(
            grid: grid, plans: plans,
            scatter: BlockScatter(
                blockShape: grid.chunkShape, resultShape: axes.map(\.count), elementSize: description.datatype.size),
            source: source, elementSize: description.datatype.size, fillBytes: description.fillBytes)
        var whole: [OutgoingChunk] = []
        var parts: [OutgoingChunk] = []
        var coordinates = grid.shape.map { _ in 0 }
        var runs = [[AxisRun]](repeating: [], count: grid.rank)
        for ordinal in 0..<query.count {
            query.coordinates(of: ordinal, into: &coordinates)
            let number = grid.number(of: coordinates)
            let chunk = OutgoingChunk(
                number: number, coordinates: coordinates, existing: dataset.chunks[number] ?? existing[ordinal])
            supply.runs(of: coordinates, into: &runs)
            if supply.isWhole(coordinates, runs) {
                dataset.cache.remove(number)
                whole.append(chunk)
                if whole.count >= waveSize { try writeWave(&whole, from: supply) }
            } else {
                parts.append(chunk)
                if parts.count >= waveSize { try changeWave(&parts, from: supply) }
            }
        }
        try writeWave(&whole, from: supply)
        try changeWave(&parts, from: supply)
    }

    private func writeWave(_ chunks: inout [OutgoingChunk], from supply: some ChunkSupply) throws {
        guard !chunks.isEmpty else { return }
        let elements = try encoding.write(chunks, from: supply)
        // A place may have been that of another chunk, or of this one with other elements.
        storage.chunkCache.forget(elements.lazy.compactMap(\.address), of: dataset.address)
        for (chunk, element) in zip(chunks, elements) { dataset.chunks[chunk.number] = element }
        writer.editor.noteChange(of: dataset)
        chunks.removeAll(keepingCapacity: true)
    }

    /// Brings elements into chunks that keep others, in memory.
    private func changeWave(_ chunks: inout [OutgoingChunk], from supply: GatheredChunks<some ElementSource & Sendable>)
        throws
    {
        guard !chunks.isEmpty else { return }
        var entries: [ChunkWriteCache.Entry] = []
        var isNew: [Bool] = []
        for chunk in chunks {
            let known = dataset.cache.entry(chunk.number)
            isNew.append(known == nil)
            entries.append(known ?? ChunkWriteCache.Entry(number: chunk.number, bytes: ScratchBytes()))
        }
        let memories = entries.map { SharedMemory($0.bytes.bytes(grid.chunkBytes)) }
        let pipeline = FilterPipeline(description.filters, filters: storage.filters)
        let (wave, missing) = (chunks, isNew)
        let (fillBytes, leavesPartial) = (description.fillBytes, layout.leavesPartialChunksUnfiltered)
        try encoding.run(chunks.count) { [grid, storage] index, worker in
            guard let target = memories[index].slice(0, grid.chunkBytes) else { return }
            if missing[index] {
                if let element = wave[index].existing, element.address != nil {
                    try ChunkEncoding.load(
                        element, isPartial: grid.isPartial(wave[index].coordinates),
                        leavesPartialChunksUnfiltered: leavesPartial, pipeline: pipeline, storage: storage, &worker,
                        into: target)
                } else {
                    target.fill(repeating: fillBytes)
                }
            }
            supply.runs(of: wave[index].coordinates, into: &worker.runs)
            try supply.gather(into: target, worker.runs)
        }
        for entry in entries { dataset.cache.insert(entry) }
        writer.editor.noteChange(of: dataset)
        chunks.removeAll(keepingCapacity: true)
        try flush(keeping: max(1, Self.cacheBytes / max(1, grid.chunkBytes)))
    }

    /// Writes the chunks that were not used for longest, so that `count` remain.
    func flush(keeping count: Int) throws {
        var entries = dataset.cache.removeOldest(keeping: count)[...]
        while !entries.isEmpty {
            let wave = Array(entries.prefix(waveSize))
            entries = entries.dropFirst(waveSize)
            let coordinates = wave.map { grid.coordinates(of: $0.number) }
            var chunks: [OutgoingChunk] = []
            for (entry, place) in zip(wave, coordinates) {
                var existing = dataset.chunks[entry.number]
                if existing == nil {
                    existing = try self.existing(try ChunkQuery(place.map { .range($0..<($0 + 1)) }))[0]
                }
                chunks.append(OutgoingChunk(number: entry.number, coordinates: place, existing: existing))
            }
            let memories = wave.map { ReadableMemory(UnsafeRawBufferPointer($0.bytes.bytes(grid.chunkBytes))) }
            try writeWave(&chunks, from: KeptChunks(memories: memories))
        }
    }

    /// The chunks that the index lists, by their positions in the query.
    private func existing(_ query: ChunkQuery) throws -> [Int: ChunkElement] {
        guard layout.address != nil else { return [:] }
        let isFiltered = !description.filters.isEmpty
        let index = ChunkIndex(grid: grid, layout: layout, isFiltered: isFiltered, storage: storage)
        var found: [Int: ChunkElement] = [:]
        for chunk in try index.find(query) {
            found[chunk.ordinal] = ChunkElement(
                address: chunk.address, storedSize: isFiltered ? UInt64(chunk.storedSize) : nil,
                filterMask: chunk.filterMask)
        }
        return found
    }

    // MARK: Another extent

    /// Drops the chunks behind a smaller extent, and clears what of others lies behind it.
    func prune(to shape: [Int]) throws {
        try flush(keeping: 0)
        let all = try ChunkQuery(grid.chunkCounts.map { .range(0..<$0) })
        var listed: [Int: ChunkElement] = [:]
        for (ordinal, element) in try existing(all) { listed[ordinal] = element }
        // All chunks are asked for, so ordinals are numbers.
        for (number, element) in dataset.chunks { listed[number] = element }
        var cut: [OutgoingChunk] = []
        for (number, element) in listed.sorted(by: { $0.key < $1.key }) {
            guard let address = element.address else { continue }
            let coordinates = grid.coordinates(of: number)
            let starts = zip(coordinates, grid.chunkShape).map { $0 * $1 }
            if !layout.isImplicit, zip(starts, shape).contains(where: { $0 >= $1 }) {
                let size =
                    try element.storedSize.map { try Int(checking: $0, "the size of a chunk") } ?? grid.chunkBytes
                try storage.release(address, size)
                dataset.chunks[number] = ChunkElement(address: nil)
            } else if grid.rank > 0,
                (0..<grid.rank).contains(where: { axis in
                    // Elements of the old extent that the new one has no more.
                    min(starts[axis] + grid.chunkShape[axis], grid.shape[axis]) > shape[axis]
                })
            {
                cut.append(OutgoingChunk(number: number, coordinates: coordinates, existing: element))
            }
        }
        writer.editor.noteChange(of: dataset)
        while !cut.isEmpty {
            var wave = Array(cut.prefix(waveSize))
            cut.removeFirst(wave.count)
            try writeWave(
                &wave,
                from: CutChunks(
                    grid: grid, shape: shape, elementSize: description.datatype.size, fillBytes: description.fillBytes,
                    pipeline: FilterPipeline(description.filters, filters: storage.filters),
                    leavesPartialChunksUnfiltered: layout.leavesPartialChunksUnfiltered, storage: storage))
        }
    }
}

extension DataLayoutMessage.ChunkedLayout {
    /// Whether the places of all chunks follow from that of the first.
    fileprivate var isImplicit: Bool { if case .implicit = index { true } else { false } }
}

extension ChunkGrid {
    /// The number of a chunk in row-major order of the grid.
    func number(of coordinates: [Int]) -> Int {
        var number = 0
        for axis in coordinates.indices { number = number &* chunkCounts[axis] &+ coordinates[axis] }
        return number
    }

    /// The coordinates of the chunk of a number.
    func coordinates(of number: Int) -> [Int] {
        var coordinates = shape.map { _ in 0 }
        var rest = number
        for axis in shape.indices.reversed() where chunkCounts[axis] > 0 {
            coordinates[axis] = rest % chunkCounts[axis]
            rest /= chunkCounts[axis]
        }
        return coordinates
    }
}
