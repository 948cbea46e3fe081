import CommandLineSupport
import HDF5

/// A selection as people write it after `-d`, fitted to the shape of a dataset: `[0:3, :5]`, `[::10, 2]`, `[-1, ...]`.
struct SelectionArgument {
    /// The coordinates of one axis.
    struct Axis {
        var start: Int
        var step: Int
        var count: Int
        /// Whether a single index was written; the axis is then not part of the result.
        var isIndex: Bool

        /// The coordinate at a place of the result.
        func coordinate(_ place: Int) -> Int { start &+ place &* step }

        /// The same without all but some places.
        func narrowed(to places: Range<Int>) -> Axis {
            Axis(start: coordinate(places.lowerBound), step: step, count: places.count, isIndex: isIndex)
        }

        /// One place only; the axis drops out of what is read.
        func fixed(at place: Int) -> Axis { Axis(start: coordinate(place), step: 1, count: 1, isIndex: true) }

        var selection: H5AxisSelection {
            if isIndex { return .index(start) }
            return .range(lower: start, upper: count == 0 ? start : coordinate(count &- 1) &+ 1, stride: step)
        }
    }

    /// One entry per axis of the dataset.
    let axes: [Axis]
    /// Whether everything is selected.
    let isEverything: Bool

    /// Whether a text is meant as a selection and not as a path.
    static func looksLikeSelection(_ text: String) -> Bool {
        text.first == "[" || !text.isEmpty && text.utf8.allSatisfy { "0123456789:,.- []".utf8.contains($0) }
    }

    /// Reads a selection.
    ///
    /// - Throws: `UsageError` that says where the text is wrong or where it leaves the extent.
    init(_ text: String, shape: [Int]) throws {
        var parser = Parser(text)
        let entries = try parser.entries()
        let given = entries.count - (entries.contains { $0.isEllipsis } ? 1 : 0)
        guard given <= shape.count else {
            throw UsageError(
                "the selection '\(text)' has \(HumanText.count(given, "axis", "axes")), the dataset has \(shape.count)"
                    + (shape.isEmpty ? ": it is a single value, -d alone shows it" : " (\(HumanText.shape(shape)))"))
        }
        var filled: [Entry] = []
        let missing = shape.count - given
        for entry in entries {
            filled += entry.isEllipsis ? [Entry](repeating: .whole, count: missing) : [entry]
        }
        while filled.count < shape.count { filled.append(.whole) }
        axes = try zip(filled, shape).enumerated().map { try Self.fit($1.0, axis: $0, extent: $1.1) }
        isEverything = zip(axes, shape).allSatisfy { !$0.isIndex && $0.step == 1 && $0.count == $1 }
    }

    private static func fit(_ entry: Entry, axis: Int, extent: Int) throws -> Axis {
        func resolved(_ bound: Int, _ limit: Int) throws -> Int {
            let place = bound < 0 ? extent + bound : bound
            guard place >= 0, place <= limit else {
                throw UsageError(
                    "\(bound) lies outside axis \(axis), which has \(HumanText.count(extent, "element"))"
                        + (extent > 0 ? " (0 to \(extent - 1), or -1 to -\(extent) from the end)" : ""))
            }
            return place
        }
        switch entry {
        case .ellipsis: return Axis(start: 0, step: 1, count: extent, isIndex: false)
        case .index(let index): return Axis(start: try resolved(index, extent - 1), step: 1, count: 1, isIndex: true)
        case .slice(let lower, let upper, let step):
            let start = try lower.map { try resolved($0, extent) } ?? 0
            let end = try upper.map { try resolved($0, extent) } ?? extent
            let stride = step ?? 1
            let count = end > start ? (end - start - 1) / stride + 1 : 0
            return Axis(start: start, step: stride, count: count, isIndex: false)
        }
    }

    /// The selection as text with all bounds filled in: `[0:3, 0:5]`.
    var description: String { Self.text(axes) }

    static func text(_ axes: [Axis]) -> String {
        let entries = axes.map { axis -> String in
            if axis.isIndex { return String(axis.start) }
            let end = axis.count == 0 ? axis.start : axis.coordinate(axis.count - 1) + 1
            return "\(axis.start):\(end)" + (axis.step == 1 ? "" : ":\(axis.step)")
        }
        return "[" + entries.joined(separator: ", ") + "]"
    }
}

extension SelectionArgument {
    fileprivate enum Entry {
        case ellipsis
        case index(Int)
        case slice(lower: Int?, upper: Int?, step: Int?)

        static var whole: Entry { .slice(lower: nil, upper: nil, step: nil) }

        var isEllipsis: Bool {
            if case .ellipsis = self { return true }
            return false
        }
    }

    /// Reads the text character by character, so that errors can say where.
    fileprivate struct Parser {
        private let text: String
        private let characters: [Character]
        private var position = 0

        init(_ text: String) {
            self.text = text
            characters = Array(text)
        }

        mutating func entries() throws -> [Entry] {
            skipSpaces()
            let hasBrackets = take("[")
            var entries: [Entry] = []
            skipSpaces()
            while let next = peek, next != "]" {
                let start = position
                let entry = try self.entry()
                if entry.isEllipsis, entries.contains(where: \.isEllipsis) {
                    throw wrong("a second '...'", at: start)
                }
                entries.append(entry)
                skipSpaces()
                guard take(",") else { break }
                skipSpaces()
            }
            if hasBrackets, !take("]") {
                throw wrong(peek.map { "'\($0)'" } ?? "the end; a ']' is missing", at: position)
            }
            skipSpaces()
            if let extra = peek { throw wrong("'\(extra)'", at: position) }
            return entries
        }

        private mutating func entry() throws -> Entry {
            if peek == "." {
                let start = position
                guard take("."), take("."), take(".") else { throw wrong("a '.'", at: start) }
                return .ellipsis
            }
            let lower = try number()
            skipSpaces()
            guard take(":") else {
                guard let lower else { throw wrong(peek.map { "'\($0)'" } ?? "the end", at: position) }
                return .index(lower)
            }
            skipSpaces()
            let upper = try number()
            skipSpaces()
            guard take(":") else { return .slice(lower: lower, upper: upper, step: nil) }
            skipSpaces()
            let start = position
            let step = try number()
            if let step, step < 1 { throw wrong("the step \(step), where only 1 and more are possible", at: start) }
            return .slice(lower: lower, upper: upper, step: step)
        }

        private mutating func number() throws -> Int? {
            let start = position
            var digits = take("-") ? "-" : ""
            while let next = peek, next.isASCII, next.isNumber {
                digits.append(next)
                position += 1
            }
            if digits.isEmpty { return nil }
            guard let value = Int(digits) else { throw wrong("'\(digits)'", at: start) }
            return value
        }

        private var peek: Character? { position < characters.count ? characters[position] : nil }

        private mutating func take(_ character: Character) -> Bool {
            guard peek == character else { return false }
            position += 1
            return true
        }

        private mutating func skipSpaces() { while take(" ") {} }

        private func wrong(_ what: String, at place: Int) -> UsageError {
            UsageError(
                "the selection '\(text)' has \(what) at character \(place + 1); write it like [0:3, :5], [::10, 2] or [-1]"
            )
        }
    }
}
