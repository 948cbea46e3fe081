import CommandLineSupport
import HDF5

/// Sizes, counts, shapes and times as people read them.
enum HumanText {
    /// A size in decimal units: `800 bytes`, `1.1 MB`.
    static func size(_ bytes: Int) -> String {
        guard bytes >= 1000 else { return count(bytes, "byte") }
        var value = Double(bytes)
        var unit = ""
        for next in ["kB", "MB", "GB", "TB", "PB", "EB"] where value >= 999.5 || unit.isEmpty {
            value /= 1000
            unit = next
        }
        return (value < 9.95 ? oneDecimal(value) : String(Int(value.rounded()))) + " " + unit
    }

    /// A positive number with one decimal: `2.7`.
    static func oneDecimal(_ value: Double) -> String {
        guard value.isFinite, value < 1e15 else { return "\(value)" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// A count with its noun: `1 row`, `3 rows`.
    static func count(_ number: Int, _ noun: String, _ plural: String? = nil) -> String {
        "\(number) " + (number == 1 ? noun : plural ?? noun + "s")
    }

    /// An extent as a table shows it: `65536 × 2`, `scalar`, `null`.
    static func shape(_ dataspace: H5Dataspace) -> String {
        switch dataspace.kind {
        case .scalar: return "scalar"
        case .null: return "null"
        case .simple: return shape(dataspace.shape)
        }
    }

    /// The same for a column of a table: of very many axes the middle is left out.
    static func shortShape(_ dataspace: H5Dataspace) -> String {
        let text = shape(dataspace)
        guard text.utf8.count > 48, dataspace.rank > 6 else { return text }
        let extents = dataspace.shape
        return "\(shape(Array(extents.prefix(2)))) × … × \(shape(Array(extents.suffix(2)))) (\(dataspace.rank) axes)"
    }

    /// A shape: `65536 × 2`.
    static func shape(_ extents: [Int]) -> String { extents.map(String.init).joined(separator: " × ") }

    /// A type in one line that fits a table; members of long records are left out.
    static func type(_ datatype: H5Datatype, limit: Int) -> String {
        let text = datatype.description.escaped
        guard text.displayWidth > limit else { return text }
        switch datatype.kind {
        case .compound(let members):
            // As many members as fit, so that the cut falls between two.
            var kept = "{"
            for (index, member) in members.enumerated() {
                let next = "\(member.name): \(type(member.type, limit: limit))".escaped
                let rest = ", … \(members.count - index) more}"
                guard (kept + next + rest).displayWidth <= limit else {
                    return index == 0
                        ? "record of " + count(members.count, "member") : kept + "… \(members.count - index) more}"
                }
                kept += next + ", "
            }
            return kept + "}"
        case .enumeration(let base, let members):
            return "enum \(base.description.escaped) of " + count(members.count, "name")
        case .variableLength(let base): return "sequence of " + type(base, limit: max(limit - 12, 12))
        default: return text.shortened(to: limit)
        }
    }

    /// A moment as UTC: `2018-10-12 14:03:22 UTC`.
    static func time(secondsSince1970 seconds: Int64) -> String {
        let parts = seconds.quotientAndRemainder(dividingBy: 86_400)
        let day = Int(parts.remainder < 0 ? parts.quotient - 1 : parts.quotient)
        let second = Int(parts.remainder < 0 ? parts.remainder + 86_400 : parts.remainder)
        // Days since 1 March of year 0, in eras of 400 years: leap days then come last.
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let date = [year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1]
        let clock = [second / 3600, second / 60 % 60, second % 60]
        return date.map(twoDigits).joined(separator: "-") + " " + clock.map(twoDigits).joined(separator: ":") + " UTC"
    }

    /// The time stamp of a book-keeping attribute: `2019_03_22-12_00_00` as `2019-03-22 12:00:00`.
    static func timestamp(_ stored: String) -> String {
        let parts = stored.split(separator: "-", omittingEmptySubsequences: false).map { $0.split(separator: "_") }
        let isKnown =
            parts.count == 2
            && parts.allSatisfy { part in
                part.count == 3 && part.allSatisfy { $0.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }
            }
        guard isKnown else { return stored }
        return parts[0].joined(separator: "-") + " " + parts[1].joined(separator: ":")
    }

    private static func twoDigits(_ value: Int) -> String { value >= 0 && value < 10 ? "0\(value)" : "\(value)" }

    /// A number without what says nothing: `5` for `5.0`, `5e-9` for `5e-09`.
    static func number(_ text: String) -> String {
        guard let mark = text.utf8.firstIndex(of: UInt8(ascii: "e")) else {
            return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
        }
        let mantissa = text[..<mark].hasSuffix(".0") ? text[..<mark].dropLast(2) : text[..<mark]
        guard let exponent = Int(text[text.index(after: mark)...]) else { return text }
        return "\(mantissa)e\(exponent)"
    }
}
