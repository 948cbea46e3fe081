import HDF5Format

/// The blocks of a fractal heap: found, added, removed and written.
final class FractalHeapBlocks {
    /// Where a direct block hangs; without a parent it is the root.
    struct Place {
        var parent: FractalHeapIndirectNode?
        var entry: Int
        var start: UInt64
        var size: UInt64
    }

    let address: UInt64
    var header: FractalHeapHeader
    let storage: FileStorage
    private let filters: FractalHeapFilters
    private var rootNode: FractalHeapIndirectNode?
    /// Direct blocks by where they begin in the heap.
    private var direct: [UInt64: FractalHeapDirectNode] = [:]
    private var keptBytes = 0
    private var rowCapacities: [UInt64] = []
    private static let capacity = 8 << 20

    init(address: UInt64, header: FractalHeapHeader, storage: FileStorage) {
        self.address = address
        self.header = header
        self.storage = storage
        filters = FractalHeapFilters(header.filters, storage: storage)
    }

    /// The bytes before the objects of a direct block.
    var prefix: Int { header.directBlockPrefixSize(storage.sizes) }

    private func damaged(_ message: String) -> H5Error { H5Error(.damaged, message, address: address) }

    // MARK: Finding

    private func root() throws -> FractalHeapIndirectNode? {
        if let rootNode { return rootNode }
        guard header.rootRows > 0, let place = header.rootAddress else { return nil }
        let node = try load(place, start: 0, rows: header.rootRows, parent: nil, entry: 0)
        rootNode = node
        return node
    }

    private func load(
        _ blockAddress: UInt64, start: UInt64, rows: Int, parent: FractalHeapIndirectNode?, entry: Int
    ) throws -> FractalHeapIndirectNode {
        let size = header.indirectBlockSize(rows: rows, storage.sizes)
        let block = try storage.withCursor(at: blockAddress, count: size) {
            try FractalHeapIndirectBlock(from: &$0, heap: header, heapAddress: address, rows: rows)
        }
        // Each place in the heap has one block, so blocks that form a circle do not stand where they say.
        guard block.blockOffset == start else { throw damaged("an indirect block of a fractal heap is out of place") }
        return FractalHeapIndirectNode(
            address: blockAddress, start: start, rows: rows, children: block.children, parent: parent, entry: entry,
            isChanged: false)
    }

    /// The child indirect block at an entry; nil where there is none.
    private func child(_ entry: Int, of node: FractalHeapIndirectNode) throws -> FractalHeapIndirectNode? {
        if let known = node.below[entry] { return known }
        guard let place = node.children[entry].address else { return nil }
        let row = entry / header.tableWidth
        let rows = header.rowsOfIndirectBlock(row: row)
        guard rows > 0, rows <= row else { throw damaged("the doubling table of a fractal heap makes no sense") }
        let child = try load(place, start: start(of: entry, in: node), rows: rows, parent: node, entry: entry)
        node.below[entry] = child
        return child
    }

    private func start(of entry: Int, in node: FractalHeapIndirectNode) -> UInt64 {
        let row = entry / header.tableWidth
        return node.start &+ header.rowOffset(row: row)
            &+ UInt64(entry % header.tableWidth) &* header.blockSize(row: row)
    }

    /// Where the direct block that holds an offset hangs.
    func place(containing offset: UInt64) throws -> Place {
        guard header.rootAddress != nil, offset < header.statistics.managedSpace else {
            throw damaged("offset \(offset) lies outside its fractal heap")
        }
        guard var node = try root() else {
            guard offset < header.startingBlockSize else {
                throw damaged("offset \(offset) lies outside its fractal heap")
            }
            return Place(parent: nil, entry: 0, start: 0, size: header.startingBlockSize)
        }
        while true {
            let position = header.position(of: offset &- node.start)
            let entry = position.row * header.tableWidth + position.column
            guard position.row < node.rows, entry < node.children.count, node.children[entry].address != nil else {
                throw damaged("offset \(offset) lies outside the blocks of its fractal heap")
            }
            if position.row < header.maximumDirectRows {
                return Place(
                    parent: node, entry: entry, start: start(of: entry, in: node),
                    size: header.blockSize(row: position.row))
            }
            guard let next = try child(entry, of: node) else { throw damaged("a block of a fractal heap is missing") }
            node = next
        }
    }

    /// A direct block with its bytes.
    func block(at place: Place) throws -> FractalHeapDirectNode {
        if let known = direct[place.start] { return known }
        let count = try Int(checking: place.size, "the size of a block of a fractal heap")
        let child = link(of: place)
        guard let blockAddress = child.address else { throw damaged("a block of a fractal heap is missing") }
        let bytes =
            filters.isEmpty
            ? try storage.withBytes(at: blockAddress, count: count) { Array(copying: $0) }
            : try filters.decode(blockAddress, stored: child.filteredSize, mask: child.filterMask, count: count)
        try FractalHeapDirectBlock.check(
            bytes, heap: header, heapAddress: address, address: blockAddress, sizes: storage.sizes)
        var cursor = ByteCursor(bytes.span.bytes, sizes: storage.sizes, address: blockAddress)
        try cursor.skip(5 + storage.sizes.offsets)
        guard try cursor.readUInt(width: header.offsetWidth) == place.start else {
            throw damaged("a direct block of a fractal heap is out of place")
        }
        return try keep(FractalHeapDirectNode(start: place.start, bytes: bytes))
    }

    private func keep(_ node: FractalHeapDirectNode) throws -> FractalHeapDirectNode {
        if keptBytes > Self.capacity {
            try writeDirectBlocks()
            direct = [:]
            keptBytes = 0
        }
        direct[node.start] = node
        keptBytes += node.bytes.count
        return node
    }

    /// Calls `body` with where each direct block begins and how large it is, in order.
    func forEachBlock(_ body: (UInt64, UInt64) throws -> Void) throws {
        guard header.rootAddress != nil else { return }
        guard let root = try root() else { return try body(0, header.startingBlockSize) }
        try forEachBlock(of: root, body)
    }

    private func forEachBlock(of node: FractalHeapIndirectNode, _ body: (UInt64, UInt64) throws -> Void) throws {
        for entry in node.children.indices where node.children[entry].address != nil {
            let row = entry / header.tableWidth
            if row < header.maximumDirectRows {
                try body(start(of: entry, in: node), header.blockSize(row: row))
            } else if let child = try child(entry, of: node) {
                try forEachBlock(of: child, body)
            }
        }
    }

    // MARK: Adding

    /// Adds a direct block that has room for an object of `count` bytes.
    func add(roomFor count: Int) throws -> FractalHeapDirectNode {
        var size = header.startingBlockSize
        while size < UInt64(count + prefix) { size *= 2 }
        guard size <= header.maximumDirectBlockSize else {
            throw H5Error(.invalidArgument, "an object of \(count) bytes is too large for its fractal heap")
        }
        if header.rootAddress == nil, size == header.startingBlockSize {
            let block = try make(0, size)
            header.rootAddress = block.address
            (header.filteredRootSize, header.rootFilterMask) = (filters.isEmpty ? 0 : size, 0)
            header.rootRows = 0
            header.statistics.managedSpace = size
            header.statistics.freeSpace &+= size - UInt64(prefix)
            return block.node
        }
        let first = max(
            header.statistics.allocationIterator,
            header.rootRows == 0 && header.rootAddress != nil ? header.startingBlockSize : 0)
        guard
            let start = try slot(from: first, size, in: 0, rows: header.maximumRows, node: root())
                ?? (first == 0 || root() == nil
                    ? nil : slot(from: 0, size, in: 0, rows: header.maximumRows, node: root()))
        else { throw H5Error(.noSpace, "a fractal heap has no addresses left for new blocks", address: address) }
        var node = try grownRoot(rows: header.position(of: start).row + 1)
        while true {
            let position = header.position(of: start &- node.start)
            let entry = position.row * header.tableWidth + position.column
            if position.row < header.maximumDirectRows {
                let blockSize = header.blockSize(row: position.row)
                let block = try make(start, blockSize)
                node.children[entry] = FractalHeapIndirectBlock.Child(
                    address: block.address, filteredSize: filters.isEmpty ? 0 : blockSize, filterMask: 0)
                node.isChanged = true
                header.statistics.allocationIterator = max(
                    header.statistics.allocationIterator, start &+ blockSize)
                return block.node
            }
            node = try child(entry, of: node) ?? addChild(entry, to: node)
        }
    }

    private func make(_ start: UInt64, _ size: UInt64) throws -> (node: FractalHeapDirectNode, address: UInt64) {
        let count = try Int(checking: size, "the size of a block of a fractal heap")
        try storage.checkAllocation(count, "a block of a fractal heap")
        let bytes = try encoded(storage.sizes) {
            try FractalHeapDirectBlock.encode(
                objects: [], blockOffset: start, size: count, heap: header, heapAddress: address, to: &$0)
        }
        let place = try storage.allocate(count)
        header.statistics.allocatedSpace &+= size
        let node = try keep(FractalHeapDirectNode(start: start, bytes: bytes))
        node.change(0..<count)
        return (node, place)
    }

    /// The first unused place from an offset on where a direct block of a size may lie, below an indirect block that may be
    /// missing.
    private func slot(
        from offset: UInt64, _ size: UInt64, in base: UInt64, rows: Int, node: FractalHeapIndirectNode?
    ) throws -> UInt64? {
        let wanted = offset > base ? offset - base : 0
        let first = header.position(of: wanted).row
        guard first < rows else { return nil }
        for row in first..<rows {
            let blockSize = header.blockSize(row: row)
            let isDirect = row < header.maximumDirectRows
            let below = isDirect ? 0 : header.rowsOfIndirectBlock(row: row)
            guard isDirect || below > 0 && below <= row else { continue }
            let largest = isDirect ? blockSize : header.blockSize(row: min(below, header.maximumDirectRows) - 1)
            guard largest >= size else { continue }
            for column in 0..<header.tableWidth {
                let start = header.rowOffset(row: row) &+ UInt64(column) &* blockSize
                let entry = row * header.tableWidth + column
                let isUsed = node.map { entry < $0.children.count && $0.children[entry].address != nil } ?? false
                if isDirect {
                    if start >= wanted, !isUsed { return base &+ start }
                } else if start &+ blockSize > wanted {
                    let child = isUsed ? try node.flatMap { try self.child(entry, of: $0) } : nil
                    if let found = try slot(from: offset, size, in: base &+ start, rows: below, node: child) {
                        return found
                    }
                }
            }
        }
        return nil
    }

    /// The bytes that rows have for objects, were all their blocks there: what libhdf5 counts as free.
    private func capacity(rows: Range<Int>) -> UInt64 {
        while rowCapacities.count < rows.upperBound {
            let row = rowCapacities.count
            let each =
                row < header.maximumDirectRows
                ? header.blockSize(row: row) &- UInt64(prefix)
                : rowCapacities.prefix(max(0, header.rowsOfIndirectBlock(row: row))).reduce(0, &+)
            rowCapacities.append(each &* UInt64(header.tableWidth))
        }
        return rowCapacities[rows].reduce(0, &+)
    }

    /// The root as an indirect block of at least `rows` rows.
    private func grownRoot(rows needed: Int) throws -> FractalHeapIndirectNode {
        var node: FractalHeapIndirectNode
        let former = header.rootRows
        if let root = try root() {
            guard needed > former else { return root }
            node = root
            var rows = former
            while rows < needed { rows = min(2 * rows, header.maximumRows) }
            try storage.release(node.address, header.indirectBlockSize(rows: former, storage.sizes))
            node.address = try storage.allocate(header.indirectBlockSize(rows: rows, storage.sizes))
            node.rows = rows
        } else {
            let rows = min(
                max(header.startingRows == 0 ? header.maximumRows : header.startingRows, needed), header.maximumRows)
            node = FractalHeapIndirectNode(
                address: try storage.allocate(header.indirectBlockSize(rows: rows, storage.sizes)), start: 0,
                rows: rows,
                children: [], parent: nil, entry: 0, isChanged: true)
            if let block = header.rootAddress {
                node.children.append(
                    FractalHeapIndirectBlock.Child(
                        address: block, filteredSize: header.filteredRootSize, filterMask: header.rootFilterMask))
                (header.filteredRootSize, header.rootFilterMask) = (0, 0)
                header.statistics.allocationIterator = header.startingBlockSize
                header.statistics.freeSpace &-= header.startingBlockSize &- UInt64(prefix)
            }
            rootNode = node
        }
        let missing = node.rows * header.tableWidth - node.children.count
        node.children += repeatElement(
            FractalHeapIndirectBlock.Child(address: nil, filteredSize: 0, filterMask: 0), count: missing)
        node.isChanged = true
        header.rootAddress = node.address
        header.rootRows = node.rows
        header.statistics.managedSpace = header.rowOffset(row: node.rows)
        header.statistics.freeSpace &+= capacity(rows: former..<node.rows)
        return node
    }

    private func addChild(_ entry: Int, to node: FractalHeapIndirectNode) throws -> FractalHeapIndirectNode {
        let rows = header.rowsOfIndirectBlock(row: entry / header.tableWidth)
        let child = FractalHeapIndirectNode(
            address: try storage.allocate(header.indirectBlockSize(rows: rows, storage.sizes)),
            start: start(of: entry, in: node), rows: rows,
            children: Array(
                repeating: FractalHeapIndirectBlock.Child(address: nil, filteredSize: 0, filterMask: 0),
                count: rows * header.tableWidth),
            parent: node, entry: entry, isChanged: true)
        node.children[entry].address = child.address
        node.below[entry] = child
        node.isChanged = true
        return child
    }

    // MARK: Removing

    /// Gives up a direct block that holds no object, and the indirect blocks that only led to it.
    func remove(_ place: Place) throws {
        guard var node = place.parent else { return try removeAll() }
        try releaseDirectBlock(node.children[place.entry], size: place.size)
        direct[place.start] = nil
        header.statistics.allocatedSpace &-= min(place.size, header.statistics.allocatedSpace)
        node.children[place.entry] = FractalHeapIndirectBlock.Child(address: nil, filteredSize: 0, filterMask: 0)
        node.isChanged = true
        while node.isEmpty {
            guard let parent = node.parent else { return try removeAll() }
            try storage.release(node.address, header.indirectBlockSize(rows: node.rows, storage.sizes))
            parent.children[node.entry].address = nil
            parent.below[node.entry] = nil
            parent.isChanged = true
            node = parent
        }
        // libhdf5 goes on behind the last block, whose parents it expects to be there.
        if place.start &+ place.size >= header.statistics.allocationIterator, let root = try root() {
            header.statistics.allocationIterator = try end(of: root) ?? 0
        }
    }

    /// Where the last direct block of an indirect block ends.
    private func end(of node: FractalHeapIndirectNode) throws -> UInt64? {
        for entry in node.children.indices.reversed() where node.children[entry].address != nil {
            let row = entry / header.tableWidth
            if row < header.maximumDirectRows { return start(of: entry, in: node) &+ header.blockSize(row: row) }
            if let child = try child(entry, of: node), let end = try end(of: child) { return end }
        }
        return nil
    }

    private func releaseDirectBlock(_ child: FractalHeapIndirectBlock.Child, size: UInt64) throws {
        guard let place = child.address else { return }
        let count = filters.isEmpty ? size : child.filteredSize
        try storage.release(place, try Int(checking: count, "the size of a block of a fractal heap"))
    }

    /// Gives up all blocks; the heap is then as a new one.
    func removeAll() throws {
        if let root = try root() {
            try release(root)
        } else {
            try releaseDirectBlock(
                link(of: Place(parent: nil, entry: 0, start: 0, size: 0)), size: header.startingBlockSize)
        }
        rootNode = nil
        direct = [:]
        keptBytes = 0
        header.rootAddress = nil
        header.rootRows = 0
        (header.filteredRootSize, header.rootFilterMask) = (0, 0)
        header.statistics.freeSpace = 0
        header.statistics.managedSpace = 0
        header.statistics.allocatedSpace = 0
        header.statistics.allocationIterator = 0
    }

    private func release(_ node: FractalHeapIndirectNode) throws {
        for entry in node.children.indices where node.children[entry].address != nil {
            let row = entry / header.tableWidth
            if row < header.maximumDirectRows {
                try releaseDirectBlock(node.children[entry], size: header.blockSize(row: row))
            } else if let child = try child(entry, of: node) {
                try release(child)
            }
        }
        try storage.release(node.address, header.indirectBlockSize(rows: node.rows, storage.sizes))
    }

    // MARK: Writing

    private func link(of place: Place) -> FractalHeapIndirectBlock.Child {
        place.parent?.children[place.entry]
            ?? FractalHeapIndirectBlock.Child(
                address: header.rootAddress, filteredSize: header.filteredRootSize, filterMask: header.rootFilterMask)
    }

    /// Writes all blocks that changed.
    func write() throws {
        try writeDirectBlocks()
        if let rootNode { try write(rootNode) }
    }

    private func write(_ node: FractalHeapIndirectNode) throws {
        for (_, child) in node.below.sorted(by: { $0.key < $1.key }) { try write(child) }
        guard node.isChanged else { return }
        let block = FractalHeapIndirectBlock(blockOffset: node.start, children: node.children)
        try storage.write(at: node.address) { try block.encode(to: &$0, heap: header, heapAddress: address) }
        node.isChanged = false
    }

    private func writeDirectBlocks() throws {
        for start in direct.keys.sorted() {
            guard let node = direct[start], let changed = node.changed else { continue }
            let place = try place(containing: start)
            if header.checksumsDirectBlocks { setChecksum(of: node) }
            if filters.isEmpty {
                guard let blockAddress = link(of: place).address else {
                    throw damaged("a block of a fractal heap is missing")
                }
                if changed.count == node.bytes.count {
                    try storage.write(node.bytes, at: blockAddress)
                } else {
                    try storage.write(Array(node.bytes[..<prefix]), at: blockAddress)
                    try storage.write(Array(node.bytes[changed]), at: blockAddress + UInt64(changed.lowerBound))
                }
            } else {
                try writeFiltered(node, at: place)
            }
            node.changed = nil
        }
    }

    private func setChecksum(of node: FractalHeapDirectNode) {
        let field = (prefix - 4)..<prefix
        for index in field { node.bytes[index] = 0 }
        let checksum = MetadataChecksum.lookup3(node.bytes.span.bytes)
        for (number, index) in field.enumerated() {
            node.bytes[index] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * number))
        }
    }

    private func writeFiltered(_ node: FractalHeapDirectNode, at place: Place) throws {
        let (bytes, mask) = try filters.encode(node.bytes)
        var child = link(of: place)
        if child.filteredSize != UInt64(bytes.count) || child.address == nil {
            try releaseDirectBlock(child, size: place.size)
            child.address = try storage.allocate(bytes.count)
        }
        child.filteredSize = UInt64(bytes.count)
        child.filterMask = mask
        if let blockAddress = child.address { try storage.write(bytes, at: blockAddress) }
        if let parent = place.parent {
            parent.children[place.entry] = child
            parent.isChanged = true
        } else {
            header.rootAddress = child.address
            (header.filteredRootSize, header.rootFilterMask) = (child.filteredSize, mask)
        }
    }
}
