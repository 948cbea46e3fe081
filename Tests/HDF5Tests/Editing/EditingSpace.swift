import HDF5Format
import Testing

@testable import HDF5

/// A new file in memory for structures that tests build and change.
struct EditingSpace {
    let transaction: FileTransaction
    let storage: FileStorage
    /// The bytes at the start that belong to nothing.
    static let reserved = 8

    init(sizes: FieldSizes = FieldSizes(), limits: H5Limits = .untrusted) throws {
        let transaction = try FileTransaction.create("memory", replacing: false, store: MemoryStore())
        self.transaction = transaction
        storage = FileStorage(
            source: transaction, cache: BlockCache(source: transaction, capacity: 1 << 20), name: "memory",
            sizes: sizes, baseAddress: 0, limits: limits, transaction: transaction)
        _ = try storage.allocate(Self.reserved)
    }

    /// A file in memory that exists already.
    init(bytes: [UInt8]) throws {
        let store = MemoryStore()
        store.add("memory", bytes)
        let transaction = try FileTransaction.open("memory", store: store)
        self.transaction = transaction
        storage = FileStorage(
            source: transaction, cache: BlockCache(source: transaction, capacity: 1 << 20), name: "memory",
            sizes: FieldSizes(), baseAddress: 0, limits: .untrusted, transaction: transaction)
    }

    /// The bytes that are allocated.
    var allocated: UInt64 { transaction.size - transaction.freeBytes - UInt64(Self.reserved) }
}

/// Files in memory by name.
private final class MemoryStore: FileStore {
    private let files = Locked<[String: MemoryFile]>([:])

    func add(_ path: String, _ bytes: [UInt8]) { files.withLock { $0[path] = MemoryFile(bytes) } }

    func create(_ path: String) throws -> any WritableFile {
        let file = MemoryFile()
        files.withLock { $0[path] = file }
        return file
    }

    func open(_ path: String) throws -> any WritableFile {
        guard let file = files.withLock({ $0[path] }) else { throw H5Error(.noSuchFile, "no such file") }
        return file
    }

    func openIfPresent(_ path: String) throws -> (any ByteSource)? { files.withLock { $0[path] } }
    func exists(_ path: String) -> Bool { files.withLock { $0[path] != nil } }
    func rename(_ path: String, to target: String, replacing: Bool) throws {
        files.withLock { $0[target] = $0.removeValue(forKey: path) }
    }
    func remove(_ path: String) throws { _ = files.withLock { $0.removeValue(forKey: path) } }
    func synchronizeFolder(of path: String) throws {}
}

/// The bytes that a block of some size takes in the file.
func taken(_ size: Int) -> UInt64 { UInt64(size) }
