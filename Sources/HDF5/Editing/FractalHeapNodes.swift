import HDF5Format

/// An indirect block of a fractal heap in memory.
final class FractalHeapIndirectNode {
    var address: UInt64
    /// Where the block begins in the heap.
    let start: UInt64
    var rows: Int
    var children: [FractalHeapIndirectBlock.Child]
    /// The child indirect blocks that were needed, by their entries.
    var below: [Int: FractalHeapIndirectNode] = [:]
    /// Where the block hangs; nil for the root.
    private(set) weak var parent: FractalHeapIndirectNode?
    let entry: Int
    var isChanged: Bool

    init(
        address: UInt64, start: UInt64, rows: Int, children: [FractalHeapIndirectBlock.Child],
        parent: FractalHeapIndirectNode?, entry: Int, isChanged: Bool
    ) {
        self.address = address
        self.start = start
        self.rows = rows
        self.children = children
        self.parent = parent
        self.entry = entry
        self.isChanged = isChanged
    }

    var isEmpty: Bool { !children.contains { $0.address != nil } }
}

/// A direct block of a fractal heap in memory, unfiltered.
final class FractalHeapDirectNode {
    /// Where the block begins in the heap.
    let start: UInt64
    var bytes: [UInt8]
    /// The bytes that differ from the file.
    var changed: Range<Int>?

    init(start: UInt64, bytes: [UInt8]) {
        self.start = start
        self.bytes = bytes
    }

    func change(_ range: Range<Int>) {
        changed = changed.map { min($0.lowerBound, range.lowerBound)..<max($0.upperBound, range.upperBound) } ?? range
    }
}
