import HDF5Format

@testable import HDF5

/// A file in memory whose global heap is written to, for tests of what goes there.
final class HeapStore: VariableLengthStore {
    let transaction: FileTransaction
    let storage: FileStorage
    let heap: GlobalHeap
    private let editor: GlobalHeapEditor
    /// The objects that there are.
    private(set) var count = 0

    init(sizes: FieldSizes = FieldSizes()) throws {
        transaction = try .create("memory.h5", replacing: true, store: MemoryFiles())
        storage = FileStorage(
            source: transaction, cache: BlockCache(source: transaction, capacity: 1 << 20), name: "memory",
            sizes: sizes,
            baseAddress: 0, limits: .untrusted, transaction: transaction)
        heap = GlobalHeap(storage: storage)
        editor = GlobalHeapEditor(storage: storage, heap: heap)
        // Address 0 means none; in a file the superblock lies there.
        _ = try storage.allocate(96)
    }

    var sizes: FieldSizes { storage.sizes }

    func store(_ bytes: RawSpan) throws -> GlobalHeapIdentifier {
        count += 1
        return try editor.store(bytes)
    }

    func remove(_ identifier: GlobalHeapIdentifier) throws {
        try editor.remove(identifier)
        count -= 1
    }

    func take(_ identifier: GlobalHeapIdentifier) throws -> [UInt8] {
        let bytes = try editor.take(identifier)
        count -= 1
        return bytes
    }

    func flush() throws { try editor.flush() }

    /// What readers need of the file.
    func context() throws -> FileContext {
        try flush()
        var superblock: [UInt8] = Superblock.signature + [2, UInt8(sizes.offsets), UInt8(sizes.lengths), 0]
        for value in [UInt64(0), .max, storage.size, 48] { superblock += stored(value, sizes.offsets) }
        superblock += stored(MetadataChecksum.lookup3(superblock.span.bytes), 4)
        var cursor = ByteCursor(superblock.span.bytes, sizes: FieldSizes())
        return FileContext(
            storage: storage, superblock: try Superblock(from: &cursor), sharedMessages: nil, path: nil,
            externalFiles: .none)
    }
}
