/// Writes JSON text piece by piece, in the order in which it is told.
///
/// Integers are exact whatever their size, and output can be taken away while it grows, so that a file of
/// 100,000 objects needs no document in memory.
package struct JSONWriter {
    /// The text so far; may be emptied between members of the outermost level.
    package var text = ""
    /// Whether a comma is due, per open level.
    private var needsComma: [Bool] = []
    private let isIndented: Bool

    /// Makes a writer; indented text is for people.
    package init(isIndented: Bool = false) { self.isIndented = isIndented }

    private mutating func separate() {
        guard let last = needsComma.last else { return }
        if last { text += "," }
        needsComma[needsComma.count - 1] = true
        if isIndented { breakLine() }
    }

    private mutating func breakLine() { text += "\n" + String(repeating: "  ", count: needsComma.count) }

    private mutating func enclose(_ open: String, _ close: String, _ body: (inout JSONWriter) throws -> Void) rethrows {
        text += open
        needsComma.append(false)
        try body(&self)
        let wasEmpty = needsComma.removeLast() == false
        if isIndented, !wasEmpty { breakLine() }
        text += close
    }

    /// Writes an object as the next element or as the whole document.
    package mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
        separate()
        try enclose("{", "}", body)
    }

    /// Writes an array as the next element or as the whole document.
    package mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
        separate()
        try enclose("[", "]", body)
    }

    private mutating func key(_ name: String) {
        separate()
        appendQuoted(name)
        text += isIndented ? ": " : ":"
    }

    /// Writes a member that is an object.
    package mutating func object(_ name: String, _ body: (inout JSONWriter) throws -> Void) rethrows {
        key(name)
        try enclose("{", "}", body)
    }

    /// Writes a member that is an array.
    package mutating func array(_ name: String, _ body: (inout JSONWriter) throws -> Void) rethrows {
        key(name)
        try enclose("[", "]", body)
    }

    /// Writes a text member.
    package mutating func member(_ name: String, _ value: String) {
        key(name)
        appendQuoted(value)
    }

    /// Writes an integer member.
    package mutating func member(_ name: String, _ value: some BinaryInteger) {
        key(name)
        text += String(value)
    }

    /// Writes a number member; what is not finite becomes null, since JSON has no such numbers.
    package mutating func member(_ name: String, number value: Double) {
        key(name)
        appendNumber(value)
    }

    /// Writes a Boolean member.
    package mutating func member(_ name: String, _ value: Bool) {
        key(name)
        text += value ? "true" : "false"
    }

    /// Writes a member that is null.
    package mutating func null(_ name: String) {
        key(name)
        text += "null"
    }

    /// Writes a member that is an array of integers, on one line.
    package mutating func member(_ name: String, _ values: some Sequence<some BinaryInteger>) {
        key(name)
        text += "[" + values.map { String($0) }.joined(separator: isIndented ? ", " : ",") + "]"
    }

    /// Writes a member that is an array of texts.
    package mutating func member(_ name: String, texts: some Sequence<String>) {
        array(name) { json in for text in texts { json.element(text) } }
    }

    /// Writes a text as the next element.
    package mutating func element(_ value: String) {
        separate()
        appendQuoted(value)
    }

    /// Writes an integer as the next element.
    package mutating func element(_ value: some BinaryInteger) {
        separate()
        text += String(value)
    }

    /// Writes a number as the next element; what is not finite becomes null.
    package mutating func element(number value: Double) {
        separate()
        appendNumber(value)
    }

    private mutating func appendNumber(_ value: Double) {
        guard value.isFinite else {
            text += "null"
            return
        }
        let written = String(describing: value)
        text += written.hasSuffix(".0") ? String(written.dropLast(2)) : written
    }

    private mutating func appendQuoted(_ value: String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            default:
                if scalar.value < 0x20 || scalar.value == 0x7F {
                    let digits = String(scalar.value, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
        }
        text += "\""
    }
}
