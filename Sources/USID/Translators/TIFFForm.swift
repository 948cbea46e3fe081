/// How one picture of a TIFF file is stored, checked.
struct TIFFForm: Sendable {
    enum Compression: Int {
        case none = 1
        case lzw = 5
        case deflate = 8
        case packBits = 32773
        case oldDeflate = 32946

        /// The most bytes that a stored byte can stand for: a code of LZW of 9 bits or more at most 4096 of them.
        var largestRatio: Int {
            switch self {
            case .none: 1
            case .lzw: 4096
            case .deflate, .oldDeflate: InflatingReader.largestRatio
            case .packBits: 64
            }
        }
    }

    let width: Int
    let height: Int
    /// Samples of a pixel.
    let samples: Int
    /// Bits of a sample in the file.
    let bits: Int
    let kind: RasterSamples.Kind
    let compression: Compression
    /// 1: none, 2: differences of neighbours, 3: the same of the bytes of floating-point numbers.
    let predictor: Int
    /// Whether each of the samples is stored as a picture of its own.
    let isPlanar: Bool
    let isWhiteZero: Bool
    /// Red, then green, then blue of all entries; nil where samples are no numbers of colours.
    let palette: [Int]?
    /// Width and height of a tile or strip.
    let blockWidth: Int
    let blockHeight: Int
    let isTiled: Bool
    let offsets: [Int]
    let counts: [Int]

    var blocksAcross: Int { (width - 1) / blockWidth + 1 }
    var blocksDown: Int { (height - 1) / blockHeight + 1 }
    /// Samples of a pixel that lie side by side.
    var samplesInBlock: Int { isPlanar ? 1 : samples }
    /// The bytes of a sample once it is spread.
    var sampleBytes: Int { max(1, bits / 8) }

    var channels: RasterImage.Channels {
        palette != nil ? .rgb : RasterImage.Channels(rawValue: samples) ?? .grey
    }

    /// Whether the colours of the palette are of 8 bits, written twice or in the upper byte.
    var hasBytePalette: Bool {
        guard let palette else { return false }
        return palette.allSatisfy { $0 & 0xFF == 0 } || palette.allSatisfy { $0 >> 8 == $0 & 0xFF }
    }

    var elementType: RasterElementType {
        if palette != nil { return hasBytePalette ? .uint8 : .uint16 }
        return RasterSamples(kind: kind, bits: max(8, bits), isBigEndian: false).elementType ?? .uint8
    }

    init(_ directory: TIFFDirectory) throws {
        let file = directory.file
        func damaged(_ message: String) -> USIDError { file.damaged(at: directory.offset, message) }
        func unsupported(_ message: String) -> USIDError { file.unsupported(at: directory.offset, message) }
        width = try directory.required(256, "width")
        height = try directory.required(257, "height")
        guard width > 0, height > 0, width < 1 << 31, height < 1 << 31 else {
            throw damaged("the picture states \(width) × \(height) pixels")
        }
        samples = try directory.integer(277, default: 1)
        let photometric = try directory.required(262, "photometric interpretation")
        let allowed: [Int: [Int]] = [0: [1, 2], 1: [1, 2], 2: [3, 4], 3: [1]]
        guard let counts = allowed[photometric] else {
            throw unsupported(
                "colours of kind \(photometric) are not read: save the picture as grey, RGB or with a palette")
        }
        guard counts.contains(samples) else {
            throw unsupported("\(samples) samples per pixel with colours of kind \(photometric) are not read")
        }
        isWhiteZero = photometric == 0

        let allBits = try directory.integers(258) ?? [1]
        let allKinds = try directory.integers(339) ?? [1]
        let bits = allBits.first ?? 1
        self.bits = bits
        guard allBits.allSatisfy({ $0 == bits }), allKinds.allSatisfy({ $0 == allKinds.first }) else {
            throw unsupported(
                "samples of different types in one pixel are not read: save them as pictures of their own")
        }
        let kind: RasterSamples.Kind
        switch allKinds.first ?? 1 {
        case 1, 4: kind = .unsigned
        case 2: kind = .signed
        case 3: kind = .float
        default: throw unsupported("samples of kind \(allKinds.first ?? 0) are not read: save them as real numbers")
        }
        self.kind = kind
        let isSmall = kind == .unsigned && [1, 2, 4].contains(bits)
        guard isSmall || RasterSamples(kind: kind, bits: bits, isBigEndian: false).elementType != nil else {
            throw unsupported("\(kind) samples of \(bits) bits are not read: save them with 8, 16 or 32")
        }

        let method = try directory.integer(259, default: 1)
        guard let compression = Compression(rawValue: method) else {
            throw unsupported(
                "compression \(method) is not read: save the picture uncompressed, or with LZW, deflate or PackBits")
        }
        self.compression = compression
        guard try directory.integer(266, default: 1) == 1 else {
            throw unsupported("bytes whose lowest bit comes first are not read: save the picture with fill order 1")
        }
        predictor = try directory.integer(317, default: 1)
        let fits =
            switch predictor {
            case 1: true
            case 2: bits >= 8
            case 3: kind == .float
            default: false
            }
        guard fits else { throw unsupported("predictor \(predictor) does not fit \(kind) samples of \(bits) bits") }
        let planar = try directory.integer(284, default: 1)
        guard planar == 1 || planar == 2 else { throw damaged("planar configuration \(planar) is not possible") }
        isPlanar = planar == 2 && samples > 1

        if photometric == 3 {
            let colours = try directory.integers(320) ?? []
            guard kind == .unsigned, bits <= 16, colours.count == 3 << bits, colours.allSatisfy({ $0 <= 0xFFFF }) else {
                throw damaged("a palette of \(colours.count) numbers does not fit samples of \(bits) bits")
            }
            palette = colours
        } else {
            palette = nil
        }

        if let offsets = try directory.integers(324) {
            isTiled = true
            blockWidth = try directory.required(322, "width of tiles")
            blockHeight = try directory.required(323, "height of tiles")
            self.offsets = offsets
            self.counts = try directory.integers(325) ?? []
        } else {
            isTiled = false
            blockWidth = width
            blockHeight = min(height, try directory.integer(278, default: height))
            offsets = try directory.integers(273) ?? []
            // Writers of uncompressed pictures leave the counts out at times; then the size tells them.
            self.counts = try directory.integers(279) ?? []
        }
        guard blockWidth > 0, blockHeight > 0, blockWidth < 1 << 31, blockHeight < 1 << 31 else {
            throw damaged("strips or tiles of \(blockWidth) × \(blockHeight) pixels are not possible")
        }
        guard let blocks = product(blocksAcross, blocksDown, isPlanar ? samples : 1), blocks == offsets.count,
            blocks == self.counts.count
        else {
            throw damaged(
                "\(offsets.count) offsets and \(self.counts.count) sizes of strips or tiles do not make the picture")
        }
        try checkSize(file, at: directory.offset)
    }

    /// Checks what decoding will take in memory, before any of it is asked for.
    private func checkSize(_ file: RasterBytes, at offset: Int) throws {
        let channelBytes = palette == nil ? sampleBytes : hasBytePalette ? 1 : 2
        _ = try file.check(
            size: product(width, height, channels.rawValue, channelBytes), most: .max, at: offset, "the picture")
        var stored = 0
        for count in counts { stored = min(file.count, stored &+ min(count, file.count)) }
        let rowBits = product(width, samples, bits)
        // A margin, as streams of a few bytes do not keep to the ratio.
        let most = stored.multipliedReportingOverflow(by: compression.largestRatio)
        _ = try file.check(
            size: rowBits.flatMap { product($0 / 8, height) }, most: most.overflow ? .max : most.partialValue,
            at: offset, "the picture")
        // Tiles may lie at the same place, so that few bytes stand for many of them.
        _ = try file.check(
            size: blockBytes(rows: blockHeight).flatMap { product($0, isTiled ? offsets.count : 0) }, most: .max,
            at: offset, "all tiles")
        for count in counts {
            let most = count.multipliedReportingOverflow(by: compression.largestRatio)
            _ = try file.check(
                size: isTiled ? blockBytes(rows: blockHeight) : 0, most: most.overflow ? .max : most.partialValue,
                at: offset, "a tile")
        }
    }

    /// The bytes of some rows of a block after decompression; nil where they are too many for an `Int`.
    func blockBytes(rows: Int) -> Int? {
        product(blockWidth, samplesInBlock, bits).flatMap { product(($0 + 7) / 8, rows) }
    }
}
