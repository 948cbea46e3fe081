/// A line of a text file that is not empty.
struct TextLine {
    /// Counted from 1.
    let number: Int
    let bytes: ArraySlice<UInt8>

    /// The text of a comment; nil where the line is none.
    var comment: String? {
        for mark in ["#", "%", "//"] where bytes.starts(with: mark.utf8) {
            let text = bytes.dropFirst(mark.utf8.count)
            return RasterBytes.text(text.drop { $0 == 0x20 })
        }
        return nil
    }

    func error(column: Int, _ file: RasterBytes, _ message: String) -> USIDError {
        USIDError(
            .damagedFile, path: file.path,
            "line \(number), column \(column): \(message): correct the line, or make it a comment with #")
    }
}

/// The lines of a text file one after the other; empty ones are left out, and blanks at both ends.
struct TextLines {
    private let bytes: [UInt8]
    private var place: Int
    private var number = 0

    init(_ file: RasterBytes) {
        bytes = file.bytes
        // The mark that some programs put before UTF-8.
        place = file.hasBytes([0xEF, 0xBB, 0xBF], at: 0) ? 3 : 0
    }

    mutating func next() -> TextLine? {
        while place < bytes.count {
            let rest = bytes[place...]
            let end = rest.firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
            var line = bytes[place..<end]
            number += 1
            place = end + 1
            // A line may end with both.
            if end + 1 < bytes.count, bytes[end] == 0x0D, bytes[end + 1] == 0x0A { place += 1 }
            line = line.drop { $0 == 0x20 }
            while let last = line.last, last == 0x20 { line.removeLast() }
            if !line.isEmpty { return TextLine(number: number, bytes: line) }
        }
        return nil
    }
}

/// How the numbers of a text file are written.
struct TextStyle {
    let separator: NumberSeparator
    let hasDecimalComma: Bool
    let hasLabels: Bool

    /// The lines that are looked at.
    private static let sample = 100

    /// Finds out from the first lines.
    init(_ lines: TextLines, _ chosen: NumberSeparator?, _ file: RasterBytes) throws {
        var lines = lines
        var rows: [TextLine] = []
        while rows.count < Self.sample, let line = lines.next() {
            if line.comment == nil { rows.append(line) }
        }
        // Labels may contain what separates nothing, so the lines after the first one count, where there are any.
        let numbers = rows.count > 1 ? rows.dropFirst() : rows[...]
        func contain(_ character: Unicode.Scalar) -> Bool {
            numbers.contains { $0.bytes.contains(UInt8(ascii: character)) }
        }
        let separator: NumberSeparator
        if let chosen {
            separator = chosen
        } else if contain(";") {
            separator = .semicolon
        } else if contain("\t") {
            separator = .tab
        } else if contain(",") {
            // Between blanks a comma may be either; it is a separator where every one is followed by a blank.
            let isBetweenBlanks = numbers.contains { line in
                let bytes = Array(line.bytes)
                return bytes.contains(0x20)
                    && bytes.indices.contains { bytes[$0] == 0x2C && $0 + 1 < bytes.count && bytes[$0 + 1] != 0x20 }
            }
            separator = isBetweenBlanks ? .blanks : .comma
        } else if let first = rows.first, first.bytes.contains(0x2C), !first.bytes.contains(0x20) {
            // With nothing else that could separate, a comma does.
            separator = .comma
        } else {
            separator = .blanks
        }
        // The first line tells too, unless it holds labels.
        let withComma = TextStyle(separator, true, false)
        let first = rows.first.map { withComma.fields(of: $0) } ?? []
        let firstHasComma = first.contains { $0.contains(0x2C) } && first.allSatisfy { withComma.number($0) != nil }
        let hasDecimalComma = separator != .comma && (contain(",") || firstHasComma)
        if hasDecimalComma, contain(".") {
            throw USIDError(
                .damagedFile, path: file.path,
                "the numbers have both points and commas, so that it cannot be told which is the decimal one: write them "
                    + "with points only")
        }
        let style = TextStyle(separator, hasDecimalComma, false)
        self.init(separator, hasDecimalComma, first.contains { style.number($0) == nil })
    }

    private init(_ separator: NumberSeparator, _ hasDecimalComma: Bool, _ hasLabels: Bool) {
        self.separator = separator
        self.hasDecimalComma = hasDecimalComma
        self.hasLabels = hasLabels
    }

    /// The fields of a line, without blanks around them.
    func fields(of line: TextLine) -> [ArraySlice<UInt8>] {
        if separator == .blanks {
            return line.bytes.split { $0 == 0x20 || $0 == 0x09 }
        }
        let mark = separator.rawValue.asciiValue ?? 0x2C
        var fields = line.bytes.split(separator: mark, omittingEmptySubsequences: false).map { field in
            var field = field.drop { $0 == 0x20 || $0 == 0x09 }
            while let last = field.last, last == 0x20 || last == 0x09 { field.removeLast() }
            return field
        }
        // Some programs end every line with a separator.
        if fields.count > 1, fields.last?.isEmpty == true { fields.removeLast() }
        return fields
    }

    /// The number that a field holds; nil where it holds none.
    func number(_ field: ArraySlice<UInt8>) -> Double? {
        // Longer ones are no numbers, and hexadecimal ones are not meant.
        guard !field.isEmpty, field.count <= 400, !field.contains(where: { $0 == 0x78 || $0 == 0x58 }) else {
            return nil
        }
        let point = field.map { hasDecimalComma && $0 == 0x2C ? 0x2E : $0 }
        return Double(String(decoding: point, as: UTF8.self))
    }

    /// The text of a label, without quotes.
    func label(_ field: ArraySlice<UInt8>) -> String {
        let text = RasterBytes.text(field)
        return text.count > 1 && text.hasPrefix("\"") && text.hasSuffix("\"")
            ? String(text.dropFirst().dropLast()) : text
    }
}
