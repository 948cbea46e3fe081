import HDF5Format

/// Reads selected elements of a dataset into a sink, whatever the dataset's storage.
struct DatasetReader: Sendable {
    let description: DatasetDescription
    /// The address of the dataset's header.
    let address: UInt64
    let context: FileContext
    /// How many threads a call uses at most.
    var threads: Int
    private var storage: FileStorage { context.storage }

    init(_ description: DatasetDescription, at address: UInt64, context: FileContext) {
        self.description = description
        self.address = address
        self.context = context
        threads = context.storage.limits.threadCount
    }

    /// Moves the selected elements to `sink`, in the order of the plan.
    func read(_ plan: SelectionPlan, into sink: some ElementSink) throws {
        guard plan.count > 0 else { return }
        if let list = description.externalFiles {
            let blocks = ExternalBlocks(
                files: try ExternalFiles(list, context: context), shape: description.dataspace.shape,
                elementSize: description.datatype.size, context: context)
            return try read(plan, blocks: blocks, into: sink)
        }
        switch description.layout {
        case .compact(let bytes):
            let needed = description.byteCount
            guard bytes.count >= needed else {
                throw H5Error(.damaged, "compact data has \(bytes.count) bytes where \(needed) are needed")
            }
            try read(plan, blocks: InlineBlocks(bytes: bytes, shape: description.dataspace.shape), into: sink)
        case .contiguous(let address, let size):
            guard let address else { return try sink.fill(with: description.fillBytes, first: 0, count: plan.count) }
            try readContiguous(plan, address: address, size: size, into: sink)
        case .chunked(let layout):
            let grid = try ChunkGrid(
                dataspace: description.dataspace, layout: layout, elementSize: description.datatype.size)
            try storage.checkAllocation(grid.chunkBytes, "a chunk")
            let pipeline = FilterPipeline(description.filters, filters: storage.filters)
            let blocks = ChunkBlocks(
                dataset: address,
                index: ChunkIndex(
                    grid: grid, layout: layout, isFiltered: !description.filters.isEmpty, storage: storage),
                pipeline: pipeline, leavesPartialChunksUnfiltered: layout.leavesPartialChunksUnfiltered,
                storage: storage)
            try read(plan, blocks: blocks, into: sink)
        case .virtual:
            throw H5Error(.invalidArgument, "a virtual dataset has no data of its own")
        }
    }

    /// Datasets of at most this many bytes come with one copy from the block cache.
    static let fewBytes = 4_096

    /// Copies all elements of a small dataset that lie in one piece.
    ///
    /// - Returns: False where they do not, or were never written.
    func readFew(into target: UnsafeMutableRawBufferPointer) throws -> Bool {
        guard target.count == description.byteCount, target.count <= Self.fewBytes, description.externalFiles == nil
        else { return false }
        switch description.layout {
        case .contiguous(let address?, let size):
            if let size, size < UInt64(target.count) { return false }
            guard target.count > 0 else { return true }
            try storage.withBytes(at: address, count: target.count) { bytes in
                bytes.withUnsafeBytes { target.copyMemory(from: $0) }
            }
            return true
        case .compact(let bytes):
            guard bytes.count >= target.count else { return false }
            bytes.withUnsafeBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<target.count])) }
            return true
        default: return false
        }
    }

    private func readContiguous(
        _ plan: SelectionPlan, address: UInt64, size: UInt64?, into sink: some ElementSink
    ) throws {
        let total = description.byteCount
        if let size, size < UInt64(total) {
            throw H5Error(.damaged, "contiguous data has \(size) bytes where \(total) are needed", address: address)
        }
        try storage.checkExtent(address, UInt64(total))
        // Small data that is wanted whole comes with one copy from the block cache.
        if total <= Self.fewBytes, plan.isEverything(of: description.dataspace),
            let target = sink.rawMemory(first: 0, count: plan.count), target.count == total, try readFew(into: target)
        {
            return
        }
        // So does what lies in one piece and is no work for several threads.
        if let first = plan.onlyRun(in: description.dataspace.shape),
            let target = sink.rawMemory(first: 0, count: plan.count),
            target.count == plan.count * description.datatype.size,
            threads == 1 || target.count <= ContiguousBlocks.directBytes
        {
            try storage.checkDecoding(target.count)
            let offset = UInt64(first * description.datatype.size)
            return try storage.readRaw(at: address &+ offset, into: target)
        }
        let blocks = ContiguousBlocks(
            address: address, shape: description.dataspace.shape, elementSize: description.datatype.size,
            isDirect: sink.rawMemory(first: 0, count: 1) != nil, plan: plan, storage: storage)
        try read(plan, blocks: blocks, into: sink)
    }

    // MARK: Blocks

    private func read(_ plan: SelectionPlan, blocks: some BlockProvider, into sink: some ElementSink) throws {
        switch plan.form {
        case .grid(let coordinates): try readGrid(coordinates, plan.count, blocks, into: sink)
        case .points(let points): try readPoints(points, plan.count, blocks, into: sink)
        }
    }

    private func readGrid(
        _ coordinates: [AxisCoordinates], _ count: Int, _ blocks: some BlockProvider, into sink: some ElementSink
    ) throws {
        let plans = zip(coordinates, blocks.blockShape).map { AxisPlan($0, blockExtent: $1) }
        let query = try ChunkQuery(plans.map(\.blocks))
        let found = try blocks.find(query)
        var blocks = blocks
        blocks.keepBlocks(touched: found.count, selected: count, elementSize: description.datatype.size)
        if found.count < query.count { try sink.fill(with: description.fillBytes, first: 0, count: count) }
        let scatter = BlockScatter(
            blockShape: blocks.blockShape, resultShape: coordinates.map(\.count),
            elementSize: description.datatype.size)
        let blockElements = try checkedProduct(blocks.blockShape, "the elements of a block")
        try run(found, blocks) { [blocks] block, worker in
            query.coordinates(of: block.ordinal, into: &worker.coordinates)
            for axis in plans.indices {
                if let position = plans[axis].blocks.position(of: worker.coordinates[axis]) {
                    plans[axis].runs(atPosition: position, into: &worker.runs[axis])
                }
            }
            if let first = scatter.wholeDestination(worker.runs),
                let target = sink.rawMemory(first: first, count: blockElements), target.count == blocks.blockBytes
            {
                return try blocks.load(block, worker: &worker, into: target)
            }
            if try blocks.scatterInPieces(block, worker: &worker, with: scatter, to: sink) { return }
            let span = scatter.selectedSpan(worker.runs)
            let runs = worker.runs
            try blocks.withBlock(block, worker: &worker, elements: span) { bytes, firstElement in
                try scatter.scatter(bytes, firstElement: firstElement, runs: runs, to: sink)
            }
        }
    }

    private func readPoints(
        _ points: [Int], _ count: Int, _ blocks: some BlockProvider, into sink: some ElementSink
    ) throws {
        let rank = blocks.blockShape.count
        let elementSize = description.datatype.size
        // Points of one block are read together: sort them by block, keeping where each goes.
        var keyed: [(block: [Int], element: Int, destination: Int)] = []
        keyed.reserveCapacity(count)
        for number in 0..<count {
            var block = [Int](repeating: 0, count: rank)
            var element = 0
            for axis in 0..<rank {
                let coordinate = points[number * rank + axis]
                block[axis] = coordinate / blocks.blockShape[axis]
                element = element * blocks.blockShape[axis] + coordinate % blocks.blockShape[axis]
            }
            keyed.append((block, element, number))
        }
        keyed.sort {
            $0.block == $1.block ? $0.destination < $1.destination : $0.block.precedesInRowMajorOrder($1.block)
        }
        var groups: [Range<Int>] = []
        var found: [FoundChunk] = []
        var start = 0
        while start < keyed.count {
            var end = start + 1
            while end < keyed.count, keyed[end].block == keyed[start].block { end += 1 }
            let query = try ChunkQuery(keyed[start].block.map { .range($0..<($0 + 1)) })
            if var chunk = try blocks.find(query).first {
                chunk.ordinal = groups.count
                found.append(chunk)
            } else {
                for point in keyed[start..<end] {
                    try sink.fill(with: description.fillBytes, first: point.destination, count: 1)
                }
            }
            groups.append(start..<end)
            start = end
        }
        let sorted = keyed
        let parts = groups
        var blocks = blocks
        blocks.keepBlocks(touched: found.count, selected: count, elementSize: elementSize)
        try run(found, blocks) { [blocks] block, worker in
            let group = sorted[parts[block.ordinal]]
            worker.coordinates = group.first?.block ?? worker.coordinates
            var lowest = Int.max
            var highest = 0
            for point in group {
                lowest = min(lowest, point.element)
                highest = max(highest, point.element)
            }
            try blocks.withBlock(block, worker: &worker, elements: min(lowest, highest)...highest) { bytes, first in
                for point in group {
                    let offset = (point.element - first) * elementSize
                    guard offset >= 0, offset <= bytes.count else {
                        throw H5Error(.damaged, "a point lies outside its chunk")
                    }
                    try sink.transfer(
                        from: UnsafeRawBufferPointer(rebasing: bytes[offset...]), sourceStride: elementSize,
                        to: point.destination, stride: 1, count: 1)
                }
            }
        }
    }

    /// Neighbouring blocks that are read with one call, at most.
    private static let blocksReadTogether = 16

    /// Cuts blocks into what threads claim, one share after the other: ever fewer blocks, at last single ones, so that no
    /// thread waits long for another that had just begun.
    private static func shares(of count: Int, threads: Int, largest: Int) -> [Range<Int>] {
        guard threads > 1 else { return [0..<count] }
        var shares: [Range<Int>] = []
        var start = 0
        while start < count {
            let end = start + max(1, min(largest, (count - start) / (4 * threads)))
            shares.append(start..<end)
            start = end
        }
        return shares
    }

    /// Works on the blocks in order of their addresses, on as many threads as pay.
    private func run(
        _ found: [FoundChunk], _ blocks: some BlockProvider,
        _ body: @escaping @Sendable (FoundChunk, inout BlockWorker) throws -> Void
    ) throws {
        // Mostly they are in order as they are.
        let isSorted = zip(found, found.dropFirst()).allSatisfy { $0.address <= $1.address }
        let sorted = isSorted ? found : found.sorted { $0.address < $1.address }
        let (bytes, overflow) = sorted.count.multipliedReportingOverflow(by: max(1, blocks.blockBytes))
        try storage.checkDecoding(overflow ? .max : bytes)
        let worthwhile = 1 + max(0, bytes) / blocks.bytesPerThread
        let threads = min(self.threads, sorted.count, worthwhile)
        let rank = blocks.blockShape.count
        let storage = storage
        // Enough to fill large pages alone, since two threads that touch a new page at the same time both clear one.
        let worthwhileShare = max(Self.blocksReadTogether, blocks.bytesPerThread / max(1, blocks.blockBytes / 2))
        let shares = Self.shares(of: sorted.count, threads: threads, largest: worthwhileShare)
        try WorkerThreads.run(count: threads) { _, control in
            try storage.withWorkspace { workspace in
                var worker = BlockWorker(rank: rank, workspace: workspace)
                while !control.isCancelled {
                    let number = control.claim()
                    guard number < shares.count else { return }
                    var rest = sorted[shares[number]]
                    while !rest.isEmpty, !control.isCancelled {
                        let together = rest.prefix(Self.blocksReadTogether)
                        rest = rest.dropFirst(together.count)
                        try blocks.prefetch(together, worker: &worker)
                        for block in together {
                            do {
                                try body(block, &worker)
                            } catch let error as H5Error {
                                throw error.located(file: storage.name, address: block.address)
                            }
                        }
                    }
                }
            }
        }
    }
}
