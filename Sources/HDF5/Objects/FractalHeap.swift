import HDF5Filters
import HDF5Format

/// Reads objects of a fractal heap by their identifiers.
///
/// One value serves one walk: it keeps the blocks that were read last, since objects of a walk lie close together.
final class FractalHeap {
    let header: FractalHeapHeader
    private let address: UInt64
    private let storage: FileStorage
    private let pipeline: FilterPipeline
    private var directBlocks: [UInt64: [UInt8]] = [:]
    private var indirectBlocks: [UInt64: FractalHeapIndirectBlock] = [:]
    private var keptBytes = 0
    /// The direct blocks that were used last, by where they start in the heap; most lookups end here.
    private var recent: [(start: UInt64, block: [UInt8])] = []
    private var oldest = 0

    private static let capacity = 4 << 20
    private static let recentCount = 8

    init(address: UInt64, storage: FileStorage) throws {
        self.address = address
        self.storage = storage
        let filterLength = try storage.withCursor(at: address, count: 9) {
            try FractalHeapHeader.filterLength(from: &$0)
        }
        let size = FractalHeapHeader.size(storage.sizes, filterLength: filterLength)
        header = try storage.withCursor(at: address, count: size) { try FractalHeapHeader(from: &$0) }
        pipeline = FilterPipeline(header.filters?.filters ?? [], filters: storage.filters)
    }

    /// The bytes of an object.
    func object(_ identifier: [UInt8]) throws -> [UInt8] {
        var cursor = ByteCursor(identifier.span.bytes, sizes: storage.sizes, address: address)
        return try object(FractalHeapIdentifier(from: &cursor, heap: header))
    }

    /// The bytes of an object.
    func object(_ identifier: FractalHeapIdentifier) throws -> [UInt8] {
        try withObject(identifier) { try $0.readArray($0.remaining) }
    }

    /// Gives `body` a cursor over the bytes of an object.
    func withObject<R>(_ identifier: FractalHeapIdentifier, _ body: (inout ByteCursor) throws -> R) throws -> R {
        switch identifier {
        case .managed(let offset, let length):
            return try withManagedObject(offset: offset, length: length, body)
        case .tiny(let bytes): return try withCursor(over: bytes, body)
        case .hugeDirect(let address, let length, let mask, let unfiltered):
            return try withCursor(
                over: try hugeObject(address, length: length, mask: mask, unfilteredLength: unfiltered), body)
        case .hugeIndirect(let key): return try withCursor(over: try hugeObject(key: key), body)
        }
    }

    private func withCursor<R>(over bytes: [UInt8], _ body: (inout ByteCursor) throws -> R) throws -> R {
        var cursor = ByteCursor(bytes.span.bytes, sizes: storage.sizes, address: address)
        return try body(&cursor)
    }

    // MARK: Managed objects

    private func withManagedObject<R>(
        offset: UInt64, length: Int, _ body: (inout ByteCursor) throws -> R
    ) throws -> R {
        let (block, start) = try directBlock(containing: offset)
        let position = try Int(checking: offset - start, "an offset in a fractal heap")
        guard position >= header.directBlockPrefixSize(storage.sizes), position <= block.count, length >= 0,
            length <= block.count - position
        else {
            throw H5Error(
                .damaged, "an object of \(length) bytes at \(position) lies outside its block of \(block.count) bytes",
                address: address)
        }
        let object = block.span.bytes.extracting(position..<(position + length))
        var cursor = ByteCursor(object, sizes: storage.sizes, address: address)
        return try body(&cursor)
    }

    /// The direct block that holds a heap offset, and the heap offset at which it starts.
    private func directBlock(containing offset: UInt64) throws -> ([UInt8], UInt64) {
        for known in recent where offset >= known.start && offset - known.start < UInt64(known.block.count) {
            return (known.block, known.start)
        }
        let found = try findDirectBlock(containing: offset)
        if recent.count < Self.recentCount {
            recent.append((found.1, found.0))
        } else {
            recent[oldest] = (found.1, found.0)
            oldest = (oldest + 1) % Self.recentCount
        }
        return found
    }

    private func findDirectBlock(containing offset: UInt64) throws -> ([UInt8], UInt64) {
        guard let root = header.rootAddress else {
            throw H5Error(.damaged, "an object is looked up in an empty fractal heap", address: address)
        }
        if header.rootRows == 0 {
            let child = FractalHeapIndirectBlock.Child(
                address: root, filteredSize: header.filteredRootSize, filterMask: header.rootFilterMask)
            return (try directBlock(child, size: header.startingBlockSize), 0)
        }
        var blockAddress = root
        var rows = header.rootRows
        var base: UInt64 = 0
        // Each level down has fewer rows, so this ends; the bound guards against a header that lies.
        for _ in 0..<64 {
            let block = try indirectBlock(blockAddress, rows: rows)
            let place = header.position(of: offset - base)
            let index = place.row * header.tableWidth + place.column
            guard place.row < rows, index < block.children.count, let child = block.children[index].address else {
                throw H5Error(.damaged, "offset \(offset) lies outside its fractal heap", address: address)
            }
            let size = header.blockSize(row: place.row)
            let start = base &+ header.rowOffset(row: place.row) &+ UInt64(place.column) &* size
            if place.row < header.maximumDirectRows {
                return (try directBlock(block.children[index], size: size), start)
            }
            blockAddress = child
            rows = header.rowsOfIndirectBlock(row: place.row)
            base = start
            guard offset >= base, rows > 0 else { break }
        }
        throw H5Error(.damaged, "the indirect blocks of a fractal heap nest too deep", address: address)
    }

    private func indirectBlock(_ blockAddress: UInt64, rows: Int) throws -> FractalHeapIndirectBlock {
        if let known = indirectBlocks[blockAddress] { return known }
        let size = header.indirectBlockSize(rows: rows, storage.sizes)
        let block = try storage.withCursor(at: blockAddress, count: size) {
            try FractalHeapIndirectBlock(from: &$0, heap: header, heapAddress: address, rows: rows)
        }
        indirectBlocks[blockAddress] = block
        return block
    }

    private func directBlock(_ child: FractalHeapIndirectBlock.Child, size: UInt64) throws -> [UInt8] {
        guard let blockAddress = child.address else {
            throw H5Error(.damaged, "a block of a fractal heap is missing", address: address)
        }
        if let known = directBlocks[blockAddress] { return known }
        let count = try Int(checking: size, "the size of a fractal heap block")
        let block: [UInt8]
        if pipeline.isEmpty {
            block = try storage.withBytes(at: blockAddress, count: count) { Array(copying: $0) }
        } else {
            let stored = try Int(checking: child.filteredSize, "the size of a fractal heap block")
            block = try unfiltered(blockAddress, stored: stored, mask: child.filterMask, count: count)
        }
        try FractalHeapDirectBlock.check(
            block, heap: header, heapAddress: address, address: blockAddress, sizes: storage.sizes)
        if keptBytes > Self.capacity {
            directBlocks.removeAll(keepingCapacity: true)
            keptBytes = 0
        }
        directBlocks[blockAddress] = block
        keptBytes += count
        return block
    }

    private func unfiltered(_ address: UInt64, stored: Int, mask: UInt32, count: Int) throws -> [UInt8] {
        let input = try storage.read(at: address, count: stored)
        try storage.checkAllocation(count, "an object of a fractal heap")
        var output = ContiguousArray<UInt8>(repeating: 0, count: count)
        var buffers = PipelineBuffers()
        try storage.withWorkspace { workspace in
            var span = output.mutableSpan
            var bytes = span.mutableBytes
            try pipeline.decode(input.span.bytes, mask: mask, into: &bytes, buffers: &buffers, workspace: workspace)
        }
        return Array(output)
    }

    // MARK: Huge objects

    private func hugeObject(
        _ address: UInt64, length: UInt64, mask: UInt32, unfilteredLength: UInt64?
    ) throws -> [UInt8] {
        let count = try Int(checking: length, "the size of a huge object")
        guard let unfilteredLength else { return try storage.read(at: address, count: count) }
        return try unfiltered(
            address, stored: count, mask: mask, count: try Int(checking: unfilteredLength, "the size of a huge object"))
    }

    private func hugeObject(key: UInt64) throws -> [UInt8] {
        guard let index = header.hugeIndexAddress else {
            throw H5Error(.damaged, "a huge object is looked up in a heap that has none", address: address)
        }
        let tree = try BTreeV2(address: index, storage: storage)
        let isFiltered = tree.header.type == .hugeObjectIndirectFiltered
        guard isFiltered || tree.header.type == .hugeObjectIndirect else {
            throw H5Error(.damaged, "the index of huge objects has another type of records", address: index)
        }
        var found: (address: UInt64, length: UInt64, mask: UInt32, unfiltered: UInt64?)?
        try tree.search { cursor in
            let address = try cursor.readDefinedAddress("huge object")
            let length = try cursor.readLength()
            let mask = isFiltered ? try cursor.readUInt32() : 0
            let unfiltered = isFiltered ? try cursor.readLength() : nil
            let record = try cursor.readLength()
            if record == key { found = (address, length, mask, unfiltered) }
            return record == key ? .found : key < record ? .before : .after
        }
        guard let found else {
            throw H5Error(.damaged, "huge object \(key) is not in the heap's index", address: index)
        }
        return try hugeObject(
            found.address, length: found.length, mask: found.mask, unfilteredLength: found.unfiltered)
    }
}
