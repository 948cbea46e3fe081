import HDF5Filters

/// PNG: every colour type and depth, interlaced or not.
struct PNGDecoder: RasterDecoder {
    static let formatName = "PNG"
    static func recognises(_ file: RasterBytes) -> Bool { file.hasBytes(PNGChunks.signature, at: 0) }

    private let file: RasterBytes
    private let chunks: PNGChunks
    private let sampleCount: Int

    init(_ file: RasterBytes) throws {
        self.file = file
        chunks = try PNGChunks(file)
        let channels = Self.channels(of: chunks)
        let bytes = chunks.depth == 16 ? 2 : 1
        // Enough is left of the stream's ratio for pictures of few bits, which are checked once more when decoding.
        _ = try file.check(
            size: product(chunks.width, chunks.height, channels.rawValue, bytes), most: .max, at: 16, "the picture")
        sampleCount = chunks.width * chunks.height * channels.rawValue
    }

    let pageCount = 1

    private static func channels(of chunks: PNGChunks) -> RasterImage.Channels {
        let hasAlpha = !chunks.transparency.isEmpty
        return switch chunks.colourType {
        case 0: hasAlpha ? .greyAlpha : .grey
        case 2, 3: hasAlpha ? .rgba : .rgb
        case 4: .greyAlpha
        default: .rgba
        }
    }

    /// The bits of a sample in memory: those of colours in a palette are 8.
    private var bits: Int { chunks.colourType == 3 ? 8 : chunks.depth }

    func layout(page: Int) -> RasterLayout {
        RasterLayout(
            width: chunks.width, height: chunks.height, channels: Self.channels(of: chunks),
            elementType: bits == 16 ? .uint16 : .uint8, bitsPerSample: bits, metadata: chunks.metadata)
    }

    func image(page: Int) throws -> RasterImage {
        let elements: RasterElements =
            bits == 16 ? .uint16(try samples(of: UInt16.self)) : .uint8(try samples(of: UInt8.self))
        return try RasterImage(
            width: chunks.width, height: chunks.height, channels: Self.channels(of: chunks), elements: elements,
            bitsPerSample: bits, metadata: chunks.metadata)
    }

    /// A part of the picture that is stored as a picture of its own: the whole, or one of the seven of Adam7.
    private struct Pass {
        let x: Int
        let y: Int
        let xStep: Int
        let yStep: Int

        func columns(_ width: Int) -> Int { width > x ? (width - x + xStep - 1) / xStep : 0 }
        func rows(_ height: Int) -> Int { height > y ? (height - y + yStep - 1) / yStep : 0 }

        static let whole = [Pass(x: 0, y: 0, xStep: 1, yStep: 1)]
        static let adam7 = [
            Pass(x: 0, y: 0, xStep: 8, yStep: 8), Pass(x: 4, y: 0, xStep: 8, yStep: 8),
            Pass(x: 0, y: 4, xStep: 4, yStep: 8), Pass(x: 2, y: 0, xStep: 4, yStep: 4),
            Pass(x: 0, y: 2, xStep: 2, yStep: 4), Pass(x: 1, y: 0, xStep: 2, yStep: 2),
            Pass(x: 0, y: 1, xStep: 1, yStep: 2),
        ]
    }

    private func samples<Sample: FixedWidthInteger & UnsignedInteger>(of type: Sample.Type) throws -> [Sample] {
        let start = chunks.data.first?.lowerBound ?? 0
        let stored = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][chunks.colourType] ?? 1
        let pixelBits = stored * chunks.depth
        let passes = chunks.isInterlaced ? Pass.adam7 : Pass.whole
        var total = 0
        for pass in passes where pass.columns(chunks.width) > 0 {
            // The samples of the picture have been counted, and no row has more bits than 8 times those.
            total += pass.rows(chunks.height) * ((pass.columns(chunks.width) * pixelBits + 7) / 8 + 1)
        }
        let compressed = chunks.data.reduce(0) { $0 + $1.count - 8 }
        let (most, overflow) = compressed.multipliedReportingOverflow(by: InflatingReader.largestRatio)
        _ = try file.check(size: total, most: overflow ? .max : most, at: start, "the picture")

        var stream: [UInt8] = []
        stream.reserveCapacity(compressed)
        for body in chunks.data {
            try PNGChunks.check(body, file)
            stream += file.bytes[(body.lowerBound + 4)..<(body.upperBound - 4)]
        }
        do {
            var reader = try InflatingReader(stream)
            var placement = Placement<Sample>(chunks, stored: stored, sampleCount: sampleCount)
            for pass in passes {
                let columns = pass.columns(chunks.width)
                guard columns > 0 else { continue }
                let rowBytes = (columns * pixelBits + 7) / 8
                var row = [UInt8](repeating: 0, count: rowBytes + 1)
                var previous = row
                for number in 0..<pass.rows(chunks.height) {
                    guard try reader.fill(&row) == row.count else {
                        throw file.damaged(at: start, "the samples end before the picture is full")
                    }
                    guard Self.unfilter(&row, previous, distance: max(1, pixelBits / 8)) else {
                        throw file.damaged(at: start, "a row states filter \(row[0]), which there is not")
                    }
                    let first = (pass.y + number * pass.yStep) * chunks.width + pass.x
                    guard placement.place(row, count: columns, first: first, step: pass.xStep) else {
                        throw file.damaged(at: start, "a pixel states a colour that the palette does not have")
                    }
                    swap(&row, &previous)
                }
            }
            var probe: [UInt8] = [0]
            guard try reader.fill(&probe) == 0, reader.isEnd else {
                throw file.damaged(at: start, "there are more samples than the picture has, or they are cut short")
            }
            return placement.samples
        } catch let error as FilterError {
            throw file.damaged(at: start, "the samples cannot be decompressed (\(error.message))")
        }
    }

    /// Undoes the filter of a row, which its first byte names; false where there is no such filter.
    private static func unfilter(_ row: inout [UInt8], _ previous: [UInt8], distance: Int) -> Bool {
        switch row[0] {
        case 0: return true
        case 1:
            var index = 1 + distance
            while index < row.count {
                row[index] &+= row[index - distance]
                index += 1
            }
        case 2: for index in 1..<row.count { row[index] &+= previous[index] }
        case 3:
            for index in 1..<row.count {
                let left = index > distance ? Int(row[index - distance]) : 0
                row[index] &+= UInt8((left + Int(previous[index])) / 2)
            }
        case 4:
            for index in 1..<row.count {
                let left = index > distance ? Int(row[index - distance]) : 0
                let corner = index > distance ? Int(previous[index - distance]) : 0
                let up = Int(previous[index])
                let toLeft = abs(up - corner)
                let toUp = abs(left - corner)
                let toCorner = abs(left + up - 2 * corner)
                let nearest = toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner
                row[index] &+= UInt8(nearest)
            }
        default: return false
        }
        return true
    }

    /// Puts the pixels of rows where they belong.
    private struct Placement<Sample: FixedWidthInteger & UnsignedInteger> {
        private(set) var samples: [Sample]
        private let depth: Int
        private let stored: Int
        private let channels: Int
        /// Red, green, blue and opacity of each entry.
        private var colours: [[Sample]]?
        /// The pixel that is transparent.
        private var clear: [Sample]?
        private let opaque: Sample

        init(_ chunks: PNGChunks, stored: Int, sampleCount: Int) {
            samples = [Sample](repeating: 0, count: sampleCount)
            depth = chunks.depth
            self.stored = stored
            channels = PNGDecoder.channels(of: chunks).rawValue
            opaque = Sample(truncatingIfNeeded: (1 << chunks.depth) - 1)
            let transparency = chunks.transparency
            if chunks.colourType == 3 {
                colours = (0..<(chunks.palette.count / 3)).map { entry in
                    let alpha = entry < transparency.count ? transparency[entry] : 255
                    return (chunks.palette[(entry * 3)..<(entry * 3 + 3)] + [alpha]).map {
                        Sample(truncatingIfNeeded: $0)
                    }
                }
            } else if !transparency.isEmpty {
                clear = stride(from: 0, to: transparency.count - 1, by: 2).map {
                    Sample(truncatingIfNeeded: UInt16(transparency[$0]) << 8 | UInt16(transparency[$0 + 1]))
                }
            }
        }

        /// False where a pixel has no colour.
        mutating func place(_ row: [UInt8], count: Int, first: Int, step: Int) -> Bool {
            let spread = depth < 8 ? RasterSamples.spread(row[1...], bits: depth, count: count * stored) : []
            for pixel in 0..<count {
                let target = (first + pixel * step) * channels
                if let colours {
                    let index = Int(depth < 8 ? spread[pixel] : row[1 + pixel])
                    guard index < colours.count else { return false }
                    for channel in 0..<channels { samples[target + channel] = colours[index][channel] }
                    continue
                }
                var isClear = clear != nil
                for channel in 0..<stored {
                    let number = pixel * stored + channel
                    let value: Sample =
                        switch depth {
                        case 16: Sample(row[1 + 2 * number]) << 8 | Sample(row[2 + 2 * number])
                        case 8: Sample(row[1 + number])
                        default: Sample(spread[number])
                        }
                    samples[target + channel] = value
                    if let clear { isClear = isClear && clear[channel] == value }
                }
                if clear != nil { samples[target + stored] = isClear ? 0 : opaque }
            }
            return true
        }
    }
}
