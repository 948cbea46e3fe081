import HDF5Filters
import HDF5Format

/// The bytes of one HDF5 file, addressed as its structures address them: relative to the base address.
///
/// Every read checks that it lies inside the file before anything is allocated.
final class FileStorage: Sendable {
    /// The path or name of the file, for errors.
    let name: String
    /// Widths of addresses and lengths.
    let sizes: FieldSizes
    /// The offset of the superblock: what precedes it is the user block.
    let baseAddress: UInt64
    /// The number of bytes of the file behind its base address: no structure can be larger.
    var size: UInt64 {
        guard let transaction else { return sizeOfContent }
        return transaction.size - min(baseAddress, transaction.size)
    }
    private let sizeOfContent: UInt64
    /// The end of the addresses; beyond `size` where a set of files leaves gaps.
    private let addressEnd: UInt64
    /// What changes the file; nil where it is open for reading only.
    private let transaction: FileTransaction?
    private let hasGaps: Bool
    /// What reading may cost.
    let limits: H5Limits
    /// The filters that chunks and heaps of the file may use.
    let filters: FilterSet
    /// Decoded chunks that calls leave for the next ones.
    let chunkCache: ChunkCache
    /// What is free in the fractal heaps that were changed, by their addresses, for their next editors: to find it out takes a
    /// look at all objects.
    let freeInHeaps = Locked<[UInt64: SpaceMap]>([:])
    private let source: any ByteSource
    private let cache: BlockCache
    private let workspaces = Locked<[DecoderBox]>([])

    init(
        source: any ByteSource, cache: BlockCache, name: String, sizes: FieldSizes, baseAddress: UInt64,
        limits: H5Limits, filters: FilterSet = FilterSet(), transaction: FileTransaction? = nil
    ) {
        self.transaction = transaction
        self.filters = filters
        self.source = source
        self.cache = cache
        self.name = name
        self.sizes = sizes
        self.baseAddress = baseAddress
        self.limits = limits
        chunkCache = ChunkCache(capacity: limits.chunkCache)
        sizeOfContent = source.contentSize >= baseAddress ? source.contentSize - baseAddress : 0
        addressEnd = source.size >= baseAddress ? source.size - baseAddress : 0
        hasGaps = source.contentSize != source.size
    }

    /// Throws unless `count` bytes from `address` on lie in the file.
    @inline(__always)
    func checkExtent(_ address: UInt64, _ count: UInt64) throws {
        guard address <= addressEnd, count <= addressEnd - address else {
            // A file that is being changed grows.
            if transaction != nil, address <= size, count <= size - address { return }
            throw outside(address, count)
        }
        if hasGaps, count > source.available(at: baseAddress &+ address) { throw outside(address, count) }
    }

    /// Whether `count` bytes from `address` on lie in the file.
    func contains(_ address: UInt64, _ count: Int) -> Bool {
        guard count >= 0, address <= addressEnd, UInt64(count) <= addressEnd - address else { return false }
        return !hasGaps || UInt64(count) <= source.available(at: baseAddress &+ address)
    }

    @inline(never)
    private func outside(_ address: UInt64, _ count: UInt64) -> H5Error {
        H5Error(
            .truncated, "\(count) bytes at 0x\(String(address, radix: 16)) lie outside the file of \(size) bytes",
            file: name, address: address)
    }

    /// Gives `body` the bytes of a metadata structure that is likely to lie close to the last one.
    func withBytes<R>(
        at address: UInt64, count: Int, in window: inout BlockWindow, _ body: (RawSpan) throws -> R
    ) throws -> R {
        guard count >= 0 else { throw H5Error(.damaged, "a structure has a negative size", address: address) }
        try checkExtent(address, UInt64(count))
        let offset = baseAddress &+ address
        let number = offset / UInt64(BlockCache.blockSize)
        let start = Int(offset % UInt64(BlockCache.blockSize))
        guard start + count <= BlockCache.blockSize else { return try withBytes(at: address, count: count, body) }
        let block = try window.block(number, of: cache)
        guard start + count <= block.count else { throw outside(address, UInt64(count)) }
        return try body(block.span.bytes.extracting(start..<(start + count)))
    }

    /// Gives `body` the bytes of a metadata structure.
    func withBytes<R>(at address: UInt64, count: Int, _ body: (RawSpan) throws -> R) throws -> R {
        guard count >= 0 else { throw H5Error(.damaged, "a structure has a negative size", address: address) }
        try checkExtent(address, UInt64(count))
        let offset = baseAddress &+ address
        let blockSize = UInt64(BlockCache.blockSize)
        let first = offset / blockSize
        let start = Int(offset % blockSize)
        if start + count <= BlockCache.blockSize {
            let block = try cache.block(first)
            guard start + count <= block.count else { throw outside(address, UInt64(count)) }
            return try body(block.span.bytes.extracting(start..<(start + count)))
        }
        if count <= 4 * BlockCache.blockSize {
            var joined: [UInt8] = []
            joined.reserveCapacity(count)
            var position = offset
            while joined.count < count {
                let block = try cache.block(position / blockSize)
                let start = Int(position % blockSize)
                let length = min(block.count - start, count - joined.count)
                guard length > 0 else { throw outside(address, UInt64(count)) }
                joined += block[start..<(start + length)]
                position += UInt64(length)
            }
            return try body(joined.span.bytes)
        }
        let whole = try read(at: address, count: count)
        return try body(whole.span.bytes)
    }

    /// Gives `body` a cursor over the bytes of a metadata structure.
    func withCursor<R>(at address: UInt64, count: Int, _ body: (inout ByteCursor) throws -> R) throws -> R {
        try withBytes(at: address, count: count) { bytes in
            var cursor = ByteCursor(bytes, sizes: sizes, address: address)
            return try body(&cursor)
        }
    }

    /// Gives `body` a cursor over the bytes of a metadata structure that is likely to lie close to the last one.
    func withCursor<R>(
        at address: UInt64, count: Int, in window: inout BlockWindow, _ body: (inout ByteCursor) throws -> R
    ) throws -> R {
        try withBytes(at: address, count: count, in: &window) { bytes in
            var cursor = ByteCursor(bytes, sizes: sizes, address: address)
            return try body(&cursor)
        }
    }

    /// Like `withCursor`, for structures whose length shows only while they are read: at most `count` bytes.
    func withCursor<R>(
        at address: UInt64, upTo count: Int, in window: inout BlockWindow, _ body: (inout ByteCursor) throws -> R
    ) throws -> R {
        try checkExtent(address, 0)
        let available = source.available(at: baseAddress &+ address)
        return try withCursor(at: address, count: Int(min(UInt64(count), available)), in: &window, body)
    }

    /// Like `withCursor`, for structures whose length shows only while they are read: at most `count` bytes.
    func withCursor<R>(at address: UInt64, upTo count: Int, _ body: (inout ByteCursor) throws -> R) throws -> R {
        try checkExtent(address, 0)
        let available = source.available(at: baseAddress &+ address)
        return try withCursor(at: address, count: Int(min(UInt64(count), available)), body)
    }

    /// Reads bytes past the cache.
    func read(at address: UInt64, count: Int) throws -> [UInt8] {
        guard count >= 0 else { throw H5Error(.damaged, "a block has a negative size", address: address) }
        try checkExtent(address, UInt64(count))
        // A file with holes states any size and takes no space.
        try checkAllocation(count, "a structure")
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBytes { try readRaw(at: address, into: $0) }
        return bytes
    }

    /// Reads what lies in the file from `address` on, at most `limit` bytes, to the start of memory that grows where it
    /// is too short; the number of bytes.
    func read(at address: UInt64, upTo limit: Int, into bytes: inout [UInt8]) throws -> Int {
        try checkExtent(address, 0)
        let count = Int(min(UInt64(max(0, limit)), source.available(at: baseAddress &+ address)))
        if bytes.count < count { bytes = [UInt8](repeating: 0, count: count) }
        try bytes.withUnsafeMutableBytes {
            try readRaw(at: address, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<count]))
        }
        return count
    }

    /// Reads raw data straight to where it is wanted.
    func readRaw(at address: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws {
        try checkExtent(address, UInt64(buffer.count))
        do {
            try source.read(at: baseAddress &+ address, into: buffer)
        } catch let error as H5Error {
            throw error.located(file: name, address: address)
        }
    }

    /// Reads what precedes the superblock.
    func readUserBlock(into bytes: inout [UInt8]) throws {
        guard UInt64(bytes.count) <= baseAddress else {
            throw H5Error(.invalidArgument, "the user block has \(baseAddress) bytes", file: name)
        }
        // The buffer is the array's own.
        try bytes.withUnsafeMutableBytes { try source.read(at: 0, into: $0) }
    }

    /// Reads bytes at an offset of the file, counted from its very start.
    func readBytes(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws {
        do {
            try source.read(at: offset, into: buffer)
        } catch let error as H5Error {
            throw error.located(file: name, address: offset)
        }
    }

    /// Gives `body` a part of the file where it lies in memory, or mapped there.
    func withMapping<R>(at address: UInt64, count: Int, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        try checkExtent(address, UInt64(count))
        return try source.withMapping(at: baseAddress &+ address, count: count, body)
    }

    /// Throws unless one piece of memory of `count` bytes is allowed.
    func checkAllocation(_ count: Int, _ what: @autoclosure () -> String) throws {
        try check(count, limits.bytesPerAllocation, what())
    }

    /// Throws unless a result of `count` bytes is allowed, as one piece of memory or not.
    func checkResult(_ count: Int, _ what: @autoclosure () -> String) throws {
        try check(count, limits.bytesPerCall, what())
    }

    private func check(_ count: Int, _ limit: Int, _ what: @autoclosure () -> String) throws {
        guard count <= limit else {
            throw H5Error(
                .limitExceeded,
                "\(what()) takes \(count) bytes, more than the limit of \(limit); read a part of it, or open the file with "
                    + "a higher limit", file: name)
        }
    }

    /// Throws unless one call may read and decode `count` bytes.
    func checkDecoding(_ count: Int) throws {
        guard count <= limits.decodedBytesPerCall else {
            throw H5Error(
                .limitExceeded,
                "\(count) bytes would have to be decoded, more than the limit of \(limits.decodedBytesPerCall); select "
                    + "less, or open the file with a higher limit", file: name)
        }
    }

    // MARK: Changes

    /// Whether the file may be changed.
    var isWritable: Bool { transaction != nil }

    private func writable() throws -> FileTransaction {
        guard let transaction else {
            throw H5Error(.readOnly, "the file is open for reading only; open it for changes", file: name)
        }
        return transaction
    }

    /// Finds room for `count` bytes; what is there is undefined until it is written.
    ///
    /// Elements of datasets are aligned to eight bytes, for those who map the file.
    func allocate(_ count: Int, alignment: UInt64 = 1) throws -> UInt64 {
        guard count > 0 else { throw H5Error(.invalidArgument, "a block of \(count) bytes cannot be allocated") }
        let offset = try writable().allocate(UInt64(count), alignment: alignment)
        // Narrow addresses end early, and all ones stand for none.
        let limit = sizes.offsets == 8 ? UInt64.max : (UInt64(1) << UInt64(8 * sizes.offsets)) - 1
        guard offset - baseAddress < limit - min(limit, UInt64(count)) else {
            throw H5Error(.noSpace, "the file's addresses of \(sizes.offsets) bytes cannot reach further", file: name)
        }
        return offset - baseAddress
    }

    /// Gives the space of a block back.
    func release(_ address: UInt64, _ count: Int) throws {
        guard count > 0 else { return }
        try checkExtent(address, UInt64(count))
        try writable().release(baseAddress &+ address, UInt64(count))
    }

    /// Whether a block was allocated since the last commit, so that writing to it needs no journal.
    func isFresh(_ address: UInt64, _ count: Int) -> Bool {
        transaction?.isFresh(baseAddress &+ address, UInt64(max(0, count))) ?? false
    }

    /// Whether nothing was ever written to a block, so that it reads as zeros.
    func isUntouched(_ address: UInt64, _ count: Int) -> Bool {
        transaction?.isUntouched(baseAddress &+ address, UInt64(max(0, count))) ?? false
    }

    /// Writes bytes.
    func write(_ bytes: RawSpan, at address: UInt64) throws {
        // The buffer is only read, inside the closure.
        try bytes.withUnsafeBytes { try write($0, at: address) }
    }

    /// Writes bytes; the transaction makes sure that they lie in the file.
    func write(_ bytes: UnsafeRawBufferPointer, at address: UInt64) throws {
        guard address <= UInt64.max - baseAddress else { throw outside(address, UInt64(bytes.count)) }
        do {
            try writable().write(bytes, at: baseAddress + address)
        } catch let error as H5Error {
            throw error.located(file: name, address: address)
        }
        cache.update(bytes, at: baseAddress &+ address)
    }

    /// Writes bytes at an offset of the file to what the last commit has there, at once.
    func writeInPlace(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws {
        try writable().writeInPlace(bytes, at: offset)
        cache.update(bytes, at: offset)
    }

    /// Forgets the blocks that were read.
    func forgetBlocks() { cache.forgetAll() }

    /// Takes room on the disk for a range of the file.
    func reserve(_ offset: UInt64, _ count: UInt64) throws { try writable().reserve(offset, count) }

    /// Returns when everything that was written in place is on the disk.
    func synchronizeInPlace() throws { try writable().synchronizeInPlace() }

    /// Writes bytes.
    func write(_ bytes: [UInt8], at address: UInt64) throws {
        // The buffer is only read, inside the closure.
        try bytes.withUnsafeBytes { try write($0, at: address) }
    }

    /// Writes a structure.
    func write(at address: UInt64, _ body: (inout ByteBuilder) throws -> Void) throws {
        var builder = ByteBuilder(sizes: sizes)
        try body(&builder)
        try write(builder.bytes, at: address)
    }

    /// Lends a filter workspace, so that compression streams are reused and not made for each read.
    func withWorkspace<R>(_ body: (FilterWorkspace) throws -> R) rethrows -> R {
        let box = takeWorkspace()
        defer { returnWorkspace(box) }
        return try body(box.workspace)
    }

    private func takeWorkspace() -> DecoderBox {
        workspaces.withLock { $0.popLast() } ?? DecoderBox()
    }

    private func returnWorkspace(_ box: DecoderBox) {
        workspaces.withLock { if $0.count < 64 { $0.append(box) } }
    }
}

/// Holds a filter workspace between uses.
///
/// `@unchecked Sendable`: a box is either in the pool behind its mutex or lent to exactly one caller of
/// `withWorkspace`, so one thread at a time touches the workspace.
private final class DecoderBox: @unchecked Sendable {
    let workspace = FilterWorkspace()
}
