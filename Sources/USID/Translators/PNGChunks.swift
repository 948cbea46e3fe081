import HDF5Filters

/// The chunks of a PNG file (PNG third edition, 5): what comes before and after the samples, checked.
struct PNGChunks: Sendable {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    /// The most bytes of one text after decompression.
    private static let textLimit = 1 << 20

    private(set) var width = 0
    private(set) var height = 0
    private(set) var depth = 0
    private(set) var colourType = 0
    private(set) var isInterlaced = false
    /// Red, green and blue of each entry.
    private(set) var palette: [UInt8] = []
    /// The content of tRNS.
    private(set) var transparency: [UInt8] = []
    private(set) var metadata: [RasterImage.Property] = []
    /// The chunks that hold the zlib stream, from type to checksum.
    private(set) var data: [Range<Int>] = []

    init(_ file: RasterBytes) throws {
        var offset = Self.signature.count
        var isFirst = true
        while true {
            let length = Int(try file.uint32(at: offset, bigEndian: true))
            guard length < 1 << 31 else { throw file.damaged(at: offset, "a chunk states \(length) bytes") }
            let name = RasterBytes.latin1(try file.array(at: offset + 4, count: 4))
            // The type, the content and the checksum, which covers both.
            let body = try file.range(at: offset + 4, count: length + 8)
            guard isFirst == (name == "IHDR") else {
                throw file.damaged(at: offset, "the first chunk, and no other one, is IHDR; here is '\(name)'")
            }
            isFirst = false
            if name == "IDAT" {
                data.append(body)
            } else {
                try Self.check(body, file)
                if name == "IEND" { break }
                try read(name, Array(file.bytes[(body.lowerBound + 4)..<(body.upperBound - 4)]), at: offset, file)
            }
            offset = body.upperBound
        }
        guard !data.isEmpty else { throw file.damaged(at: offset, "there is no chunk IDAT with the samples") }
        if colourType == 3, palette.isEmpty {
            throw file.damaged(at: offset, "there is no chunk PLTE with the colours")
        }
    }

    /// Checks the CRC-32 of a chunk, from its type to the checksum itself.
    static func check(_ body: Range<Int>, _ file: RasterBytes) throws {
        let end = body.upperBound - 4
        var checksum = CRC32()
        checksum.update(file.bytes.span.bytes.extracting(body.lowerBound..<end))
        guard try file.uint32(at: end, bigEndian: true) == checksum.value else {
            let name = RasterBytes.latin1(try file.array(at: body.lowerBound, count: 4))
            throw file.damaged(at: body.lowerBound - 4, "the checksum of chunk '\(name)' is wrong")
        }
    }

    private mutating func read(_ name: String, _ content: [UInt8], at offset: Int, _ file: RasterBytes) throws {
        func number(_ index: Int) throws -> Int { Int(try file.uint32(at: offset + 8 + index, bigEndian: true)) }
        func require(_ count: Int) throws {
            guard content.count == count else {
                throw file.damaged(at: offset, "chunk '\(name)' has \(content.count) bytes, expected are \(count)")
            }
        }
        switch name {
        case "IHDR":
            try require(13)
            (width, height) = (try number(0), try number(4))
            (depth, colourType) = (Int(content[8]), Int(content[9]))
            guard width > 0, height > 0, width < 1 << 31, height < 1 << 31 else {
                throw file.damaged(at: offset, "the picture states \(width) × \(height) pixels")
            }
            let depths: [Int: [Int]] = [0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]]
            guard depths[colourType]?.contains(depth) == true else {
                throw file.damaged(at: offset, "there is no colour type \(colourType) with \(depth) bits")
            }
            guard content[10] == 0, content[11] == 0, content[12] <= 1 else {
                throw file.unsupported(
                    at: offset,
                    "compression \(content[10]), filter \(content[11]), interlace \(content[12]) are not known: save the "
                        + "picture anew")
            }
            isInterlaced = content[12] == 1
        case "PLTE":
            guard content.count % 3 == 0, (3...768).contains(content.count), palette.isEmpty else {
                throw file.damaged(at: offset, "a palette of \(content.count) bytes, or a second one, is not possible")
            }
            palette = content
        case "tRNS":
            let expected = [0: 2, 2: 6][colourType]
            guard expected.map({ content.count == $0 }) ?? (colourType == 3 && content.count <= palette.count / 3)
            else {
                throw file.damaged(at: offset, "a chunk tRNS of \(content.count) bytes does not fit the picture")
            }
            transparency = content
        case "gAMA":
            try require(4)
            add(name, NumberText.short(Double(try number(0)) / 100_000, digits: 6))
        case "pHYs":
            try require(9)
            add(name, "\(try number(0)) × \(try number(4)) per " + (content[8] == 1 ? "m" : "unit"))
        case "tEXt", "zTXt", "iTXt": try readText(name, content, at: offset, file)
        default:
            // The case of the first letter says whether the picture means something else without the chunk.
            guard let first = name.utf8.first, first & 0x20 != 0 else {
                throw file.unsupported(at: offset, "chunk '\(name)' is needed and not known: save the picture anew")
            }
        }
    }

    private mutating func add(_ name: String, _ value: String) { metadata.append(.init(name, value)) }

    private mutating func readText(_ name: String, _ content: [UInt8], at offset: Int, _ file: RasterBytes) throws {
        guard let end = content.firstIndex(of: 0), end > 0 else {
            throw file.damaged(at: offset, "the text in chunk '\(name)' has no keyword")
        }
        let keyword = RasterBytes.latin1(content[..<end])
        var rest = content[(end + 1)...]
        var isCompressed = name == "zTXt"
        if name == "iTXt" {
            // Compression flag and method, language, translated keyword.
            guard rest.count >= 2 else { throw file.damaged(at: offset, "chunk 'iTXt' is cut short") }
            isCompressed = rest[rest.startIndex] != 0
            rest = rest.dropFirst(2)
            for _ in 0..<2 {
                guard let end = rest.firstIndex(of: 0) else {
                    throw file.damaged(at: offset, "chunk 'iTXt' is cut short")
                }
                rest = rest[(end + 1)...]
            }
        } else if isCompressed {
            rest = rest.dropFirst()
        }
        var text = Array(rest)
        if isCompressed {
            let all: [UInt8]?
            do {
                all = try InflatingReader.all(text, limit: Self.textLimit)
            } catch {
                throw file.damaged(at: offset, "the text '\(keyword)' cannot be decompressed (\(error.message))")
            }
            guard let all else {
                throw USIDError(
                    .tooLarge, path: file.path,
                    "at byte \(offset): the text '\(keyword)' takes more than \(Self.textLimit) bytes: remove it from the "
                        + "picture")
            }
            text = all
        }
        add(keyword, name == "iTXt" ? String(decoding: text, as: UTF8.self) : RasterBytes.latin1(text))
    }
}
