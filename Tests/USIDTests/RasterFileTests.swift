import Testing

@testable import USID

@Suite("Reading pictures")
struct RasterFileTests {
    @Test("every picture has the elements that its maker put there", arguments: Pictures.names)
    func elements(name: String) throws {
        let pages = try #require(Pictures.golden[name])
        let file = try RasterFile(path: Pictures.path(name))
        #expect(file.pageCount == pages.count)
        for (page, golden) in pages.enumerated() {
            let image = try file.image(page: page)
            let layout = try file.layout(page: page)
            #expect(image.width == golden.width)
            #expect(image.height == golden.height)
            #expect(image.channels.rawValue == golden.channels)
            #expect(image.elements.type.rawValue == golden.type)
            #expect(image.bitsPerSample == golden.bits)
            #expect(crc32(image.elements.littleEndianBytes) == golden.crc32)
            #expect(layout.width == image.width)
            #expect(layout.height == image.height)
            #expect(layout.channels == image.channels)
            #expect(layout.elementType == image.elements.type)
            #expect(layout.bitsPerSample == image.bitsPerSample)
            #expect(layout.metadata == image.metadata)
        }
    }

    @Test("there are pictures of every kind to read")
    func fixtures() { #expect(Pictures.names.count > 90) }

    @Test("texts of a PNG file are metadata, compressed or not, in any language")
    func textsOfPNG() throws {
        let metadata = try RasterFile(path: Pictures.path("png-texts.png")).image().metadata
        #expect(
            metadata == [
                .init("gAMA", "0.45455"), .init("pHYs", "3937 × 3937 per m"), .init("Title", "Größe"),
                .init("Comment", String(repeating: "tip 7, ", count: 30)), .init("Author", "Łucja"),
                .init("Sample", "PZT – 5 µm"),
            ])
    }

    @Test("what a TIFF file says is metadata")
    func metadataOfTIFF() throws {
        let metadata = try RasterFile(path: Pictures.path("tiff-1bit-packbits.tif")).image().metadata
        #expect(metadata.contains(.init("ImageDescription", "two levels")))
        #expect(metadata.contains(.init("XResolution", "300")))
        #expect(metadata.contains(.init("YResolution", "150")))
        #expect(metadata.contains(.init("ResolutionUnit", "inch")))
        let made = try RasterFile(path: Pictures.path("tiff-uint8-big.tif")).image().metadata
        #expect(made.contains(.init("Software", "make_images.py")))
    }

    @Test("half precision comes out as the same numbers in single precision")
    func halfPrecision() {
        for (half, expected) in [
            (0x0000, 0), (0x0001, 0x1p-24), (0x03FF, 1023 * 0x1p-24), (0x3C00, 1), (0xC000, -2), (0x7BFF, 65504),
            (0x7C00, .infinity), (0xFC00, -.infinity), (0x3555, 0x1.554p-2),
        ] as [(UInt16, Float)] {
            #expect(RasterSamples.float(half: half) == expected)
        }
        #expect(RasterSamples.float(half: 0x7E00).isNaN)
        #expect(RasterSamples.float(half: 0x8000).sign == .minus)
    }

    @Test("pages that there are not, unknown files and missing files are errors that say so")
    func refusals() throws {
        let file = try RasterFile(path: Pictures.path("tiff-stack-big-little.tif"))
        #expect(code { try file.image(page: 4) } == .outOfRange)
        #expect(code { try file.image(page: -1) } == .outOfRange)
        #expect(code { try RasterFile(bytes: Array("GIF89a".utf8)) } == .unsupportedFile)
        #expect(code { try RasterFile(bytes: []) } == .unsupportedFile)
        #expect(code { try RasterFile(path: Pictures.path("no such picture.png")) } == .unreadableFile)
        #expect(code { try RasterFile(path: Pictures.folder.path) } == .unreadableFile)
        #expect(code { try RasterFile(path: Pictures.path("tiff-float64-big.tif"), limit: 100) } == .tooLarge)
    }

    @Test("an error names the file, the place and what to do")
    func errorText() throws {
        let bytes = try Pictures.bytes("png-colour0-8bit.png")
        do {
            _ = try RasterFile(bytes: Array(bytes[..<40]), name: "scan.png")
            Issue.record("a file that is cut short was read")
        } catch let error as USIDError {
            #expect(error.code == .damagedFile)
            #expect(error.path == "scan.png")
            #expect(error.message.hasPrefix("at byte "))
            #expect(error.message.hasSuffix("get the file anew from where it was made"))
        }
    }

    @Test("a wrong checksum of a PNG chunk is found, in the samples too")
    func checksums() throws {
        let bytes = try Pictures.bytes("png-colour2-8bit.png")
        var header = bytes
        header[19] ^= 1
        #expect(code { try RasterFile(bytes: header).image() } == .damagedFile)
        var samples = bytes
        samples[bytes.count / 2] ^= 1
        #expect(code { try RasterFile(bytes: samples).image() } == .damagedFile)
    }

    @Test("pictures that state more pixels than their bytes can stand for are refused before memory is taken")
    func bombs() throws {
        var png = try Pictures.bytes("png-colour0-8bit.png")
        // 16384 × 16384 pixels, within the limit.
        png.replaceSubrange(16..<24, with: [0, 0, 0x40, 0, 0, 0, 0x40, 0])
        #expect(code { try RasterFile(bytes: PNGDamage.signed(png)).image() } == .damagedFile)
        // 2³¹ - 1 of both.
        png.replaceSubrange(16..<24, with: [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF])
        #expect(code { try RasterFile(bytes: PNGDamage.signed(png)) } == .tooLarge)
        var tiff = try Pictures.bytes("tiff-4bit.tif")
        let width = try #require(tiff.indices.first { tiff[$0...].starts(with: [0x00, 0x01, 3, 0, 1, 0, 0, 0]) })
        tiff[width + 9] = 0xFF
        #expect(code { try RasterFile(bytes: tiff).image() } == .damagedFile)
        tiff[width + 2] = 4
        tiff[width + 11] = 0x7F
        #expect(code { try RasterFile(bytes: tiff, limit: 1 << 20).image() } == .tooLarge)
    }

    @Test("directories of a TIFF file that lead in a circle are an error")
    func circle() throws {
        // One directory with one field, which follows itself.
        let bytes: [UInt8] =
            [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0] + [0, 1, 3, 0, 1, 0, 0, 0, 1, 0, 0, 0] + [8, 0, 0, 0]
        #expect(code { try RasterFile(bytes: bytes) } == .damagedFile)
    }

    @Test("LZW strings that repeat what they have just begun, and tables that fill up, are read")
    func longLZW() throws {
        // A literal 7, then the string that is defined by it: 7 7, then 7 7 7.
        var writer = LZWCodes()
        for code in [256, 7, 258, 259, 257] { writer.put(code, bits: 9) }
        #expect(try TIFFCompression.decompress(writer.bytes, .lzw, count: 6) == [7, 7, 7, 7, 7, 7])
        var undefined = LZWCodes()
        for code in [256, 7, 300] { undefined.put(code, bits: 9) }
        #expect(throws: TIFFCompression.Problem.self) {
            try TIFFCompression.decompress(undefined.bytes, .lzw, count: 6)
        }
    }

    /// Packs codes as TIFF does, the highest bit first.
    private struct LZWCodes {
        private var bits: [UInt8] = []

        mutating func put(_ code: Int, bits count: Int) {
            for bit in (0..<count).reversed() { bits.append(UInt8(code >> bit & 1)) }
        }

        var bytes: [UInt8] {
            stride(from: 0, to: bits.count, by: 8).map { start in
                (0..<8).reduce(0) { $0 << 1 | (start + $1 < bits.count ? bits[start + $1] : 0) }
            }
        }
    }

    private func code<Result>(_ body: () throws -> Result) -> USIDError.Code? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? USIDError)?.code
        }
    }
}

/// PNG files whose checksums are right although their content was changed.
enum PNGDamage {
    static func signed(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        var offset = 8
        while offset + 12 <= result.count {
            let length = result[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) }
            guard length <= result.count - offset - 12 else { break }
            let end = offset + 8 + length
            let sum = UInt32(crc32(Array(result[(offset + 4)..<end])), radix: 16) ?? 0
            for part in 0..<4 { result[end + part] = UInt8(truncatingIfNeeded: sum >> UInt32(24 - 8 * part)) }
            offset = end + 4
        }
        return result
    }
}
