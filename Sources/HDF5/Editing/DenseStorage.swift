import HDF5Format

/// Links or attributes in dense storage: a fractal heap with the messages, a version 2 B-tree by name, and one by creation
/// order where that is indexed.
struct DenseStorage {
    typealias Kind = DenseReader.Kind

    /// A link or an attribute.
    struct Entry {
        /// Where the message is.
        enum Content: Hashable {
            /// The encoded message, kept in the heap.
            case message([UInt8])
            /// A shared message, by its identifier in the file's heap of them.
            case shared([UInt8])
        }

        var name: [UInt8]
        /// The creation order; nil where it is not tracked.
        var creationOrder: Int64?
        /// The flags of the message; only attributes keep them.
        var flags: MessageFlags = []
        var content: Content
    }

    /// A record of the index of names.
    private struct Record {
        var hash: UInt32
        var identifier: [UInt8]
        var flags: MessageFlags = []
        /// The creation order of an attribute.
        var order: UInt32 = BTreeV2Record.untrackedCreationOrder
    }

    let kind: Kind
    private let storage: FileStorage
    private let heap: FractalHeapEditor
    private var nameIndex: BTreeV2Editor
    private var orderIndex: BTreeV2Editor?
    /// The heap of the shared messages of the file, in which shared attributes are.
    private let sharedHeapAddress: UInt64?

    var heapAddress: UInt64 { heap.address }
    var nameIndexAddress: UInt64 { nameIndex.address }
    var orderIndexAddress: UInt64? { orderIndex?.address }
    /// The number of entries.
    var count: UInt64 { nameIndex.header.totalRecordCount }

    // MARK: Making and opening

    /// Writes new storage; its heap holds the messages in the order of the entries.
    static func create(
        _ kind: Kind, _ entries: [Entry], indexesOrder: Bool, filters: FilterPipelineMessage?,
        sharedHeapAddress: UInt64?, in storage: FileStorage
    ) throws -> DenseStorage {
        let parameters =
            kind == .links
            ? FractalHeapHeader(identifierLength: 7, startingBlockSize: 512, addressBits: 32, filters: filters)
            : FractalHeapHeader(identifierLength: 8, startingBlockSize: 1024, addressBits: 40, filters: filters)
        let heap = try FractalHeapEditor.create(parameters, in: storage)
        let length = parameters.identifierLength
        let isLinks = kind == .links
        let nameIndex = try BTreeV2Editor.create(
            isLinks ? .linkName : .attributeName, recordSize: isLinks ? length + 4 : length + 9,
            order: { _, _ in .found }, in: storage)
        let orderIndex =
            indexesOrder
            ? try BTreeV2Editor.create(
                isLinks ? .linkCreationOrder : .attributeCreationOrder,
                recordSize: isLinks ? length + 8 : length + 5, order: { _, _ in .found }, in: storage) : nil
        var new = DenseStorage(
            kind: kind, storage: storage, heap: heap, nameIndex: nameIndex, orderIndex: orderIndex,
            sharedHeapAddress: sharedHeapAddress)
        try new.apply(adding: entries)
        return new
    }

    private init(
        kind: Kind, storage: FileStorage, heap: FractalHeapEditor, nameIndex: BTreeV2Editor,
        orderIndex: BTreeV2Editor?, sharedHeapAddress: UInt64?
    ) {
        self.kind = kind
        self.storage = storage
        self.heap = heap
        self.nameIndex = nameIndex
        self.orderIndex = orderIndex
        self.sharedHeapAddress = sharedHeapAddress
    }

    /// Opens storage for changes.
    init(
        _ kind: Kind, heap heapAddress: UInt64, nameIndex nameAddress: UInt64, orderIndex orderAddress: UInt64?,
        sharedHeapAddress: UInt64?, storage: FileStorage
    ) throws {
        self.kind = kind
        self.storage = storage
        self.sharedHeapAddress = sharedHeapAddress
        nameIndex = try BTreeV2Editor(address: nameAddress, storage: storage)
        orderIndex = try orderAddress.map { try BTreeV2Editor(address: $0, storage: storage) }
        let length = try FractalHeap(address: heapAddress, storage: storage).header.identifierLength
        let offset = kind == .links ? 4 : 0
        heap = try FractalHeapEditor(address: heapAddress, storage: storage) { body in
            try BTreeV2(address: nameAddress, storage: storage).forEach { record in
                try record.skip(offset)
                let identifier = try record.readBytes(length)
                let flags = MessageFlags(rawValue: kind == .attributes ? try record.readUInt8() : 0)
                if !flags.contains(.shared) { try body(identifier) }
                return true
            }
        }
        let isLinks = kind == .links
        guard length >= 7, nameIndex.header.type == (isLinks ? .linkName : .attributeName),
            nameIndex.header.recordSize == length + (isLinks ? 4 : 9)
        else { throw H5Error(.damaged, "the index of names has another type of records", address: nameAddress) }
        if let orderIndex {
            guard orderIndex.header.type == (isLinks ? .linkCreationOrder : .attributeCreationOrder),
                orderIndex.header.recordSize == length + (isLinks ? 8 : 5)
            else {
                throw H5Error(
                    .damaged, "the index of the creation order has another type of records", address: orderAddress)
            }
        }
    }

    /// Gives all space back.
    func remove() throws {
        try heap.removeHeap()
        try nameIndex.remove()
        try orderIndex?.remove()
    }

    // MARK: Records

    private func nameRecord(_ record: Record) throws -> [UInt8] {
        let encodable: BTreeV2Record =
            kind == .links
            ? .linkName(hash: record.hash, identifier: record.identifier)
            : .attributeName(
                identifier: record.identifier, flags: record.flags, creationOrder: record.order, hash: record.hash)
        return try encoded(storage.sizes) {
            try encodable.encode(to: &$0, type: nameIndex.header.type, size: nameIndex.header.recordSize)
        }
    }

    private func orderRecord(_ order: Int64, _ record: Record, in index: BTreeV2Editor) throws -> [UInt8] {
        let encodable: BTreeV2Record =
            kind == .links
            ? .linkCreationOrder(order: order, identifier: record.identifier)
            : .attributeCreationOrder(
                identifier: record.identifier, flags: record.flags,
                creationOrder: UInt32(truncatingIfNeeded: order))
        return try encoded(storage.sizes) {
            try encodable.encode(to: &$0, type: index.header.type, size: index.header.recordSize)
        }
    }

    private func record(from cursor: inout ByteCursor) throws -> Record {
        switch try BTreeV2Record(from: &cursor, type: nameIndex.header.type, size: nameIndex.header.recordSize) {
        case .linkName(let hash, let identifier): return Record(hash: hash, identifier: identifier)
        case .attributeName(let identifier, let flags, let order, let hash):
            return Record(hash: hash, identifier: identifier, flags: flags, order: order)
        default: throw H5Error(.damaged, "the index of names has another type of records", address: nameIndex.address)
        }
    }

    private static func hash(_ name: [UInt8]) -> UInt32 { MetadataChecksum.lookup3(name: name) }

    // MARK: Reading

    private var reader: DenseReader {
        DenseReader(kind: kind, heapAddress: heap.address, sharedHeapAddress: sharedHeapAddress, storage: storage)
    }

    /// All entries, in the order of the index.
    func entries() throws -> [Entry] {
        let reader = reader
        var entries: [Entry] = []
        var size = 0
        try nameIndex.reader.forEach { cursor in
            let entry = try entry(try record(from: &cursor), reader)
            // Many entries can share one large object of a damaged heap.
            if case .message(let bytes) = entry.content {
                size = size.addingReportingOverflow(bytes.count).partialValue
            }
            size = size.addingReportingOverflow(MemoryLayout<Entry>.stride + entry.name.count).partialValue
            try storage.checkResult(size, "the list of links or attributes")
            entries.append(entry)
            return true
        }
        return entries
    }

    private func entry(_ record: Record, _ reader: DenseReader) throws -> Entry {
        try reader.withMessage(record.identifier, record.flags) { cursor in
            let name = Array(copying: try reader.name(from: &cursor))
            let order = try creationOrder(record, of: &cursor)
            try cursor.move(to: 0)
            return Entry(
                name: name, creationOrder: order, flags: record.flags,
                content: record.flags.contains(.shared)
                    ? .shared(record.identifier) : .message(try cursor.readArray(cursor.remaining)))
        }
    }

    private func creationOrder(_ record: Record, of message: inout ByteCursor) throws -> Int64? {
        guard kind == .links else { return Int64(record.order) }
        try message.move(to: 0)
        return try LinkMessage.Fields(from: &message).creationOrder
    }

    /// The entry of a name; nil where there is none.
    func entry(named name: [UInt8]) throws -> Entry? {
        let reader = reader
        return try find(name, reader).map { try entry($0, reader) }
    }

    private func find(_ name: [UInt8], _ reader: DenseReader) throws -> Record? {
        let hash = Self.hash(name)
        let found = try nameIndex.find { cursor in
            let candidate = try record(from: &cursor)
            guard candidate.hash == hash else { return hash < candidate.hash ? .before : .after }
            return try reader.compare(name, with: candidate.identifier, candidate.flags)
        }
        guard let found else { return nil }
        var cursor = ByteCursor(found.span.bytes, sizes: storage.sizes, address: nameIndex.address)
        return try record(from: &cursor)
    }

    // MARK: Changes

    /// What a batch does to a name.
    private struct Step {
        var kind: BTreeV2Changes.Kind
        var record: Record
        /// The creation order of a new entry.
        var order: Int64?
    }

    /// Adds, replaces and removes entries, each name at most once.
    ///
    /// A replaced entry keeps its creation order. Where a name is there that should not be, or is not, the call throws and
    /// everything is as it was.
    mutating func apply(adding: [Entry] = [], replacing: [Entry] = [], removing: [[UInt8]] = []) throws {
        let reader = reader
        var steps: [Step] = []
        var written: [(identifier: [UInt8], message: [UInt8])] = []
        var inserted: [[UInt8]] = []
        let changed: [(step: Step, former: Record?)]
        do {
            for entry in replacing {
                guard let former = try find(entry.name, reader) else { throw missing(entry.name) }
                if case .message(let message) = entry.content, former.flags == entry.flags,
                    try keepsItsPlace(former, message)
                {
                    written.append((former.identifier, message))
                    continue
                }
                var record = try insert(entry, &inserted)
                record.order = former.order
                steps.append(Step(kind: .replace, record: record))
            }
            for entry in adding {
                guard orderIndex == nil || entry.creationOrder != nil else {
                    throw H5Error(.invalidArgument, "an entry has no creation order where that is indexed")
                }
                let record = try insert(entry, &inserted)
                steps.append(Step(kind: .insert, record: record, order: entry.creationOrder))
            }
            try heap.flush()
            reader.forget()
            for (number, name) in removing.enumerated() {
                let record = Record(
                    hash: Self.hash(name),
                    identifier: DenseReader.identifier(ofName: number, length: heap.header.identifierLength))
                steps.append(Step(kind: .remove, record: record))
            }
            reader.wanted = removing
            changed = try change(steps, reader)
        } catch {
            // The index is as it was, so what was added to the heap belongs to nobody.
            for identifier in inserted { try heap.remove(identifier) }
            try heap.flush()
            throw error
        }
        try finish(changed, reader)
        for change in written where try !heap.overwrite(change.identifier, with: change.message) {
            throw H5Error(.damaged, "an object of a fractal heap changed its size", address: heap.address)
        }
        try heap.flush()
    }

    private func missing(_ name: [UInt8]) -> H5Error {
        H5Error(.notFound, "there is no link or attribute '\(H5Name(bytes: name))'")
    }

    private func keepsItsPlace(_ former: Record, _ message: [UInt8]) throws -> Bool {
        guard !former.flags.contains(.shared), case .managed(_, message.count) = try heap.decode(former.identifier)
        else {
            return false
        }
        return true
    }

    private func insert(_ entry: Entry, _ inserted: inout [[UInt8]]) throws -> Record {
        let order = UInt32(truncatingIfNeeded: entry.creationOrder ?? Int64(BTreeV2Record.untrackedCreationOrder))
        var record = Record(hash: Self.hash(entry.name), identifier: [], flags: entry.flags, order: order)
        switch entry.content {
        case .shared(let identifier):
            guard kind == .attributes, identifier.count == heap.header.identifierLength else {
                throw H5Error(.invalidArgument, "a shared message cannot be stored here")
            }
            record.identifier = identifier
            record.flags.insert(.shared)
        case .message(let message):
            record.identifier = try heap.insert(message)
            record.flags.remove(.shared)
            inserted.append(record.identifier)
        }
        return record
    }

    /// Changes the index of names; gives the steps in its order, with the former records of those that had one.
    private mutating func change(
        _ steps: [Step], _ reader: DenseReader
    ) throws -> [(step: Step, former: Record?)] {
        var changes = BTreeV2Changes(recordSize: nameIndex.header.recordSize)
        changes.reserveCapacity(steps.count)
        // Hashes come first in the order of the index, and numbers are compared faster than records.
        let keys = steps.indices.map { UInt64(steps[$0].record.hash) << 32 | UInt64($0) }.sorted()
        let steps = keys.map { steps[Int($0 & 0xFFFF_FFFF)] }
        for step in steps { try changes.append(step.kind, try nameRecord(step.record)) }
        let order = reader.nameOrder
        let places = try changes.sort(order)
        let former = try nameIndex.apply(changes, order: order)
        var cursor = ByteCursor(former.span.bytes, sizes: storage.sizes, address: nameIndex.address)
        var result: [(step: Step, former: Record?)] = []
        for place in places {
            let step = steps[place]
            result.append((step, step.kind == .insert ? nil : try record(from: &cursor)))
        }
        return result
    }

    /// Changes the index of the creation order, and removes from the heap what is no longer needed.
    private mutating func finish(_ steps: [(step: Step, former: Record?)], _ reader: DenseReader) throws {
        if let index = orderIndex {
            var orders: [Int64: (kind: BTreeV2Changes.Kind, record: Record)] = [:]
            for (step, former) in steps {
                guard let former else { continue }
                let order = try reader.withMessage(former.identifier, former.flags) { cursor in
                    try creationOrder(former, of: &cursor)
                }
                guard let order else {
                    throw H5Error(
                        .damaged, "an entry has no creation order where that is indexed", address: index.address)
                }
                orders[order] = step.kind == .remove ? (.remove, former) : (.replace, step.record)
            }
            for (step, _) in steps {
                guard step.kind == .insert, let order = step.order else { continue }
                // An entry may come back under the creation order of one that goes.
                orders[order] = (orders[order] == nil ? .insert : .replace, step.record)
            }
            var changes = BTreeV2Changes(recordSize: index.header.recordSize)
            for (order, change) in orders.sorted(by: { $0.key < $1.key }) {
                try changes.append(change.kind, try orderRecord(order, change.record, in: index))
            }
            try orderIndex?.apply(changes, order: DenseReader.creationOrder(kind, recordSize: index.header.recordSize))
        }
        for (_, former) in steps {
            if let former, !former.flags.contains(.shared) { try heap.remove(former.identifier) }
        }
    }
}
