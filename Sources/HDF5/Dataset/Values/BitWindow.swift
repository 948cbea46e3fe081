import HDF5Format

/// Takes the bytes of a number that its value lies in, in any byte order, as one wide integer.
///
/// Numbers of any size are handled as long as the bits in use lie in 16 bytes.
struct BitWindow: Sendable, Hashable {
    /// The most bytes a window can have.
    static let maximumCount = 16

    /// The size of the whole element, in bytes.
    let size: Int
    let order: H5ByteOrder
    /// The first byte in use, counted from the least significant.
    let first: Int
    /// The number of bytes in use.
    let count: Int

    /// A window over the bits `lowest..<end` of elements of `size` bytes; nil when it would be too wide.
    init?(size: Int, order: H5ByteOrder, lowest: Int, end: Int) {
        guard size > 0, lowest >= 0, end > lowest, end <= size * 8 else { return nil }
        if order == .vax, size % 2 != 0 { return nil }
        first = lowest / 8
        count = (end + 7) / 8 - first
        guard count <= Self.maximumCount else { return nil }
        self.size = size
        self.order = order
    }

    /// The bit of the element that is bit 0 of the window.
    var firstBit: Int { first * 8 }

    /// Where the byte of some significance lies in the element.
    @inline(__always)
    private func position(of significance: Int) -> Int {
        switch order {
        case .littleEndian: return significance
        case .bigEndian: return size &- 1 &- significance
        // Words of two bytes, each little-endian, the most significant word first.
        case .vax: return size &- 2 &- (significance & ~1) &+ (significance & 1)
        }
    }

    /// The window of the element at `element`, which has `size` bytes.
    @inline(__always)
    func load(_ element: UnsafeRawPointer) -> UInt128 {
        if count <= 8 { return UInt128(loadNarrow(element)) }
        var low: UInt64 = 0
        for index in 0..<8 {
            low |= UInt64(element.load(fromByteOffset: position(of: first &+ index), as: UInt8.self)) << (8 &* index)
        }
        var high: UInt64 = 0
        for index in 8..<count {
            let byte = element.load(fromByteOffset: position(of: first &+ index), as: UInt8.self)
            high |= UInt64(byte) << (8 &* (index &- 8))
        }
        return UInt128(high) << 64 | UInt128(low)
    }

    /// The window of the element at `element`, where it has at most eight bytes.
    @inline(__always)
    func loadNarrow(_ element: UnsafeRawPointer) -> UInt64 {
        switch order {
        case .littleEndian: return loadBytes(element + first, isReversed: false)
        case .bigEndian: return loadBytes(element + (size &- first &- count), isReversed: true)
        case .vax:
            var value: UInt64 = 0
            for index in 0..<count {
                let byte = element.load(fromByteOffset: position(of: first &+ index), as: UInt8.self)
                value |= UInt64(byte) << (8 &* index)
            }
            return value
        }
    }

    /// Writes a window into the element at `element`, which has `size` bytes; its other bytes become 0.
    func store(_ value: UInt128, to element: UnsafeMutableRawPointer) {
        element.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        for index in 0..<count {
            let byte = UInt8(truncatingIfNeeded: value &>> (8 &* index))
            element.storeBytes(of: byte, toByteOffset: position(of: first &+ index), as: UInt8.self)
        }
    }

    /// Writes a window of at most eight bytes into the element at `element`; its other bytes become 0.
    @inline(__always)
    func storeNarrow(_ value: UInt64, to element: UnsafeMutableRawPointer) {
        if count != size { element.initializeMemory(as: UInt8.self, repeating: 0, count: size) }
        for index in 0..<count {
            let byte = UInt8(truncatingIfNeeded: value &>> (8 &* index))
            element.storeBytes(of: byte, toByteOffset: position(of: first &+ index), as: UInt8.self)
        }
    }

    /// The `count` bytes at a place, at most eight, in one of the plain orders.
    @inline(__always)
    private func loadBytes(_ start: UnsafeRawPointer, isReversed: Bool) -> UInt64 {
        switch count {
        case 1: return UInt64(start.load(as: UInt8.self))
        case 2:
            let word = UInt16(littleEndian: start.loadUnaligned(as: UInt16.self))
            return UInt64(isReversed ? word.byteSwapped : word)
        case 4:
            let word = UInt32(littleEndian: start.loadUnaligned(as: UInt32.self))
            return UInt64(isReversed ? word.byteSwapped : word)
        case 8:
            let word = UInt64(littleEndian: start.loadUnaligned(as: UInt64.self))
            return isReversed ? word.byteSwapped : word
        default:
            var value: UInt64 = 0
            for index in 0..<count {
                let place = isReversed ? count &- 1 &- index : index
                value |= UInt64(start.load(fromByteOffset: place, as: UInt8.self)) << (8 &* index)
            }
            return value
        }
    }
}

/// Takes integers of any size, bit offset, precision and byte order.
struct IntegerFields: Sendable, Hashable {
    let window: BitWindow
    let shift: Int
    let precision: Int
    let isSigned: Bool

    init?(_ format: H5IntegerFormat, size: Int) {
        guard format.precision > 0, format.precision <= 128, format.bitOffset >= 0, format.bitOffset <= size * 8,
            let window = BitWindow(
                size: size, order: format.order, lowest: format.bitOffset, end: format.bitOffset + format.precision)
        else { return nil }
        self.window = window
        shift = format.bitOffset - window.firstBit
        precision = format.precision
        isSigned = format.isSigned
    }

    /// Whether values fit 64 bits and can be read by `loadNarrow`.
    var isNarrow: Bool { window.count <= 8 }

    /// The value, sign-extended where the number is signed, as the bits of a 64-bit integer.
    @inline(__always)
    func loadNarrow(_ element: UnsafeRawPointer) -> UInt64 {
        let unused = 64 &- precision
        let top = (window.loadNarrow(element) &>> shift) &<< unused
        return isSigned ? UInt64(bitPattern: Int64(bitPattern: top) &>> unused) : top &>> unused
    }

    /// The value, sign-extended where the number is signed, as the bits of a 128-bit integer.
    @inline(__always)
    func load(_ element: UnsafeRawPointer) -> UInt128 {
        let unused = 128 &- precision
        let top = (window.load(element) &>> shift) &<< unused
        return isSigned ? UInt128(bitPattern: Int128(bitPattern: top) &>> unused) : top &>> unused
    }

    /// Writes the lowest bits of a value into the element at `element`.
    func store(_ value: UInt128, to element: UnsafeMutableRawPointer) {
        let unused = 128 &- precision
        window.store(((value &<< unused) &>> unused) &<< shift, to: element)
    }
}
