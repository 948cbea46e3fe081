import HDF5

/// The type of the elements of an `.npy` file, and how stored elements become it.
struct NPYType {
    /// The type in NumPy's notation, as it stands in the header: `'<f4'` or a list of members.
    let description: String
    /// The runs of bytes within an element that are stored in the other order.
    private let swapped: [Range<Int>]
    /// The bytes of an element.
    let size: Int

    /// Takes the type of stored elements.
    ///
    /// - Throws: `USIDError` with code `invalidArgument` for a type that NumPy has no name for.
    init(_ datatype: H5Datatype, path: String) throws {
        var swapped: [Range<Int>] = []
        description = try Self.describe(datatype, at: 0, path: path, swapped: &swapped)
        self.swapped = swapped
        size = datatype.size
    }

    private static func describe(
        _ type: H5Datatype, at offset: Int, path: String, swapped: inout [Range<Int>]
    ) throws -> String {
        func unknown() -> USIDError {
            USIDError(
                .invalidArgument, path: path,
                "elements are \(type), which NumPy has no type for: export numbers that fill 1, 2, 4 or 8 bytes")
        }
        func number(_ kind: String, _ order: H5ByteOrder, _ sizes: [Int]) throws -> String {
            guard sizes.contains(type.size), order != .vax else { throw unknown() }
            if order == .bigEndian, type.size > 1 { swapped.append(offset..<offset + type.size) }
            return "'\(type.size == 1 ? "|" : "<")\(kind)\(type.size)'"
        }
        if let base = type.complexBase {
            guard base.size == 4 || base.size == 8, type.size == 2 * base.size else {
                // NumPy's complex numbers are of single or double precision.
                let part = try describe(base, at: offset, path: path, swapped: &swapped)
                _ = try describe(base, at: offset + base.size, path: path, swapped: &swapped)
                guard type.size == 2 * base.size else { throw unknown() }
                return "[('r', \(part)), ('i', \(part))]"
            }
            _ = try describe(base, at: offset, path: path, swapped: &swapped)
            _ = try describe(base, at: offset + base.size, path: path, swapped: &swapped)
            return "'<c\(type.size)'"
        }
        switch type.kind {
        case .integer(let format):
            guard format.bitOffset == 0, format.precision == type.size * 8 else { throw unknown() }
            return try number(format.isSigned ? "i" : "u", format.order, [1, 2, 4, 8])
        case .float(let format):
            guard [H5FloatFormat.binary16, .binary32, .binary64].contains(where: { format.hasSameFields(as: $0) })
            else {
                throw unknown()
            }
            return try number("f", format.order, [2, 4, 8])
        case .enumeration where type == .bool: return "'|b1'"
        case .compound(let members):
            var parts: [String] = []
            var end = 0
            for member in members.sorted(by: { $0.offset < $1.offset }) {
                guard member.offset >= end, member.offset + member.type.size <= type.size else { throw unknown() }
                // Bytes between members, as NumPy's own headers tell them.
                if member.offset > end { parts.append("('', '|V\(member.offset - end)')") }
                let described = try describe(member.type, at: offset + member.offset, path: path, swapped: &swapped)
                parts.append("(\(quoted(member.name)), \(described))")
                end = member.offset + member.type.size
            }
            if end < type.size { parts.append("('', '|V\(type.size - end)')") }
            return "[" + parts.joined(separator: ", ") + "]"
        default: throw unknown()
        }
    }

    /// A text in Python's notation.
    private static func quoted(_ text: String) -> String {
        var result = "'"
        for scalar in text.unicodeScalars {
            switch scalar {
            case "'", "\\":
                result += "\\"
                result.unicodeScalars.append(scalar)
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "'"
    }

    /// Brings stored elements into little-endian order.
    func convert(_ bytes: inout [UInt8]) {
        guard !swapped.isEmpty else { return }
        var target = bytes.mutableSpan
        var start = 0
        while start <= target.count - size {
            for run in swapped {
                var (low, high) = (start + run.lowerBound, start + run.upperBound - 1)
                while low < high {
                    let byte = target[low]
                    target[low] = target[high]
                    target[high] = byte
                    low += 1
                    high -= 1
                }
            }
            start += size
        }
    }

    /// The start of a file: signature, version, and a dictionary that ends at a multiple of 64 bytes.
    ///
    /// Version 1.0 where it fits; 2.0 for long headers, 3.0 for names beyond Latin-1.
    func header(shape: [Int]) -> [UInt8] {
        let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        let text = "{'descr': \(description), 'fortran_order': False, 'shape': (\(extents)), }"
        let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
        let body = Array(text.utf8)
        func padded(_ prefix: Int) -> [UInt8] {
            let fill = (64 - (prefix + body.count + 1) % 64) % 64
            return body + [UInt8](repeating: UInt8(ascii: " "), count: fill) + [UInt8(ascii: "\n")]
        }
        let short = padded(10)
        if isASCII, short.count <= Int(UInt16.max) {
            return NPYLayout.signature + [1, 0, UInt8(short.count & 0xFF), UInt8(short.count >> 8)] + short
        }
        let long = padded(12)
        let count = UInt32(truncatingIfNeeded: long.count)
        let length = (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * UInt32($0))) }
        return NPYLayout.signature + [isASCII ? 2 : 3, 0] + length + long
    }
}
