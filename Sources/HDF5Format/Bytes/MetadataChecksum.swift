/// Jenkins' lookup3 hash ("hashlittle"), the checksum of all HDF5 metadata that has one.
///
/// The same function orders names in dense groups and dense attribute storage.
package enum MetadataChecksum {
    /// The hash of `bytes`, starting from `initial` (0 for checksums and names).
    package static func lookup3(_ bytes: RawSpan, initial: UInt32 = 0) -> UInt32 {
        var left = bytes.byteCount
        var offset = 0
        var a = 0xDEAD_BEEF &+ UInt32(truncatingIfNeeded: left) &+ initial
        var b = a
        var c = a
        // The loop runs while MORE than 12 bytes remain: the last 1 to 12 get the final mixing.
        while left > 12 {
            a &+= word(bytes, offset)
            b &+= word(bytes, offset &+ 4)
            c &+= word(bytes, offset &+ 8)
            a &-= c; a ^= rotate(c, 4); c &+= b
            b &-= a; b ^= rotate(a, 6); a &+= c
            c &-= b; c ^= rotate(b, 8); b &+= a
            a &-= c; a ^= rotate(c, 16); c &+= b
            b &-= a; b ^= rotate(a, 19); a &+= c
            c &-= b; c ^= rotate(b, 4); b &+= a
            offset &+= 12
            left &-= 12
        }
        guard left > 0 else { return c }
        var tail: (UInt32, UInt32, UInt32) = (0, 0, 0)
        for index in 0..<left {
            let value = UInt32(bytes[byte: offset &+ index]) << UInt32(8 &* (index & 3))
            switch index >> 2 {
            case 0: tail.0 |= value
            case 1: tail.1 |= value
            default: tail.2 |= value
            }
        }
        a &+= tail.0
        b &+= tail.1
        c &+= tail.2
        c ^= b; c &-= rotate(b, 14)
        a ^= c; a &-= rotate(c, 11)
        b ^= a; b &-= rotate(a, 25)
        c ^= b; c &-= rotate(b, 16)
        a ^= c; a &-= rotate(c, 4)
        b ^= a; b &-= rotate(a, 14)
        c ^= b; c &-= rotate(b, 24)
        return c
    }

    /// The hash of a name's UTF-8 bytes.
    package static func lookup3(name: [UInt8]) -> UInt32 { lookup3(name.span.bytes) }

    @inline(__always)
    private static func word(_ bytes: RawSpan, _ offset: Int) -> UInt32 {
        // In bounds: the caller has more than 12 bytes left at `offset`.
        UInt32(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    @inline(__always)
    private static func rotate(_ value: UInt32, _ count: UInt32) -> UInt32 {
        value << count | value >> (32 - count)
    }
}
