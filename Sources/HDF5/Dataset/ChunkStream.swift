import HDF5Filters
import HDF5Format

/// The bytes of one chunk as they were before all its filters but the shuffle, piece by piece from the start.
///
/// The stored bytes are read in pieces too, so that neither the stored nor the decoded chunk is ever whole in memory.
struct ChunkStream {
    private let block: FoundChunk
    private let form: StreamForm
    private let chunkBytes: Int
    private let pieceBytes: Int
    private let storage: FileStorage
    private let workspace: FilterWorkspace
    private let input: ScratchBytes
    /// Where the stored bytes go on that were not read yet, and how many they are without the checksum.
    private var address: UInt64
    private var left: Int
    /// The part of `input` that was read and not used.
    private var pending = 0..<0
    private var sum = Fletcher32Sum()
    private var produced = 0
    private var isEnd = false

    /// - Parameters:
    ///   - chunkBytes: The bytes of a chunk.
    ///   - pieceBytes: How many bytes are read at a time.
    init(
        _ block: FoundChunk, form: StreamForm, chunkBytes: Int, pieceBytes: Int, storage: FileStorage,
        worker: BlockWorker
    ) throws {
        self.block = block
        self.form = form
        self.chunkBytes = chunkBytes
        self.pieceBytes = pieceBytes
        self.storage = storage
        workspace = worker.workspace
        input = worker.input
        address = block.address
        left = block.storedSize
        try storage.checkExtent(block.address, UInt64(max(0, block.storedSize)))
        if form.hasChecksum {
            guard left >= 4 else {
                throw cannotDecode(
                    3, FilterError(.damaged, "\(left) bytes are too few for a Fletcher-32 checksum"))
            }
            left -= 4
        }
        if form.isDeflated {
            do { try workspace.beginInflating() } catch { throw cannotDecode(1, error) }
        } else {
            guard left == chunkBytes else { throw wrongSize(left) }
        }
    }

    private func cannotDecode(_ identifier: UInt16, _ cause: FilterError) -> H5Error {
        let name = BuiltInFilters.registeredName(identifier) ?? ""
        return H5Error(.damaged, "filter \(identifier) (\(name)) cannot decode this", cause: cause)
    }

    private func wrongSize(_ found: Int) -> H5Error {
        H5Error(.damaged, "the filters give \(found) bytes where a chunk has \(chunkBytes)")
    }

    /// Reads the next piece of stored bytes.
    private mutating func refill() throws {
        let count = min(left, pieceBytes)
        let bytes = input.bytes(count)
        try storage.readRaw(at: address, into: bytes)
        // The scratch memory is this worker's own and stays until it is asked for more.
        if form.hasChecksum { sum.update(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(bytes))) }
        address &+= UInt64(count)
        left -= count
        pending = 0..<count
    }

    private mutating func inflate(into target: UnsafeMutableRawBufferPointer) throws -> InflateProgress {
        if pending.isEmpty, left > 0 { try refill() }
        let bytes = UnsafeRawBufferPointer(rebasing: input.bytes(pending.upperBound)[pending])
        var output = MutableRawSpan(_unsafeBytes: target)
        do {
            let progress = try workspace.inflate(RawSpan(_unsafeBytes: bytes), into: &output)
            pending = (pending.lowerBound + progress.consumed)..<pending.upperBound
            guard progress.isEnd || progress.consumed > 0 || progress.produced > 0 || left > 0 else {
                throw FilterError(.damaged, "the deflate stream is cut short after \(block.storedSize) bytes")
            }
            return progress
        } catch let error as FilterError {
            throw cannotDecode(1, error)
        }
    }

    /// Fills `target` with the next bytes.
    mutating func fill(_ target: UnsafeMutableRawBufferPointer) throws {
        guard form.isDeflated else {
            try storage.readRaw(at: address, into: target)
            if form.hasChecksum {
                // Filled a moment ago; the memory is the caller's.
                sum.update(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(target)))
            }
            address &+= UInt64(target.count)
            left -= target.count
            return
        }
        var done = 0
        while done < target.count {
            guard !isEnd else { throw wrongSize(produced) }
            let progress = try inflate(into: UnsafeMutableRawBufferPointer(rebasing: target[done...]))
            done += progress.produced
            produced += progress.produced
            isEnd = progress.isEnd
        }
    }

    /// Passes over stored bytes that are neither compressed nor part of a checksum.
    mutating func skip(_ count: Int) {
        address &+= UInt64(count)
        left -= count
    }

    /// Checks that the chunk ends where it should, and its checksum.
    mutating func finish() throws {
        if form.isDeflated {
            var probe: UInt8 = 0
            while !isEnd {
                let progress = try withUnsafeMutableBytes(of: &probe) { try inflate(into: $0) }
                guard progress.produced == 0 else {
                    throw cannotDecode(
                        1, FilterError(.outputTooLarge, "the deflate stream holds more than \(chunkBytes) bytes"))
                }
                isEnd = progress.isEnd
            }
        }
        guard form.hasChecksum else { return }
        while left > 0 { try refill() }
        let stored = try storage.read(at: address, count: 4)
        do {
            try sum.verify(stored.reversed().reduce(0) { $0 << 8 | UInt32($1) })
        } catch {
            throw cannotDecode(3, error)
        }
    }
}
