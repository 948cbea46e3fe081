// Turning elements into byte planes and back, 16 elements at a time.
//
// The bytes of 16 elements, or of 16 positions in N planes, fill N rows of 16 bytes. Merging the first half of the
// rows with the second half, byte by byte, rotates the bits of every byte's position left by one. log2(N) such steps
// turn planes into elements, and four steps turn elements into planes.

/// A power of two of rows of 16 bytes each.
protocol ByteRows {
    /// The number of rows, which is also the number of planes and the width of an element's piece in bytes.
    static var count: Int { get }

    /// Loads rows that lie `distance` bytes apart.
    static func load(_ bytes: RawSpan, at offset: Int, distance: Int) -> Self
    /// Stores rows `distance` bytes apart.
    func store(_ bytes: inout MutableRawSpan, at offset: Int, distance: Int)

    /// Loads pieces of `width` bytes that lie `distance` bytes apart.
    static func loadPieces(_ bytes: RawSpan, at offset: Int, distance: Int, width: Int) -> Self
    /// Stores pieces of `width` bytes `distance` bytes apart.
    func storePieces(_ bytes: inout MutableRawSpan, at offset: Int, distance: Int, width: Int)

    /// The bytes of both operands in alternation.
    static func merge(_ first: Self, _ second: Self) -> (Self, Self)
    /// The bytes of the first and the second half in alternation.
    func interleaved() -> Self
}

/// One row of 16 bytes.
struct ByteRow: ByteRows {
    var bytes: SIMD16<UInt8>

    @inline(__always)
    static var count: Int { 1 }

    @inline(__always)
    static func load(_ bytes: RawSpan, at offset: Int, distance: Int) -> ByteRow {
        ByteRow(bytes: bytes.load(offset, as: SIMD16<UInt8>.self))
    }

    @inline(__always)
    func store(_ bytes: inout MutableRawSpan, at offset: Int, distance: Int) {
        bytes.store(self.bytes, at: offset)
    }

    @inline(__always)
    static func loadPieces(_ bytes: RawSpan, at offset: Int, distance: Int, width: Int) -> ByteRow {
        switch width {
        case 16:
            return load(bytes, at: offset, distance: distance)
        case 8:
            let pieces = SIMD2(
                bytes.load(offset, as: UInt64.self), bytes.load(offset &+ distance, as: UInt64.self))
            return ByteRow(bytes: unsafeBitCast(pieces, to: SIMD16<UInt8>.self))
        case 4:
            var pieces = SIMD4<UInt32>()
            for lane in 0..<4 {
                pieces[lane] = bytes.load(offset &+ lane &* distance, as: UInt32.self)
            }
            return ByteRow(bytes: unsafeBitCast(pieces, to: SIMD16<UInt8>.self))
        case 2:
            var pieces = SIMD8<UInt16>()
            for lane in 0..<8 {
                pieces[lane] = bytes.load(offset &+ lane &* distance, as: UInt16.self)
            }
            return ByteRow(bytes: unsafeBitCast(pieces, to: SIMD16<UInt8>.self))
        default:
            var pieces = SIMD16<UInt8>()
            for lane in 0..<16 {
                pieces[lane] = bytes.byte(at: offset &+ lane &* distance)
            }
            return ByteRow(bytes: pieces)
        }
    }

    @inline(__always)
    func storePieces(_ bytes: inout MutableRawSpan, at offset: Int, distance: Int, width: Int) {
        switch width {
        case 16:
            bytes.store(self.bytes, at: offset)
        case 8:
            let pieces = unsafeBitCast(self.bytes, to: SIMD2<UInt64>.self)
            bytes.store(pieces[0], at: offset)
            bytes.store(pieces[1], at: offset &+ distance)
        case 4:
            let pieces = unsafeBitCast(self.bytes, to: SIMD4<UInt32>.self)
            for lane in 0..<4 {
                bytes.store(pieces[lane], at: offset &+ lane &* distance)
            }
        case 2:
            let pieces = unsafeBitCast(self.bytes, to: SIMD8<UInt16>.self)
            for lane in 0..<8 {
                bytes.store(pieces[lane], at: offset &+ lane &* distance)
            }
        default:
            for lane in 0..<16 {
                bytes.store(self.bytes[lane], at: offset &+ lane &* distance)
            }
        }
    }

    @inline(__always)
    static func merge(_ first: ByteRow, _ second: ByteRow) -> (ByteRow, ByteRow) {
        // This form compiles to two unpack (x86) or zip (Arm) instructions.
        var both = SIMD32<UInt8>()
        both.evenHalf = first.bytes
        both.oddHalf = second.bytes
        return (ByteRow(bytes: both.lowHalf), ByteRow(bytes: both.highHalf))
    }

    @inline(__always)
    func interleaved() -> ByteRow {
        // A single row is one plane: its elements are its bytes, so both directions leave it as it is.
        self
    }
}

/// Twice as many rows as `Half`.
struct ByteRowPair<Half: ByteRows>: ByteRows {
    var low: Half
    var high: Half

    @inline(__always)
    init(_ low: Half, _ high: Half) {
        self.low = low
        self.high = high
    }

    @inline(__always)
    static var count: Int { 2 &* Half.count }

    @inline(__always)
    static func load(_ bytes: RawSpan, at offset: Int, distance: Int) -> Self {
        Self(
            .load(bytes, at: offset, distance: distance),
            .load(bytes, at: offset &+ Half.count &* distance, distance: distance))
    }

    @inline(__always)
    func store(_ bytes: inout MutableRawSpan, at offset: Int, distance: Int) {
        low.store(&bytes, at: offset, distance: distance)
        high.store(&bytes, at: offset &+ Half.count &* distance, distance: distance)
    }

    @inline(__always)
    static func loadPieces(_ bytes: RawSpan, at offset: Int, distance: Int, width: Int) -> Self {
        let pieces = Half.count &* 16 / width
        return Self(
            .loadPieces(bytes, at: offset, distance: distance, width: width),
            .loadPieces(bytes, at: offset &+ pieces &* distance, distance: distance, width: width))
    }

    @inline(__always)
    func storePieces(_ bytes: inout MutableRawSpan, at offset: Int, distance: Int, width: Int) {
        let pieces = Half.count &* 16 / width
        low.storePieces(&bytes, at: offset, distance: distance, width: width)
        high.storePieces(&bytes, at: offset &+ pieces &* distance, distance: distance, width: width)
    }

    @inline(__always)
    static func merge(_ first: Self, _ second: Self) -> (Self, Self) {
        let lows = Half.merge(first.low, second.low)
        let highs = Half.merge(first.high, second.high)
        return (Self(lows.0, lows.1), Self(highs.0, highs.1))
    }

    @inline(__always)
    func interleaved() -> Self {
        let halves = Half.merge(low, high)
        return Self(halves.0, halves.1)
    }
}

typealias ByteRows2 = ByteRowPair<ByteRow>
typealias ByteRows4 = ByteRowPair<ByteRows2>
typealias ByteRows8 = ByteRowPair<ByteRows4>
typealias ByteRows16 = ByteRowPair<ByteRows8>
