import HDF5Format

extension H5Value: CustomStringConvertible {
    /// The value in one line: `3`, `0.1`, `"text"`, `RED`, `{x: 1, y: 2}`, `[1, 2, 3]`, `0x0F`, `1+2i`.
    public var description: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .integer(let value), .time(let value): text += String(value)
        case .unsigned(let value): text += String(value)
        case .bigInteger(let digits): text += digits
        case .float(let value): text += value.description
        case .string(let value): text += value.debugDescription
        case .bytes(let bytes): Self.writeHexadecimal(bytes, to: &text)
        case .bitfield(let value, let bitCount):
            let digits = String(value, radix: 16, uppercase: true)
            text += "0x" + String(repeating: "0", count: max(0, (bitCount + 3) / 4 - digits.utf8.count)) + digits
        case .enumeration(let name, let value):
            if let name { text += name } else { value.write(to: &text) }
        case .compound(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                text += index == 0 ? "" : ", "
                text += member.name
                text += ": "
                member.value.write(to: &text)
            }
            text += "}"
        case .array(let shape, let values):
            var next = 0
            Self.write(shape[...], values, from: &next, to: &text)
        case .sequence(let values):
            var next = 0
            Self.write([values.count], values, from: &next, to: &text)
        case .reference(let reference): text += reference.description
        case .complex(let real, let imaginary):
            text += real.description
            let part = imaginary.description
            text += part.hasPrefix("-") ? part : "+" + part
            text += "i"
        }
    }

    /// Writes values row by row, a pair of brackets per axis.
    private static func write(
        _ shape: ArraySlice<Int>, _ values: [H5Value], from next: inout Int, to text: inout String
    ) {
        guard let extent = shape.first else {
            if next < values.count { values[next].write(to: &text) }
            next += 1
            return
        }
        text += "["
        for index in 0..<max(extent, 0) {
            // A shape that was made by hand may promise more than there is.
            guard next < values.count else { break }
            text += index == 0 ? "" : ", "
            write(shape.dropFirst(), values, from: &next, to: &text)
        }
        text += "]"
    }

    static func writeHexadecimal(_ bytes: [UInt8], to text: inout String) {
        text += "0x"
        for byte in bytes {
            if byte < 16 { text += "0" }
            text += String(byte, radix: 16, uppercase: true)
        }
    }
}

extension H5ReferenceValue: CustomStringConvertible {
    /// What the reference leads to, in one line.
    public var description: String {
        switch self {
        case .null: return "null reference"
        case .object(let address): return "object at 0x\(String(address, radix: 16))"
        case .region(let address, let selection):
            return "\(Self.summary(selection)) of the dataset at 0x\(String(address, radix: 16))"
        case .attribute(let address, let name):
            return "attribute \(name.debugDescription) of the object at 0x\(String(address, radix: 16))"
        case .external(let file, let reference): return "\(reference) in file \(file.debugDescription)"
        }
    }

    private static func summary(_ selection: H5Selection) -> String {
        switch selection {
        case .all: return "all elements"
        case .none: return "no element"
        case .axes: return "a part"
        case .hyperslab(let slab):
            func list(_ values: [Int?]) -> String {
                "[" + values.map { $0.map(String.init) ?? "unlimited" }.joined(separator: ", ") + "]"
            }
            return "blocks from \(list(slab.start)), stride \(list(slab.stride)), count \(list(slab.count)), "
                + "block \(list(slab.block)),"
        case .points(let points): return points.count == 1 ? "1 point" : "\(points.count) points"
        case .blocks(let blocks):
            guard blocks.count == 1 else { return "\(blocks.count) blocks" }
            return "block \(blocks[0].start) to \(blocks[0].end)"
        }
    }
}
