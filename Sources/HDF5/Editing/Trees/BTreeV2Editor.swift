import HDF5Format

/// Creates and changes version 2 B-trees.
///
/// A batch of changes is made in one pass over the nodes that it concerns: they are taken into memory, changed there,
/// brought into the shape that libhdf5 expects, and written. The header stays where it is for as long as the tree lives.
struct BTreeV2Editor {
    typealias Order = BTreeV2Changes.Order

    /// Where the header is.
    let address: UInt64
    private(set) var header: BTreeV2Header
    private let storage: FileStorage

    /// The node size that libhdf5 gives to all trees but those of chunks.
    static let usualNodeSize = 512
    /// The node size that libhdf5 gives to trees of chunks.
    static let chunkNodeSize = 2048

    /// Writes a tree of records that are in order; it is balanced, and its nodes are as full as even parts allow.
    static func create(
        _ type: BTreeV2Header.RecordType, recordSize: Int, nodeSize: Int = usualNodeSize, splitPercent: UInt8 = 100,
        mergePercent: UInt8 = 40, records: [UInt8] = [], order: Order, in storage: FileStorage
    ) throws -> BTreeV2Editor {
        guard recordSize > 0, records.count % recordSize == 0, nodeSize >= BTreeV2Node.overhead + recordSize else {
            throw H5Error(.invalidArgument, "a B-tree cannot have records of \(recordSize) bytes in such nodes")
        }
        let header = BTreeV2Header(
            type: type, nodeSize: nodeSize, recordSize: recordSize, splitPercent: splitPercent,
            mergePercent: mergePercent)
        let bytes = records.span.bytes
        for end in stride(from: 2 * recordSize, through: records.count, by: recordSize) {
            let middle = end - recordSize
            guard
                try order(
                    bytes.extracting((middle - recordSize)..<middle), bytes.extracting(middle..<end)) == .before
            else { throw H5Error(.invalidArgument, "the records of a new B-tree are not in order") }
        }
        let tree = try BTreeV2WorkingTree(header, storage: storage)
        tree.root = BTreeV2WorkingNode(height: 0, records: records)
        let address = try storage.allocate(BTreeV2Header.size(storage.sizes))
        var editor = BTreeV2Editor(address: address, header: header, storage: storage)
        try editor.store(tree)
        return editor
    }

    private init(address: UInt64, header: BTreeV2Header, storage: FileStorage) {
        self.address = address
        self.header = header
        self.storage = storage
    }

    /// Opens a tree for changes.
    init(address: UInt64, storage: FileStorage) throws {
        self.address = address
        self.storage = storage
        header = try BTreeV2(address: address, storage: storage).header
    }

    /// The tree as readers see it.
    var reader: BTreeV2 { get throws { try BTreeV2(address: address, storage: storage) } }

    /// The record that `compare` finds; nil where there is none.
    func find(_ compare: (inout ByteCursor) throws -> BTreeV2.Comparison) throws -> [UInt8]? {
        var found: [UInt8]?
        try reader.search { cursor in
            let place = try compare(&cursor)
            if place == .found {
                try cursor.move(to: 0)
                found = try cursor.readArray(header.recordSize)
            }
            return place
        }
        return found
    }

    /// Makes changes that stand in the order of the tree, and writes what they change.
    ///
    /// - Returns: The former records of those that were replaced or removed, one behind the other in the order of the changes.
    /// - Throws: `H5Error` with the code `exists` or `notFound` where a record is there that should not be, or is not; the
    ///   tree is then as it was.
    @discardableResult
    mutating func apply(_ changes: BTreeV2Changes, order: Order) throws -> [UInt8] {
        guard !changes.isEmpty else { return [] }
        guard changes.recordSize == header.recordSize else {
            throw H5Error(.invalidArgument, "the records of a B-tree have \(header.recordSize) bytes", address: address)
        }
        for index in 1..<max(changes.count, 1) {
            guard try order(changes.record(index - 1), changes.record(index)) == .before else {
                throw H5Error(.invalidArgument, "changes of a B-tree are not in its order", address: address)
            }
        }
        let tree = try BTreeV2WorkingTree(header, storage: storage)
        try tree.loadRoot()
        try tree.apply(changes, order)
        try store(tree)
        return tree.former
    }

    /// Gives the space of all nodes and of the header back.
    func remove() throws {
        try BTreeV2WorkingTree(header, storage: storage).releaseNodes()
        try storage.release(address, BTreeV2Header.size(storage.sizes))
    }

    /// Writes the nodes of a tree that changed, and the header.
    private mutating func store(_ tree: BTreeV2WorkingTree) throws {
        let header = try tree.store()
        try storage.write(at: address) { try header.encode(to: &$0) }
        self.header = header
    }
}
