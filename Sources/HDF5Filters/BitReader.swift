/// Reads a stream of bits, the most significant bit of each byte first.
///
/// Reading past the end yields zeros and sets ``isPastEnd``, so that decoders check once per block and not per bit.
struct BitReader: ~Escapable {
    private let bytes: RawSpan
    private var offset: Int
    /// The next bits, left-aligned; below the `available` ones lie either zeros or the bits that follow.
    private var buffer: UInt64 = 0
    private var available = 0
    /// Whether more bits were asked for than the stream has.
    private(set) var isPastEnd = false

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, from offset: Int = 0) {
        self.bytes = bytes
        self.offset = min(offset, bytes.byteCount)
    }

    /// Makes at least 56 bits available, unless the stream ends before.
    @inline(__always)
    private mutating func refill() {
        if bytes.byteCount &- offset >= 8 {
            let word = UInt64(bigEndian: bytes.load(offset, as: UInt64.self))
            buffer |= word &>> UInt64(truncatingIfNeeded: available)
            offset &+= (63 &- available) >> 3
            available |= 56
        } else {
            refillByBytes()
        }
    }

    @inline(never)
    private mutating func refillByBytes() {
        // The word-wise refill may have left bits below the available ones; they would be entered a second time.
        buffer &= available == 0 ? 0 : ~0 << UInt64(64 &- available)
        while available <= 56, offset < bytes.byteCount {
            buffer |= UInt64(bytes.byte(at: offset)) << UInt64(56 &- available)
            offset &+= 1
            available &+= 8
        }
    }

    /// The next `count` bits as a number, 0 to 32 of them.
    @inline(__always)
    mutating func read(_ count: Int) -> UInt32 {
        if available < count {
            refill()
            guard available >= count else {
                isPastEnd = true
                return 0
            }
        }
        // Two shifts, because a shift by 64 would be masked to one by 0.
        let value = UInt32(truncatingIfNeeded: (buffer &>> 1) &>> UInt64(truncatingIfNeeded: 63 &- count))
        buffer &<<= UInt64(truncatingIfNeeded: count)
        available &-= count
        return value
    }

    /// The number of zero bits before the next one bit, which is taken too.
    @inline(__always)
    mutating func readUnary() -> Int {
        var zeros = buffer.leadingZeroBitCount
        if zeros >= available {
            refill()
            zeros = buffer.leadingZeroBitCount
            if zeros >= available { return readLongUnary() }
        }
        buffer = (buffer &<< UInt64(truncatingIfNeeded: zeros)) &<< 1
        available &-= zeros &+ 1
        return zeros
    }

    @inline(never)
    private mutating func readLongUnary() -> Int {
        var count = 0
        while true {
            let zeros = buffer.leadingZeroBitCount
            if zeros < available {
                buffer = (buffer &<< UInt64(truncatingIfNeeded: zeros)) &<< 1
                available &-= zeros &+ 1
                return count &+ zeros
            }
            count &+= available
            buffer = 0
            available = 0
            refill()
            guard available > 0 else {
                isPastEnd = true
                return 0
            }
        }
    }
}

extension RawSpan {
    /// The `width` bits from bit `position` on, most significant bit of each byte first; 1 to 64 of them.
    ///
    /// Bits past the end count as zero. Values of fixed width are read without a chain from one to the next.
    @inline(__always)
    func bits(at position: Int, width: Int) -> UInt64 {
        let first = position >> 3
        let shift = UInt64(truncatingIfNeeded: position & 7)
        let alignment = UInt64(truncatingIfNeeded: 64 &- width)
        if first &+ 9 <= byteCount {
            let word = UInt64(bigEndian: load(first, as: UInt64.self))
            let next = UInt64(byte(at: first &+ 8))
            return ((word &<< shift) | (next &>> (8 &- shift))) &>> alignment
        }
        var word: UInt64 = 0
        for place in 0..<8 {
            word = word << 8 | (first &+ place < byteCount ? UInt64(byte(at: first &+ place)) : 0)
        }
        let next = first &+ 8 < byteCount ? UInt64(byte(at: first &+ 8)) : 0
        return ((word &<< shift) | (next &>> (8 &- shift))) &>> alignment
    }
}
