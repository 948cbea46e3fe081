extension USIDSelection {
    /// Reads a selection as people write it.
    ///
    /// | text | meaning |
    /// |---|---|
    /// | `3`, `-1` | one index; its axis goes |
    /// | `0:10`, `5:`, `:-1`, `::2`, `10:20:3` | indices from a first one to before a last one, with a step |
    /// | `1,4,9` | indices one by one |
    /// | `-1.5...1.5` | the values from one number to another, both included |
    /// | `~325000` | the index whose value is nearest; its axis goes |
    /// | `:` | all |
    ///
    /// Indices count from 0, negative ones from the end.
    ///
    /// - Throws: `USIDError` with code `invalidArgument`; the message says what a selection looks like.
    public init(_ text: String) throws {
        guard let selection = Self.parsed(text) else {
            throw USIDError(
                .invalidArgument, path: "",
                "'\(text)' selects nothing: write an index (3), a range (0:10, ::2), a list (1,4,9), values (-1.5...1.5) or "
                    + "the nearest value (~325000)")
        }
        self = selection
    }

    private static func parsed(_ text: String) -> USIDSelection? {
        let bytes = Array(text.utf8)
        if bytes.first == UInt8(ascii: "~") {
            return number(bytes.dropFirst()).map { .nearest($0) }
        }
        if let dots = firstDots(bytes) {
            guard let lower = number(bytes[..<dots]), let upper = number(bytes[(dots + 3)...]), lower <= upper else {
                return nil
            }
            return .values(lower...upper)
        }
        if bytes.contains(UInt8(ascii: ":")) {
            let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard parts.count <= 3 else { return nil }
            var bounds: [Int?] = []
            for part in parts {
                let bound = integer(part)
                guard bound != nil || part.isEmpty else { return nil }
                bounds.append(bound)
            }
            let step = parts.count == 3 ? bounds[2] ?? 1 : 1
            guard step > 0 else { return nil }
            return bounds[0] == nil && bounds[1] == nil && step == 1
                ? .all : .steps(from: bounds[0], to: bounds[1], by: step)
        }
        let list = bytes.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { integer($0) }
        let indices = list.compactMap { $0 }
        guard !indices.isEmpty, indices.count == list.count else { return nil }
        return indices.count == 1 ? .index(indices[0]) : .list(indices)
    }

    /// The place of three dots in a row.
    private static func firstDots(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 3 else { return nil }
        let dot = UInt8(ascii: ".")
        return (0...bytes.count - 3).first { bytes[$0] == dot && bytes[$0 + 1] == dot && bytes[$0 + 2] == dot }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Double? {
        let value = Double(String(decoding: bytes, as: UTF8.self))
        return value?.isFinite == true ? value : nil
    }

    private static func integer(_ bytes: ArraySlice<UInt8>) -> Int? { Int(String(decoding: bytes, as: UTF8.self)) }

    /// Reads a selection with the label of its dimension: `Frequency=0.2...0.8`.
    ///
    /// The last equals sign separates the two, as no selection has one.
    ///
    /// - Throws: `USIDError` with code `invalidArgument`.
    public static func labelled(_ text: String) throws -> (label: String, selection: USIDSelection) {
        guard let place = text.utf8.lastIndex(of: UInt8(ascii: "=")), place != text.startIndex else {
            throw USIDError(
                .invalidArgument, path: "",
                "'\(text)' names no dimension: write its label, an equals sign and what is selected, such as X=3")
        }
        return (String(text[..<place]), try USIDSelection(String(text[text.utf8.index(after: place)...])))
    }
}

extension USIDSelection: CustomStringConvertible {
    /// The selection as `init(_:)` reads it.
    public var description: String {
        switch self {
        case .all: ":"
        case .index(let index): "\(index)"
        case .nearest(let value): "~\(value)"
        case .range(let range): "\(range.lowerBound):\(range.upperBound)"
        case .stride(let step, let range):
            range.map { "\($0.lowerBound):\($0.upperBound):\(step)" } ?? "::\(step)"
        case .steps(let lower, let upper, let step):
            (lower.map { "\($0)" } ?? "") + ":" + (upper.map { "\($0)" } ?? "") + (step == 1 ? "" : ":\(step)")
        case .list(let list): list.map { "\($0)" }.joined(separator: ",")
        case .values(let range): "\(range.lowerBound)...\(range.upperBound)"
        }
    }
}
