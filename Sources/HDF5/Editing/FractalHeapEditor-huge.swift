import HDF5Format

/// Objects that are too large for the blocks of a fractal heap: each lies in the file by itself, and a version 2 B-tree
/// lists them.
extension FractalHeapEditor {
    /// Whether identifiers of huge objects hold their addresses, and not keys.
    private var isDirect: Bool {
        let sizes = storage.sizes
        return header.identifierLength - 1
            >= sizes.offsets + sizes.lengths + (filters.isEmpty ? 0 : 4 + sizes.lengths)
    }

    private var recordType: BTreeV2Header.RecordType {
        switch (isDirect, filters.isEmpty) {
        case (true, true): return .hugeObjectDirect
        case (true, false): return .hugeObjectDirectFiltered
        case (false, true): return .hugeObjectIndirect
        case (false, false): return .hugeObjectIndirectFiltered
        }
    }

    private var recordSize: Int {
        let sizes = storage.sizes
        return sizes.offsets + sizes.lengths + (filters.isEmpty ? 0 : 4 + sizes.lengths)
            + (isDirect ? 0 : sizes.lengths)
    }

    /// Orders records by key, or by address and length.
    private func order(_ left: RawSpan, _ right: RawSpan) throws -> BTreeV2.Comparison {
        func key(_ record: RawSpan) throws -> (UInt64, UInt64) {
            var cursor = ByteCursor(record, sizes: storage.sizes)
            if !isDirect {
                try cursor.move(to: recordSize - storage.sizes.lengths)
                return (try cursor.readLength(), 0)
            }
            return (try cursor.readUInt(width: storage.sizes.offsets), try cursor.readLength())
        }
        let (first, second) = (try key(left), try key(right))
        return first == second ? .found : first < second ? .before : .after
    }

    private func record(_ object: BTreeV2Record) throws -> [UInt8] {
        try encoded(storage.sizes) { try object.encode(to: &$0, type: recordType, size: recordSize) }
    }

    private func index() throws -> BTreeV2Editor {
        guard let address = header.hugeIndexAddress else {
            throw damaged("a huge object is looked up in a heap that has none")
        }
        let tree = try BTreeV2Editor(address: address, storage: storage)
        guard tree.header.type == recordType, tree.header.recordSize == recordSize else {
            throw damaged("the index of huge objects has another type of records")
        }
        return tree
    }

    /// Adds a huge object; gives its identifier.
    func insertHuge(_ object: [UInt8]) throws -> [UInt8] {
        var key: UInt64?
        if !isDirect {
            let width = min(8, header.identifierLength - 1)
            let last = width >= 8 ? UInt64.max : UInt64(1) << UInt64(8 * width) - 1
            // libhdf5 does not go on either once all keys were used.
            guard !header.wrapsHugeKeys, header.nextHugeKey < last else {
                throw H5Error(.noSpace, "a fractal heap has no identifiers left for huge objects", address: address)
            }
            key = header.nextHugeKey + 1
            blocks.header.nextHugeKey += 1
            blocks.header.wrapsHugeKeys = header.nextHugeKey == last
        }
        let (bytes, mask) = filters.isEmpty ? (object, 0) : try filters.encode(object)
        let place = try storage.allocate(bytes.count)
        try storage.write(bytes, at: place)
        let filter =
            filters.isEmpty
            ? nil : BTreeV2Record.HugeObjectFilter(mask: mask, unfilteredLength: UInt64(object.count))
        let record = try record(
            .hugeObject(address: place, length: UInt64(bytes.count), filter: filter, key: key))
        if header.hugeIndexAddress == nil {
            let tree = try BTreeV2Editor.create(
                recordType, recordSize: recordSize, records: record, order: order, in: storage)
            blocks.header.hugeIndexAddress = tree.address
        } else {
            var tree = try index()
            var changes = BTreeV2Changes(recordSize: recordSize)
            try changes.append(.insert, record)
            try tree.apply(changes, order: order)
        }
        blocks.header.statistics.hugeObjectCount &+= 1
        blocks.header.statistics.hugeObjectBytes &+= UInt64(object.count)
        if let key { return try encode(.hugeIndirect(key: key)) }
        return try encode(
            .hugeDirect(
                address: place, length: UInt64(bytes.count), filterMask: mask,
                unfilteredLength: filter?.unfilteredLength))
    }

    /// Removes the huge object of a key.
    func removeHuge(key: UInt64) throws {
        guard !isDirect else { throw damaged("a huge object has a key where the heap has none") }
        try removeHuge(try record(.hugeObject(address: 0, length: 0, filter: emptyFilter, key: key)))
    }

    /// Removes the huge object at an address.
    func removeHuge(address: UInt64, storedLength: UInt64, length: UInt64) throws {
        guard isDirect else { throw damaged("a huge object has an address where the heap has keys") }
        try removeHuge(
            try record(.hugeObject(address: address, length: storedLength, filter: emptyFilter, key: nil)))
    }

    private var emptyFilter: BTreeV2Record.HugeObjectFilter? {
        filters.isEmpty ? nil : BTreeV2Record.HugeObjectFilter(mask: 0, unfilteredLength: 0)
    }

    private func removeHuge(_ record: [UInt8]) throws {
        var tree = try index()
        var changes = BTreeV2Changes(recordSize: recordSize)
        try changes.append(.remove, record)
        let former = try tree.apply(changes, order: order)
        var cursor = ByteCursor(former.span.bytes, sizes: storage.sizes, address: tree.address)
        let length = try release(&cursor)
        blocks.header.statistics.hugeObjectCount &-= min(1, header.statistics.hugeObjectCount)
        blocks.header.statistics.hugeObjectBytes &-= min(length, header.statistics.hugeObjectBytes)
    }

    /// Gives the space of the object of a record back; gives its unfiltered length.
    private func release(_ cursor: inout ByteCursor) throws -> UInt64 {
        guard
            case .hugeObject(let place, let length, let filter, _) = try BTreeV2Record(
                from: &cursor, type: recordType, size: recordSize)
        else { throw damaged("the index of huge objects has another type of records") }
        try storage.release(place, try Int(checking: length, "the size of a huge object"))
        return filter?.unfilteredLength ?? length
    }

    /// Gives the index up when it lists nothing, as libhdf5 does.
    func settleHuge() throws {
        guard header.hugeIndexAddress != nil, header.statistics.hugeObjectCount == 0 else { return }
        let tree = try index()
        guard tree.header.totalRecordCount == 0 else {
            throw damaged("a fractal heap has more huge objects than it says")
        }
        try tree.remove()
        blocks.header.hugeIndexAddress = nil
        blocks.header.nextHugeKey = 0
        blocks.header.wrapsHugeKeys = false
    }

    /// Gives the space of all huge objects and of their index back.
    func removeAllHuge() throws {
        guard header.hugeIndexAddress != nil else { return }
        let tree = try index()
        try tree.reader.forEach { cursor in
            _ = try release(&cursor)
            return true
        }
        try tree.remove()
        blocks.header.hugeIndexAddress = nil
    }
}
