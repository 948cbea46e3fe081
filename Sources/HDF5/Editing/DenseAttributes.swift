import HDF5Format

/// The attributes of an object in dense storage, to be changed.
///
/// Storage has one editor at a time. After a change `info` is what the object's Attribute Info message must say; the
/// addresses in it stay as they are for as long as the storage lives.
struct DenseAttributes {
    /// An attribute as it is stored.
    struct Entry {
        var name: H5Name
        /// When the attribute was made; nil where the object does not track it.
        var creationOrder: UInt16?
        /// The flags of the message; for a shared one its content is a reference.
        var flags: MessageFlags = []
        var content: DenseStorage.Entry.Content

        init(
            name: H5Name, creationOrder: UInt16?, flags: MessageFlags = [], content: DenseStorage.Entry.Content
        ) {
            self.name = name
            self.creationOrder = creationOrder
            self.flags = flags
            self.content = content
        }
    }

    /// The message that leads here.
    private(set) var info: AttributeInfoMessage
    private var dense: DenseStorage

    /// Moves attributes to new dense storage.
    ///
    /// - Parameters:
    ///   - info: Says whether the creation order is tracked and indexed; addresses in it are not looked at.
    ///   - sharedMessages: The file's table of shared messages, in which shared attributes are looked up.
    static func create(
        _ attributes: [Entry], info: AttributeInfoMessage, sharedMessages: SharedMessageTable? = nil,
        in storage: FileStorage
    ) throws -> DenseAttributes {
        let dense = try DenseStorage.create(
            .attributes, try attributes.map { try entry($0, info) }, indexesOrder: info.indexesCreationOrder,
            filters: nil, sharedHeapAddress: sharedMessages?.heapAddress(for: .attribute), in: storage)
        var info = info
        info.heapAddress = dense.heapAddress
        info.nameIndexAddress = dense.nameIndexAddress
        info.creationOrderIndexAddress = dense.orderIndexAddress
        var new = DenseAttributes(info: info, dense: dense)
        new.count(attributes)
        return new
    }

    private init(info: AttributeInfoMessage, dense: DenseStorage) {
        self.info = info
        self.dense = dense
    }

    /// Opens the dense storage that a message leads to.
    init(
        _ info: AttributeInfoMessage, sharedMessages: SharedMessageTable? = nil, storage: FileStorage
    ) throws {
        guard let heap = info.heapAddress, let names = info.nameIndexAddress,
            !info.indexesCreationOrder || info.creationOrderIndexAddress != nil
        else { throw H5Error(.damaged, "an object has no dense attributes, or some without their indexes") }
        self.info = info
        dense = try DenseStorage(
            .attributes, heap: heap, nameIndex: names, orderIndex: info.creationOrderIndexAddress,
            sharedHeapAddress: sharedMessages?.heapAddress(for: .attribute), storage: storage)
    }

    /// The number of attributes.
    var count: UInt64 { dense.count }

    /// All attributes, in the order of the hashes of their names.
    func attributes() throws -> [Entry] { try dense.entries().map(entry) }

    /// The attribute of a name; nil where there is none.
    func attribute(named name: H5Name) throws -> Entry? { try dense.entry(named: name.bytes).map(entry) }

    /// Adds, replaces and removes attributes, each name at most once.
    ///
    /// An attribute that replaces another takes its creation order over. What is removed or replaced in the heap of shared
    /// messages stays there.
    ///
    /// - Throws: `H5Error` with the code `exists` or `notFound` where a name is there that should not be, or is not;
    ///   everything is then as it was.
    mutating func apply(adding: [Entry] = [], replacing: [Entry] = [], removing: [H5Name] = []) throws {
        try dense.apply(
            adding: adding.map { try Self.entry($0, info) },
            // The creation order of what is replaced counts.
            replacing: replacing.map { try Self.entry($0, AttributeInfoMessage()) }, removing: removing.map(\.bytes))
        count(adding)
    }

    /// Gives all attributes and the space that they took.
    ///
    /// `info` then says that there is no dense storage; the editor is of no more use.
    mutating func dissolve() throws -> [Entry] {
        let attributes = try attributes()
        try remove()
        return attributes
    }

    /// Gives the space back, with all attributes.
    mutating func remove() throws {
        try dense.remove()
        info.heapAddress = nil
        info.nameIndexAddress = nil
        info.creationOrderIndexAddress = nil
    }

    /// Takes note of creation orders that are in use.
    private mutating func count(_ attributes: [Entry]) {
        guard let next = info.nextCreationIndex else { return }
        let last = attributes.compactMap(\.creationOrder).max().map { $0 == .max ? $0 : $0 + 1 } ?? 0
        info.nextCreationIndex = max(next, last)
    }

    private static func entry(_ attribute: Entry, _ info: AttributeInfoMessage) throws -> DenseStorage.Entry {
        guard !info.tracksCreationOrder || attribute.creationOrder != nil else {
            throw H5Error(
                .invalidArgument, "attribute '\(attribute.name)' has no creation order in an object that tracks it")
        }
        return DenseStorage.Entry(
            name: attribute.name.bytes, creationOrder: attribute.creationOrder.map { Int64($0) },
            flags: attribute.flags, content: attribute.content)
    }

    private func entry(_ entry: DenseStorage.Entry) -> Entry {
        Entry(
            name: H5Name(bytes: entry.name),
            creationOrder: info.tracksCreationOrder
                ? entry.creationOrder.map { UInt16(truncatingIfNeeded: $0) } : nil, flags: entry.flags,
            content: entry.content)
    }
}
