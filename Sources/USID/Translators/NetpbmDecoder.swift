/// The netpbm formats PBM, PGM and PPM, as text (P1 to P3) and as bytes (P4 to P6).
struct NetpbmDecoder: RasterDecoder {
    static let formatName = "PBM, PGM, PPM"
    static func recognises(_ file: RasterBytes) -> Bool {
        guard let start = try? file.array(at: 0, count: 3), start[0] == 0x50 else { return false }
        return (0x31...0x36).contains(start[1]) && (isBlank(start[2]) || start[2] == UInt8(ascii: "#"))
    }

    let pageCount = 1
    private let file: RasterBytes
    /// 1 to 6, as in the first bytes.
    private let kind: Int
    private let width: Int
    private let height: Int
    private let greatest: Int
    /// Where the samples begin.
    private let start: Int
    private let metadata: [RasterImage.Property]

    init(_ file: RasterBytes) throws {
        self.file = file
        kind = Int(try file.uint8(at: 1)) - 0x30
        var scanner = Scanner(file: file, next: 2)
        width = try scanner.number(atMost: Int(Int32.max))
        height = try scanner.number(atMost: Int(Int32.max))
        greatest = kind == 1 || kind == 4 ? 1 : try scanner.number(atMost: 65535)
        guard width > 0, height > 0, greatest > 0 else {
            throw file.damaged(at: 2, "the picture states \(width) × \(height) pixels of 0 to \(greatest)")
        }
        // One blank ends the header; what looks like a comment after it belongs to the samples.
        guard Self.isBlank(try file.uint8(at: scanner.next)) else {
            throw file.damaged(at: scanner.next, "the header does not end with a blank")
        }
        start = scanner.next + 1
        metadata =
            scanner.comments.map { .init("comment", $0) } + (greatest == 1 ? [] : [.init("maxval", "\(greatest)")])
        let sampleBytes = greatest > 255 ? 2 : 1
        let samples = product(width, height, kind % 3 == 0 ? 3 : 1)
        _ = try file.check(size: samples.flatMap { product($0, sampleBytes) }, most: .max, at: 2, "the picture")
        let needed: Int? =
            switch kind {
            case 4: product((width + 7) / 8, height)
            case 5, 6: samples.flatMap { product($0, sampleBytes) }
            // A digit each, and a blank between them but in PBM.
            case 1: samples
            default: samples.flatMap { product($0, 2) }.map { $0 - 1 }
            }
        _ = try file.check(size: needed, most: file.count - start, at: start, "the picture")
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private var channels: RasterImage.Channels { kind % 3 == 0 ? .rgb : .grey }
    private var bits: Int { Int.bitWidth - greatest.leadingZeroBitCount }

    func layout(page: Int) -> RasterLayout {
        RasterLayout(
            width: width, height: height, channels: channels, elementType: greatest > 255 ? .uint16 : .uint8,
            bitsPerSample: bits, metadata: metadata)
    }

    func image(page: Int) throws -> RasterImage {
        let count = width * height * channels.rawValue
        let elements: RasterElements =
            greatest > 255
            ? .uint16(try kind > 3 ? words(count) : text(count)) : .uint8(try kind > 3 ? bytes(count) : text(count))
        return try RasterImage(
            width: width, height: height, channels: channels, elements: elements, bitsPerSample: bits,
            metadata: metadata)
    }

    private func tooLarge(at offset: Int, _ value: Int) -> USIDError {
        file.damaged(at: offset, "a sample is \(value), and the greatest is \(greatest)")
    }

    private func bytes(_ count: Int) throws -> [UInt8] {
        if kind == 4 {
            var result: [UInt8] = []
            result.reserveCapacity(count)
            let rowBytes = (width + 7) / 8
            for row in 0..<height {
                let bytes = try file.array(at: start + row * rowBytes, count: rowBytes)
                // A set bit is black.
                for bit in RasterSamples.spread(bytes[...], bits: 1, count: width) { result.append(1 - bit) }
            }
            return result
        }
        let result = try file.array(at: start, count: count)
        if greatest < 255, let place = result.firstIndex(where: { $0 > greatest }) {
            throw tooLarge(at: start + place, Int(result[place]))
        }
        return result
    }

    private func words(_ count: Int) throws -> [UInt16] {
        let samples = RasterSamples(kind: .unsigned, bits: 16, isBigEndian: true)
        guard case .uint16(let result)? = try samples.elements(try file.array(at: start, count: count * 2)) else {
            throw file.damaged(at: start, "the samples are cut short")
        }
        if greatest < 65535, let place = result.firstIndex(where: { $0 > greatest }) {
            throw tooLarge(at: start + place * 2, Int(result[place]))
        }
        return result
    }

    private func text<Value: FixedWidthInteger>(_ count: Int) throws -> [Value] {
        var scanner = Scanner(file: file, next: start)
        var result: [Value] = []
        result.reserveCapacity(count)
        for _ in 0..<count {
            if kind == 1 {
                result.append(1 - Value(try scanner.bit()))
            } else {
                result.append(Value(truncatingIfNeeded: try scanner.number(atMost: greatest)))
            }
        }
        return result
    }

    /// Takes numbers out of text.
    private struct Scanner {
        let file: RasterBytes
        var next: Int
        private(set) var comments: [String] = []

        init(file: RasterBytes, next: Int) {
            self.file = file
            self.next = next
        }

        private mutating func skipBlanks() throws {
            while true {
                let byte = try file.uint8(at: next)
                if byte == UInt8(ascii: "#") {
                    let rest = file.bytes[(next + 1)...]
                    let end = rest.firstIndex { $0 == 0x0A || $0 == 0x0D } ?? rest.endIndex
                    var text = RasterBytes.text(rest[..<end])
                    if text.hasPrefix(" ") { text.removeFirst() }
                    comments.append(text)
                    next = end
                } else if NetpbmDecoder.isBlank(byte) {
                    next += 1
                } else {
                    return
                }
            }
        }

        mutating func number(atMost most: Int) throws -> Int {
            try skipBlanks()
            let first = next
            var value = 0
            while next < file.count, (0x30...0x39).contains(file.bytes[next]) {
                // Far below the largest number, as it is compared after each digit.
                value = value * 10 + Int(file.bytes[next]) - 0x30
                guard value <= most else { throw file.damaged(at: first, "a number is greater than \(most)") }
                next += 1
            }
            guard next > first else { throw file.damaged(at: first, "a number was expected") }
            return value
        }

        mutating func bit() throws -> Int {
            try skipBlanks()
            let byte = try file.uint8(at: next)
            guard byte == 0x30 || byte == 0x31 else { throw file.damaged(at: next, "0 or 1 was expected") }
            next += 1
            return Int(byte) - 0x30
        }
    }
}
