/// The identifier of an object in a fractal heap.
///
/// | type      | behind the first byte (bits 4-5: type)                                            |
/// |-----------|-----------------------------------------------------------------------------------|
/// | 0 managed | offset in the heap, length                                                        |
/// | 1 huge    | address, length, [filtered: u32 mask, length] where that fits; else a B-tree key  |
/// | 2 tiny    | the object itself; length - 1 in the low bits of the first (and second) byte      |
package enum FractalHeapIdentifier: Hashable, Sendable {
    case managed(offset: UInt64, length: Int)
    case hugeDirect(address: UInt64, length: UInt64, filterMask: UInt32, unfilteredLength: UInt64?)
    case hugeIndirect(key: UInt64)
    case tiny([UInt8])

    package init(from cursor: inout ByteCursor, heap: FractalHeapHeader) throws {
        var cursor = try cursor.readSlice(heap.identifierLength)
        let first = try cursor.readUInt8()
        guard first & 0xC0 == 0 else { throw cursor.damaged("a heap identifier has an unknown version") }
        let room = heap.identifierLength - 1
        let sizes = cursor.sizes
        switch first >> 4 & 3 {
        case 0:
            let offset = try cursor.readUInt(width: heap.offsetWidth)
            self = .managed(offset: offset, length: Int(try cursor.readUInt(width: min(heap.lengthWidth, 4))))
        case 1:
            if Self.isHugeDirect(heap, sizes) {
                let address = try cursor.readDefinedAddress("huge object")
                let length = try cursor.readLength()
                let mask = heap.filters == nil ? 0 : try cursor.readUInt32()
                self = .hugeDirect(
                    address: address, length: length, filterMask: mask,
                    unfilteredLength: heap.filters == nil ? nil : try cursor.readLength())
            } else {
                self = .hugeIndirect(key: try cursor.readUInt(width: min(8, room)))
            }
        case 2:
            let length: Int
            if Self.hasLongTinyObjects(heap) {
                length = Int(first & 0xF) << 8 + Int(try cursor.readUInt8()) + 1
            } else {
                length = Int(first & 0xF) + 1
            }
            self = .tiny(try cursor.readArray(length))
        default: throw cursor.damaged("a heap identifier has an unknown type")
        }
    }

    /// Writes the identifier with zeros to the length that the heap's identifiers have.
    package func encode(to builder: inout ByteBuilder, heap: FractalHeapHeader) throws {
        let start = builder.count
        let room = heap.identifierLength - 1
        switch self {
        case .managed(let offset, let length):
            builder.writeUInt8(0)
            try builder.writeUInt(offset, width: heap.offsetWidth, "the offset of an object in a heap")
            try builder.writeUInt(length, width: min(heap.lengthWidth, 4), "the size of an object in a heap")
        case .hugeDirect(let address, let length, let mask, let unfilteredLength):
            guard Self.isHugeDirect(heap, builder.sizes), (unfilteredLength != nil) == (heap.filters != nil),
                heap.filters != nil || mask == 0
            else { throw builder.unencodable("the identifiers of the heap cannot name a huge object that way") }
            builder.writeUInt8(0x10)
            try builder.writeAddress(address)
            try builder.writeLength(length, "the size of a huge object")
            if let unfilteredLength {
                builder.writeUInt32(mask)
                try builder.writeLength(unfilteredLength, "the size of a huge object")
            }
        case .hugeIndirect(let key):
            guard !Self.isHugeDirect(heap, builder.sizes) else {
                throw builder.unencodable("the identifiers of the heap name huge objects by their addresses")
            }
            builder.writeUInt8(0x10)
            try builder.writeUInt(key, width: min(8, room), "the key of a huge object")
        case .tiny(let bytes):
            let limit = Self.hasLongTinyObjects(heap) ? min(room - 1, 0x1000) : min(room, 16)
            guard (1...max(limit, 1)).contains(bytes.count), limit > 0 else {
                throw builder.unencodable("an object of \(bytes.count) bytes does not fit the identifiers of the heap")
            }
            let length = UInt16(truncatingIfNeeded: bytes.count - 1)
            if Self.hasLongTinyObjects(heap) {
                builder.writeUInt8(0x20 | UInt8(truncatingIfNeeded: length >> 8))
                builder.writeUInt8(UInt8(truncatingIfNeeded: length))
            } else {
                builder.writeUInt8(0x20 | UInt8(truncatingIfNeeded: length))
            }
            builder.writeBytes(bytes)
        }
        try builder.pad(to: heap.identifierLength, from: start, "a heap identifier")
    }

    /// Whether the identifiers of a heap have room for the addresses of huge objects.
    private static func isHugeDirect(_ heap: FractalHeapHeader, _ sizes: FieldSizes) -> Bool {
        heap.identifierLength - 1 >= sizes.offsets + sizes.lengths + (heap.filters == nil ? 0 : 4 + sizes.lengths)
    }

    /// Whether the length of tiny objects takes two bytes, which it does in identifiers of more than 18.
    private static func hasLongTinyObjects(_ heap: FractalHeapHeader) -> Bool { heap.identifierLength > 18 }
}
