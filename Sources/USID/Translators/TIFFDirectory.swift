/// A directory of a TIFF file: the fields of one picture, by tag (TIFF 6.0, 2; BigTIFF).
struct TIFFDirectory: Sendable {
    /// A field: what it holds, and where.
    private struct Field {
        let type: Int
        let count: Int
        let offset: Int
    }

    /// The byte order of a file and the width of its offsets.
    struct Style: Hashable {
        let isBigEndian: Bool
        let isBig: Bool
        /// Where the offset of the first directory is.
        var firstOffset: Int { isBig ? 8 : 4 }
        var countBytes: Int { isBig ? 8 : 2 }
        var entryBytes: Int { isBig ? 20 : 12 }

        /// nil where the file is no TIFF file.
        init?(_ file: RasterBytes) {
            isBigEndian = file.hasBytes([0x4D, 0x4D], at: 0)
            guard isBigEndian || file.hasBytes([0x49, 0x49], at: 0),
                let version = try? file.uint16(at: 2, bigEndian: isBigEndian), version == 42 || version == 43
            else { return nil }
            isBig = version == 43
        }
    }

    let file: RasterBytes
    let style: Style
    let offset: Int
    private let fields: [Int: Field]

    init(_ file: RasterBytes, _ style: Style, at offset: Int) throws {
        self.file = file
        self.style = style
        self.offset = offset
        let count = try Self.entryCount(file, style, at: offset)
        var fields: [Int: Field] = [:]
        for number in 0..<count {
            let entry = offset + style.countBytes + number * style.entryBytes
            let tag = Int(try file.uint16(at: entry, bigEndian: style.isBigEndian))
            let type = Int(try file.uint16(at: entry + 2, bigEndian: style.isBigEndian))
            let values = try Self.offset(file, style, at: entry + 4)
            guard let width = Self.width(type), let bytes = product(values, width) else { continue }
            let inline = entry + 4 + (style.isBig ? 8 : 4)
            let place = bytes <= (style.isBig ? 8 : 4) ? inline : try Self.offset(file, style, at: inline)
            _ = try file.range(at: place, count: bytes)
            if fields[tag] == nil { fields[tag] = Field(type: type, count: values, offset: place) }
        }
        self.fields = fields
    }

    /// Where the directories of a file are; every one is visited once.
    static func offsets(_ file: RasterBytes, _ style: Style) throws -> [Int] {
        var found: [Int] = []
        var seen: Set<Int> = []
        var next = try offset(file, style, at: style.firstOffset)
        while next != 0 {
            guard seen.insert(next).inserted else {
                throw file.damaged(at: next, "the directories of the pictures lead to one another in a circle")
            }
            found.append(next)
            let count = try entryCount(file, style, at: next)
            next = try offset(file, style, at: next + style.countBytes + count * style.entryBytes)
        }
        guard !found.isEmpty else { throw file.damaged(at: style.firstOffset, "the file has no picture") }
        return found
    }

    private static func entryCount(_ file: RasterBytes, _ style: Style, at offset: Int) throws -> Int {
        let count =
            style.isBig
            ? try file.uint64(at: offset, bigEndian: style.isBigEndian)
            : UInt64(try file.uint16(at: offset, bigEndian: style.isBigEndian))
        // The bytes of the entries tell whether the number can be right.
        guard count > 0, count <= UInt64(file.count / style.entryBytes) else {
            throw file.damaged(at: offset, "a directory of \(count) fields does not fit in the file")
        }
        let result = Int(count)
        _ = try file.range(at: offset, count: style.countBytes + result * style.entryBytes)
        return result
    }

    /// Reads an offset or a count, which must lie below the largest `Int`.
    private static func offset(_ file: RasterBytes, _ style: Style, at place: Int) throws -> Int {
        guard style.isBig else { return Int(try file.uint32(at: place, bigEndian: style.isBigEndian)) }
        guard let value = Int(exactly: try file.uint64(at: place, bigEndian: style.isBigEndian)) else {
            throw file.damaged(at: place, "an offset lies outside every file")
        }
        return value
    }

    /// The bytes of a value of a type; nil for types that are not known, whose fields are not looked at.
    private static func width(_ type: Int) -> Int? {
        switch type {
        case 1, 2, 6, 7: 1
        case 3, 8: 2
        case 4, 9, 11, 13: 4
        case 5, 10, 12, 16, 17, 18: 8
        default: nil
        }
    }

    // MARK: Values

    /// The unsigned integers of a field; nil where there is none.
    func integers(_ tag: Int) throws -> [Int]? {
        guard let field = fields[tag] else { return nil }
        var result: [Int] = []
        result.reserveCapacity(field.count)
        for number in 0..<field.count {
            switch field.type {
            case 1, 7: result.append(Int(try file.uint8(at: field.offset + number)))
            case 3: result.append(Int(try file.uint16(at: field.offset + number * 2, bigEndian: style.isBigEndian)))
            case 4, 13:
                result.append(Int(try file.uint32(at: field.offset + number * 4, bigEndian: style.isBigEndian)))
            case 16, 18:
                let value = try file.uint64(at: field.offset + number * 8, bigEndian: style.isBigEndian)
                guard let value = Int(exactly: value) else {
                    throw file.damaged(at: field.offset, "field \(tag) states \(value)")
                }
                result.append(value)
            default: throw file.damaged(at: field.offset, "field \(tag) has type \(field.type), which is no integer")
            }
        }
        return result
    }

    /// The first integer of a field, or what the format says where there is none.
    func integer(_ tag: Int, default standard: Int) throws -> Int { try integers(tag)?.first ?? standard }

    /// The first integer of a field that every picture has.
    func required(_ tag: Int, _ what: String) throws -> Int {
        guard let value = try integers(tag)?.first else {
            throw file.damaged(at: offset, "the picture does not state its \(what)")
        }
        return value
    }

    private func text(_ tag: Int) throws -> String? {
        guard let field = fields[tag], field.type == 2 || field.type == 1 || field.type == 7 else { return nil }
        return RasterBytes.text(try file.array(at: field.offset, count: field.count))
    }

    private func ratio(_ tag: Int) throws -> String? {
        guard let field = fields[tag], field.type == 5, field.count > 0 else { return nil }
        let upper = try file.uint32(at: field.offset, bigEndian: style.isBigEndian)
        let lower = try file.uint32(at: field.offset + 4, bigEndian: style.isBigEndian)
        return lower == 0 ? nil : NumberText.short(Double(upper) / Double(lower), digits: 6)
    }

    /// What the file says about the picture, beside its form.
    func metadata() throws -> [RasterImage.Property] {
        var result: [RasterImage.Property] = []
        func add(_ name: String, _ value: String?) {
            if let value, !value.isEmpty { result.append(.init(name, value)) }
        }
        add("ImageDescription", try text(270))
        add("Make", try text(271))
        add("Model", try text(272))
        if let orientation = try integers(274)?.first, orientation != 1 { add("Orientation", "\(orientation)") }
        add("XResolution", try ratio(282))
        add("YResolution", try ratio(283))
        if let unit = try integers(296)?.first {
            add("ResolutionUnit", [1: "none", 2: "inch", 3: "centimeter"][unit] ?? "\(unit)")
        }
        add("Software", try text(305))
        add("DateTime", try text(306))
        add("Artist", try text(315))
        add("Copyright", try text(33432))
        return result
    }
}
