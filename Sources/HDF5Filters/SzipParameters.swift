/// The client values of the szip filter, and what follows from them for the coder.
///
/// Client values: 0 options, 1 pixels per block, 2 bits per pixel, 3 pixels per scanline.
struct SzipParameters {
    /// Whether samples are big-endian.
    let isBigEndian: Bool
    /// Whether each sample is predicted from the one before it.
    let usesNearestNeighbor: Bool
    /// The number of samples in a block, 2 to 32.
    let blockSize: Int
    /// The number of samples of a scanline in the data, 1 to 4096.
    let scanlineSize: Int
    /// The number of blocks of a scanline in the stream, which is the reference sample interval.
    let blocksPerScanline: Int
    /// The number of bits of a sample.
    let sampleBits: Int
    /// The number of bytes of a sample in the data: 1, 2 or 4.
    let sampleSize: Int
    /// The number of byte planes into which wide pixels are taken apart before coding; 1 when they are not.
    let planes: Int

    /// The number of bits that tell the coding option of a block.
    var optionBits: Int { sampleBits <= 8 ? 3 : sampleBits <= 16 ? 4 : 5 }
    /// The value of the option field that announces plain samples.
    var plainOption: UInt32 { 1 << UInt32(optionBits) - 1 }
    /// The largest value of a sample.
    var largestSample: UInt32 { UInt32.max >> UInt32(32 - sampleBits) }

    private static let bigEndianOption: UInt32 = 16
    private static let nearestNeighborOption: UInt32 = 32

    /// Reads the client values; throws `badParameters`.
    init(_ values: [UInt32]) throws(FilterError) {
        guard values.count >= 4 else { throw Self.bad("there are \(values.count) of 4 client values") }
        let pixelBits = Int(values[2])
        guard (1...24).contains(pixelBits) || pixelBits == 32 || pixelBits == 64 else {
            throw Self.bad("\(pixelBits) bits per pixel")
        }
        guard (2...32).contains(values[1]), values[1] % 2 == 0 else { throw Self.bad("\(values[1]) pixels per block") }
        guard (1...4096).contains(values[3]) else { throw Self.bad("\(values[3]) pixels per scanline") }
        isBigEndian = values[0] & Self.bigEndianOption != 0
        usesNearestNeighbor = values[0] & Self.nearestNeighborOption != 0
        blockSize = Int(values[1])
        scanlineSize = Int(values[3])
        blocksPerScanline = (scanlineSize + blockSize - 1) / blockSize
        planes = pixelBits >= 32 ? pixelBits / 8 : 1
        sampleBits = pixelBits >= 32 ? 8 : pixelBits
        sampleSize = sampleBits <= 8 ? 1 : sampleBits <= 16 ? 2 : 4
    }

    private static func bad(_ message: String) -> FilterError {
        FilterError(.badParameters, "szip parameters: \(message)")
    }

    /// Loads consecutive samples of the data into the start of `samples`.
    func load(_ input: RawSpan, at offset: Int, count: Int, into samples: inout MutableSpan<UInt32>) {
        switch sampleSize {
        case 1: load(UInt8.self, input, offset, count, &samples)
        case 2: load(UInt16.self, input, offset, count, &samples)
        default: load(UInt32.self, input, offset, count, &samples)
        }
    }

    @inline(__always)
    private func load<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ type: T.Type, _ input: RawSpan, _ offset: Int, _ count: Int, _ samples: inout MutableSpan<UInt32>
    ) {
        for index in 0..<count {
            let stored = input.load(offset &+ index &* MemoryLayout<T>.size, as: T.self)
            samples[index] = UInt32(isBigEndian ? T(bigEndian: stored) : T(littleEndian: stored))
        }
    }

    /// Stores the first samples of `samples` as data.
    func store(_ samples: borrowing MutableSpan<UInt32>, count: Int, to output: inout MutableRawSpan, at offset: Int) {
        switch sampleSize {
        case 1: store(UInt8.self, samples, count, &output, offset)
        case 2: store(UInt16.self, samples, count, &output, offset)
        default: store(UInt32.self, samples, count, &output, offset)
        }
    }

    @inline(__always)
    private func store<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ type: T.Type, _ samples: borrowing MutableSpan<UInt32>, _ count: Int, _ output: inout MutableRawSpan,
        _ offset: Int
    ) {
        for index in 0..<count {
            let value = T(truncatingIfNeeded: samples[index])
            let stored = isBigEndian ? value.bigEndian : value.littleEndian
            output.store(stored, at: offset &+ index &* MemoryLayout<T>.size)
        }
    }
}
