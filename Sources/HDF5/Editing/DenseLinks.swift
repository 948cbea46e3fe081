import HDF5Format

/// The links of a group in dense storage, to be changed.
///
/// Storage has one editor at a time. After a change `info` is what the group's Link Info message must say; the addresses in
/// it stay as they are for as long as the storage lives.
struct DenseLinks {
    /// The message that leads here.
    private(set) var info: LinkInfoMessage
    private var dense: DenseStorage
    private let storage: FileStorage

    /// Moves links to new dense storage.
    ///
    /// - Parameters:
    ///   - info: Says whether the creation order is tracked and indexed; addresses in it are not looked at.
    ///   - filters: The filters of the group's heap, where its creation properties name some.
    static func create(
        _ links: [LinkMessage], info: LinkInfoMessage, filters: FilterPipelineMessage? = nil, in storage: FileStorage
    ) throws -> DenseLinks {
        let dense = try DenseStorage.create(
            .links, try links.map { try entry($0, info, storage) }, indexesOrder: info.indexesCreationOrder,
            filters: filters, sharedHeapAddress: nil, in: storage)
        var info = info
        info.heapAddress = dense.heapAddress
        info.nameIndexAddress = dense.nameIndexAddress
        info.creationOrderIndexAddress = dense.orderIndexAddress
        var new = DenseLinks(info: info, dense: dense, storage: storage)
        new.count(links)
        return new
    }

    private init(info: LinkInfoMessage, dense: DenseStorage, storage: FileStorage) {
        self.info = info
        self.dense = dense
        self.storage = storage
    }

    /// Opens the dense storage that a message leads to.
    init(_ info: LinkInfoMessage, storage: FileStorage) throws {
        guard let heap = info.heapAddress, let names = info.nameIndexAddress,
            !info.indexesCreationOrder || info.creationOrderIndexAddress != nil
        else { throw H5Error(.damaged, "a group has no dense storage, or one without its indexes") }
        self.info = info
        self.storage = storage
        dense = try DenseStorage(
            .links, heap: heap, nameIndex: names, orderIndex: info.creationOrderIndexAddress, sharedHeapAddress: nil,
            storage: storage)
    }

    /// The number of links.
    var count: UInt64 { dense.count }

    /// All links, in the order of the hashes of their names.
    func links() throws -> [LinkMessage] { try dense.entries().map(link) }

    /// The link of a name; nil where there is none.
    func link(named name: H5Name) throws -> LinkMessage? { try dense.entry(named: name.bytes).map(link) }

    /// Adds, replaces and removes links, each name at most once.
    ///
    /// A link that replaces another has its name and its creation order.
    ///
    /// - Throws: `H5Error` with the code `exists` or `notFound` where a name is there that should not be, or is not;
    ///   everything is then as it was.
    mutating func apply(
        adding: [LinkMessage] = [], replacing: [LinkMessage] = [], removing: [H5Name] = []
    ) throws {
        try dense.apply(
            adding: adding.map { try Self.entry($0, info, storage) },
            replacing: replacing.map { try Self.entry($0, info, storage) }, removing: removing.map(\.bytes))
        count(adding)
    }

    /// Gives all links and the space that they took.
    ///
    /// `info` then says that there is no dense storage; the editor is of no more use.
    mutating func dissolve() throws -> [LinkMessage] {
        let links = try links()
        try remove()
        return links
    }

    /// Gives the space back, with all links.
    mutating func remove() throws {
        try dense.remove()
        info.heapAddress = nil
        info.nameIndexAddress = nil
        info.creationOrderIndexAddress = nil
    }

    /// Takes note of creation orders that are in use.
    private mutating func count(_ links: [LinkMessage]) {
        guard let next = info.nextCreationOrder else { return }
        let last = links.compactMap(\.creationOrder).max() ?? -1
        info.nextCreationOrder = max(next, last == .max ? last : last + 1)
    }

    private static func entry(
        _ link: LinkMessage, _ info: LinkInfoMessage, _ storage: FileStorage
    ) throws -> DenseStorage.Entry {
        guard !info.tracksCreationOrder || link.creationOrder != nil else {
            throw H5Error(.invalidArgument, "link '\(link.name)' has no creation order in a group that tracks it")
        }
        return DenseStorage.Entry(
            name: link.name.bytes, creationOrder: link.creationOrder,
            content: .message(try encoded(storage.sizes) { try link.encode(to: &$0) }))
    }

    private func link(_ entry: DenseStorage.Entry) throws -> LinkMessage {
        guard case .message(let bytes) = entry.content else {
            throw H5Error(.damaged, "a link is shared", address: dense.heapAddress)
        }
        var cursor = ByteCursor(bytes.span.bytes, sizes: storage.sizes, address: dense.heapAddress)
        return try LinkMessage(from: &cursor)
    }
}
