/// Global heap collection: variable-length data and region references.
///
/// | bytes  | field                                                                 |
/// |--------|-----------------------------------------------------------------------|
/// | 4      | `GCOL`                                                                |
/// | 1 + 3  | version 1, reserved                                                   |
/// | length | size of the collection, with this header                              |
/// |        | objects: u16 index, u16 reference count, u32 reserved, length size, bytes padded to 8 |
///
/// Index 0 is the free space: its size includes its own header.
package struct GlobalHeapCollection: Sendable {
    /// One object: where its bytes lie in the collection.
    package struct Entry: Hashable, Sendable {
        package var offset: Int
        package var count: Int
        package var referenceCount: UInt16

        @inlinable package init(offset: Int, count: Int, referenceCount: UInt16 = 0) {
            self.offset = offset
            self.count = count
            self.referenceCount = referenceCount
        }
    }

    /// An object with its bytes, as a collection is written.
    package struct Object: Hashable, Sendable {
        package var index: UInt16
        package var referenceCount: UInt16
        package var bytes: [UInt8]

        package init(index: UInt16, referenceCount: UInt16 = 0, bytes: [UInt8]) {
            self.index = index
            self.referenceCount = referenceCount
            self.bytes = bytes
        }
    }

    /// An entry in few bytes, since files with much text have very many; offset 0 where there is no object.
    @usableFromInline struct Place: Sendable {
        @usableFromInline var offset: UInt32 = 0
        @usableFromInline var count: UInt32 = 0
        @usableFromInline var referenceCount: UInt16 = 0

        @inlinable var entry: Entry? {
            offset == 0 ? nil : Entry(offset: Int(offset), count: Int(count), referenceCount: referenceCount)
        }
    }

    /// The objects by index; most indexes of a collection are in use, so this is an array.
    @usableFromInline var places: [Place] = []

    /// An object by its index; inlinable, as each text of a file with very many is looked up.
    @inlinable package func entry(_ index: UInt32) -> Entry? {
        index < UInt32(places.count) ? places[Int(index)].entry : nil
    }

    /// The objects with their indexes, in the order of these.
    package var entries: [(index: UInt16, entry: Entry)] {
        places.enumerated().compactMap { index, place in
            place.entry.map { (UInt16(truncatingIfNeeded: index), $0) }
        }
    }

    /// The size of the header with its padding.
    package static func headerSize(_ sizes: FieldSizes) -> Int { (8 + sizes.lengths + 7) / 8 * 8 }

    /// Reads the size of a collection from its header.
    package static func size(from cursor: inout ByteCursor) throws -> UInt64 {
        try cursor.expectSignature(.globalHeap, "global heap collection")
        _ = try cursor.expectVersion(1...1, "global heap collection")
        try cursor.skip(3)
        let size = try cursor.readLength()
        guard size >= UInt64(headerSize(cursor.sizes)) else {
            throw cursor.damaged("a global heap collection of \(size) bytes is not possible")
        }
        return size
    }

    /// A collection without objects.
    package init() {}

    /// Reads the objects of a whole collection.
    package init(from cursor: inout ByteCursor) throws { try read(from: &cursor) }

    /// Reads the objects of a whole collection in place of those of another one, whose memory serves again.
    package mutating func read(from cursor: inout ByteCursor) throws {
        places.removeAll(keepingCapacity: true)
        _ = try Self.size(from: &cursor)
        let objectHeader = (8 + cursor.sizes.lengths + 7) / 8 * 8
        try cursor.move(to: min(Self.headerSize(cursor.sizes), cursor.count))
        // Indexes start at 1. Objects of 32 bytes are common; a collection of 4 KiB holds about as many as this.
        places.reserveCapacity(min(cursor.remaining / (objectHeader + 16), 1 << 12) + 1)
        places.append(Place())
        guard cursor.count <= Int(UInt32.max) else {
            throw cursor.error(.unsupported, "a global heap collection of \(cursor.count) bytes is too large")
        }
        while cursor.remaining >= objectHeader {
            let start = cursor.position
            let index = try cursor.readUInt16()
            let references = try cursor.readUInt16()
            try cursor.skip(4)
            let count = try cursor.readCount("the size of a global heap object")
            if index == 0 { return }
            try cursor.move(to: start + objectHeader)
            guard count <= cursor.remaining else {
                throw cursor.damaged("global heap object \(index) reaches over the end of its collection")
            }
            let place = Place(
                offset: UInt32(truncatingIfNeeded: cursor.position), count: UInt32(truncatingIfNeeded: count),
                referenceCount: references)
            if Int(index) == places.count {
                places.append(place)
            } else {
                while places.count <= Int(index) { places.append(Place()) }
                places[Int(index)] = place
            }
            try cursor.skip(min((count + 7) & ~7, cursor.remaining))
        }
    }

    /// The objects with their bytes in the order in which the collection holds them.
    package func objects(in collection: RawSpan) -> [Object] {
        var objects: [(offset: Int, object: Object)] = []
        for (index, place) in places.enumerated() {
            guard let entry = place.entry, entry.offset <= collection.byteCount,
                entry.count <= collection.byteCount - entry.offset
            else { continue }
            let bytes = Array(copying: collection.extracting(entry.offset..<(entry.offset + entry.count)))
            objects.append(
                (
                    entry.offset,
                    Object(
                        index: UInt16(truncatingIfNeeded: index), referenceCount: entry.referenceCount, bytes: bytes)
                ))
        }
        return objects.sorted { $0.offset < $1.offset }.map(\.object)
    }

    /// Writes a collection of `size` bytes: the objects, then what is free as object 0 where a header of it fits.
    package static func encode(_ objects: [Object], size: Int, to builder: inout ByteBuilder) throws {
        let start = builder.count
        try encodeHeader(size: size, to: &builder)
        for object in objects {
            try encode(
                object.bytes.span.bytes, index: object.index, referenceCount: object.referenceCount, to: &builder)
        }
        try encodeFreeSpace(from: start, size: size, to: &builder)
    }

    /// Writes what a collection of `size` bytes starts with.
    package static func encodeHeader(size: Int, to builder: inout ByteBuilder) throws {
        let start = builder.count
        builder.writeSignature(.globalHeap)
        builder.writeUInt8(1)
        builder.writeZeros(3)
        try builder.writeLength(size, "the size of a global heap collection")
        builder.pad(toMultipleOf: 8, from: start)
    }

    /// The size of an object's header with its padding.
    package static func objectHeaderSize(_ sizes: FieldSizes) -> Int { (8 + sizes.lengths + 7) / 8 * 8 }

    /// Writes an object.
    package static func encode(
        _ bytes: RawSpan, index: UInt16, referenceCount: UInt16 = 0, to builder: inout ByteBuilder
    ) throws {
        guard index > 0 else { throw builder.unencodable("object 0 of a global heap is the free space") }
        // In as few pieces as can be: files with much text have very many objects.
        builder.writeUInt64(UInt64(index) | UInt64(referenceCount) << 16)
        try builder.writeLength(bytes.byteCount, "the size of a global heap object")
        if builder.sizes.lengths < 8 { builder.writeZeros(8 - builder.sizes.lengths) }
        builder.writeBytesPaddedToEight(bytes)
    }

    /// Writes what is left of a collection of `size` bytes that starts at `start`: object 0 where a header of it fits.
    package static func encodeFreeSpace(from start: Int, size: Int, to builder: inout ByteBuilder) throws {
        let free = size - (builder.count - start)
        if free >= objectHeaderSize(builder.sizes) {
            builder.writeZeros(8)
            try builder.writeLength(free, "the free space of a global heap collection")
        }
        try builder.pad(to: size, from: start, "a global heap collection")
    }
}

/// What an element holds in place of data in the global heap.
///
/// | bytes   | field                                          |
/// |---------|------------------------------------------------|
/// | address | the collection; 0 or undefined: nothing        |
/// | 4       | index of the object                            |
package struct GlobalHeapIdentifier: Hashable, Sendable {
    package var address: UInt64
    package var index: UInt32

    @inlinable package init(address: UInt64, index: UInt32) {
        self.address = address
        self.index = index
    }

    @inlinable @inline(__always) package init(from cursor: inout ByteCursor) throws {
        address = try cursor.readAddress() ?? 0
        index = try cursor.readUInt32()
    }

    package func encode(to builder: inout ByteBuilder) throws {
        try builder.writeAddress(address)
        builder.writeUInt32(index)
    }

    /// Whether the identifier leads nowhere.
    @inlinable package var isNull: Bool { address == 0 }
}
