import HDF5Format

/// Creates and changes fractal heaps.
///
/// Changes are kept in memory until `flush`, which belongs at the end of each batch. A heap has one editor at a time.
///
/// Where libhdf5 left a free-space manager beside the heap it is given up with the first change: libhdf5 makes a new one
/// when it needs it. What is free inside the blocks follows from the objects that are in use, which the owner of the heap
/// lists when somebody asks for room.
final class FractalHeapEditor {
    /// Lists the identifiers of all objects of a heap.
    typealias LiveObjects = (_ body: (RawSpan) throws -> Void) throws -> Void

    /// Where the header is; it never moves.
    var address: UInt64 { blocks.address }
    /// The header as it will be written.
    var header: FractalHeapHeader { blocks.header }
    let blocks: FractalHeapBlocks
    let storage: FileStorage
    let filters: FractalHeapFilters
    private let liveObjects: LiveObjects
    /// What is free inside the blocks; nil as long as nobody asked.
    private var space: SpaceMap?
    /// Objects that were removed while it was not known what is free.
    private var removed: [Range<UInt64>] = []
    /// Places in blocks that may be empty.
    private var suspects: Set<UInt64> = []
    /// The size that the header has in the file.
    private let headerSize: Int

    /// Makes an empty heap with the parameters of a header; see there for those that libhdf5 uses.
    static func create(_ header: FractalHeapHeader, in storage: FileStorage) throws -> FractalHeapEditor {
        let size = try encoded(storage.sizes) { try header.encode(to: &$0) }.count
        let blocks = FractalHeapBlocks(address: try storage.allocate(size), header: header, storage: storage)
        let editor = FractalHeapEditor(blocks, headerSize: size, liveObjects: { _ in })
        editor.space = SpaceMap()
        try editor.flush()
        return editor
    }

    /// Opens a heap for changes.
    ///
    /// - Parameter liveObjects: Lists the identifiers of all objects; called at most once, when room is asked for. Objects
    ///   that were removed since may be among them, objects that were inserted since are not needed.
    convenience init(
        address: UInt64, storage: FileStorage, liveObjects: @escaping LiveObjects
    ) throws {
        let heap = try FractalHeap(address: address, storage: storage)
        let size = try encoded(storage.sizes) { try heap.header.encode(to: &$0) }.count
        let length = try storage.withCursor(at: address, count: 9) { try FractalHeapHeader.filterLength(from: &$0) }
        guard size == FractalHeapHeader.size(storage.sizes, filterLength: length) else {
            throw H5Error(
                .unsupported, "the filters of a fractal heap cannot be written as they were", address: address)
        }
        self.init(
            FractalHeapBlocks(address: address, header: heap.header, storage: storage), headerSize: size,
            liveObjects: liveObjects)
        // Taken, so that nobody finds it while it changes.
        space = storage.freeInHeaps.withLock { $0.removeValue(forKey: address) }
    }

    private init(_ blocks: FractalHeapBlocks, headerSize: Int, liveObjects: @escaping LiveObjects) {
        self.blocks = blocks
        storage = blocks.storage
        filters = FractalHeapFilters(blocks.header.filters, storage: blocks.storage)
        self.headerSize = headerSize
        self.liveObjects = liveObjects
    }

    func damaged(_ message: String) -> H5Error { H5Error(.damaged, message, address: address) }

    func decode(_ identifier: [UInt8]) throws -> FractalHeapIdentifier {
        var cursor = ByteCursor(identifier.span.bytes, sizes: storage.sizes, address: address)
        return try FractalHeapIdentifier(from: &cursor, heap: header)
    }

    func encode(_ identifier: FractalHeapIdentifier) throws -> [UInt8] {
        try encoded(storage.sizes) { try identifier.encode(to: &$0, heap: header) }
    }

    // MARK: Objects

    /// Adds an object; gives its identifier.
    func insert(_ object: [UInt8]) throws -> [UInt8] {
        guard !object.isEmpty else { throw H5Error(.invalidArgument, "an object of a heap cannot be empty") }
        if object.count > header.maximumManagedSize { return try insertHuge(object) }
        if object.count <= tinyLimit {
            blocks.header.statistics.tinyObjectCount &+= 1
            blocks.header.statistics.tinyObjectBytes &+= UInt64(object.count)
            return try encode(.tiny(object))
        }
        let offset = try room(for: object.count)
        let place = try blocks.place(containing: offset)
        let block = try blocks.block(at: place)
        let start = Int(offset - place.start)
        block.bytes.replaceSubrange(start..<(start + object.count), with: object)
        block.change(start..<(start + object.count))
        blocks.header.managedObjectCount &+= 1
        blocks.header.statistics.freeSpace &-= min(UInt64(object.count), header.statistics.freeSpace)
        return try encode(.managed(offset: offset, length: object.count))
    }

    /// The largest object that fits its identifier.
    private var tinyLimit: Int {
        let room = header.identifierLength - 1
        return room <= 16 ? room : room == 17 ? 16 : min(room - 1, 0x1000)
    }

    /// Removes an object.
    func remove(_ identifier: [UInt8]) throws {
        switch try decode(identifier) {
        case .tiny(let bytes):
            blocks.header.statistics.tinyObjectCount &-= min(1, header.statistics.tinyObjectCount)
            blocks.header.statistics.tinyObjectBytes &-= min(UInt64(bytes.count), header.statistics.tinyObjectBytes)
        case .managed(let offset, let length): try removeManaged(try range(offset, length))
        case .hugeDirect(let address, let length, _, let unfiltered):
            try removeHuge(address: address, storedLength: length, length: unfiltered ?? length)
        case .hugeIndirect(let key): try removeHuge(key: key)
        }
    }

    /// Gives an object other bytes, in place where it keeps its size; gives the identifier that it has then.
    func replace(_ identifier: [UInt8], with object: [UInt8]) throws -> [UInt8] {
        if try overwrite(identifier, with: object) { return identifier }
        try remove(identifier)
        return try insert(object)
    }

    /// Gives an object other bytes of the same number; answers whether that could be done.
    func overwrite(_ identifier: [UInt8], with object: [UInt8]) throws -> Bool {
        guard case .managed(let offset, object.count) = try decode(identifier) else { return false }
        let range = try range(offset, object.count)
        let place = try blocks.place(containing: offset)
        let block = try blocks.block(at: place)
        let start = Int(range.lowerBound - place.start)
        block.bytes.replaceSubrange(start..<(start + object.count), with: object)
        block.change(start..<(start + object.count))
        return true
    }

    /// The heap addresses of a managed object, which lie in one block.
    private func range(_ offset: UInt64, _ length: Int) throws -> Range<UInt64> {
        let place = try blocks.place(containing: offset)
        let position = offset &- place.start
        guard length > 0, position >= UInt64(blocks.prefix), position <= place.size,
            UInt64(length) <= place.size - position
        else { throw damaged("an object of \(length) bytes lies outside its block of a fractal heap") }
        return offset..<(offset + UInt64(length))
    }

    private func removeManaged(_ range: Range<UInt64>) throws {
        guard header.managedObjectCount > 0 else {
            throw damaged("an object is removed from a fractal heap that has none")
        }
        if space != nil {
            guard space?.intersection(range.lowerBound, UInt64(range.count)).isEmpty ?? true else {
                throw damaged("an object of a fractal heap is removed twice")
            }
            space?.insert(range.lowerBound, UInt64(range.count))
            suspects.insert(range.lowerBound)
        } else {
            removed.append(range)
        }
        blocks.header.managedObjectCount -= 1
        blocks.header.statistics.freeSpace &+= UInt64(range.count)
        try dropFreeSpaceManager()
    }

    // MARK: Space

    /// Finds room for a managed object.
    private func room(for count: Int) throws -> UInt64 {
        try dropFreeSpaceManager()
        try findSpace()
        if let offset = space?.allocate(UInt64(count)) { return offset }
        let block = try blocks.add(roomFor: count)
        space?.insert(block.start + UInt64(blocks.prefix), UInt64(block.bytes.count - blocks.prefix))
        guard let offset = space?.allocate(UInt64(count)) else { throw damaged("a fractal heap has no room") }
        return offset
    }

    /// Finds out what is free inside the blocks, from the objects in use.
    private func findSpace() throws {
        guard space == nil else { return }
        var used: [Range<UInt64>] = []
        try liveObjects { identifier in
            var cursor = ByteCursor(identifier, sizes: storage.sizes, address: address)
            guard case .managed(let offset, let length) = try FractalHeapIdentifier(from: &cursor, heap: header) else {
                return
            }
            used.append(offset..<(try offset.adding(UInt64(length), "the end of an object in a fractal heap")))
        }
        // Objects that the owner does not know of must not be written over.
        let known = UInt64(used.count)
        let isComplete =
            known == header.managedObjectCount || known == header.managedObjectCount + UInt64(removed.count)
        used.sort { $0.lowerBound < $1.lowerBound }
        var free = SpaceMap()
        var next = 0
        if isComplete {
            try blocks.forEachBlock { start, size in
                let end = start &+ size
                var position = start &+ UInt64(blocks.prefix)
                guard end > position else { return }
                while next < used.count, used[next].lowerBound < end {
                    guard used[next].lowerBound >= start, used[next].upperBound <= end else {
                        throw damaged("an object of a fractal heap lies outside its blocks")
                    }
                    if used[next].lowerBound > position { free.insert(position, used[next].lowerBound - position) }
                    position = max(position, used[next].upperBound)
                    next += 1
                }
                if end > position { free.insert(position, end - position) }
            }
            guard next == used.count else { throw damaged("an object of a fractal heap lies outside its blocks") }
        }
        for range in removed {
            free.insert(range.lowerBound, UInt64(range.count))
            suspects.insert(range.lowerBound)
        }
        removed = []
        space = free
    }

    /// Gives up the blocks that hold nothing any more.
    private func settle() throws {
        if header.managedObjectCount == 0, header.rootAddress != nil {
            try dropFreeSpaceManager()
            try blocks.removeAll()
            space = SpaceMap()
            removed = []
        } else if space == nil, UInt64(removed.count) * 8 >= header.managedObjectCount, !removed.isEmpty {
            // Where much is removed, looking at what stays costs no more.
            try findSpace()
        }
        guard space != nil else { return }
        for offset in suspects.sorted() {
            guard header.rootAddress != nil, offset < header.statistics.managedSpace,
                space?.contains(offset, 1) ?? false
            else { continue }
            let place = try blocks.place(containing: offset)
            let (start, count) = (place.start + UInt64(blocks.prefix), place.size - UInt64(blocks.prefix))
            guard space?.contains(start, count) ?? false else { continue }
            space?.remove(start, count)
            try blocks.remove(place)
        }
        suspects = []
    }

    /// Gives up the list of free space that libhdf5 keeps beside a heap, which would no longer be right.
    private func dropFreeSpaceManager() throws {
        guard let manager = header.freeSpaceManagerAddress else { return }
        let size = FreeSpaceManager.size(storage.sizes)
        let known = try storage.withCursor(at: manager, count: size) { try FreeSpaceManager(from: &$0) }
        if let list = known.listAddress {
            // What does not say that it belongs here may be in use by something else.
            try storage.withCursor(at: list, count: 5 + storage.sizes.offsets) { cursor in
                try cursor.expectSignature(.freeSpaceList, "list of free space")
                _ = try cursor.expectVersion(0...0, "list of free space")
                guard try cursor.readAddress() == manager else {
                    throw cursor.damaged("a list of free space belongs to another heap")
                }
            }
            try storage.release(list, try Int(checking: known.allocatedListSize, "the size of a list of free space"))
        }
        try storage.release(manager, size)
        blocks.header.freeSpaceManagerAddress = nil
    }

    // MARK: Writing

    /// Writes what changed.
    func flush() throws {
        try settle()
        try settleHuge()
        try blocks.write()
        try storage.write(at: address) { try header.encode(to: &$0) }
        guard let space else { return }
        storage.freeInHeaps.withLock { known in
            if known.count >= Self.knownHeaps { known.removeAll() }
            known[address] = space
        }
    }

    /// For how many heaps it is kept what is free in them.
    private static let knownHeaps = 1024

    /// Gives the space of the heap and of all its objects back.
    func removeHeap() throws {
        try dropFreeSpaceManager()
        if header.rootAddress != nil { try blocks.removeAll() }
        try removeAllHuge()
        storage.freeInHeaps.withLock { $0[address] = nil }
        try storage.release(address, headerSize)
    }
}
