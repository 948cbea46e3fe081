import HDF5Format

/// Keeps blocks of a file in memory, so that metadata is read in large pieces and each piece once.
///
/// Blocks are immutable arrays: a reader holds its block by reference while others come and go. The cache is
/// split into shards by block number, so that threads seldom wait for each other.
final class BlockCache: Sendable {
    /// The bytes of a block: large enough to make system calls rare, small enough for scattered headers.
    static let blockSize = 32 << 10

    private struct Entry {
        var bytes: [UInt8]
        var wasUsed: Bool
    }

    private struct Shard {
        var entries: [UInt64: Entry] = [:]
        var order: [UInt64] = []
        var hand = 0
    }

    private let source: any ByteSource
    private let shards: [Locked<Shard>]
    private let blocksPerShard: Int

    init(source: any ByteSource, capacity: Int) {
        self.source = source
        let count = 16
        shards = (0..<count).map { _ in Locked(Shard()) }
        blocksPerShard = max(2, capacity / Self.blockSize / count)
    }

    /// A block; shorter than others at the end of the file.
    func block(_ number: UInt64) throws -> [UInt8] {
        let shard = shards[Int(number % UInt64(shards.count))]
        let known = shard.withLock { shard -> [UInt8]? in
            guard let index = shard.entries.index(forKey: number) else { return nil }
            shard.entries.values[index].wasUsed = true
            return shard.entries.values[index].bytes
        }
        if let known { return known }
        // Read outside the lock: two threads may read the same block, none waits for a disk.
        let start = number &* UInt64(Self.blockSize)
        guard start < source.size else { throw H5Error(.truncated, "the file ends before that place", address: start) }
        let count = Int(min(UInt64(Self.blockSize), source.size - start))
        let bytes = try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            try source.read(
                at: start,
                into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]))
            filled = count
        }
        shard.withLock { shard in
            guard shard.entries[number] == nil else { return }
            if shard.order.count < blocksPerShard {
                shard.order.append(number)
            } else {
                // Second chance: blocks used since the hand passed stay.
                while let index = shard.entries.index(forKey: shard.order[shard.hand]),
                    shard.entries.values[index].wasUsed
                {
                    shard.entries.values[index].wasUsed = false
                    shard.hand = (shard.hand + 1) % shard.order.count
                }
                shard.entries[shard.order[shard.hand]] = nil
                shard.order[shard.hand] = number
                shard.hand = (shard.hand + 1) % shard.order.count
            }
            shard.entries[number] = Entry(bytes: bytes, wasUsed: false)
        }
        return bytes
    }

    /// Takes over bytes that were written, in the blocks that are here.
    func update(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) {
        guard bytes.count > 0 else { return }
        let blockSize = UInt64(Self.blockSize)
        let end = offset + UInt64(bytes.count)
        for number in (offset / blockSize)...((end - 1) / blockSize) {
            shards[Int(number % UInt64(shards.count))].withLock { shard in
                guard let index = shard.entries.index(forKey: number) else { return }
                let start = number * blockSize
                let from = max(offset, start)
                let to = min(end, start + blockSize)
                // A block that ended with the file grows with it; what lies between was never written.
                let missing = Int(to - start) - shard.entries.values[index].bytes.count
                if missing > 0 {
                    shard.entries.values[index].bytes.append(contentsOf: repeatElement(0, count: missing))
                }
                // Both ranges are inside their buffers, being cut to what they share.
                shard.entries.values[index].bytes.withUnsafeMutableBytes { block in
                    UnsafeMutableRawBufferPointer(rebasing: block[Int(from - start)..<Int(to - start)]).copyMemory(
                        from: UnsafeRawBufferPointer(rebasing: bytes[Int(from - offset)..<Int(to - offset)]))
                }
            }
        }
    }
}
