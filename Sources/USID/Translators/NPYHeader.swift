/// The header of an `.npy` file: a dictionary in Python's notation with three entries, in any order.
struct NPYHeader {
    let type: String
    let isFortran: Bool
    let shape: [Int]

    /// - Parameter place: Where the header is, for errors.
    init(_ bytes: [UInt8], at place: Int, _ file: RasterBytes) throws {
        var parser = Parser(bytes: bytes, place: place, file: file)
        var type: String?
        var isFortran: Bool?
        var shape: [Int]?
        try parser.expect("{")
        while !parser.take("}") {
            let key = try parser.text()
            try parser.expect(":")
            switch key {
            case "descr":
                if parser.peek() == UInt8(ascii: "[") {
                    throw file.unsupported(
                        at: place + parser.next,
                        "structured elements are not read: save each of their fields as an array of its own")
                }
                type = try parser.text()
            case "fortran_order": isFortran = try parser.boolean()
            case "shape": shape = try parser.tuple()
            default: throw parser.damaged("the header has an entry '\(key)', which is not known")
            }
            if !parser.take(",") {
                try parser.expect("}")
                break
            }
        }
        guard let type, let isFortran, let shape else {
            throw parser.damaged("the header does not state descr, fortran_order and shape")
        }
        self.type = type
        self.isFortran = isFortran
        self.shape = shape
    }

    private struct Parser {
        let bytes: [UInt8]
        let place: Int
        let file: RasterBytes
        private(set) var next = 0

        init(bytes: [UInt8], place: Int, file: RasterBytes) {
            self.bytes = bytes
            self.place = place
            self.file = file
        }

        func damaged(_ message: String) -> USIDError { file.damaged(at: place + next, message) }

        /// The next byte that is no blank; nil at the end.
        mutating func peek() -> UInt8? {
            while next < bytes.count, bytes[next] == 0x20 || bytes[next] == 0x0A { next += 1 }
            return next < bytes.count ? bytes[next] : nil
        }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard peek() == UInt8(ascii: character) else { return false }
            next += 1
            return true
        }

        mutating func expect(_ character: Unicode.Scalar) throws {
            guard take(character) else { throw damaged("'\(character)' was expected in the header") }
        }

        mutating func text() throws -> String {
            guard let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
                throw damaged("a text was expected in the header")
            }
            let rest = bytes[(next + 1)...]
            guard let end = rest.firstIndex(of: quote) else { throw damaged("a text in the header does not end") }
            next = end + 1
            return RasterBytes.text(rest[..<end])
        }

        mutating func boolean() throws -> Bool {
            for (word, value) in [("True", true), ("False", false)] {
                _ = peek()
                if bytes[next...].starts(with: word.utf8) {
                    next += word.utf8.count
                    return value
                }
            }
            throw damaged("True or False was expected in the header")
        }

        mutating func tuple() throws -> [Int] {
            try expect("(")
            var result: [Int] = []
            while !take(")") {
                _ = peek()
                let digits = bytes[next...].prefix { (0x30...0x39).contains($0) }
                guard let value = Int(RasterBytes.latin1(digits)), result.count < 64 else {
                    throw damaged("a shape of at most 64 numbers was expected in the header")
                }
                result.append(value)
                next = digits.endIndex
                // Written by Python 2 at times.
                if next < bytes.count, bytes[next] == UInt8(ascii: "L") { next += 1 }
                if !take(",") {
                    try expect(")")
                    break
                }
            }
            return result
        }
    }
}
