/// TIFF and BigTIFF: strips and tiles, one picture or a stack.
struct TIFFDecoder: RasterDecoder {
    static let formatName = "TIFF"
    static func recognises(_ file: RasterBytes) -> Bool { TIFFDirectory.Style(file) != nil }

    private let file: RasterBytes
    private let style: TIFFDirectory.Style
    private let directories: [Int]

    init(_ file: RasterBytes) throws {
        guard let style = TIFFDirectory.Style(file) else { throw file.damaged(at: 0, "this is no TIFF file") }
        if style.isBig {
            guard try file.uint16(at: 4, bigEndian: style.isBigEndian) == 8 else {
                throw file.unsupported(at: 4, "offsets of another width than 8 bytes are not read")
            }
        }
        self.file = file
        self.style = style
        directories = try TIFFDirectory.offsets(file, style)
    }

    var pageCount: Int { directories.count }

    func layout(page: Int) throws -> RasterLayout {
        let directory = try TIFFDirectory(file, style, at: directories[page])
        let form = try TIFFForm(directory)
        return RasterLayout(
            width: form.width, height: form.height, channels: form.channels, elementType: form.elementType,
            bitsPerSample: form.palette == nil ? form.bits : form.elementType.bits,
            metadata: try directory.metadata())
    }

    func image(page: Int) throws -> RasterImage {
        let directory = try TIFFDirectory(file, style, at: directories[page])
        let form = try TIFFForm(directory)
        let bytes = try samples(form)
        let layout = try layout(page: page)
        let samples = RasterSamples(kind: form.kind, bits: max(8, form.bits), isBigEndian: style.isBigEndian)
        guard var elements = try samples.elements(bytes) else {
            throw file.unsupported(at: directory.offset, "samples of \(form.bits) bits are not read")
        }
        if let palette = form.palette {
            elements = Self.coloured(elements, palette, isByte: form.hasBytePalette)
        } else if form.isWhiteZero {
            elements = Self.inverted(elements, bits: form.bits, samples: form.samples)
        }
        return try RasterImage(
            width: form.width, height: form.height, channels: form.channels, elements: elements,
            bitsPerSample: layout.bitsPerSample, metadata: layout.metadata)
    }

    /// The samples of the whole picture, spread to bytes at least, in the byte order of the file.
    private func samples(_ form: TIFFForm) throws -> [UInt8] {
        let width = form.sampleBytes
        let rowBytes = form.width * form.samples * width
        var result = [UInt8](repeating: 0, count: rowBytes * form.height)
        let perPlane = form.blocksAcross * form.blocksDown
        for (number, offset) in form.offsets.enumerated() {
            let plane = number / perPlane
            let left = number % perPlane % form.blocksAcross * form.blockWidth
            let top = number % perPlane / form.blocksAcross * form.blockHeight
            let rows = form.isTiled ? form.blockHeight : min(form.blockHeight, form.height - top)
            let block = try decoded(form, at: offset, count: form.counts[number], rows: rows)
            let samplesInRow = form.blockWidth * form.samplesInBlock
            let blockRowBytes = block.count / rows
            let columns = min(form.blockWidth, form.width - left)
            for row in 0..<min(rows, form.height - top) {
                let stored = block[(row * blockRowBytes)..<((row + 1) * blockRowBytes)]
                let bytes =
                    form.bits < 8 ? RasterSamples.spread(stored, bits: form.bits, count: samplesInRow)[...] : stored
                let target = (top + row) * rowBytes + left * form.samples * width
                if form.samplesInBlock == form.samples {
                    let count = columns * form.samples * width
                    result.replaceSubrange(target..<(target + count), with: bytes.prefix(count))
                } else {
                    for column in 0..<columns {
                        let place = target + (column * form.samples + plane) * width
                        let from = bytes.startIndex + column * width
                        for part in 0..<width { result[place + part] = bytes[from + part] }
                    }
                }
            }
        }
        return result
    }

    /// A strip or tile without compression and predictor.
    private func decoded(_ form: TIFFForm, at offset: Int, count: Int, rows: Int) throws -> [UInt8] {
        let (most, overflow) = count.multipliedReportingOverflow(by: form.compression.largestRatio)
        let size = try file.check(
            size: form.blockBytes(rows: rows), most: overflow ? .max : most, at: offset, "a strip or tile")
        var bytes: [UInt8]
        do {
            bytes = try TIFFCompression.decompress(
                try file.array(at: offset, count: count), form.compression, count: size)
        } catch let problem as TIFFCompression.Problem {
            throw file.damaged(at: offset, "a strip or tile cannot be decompressed: \(problem.message)")
        }
        let rowBytes = size / rows
        switch form.predictor {
        case 2:
            TIFFCompression.undoDifferences(
                &bytes, rowBytes: rowBytes, distance: form.samplesInBlock, width: form.sampleBytes,
                isBigEndian: style.isBigEndian)
        case 3:
            TIFFCompression.undoFloatDifferences(
                &bytes, rowBytes: rowBytes, distance: form.samplesInBlock, width: form.sampleBytes,
                isBigEndian: style.isBigEndian)
        default: break
        }
        return bytes
    }

    private static func coloured(_ elements: RasterElements, _ palette: [Int], isByte: Bool) -> RasterElements {
        let entries = palette.count / 3
        // The palette has an entry for every number that the samples can have.
        func colours<Index: BinaryInteger, Value: FixedWidthInteger>(_ indices: [Index], shift: Int) -> [Value] {
            var result: [Value] = []
            result.reserveCapacity(indices.count * 3)
            for index in indices {
                for channel in 0..<3 {
                    result.append(Value(truncatingIfNeeded: palette[channel * entries + Int(index)] >> shift))
                }
            }
            return result
        }
        switch elements {
        case .uint8(let indices):
            return isByte ? .uint8(colours(indices, shift: 8)) : .uint16(colours(indices, shift: 0))
        case .uint16(let indices):
            return isByte ? .uint8(colours(indices, shift: 8)) : .uint16(colours(indices, shift: 0))
        default: return elements
        }
    }

    /// Unsigned brightness counted from white turned to one counted from black; other types are left as they are.
    private static func inverted(_ elements: RasterElements, bits: Int, samples: Int) -> RasterElements {
        func turned<Value: FixedWidthInteger & UnsignedInteger>(_ values: [Value]) -> [Value] {
            let white = bits >= Value.bitWidth ? Value.max : (1 << Value(bits)) - 1
            return values.enumerated().map { $0.offset % samples == 0 ? white - min(white, $0.element) : $0.element }
        }
        switch elements {
        case .uint8(let values): return .uint8(turned(values))
        case .uint16(let values): return .uint16(turned(values))
        case .uint32(let values): return .uint32(turned(values))
        default: return elements
        }
    }
}
