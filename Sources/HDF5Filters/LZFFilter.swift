/// The LZF filter (32000): the chunk as one LZF stream without a header.
///
/// Client values: 0 the revision of the filter, 1 the version of the LZF library, 2 the size of the chunk in bytes.
/// The decoder needs none of them. The encoder declines data that does not get smaller, as other writers do.
struct LZFFilter: H5Filter {
    let identifier: UInt16 = 32000
    let name = "LZF"

    func decode(
        _ input: RawSpan, into output: inout MutableRawSpan, clientValues: [UInt32], workspace: FilterWorkspace
    ) throws -> Int {
        try decompressLZF(input, into: &output)
    }

    func encode(
        _ input: RawSpan, into output: inout MutableRawSpan, clientValues: [UInt32], workspace: FilterWorkspace
    ) throws -> Int? {
        compressLZF(input, into: &output, positions: &workspace.lzfPositions)
    }
}

/// Decompresses an LZF stream and returns the number of bytes written.
///
/// A control byte below 32 announces that many plus one literal bytes. Any other holds the length in its upper three
/// bits (7: one more byte follows) and the upper five bits of the distance.
func decompressLZF(_ input: RawSpan, into output: inout MutableRawSpan) throws(FilterError) -> Int {
    let inputCount = input.byteCount
    let outputCount = output.byteCount
    var read = 0
    var written = 0
    while read < inputCount {
        let control = Int(input.byte(at: read))
        read &+= 1
        if control < 32 {
            let count = control &+ 1
            guard count <= inputCount &- read else { throw cutShort(inputCount) }
            guard count <= outputCount &- written else { throw tooLong(outputCount) }
            if inputCount &- read >= 32, outputCount &- written >= 32 {
                // Copying 32 bytes whatever the length is faster; the surplus is overwritten by what follows.
                output.store(input.load(read, as: SIMD32<UInt8>.self), at: written)
            } else {
                output.copy(count, from: input, at: read, to: written)
            }
            read &+= count
            written &+= count
        } else {
            var length = control >> 5
            guard inputCount &- read >= (length == 7 ? 2 : 1) else { throw cutShort(inputCount) }
            if length == 7 {
                length &+= Int(input.byte(at: read))
                read &+= 1
            }
            length &+= 2
            let distance = ((control & 31) << 8 | Int(input.byte(at: read))) &+ 1
            read &+= 1
            guard distance <= written else {
                throw FilterError(.damaged, "the LZF stream refers to bytes before its start")
            }
            guard length <= outputCount &- written else { throw tooLong(outputCount) }
            repeatBytes(&output, from: written &- distance, to: written, length: length, distance: distance)
            written &+= length
        }
    }
    return written
}

/// Copies bytes within the output; source and target may overlap, which repeats the pattern in between.
@inline(__always)
private func repeatBytes(
    _ output: inout MutableRawSpan, from source: Int, to target: Int, length: Int, distance: Int
) {
    var source = source
    var target = target
    var left = length
    if distance < 16 {
        // Once whole repetitions of the pattern fill 16 bytes, the copy can go on from its start in large steps.
        let pattern = min(left, (15 / distance &+ 1) &* distance)
        for place in 0..<pattern {
            output.store(output.byte(at: source &+ place), at: target &+ place)
        }
        target &+= pattern
        left &-= pattern
    }
    while left >= 16 || (left > 0 && output.byteCount &- target >= 16) {
        // The surplus of the last step is overwritten by what follows.
        output.store(output.load(source, as: SIMD16<UInt8>.self), at: target)
        source &+= 16
        target &+= 16
        left &-= 16
    }
    for place in 0..<max(left, 0) {
        output.store(output.byte(at: source &+ place), at: target &+ place)
    }
}

private func cutShort(_ count: Int) -> FilterError {
    FilterError(.damaged, "the LZF stream is cut short after \(count) bytes")
}

private func tooLong(_ count: Int) -> FilterError {
    FilterError(.outputTooLarge, "the LZF stream holds more than \(count) bytes")
}
