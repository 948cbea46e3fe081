extension String {
    /// The text fit for a terminal: whatever is not a visible character appears as an escape (`\n`, `\x1b`,
    /// `\u{202e}`).
    ///
    /// Names, units, values and link targets come from files of anybody; none of them may move the cursor, change
    /// colours or turn the direction of writing.
    package var escaped: String {
        if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return self }
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            default:
                if scalar.value < 0x20 || scalar.value == 0x7F {
                    let digits = String(scalar.value, radix: 16)
                    result += "\\x" + (digits.utf8.count < 2 ? "0" : "") + digits
                } else if scalar.isVisible {
                    result.unicodeScalars.append(scalar)
                } else {
                    result += "\\u{" + String(scalar.value, radix: 16) + "}"
                }
            }
        }
        return result
    }

    /// The text, which is escaped already, cut to a width, with `…` where something is missing.
    package func shortened(to limit: Int) -> String {
        guard utf8.count > limit, displayWidth > limit else { return self }
        var result = ""
        var width = 0
        for character in self {
            let next = character.displayWidth
            guard width + next < limit else { break }
            result.append(character)
            width += next
        }
        return result + "…"
    }

    /// The columns that the text, which is escaped already, takes on a terminal.
    package var displayWidth: Int {
        var width = 0
        for byte in utf8 {
            guard byte < 0x80 else { return reduce(0) { $0 + $1.displayWidth } }
            width += 1
        }
        return width
    }

    package var trimmingSpacesAtEnd: String {
        guard utf8.last == UInt8(ascii: " ") else { return self }
        var rest = self[...]
        while rest.utf8.last == UInt8(ascii: " ") { rest.removeLast() }
        return String(rest)
    }

    /// The text between spaces that bring it to a width.
    package func padded(to width: Int, onLeft: Bool = false) -> String {
        let missing = width - displayWidth
        guard missing > 0 else { return self }
        let spaces = String(repeating: " ", count: missing)
        return onLeft ? spaces + self : self + spaces
    }
}

extension Character {
    /// The columns of the character: 2 for East Asian wide characters and emoji, 0 for marks alone.
    fileprivate var displayWidth: Int {
        guard let first = unicodeScalars.first else { return 0 }
        switch first.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default:
            switch first.properties.generalCategory {
            case .nonspacingMark, .enclosingMark: return 0
            default: return 1
            }
        }
    }
}

extension Unicode.Scalar {
    /// Whether the character can be shown: it neither controls a terminal nor the direction or joining of text.
    fileprivate var isVisible: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: return false
        default: return true
        }
    }
}
