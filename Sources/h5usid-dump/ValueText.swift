import CommandLineSupport
import HDF5

/// Values of any type as text that is safe for a terminal.
struct ValueText {
    /// Where the paths of referred objects are known from.
    let paths: ObjectPaths

    /// A value in one line; what is longer than `limit` characters ends in `…`.
    func text(_ value: H5Value, limit: Int = .max) -> String {
        var writer = Writer(paths: paths, limit: limit)
        writer.write(value)
        return limit == .max ? writer.text : writer.text.shortened(to: limit)
    }

    /// The value of an attribute in one line: an element alone, or a list.
    func text(_ values: H5Array<H5Value>, dataspace: H5Dataspace, limit: Int) -> String {
        switch dataspace.kind {
        case .null: return "(no value)"
        case .scalar:
            return values.elements.first.map { text($0, limit: limit) } ?? "(no value)"
        case .simple:
            if values.count == 0 { return "(empty)" }
            return text(.array(shape: values.shape, values.elements), limit: limit)
        }
    }

    /// Whether elements of a type are shown as numbers, right-aligned.
    static func isNumeric(_ datatype: H5Datatype) -> Bool {
        switch datatype.kind {
        case .integer, .float, .time, .bitfield: return true
        default: return false
        }
    }

    private struct Writer {
        let paths: ObjectPaths
        let limit: Int
        var text = ""
        /// Bytes are a bound of characters, and cheaper to count.
        var isFull: Bool { text.utf8.count / 4 > limit }

        mutating func write(_ value: H5Value) {
            switch value {
            case .float(let number): text += HumanText.number(number.description)
            case .string(let string): writeQuoted(string)
            case .bytes(let bytes):
                // Each byte gives two characters, so no more than the limit is needed.
                text += H5Value.bytes(bytes.count > limit ? Array(bytes.prefix(limit)) : bytes).description
            case .enumeration(let name, let value):
                if let name { text += name.escaped } else { write(value) }
            case .compound(let members):
                text += "{"
                for (index, member) in members.enumerated() where !isFull {
                    text += (index == 0 ? "" : ", ") + member.name.escaped + ": "
                    write(member.value)
                }
                text += "}"
            case .array(let shape, let values):
                var next = 0
                write(shape[...], values, from: &next)
            case .sequence(let values):
                var next = 0
                write([values.count], values, from: &next)
            case .reference(let reference): text += paths.text(of: reference)
            case .complex(let real, let imaginary):
                let part = HumanText.number(imaginary.description)
                text += HumanText.number(real.description) + (part.hasPrefix("-") ? part : "+" + part) + "i"
            case .integer, .unsigned, .bigInteger, .bitfield, .time: text += value.description
            }
        }

        private mutating func writeQuoted(_ string: String) {
            let part = string.utf8.count / 4 > limit ? String(string.prefix(limit)) : string
            var quoted = part.escaped
            if quoted.utf8.contains(UInt8(ascii: "\"")) {
                quoted = String(quoted.flatMap { $0 == "\"" ? ["\\", $0] : [$0] })
            }
            text += "\"" + quoted + "\""
        }

        private mutating func write(_ shape: ArraySlice<Int>, _ values: [H5Value], from next: inout Int) {
            guard let extent = shape.first else {
                if next < values.count { write(values[next]) }
                next += 1
                return
            }
            text += "["
            for index in 0..<max(extent, 0) {
                guard next < values.count, !isFull else { break }
                text += index == 0 ? "" : ", "
                write(shape.dropFirst(), values, from: &next)
            }
            text += "]"
        }
    }
}
