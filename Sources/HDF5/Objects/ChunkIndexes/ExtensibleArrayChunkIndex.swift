import HDF5Format

/// Chunks in an extensible array: one unlimited axis, which counts as the slowest.
struct ExtensibleArrayChunkIndex {
    private let header: ExtensibleArrayHeader
    private let headerAddress: UInt64
    private let array: ExtensibleArrayBlocks
    private let numbering: ChunkNumbering
    private let grid: ChunkGrid
    private let storage: FileStorage

    init(address: UInt64, grid: ChunkGrid, storage: FileStorage) throws {
        self.grid = grid
        self.storage = storage
        headerAddress = address
        array = try ExtensibleArrayBlocks(address: address, storage: storage)
        header = array.header
        numbering = try ChunkNumbering(grid: grid, hasUnlimitedAxis: true)
    }

    /// Up to so many chunks are looked up one by one; for more, the array is gone through once.
    private static let lookupLimit = 4_096

    /// Calls `add` for each wanted chunk that exists.
    func find(_ query: ChunkQuery, _ add: (Int, ChunkElement) throws -> Void) throws {
        guard let address = header.indexBlockAddress else { return }
        let index = try array.readIndexBlock(address)
        var coordinates = grid.shape.map { _ in 0 }
        if query.count <= Self.lookupLimit {
            var blocks: [UInt64: [UInt8]] = [:]
            var superBlocks: [UInt64: ExtensibleArrayBlocks.SuperBlock] = [:]
            for ordinal in 0..<query.count {
                query.coordinates(of: ordinal, into: &coordinates)
                let number = numbering.number(of: coordinates)
                guard number < Int.max, UInt64(number) < header.maximumIndexSet,
                    let location = header.location(of: UInt64(number))
                else { continue }
                let element = try self.element(location, index, &superBlocks, &blocks)
                if let element { try add(ordinal, element) }
            }
            return
        }
        try forEach(index) { number, element in
            numbering.coordinates(of: number, into: &coordinates)
            if let ordinal = query.ordinal(of: coordinates) { try add(ordinal, element) }
        }
    }

    // MARK: Blocks

    /// The elements of a data block that is not paged.
    private func readDataBlock(_ address: UInt64, elements: UInt64) throws -> [UInt8] {
        let prefix = ExtensibleArrayBlock.prefixSize(header, storage.sizes)
        let bytes = try elements.multiplied(by: UInt64(header.elementSize), "the size of a data block")
        try storage.checkExtent(address, bytes)
        return try storage.withCursor(at: address, count: prefix + Int(bytes) + 4) { cursor in
            try ExtensibleArrayBlock.checkPrefix(
                &cursor, signature: .extensibleArrayDataBlock, headerAddress: headerAddress)
            try cursor.skip(header.offsetWidth)
            let elements = try cursor.readArray(Int(bytes))
            try cursor.expectChecksum("data block of an extensible array")
            return elements
        }
    }

    private func readPage(_ address: UInt64) throws -> [UInt8] {
        let bytes = try header.pageElementCount.multiplied(by: UInt64(header.elementSize), "the size of a page")
        try storage.checkExtent(address, bytes)
        return try storage.withCursor(at: address, count: Int(bytes) + 4) { cursor in
            let elements = try cursor.readArray(Int(bytes))
            try cursor.expectChecksum("page of an extensible array")
            return elements
        }
    }

    private func decode(_ elements: [UInt8], _ index: UInt64, _ address: UInt64) throws -> ChunkElement {
        var cursor = ByteCursor(elements.span.bytes, sizes: storage.sizes, address: address)
        try cursor.move(to: Int(index) * header.elementSize)
        return try ChunkElement(from: &cursor, isFiltered: header.isFiltered, elementSize: header.elementSize)
    }

    // MARK: Lookup

    private func element(
        _ location: ExtensibleArrayHeader.Location, _ index: ExtensibleArrayBlocks.IndexBlock,
        _ superBlocks: inout [UInt64: ExtensibleArrayBlocks.SuperBlock],
        _ blocks: inout [UInt64: [UInt8]]
    ) throws -> ChunkElement? {
        func cached(_ address: UInt64, _ read: () throws -> [UInt8]) throws -> [UInt8] {
            if let known = blocks[address] { return known }
            let bytes = try read()
            blocks[address] = bytes
            return bytes
        }
        switch location {
        case .indexBlock(let element): return try decode(index.elements, UInt64(element), headerAddress)
        case .directDataBlock(let block, let superBlock, let element):
            guard block < index.dataBlocks.count, let address = index.dataBlocks[block] else { return nil }
            let elements = header.dataBlockElements(superBlock: superBlock)
            return try decode(
                try cached(address) { try readDataBlock(address, elements: elements) }, element, address)
        case .superBlock(let position, let number, let block, let element):
            guard position < index.superBlocks.count, let address = index.superBlocks[position] else { return nil }
            let superBlock = try superBlocks[address] ?? array.readSuperBlock(address, number)
            superBlocks[address] = superBlock
            guard block < UInt64(superBlock.dataBlocks.count), let data = superBlock.dataBlocks[Int(block)] else {
                return nil
            }
            let pages = array.pagesPerBlock(superBlock: number)
            guard pages > 0 else {
                let elements = header.dataBlockElements(superBlock: number)
                return try decode(try cached(data) { try readDataBlock(data, elements: elements) }, element, data)
            }
            let page = element / header.pageElementCount
            guard superBlock.isPageWritten(block, page, pages: pages) else { return nil }
            let place = array.pageAddress(data, page: page)
            return try decode(try cached(place) { try readPage(place) }, element % header.pageElementCount, place)
        }
    }

    // MARK: Scan

    /// Calls `body` with the number and the element of every chunk that the array has.
    private func forEach(_ index: ExtensibleArrayBlocks.IndexBlock, _ body: (Int, ChunkElement) throws -> Void) throws {
        var number: UInt64 = 0
        func give(_ elements: [UInt8], count: UInt64, address: UInt64) throws {
            // Nothing is set behind the largest index that was, whatever the bytes there say.
            for element in 0..<count where number &+ element < header.maximumIndexSet {
                try body(Int(number &+ element), try decode(elements, element, address))
            }
        }
        try give(index.elements, count: UInt64(header.indexBlockElements), address: headerAddress)
        number = UInt64(header.indexBlockElements)
        var direct = 0
        for superBlock in 0..<header.superBlockCount {
            let blocks = header.dataBlockCount(superBlock: superBlock)
            let elements = header.dataBlockElements(superBlock: superBlock)
            guard number < header.maximumIndexSet else { return }
            // Numbers beyond this cannot be chunks of any extent.
            guard number < UInt64(Int.max) / 4, elements < UInt64(1) << 40, blocks < UInt64(1) << 40 else { return }
            if superBlock < header.directSuperBlockCount {
                for _ in 0..<blocks {
                    if direct < index.dataBlocks.count, let address = index.dataBlocks[direct] {
                        try give(try readDataBlock(address, elements: elements), count: elements, address: address)
                    }
                    direct += 1
                    number &+= elements
                }
                continue
            }
            let position = superBlock - header.directSuperBlockCount
            guard position < index.superBlocks.count, let address = index.superBlocks[position] else {
                number &+= blocks &* elements
                continue
            }
            let block = try array.readSuperBlock(address, superBlock)
            let pages = array.pagesPerBlock(superBlock: superBlock)
            for (position, data) in block.dataBlocks.enumerated() {
                if let data, pages == 0 {
                    try give(try readDataBlock(data, elements: elements), count: elements, address: data)
                } else if let data {
                    let start = number
                    for page in 0..<pages where block.isPageWritten(UInt64(position), page, pages: pages) {
                        number = start &+ page &* header.pageElementCount
                        let place = array.pageAddress(data, page: page)
                        try give(try readPage(place), count: header.pageElementCount, address: place)
                    }
                    number = start
                }
                number &+= elements
            }
        }
    }
}
