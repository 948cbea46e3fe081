/// Decodes the blocks of a CCSDS 121.0-B stream, one scanline (reference sample interval) at a time.
struct SzipDecoder: ~Escapable {
    private var reader: BitReader
    private let parameters: SzipParameters

    @_lifetime(copy stream)
    init(_ stream: RawSpan, _ parameters: SzipParameters) {
        reader = BitReader(stream)
        self.parameters = parameters
    }

    /// Decodes the next scanline into `samples`, whose size is that of a padded scanline.
    ///
    /// Stops after the block that has the sample number `needed`. Throws `damaged`.
    mutating func decodeScanline(_ samples: inout MutableSpan<UInt32>, needed: Int) throws(FilterError) {
        let blockSize = parameters.blockSize
        let plain = parameters.plainOption
        let largest = parameters.largestSample
        var position = 0
        while position < needed {
            let isReference = parameters.usesNearestNeighbor && position == 0
            let option = reader.read(parameters.optionBits)
            // Every bit that occurs in a value, to find values that no sample can have.
            var seen: UInt64 = 0
            if option == plain {
                for index in position..<(position &+ blockSize) {
                    samples[index] = reader.read(parameters.sampleBits)
                }
                position &+= blockSize
            } else if option == 0 {
                let isSecondExtension = reader.read(1) == 1
                let reference = isReference ? reader.read(parameters.sampleBits) : 0
                if isSecondExtension {
                    try decodePairs(&samples, position, isReference)
                    position &+= blockSize
                } else {
                    let blocks = zeroBlocks(at: position / blockSize)
                    guard blocks <= parameters.blocksPerScanline &- position / blockSize else {
                        throw damaged("a run of zero blocks leaves its scanline")
                    }
                    for index in position..<(position &+ blocks &* blockSize) {
                        samples[index] = 0
                    }
                    if isReference { samples[0] = reference }
                    position &+= blocks &* blockSize
                    guard !reader.isPastEnd else { throw damaged("the stream is cut short") }
                    continue
                }
                if isReference { samples[0] = reference }
                for index in (position &- blockSize)..<position {
                    seen |= UInt64(samples[index])
                }
            } else {
                seen = decodeSplit(&samples, position, lowBits: Int(option) &- 1, isReference)
                position &+= blockSize
            }
            guard !reader.isPastEnd else { throw damaged("the stream is cut short") }
            guard seen <= UInt64(largest) else { throw damaged("a value has too many bits") }
        }
        if parameters.usesNearestNeighbor { undoPrediction(&samples, count: position) }
    }

    private func damaged(_ message: String) -> FilterError {
        FilterError(.damaged, "the szip chunk is damaged: \(message)")
    }

    /// Decodes a block with split samples; the bits that occur in its values.
    @inline(__always)
    private mutating func decodeSplit(
        _ samples: inout MutableSpan<UInt32>, _ position: Int, lowBits: Int, _ isReference: Bool
    ) -> UInt64 {
        var seen: UInt64 = 0
        var first = position
        if isReference {
            samples[position] = reader.read(parameters.sampleBits)
            first &+= 1
        }
        let end = position &+ parameters.blockSize
        for index in first..<end {
            let high = UInt64(truncatingIfNeeded: reader.readUnary()) << UInt64(lowBits)
            seen |= high
            samples[index] = UInt32(truncatingIfNeeded: high)
        }
        if lowBits > 0 {
            for index in first..<end {
                samples[index] |= reader.read(lowBits)
            }
        }
        // The low bits may exceed the sample's width when the option has more of them than a sample has.
        if lowBits > parameters.sampleBits {
            for index in first..<end { seen |= UInt64(samples[index]) }
        }
        return seen
    }

    /// Decodes a block of the second extension: each code word stands for two values.
    private mutating func decodePairs(
        _ samples: inout MutableSpan<UInt32>, _ position: Int, _ isReference: Bool
    ) throws(FilterError) {
        var index = position
        while index < position &+ parameters.blockSize {
            let code = reader.readUnary()
            // The code of the largest useful sum; a longer one would take more bits than plain samples.
            guard code < 1 << 20 else { throw damaged("a code word is too long") }
            var sum = 0
            while (sum &+ 1) &* (sum &+ 2) / 2 <= code { sum &+= 1 }
            let second = code &- sum &* (sum &+ 1) / 2
            // The first value of the pair with the reference sample is not coded; the caller puts it in.
            samples[index] = UInt32(truncatingIfNeeded: sum &- second)
            samples[index &+ 1] = UInt32(truncatingIfNeeded: second)
            index &+= 2
        }
    }

    /// The number of blocks that a zero-block code announces.
    private mutating func zeroBlocks(at block: Int) -> Int {
        let code = reader.readUnary() &+ 1
        // 5 means "to the end of the segment of 64 blocks", which makes room for it between 4 and 5.
        if code == 5 { return min(parameters.blocksPerScanline &- block, 64 &- block % 64) }
        return code > 5 ? code &- 1 : code
    }

    /// Turns mapped prediction errors into samples, each predicted to equal the one before.
    private func undoPrediction(_ samples: inout MutableSpan<UInt32>, count: Int) {
        guard count > 0 else { return }
        let largest = parameters.largestSample
        var sample = samples[0]
        for index in 1..<count {
            let mapped = samples[index]
            let below = sample
            let above = largest &- sample
            let margin = min(below, above)
            let half = mapped >> 1
            // Even codes go up, odd ones down; past the margin there is only one direction left.
            let near = mapped & 1 == 0 ? sample &+ half : sample &- half &- 1
            let far = below <= above ? mapped : largest &- mapped
            sample = half &+ (mapped & 1) <= margin ? near : far
            samples[index] = sample
        }
    }
}
