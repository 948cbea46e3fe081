/// The hash XXH64, as the specification 0.1.1 of "xxHash fast digest algorithm" by Yann Collet has it.
///
/// It tells data apart that changed by accident or by other work, at the speed of memory; it is no protection against
/// intent.
enum XXH64 {
    private static let prime1: UInt64 = 0x9e37_79b1_85eb_ca87
    private static let prime2: UInt64 = 0xc2b2_ae3d_27d4_eb4f
    private static let prime3: UInt64 = 0x1656_67b1_9e37_79f9
    private static let prime4: UInt64 = 0x85eb_ca77_c2b2_ae63
    private static let prime5: UInt64 = 0x27d4_eb2f_1656_67c5

    /// The hash of some bytes.
    static func hash(_ bytes: [UInt8], seed: UInt64 = 0) -> UInt64 { hash(bytes.span.bytes, seed: seed) }

    /// The hash of elements of a plain type, as they lie in memory.
    ///
    /// All that `H5Element` types are is plain; the array is only read, inside the closure.
    static func hash<Element>(plain elements: [Element], _ range: Range<Int>, seed: UInt64 = 0) -> UInt64 {
        elements.withUnsafeBytes { bytes in
            let stride = MemoryLayout<Element>.stride
            return hash(
                RawSpan(_unsafeBytes: bytes).extracting(range.lowerBound * stride..<range.upperBound * stride),
                seed: seed)
        }
    }

    /// The hash of a span of bytes.
    ///
    /// Every access is checked by the standard library: a mistake of ours traps, it never reads wild memory.
    static func hash(_ bytes: RawSpan, seed: UInt64 = 0) -> UInt64 {
        let count = bytes.byteCount
        var offset = 0
        var hash: UInt64
        func word(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        if count >= 32 {
            var (first, second) = (seed &+ prime1 &+ prime2, seed &+ prime2)
            var (third, fourth) = (seed, seed &- prime1)
            while offset <= count - 32 {
                // One load, so that one check of its bounds, for all four.
                let words = bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: SIMD4<UInt64>.self)
                first = round(first, UInt64(littleEndian: words[0]))
                second = round(second, UInt64(littleEndian: words[1]))
                third = round(third, UInt64(littleEndian: words[2]))
                fourth = round(fourth, UInt64(littleEndian: words[3]))
                offset += 32
            }
            hash = rotated(first, 1) &+ rotated(second, 7) &+ rotated(third, 12) &+ rotated(fourth, 18)
            for lane in [first, second, third, fourth] { hash = (hash ^ round(0, lane)) &* prime1 &+ prime4 }
        } else {
            hash = seed &+ prime5
        }
        hash &+= UInt64(count)
        while offset <= count - 8 {
            hash = rotated(hash ^ round(0, word(offset)), 27) &* prime1 &+ prime4
            offset += 8
        }
        if offset <= count - 4 {
            let half = UInt32(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
            hash = rotated(hash ^ UInt64(half) &* prime1, 23) &* prime2 &+ prime3
            offset += 4
        }
        while offset < count {
            let byte = bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
            hash = rotated(hash ^ UInt64(byte) &* prime5, 11) &* prime1
            offset += 1
        }
        hash = (hash ^ hash >> 33) &* prime2
        hash = (hash ^ hash >> 29) &* prime3
        return hash ^ hash >> 32
    }

    @inline(__always)
    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        rotated(lane &+ word &* prime2, 31) &* prime1
    }

    @inline(__always)
    private static func rotated(_ value: UInt64, _ count: UInt64) -> UInt64 { value << count | value >> (64 - count) }
}
