/// The largest distance of a match in an LZF stream.
private let largestDistance = 8192
/// The largest length of a match in an LZF stream.
private let largestLength = 264
/// The number of bits of a hash of three bytes.
private let hashBits: UInt32 = 14

/// Compresses to an LZF stream; nil when it would not be smaller than the input, or not fit in the output.
///
/// `positions` is scratch: the last place of each hash, kept from call to call so that it need not be allocated.
func compressLZF(_ input: RawSpan, into output: inout MutableRawSpan, positions: inout [UInt32]) -> Int? {
    let count = input.byteCount
    // Positions are kept in 32 bits; a chunk of the format is smaller than that.
    guard count > 0, count < Int(UInt32.max) else { return nil }
    if positions.count == 1 << Int(hashBits) {
        for slot in positions.indices { positions[slot] = 0 }
    } else {
        positions = [UInt32](repeating: 0, count: 1 << Int(hashBits))
    }
    var writer = LZFWriter(limit: min(output.byteCount, count &- 1))
    var place = 0
    var literalsFrom = 0
    // A match needs three bytes; the hash reads four.
    while place &+ 4 <= count {
        let sequence = threeBytes(input, at: place)
        let slot = hash(of: sequence)
        // Positions are stored plus one, so that 0 means "none".
        let candidate = Int(positions[slot]) &- 1
        positions[slot] = UInt32(truncatingIfNeeded: place &+ 1)
        guard candidate >= 0, place &- candidate <= largestDistance,
            threeBytes(input, at: candidate) == sequence
        else {
            // The longer nothing matches, the larger the steps: incompressible data passes quickly.
            place &+= 1 &+ (place &- literalsFrom) >> 7
            continue
        }
        let length = matchLength(input, candidate, place, limit: min(count &- place, largestLength))
        guard writer.literals(input, literalsFrom..<place, &output),
            writer.match(length: length, distance: place &- candidate, &output)
        else { return nil }
        let end = place &+ length
        // Two more positions inside the match find repetitions that start there.
        var inner = end &- 2
        while inner < end, inner &+ 4 <= count {
            positions[hash(of: threeBytes(input, at: inner))] = UInt32(truncatingIfNeeded: inner &+ 1)
            inner &+= 1
        }
        place = end
        literalsFrom = end
    }
    guard writer.literals(input, literalsFrom..<count, &output) else { return nil }
    return writer.written
}

/// The three bytes at a place, of at least four that are left.
@inline(__always)
private func threeBytes(_ input: RawSpan, at place: Int) -> UInt32 {
    UInt32(littleEndian: input.load(place, as: UInt32.self)) & 0x00FF_FFFF
}

/// The slot of the table for three bytes.
@inline(__always)
private func hash(of sequence: UInt32) -> Int {
    Int((sequence &* 0x9E37_79B1) &>> (32 &- hashBits))
}

/// The number of equal bytes at two places, the first of which lies before the second.
@inline(__always)
private func matchLength(_ input: RawSpan, _ first: Int, _ second: Int, limit: Int) -> Int {
    var length = 3
    while length &+ 8 <= limit {
        let difference =
            UInt64(littleEndian: input.load(first &+ length, as: UInt64.self))
            ^ UInt64(littleEndian: input.load(second &+ length, as: UInt64.self))
        if difference != 0 { return length &+ difference.trailingZeroBitCount / 8 }
        length &+= 8
    }
    while length < limit, input.byte(at: first &+ length) == input.byte(at: second &+ length) {
        length &+= 1
    }
    return length
}

/// Writes the items of an LZF stream up to a limit.
private struct LZFWriter {
    let limit: Int
    var written = 0

    init(limit: Int) { self.limit = limit }

    /// Writes literal bytes in runs of at most 32; false when they do not fit.
    @inline(__always)
    mutating func literals(_ input: RawSpan, _ range: Range<Int>, _ output: inout MutableRawSpan) -> Bool {
        var from = range.lowerBound
        while from < range.upperBound {
            let count = min(range.upperBound &- from, 32)
            guard written &+ 1 &+ count <= limit else { return false }
            output.store(UInt8(truncatingIfNeeded: count &- 1), at: written)
            if input.byteCount &- from >= 32, output.byteCount &- written >= 33 {
                // Copying 32 bytes whatever the length is faster; the surplus is overwritten by what follows.
                output.store(input.load(from, as: SIMD32<UInt8>.self), at: written &+ 1)
            } else {
                output.copy(count, from: input, at: from, to: written &+ 1)
            }
            written &+= 1 &+ count
            from &+= count
        }
        return true
    }

    /// Writes a match of 3 to 264 bytes at a distance of 1 to 8192; false when it does not fit.
    @inline(__always)
    mutating func match(length: Int, distance: Int, _ output: inout MutableRawSpan) -> Bool {
        guard written &+ 3 <= limit else { return false }
        let code = length &- 2
        let offset = distance &- 1
        let upper = UInt8(truncatingIfNeeded: offset >> 8)
        if code < 7 {
            output.store(UInt8(truncatingIfNeeded: code << 5) | upper, at: written)
            written &+= 1
        } else {
            output.store(7 << 5 | upper, at: written)
            output.store(UInt8(truncatingIfNeeded: code &- 7), at: written &+ 1)
            written &+= 2
        }
        output.store(UInt8(truncatingIfNeeded: offset), at: written)
        written &+= 1
        return true
    }
}
