import HDF5Format

/// Reads objects of the global heap: variable-length data and the targets of region references.
///
/// Collections are parsed once and kept while they are in use; the total kept is bounded.
final class GlobalHeap: Sendable {
    /// A collection in memory.
    struct Collection: Sendable {
        /// Where the collection lies; no structure lies at the highest address.
        fileprivate(set) var address = UInt64.max
        /// The bytes of the collection, `count` of them; more where the memory served a larger one before.
        fileprivate private(set) var bytes: [UInt8] = []
        fileprivate private(set) var count = 0
        private var parsed = GlobalHeapCollection()

        /// A place for a collection.
        init() {}

        fileprivate init(address: UInt64, bytes: [UInt8], sizes: FieldSizes) throws {
            self.bytes = bytes
            try parse(address, count: bytes.count, sizes)
        }

        private mutating func parse(_ address: UInt64, count: Int, _ sizes: FieldSizes) throws {
            let bytes = bytes
            var cursor = ByteCursor(bytes.span.bytes.extracting(0..<count), sizes: sizes, address: address)
            try parsed.read(from: &cursor)
            self.count = count
            self.address = address
        }

        /// Reads a collection of at most `limit` bytes in place of this one; false where it is larger.
        ///
        /// - Parameter expected: What its size probably is.
        fileprivate mutating func replace(
            with address: UInt64, expected: Int, limit: Int, from storage: FileStorage
        ) throws -> Bool {
            self.address = .max
            let headerSize = GlobalHeapCollection.headerSize(storage.sizes)
            var found = try storage.read(at: address, upTo: min(max(expected, headerSize), limit), into: &bytes)
            let size = try {
                var cursor = ByteCursor(
                    bytes.span.bytes.extracting(0..<found), sizes: storage.sizes, address: address)
                return try GlobalHeapCollection.size(from: &cursor)
            }()
            guard size <= UInt64(limit) else { return false }
            let count = try Int(checking: size, "the size of a global heap collection")
            if found < count { found = try storage.read(at: address, upTo: count, into: &bytes) }
            try storage.checkExtent(address, size)
            try parse(address, count: min(found, count), storage.sizes)
            return true
        }

        /// Where an object lies, and the bytes that it lies in.
        func object(_ index: UInt32) throws -> (bytes: [UInt8], range: Range<Int>) {
            (bytes, try range(of: index))
        }

        /// Where an object lies.
        @inline(__always)
        func range(of index: UInt32) throws -> Range<Int> {
            guard let entry = parsed.entry(index) else {
                throw H5Error(.damaged, "the global heap collection has no object \(index)", address: address)
            }
            return entry.offset..<(entry.offset &+ entry.count)
        }

        /// Gives `body` some of the collection's bytes.
        @inline(__always)
        func withBytes<R>(_ range: Range<Int>, _ body: (RawSpan) throws -> R) rethrows -> R {
            try body(bytes.span.bytes.extracting(range))
        }
    }

    private struct Kept {
        var collections: [UInt64: Collection] = [:]
        var order: [UInt64] = []
        var bytes = 0
    }

    private let storage: FileStorage
    private let kept = Locked(Kept())
    /// Collections are 4 or 64 KiB as a rule, so this is a hundred of them and more.
    private static let capacity = 4 << 20
    /// Collections larger than this come with many objects that are worth keeping.
    private static let largestPassing = 64 << 10

    init(storage: FileStorage) { self.storage = storage }

    /// The collection at an address, which is kept for others who ask for it.
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

    /// Reads the collection at an address into memory of the caller, past what is kept; large ones are kept all the same.
    func read(_ address: UInt64, expected: Int, into collection: inout Collection) throws {
        let isPassing = try collection.replace(
            with: address, expected: expected, limit: Self.largestPassing, from: storage)
        if !isPassing { collection = try self.collection(address) }
    }

    /// Forgets a collection that was changed or released.
    func forget(_ address: UInt64) {
        kept.withLock { kept in
            guard let old = kept.collections.removeValue(forKey: address) else { return }
            kept.bytes -= old.count
            if let place = kept.order.firstIndex(of: address) { kept.order.remove(at: place) }
        }
    }

    /// Gives `body` the bytes of an object.
    func withObject<R>(_ identifier: GlobalHeapIdentifier, _ body: (RawSpan) throws -> R) throws -> R {
        let object = try collection(identifier.address).object(identifier.index)
        return try body(object.bytes.span.bytes.extracting(object.range))
    }
}

/// The collections that one reader used last.
///
/// Libraries fill some collections side by side, so elements lead to and fro among a few of them. A reader that has
/// seen more than a few collections reads each further one into memory that served another, since nobody asks
/// for it again; what it comes back to later is taken from those that the file keeps, so that no order of
/// elements makes it read a collection again and again.
struct RecentCollections: Sendable {
    private var current = GlobalHeap.Collection()
    private var others: [GlobalHeap.Collection] = []
    /// When each of the others was used last.
    private var uses: [Int] = []
    /// How often another collection was needed.
    private var changes = 0
    /// Where the collections lie that were read.
    private var met: Set<UInt64> = []

    /// libhdf5 fills at most 16 collections side by side.
    private static let capacity = 16
    /// The collections of a short reading are shared: others read the like.
    private static let few = 4

    /// Whether the collection at an address is the one at hand.
    @inline(__always)
    func isAt(_ address: UInt64) -> Bool { current.address == address }

    /// Where an object of the collection at hand lies, and the bytes that it lies in.
    @inline(__always)
    func object(_ index: UInt32) throws -> (bytes: [UInt8], range: Range<Int>) { try current.object(index) }

    /// Where an object of the collection at hand lies.
    @inline(__always)
    func range(of index: UInt32) throws -> Range<Int> { try current.range(of: index) }

    /// The bytes of the collection at hand.
    var bytes: [UInt8] { current.bytes }

    /// Gives `body` some bytes of the collection at hand, without counting another reference to them.
    @inline(__always)
    func withBytes<R>(_ range: Range<Int>, _ body: (RawSpan) throws -> R) rethrows -> R {
        try current.withBytes(range, body)
    }

    /// Takes another collection to hand.
    @inline(never)
    mutating func move(to address: UInt64, in heap: GlobalHeap) throws {
        changes &+= 1
        if let known = others.firstIndex(where: { $0.address == address }) {
            swap(&current, &others[known])
            uses[known] = changes
            return
        }
        let expected = current.count
        if current.address != .max {
            if others.count < Self.capacity - 1 {
                others.append(current)
                uses.append(changes)
                current = GlobalHeap.Collection()
            } else if let oldest = uses.indices.min(by: { uses[$0] < uses[$1] }) {
                swap(&current, &others[oldest])
                uses[oldest] = changes
            }
        }
        if met.insert(address).inserted, met.count > Self.few {
            try heap.read(address, expected: expected, into: &current)
        } else {
            current = try heap.collection(address)
        }
    }
}
