import HDF5Format

/// Reads objects of the global heap: variable-length data and the targets of region references.
///
/// Collections are parsed once and kept while they are in use; the total kept is bounded.
final class GlobalHeap: Sendable {
    /// A collection in memory.
    final class Collection: Sendable {
        let address: UInt64
        private let bytes: [UInt8]
        private let parsed: GlobalHeapCollection

        fileprivate init(address: UInt64, bytes: [UInt8], sizes: FieldSizes) throws {
            self.address = address
            self.bytes = bytes
            var cursor = ByteCursor(bytes.span.bytes, sizes: sizes, address: address)
            parsed = try GlobalHeapCollection(from: &cursor)
        }

        fileprivate var count: Int { bytes.count }

        /// Gives `body` the bytes of an object.
        func withObject<R>(_ index: UInt32, _ body: (RawSpan) throws -> R) throws -> R {
            guard let entry = parsed.entry(index) else {
                throw H5Error(.damaged, "the global heap collection has no object \(index)", address: address)
            }
            let bytes = bytes
            return try body(bytes.span.bytes.extracting(entry.offset..<(entry.offset + entry.count)))
        }
    }

    private struct Kept {
        var collections: [UInt64: Collection] = [:]
        var order: [UInt64] = []
        var bytes = 0
    }

    private let storage: FileStorage
    private let kept = Locked(Kept())
    /// Collections are 4 KiB as a rule, so this is some thousand of them.
    private static let capacity = 4 << 20

    init(storage: FileStorage) { self.storage = storage }

    /// The collection at an address.
    func collection(_ address: UInt64) throws -> Collection {
        if let known = kept.withLock({ $0.collections[address] }) { return known }
        let headerSize = GlobalHeapCollection.headerSize(storage.sizes)
        let size = try storage.withCursor(at: address, count: headerSize) { try GlobalHeapCollection.size(from: &$0) }
        let count = try Int(checking: size, "the size of a global heap collection")
        let bytes = try storage.withBytes(at: address, count: count) { Array(copying: $0) }
        let collection = try Collection(address: address, bytes: bytes, sizes: storage.sizes)
        kept.withLock { kept in
            guard kept.collections[address] == nil else { return }
            kept.collections[address] = collection
            kept.order.append(address)
            kept.bytes += count
            var dropped = 0
            while kept.bytes > Self.capacity, dropped < kept.order.count - 1 {
                if let old = kept.collections.removeValue(forKey: kept.order[dropped]) { kept.bytes -= old.count }
                dropped += 1
            }
            // One removal from the front per eight collections keeps the cost of shifting small.
            if dropped > 0 { kept.order.removeFirst(dropped) }
        }
        return collection
    }

    /// Gives `body` the bytes of an object.
    func withObject<R>(_ identifier: GlobalHeapIdentifier, _ body: (RawSpan) throws -> R) throws -> R {
        try collection(identifier.address).withObject(identifier.index, body)
    }
}
