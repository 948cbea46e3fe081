import HDF5Filters
import HDF5Format

/// Chunks that are too large to be held whole: they are decoded in pieces, each of which goes where it belongs at once.
///
/// So that the memory that reading takes beside its result does not grow with the chunks.
extension ChunkBlocks {
    /// Chunks of more than this many pieces are decoded in pieces; others faster as a whole.
    private static let wholePieces = 4
    /// Planes smaller than a piece by more than this factor cost too many steps.
    private static let stepsPerPiece = 64

    private var pieceBytes: Int { max(1, storage.limits.decodedPiece) }

    /// Whether chunks are too large to be held whole, where there is another way.
    var isLarge: Bool { blockBytes / Self.wholePieces > pieceBytes }

    /// How a large chunk can be decoded in pieces; nil where it cannot, or is not large.
    private func form(_ block: FoundChunk, _ worker: BlockWorker) throws -> StreamForm? {
        guard isLarge, !worker.hasFetched, !keepsBlocks else { return nil }
        if try isPlain(block, worker) { return StreamForm() }
        guard let form = pipeline.streamForm(mask: block.filterMask),
            form.shuffleSize == 1 || blockBytes / form.shuffleSize >= max(2, pieceBytes / Self.stepsPerPiece)
        else { return nil }
        return form
    }

    private func stream(_ block: FoundChunk, _ form: StreamForm, _ worker: BlockWorker) throws -> ChunkStream {
        try ChunkStream(
            block, form: form, chunkBytes: blockBytes, pieceBytes: pieceBytes, storage: storage, worker: worker)
    }

    /// Decodes a large chunk straight to where it belongs; false where it has to be decoded as a whole.
    func loadInPieces(
        _ block: FoundChunk, worker: inout BlockWorker, into target: UnsafeMutableRawBufferPointer
    ) throws -> Bool {
        guard let form = try form(block, worker) else { return false }
        var stream = try stream(block, form, worker)
        if form.shuffleSize == 1 {
            try stream.fill(target)
        } else {
            let size = form.shuffleSize
            let count = target.count / size
            for rank in 0..<size {
                var done = 0
                while done < count {
                    let number = min(pieceBytes, count - done)
                    let plane = worker.piece.bytes(number)
                    try stream.fill(plane)
                    // The elements of this piece of the plane, inside the chunk's own memory.
                    var elements = MutableRawSpan(
                        _unsafeBytes: UnsafeMutableRawBufferPointer(
                            rebasing: target[(done * size)..<((done + number) * size)]))
                    mergePlane(
                        RawSpan(_unsafeBytes: UnsafeRawBufferPointer(plane)), rank: rank, elementSize: size,
                        into: &elements)
                    done += number
                }
            }
            // What is less than an element was not shuffled.
            try stream.fill(UnsafeMutableRawBufferPointer(rebasing: target[(count * size)...]))
        }
        try stream.finish()
        return true
    }

    func scatterInPieces(
        _ block: FoundChunk, worker: inout BlockWorker, with scatter: BlockScatter, to sink: some ElementSink
    ) throws -> Bool {
        guard let form = try form(block, worker) else { return false }
        if form.shuffleSize > 1 {
            guard form.shuffleSize == scatter.elementSize, sink.plane(0) != nil else { return false }
            var stream = try stream(block, form, worker)
            let planes = scatter.ofPlanes
            for rank in 0..<form.shuffleSize {
                guard let plane = sink.plane(rank) else {
                    throw H5Error(.invalidArgument, "a sink takes some planes of an element and not others")
                }
                try scatterPieces(of: &stream, canSkip: false, worker: &worker, with: planes, to: plane)
            }
            try stream.finish()
            return true
        }
        let isPlain = !form.isDeflated && !form.hasChecksum
        if isPlain {
            // Little that lies together is read as it lies.
            let span = scatter.selectedSpan(worker.runs)
            if (span.upperBound - span.lowerBound) < pieceBytes / max(1, scatter.elementSize) { return false }
        }
        var stream = try stream(block, form, worker)
        try scatterPieces(of: &stream, canSkip: isPlain, worker: &worker, with: scatter, to: sink)
        if !isPlain { try stream.finish() }
        return true
    }

    /// Moves what is selected of the elements of a whole chunk, or of one byte of each.
    ///
    /// - Parameter canSkip: Whether the stream can pass over bytes without reading them.
    private func scatterPieces(
        of stream: inout ChunkStream, canSkip: Bool, worker: inout BlockWorker, with scatter: BlockScatter,
        to sink: some ElementSink
    ) throws {
        // Each piece is a box, so that the runs of the chunk can be cut to it axis by axis.
        let cut = ContiguousCut(shape: blockShape, elementSize: scatter.elementSize, targetBytes: pieceBytes)
        let boxes = try ChunkQuery(zip(blockShape, cut.blockShape).map { .range(0..<(($0 - 1) / $1 + 1)) })
        var box = blockShape
        var runs = worker.runs
        for ordinal in 0..<boxes.count {
            boxes.coordinates(of: ordinal, into: &box)
            var first = 0
            var count = 1
            var isTouched = true
            for axis in box.indices {
                let start = box[axis] * cut.blockShape[axis]
                let extent = min(cut.blockShape[axis], blockShape[axis] - start)
                first = first * blockShape[axis] + start
                count *= extent
                runs[axis].removeAll(keepingCapacity: true)
                for run in worker.runs[axis] {
                    if let part = run.part(in: start..<(start + extent)) { runs[axis].append(part) }
                }
                isTouched = isTouched && !runs[axis].isEmpty
            }
            if canSkip, !isTouched {
                stream.skip(count * scatter.elementSize)
                continue
            }
            let bytes = worker.piece.bytes(count * scatter.elementSize)
            try stream.fill(bytes)
            if isTouched {
                try scatter.scatter(UnsafeRawBufferPointer(bytes), firstElement: first, runs: runs, to: sink)
            }
        }
    }
}
