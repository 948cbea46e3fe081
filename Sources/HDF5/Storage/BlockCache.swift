import HDF5Format

/// Keeps blocks of a file in memory, so that metadata is read in large pieces and each piece once.
///
/// Blocks are immutable arrays: a reader holds its block by reference while others come and go. The cache is
/// split into shards by block number, so that threads seldom wait for each other.
final class BlockCache: Sendable {
    /// The bytes of a block: large enough to make system calls rare, small enough for scattered headers.
    static let blockSize = 32 << 10

    /// The blocks that a shard holds: few, so that one is found by going through their numbers.
    private static let blocksPerShard = 16

    private struct Shard {
        var numbers: [UInt64] = []
        var blocks: [[UInt8]] = []
        var wereUsed: [Bool] = []
        var hand = 0

        mutating func block(_ number: UInt64) -> [UInt8]? {
            guard let place = numbers.firstIndex(of: number) else { return nil }
            wereUsed[place] = true
            return blocks[place]
        }

        /// Takes over what was written to a block that is here.
        mutating func update(_ number: UInt64, at position: Int, _ bytes: UnsafeRawBufferPointer) {
            guard let place = numbers.firstIndex(of: number) else { return }
            // A block that ended with the file grows with it; what lies between was never written.
            let missing = position + bytes.count - blocks[place].count
            if missing > 0 { blocks[place].append(contentsOf: repeatElement(0, count: missing)) }
            // The block has all of these bytes by now.
            blocks[place].withUnsafeMutableBytes { block in
                UnsafeMutableRawBufferPointer(rebasing: block[position..<(position + bytes.count)]).copyMemory(
                    from: bytes)
            }
        }

        mutating func keep(_ number: UInt64, _ bytes: [UInt8]) {
            if let place = numbers.firstIndex(of: number) {
                if blocks[place].count < bytes.count { blocks[place] = bytes }
                return
            }
            guard numbers.count == BlockCache.blocksPerShard else {
                numbers.append(number)
                blocks.append(bytes)
                wereUsed.append(false)
                return
            }
            // Second chance: blocks used since the hand passed stay.
            while wereUsed[hand] {
                wereUsed[hand] = false
                hand = (hand + 1) % numbers.count
            }
            numbers[hand] = number
            blocks[hand] = bytes
            hand = (hand + 1) % numbers.count
        }
    }

    private let source: any ByteSource
    private let shards: [Locked<Shard>]

    init(source: any ByteSource, capacity: Int) {
        self.source = source
        // Neither a lock nor a list for each block of a limit that no file ever fills.
        let count = min(max(2, capacity / Self.blockSize / Self.blocksPerShard), 4_096)
        shards = (0..<count).map { _ in Locked(Shard()) }
    }

    /// A block; shorter than others at the end of the file.
    func block(_ number: UInt64) throws -> [UInt8] {
        let shard = shards[Int(number % UInt64(shards.count))]
        let start = number &* UInt64(Self.blockSize)
        // A block that ended with the file is short; a file that is being changed may have grown since.
        if let known = shard.withLock({ $0.block(number) }),
            known.count == Self.blockSize || start &+ UInt64(known.count) >= source.size
        {
            return known
        }
        // Read outside the lock: two threads may read the same block, none waits for a disk.
        guard start < source.size else { throw H5Error(.truncated, "the file ends before that place", address: start) }
        let count = Int(min(UInt64(Self.blockSize), source.size - start))
        let bytes = try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            try source.read(
                at: start,
                into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]))
            filled = count
        }
        shard.withLock { $0.keep(number, bytes) }
        return bytes
    }

    /// Forgets all blocks.
    func forgetAll() { for shard in shards { shard.withLock { $0 = Shard() } } }

    /// Takes over bytes that were written, in the blocks that are here.
    func update(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) {
        guard bytes.count > 0 else { return }
        let blockSize = UInt64(Self.blockSize)
        let end = offset + UInt64(bytes.count)
        for number in (offset / blockSize)...((end - 1) / blockSize) {
            let start = number * blockSize
            let from = max(offset, start)
            let to = min(end, start + blockSize)
            shards[Int(number % UInt64(shards.count))].withLock { shard in
                shard.update(
                    number, at: Int(from - start),
                    UnsafeRawBufferPointer(rebasing: bytes[Int(from - offset)..<Int(to - offset)]))
            }
        }
    }
}

/// The block that one reader looked at last, so that what lies beside it is found without asking the cache.
struct BlockWindow: Sendable {
    /// No block has this number.
    private var number = UInt64.max
    private var bytes: [UInt8] = []

    mutating func block(_ wanted: UInt64, of cache: BlockCache) throws -> [UInt8] {
        if wanted != number {
            bytes = try cache.block(wanted)
            number = wanted
        }
        return bytes
    }
}
