import HDF5Format

/// Makes and changes extensible arrays of chunks, which grow without an end.
///
/// The header stays where it is, and what was written is never moved: blocks come with the first chunk in each.
struct ExtensibleArrayEditor {
    /// Where the header is.
    let address: UInt64
    private var header: ExtensibleArrayHeader
    private let blocks: ExtensibleArrayBlocks
    private let storage: FileStorage

    /// Makes an array in which no chunk is set; answers its address.
    static func create(
        isFiltered: Bool, elementSize: Int, parameters: DataLayoutMessage.ExtensibleArrayParameters,
        in storage: FileStorage
    ) throws -> UInt64 {
        let header = ExtensibleArrayHeader(isFiltered: isFiltered, elementSize: elementSize, parameters: parameters)
        let address = try storage.allocate(ExtensibleArrayHeader.size(storage.sizes))
        try storage.write(at: address) { try header.encode(to: &$0) }
        return address
    }

    /// Opens an array for changes.
    init(address: UInt64, in storage: FileStorage) throws {
        self.address = address
        self.storage = storage
        blocks = try ExtensibleArrayBlocks(address: address, storage: storage)
        header = blocks.header
    }

    /// Makes changes, which rise by their numbers in the array.
    mutating func apply(_ changes: [ChunkIndexChange]) throws {
        try ChunkIndexChange.checkOrder(changes)
        var rest = changes[...]
        // What lies behind everything that was set need not be taken out.
        while let last = rest.last, last.element.address == nil,
            UInt64(last.number) >= header.maximumIndexSet
        {
            rest.removeLast()
        }
        guard let last = rest.last else { return }
        // So far below the largest number that sums with the sizes of blocks stay below it.
        guard last.number < Int.max / 4, header.location(of: UInt64(last.number)) != nil else {
            throw H5Error(.invalidArgument, "chunk \(last.number) does not fit the extensible array")
        }
        let former = header
        var index = try indexBlock()
        while let change = rest.first {
            let number = UInt64(change.number)
            guard let location = header.location(of: number) else { throw damaged() }
            switch location {
            case .indexBlock:
                let own = take(from: &rest, below: UInt64(header.indexBlockElements))
                for change in own where change.number < index.elements.count {
                    index.elements[change.number] =
                        change.element.address == nil
                        ? ChunkElementBlock.unset(isFiltered: header.isFiltered) : change.element
                }
                index.isChanged = true
            case .directDataBlock(let block, let superBlock, let element):
                let first = number - element
                let own = take(from: &rest, below: first + header.dataBlockElements(superBlock: superBlock))
                // The library counts the blocks from the index block's first one here, not from the super block's.
                let offset = start(of: superBlock) + UInt64(block) * header.dataBlockElements(superBlock: superBlock)
                guard block < index.dataBlocks.count else { throw damaged() }
                if let place = try apply(
                    own, first: first, offset: offset, superBlock: superBlock, at: index.dataBlocks[block])
                {
                    index.dataBlocks[block] = place
                    index.isChanged = true
                }
            case .superBlock(let position, let superBlock, let block, let element):
                let perBlock = header.dataBlockElements(superBlock: superBlock)
                let first = number - block * perBlock - element
                let own = take(
                    from: &rest, below: first + perBlock * header.dataBlockCount(superBlock: superBlock))
                guard position < index.superBlocks.count else { throw damaged() }
                if let place = try apply(own, first: first, superBlock: superBlock, at: index.superBlocks[position]) {
                    index.superBlocks[position] = place
                    index.isChanged = true
                }
            }
        }
        header.maximumIndexSet = max(header.maximumIndexSet, UInt64(last.number) + 1)
        if index.isChanged { try write(index) }
        if header != former { try storage.write(at: address) { try header.encode(to: &$0) } }
    }

    /// Takes the changes of elements below a number.
    private func take(
        from rest: inout ArraySlice<ChunkIndexChange>, below end: UInt64
    ) -> ArraySlice<ChunkIndexChange> {
        let stop = rest.firstIndex { UInt64($0.number) >= end } ?? rest.endIndex
        // The first one is below, or it would not be looked for here.
        let own = rest[..<max(stop, rest.startIndex + 1)]
        rest = rest[own.endIndex...]
        return own
    }

    private func damaged() -> H5Error {
        H5Error(.damaged, "the parameters of an extensible array contradict each other", address: address)
    }

    /// The number of the first element of a super block, without those of the index block.
    private func start(of superBlock: Int) -> UInt64 {
        (0..<superBlock).reduce(0) {
            $0 &+ header.dataBlockCount(superBlock: $1) &* header.dataBlockElements(superBlock: $1)
        }
    }

    // MARK: Index block

    private struct IndexBlock {
        var elements: [ChunkElement]
        var dataBlocks: [UInt64?]
        var superBlocks: [UInt64?]
        var isChanged = false
    }

    private mutating func indexBlock() throws -> IndexBlock {
        guard let place = header.indexBlockAddress else {
            header.indexBlockAddress = try storage.allocate(header.indexBlockSize(storage.sizes))
            header.statistics.elementsRealised &+= UInt64(header.indexBlockElements)
            let unset = ChunkElementBlock.unset(isFiltered: header.isFiltered)
            return IndexBlock(
                elements: Array(repeating: unset, count: header.indexBlockElements),
                dataBlocks: Array(repeating: nil, count: header.directDataBlockCount),
                superBlocks: Array(repeating: nil, count: header.superBlockAddressCount), isChanged: true)
        }
        let block = try blocks.readIndexBlock(place)
        var cursor = ByteCursor(block.elements.span.bytes, sizes: storage.sizes, address: place)
        var elements: [ChunkElement] = []
        for _ in 0..<header.indexBlockElements {
            elements.append(
                try ChunkElement(from: &cursor, isFiltered: header.isFiltered, elementSize: header.elementSize))
        }
        return IndexBlock(elements: elements, dataBlocks: block.dataBlocks, superBlocks: block.superBlocks)
    }

    private func write(_ index: IndexBlock) throws {
        guard let place = header.indexBlockAddress else { throw damaged() }
        try storage.write(at: place) {
            try ExtensibleArrayBlock.encodeIndexBlock(
                index.elements, dataBlocks: index.dataBlocks, superBlocks: index.superBlocks, header: header,
                headerAddress: address, to: &$0)
        }
    }

    // MARK: Super blocks

    /// Makes changes in a super block; answers its address where it is new.
    private mutating func apply(
        _ changes: ArraySlice<ChunkIndexChange>, first: UInt64, superBlock number: Int, at place: UInt64?
    ) throws -> UInt64? {
        if place == nil, !changes.contains(where: { $0.element.address != nil }) { return nil }
        let perBlock = header.dataBlockElements(superBlock: number)
        let size = try Int(checking: try blocks.superBlockSize(number), "the size of a super block")
        // An address takes twice as much in memory.
        try storage.checkAllocation(try checkedProduct(size, 2, "the size of a super block"), "a super block")
        var superBlock: ExtensibleArrayBlocks.SuperBlock
        let address: UInt64
        if let place {
            address = place
            superBlock = try blocks.readSuperBlock(place, number)
        } else {
            address = try storage.allocate(size)
            header.statistics.superBlocks &+= 1
            header.statistics.superBlockBytes &+= UInt64(size)
            superBlock = ExtensibleArrayBlocks.SuperBlock(
                bitmap: [UInt8](repeating: 0, count: Int(try blocks.bitmapSize(superBlock: number))),
                dataBlocks: Array(repeating: nil, count: Int(header.dataBlockCount(superBlock: number))))
        }
        let pages = blocks.pagesPerBlock(superBlock: number)
        var isChanged = place == nil
        var rest = changes
        while let change = rest.first {
            let block = (UInt64(change.number) - first) / perBlock
            let start = first + block * perBlock
            let own = take(from: &rest, below: start + perBlock)
            guard let index = Int(exactly: block), index < superBlock.dataBlocks.count else { throw damaged() }
            let offset = self.start(of: number) + block * perBlock
            if pages == 0 {
                if let new = try apply(
                    own, first: start, offset: offset, superBlock: number, at: superBlock.dataBlocks[index])
                {
                    superBlock.dataBlocks[index] = new
                    isChanged = true
                }
            } else if try applyPaged(own, first: start, offset: offset, number, block, &superBlock) {
                isChanged = true
            }
        }
        if isChanged {
            try storage.write(at: address) {
                try ExtensibleArrayBlock.encodeSuperBlock(
                    offset: start(of: number), bitmap: superBlock.bitmap, dataBlocks: superBlock.dataBlocks,
                    header: header, headerAddress: self.address, to: &$0)
            }
        }
        return place == nil ? address : nil
    }

    // MARK: Data blocks

    private func elements(at place: UInt64, first: UInt64, count: UInt64) -> ChunkElementBlock {
        // Below 2^48, as the bytes of a header make it.
        ChunkElementBlock(
            address: place, first: first, count: Int(clamping: count), isFiltered: header.isFiltered,
            elementSize: header.elementSize)
    }

    private mutating func allocateDataBlock(superBlock: Int) throws -> UInt64 {
        let size = try blocks.dataBlockSize(superBlock: superBlock)
        let place = try storage.allocate(try Int(checking: size, "the size of a data block"))
        header.statistics.dataBlocks &+= 1
        header.statistics.dataBlockBytes &+= size
        header.statistics.elementsRealised &+= header.dataBlockElements(superBlock: superBlock)
        return place
    }

    /// Makes changes in a data block without pages; answers its address where it is new.
    private mutating func apply(
        _ changes: ArraySlice<ChunkIndexChange>, first: UInt64, offset: UInt64, superBlock: Int, at place: UInt64?
    ) throws -> UInt64? {
        let count = header.dataBlockElements(superBlock: superBlock)
        let prefixSize = ExtensibleArrayBlock.prefixSize(header, storage.sizes)
        if let place {
            try elements(at: place, first: first, count: count)
                .change(changes, prefixSize: prefixSize, in: storage) {
                    try ExtensibleArrayBlock.checkPrefix(
                        &$0, signature: .extensibleArrayDataBlock, headerAddress: address)
                }
            return nil
        }
        guard changes.contains(where: { $0.element.address != nil }) else { return nil }
        var prefix = ByteBuilder(sizes: storage.sizes)
        try ExtensibleArrayBlock.encodePrefix(
            .extensibleArrayDataBlock, header, address, offset: offset, to: &prefix)
        let new = try allocateDataBlock(superBlock: superBlock)
        try elements(at: new, first: first, count: count).create(changes, prefix: prefix.bytes, in: storage)
        return new
    }

    /// Makes changes in a data block with pages; answers whether the super block says something else now.
    private mutating func applyPaged(
        _ changes: ArraySlice<ChunkIndexChange>, first: UInt64, offset: UInt64, _ superBlock: Int, _ block: UInt64,
        _ state: inout ExtensibleArrayBlocks.SuperBlock
    ) throws -> Bool {
        let index = Int(block)
        var isChanged = false
        let place: UInt64
        if let known = state.dataBlocks[index] {
            place = known
            try storage.checkExtent(place, try blocks.dataBlockSize(superBlock: superBlock))
        } else {
            guard changes.contains(where: { $0.element.address != nil }) else { return false }
            place = try allocateDataBlock(superBlock: superBlock)
            try storage.write(at: place) {
                try ExtensibleArrayBlock.encodeDataBlock(
                    [], offset: offset, header: header, headerAddress: address, to: &$0)
            }
            state.dataBlocks[index] = place
            isChanged = true
        }
        let pages = blocks.pagesPerBlock(superBlock: superBlock)
        let perPage = header.pageElementCount
        var rest = changes
        while let change = rest.first {
            let page = (UInt64(change.number) - first) / perPage
            let start = first + page * perPage
            let own = take(from: &rest, below: start + perPage)
            let elements = elements(at: blocks.pageAddress(place, page: page), first: start, count: perPage)
            let bit = block * pages + page
            let byte = Int(bit / 8)
            guard byte < state.bitmap.count else { throw damaged() }
            if state.isPageWritten(block, page, pages: pages) {
                try elements.change(own, in: storage)
            } else if own.contains(where: { $0.element.address != nil }) {
                try elements.create(own, prefix: [], in: storage)
                state.bitmap[byte] |= 0x80 >> UInt8(bit % 8)
                isChanged = true
            }
        }
        return isChanged
    }

    // MARK: The end

    /// Gives all blocks of the array back, and not the chunks.
    func removeAll() throws {
        if let place = header.indexBlockAddress {
            let index = try blocks.readIndexBlock(place)
            var direct = 0
            for superBlock in 0..<header.superBlockCount {
                let size = try Int(clamping: blocks.dataBlockSize(superBlock: superBlock))
                if superBlock < header.directSuperBlockCount {
                    for _ in 0..<header.dataBlockCount(superBlock: superBlock) where direct < index.dataBlocks.count {
                        if let block = index.dataBlocks[direct] { try storage.release(block, size) }
                        direct += 1
                    }
                    continue
                }
                let position = superBlock - header.directSuperBlockCount
                guard position < index.superBlocks.count, let block = index.superBlocks[position] else { continue }
                for data in try blocks.readSuperBlock(block, superBlock).dataBlocks {
                    if let data { try storage.release(data, size) }
                }
                try storage.release(block, Int(clamping: blocks.superBlockSize(superBlock)))
            }
            try storage.release(place, header.indexBlockSize(storage.sizes))
        }
        try storage.release(address, ExtensibleArrayHeader.size(storage.sizes))
    }
}
