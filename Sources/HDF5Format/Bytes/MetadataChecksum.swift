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
        a &+= word(bytes, offset, of: left)
        b &+= word(bytes, offset &+ 4, of: left &- 4)
        c &+= word(bytes, offset &+ 8, of: left &- 8)
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
        // In bounds: the caller has at least 4 bytes left at `offset`.
        UInt32(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    /// The word at `offset` of which only the first `count` bytes are there, if any.
    @inline(__always)
    private static func word(_ bytes: RawSpan, _ offset: Int, of count: Int) -> UInt32 {
        if count >= 4 { return word(bytes, offset) }
        var word: UInt32 = 0
        var index = 0
        while index < count {
            word |= UInt32(bytes[byte: offset &+ index]) << UInt32(8 &* index)
            index &+= 1
        }
        return word
    }

    @inline(__always)
    private static func rotate(_ value: UInt32, _ count: UInt32) -> UInt32 {
        value << count | value >> (32 - count)
    }
}
