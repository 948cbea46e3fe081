/// BMP: 1 to 32 bits, with masks, runs of equal pixels, in either direction of rows.
struct BMPDecoder: RasterDecoder {
    static let formatName = "BMP"
    static func recognises(_ file: RasterBytes) -> Bool {
        guard file.hasBytes([0x42, 0x4D], at: 0), let size = try? file.uint32(at: 14, bigEndian: false) else {
            return false
        }
        return size == 12 || (40...1024).contains(size)
    }

    let pageCount = 1
    private let file: RasterBytes
    private let width: Int
    private let height: Int
    private let isTopDown: Bool
    private let bits: Int
    /// 0: none, 1 and 2: runs of pixels of 8 and 4 bits, 3 and 6: masks.
    private let compression: Int
    /// Where the pixels are.
    private let start: Int
    /// Blue, green and red of each entry.
    private let palette: [[UInt8]]
    /// The bits of red, green, blue and opacity; the last is 0 where there is none.
    private let masks: [UInt32]
    private let metadata: [RasterImage.Property]

    init(_ file: RasterBytes) throws {
        self.file = file
        func long(_ offset: Int) throws -> Int { Int(try file.uint32(at: offset, bigEndian: false)) }
        func word(_ offset: Int) throws -> Int { Int(try file.uint16(at: offset, bigEndian: false)) }
        start = try long(10)
        let headerSize = try long(14)
        let isOld = headerSize == 12
        let signedHeight: Int
        if isOld {
            (width, signedHeight) = (try word(18), try word(20))
        } else {
            width = Int(Int32(truncatingIfNeeded: try long(18)))
            signedHeight = Int(Int32(truncatingIfNeeded: try long(22)))
        }
        isTopDown = signedHeight < 0
        height = abs(signedHeight)
        let bits = try word(isOld ? 24 : 28)
        let compression = isOld ? 0 : try long(30)
        guard width > 0, height > 0 else {
            throw file.damaged(at: 18, "the picture states \(width) × \(signedHeight) pixels")
        }
        let allowed: [Int: [Int]] = [0: [1, 4, 8, 16, 24, 32], 1: [8], 2: [4], 3: [16, 32], 6: [16, 32]]
        guard let depths = allowed[compression] else {
            throw file.unsupported(
                at: 30, "compression \(compression) is not read: save the picture uncompressed, or as PNG")
        }
        guard depths.contains(bits), compression == 0 || compression > 2 || !isTopDown else {
            throw file.damaged(at: 28, "\(bits) bits do not go with compression \(compression)")
        }
        self.bits = bits
        self.compression = compression

        var masks: [UInt32] = bits == 16 ? [0x7C00, 0x3E0, 0x1F, 0] : [0xFF_0000, 0xFF00, 0xFF, 0]
        if compression >= 3 {
            let count = compression == 6 || headerSize >= 56 ? 4 : 3
            for number in 0..<count { masks[number] = try file.uint32(at: 54 + 4 * number, bigEndian: false) }
            // One run of bits each, apart from the others.
            var seen: UInt32 = 0
            for mask in masks {
                let run = mask == 0 ? 0 : mask >> UInt32(mask.trailingZeroBitCount)
                guard run & (run &+ 1) == 0, seen & mask == 0 else {
                    throw file.damaged(at: 54, "the masks of the colours are not possible")
                }
                seen |= mask
            }
        }
        self.masks = masks

        var palette: [[UInt8]] = []
        if bits <= 8 {
            let stated = isOld ? 0 : try long(46)
            let place = 14 + headerSize
            let width = isOld ? 3 : 4
            let most = isOld ? max(0, min(1 << bits, (start - place) / 3)) : 1 << bits
            let count = stated == 0 ? most : stated
            guard (1...256).contains(count) else {
                throw file.damaged(at: 46, "a palette of \(count) colours is not possible")
            }
            for number in 0..<count { palette.append(try file.array(at: place + number * width, count: 3)) }
        }
        self.palette = palette

        var metadata: [RasterImage.Property] = []
        if !isOld {
            for (name, offset) in [("XPixelsPerMeter", 38), ("YPixelsPerMeter", 42)] {
                let value = Int32(truncatingIfNeeded: try long(offset))
                if value > 0 { metadata.append(.init(name, "\(value)")) }
            }
        }
        self.metadata = metadata

        let channels = Self.channels(bits: bits, palette: palette, masks: masks)
        _ = try file.check(
            size: product(width, height, channels.rawValue), most: .max, at: 18, "the picture")
        _ = try file.range(at: start, count: 0)
        let rowBytes = (width * bits + 31) / 32 * 4
        // Two bytes of a run stand for at most 255 pixels; a jump for any number, which is why pixels may be left out.
        _ = try file.check(
            size: compression == 1 || compression == 2 ? 0 : product(rowBytes, height), most: file.count - start,
            at: start, "the pixels")
    }

    /// Grey where the palette holds nothing else.
    private static func channels(bits: Int, palette: [[UInt8]], masks: [UInt32]) -> RasterImage.Channels {
        if bits <= 8 {
            return palette.allSatisfy { $0[0] == $0[1] && $0[1] == $0[2] } ? .grey : .rgb
        }
        return masks[3] == 0 ? .rgb : .rgba
    }

    private var channels: RasterImage.Channels { Self.channels(bits: bits, palette: palette, masks: masks) }

    func layout(page: Int) -> RasterLayout {
        RasterLayout(
            width: width, height: height, channels: channels, elementType: .uint8, bitsPerSample: 8, metadata: metadata)
    }

    func image(page: Int) throws -> RasterImage {
        let samples =
            bits <= 8
            ? try coloured(compression == 0 ? try indices() : try runs())
            : try direct()
        return try RasterImage(
            width: width, height: height, channels: channels, elements: .uint8(samples), metadata: metadata)
    }

    /// The number in the picture of a row of the file.
    private func row(_ stored: Int) -> Int { isTopDown ? stored : height - 1 - stored }

    private func indices() throws -> [UInt8] {
        var result = [UInt8](repeating: 0, count: width * height)
        let rowBytes = (width * bits + 31) / 32 * 4
        for stored in 0..<height {
            let bytes = try file.array(at: start + stored * rowBytes, count: rowBytes)
            let spread = bits == 8 ? bytes : RasterSamples.spread(bytes[...], bits: bits, count: width)
            let target = row(stored) * width
            result.replaceSubrange(target..<(target + width), with: spread[..<width])
        }
        return result
    }

    /// Pixels as runs; those that are left out have colour 0.
    private func runs() throws -> [UInt8] {
        var result = [UInt8](repeating: 0, count: width * height)
        var (column, line, next) = (0, 0, start)
        func put(_ value: UInt8) throws {
            guard column < width, line < height else { throw file.damaged(at: next, "a run leaves the picture") }
            result[row(line) * width + column] = value
            column += 1
        }
        while true {
            let count = Int(try file.uint8(at: next))
            let value = try file.uint8(at: next + 1)
            next += 2
            if count > 0 {
                for number in 0..<count {
                    try put(bits == 8 ? value : number % 2 == 0 ? value >> 4 : value & 15)
                }
                continue
            }
            switch value {
            case 0: (column, line) = (0, line + 1)
            case 1: return result
            case 2:
                column += Int(try file.uint8(at: next))
                line += Int(try file.uint8(at: next + 1))
                next += 2
            default:
                let length = bits == 8 ? Int(value) : (Int(value) + 1) / 2
                let bytes = try file.array(at: next, count: length)
                for number in 0..<Int(value) {
                    try put(
                        bits == 8
                            ? bytes[number] : number % 2 == 0 ? bytes[number / 2] >> 4 : bytes[number / 2] & 15)
                }
                // Pieces have an even number of bytes.
                next += length + length % 2
            }
        }
    }

    private func coloured(_ indices: [UInt8]) throws -> [UInt8] {
        let isGrey = channels == .grey
        var result: [UInt8] = []
        result.reserveCapacity(indices.count * channels.rawValue)
        for index in indices {
            guard Int(index) < palette.count else {
                throw file.damaged(at: start, "a pixel states colour \(index), and the palette has \(palette.count)")
            }
            let colour = palette[Int(index)]
            result.append(colour[2])
            if !isGrey {
                result.append(colour[1])
                result.append(colour[0])
            }
        }
        return result
    }

    private func direct() throws -> [UInt8] {
        let count = channels.rawValue
        var result = [UInt8](repeating: 0, count: width * height * count)
        let pixelBytes = bits / 8
        let rowBytes = (width * bits + 31) / 32 * 4
        for stored in 0..<height {
            let bytes = try file.array(at: start + stored * rowBytes, count: rowBytes)
            for column in 0..<width {
                var pixel: UInt32 = 0
                for part in (0..<pixelBytes).reversed() {
                    pixel = pixel << 8 | UInt32(bytes[column * pixelBytes + part])
                }
                let target = (row(stored) * width + column) * count
                for channel in 0..<count { result[target + channel] = Self.sample(pixel, masks[channel]) }
            }
        }
        return result
    }

    /// The bits under a mask, brought to 0 to 255.
    private static func sample(_ pixel: UInt32, _ mask: UInt32) -> UInt8 {
        guard mask != 0 else { return 0 }
        let shift = UInt32(mask.trailingZeroBitCount)
        let greatest = UInt64(mask >> shift)
        return UInt8(truncatingIfNeeded: (UInt64((pixel & mask) >> shift) * 255 + greatest / 2) / greatest)
    }
}
