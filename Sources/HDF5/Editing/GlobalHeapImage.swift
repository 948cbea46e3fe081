import HDF5Format

/// A global heap collection in memory, whose objects come and go.
///
/// The objects lie one behind the other, as they came. The bytes of one that goes are taken out when their room is needed
/// or the collection is written; indexes stay, since elements hold them.
struct GlobalHeapImage {
    /// What collections have at least.
    static let minimumSize = 4096
    /// What objects have as index at most.
    static let maximumIndex = Int(UInt16.max)

    /// Where an object lies with its header; count 0: nowhere.
    private struct Place {
        var start = 0
        var count = 0
    }

    /// The bytes of the collection in the file.
    let size: Int
    /// The header and the objects, those that went included.
    private var builder: ByteBuilder
    /// The objects by index; 0 is none.
    private var places = [Place()]
    /// The bytes of the header and of the objects that are there.
    private var used: Int
    /// The number of objects that are there.
    private var count = 0
    /// No index below it is free.
    private var firstFreeIndex = 1

    /// The room that an object of `count` bytes takes; nil where no collection has it.
    static func room(for count: Int, _ sizes: FieldSizes) -> Int? {
        let (sum, overflow) = count.addingReportingOverflow(GlobalHeapCollection.objectHeaderSize(sizes) + 7)
        return overflow || count < 0 ? nil : sum & ~7
    }

    /// A collection without objects.
    init(size: Int, sizes: FieldSizes) throws {
        self.size = size
        builder = ByteBuilder(sizes: sizes)
        builder.reserveCapacity(size)
        try GlobalHeapCollection.encodeHeader(size: size, to: &builder)
        used = builder.count
    }

    /// A collection as it is in the file.
    init(_ bytes: RawSpan, sizes: FieldSizes, address: UInt64) throws {
        var cursor = ByteCursor(bytes, sizes: sizes, address: address)
        let collection = try GlobalHeapCollection(from: &cursor)
        try self.init(size: bytes.byteCount, sizes: sizes)
        for (index, entry) in collection.entries.sorted(by: { $0.entry.offset < $1.entry.offset }) {
            guard let room = Self.room(for: entry.count, sizes), room <= size - used else {
                throw H5Error(.damaged, "the objects of a global heap collection overlap", address: address)
            }
            let object = bytes.extracting(entry.offset..<(entry.offset + entry.count))
            try append(object, index: Int(index), referenceCount: entry.referenceCount, room: room)
        }
    }

    /// Whether there are no objects.
    var isEmpty: Bool { count == 0 }

    /// The room that there is.
    var free: Int { size - used }

    private mutating func append(_ bytes: RawSpan, index: Int, referenceCount: UInt16, room: Int) throws {
        let start = builder.count
        try GlobalHeapCollection.encode(
            bytes, index: UInt16(truncatingIfNeeded: index), referenceCount: referenceCount, to: &builder)
        while places.count <= index { places.append(Place()) }
        places[index] = Place(start: start, count: room)
        used += room
        count += 1
    }

    /// Adds an object; gives its index, or nil where there is no room for it.
    ///
    /// - Parameter room: What `room(for:)` says of the object.
    mutating func add(_ bytes: RawSpan, room: Int) throws -> UInt32? {
        guard room <= free else { return nil }
        while firstFreeIndex < places.count, places[firstFreeIndex].count > 0 { firstFreeIndex += 1 }
        let index = firstFreeIndex
        guard index <= Self.maximumIndex else { return nil }
        if room > size - builder.count { compact() }
        try append(bytes, index: index, referenceCount: 0, room: room)
        return UInt32(index)
    }

    private func place(_ index: UInt32) -> Place? {
        guard index > 0, index < UInt32(places.count), places[Int(index)].count > 0 else { return nil }
        return places[Int(index)]
    }

    /// The bytes of an object with its padding; nil where there is none.
    func object(_ index: UInt32) throws -> [UInt8]? {
        guard let place = place(index) else { return nil }
        let object = builder.bytes.span.bytes.extracting(place.start..<(place.start + place.count))
        var cursor = ByteCursor(object, sizes: builder.sizes)
        try cursor.skip(8)
        let count = try cursor.readCount("the size of a global heap object")
        try cursor.move(to: GlobalHeapCollection.objectHeaderSize(builder.sizes))
        return Array(copying: try cursor.readBytes(count))
    }

    /// Removes an object; answers whether there was one.
    mutating func remove(_ index: UInt32) -> Bool {
        guard let place = place(index) else { return false }
        places[Int(index)] = Place()
        used -= place.count
        count -= 1
        firstFreeIndex = min(firstFreeIndex, Int(index))
        return true
    }

    /// Takes out the bytes of objects that went.
    private mutating func compact() {
        guard builder.count > used else { return }
        let former = builder.bytes
        builder = ByteBuilder(sizes: builder.sizes)
        builder.reserveCapacity(size)
        builder.writeBytes(former.span.bytes.extracting(0..<GlobalHeapCollection.headerSize(builder.sizes)))
        let order = places.indices.filter { places[$0].count > 0 }.sorted { places[$0].start < places[$1].start }
        for index in order {
            let (start, count) = (places[index].start, places[index].count)
            places[index].start = builder.count
            builder.writeBytes(former.span.bytes.extracting(start..<(start + count)))
        }
    }

    /// The bytes of the whole collection.
    mutating func encoded() throws -> [UInt8] {
        compact()
        var whole = builder
        try GlobalHeapCollection.encodeFreeSpace(from: 0, size: size, to: &whole)
        return whole.bytes
    }
}
