import HDF5Format

/// Puts objects into the global heap of a file, and takes them out.
///
/// Some collections are kept in memory, those used last. New objects go where there is room among them, and into a new
/// collection otherwise; a collection is written when others take its place, or by `flush`, after which readers see it.
/// A collection without objects is released. What the file's other collections have free is not known and not looked for.
///
/// One for each open file, for as long as its changes are neither committed nor discarded; of one caller at a time.
final class GlobalHeapEditor: VariableLengthStore {
    private struct Kept {
        let address: UInt64
        var image: GlobalHeapImage
        var isChanged: Bool
    }

    private let storage: FileStorage
    /// What readers have in memory of the heap.
    private let heap: GlobalHeap
    /// The collections in memory, the one used last at the end.
    private var kept: [Kept] = []
    /// The collections that were released, whose bytes may still look like one.
    private var released: Set<UInt64> = []
    /// The bytes of all collections that were made.
    private var made = 0
    /// What new collections have at most, unless one object is larger.
    private static let largestNew = 64 << 10
    /// How many collections are kept, which together are small unless single objects are large.
    private static let keptCount = 16
    /// Larger collections are not kept: they belong to one object as a rule.
    private static let largestKept = 64 << 10

    init(storage: FileStorage, heap: GlobalHeap) {
        self.storage = storage
        self.heap = heap
    }

    var sizes: FieldSizes { storage.sizes }

    // MARK: Objects

    func store(_ bytes: RawSpan) throws -> GlobalHeapIdentifier {
        let header = GlobalHeapCollection.headerSize(sizes)
        guard let room = GlobalHeapImage.room(for: bytes.byteCount, sizes), room <= Int.max - header else {
            throw H5Error(.invalidArgument, "an object of \(bytes.byteCount) bytes is too large for the global heap")
        }
        // The one used last comes first, and mostly has room.
        if let last = kept.indices.last, let index = try kept[last].image.add(bytes, room: room) {
            kept[last].isChanged = true
            return GlobalHeapIdentifier(address: kept[last].address, index: index)
        }
        for place in kept.indices.dropLast().reversed() where kept[place].image.free >= room {
            guard let index = try kept[place].image.add(bytes, room: room) else { continue }
            kept[place].isChanged = true
            let address = kept[place].address
            use(place)
            return GlobalHeapIdentifier(address: address, index: index)
        }
        // The more is stored, the larger the collections: a small part of them stays unused.
        let usual = min(
            Self.largestNew, max(GlobalHeapImage.minimumSize, made / 16 & ~(GlobalHeapImage.minimumSize - 1)))
        var image = try GlobalHeapImage(size: max(usual, header + room), sizes: sizes)
        guard let index = try image.add(bytes, room: room) else {
            throw H5Error(.invalidArgument, "an object of \(bytes.byteCount) bytes does not fit the global heap")
        }
        let address = try storage.allocate(image.size)
        noteMade(address, size: image.size)
        try keep(Kept(address: address, image: image, isChanged: true))
        return GlobalHeapIdentifier(address: address, index: index)
    }

    /// Keeps very many texts in collections of their own, and writes to the element of each what leads there.
    ///
    /// - Parameter check: Throws where a text cannot be stored; gets its bytes and its number.
    func store(
        _ strings: [String], elements: SharedMemory, check: @escaping @Sendable (RawSpan, Int) throws -> Void
    ) throws {
        var texts = try TextCollections(strings, sizes: sizes)
        for place in try texts.allocate(in: storage) { noteMade(place.address, size: place.size) }
        do {
            try texts.write(to: storage, elements: elements, check: check)
        } catch {
            try texts.release(in: storage)
            throw error
        }
    }

    /// Takes note of a new collection.
    private func noteMade(_ address: UInt64, size: Int) {
        released.remove(address)
        heap.forget(address)
        made += size
    }

    func remove(_ identifier: GlobalHeapIdentifier) throws {
        let place = try open(identifier.address)
        guard kept[place].image.remove(identifier.index) else { throw missing(identifier) }
        kept[place].isChanged = true
    }

    func take(_ identifier: GlobalHeapIdentifier) throws -> [UInt8] {
        let place = try open(identifier.address)
        guard let bytes = try kept[place].image.object(identifier.index), kept[place].image.remove(identifier.index)
        else { throw missing(identifier) }
        kept[place].isChanged = true
        return bytes
    }

    private func missing(_ identifier: GlobalHeapIdentifier) -> H5Error {
        H5Error(
            .damaged, "the global heap collection has no object \(identifier.index)", file: storage.name,
            address: identifier.address)
    }

    // MARK: Collections

    /// Makes readers see all that was changed.
    func flush() throws {
        for place in kept.indices.reversed() {
            try write(place)
            // What was released must not be used again, whatever happens to the others.
            if kept[place].image.isEmpty || kept[place].image.size > Self.largestKept { kept.remove(at: place) }
        }
    }

    /// Moves a collection to the end, as the one used last.
    private func use(_ place: Int) {
        guard place != kept.count - 1 else { return }
        kept.append(kept.remove(at: place))
    }

    /// The place of a collection, which is the one used last from now on.
    private func open(_ address: UInt64) throws -> Int {
        if let place = kept.lastIndex(where: { $0.address == address }) {
            use(place)
            return kept.count - 1
        }
        guard !released.contains(address) else {
            throw H5Error(
                .damaged, "the objects of a global heap collection were removed already", file: storage.name,
                address: address)
        }
        let headerSize = GlobalHeapCollection.headerSize(sizes)
        let size = try storage.withCursor(at: address, count: headerSize) { try GlobalHeapCollection.size(from: &$0) }
        let count = try Int(checking: size, "the size of a global heap collection")
        let image = try storage.withBytes(at: address, count: count) {
            try GlobalHeapImage($0, sizes: sizes, address: address)
        }
        return try keep(Kept(address: address, image: image, isChanged: false))
    }

    /// Takes a collection in as the one used last; the one that was not used for longest makes room for it.
    @discardableResult
    private func keep(_ collection: Kept) throws -> Int {
        // What is large goes as soon as another one is used.
        for place in kept.indices.reversed() where kept[place].image.size > Self.largestKept {
            try write(place)
            kept.remove(at: place)
        }
        if kept.count >= Self.keptCount {
            try write(0)
            kept.removeFirst()
        }
        kept.append(collection)
        return kept.count - 1
    }

    /// Writes a collection that was changed, or releases it where nothing is left.
    private func write(_ place: Int) throws {
        let address = kept[place].address
        guard kept[place].isChanged else { return }
        if kept[place].image.isEmpty {
            try storage.release(address, kept[place].image.size)
            released.insert(address)
        } else {
            try storage.write(try kept[place].image.encoded(), at: address)
        }
        kept[place].isChanged = false
        heap.forget(address)
    }
}
