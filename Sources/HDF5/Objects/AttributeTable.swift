import HDF5Format

/// The attributes of an object: messages of its header, and dense storage where there is some.
struct AttributeTable {
    private let header: ObjectHeader
    private let context: FileContext
    private let dense: (heap: UInt64, index: UInt64)?
    /// Whether the object tracks the order in which attributes were made.
    let tracksCreationOrder: Bool

    /// An attribute with its type and extent resolved.
    ///
    /// A class, as lists of attributes are sorted and handed on.
    final class Entry: Sendable {
        let name: H5Name
        let datatype: H5Datatype
        /// The committed datatype that the attribute refers to, if any.
        let committedDatatype: UInt64?
        let dataspace: H5Dataspace
        let value: [UInt8]
        let creationOrder: Int
        let address: UInt64

        /// The bytes that the entry takes in memory, about.
        var memorySize: Int { Self.fixedSize + name.byteCount + value.count }
        /// What the parts take that every attribute has.
        private static let fixedSize = 160

        fileprivate init(
            name: H5Name, datatype: H5Datatype, committedDatatype: UInt64?, dataspace: H5Dataspace, value: [UInt8],
            creationOrder: Int, address: UInt64
        ) {
            self.name = name
            self.datatype = datatype
            self.committedDatatype = committedDatatype
            self.dataspace = dataspace
            self.value = value
            self.creationOrder = creationOrder
            self.address = address
        }
    }

    init(_ header: ObjectHeader, context: FileContext) throws {
        self.header = header
        self.context = context
        guard let message = header.first(.attributeInfo) else {
            dense = nil
            tracksCreationOrder = header.prefix.tracksAttributeCreationOrder
            return
        }
        let info = try header.withCursor(message) { try AttributeInfoMessage(from: &$0) }
        tracksCreationOrder = info.tracksCreationOrder
        if let heap = info.heapAddress {
            guard let index = info.nameIndexAddress else {
                throw H5Error(.damaged, "dense attributes have no index of names", address: header.address(of: message))
            }
            dense = (heap, index)
        } else {
            dense = nil
        }
    }

    /// Whether there are no attributes, told without reading any.
    var isEmpty: Bool { dense == nil && !header.contains(.attribute) }

    /// The number of attributes.
    func count() throws -> Int {
        var count = header.count(of: .attribute)
        if let dense {
            count += try Int(
                checking: BTreeV2(address: dense.index, storage: context.storage).header.totalRecordCount,
                "the number of attributes")
        }
        return count
    }

    /// All attributes in the order asked for.
    func attributes(_ order: H5Order) throws -> [Entry] {
        var entries: [Entry] = []
        var size = 0
        func append(_ entry: Entry) throws {
            // Many attributes can share one large object of a heap.
            size = size.addingReportingOverflow(entry.memorySize).partialValue
            try context.storage.checkResult(size, "the list of attributes")
            entries.append(entry)
        }
        for message in header.messages where message.type.rawValue == MessageType.attribute.rawValue {
            try append(
                try context.decode(message, of: header) {
                    try entry(
                        &$0, creationOrder: Int(message.creationOrder ?? .max), address: header.address(of: message))
                })
        }
        try forEachDense { cursor, order, address in
            try append(try entry(&cursor, creationOrder: order, address: address))
        }
        let byCreation = order == .creation && tracksCreationOrder
        func precedes(_ first: Entry, _ second: Entry) -> Bool {
            byCreation && first.creationOrder != second.creationOrder
                ? first.creationOrder < second.creationOrder : first.name < second.name
        }
        // Often they are in order already.
        for index in entries.indices.dropFirst() where precedes(entries[index], entries[index - 1]) {
            entries.sort(by: precedes)
            break
        }
        return entries
    }

    /// The attribute of a name; nil where there is none.
    func attribute(named name: H5Name) throws -> Entry? {
        for message in header.messages where message.type.rawValue == MessageType.attribute.rawValue {
            let found = try context.decode(message, of: header) { cursor -> Entry? in
                guard try AttributeMessage.name(from: &cursor) == name else { return nil }
                try cursor.move(to: 0)
                return try entry(
                    &cursor, creationOrder: Int(message.creationOrder ?? .max), address: header.address(of: message))
            }
            if let found { return found }
        }
        guard let dense else { return nil }
        let heap = try FractalHeap(address: dense.heap, storage: context.storage)
        let wanted = name.bytes
        let hash = MetadataChecksum.lookup3(wanted.span.bytes)
        var found: Entry?
        try BTreeV2(address: dense.index, storage: context.storage).search { record in
            var identifier = try record.readSlice(heap.header.identifierLength)
            let flags = MessageFlags(rawValue: try record.readUInt8())
            let order = Int(try record.readUInt32())
            let stored = try record.readUInt32()
            guard stored == hash else { return hash < stored ? .before : .after }
            return try withObject(&identifier, flags, heap) { cursor in
                let candidate = try AttributeMessage.name(from: &cursor)
                guard candidate == name else { return name < candidate ? .before : .after }
                try cursor.move(to: 0)
                found = try entry(&cursor, creationOrder: order, address: dense.heap)
                return .found
            }
        }
        return found
    }

    private func forEachDense(_ body: (inout ByteCursor, Int, UInt64) throws -> Void) throws {
        guard let dense else { return }
        let heap = try FractalHeap(address: dense.heap, storage: context.storage)
        let tree = try BTreeV2(address: dense.index, storage: context.storage)
        guard tree.header.type == .attributeName else {
            throw H5Error(.damaged, "the index of attributes has another type of records", address: dense.index)
        }
        try tree.forEach { record in
            var identifier = try record.readSlice(heap.header.identifierLength)
            let flags = MessageFlags(rawValue: try record.readUInt8())
            let order = Int(try record.readUInt32())
            try withObject(&identifier, flags, heap) { try body(&$0, order, dense.heap) }
            return true
        }
    }

    /// Gives `body` the encoded attribute; a shared one lies in the heap of shared messages.
    private func withObject<R>(
        _ identifier: inout ByteCursor, _ flags: MessageFlags, _ heap: FractalHeap,
        _ body: (inout ByteCursor) throws -> R
    ) throws -> R {
        guard flags.contains(.shared) else {
            return try heap.withObject(try FractalHeapIdentifier(from: &identifier, heap: heap.header), body)
        }
        let shared = SharedMessageReference.heap(identifier: try identifier.readArray(identifier.remaining))
        return try context.decode(shared, type: .attribute, body)
    }

    private func entry(_ cursor: inout ByteCursor, creationOrder: Int, address: UInt64) throws -> Entry {
        let message = try AttributeMessage(from: &cursor)
        var committed: UInt64?
        let datatype: H5Datatype
        switch message.datatype {
        case .inline(let type): datatype = type
        case .shared(let reference):
            if case .committed(let address) = reference { committed = address }
            datatype = try context.decode(reference, type: .datatype) { try DatatypeMessage(from: &$0).datatype }
        }
        let dataspace: H5Dataspace
        switch message.dataspace {
        case .inline(let space): dataspace = space
        case .shared(let reference):
            dataspace = try context.decode(reference, type: .dataspace) { try DataspaceMessage(from: &$0).dataspace }
        }
        let size = try checkedProduct(dataspace.elementCount, datatype.size, "the size of attribute \(message.name)")
        guard size <= message.value.count else {
            throw H5Error(
                .damaged, "attribute \(message.name) needs \(size) bytes and has \(message.value.count)",
                address: address)
        }
        var value = message.value
        if value.count > size { value.removeLast(value.count - size) }
        return Entry(
            name: message.name, datatype: datatype, committedDatatype: committed, dataspace: dataspace, value: value,
            creationOrder: creationOrder, address: address)
    }
}
