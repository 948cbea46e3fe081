/// Writes a stream of bits, the most significant bit of each byte first.
///
/// Only whole words are stored before the end, so an output that holds all the bits is large enough; the caller
/// checks that before.
struct BitWriter {
    private var offset: Int
    /// The bits not yet stored, left-aligned.
    private var buffer: UInt64 = 0
    private var filled = 0

    /// Creates a writer that starts at a byte offset.
    init(at offset: Int) { self.offset = offset }

    /// The number of bytes from the start of the output to the end of the stream, a last partial one included.
    var byteCount: Int { offset &+ (filled &+ 7) >> 3 }

    /// Writes the low `width` bits of a value, 0 to 64 of them; the bits above must be zero.
    @inline(__always)
    mutating func write(_ value: UInt64, width: Int, to output: inout MutableRawSpan) {
        let free = 64 &- filled
        if width < free {
            buffer |= value &<< UInt64(truncatingIfNeeded: free &- width)
            filled &+= width
        } else {
            let rest = width &- free
            buffer |= value &>> UInt64(truncatingIfNeeded: rest)
            output.store(buffer.bigEndian, at: offset)
            offset &+= 8
            buffer = rest == 0 ? 0 : value &<< UInt64(truncatingIfNeeded: 64 &- rest)
            filled = rest
        }
    }

    /// Writes a number of zero bits and a one bit.
    @inline(__always)
    mutating func writeUnary(_ count: Int, to output: inout MutableRawSpan) {
        var left = count
        while left >= 63 {
            write(0, width: 63, to: &output)
            left &-= 63
        }
        write(1, width: left &+ 1, to: &output)
    }

    /// Stores the bits still held; the last byte is filled with zeros.
    mutating func finish(to output: inout MutableRawSpan) {
        while filled > 0 {
            output.store(UInt8(truncatingIfNeeded: buffer &>> 56), at: offset)
            offset &+= 1
            buffer &<<= 8
            filled = max(0, filled &- 8)
        }
    }
}
