import HDF5Format

@testable import HDF5

/// A file in memory that consists of a superblock and one global heap collection.
struct HeapFile {
    /// Where the collection lies.
    static let heapAddress = 64
    private var objects: [[UInt8]] = []

    /// Adds an object; gives its index.
    mutating func add(_ bytes: [UInt8]) -> UInt32 {
        objects.append(bytes)
        return UInt32(objects.count)
    }

    /// The descriptor of `count` elements in an object.
    static func descriptor(_ count: Int, _ index: UInt32) -> [UInt8] {
        stored(UInt32(truncatingIfNeeded: count), 4) + identifier(index)
    }

    /// The heap address and index of an object.
    static func identifier(_ index: UInt32) -> [UInt8] {
        stored(UInt64(index == 0 ? 0 : heapAddress), 8) + stored(index, 4)
    }

    /// Adds elements; gives their descriptor.
    mutating func sequence(_ elements: [[UInt8]]) -> [UInt8] {
        Self.descriptor(elements.count, add(elements.flatMap { $0 }))
    }

    /// Adds text; gives its descriptor.
    mutating func string(_ text: String) -> [UInt8] {
        Self.descriptor(text.utf8.count, add(Array(text.utf8)))
    }

    func context(limits: H5Limits = .untrusted) throws -> FileContext {
        var heap: [UInt8] = []
        for (number, object) in objects.enumerated() {
            heap +=
                stored(UInt16(number + 1), 2) + stored(UInt16(1), 2) + [0, 0, 0, 0] + stored(UInt64(object.count), 8)
            heap += object + [UInt8](repeating: 0, count: (8 - object.count % 8) % 8)
        }
        heap = Array("GCOL".utf8) + [1, 0, 0, 0] + stored(UInt64(heap.count + 16), 8) + heap
        var superblock: [UInt8] = Superblock.signature + [2, 8, 8, 0]
        superblock += stored(UInt64(0), 8) + stored(UInt64.max, 8) + stored(UInt64(64 + heap.count), 8)
        superblock += stored(UInt64(48), 8)
        superblock += stored(MetadataChecksum.lookup3(superblock.span.bytes), 4)
        let bytes = superblock + [UInt8](repeating: 0, count: Self.heapAddress - superblock.count) + heap
        var cursor = ByteCursor(superblock.span.bytes, sizes: FieldSizes())
        let source = MemorySource(bytes)
        let storage = FileStorage(
            source: source, cache: BlockCache(source: source, capacity: 1 << 20), name: "memory", sizes: FieldSizes(),
            baseAddress: 0, limits: limits)
        return FileContext(
            storage: storage, superblock: try Superblock(from: &cursor), sharedMessages: nil, path: nil,
            externalFiles: .none)
    }
}
