import HDF5Format

@testable import HDF5

extension StructureWalk {
    // MARK: Fractal heap

    func fractalHeap(_ address: UInt64) throws -> FractalHeapHeader {
        let fixed = try stored(address, FractalHeapHeader.fixedSize(sizes))
        let length = try decode(fixed) { try FractalHeapHeader.filterLength(from: &$0) }
        let bytes = try stored(address, FractalHeapHeader.size(sizes, filterLength: length))
        let header = try decode(bytes) { try FractalHeapHeader(from: &$0) }
        compare("fractal heap header", bytes, at: address) { try header.encode(to: &$0) }
        if let root = header.rootAddress {
            if header.rootRows == 0 {
                try directBlock(root, size: Int(header.startingBlockSize), header, address)
            } else {
                try indirectBlock(root, rows: header.rootRows, header, address)
            }
        }
        if let index = header.hugeIndexAddress { _ = try btree(index) }
        return header
    }

    private func indirectBlock(_ address: UInt64, rows: Int, _ heap: FractalHeapHeader, _ heapAddress: UInt64) throws {
        let bytes = try stored(address, heap.indirectBlockSize(rows: rows, sizes))
        let block = try decode(bytes) {
            try FractalHeapIndirectBlock(from: &$0, heap: heap, heapAddress: heapAddress, rows: rows)
        }
        compare("fractal heap indirect block", bytes, at: address) {
            try block.encode(to: &$0, heap: heap, heapAddress: heapAddress)
        }
        for (index, child) in block.children.enumerated() {
            guard let address = child.address else { continue }
            let row = index / heap.tableWidth
            if row < heap.maximumDirectRows {
                try directBlock(address, size: Int(heap.blockSize(row: row)), heap, heapAddress)
            } else {
                try indirectBlock(address, rows: heap.rowsOfIndirectBlock(row: row), heap, heapAddress)
            }
        }
    }

    private func directBlock(_ address: UInt64, size: Int, _ heap: FractalHeapHeader, _ heapAddress: UInt64) throws {
        // Blocks of filtered heaps are stored as the filters left them.
        guard heap.filters == nil else { return }
        let bytes = try stored(address, size)
        let offset = try decode(bytes) { cursor in
            try cursor.skip(5 + sizes.offsets)
            return try cursor.readUInt(width: heap.offsetWidth)
        }
        let objects = Array(bytes.dropFirst(heap.directBlockPrefixSize(sizes)))
        compare("fractal heap direct block", bytes, at: address) {
            try FractalHeapDirectBlock.encode(
                objects: objects, blockOffset: offset, size: size, heap: heap, heapAddress: heapAddress, to: &$0)
        }
    }

    // MARK: Version 2 B-tree

    /// Compares a tree and gives its records in order.
    func btree(_ address: UInt64) throws -> [BTreeV2Record] {
        let bytes = try stored(address, BTreeV2Header.size(sizes))
        let header = try decode(bytes) { try BTreeV2Header(from: &$0) }
        compare("version 2 B-tree header", bytes, at: address) { try header.encode(to: &$0) }
        guard let root = header.rootAddress else { return [] }
        let geometry = try BTreeV2Geometry(header, sizes: sizes)
        return try node(root, count: header.rootRecordCount, height: header.depth, header, geometry)
    }

    private func node(
        _ address: UInt64, count: Int, height: Int, _ header: BTreeV2Header, _ geometry: BTreeV2Geometry
    ) throws -> [BTreeV2Record] {
        let pointers = height > 0 ? (count + 1) * geometry.pointerSize(height: height, sizes: sizes) : 0
        let bytes = try stored(address, BTreeV2Node.overhead + count * header.recordSize + pointers)
        var records: [BTreeV2Record] = []
        var children: [BTreeV2Node.Child] = []
        try decode(bytes) { cursor in
            try BTreeV2Node.checkPrefix(&cursor, isLeaf: height == 0, type: header.type)
            for _ in 0..<count {
                records.append(try BTreeV2Record(from: &cursor, type: header.type, size: header.recordSize))
            }
            if height > 0 {
                children = try BTreeV2Node.children(
                    from: &cursor, recordCount: count, height: height, geometry: geometry)
            }
        }
        compare("version 2 B-tree node of type \(header.type.rawValue)", bytes, at: address) {
            try BTreeV2Node.encode(
                records, children: children, height: height, header: header, geometry: geometry, to: &$0)
        }
        guard height > 0 else { return records }
        var all: [BTreeV2Record] = []
        for (index, child) in children.enumerated() {
            all += try node(child.address, count: child.recordCount, height: height - 1, header, geometry)
            if index < records.count { all.append(records[index]) }
        }
        return all
    }

    // MARK: Storage of datasets

    func storage(_ message: DataLayoutMessage) throws {
        switch message.layout {
        case .compact, .contiguous: break
        case .virtual(let address, let index):
            guard let address else { return }
            let identifier = GlobalHeapIdentifier(address: address, index: index)
            let bytes = try context.globalHeap.withObject(identifier) { Array(copying: $0) }
            let mapping = try decode(bytes) { try VirtualDatasetMapping(from: &$0) }
            compare("virtual dataset mapping \(mapping.version)", bytes, at: address) { try mapping.encode(to: &$0) }
        case .chunked(let layout):
            guard let address = layout.address else { return }
            switch layout.index {
            case .btree1: try chunkTree(address, rank: layout.chunkShape.count)
            case .singleChunk, .implicit: break
            case .fixedArray: try fixedArray(address)
            case .extensibleArray: try extensibleArray(address)
            case .btree2: _ = try btree(address)
            }
        }
    }

    private func chunkTree(_ address: UInt64, rank: Int) throws {
        let prefix = try context.storage.withCursor(at: address, count: BTreeV1Node.prefixSize(sizes)) {
            try BTreeV1Node(from: &$0, expecting: .chunk)
        }
        let bytes = try stored(address, BTreeV1Node.usedSize(.chunk, rank: rank, count: prefix.count, sizes))
        var keys: [(key: ChunkKey, offsets: [UInt64])] = []
        var children: [UInt64] = []
        try decode(bytes) { cursor in
            try cursor.skip(BTreeV1Node.prefixSize(sizes))
            for index in 0...prefix.count {
                var offsets = [UInt64](repeating: 0, count: rank)
                let key = try ChunkKey(from: &cursor, offsets: &offsets)
                keys.append((key, offsets))
                if index < prefix.count { children.append(try cursor.readDefinedAddress("child")) }
            }
        }
        compare("version 1 B-tree node of chunks", bytes, at: address) { builder in
            var whole = ByteBuilder(sizes: sizes)
            try prefix.encode(children: children, rank: rank, internalK: 64, to: &whole) {
                keys[$0].key.encode(to: &$1, offsets: keys[$0].offsets)
            }
            builder.writeBytes(whole.bytes.prefix(bytes.count))
        }
        if prefix.level > 0 { for child in children { try chunkTree(child, rank: rank) } }
    }

    private func elements(
        _ bytes: [UInt8], from start: Int, count: Int, isFiltered: Bool, size: Int
    ) throws -> [ChunkElement] {
        try decode(bytes) { cursor in
            try cursor.move(to: start)
            return try (0..<count).map { _ in
                try ChunkElement(from: &cursor, isFiltered: isFiltered, elementSize: size)
            }
        }
    }

    private func fixedArray(_ address: UInt64) throws {
        let bytes = try stored(address, FixedArrayHeader.size(sizes))
        let header = try decode(bytes) { try FixedArrayHeader(from: &$0) }
        compare("fixed array header", bytes, at: address) { try header.encode(to: &$0) }
        guard let blockAddress = header.dataBlockAddress else { return }
        let prefix = FixedArrayDataBlock.prefixSize(sizes)
        let count = Int(header.elementCount)
        func elements(_ bytes: [UInt8], from start: Int, count: Int) throws -> [ChunkElement] {
            try self.elements(
                bytes, from: start, count: count, isFiltered: header.isFiltered, size: header.elementSize)
        }
        guard header.pageCount > 0 else {
            let block = try stored(blockAddress, prefix + count * header.elementSize + 4)
            let found = try elements(block, from: prefix, count: count)
            compare("fixed array data block", block, at: blockAddress) {
                try FixedArrayDataBlock.encode(found, header: header, headerAddress: address, to: &$0)
            }
            return
        }
        let pages = Int(header.pageCount)
        let block = try stored(blockAddress, prefix + (pages + 7) / 8 + 4)
        let bitmap = Array(block[prefix..<(block.count - 4)])
        compare("fixed array paged data block", block, at: blockAddress) {
            try FixedArrayDataBlock.encodePagedPrefix(
                bitmap: bitmap, header: header, headerAddress: address, to: &$0)
        }
        for page in 0..<pages where bitmap[page / 8] & (0x80 >> UInt8(page % 8)) != 0 {
            let start = blockAddress + UInt64(block.count + page * (header.pageElementCount * header.elementSize + 4))
            let inPage = min(header.pageElementCount, count - page * header.pageElementCount)
            let bytes = try stored(start, inPage * header.elementSize + 4)
            let found = try elements(bytes, from: 0, count: inPage)
            compare("fixed array page", bytes, at: start) {
                try FixedArrayDataBlock.encodePage(found, header: header, to: &$0)
            }
        }
    }

    private func extensibleArray(_ address: UInt64) throws {
        let bytes = try stored(address, ExtensibleArrayHeader.size(sizes))
        let header = try decode(bytes) { try ExtensibleArrayHeader(from: &$0) }
        compare("extensible array header", bytes, at: address) { try header.encode(to: &$0) }
        guard let indexAddress = header.indexBlockAddress else { return }
        let index = try stored(indexAddress, header.indexBlockSize(sizes))
        let inIndex = try elements(
            index, from: 6 + sizes.offsets, count: header.indexBlockElements, isFiltered: header.isFiltered,
            size: header.elementSize)
        let (dataBlocks, superBlocks) = try decode(index) { cursor in
            try cursor.skip(6 + sizes.offsets + header.indexBlockElements * header.elementSize)
            let data = try (0..<header.directDataBlockCount).map { _ in try cursor.readAddress() }
            return (data, try (0..<header.superBlockAddressCount).map { _ in try cursor.readAddress() })
        }
        compare("extensible array index block", index, at: indexAddress) {
            try ExtensibleArrayBlock.encodeIndexBlock(
                inIndex, dataBlocks: dataBlocks, superBlocks: superBlocks, header: header, headerAddress: address,
                to: &$0)
        }
        var direct = dataBlocks[...]
        for superBlock in 0..<header.directSuperBlockCount {
            for _ in 0..<header.dataBlockCount(superBlock: superBlock) {
                guard let block = direct.popFirst() ?? nil else { continue }
                try dataBlock(block, superBlock: superBlock, pages: 0, isWritten: { _ in true }, header, address)
            }
        }
        for (position, block) in superBlocks.enumerated() {
            guard let block else { continue }
            try self.superBlock(block, header.directSuperBlockCount + position, header, address)
        }
    }

    private func superBlock(
        _ address: UInt64, _ number: Int, _ header: ExtensibleArrayHeader, _ headerAddress: UInt64
    ) throws {
        let blocks = Int(header.dataBlockCount(superBlock: number))
        let perBlock = header.dataBlockElements(superBlock: number)
        let pages = perBlock > header.pageElementCount ? Int(perBlock / header.pageElementCount) : 0
        let prefix = ExtensibleArrayBlock.prefixSize(header, sizes)
        let bitmapBytes = blocks * ((pages + 7) / 8)
        let bytes = try stored(address, prefix + bitmapBytes + blocks * sizes.offsets + 4)
        let bitmap = Array(bytes[prefix..<(prefix + bitmapBytes)])
        let (offset, children) = try decode(bytes) { cursor in
            try cursor.skip(6 + sizes.offsets)
            let offset = try cursor.readUInt(width: header.offsetWidth)
            try cursor.skip(bitmapBytes)
            return (offset, try (0..<blocks).map { _ in try cursor.readAddress() })
        }
        compare("extensible array super block", bytes, at: address) {
            try ExtensibleArrayBlock.encodeSuperBlock(
                offset: offset, bitmap: bitmap, dataBlocks: children, header: header, headerAddress: headerAddress,
                to: &$0)
        }
        for (position, child) in children.enumerated() {
            guard let child else { continue }
            try dataBlock(
                child, superBlock: number, pages: pages,
                isWritten: { page in
                    let bit = position * pages + page
                    return bitmap[bit / 8] & (0x80 >> UInt8(bit % 8)) != 0
                }, header, headerAddress)
        }
    }

    private func dataBlock(
        _ address: UInt64, superBlock: Int, pages: Int, isWritten: (Int) -> Bool, _ header: ExtensibleArrayHeader,
        _ headerAddress: UInt64
    ) throws {
        let prefix = ExtensibleArrayBlock.prefixSize(header, sizes)
        let count = pages > 0 ? 0 : Int(header.dataBlockElements(superBlock: superBlock))
        let bytes = try stored(address, prefix + count * header.elementSize + 4)
        let offset = try decode(bytes) { cursor in
            try cursor.skip(6 + sizes.offsets)
            return try cursor.readUInt(width: header.offsetWidth)
        }
        let found = try elements(
            bytes, from: prefix, count: count, isFiltered: header.isFiltered, size: header.elementSize)
        compare("extensible array data block", bytes, at: address) {
            try ExtensibleArrayBlock.encodeDataBlock(
                found, offset: offset, header: header, headerAddress: headerAddress, to: &$0)
        }
        let perPage = Int(header.pageElementCount)
        for page in 0..<pages where isWritten(page) {
            let start = address + UInt64(prefix + 4 + page * (perPage * header.elementSize + 4))
            let bytes = try stored(start, perPage * header.elementSize + 4)
            let found = try elements(
                bytes, from: 0, count: perPage, isFiltered: header.isFiltered, size: header.elementSize)
            compare("extensible array page", bytes, at: start) {
                try ExtensibleArrayBlock.encodePage(found, header: header, to: &$0)
            }
        }
    }
}
