/// The unused space of a file: blocks by address, none touching another.
///
/// Blocks stand in two sorted lists, so that a fitting one is found, and freed neighbours are joined, by bisection.
struct SpaceMap {
    /// A block of unused space.
    struct Block: Hashable, Sendable {
        var start: UInt64
        var count: UInt64
        var end: UInt64 { start + count }
    }

    private(set) var blocks: [Block] = []
    /// The same blocks, the smaller first and of equal ones the earlier.
    private var bySize: [Block] = []

    /// The bytes of all blocks.
    private(set) var total: UInt64 = 0

    private static func isSmaller(_ left: Block, _ right: Block) -> Bool {
        left.count != right.count ? left.count < right.count : left.start < right.start
    }

    private func index(atOrAfter start: UInt64) -> Int {
        var (low, high) = (0, blocks.count)
        while low < high {
            let middle = (low + high) / 2
            if blocks[middle].start < start { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func sizeIndex(of block: Block) -> Int {
        var (low, high) = (0, bySize.count)
        while low < high {
            let middle = (low + high) / 2
            if Self.isSmaller(bySize[middle], block) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func put(_ block: Block, at index: Int) {
        blocks.insert(block, at: index)
        bySize.insert(block, at: sizeIndex(of: block))
        total += block.count
    }

    private mutating func take(at index: Int) -> Block {
        let block = blocks.remove(at: index)
        bySize.remove(at: sizeIndex(of: block))
        total -= block.count
        return block
    }

    /// Adds a block, which joins the blocks that it touches or overlaps.
    mutating func insert(_ start: UInt64, _ count: UInt64) {
        guard count > 0 else { return }
        let end = blocks.count - 1
        if end >= 0, blocks[end].end == start, bySize[end] == blocks[end] {
            // As in a file that grows: the largest block grows, and stays where it stands in both lists.
            blocks[end].count += count
            bySize[end].count += count
            total += count
            return
        }
        var (first, last) = (start, start + count)
        var index = index(atOrAfter: start)
        if index > 0, blocks[index - 1].end >= start { index -= 1 }
        while index < blocks.count, blocks[index].start <= last {
            let block = take(at: index)
            first = min(first, block.start)
            last = max(last, block.end)
        }
        put(Block(start: first, count: last - first), at: index)
    }

    /// Takes the bytes of a range away, wherever there are some.
    mutating func remove(_ start: UInt64, _ count: UInt64) {
        guard count > 0 else { return }
        let end = start + count
        var index = index(atOrAfter: start)
        if index > 0, blocks[index - 1].end > start { index -= 1 }
        while index < blocks.count, blocks[index].start < end {
            let block = take(at: index)
            if block.end > end { put(Block(start: end, count: block.end - end), at: index) }
            if block.start < start {
                put(Block(start: block.start, count: start - block.start), at: index)
                index += 1
            }
            if block.end > end { break }
        }
    }

    /// Takes `count` bytes from the smallest block that has them at a multiple of `alignment`; nil where none has.
    mutating func allocate(_ count: UInt64, alignment: UInt64 = 1) -> UInt64? {
        guard count > 0 else { return nil }
        var place = sizeIndex(of: Block(start: 0, count: count))
        while place < bySize.count {
            let block = bySize[place]
            let start = (block.start + alignment - 1) / alignment * alignment
            if start - block.start <= block.count - count {
                remove(start, count)
                return start
            }
            place += 1
        }
        return nil
    }

    /// The parts of a range that lie in the map.
    func intersection(_ start: UInt64, _ count: UInt64) -> [Block] {
        guard count > 0 else { return [] }
        let end = start + count
        var index = index(atOrAfter: start)
        if index > 0, blocks[index - 1].end > start { index -= 1 }
        var parts: [Block] = []
        while index < blocks.count, blocks[index].start < end {
            let from = max(start, blocks[index].start)
            parts.append(Block(start: from, count: min(end, blocks[index].end) - from))
            index += 1
        }
        return parts
    }

    /// Whether all bytes of a range lie in the map.
    func contains(_ start: UInt64, _ count: UInt64) -> Bool {
        guard count > 0 else { return true }
        let index = index(atOrAfter: start + 1)
        return index > 0 && blocks[index - 1].end >= start + count
    }

    /// The block that ends where the file ends.
    func block(endingAt end: UInt64) -> Block? {
        guard let last = blocks.last, last.end == end else { return nil }
        return last
    }
}
