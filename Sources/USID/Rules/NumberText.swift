/// Numbers as people read them.
enum NumberText {
    /// A number with at most `digits` significant digits: `0`, `5e-9`, `325000`, `1.96e-11`.
    static func short(_ value: Double, digits limit: Int = 4) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
        var (digits, exponent) = decimal(value.magnitude)
        if digits.count > limit {
            let roundsUp = digits[limit] >= 5
            digits.removeSubrange(limit...)
            var position = limit - 1
            var carry = roundsUp
            while carry, position >= 0 {
                carry = digits[position] == 9
                digits[position] = carry ? 0 : digits[position] &+ 1
                position -= 1
            }
            if carry {
                digits.insert(1, at: 0)
                exponent += 1
            }
        }
        while digits.count > 1, digits.last == 0 { digits.removeLast() }
        return (value < 0 ? "-" : "") + text(digits, exponent: exponent)
    }

    /// The significant digits of a positive number and the power of ten of the first one.
    private static func decimal(_ value: Double) -> (digits: [UInt8], exponent: Int) {
        let written = Array("\(value)".utf8)
        let mark = written.firstIndex { $0 == UInt8(ascii: "e") } ?? written.count
        let power = Int(String(decoding: written[mark...].dropFirst(), as: UTF8.self)) ?? 0
        let mantissa = written[..<mark]
        let point = mantissa.firstIndex(of: UInt8(ascii: ".")) ?? mark
        let all = mantissa.filter { $0 != UInt8(ascii: ".") }.map { $0 &- UInt8(ascii: "0") }
        let leading = all.firstIndex { $0 != 0 } ?? 0
        return (Array(all[leading...]), power + point - 1 - leading)
    }

    private static func text(_ digits: [UInt8], exponent: Int) -> String {
        let characters = digits.map { Character(UnicodeScalar($0 &+ UInt8(ascii: "0"))) }
        if exponent < -4 || exponent > 6 {
            return String(characters[0]) + (characters.count > 1 ? "." + String(characters[1...]) : "") + "e\(exponent)"
        }
        if exponent < 0 { return "0." + String(repeating: "0", count: -exponent - 1) + String(characters) }
        let whole = exponent + 1
        if characters.count <= whole {
            return String(characters) + String(repeating: "0", count: whole - characters.count)
        }
        return String(characters[..<whole]) + "." + String(characters[whole...])
    }

    /// A count with its noun: `1 row`, `3 rows`.
    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    /// A shape as people write it: `(16384, 2)`.
    static func shape(_ shape: [Int]) -> String {
        shape.isEmpty ? "a single element" : "(" + shape.map(String.init).joined(separator: ", ") + ")"
    }

    /// Names in a list that stays short: `X, Y, Z, …`.
    static func list(_ names: [String], limit: Int = 8) -> String {
        names.prefix(limit).joined(separator: ", ") + (names.count > limit ? ", …" : "")
    }
}
