/// Encodes scanlines as blocks of CCSDS 121.0-B, each in the form that takes the fewest bits.
struct SzipEncoder {
    private var writer = BitWriter(at: 4)
    private let parameters: SzipParameters
    /// The number of bytes, the byte count before the stream included, that may be written.
    private let limit: Int
    private var writtenBits = 32

    init(_ parameters: SzipParameters, limit: Int) {
        self.parameters = parameters
        self.limit = limit
    }

    /// The ways to code a block that is not zero.
    private enum Form {
        case split(lowBits: Int)
        case pairs
        case plain
    }

    /// Encodes the first `count` samples, a whole number of blocks; false when they do not fit.
    mutating func encodeScanline(_ samples: inout MutableSpan<UInt32>, count: Int, to output: inout MutableRawSpan)
        -> Bool
    {
        let usesReference = parameters.usesNearestNeighbor
        let reference = count > 0 ? samples[0] : 0
        if usesReference { predict(&samples, count: count) }
        let blockSize = parameters.blockSize
        let blocks = count / blockSize
        var block = 0
        while block < blocks {
            let position = block &* blockSize
            let isReference = usesReference && block == 0
            // The reference sample stands apart from the values of its block.
            if isReference { samples[0] = 0 }
            let run = zeroRun(samples, block, blocks)
            if run > 0 {
                guard writeZeros(run, at: block, reference: isReference ? reference : nil, to: &output) else {
                    return false
                }
                block &+= run
                continue
            }
            let range = position..<(position &+ blockSize)
            guard write(samples, range, reference: isReference ? reference : nil, to: &output) else { return false }
            block &+= 1
        }
        return true
    }

    /// Ends the stream; the number of bytes from the start of the output.
    mutating func finish(to output: inout MutableRawSpan) -> Int {
        writer.finish(to: &output)
        return writer.byteCount
    }

    /// Whether so many more bits fit; they count as written when they do.
    private mutating func reserve(_ bits: Int) -> Bool {
        guard writtenBits &+ bits <= limit &* 8 else { return false }
        writtenBits &+= bits
        return true
    }

    /// Replaces all samples but the first by their mapped difference to the one before.
    private func predict(_ samples: inout MutableSpan<UInt32>, count: Int) {
        guard count > 0 else { return }
        let largest = parameters.largestSample
        var previous = samples[0]
        for index in 1..<count {
            let sample = samples[index]
            let margin = min(previous, largest &- previous)
            let distance = max(sample, previous) &- min(sample, previous)
            // Up and down alternate as long as both are possible; past the margin only the distance counts.
            let near = distance &* 2 &- (sample < previous ? 1 : 0)
            samples[index] = distance > margin ? margin &+ distance : near
            previous = sample
        }
    }

    /// The number of blocks from `block` on that are zero and lie in one segment of 64 blocks.
    private func zeroRun(_ samples: borrowing MutableSpan<UInt32>, _ block: Int, _ blocks: Int) -> Int {
        let end = min(blocks, (block / 64 &+ 1) &* 64)
        let blockSize = parameters.blockSize
        var run = 0
        while block &+ run < end {
            let start = (block &+ run) &* blockSize
            for index in start..<(start &+ blockSize) where samples[index] != 0 { return run }
            run &+= 1
        }
        return run
    }

    private mutating func writeZeros(
        _ run: Int, at block: Int, reference: UInt32?, to output: inout MutableRawSpan
    ) -> Bool {
        let segmentEnd = min(parameters.blocksPerScanline, (block / 64 &+ 1) &* 64)
        // A code of its own says "to the end of the segment"; it lies between those for 4 and for 5 blocks.
        let code = run < 5 ? run &- 1 : block &+ run == segmentEnd ? 4 : run
        guard reserve(parameters.optionBits &+ 1 &+ (reference == nil ? 0 : parameters.sampleBits) &+ code &+ 1)
        else { return false }
        writer.write(0, width: parameters.optionBits &+ 1, to: &output)
        if let reference { writer.write(UInt64(reference), width: parameters.sampleBits, to: &output) }
        writer.writeUnary(code, to: &output)
        return true
    }

    /// Writes a block that is not zero.
    private mutating func write(
        _ samples: borrowing MutableSpan<UInt32>, _ block: Range<Int>, reference: UInt32?,
        to output: inout MutableRawSpan
    ) -> Bool {
        let referenceBits = reference == nil ? 0 : parameters.sampleBits
        let values = reference == nil ? block : block.lowerBound &+ 1..<block.upperBound
        let (form, bits) = bestForm(samples, block, values, referenceBits: referenceBits)
        guard reserve(parameters.optionBits &+ bits) else { return false }
        // A copy stays in registers.
        var writer = self.writer
        defer { self.writer = writer }
        switch form {
        case .plain:
            writer.write(UInt64(parameters.plainOption), width: parameters.optionBits, to: &output)
            if let reference { writer.write(UInt64(reference), width: referenceBits, to: &output) }
            for index in values {
                writer.write(UInt64(samples[index]), width: parameters.sampleBits, to: &output)
            }
        case .pairs:
            writer.write(1, width: parameters.optionBits &+ 1, to: &output)
            if let reference { writer.write(UInt64(reference), width: referenceBits, to: &output) }
            for index in stride(from: block.lowerBound, to: block.upperBound, by: 2) {
                writer.writeUnary(Self.pairCode(samples[index], samples[index &+ 1]), to: &output)
            }
        case .split(let lowBits):
            writer.write(UInt64(lowBits &+ 1), width: parameters.optionBits, to: &output)
            if let reference { writer.write(UInt64(reference), width: referenceBits, to: &output) }
            for index in values {
                writer.writeUnary(Int(samples[index] >> UInt32(lowBits)), to: &output)
            }
            let mask = UInt32(1) << UInt32(lowBits) &- 1
            for index in values where lowBits > 0 {
                writer.write(UInt64(samples[index] & mask), width: lowBits, to: &output)
            }
        }
        return true
    }

    /// The number of zero bits of the code word for two values.
    @inline(__always)
    private static func pairCode(_ first: UInt32, _ second: UInt32) -> Int {
        let sum = Int(first) &+ Int(second)
        return sum &* (sum &+ 1) / 2 &+ Int(second)
    }

    /// The form with the fewest bits, and how many these are without the option field.
    private func bestForm(
        _ samples: borrowing MutableSpan<UInt32>, _ block: Range<Int>, _ values: Range<Int>, referenceBits: Int
    ) -> (Form, Int) {
        var form = Form.plain
        var best = values.count &* parameters.sampleBits
        var sum = 0
        for index in values { sum &+= Int(samples[index]) }

        // The cost falls and then rises with the number of low bits; the mean is close to the best place.
        let largestSplit = min(Int(parameters.plainOption) &- 2, parameters.sampleBits &- 1)
        let mean = sum / values.count
        let guess = max(0, Int.bitWidth &- 1 &- (mean | 1).leadingZeroBitCount)
        let from = min(max(0, guess &- 1), largestSplit)
        for lowBits in from...min(largestSplit, from &+ 2) {
            var high = 0
            for index in values { high &+= Int(samples[index] >> UInt32(lowBits)) }
            let bits = high &+ values.count &* (lowBits &+ 1)
            if bits < best {
                best = bits
                form = .split(lowBits: lowBits)
            }
        }
        // Pairs pay off only for values that are almost all zero or one.
        if sum < values.count {
            var bits = 1
            for index in stride(from: block.lowerBound, to: block.upperBound, by: 2) {
                bits &+= Self.pairCode(samples[index], samples[index &+ 1]) &+ 1
            }
            if bits < best {
                best = bits
                form = .pairs
            }
        }
        return (form, best &+ referenceBits)
    }
}
