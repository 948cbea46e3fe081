import HDF5Format

/// Contiguous data that lies in pieces in other files; what the files are too short for reads as zero.
struct ExternalBlocks: BlockProvider {
    private let files: ExternalFiles
    private let context: FileContext
    private let cut: ContiguousCut
    private let elementSize: Int
    private let opened = OpenedFiles()

    init(files: ExternalFiles, shape: [Int], elementSize: Int, context: FileContext) {
        self.files = files
        self.context = context
        self.elementSize = elementSize
        cut = ContiguousCut(shape: shape, elementSize: elementSize)
    }

    var blockShape: [Int] { cut.blockShape }
    var blockBytes: Int { cut.blockBytes }
    var bytesPerThread: Int { 4 << 20 }

    /// Addresses of the blocks count from the start of the data, not of a file.
    func find(_ query: ChunkQuery) throws -> [FoundChunk] { cut.find(query, address: 0) }

    func prefetch(_ blocks: ArraySlice<FoundChunk>, worker: inout BlockWorker) throws {}

    func load(_ block: FoundChunk, worker: inout BlockWorker, into target: UnsafeMutableRawBufferPointer) throws {
        try read(at: block.address, into: target)
    }

    func withBlock(
        _ block: FoundChunk, worker: inout BlockWorker, elements: ClosedRange<Int>,
        _ body: (UnsafeRawBufferPointer, Int) throws -> Void
    ) throws {
        let bytes = worker.input((elements.upperBound - elements.lowerBound + 1) * elementSize)
        try read(at: block.address &+ UInt64(elements.lowerBound * elementSize), into: bytes)
        try body(UnsafeRawBufferPointer(bytes), elements.lowerBound)
    }

    private func read(at start: UInt64, into target: UnsafeMutableRawBufferPointer) throws {
        target.initializeMemory(as: UInt8.self, repeating: 0)
        var pieceStart: UInt64 = 0
        let end = start &+ UInt64(target.count)
        for piece in files.pieces {
            let pieceEnd =
                piece.size.map { pieceStart.addingReportingOverflow($0) }
                .map { $0.overflow ? UInt64.max : $0.partialValue } ?? .max
            let from = max(start, pieceStart)
            let to = min(end, pieceEnd)
            if from < to {
                let source = try opened.source(piece.name, context: context)
                let offset = try piece.offset.adding(from - pieceStart, "a place in an external file")
                let available = source.size > offset ? min(to - from, source.size - offset) : 0
                let first = Int(from - start)
                try source.read(
                    at: offset, into: UnsafeMutableRawBufferPointer(rebasing: target[first..<(first + Int(available))]))
            }
            pieceStart = pieceEnd
            if pieceStart >= end { return }
        }
    }

    /// Each file is opened once per read.
    private final class OpenedFiles: Sendable {
        private let sources = Locked<[String: any ByteSource]>([:])

        func source(_ name: String, context: FileContext) throws -> any ByteSource {
            if let known = sources.withLock({ $0[name] }) { return known }
            let source = try context.externalData(name)
            sources.withLock { $0[name] = source }
            return source
        }
    }
}
