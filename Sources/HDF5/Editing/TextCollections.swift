import HDF5Format

/// Very many texts on their way into the global heap, in collections of their own.
///
/// What each collection holds follows from the lengths of the texts, so places are given out before anything is encoded, and
/// the file is the same whatever the number of threads that encode.
struct TextCollections: Sendable {
    private struct Collection {
        /// The texts by their numbers.
        var texts: Range<Int>
        var size: Int
    }

    /// Neighbouring collections that one thread encodes and writes together.
    private struct Portion {
        var collections: Range<Int>
        var size = 0
        var address: UInt64 = 0
    }

    /// Fewer texts go where there is room among those of earlier calls.
    static let fewestTexts = 4_096
    /// What collections have at most, unless one text is larger.
    private static let largestCollection = 64 << 10
    private static let batchBytes = 1 << 20

    private let strings: [String]
    private let sizes: FieldSizes
    private var collections: [Collection] = []
    private var portions: [Portion] = []

    /// Plans collections for texts.
    init(_ strings: [String], sizes: FieldSizes) throws {
        self.strings = strings
        self.sizes = sizes
        let header = GlobalHeapCollection.headerSize(sizes)
        var current = Collection(texts: 0..<0, size: header)
        for (number, text) in strings.enumerated() {
            guard let room = GlobalHeapImage.room(for: text.utf8.count, sizes), room <= Int.max - header else {
                throw H5Error(.invalidArgument, "a text of \(text.utf8.count) bytes is too large for the global heap")
            }
            if !current.texts.isEmpty,
                current.size + room > Self.largestCollection || current.texts.count == GlobalHeapImage.maximumIndex
            {
                close(current)
                current = Collection(texts: number..<number, size: header)
            }
            current.texts = current.texts.lowerBound..<(number + 1)
            current.size += room
        }
        if !current.texts.isEmpty { close(current) }
    }

    private mutating func close(_ collection: Collection) {
        var collection = collection
        collection.size = max(collection.size, GlobalHeapImage.minimumSize)
        if portions.last.map({ $0.size >= Self.batchBytes }) ?? true {
            portions.append(Portion(collections: collections.count..<collections.count))
        }
        collections.append(collection)
        let last = portions.count - 1
        portions[last].collections = portions[last].collections.lowerBound..<collections.count
        portions[last].size += collection.size
    }

    /// Finds room for all collections.
    mutating func allocate(in storage: FileStorage) throws -> [(address: UInt64, size: Int)] {
        for index in portions.indices { portions[index].address = try storage.allocate(portions[index].size) }
        return collections.isEmpty ? [] : places
    }

    /// Where the collections are.
    private var places: [(address: UInt64, size: Int)] {
        portions.flatMap { batch in
            var address = batch.address
            return collections[batch.collections].map { collection in
                defer { address += UInt64(collection.size) }
                return (address, collection.size)
            }
        }
    }

    /// Gives the room back.
    func release(in storage: FileStorage) throws {
        for batch in portions { try storage.release(batch.address, batch.size) }
    }

    /// Writes the texts, and to the elements of each what leads there.
    ///
    /// - Parameters:
    ///   - elements: Memory for an element of each text, side by side.
    ///   - check: Throws where a text cannot be stored; gets its bytes and its number.
    func write(
        to storage: FileStorage, elements: SharedMemory, check: @escaping @Sendable (RawSpan, Int) throws -> Void
    ) throws {
        let elementSize = VariableLengthDescriptor.size(sizes)
        try WorkerThreads.run(count: min(storage.limits.threadCount, portions.count)) { _, control in
            while !control.isCancelled {
                let number = control.claim()
                guard number < portions.count else { return }
                let batch = portions[number]
                var builder = ByteBuilder(sizes: sizes)
                builder.reserveCapacity(batch.size + 8)
                for collection in collections[batch.collections] {
                    let start = builder.count
                    let address = batch.address + UInt64(start)
                    try GlobalHeapCollection.encodeHeader(size: collection.size, to: &builder)
                    for text in collection.texts {
                        guard let element = elements.slice(text * elementSize, elementSize)?.baseAddress else {
                            throw H5Error(.invalidArgument, "there are more texts than elements")
                        }
                        let index = UInt16(truncatingIfNeeded: text - collection.texts.lowerBound + 1)
                        var string = strings[text]
                        // The buffer is only read, inside the closure.
                        try string.withUTF8 { utf8 in
                            let bytes = RawSpan(_unsafeElements: utf8)
                            try check(bytes, text)
                            guard let count = UInt32(exactly: bytes.byteCount) else {
                                throw H5Error(.invalidArgument, "element \(text): the text is too long")
                            }
                            try GlobalHeapCollection.encode(bytes, index: index, to: &builder)
                            VariableLengthDescriptor(
                                count: count, identifier: GlobalHeapIdentifier(address: address, index: UInt32(index))
                            ).write(to: element, sizes)
                        }
                    }
                    try GlobalHeapCollection.encodeFreeSpace(from: start, size: collection.size, to: &builder)
                }
                try storage.write(builder.bytes, at: batch.address)
            }
        }
    }
}
