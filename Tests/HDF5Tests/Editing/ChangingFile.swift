import HDF5Format
import Testing

@testable import HDF5

/// Files in memory by their paths, for a transaction to work with.
struct MemoryFiles: FileStore {
    private let files = Locked<[String: MemoryFile]>([:])

    private func missing(_ path: String) -> H5Error { H5Error(.noSuchFile, "there is no \(path)") }

    func create(_ path: String) throws -> any WritableFile {
        try files.withLock { files in
            guard files[path] == nil else { throw H5Error(.exists, "there is \(path) already") }
            let file = MemoryFile()
            files[path] = file
            return file
        }
    }

    func open(_ path: String) throws -> any WritableFile {
        guard let file = files.withLock({ $0[path] }) else { throw missing(path) }
        return file
    }

    func openIfPresent(_ path: String) throws -> (any ByteSource)? { files.withLock { $0[path] } }
    func exists(_ path: String) -> Bool { files.withLock { $0[path] != nil } }

    func rename(_ path: String, to target: String, replacing: Bool) throws {
        try files.withLock { files in
            guard let file = files.removeValue(forKey: path) else { throw missing(path) }
            files[target] = file
        }
    }

    func remove(_ path: String) throws { files.withLock { $0[path] = nil } }
    func synchronizeFolder(of path: String) throws {}
}

/// A new file in memory in which structures are made and changed; its first bytes are taken, as by a superblock.
struct ChangingFile {
    let transaction: FileTransaction
    let context: FileContext
    var storage: FileStorage { context.storage }

    init(
        sizes: FieldSizes = FieldSizes(), groupLeafK: UInt16 = 4, groupInternalK: UInt16 = 16,
        chunkInternalK: UInt16 = 32, limits: H5Limits = .standard
    ) throws {
        transaction = try FileTransaction.create("test", replacing: false, store: MemoryFiles())
        let storage = FileStorage(
            source: transaction, cache: BlockCache(source: transaction, capacity: limits.metadataCache), name: "test",
            sizes: sizes, baseAddress: 0, limits: limits, transaction: transaction)
        let superblock = Superblock(
            version: 1, sizes: sizes, endOfFile: 0, rootHeaderAddress: 0, groupLeafK: groupLeafK,
            groupInternalK: groupInternalK, chunkInternalK: chunkInternalK)
        context = FileContext(
            storage: storage, superblock: superblock, sharedMessages: nil, path: nil, externalFiles: .none)
        let first = try storage.allocate(96)
        try storage.write([UInt8](repeating: 0xA5, count: 96), at: first)
    }

    /// The bytes in use behind the first ones.
    var usedBytes: Int { Int(storage.size - transaction.freeBytes) - 96 }

    /// What a block takes that was allocated with a size.
    static let granularity: Int = {
        guard let file = try? ChangingFile(), (try? file.storage.allocate(1)) != nil else { return 1 }
        return file.usedBytes
    }()
    /// Whether blocks come back as they were after a commit, which forgets how they were rounded.
    var isExact: Bool { Self.granularity == 1 || (storage.sizes.offsets == 8 && storage.sizes.lengths == 8) }

    static func rounded(_ count: Int) -> Int { (count + granularity - 1) / granularity * granularity }
}

/// Goes over every node of a version 1 B-tree and checks what nodes say of each other.
struct TreeInspection {
    let storage: FileStorage
    let type: BTreeV1Node.NodeType
    let rank: Int
    let k: UInt16
    /// The bytes of all nodes, each as large as what was allocated for it.
    private(set) var bytes = 0
    /// The children of the leaves with the keys around them, from left to right.
    private(set) var items: [(left: [UInt8], child: UInt64, right: [UInt8])] = []
    private(set) var levels = 0

    init(_ address: UInt64, _ type: BTreeV1Node.NodeType, rank: Int, k: UInt16, in storage: FileStorage) throws {
        self.storage = storage
        self.type = type
        self.rank = rank
        self.k = k
        var places = [address]
        var expectedChildren: [(left: [UInt8], child: UInt64, right: [UInt8])]?
        repeat {
            var next: [(left: [UInt8], child: UInt64, right: [UInt8])] = []
            var level = 0
            for (index, place) in places.enumerated() {
                let (prefix, children) = try node(place)
                level = prefix.level
                if levels == 0 { levels = prefix.level + 1 }
                #expect(prefix.leftSibling == (index > 0 ? places[index - 1] : nil))
                #expect(prefix.rightSibling == (index + 1 < places.count ? places[index + 1] : nil))
                #expect(prefix.count <= 2 * Int(k))
                if let expectedChildren {
                    #expect(prefix.count > 0)
                    // The keys around a node are those of the node above.
                    #expect(children.first?.left == expectedChildren[index].left)
                    #expect(children.last?.right == expectedChildren[index].right)
                }
                if let last = next.last, let first = children.first { #expect(last.right == first.left) }
                next += children
                bytes += ChangingFile.rounded(BTreeV1Node.usedSize(type, rank: rank, count: 2 * Int(k), storage.sizes))
            }
            if level == 0 {
                items = next
                return
            }
            // A root with one child would be a level too many.
            if expectedChildren == nil { #expect(next.count > 1) }
            expectedChildren = next
            places = next.map(\.child)
        } while true
    }

    private func node(_ address: UInt64) throws -> (BTreeV1Node, [(left: [UInt8], child: UInt64, right: [UInt8])]) {
        let size = BTreeV1Node.usedSize(type, rank: rank, count: 2 * Int(k), storage.sizes)
        return try storage.withCursor(at: address, count: size) { cursor in
            let prefix = try BTreeV1Node(from: &cursor, expecting: type)
            let keySize = BTreeV1Node.keySize(type, rank: rank, storage.sizes)
            var children: [(left: [UInt8], child: UInt64, right: [UInt8])] = []
            var left = try cursor.readArray(keySize)
            for _ in 0..<prefix.count {
                let child = try cursor.readDefinedAddress("child")
                let right = try cursor.readArray(keySize)
                children.append((left, child, right))
                left = right
            }
            return (prefix, children)
        }
    }
}
