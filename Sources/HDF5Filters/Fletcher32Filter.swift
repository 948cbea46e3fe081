/// The Fletcher-32 filter (3): the data followed by a checksum of 4 bytes, little-endian.
///
/// It has no client values. On decoding the checksum is verified and removed. Old little-endian writers stored it
/// with the bytes of both halves swapped; that variant is accepted too.
struct Fletcher32Filter: H5Filter {
    let identifier: UInt16 = 3
    let name = "fletcher32"

    func decode(
        _ input: RawSpan, into output: inout MutableRawSpan, clientValues: [UInt32], workspace: FilterWorkspace
    ) throws -> Int {
        guard input.byteCount >= 4 else {
            throw FilterError(.damaged, "\(input.byteCount) bytes are too few for a Fletcher-32 checksum")
        }
        let data = input.extracting(0..<(input.byteCount - 4))
        var sum = Fletcher32Sum()
        sum.update(data)
        try sum.verify(UInt32(littleEndian: input.load(data.byteCount, as: UInt32.self)))
        return try copyUnchanged(data, into: &output)
    }

    func encode(
        _ input: RawSpan, into output: inout MutableRawSpan, clientValues: [UInt32], workspace: FilterWorkspace
    ) throws -> Int? {
        guard output.byteCount >= 4, input.byteCount <= output.byteCount - 4 else { return nil }
        output.copy(input.byteCount, from: input, at: 0, to: 0)
        output.store(fletcher32(input).littleEndian, at: input.byteCount)
        return input.byteCount + 4
    }
}

/// The Fletcher-32 checksum of some bytes.
func fletcher32(_ bytes: RawSpan) -> UInt32 {
    var sum = Fletcher32Sum()
    sum.update(bytes)
    return sum.value
}

/// The Fletcher-32 checksum over big-endian 16-bit words, the last one padded with zero, of bytes that come in pieces.
///
/// Both sums are taken modulo 65535 in one's complement style: 0 only when every word was 0, else 1 to 65535.
package struct Fletcher32Sum: Sendable {
    // Swapping the bytes of a word multiplies it by 256 modulo 65535, so the words can be summed in the machine's
    // byte order and only the two sums are turned to big-endian at the end.
    private var sum: UInt64 = 0
    private var sumOfSums: UInt64 = 0
    /// The last byte of an odd number of bytes, the first half of a word.
    private var half: UInt8?

    package init() {}

    /// Adds a piece.
    package mutating func update(_ bytes: RawSpan) {
        var offset = 0
        var remaining = bytes.byteCount
        if let first = half, remaining > 0 {
            half = nil
            add(UInt16(bigEndian: UInt16(first) << 8 | UInt16(bytes.byte(at: 0))))
            offset = 1
            remaining &-= 1
        }

        while remaining >= 32 {
            // 360 steps are the most that cannot overflow the 32-bit lanes: 65535 * 360 * 361 / 2 < 2^32.
            let steps = min(remaining / 32, 360)
            var laneSums = SIMD16<UInt32>()
            var laneSumsOfSums = SIMD16<UInt32>()
            for _ in 0..<steps {
                laneSums &+= SIMD16<UInt32>(truncatingIfNeeded: bytes.load(offset, as: SIMD16<UInt16>.self))
                laneSumsOfSums &+= laneSums
                offset &+= 32
            }
            remaining &-= steps &* 32
            var total: UInt64 = 0
            var weighted: UInt64 = 0
            var laneOffsets: UInt64 = 0
            for lane in 0..<16 {
                total &+= UInt64(laneSums[lane])
                weighted &+= UInt64(laneSumsOfSums[lane])
                laneOffsets &+= UInt64(laneSums[lane]) &* UInt64(lane)
            }
            // A word of step t in lane j is added to the second sum 16 * (steps - t) - j times.
            sumOfSums = foldOnesComplement(
                sumOfSums &+ sum &* UInt64(steps &* 16) &+ weighted &* 16 &- laneOffsets)
            sum = foldOnesComplement(sum &+ total)
        }
        while remaining >= 2 {
            add(bytes.load(offset, as: UInt16.self))
            offset &+= 2
            remaining &-= 2
        }
        if remaining == 1 { half = bytes.byte(at: offset) }
        // At most 16 words were added since the last folding, so neither could overflow.
        sum = foldOnesComplement(sum)
        sumOfSums = foldOnesComplement(sumOfSums)
    }

    /// Adds one word in the machine's byte order.
    @inline(__always)
    private mutating func add(_ word: UInt16) {
        sum &+= UInt64(word)
        sumOfSums &+= sum
    }

    /// The checksum of all pieces so far.
    package var value: UInt32 {
        var (sum, sumOfSums) = (sum, sumOfSums)
        if let half {
            sum &+= UInt64(UInt16(bigEndian: UInt16(half) << 8))
            sumOfSums &+= sum
        }
        let low = UInt16(bigEndian: UInt16(foldOnesComplement(sum)))
        let high = UInt16(bigEndian: UInt16(foldOnesComplement(sumOfSums)))
        return UInt32(high) << 16 | UInt32(low)
    }

    /// Throws unless a stored checksum is that of the pieces, in either order of bytes that writers use.
    package func verify(_ stored: UInt32) throws(FilterError) {
        let computed = value
        let swapped = ((computed & 0x00FF_00FF) << 8) | ((computed >> 8) & 0x00FF_00FF)
        guard stored == computed || stored == swapped else {
            throw FilterError(
                .checksumMismatch,
                "stored Fletcher-32 \(Self.hexadecimal(stored)) differs from the computed \(Self.hexadecimal(computed))"
            )
        }
    }

    private static func hexadecimal(_ value: UInt32) -> String { "0x" + String(value, radix: 16) }
}

/// The one's complement residue of a sum: 0 for 0, else 1 to 65535.
@inline(__always)
private func foldOnesComplement(_ value: UInt64) -> UInt64 {
    value == 0 ? 0 : (value &- 1) % 65535 &+ 1
}
