import HDF5Format

/// Adds names to a local heap and takes them out again.
///
/// The header stays where it is; the data segment moves to a larger block when it is full. What is taken out is free for
/// others from `flush` on, so that no name changes while something may still compare with it. The list of free blocks is
/// read once, when it is first needed, as each change of it can concern any of them.
final class LocalHeapEditor {
    let address: UInt64
    let storage: FileStorage
    private var heap: LocalHeap
    private var isHeaderChanged = false
    /// The free blocks; nil until they are needed.
    ///
    /// Some may be too small for the list, and are lost when this is.
    private var free: SpaceMap?
    /// The blocks of the list as the file has it, by their places; nil where it is not in that order.
    private var listed: [SpaceMap.Block]?
    private var released: [SpaceMap.Block] = []
    /// Names that lie one behind the other and are not written yet, and where the first of them is.
    private var unwritten: ByteBuilder
    private var unwrittenStart: UInt64 = 0

    /// Names start at multiples of this, as libhdf5 expects.
    private static let alignment: UInt64 = 8
    /// The size of the data segment that libhdf5 gives to new groups.
    static let usualSize = 88

    /// Makes a heap that holds the empty name at its start, and has room for some bytes in all.
    static func create(size: Int = usualSize, in storage: FileStorage) throws -> UInt64 {
        let first = Int(alignment)
        let size = max((size + first - 1) / first * first, first)
        let address = try storage.allocate(LocalHeap.headerSize(storage.sizes))
        let data = try storage.allocate(size)
        try fill(data, UInt64(size), in: storage)
        let editor = LocalHeapEditor(
            address: address, heap: LocalHeap(dataSize: UInt64(size), dataAddress: data), storage: storage)
        var free = SpaceMap()
        free.insert(alignment, UInt64(size - first))
        editor.free = free
        editor.listed = []
        editor.isHeaderChanged = true
        try editor.flush()
        return address
    }

    private init(address: UInt64, heap: LocalHeap, storage: FileStorage) {
        self.address = address
        self.heap = heap
        self.storage = storage
        unwritten = ByteBuilder(sizes: storage.sizes)
    }

    init(address: UInt64, storage: FileStorage) throws {
        self.address = address
        self.storage = storage
        unwritten = ByteBuilder(sizes: storage.sizes)
        heap = try storage.withCursor(at: address, count: LocalHeap.headerSize(storage.sizes)) {
            try LocalHeap(from: &$0)
        }
        try storage.checkExtent(heap.dataAddress, heap.dataSize)
    }

    // MARK: Names

    /// How the name at a place compares with another one: negative where it comes first.
    func compare(at offset: UInt64, with name: [UInt8]) throws -> Int {
        guard offset < heap.dataSize else { throw outside(offset) }
        try writeNames()
        // One byte more than the name has tells a longer one.
        let count = Int(min(UInt64(name.count) + 1, heap.dataSize - offset))
        return try storage.withBytes(at: heap.dataAddress &+ offset, count: count) { bytes in
            for index in 0..<count {
                let byte = bytes[byte: index]
                guard index < name.count else { return byte == 0 ? 0 : 1 }
                if byte != name[index] { return byte < name[index] ? -1 : 1 }
            }
            throw outside(offset)
        }
    }

    /// The length of the name at a place.
    func length(at offset: UInt64) throws -> Int {
        guard offset < heap.dataSize else { throw outside(offset) }
        try writeNames()
        for window in [64, heap.dataSize] {
            let count = Int(min(window, heap.dataSize - offset))
            let found = try storage.withBytes(at: heap.dataAddress &+ offset, count: count) { $0.firstZero(from: 0) }
            if let found { return found }
        }
        throw outside(offset)
    }

    private func outside(_ offset: UInt64) -> H5Error {
        H5Error(.damaged, "the name at \(offset) does not lie in its local heap", address: heap.dataAddress)
    }

    private static func slot(_ length: Int) -> UInt64 { (UInt64(length) + alignment) / alignment * alignment }

    /// The bytes that a name takes.
    static func size(of name: [UInt8]) -> Int { Int(slot(name.count)) }

    /// Adds a name, which must not hold a NUL; answers its place.
    func insert(_ name: [UInt8]) throws -> UInt64 {
        let size = Self.slot(name.count)
        var free = try loadFree()
        self.free = nil
        defer { self.free = free }
        var place = take(size, from: &free)
        if place == nil {
            try grow(by: size, &free)
            place = take(size, from: &free)
        }
        guard let place else { throw H5Error(.damaged, "a local heap has no room after it grew", address: address) }
        if place != unwrittenStart + UInt64(unwritten.count) { try writeNames() }
        if unwritten.count == 0 { unwrittenStart = place }
        let start = unwritten.count
        try unwritten.writeNullTerminated(name, "the name of a link")
        try unwritten.pad(to: Int(size), from: start, "the name of a link")
        return place
    }

    /// Writes the names that were added.
    private func writeNames() throws {
        guard unwritten.count > 0 else { return }
        try storage.write(unwritten.bytes, at: heap.dataAddress &+ unwrittenStart)
        unwritten = ByteBuilder(sizes: storage.sizes)
    }

    /// Takes a name of some length out, from `flush` on.
    func release(_ offset: UInt64, length: Int) {
        // Other writers may pack names without gaps; the bytes behind such a name are another's.
        guard offset % Self.alignment == 0, offset > 0, offset < heap.dataSize else { return }
        released.append(
            SpaceMap.Block(start: offset, count: min(Self.slot(length), heap.dataSize - offset)))
    }

    // MARK: Free blocks

    /// The fewest bytes of a block that the list can hold.
    private var smallestBlock: UInt64 {
        (UInt64(2 * storage.sizes.lengths) + Self.alignment - 1) / Self.alignment * Self.alignment
    }

    /// Takes room out of the free blocks so that what is left of a block can be listed.
    private func take(_ size: UInt64, from free: inout SpaceMap) -> UInt64? {
        guard let place = free.allocate(size) else { return nil }
        let rest = place + size
        if !free.contains(rest, 1) || free.contains(rest, smallestBlock) { return place }
        free.insert(place, size)
        guard let larger = free.allocate(size + smallestBlock) else { return nil }
        free.insert(larger + size, smallestBlock)
        return larger
    }

    private func loadFree() throws -> SpaceMap {
        if let free { return free }
        var free = SpaceMap()
        var blocks: [SpaceMap.Block] = []
        var isOrdered = true
        let none: UInt64 = storage.sizes.lengths >= 8 ? .max : 1 << UInt64(8 * storage.sizes.lengths) - 1
        var place = heap.freeListOffset
        // Some writers say "none" by all ones.
        while place != LocalHeap.noFreeBlock, place != none {
            let count = 2 * storage.sizes.lengths
            guard place > 0, place < heap.dataSize, UInt64(count) <= heap.dataSize - place else {
                throw H5Error(.damaged, "a free block lies outside its local heap", address: address)
            }
            let block = try storage.withCursor(at: heap.dataAddress &+ place, count: count) {
                try LocalHeapFreeBlock(from: &$0)
            }
            // No two blocks share a byte, so the list ends.
            guard block.size >= UInt64(count), block.size <= heap.dataSize - place,
                free.intersection(place, block.size).isEmpty
            else { throw H5Error(.damaged, "the free blocks of a local heap overlap", address: address) }
            // Blocks that touch become one; then the list is not what the map says, and is written anew.
            isOrdered = isOrdered && (blocks.last.map { $0.end < place } ?? true)
            free.insert(place, block.size)
            blocks.append(SpaceMap.Block(start: place, count: block.size))
            place = block.nextOffset
        }
        listed = isOrdered ? blocks : nil
        return free
    }

    /// Moves the data segment to a block of twice the size, or more.
    private func grow(by size: UInt64, _ free: inout SpaceMap) throws {
        try writeNames()
        // The empty name at the start is there even where a damaged heap has no room for it.
        let start = max(Self.alignment, (heap.dataSize + Self.alignment - 1) / Self.alignment * Self.alignment)
        let newSize = start + max(start, size)
        let data = try storage.allocate(try Int(checking: newSize, "the size of a local heap"))
        var done: UInt64 = 0
        while done < heap.dataSize {
            let count = min(heap.dataSize - done, 1 << 20)
            let bytes = try storage.read(at: heap.dataAddress &+ done, count: Int(count))
            try storage.write(bytes, at: data + done)
            done += count
        }
        try Self.fill(data + done, newSize - done, in: storage)
        try storage.release(heap.dataAddress, Int(heap.dataSize))
        free.insert(start, newSize - start)
        heap.dataAddress = data
        heap.dataSize = newSize
        isHeaderChanged = true
    }

    /// Writes zeros: readers take the whole segment into memory, so every byte of it is written once.
    private static func fill(_ address: UInt64, _ count: UInt64, in storage: FileStorage) throws {
        var done: UInt64 = 0
        while done < count {
            let part = min(count - done, 1 << 20)
            try storage.write([UInt8](repeating: 0, count: Int(part)), at: address + done)
            done += part
        }
    }

    /// Writes the list of free blocks, and the header.
    func flush() throws {
        try writeNames()
        if !released.isEmpty {
            var free = try loadFree()
            for block in released { free.insert(block.start, block.count) }
            self.free = free
            released = []
        }
        if let free {
            let blocks = free.blocks.filter { $0.count >= smallestBlock }
            let former = listed ?? []
            var place = former.startIndex
            for (index, block) in blocks.enumerated() {
                let next = index + 1 < blocks.count ? blocks[index + 1].start : LocalHeap.noFreeBlock
                while place < former.endIndex, former[place].start < block.start { place += 1 }
                if place < former.endIndex, former[place] == block,
                    next == (place + 1 < former.endIndex ? former[place + 1].start : LocalHeap.noFreeBlock)
                {
                    continue
                }
                try storage.write(at: heap.dataAddress &+ block.start) {
                    try LocalHeapFreeBlock(nextOffset: next, size: block.count).encode(to: &$0)
                }
            }
            listed = blocks
            let first = blocks.first?.start ?? LocalHeap.noFreeBlock
            if heap.freeListOffset != first {
                heap.freeListOffset = first
                isHeaderChanged = true
            }
        }
        guard isHeaderChanged else { return }
        isHeaderChanged = false
        try storage.write(at: address) { try heap.encode(to: &$0) }
    }

    /// Gives the header and the data segment back; the heap is no more.
    func removeAll() throws {
        try storage.release(heap.dataAddress, Int(heap.dataSize))
        try storage.release(address, LocalHeap.headerSize(storage.sizes))
    }
}
