/// Something that a file does against a rule of h5USID, or that is worth knowing about it.
public struct USIDFinding: Hashable, Sendable, Codable {
    /// How much a finding matters.
    public enum Level: String, Hashable, Sendable, Codable {
        /// The object is not what it claims to be, or the file is not h5USID.
        case must
        /// The file is readable but departs from what is recommended.
        case should
        /// Nothing is wrong; a reader may want to know.
        case info
    }

    /// The rule.
    public var rule: USIDRule
    /// How much it matters.
    public var level: Level
    /// The path of the object.
    public var path: String
    /// What was found, in one sentence without the path.
    public var message: String
    /// What the rule asks for, where it can be said shortly.
    public var expected: String?
    /// What is there instead.
    public var found: String?
    /// What to do about it.
    public var advice: String?
    /// The known fault of a writer that explains the finding: `F1`, a colon, and what happened.
    public var cause: String?

    /// Makes a finding.
    public init(
        _ rule: USIDRule, _ level: Level, _ path: String, _ message: String, expected: String? = nil,
        found: String? = nil, advice: String? = nil, cause: String? = nil
    ) {
        self.rule = rule
        self.level = level
        self.path = path
        self.message = message
        self.expected = expected
        self.found = found
        self.advice = advice
        self.cause = cause
    }

    /// Whether a dataset with this finding cannot be used as a Main dataset.
    ///
    /// R14 binds writers only: a Main with a hyphen in its name reads like any other.
    var keepsFromReading: Bool { level == .must && rule != "R14" }
}

extension USIDFinding: Comparable {
    /// Orders by path, then by rule.
    public static func < (left: USIDFinding, right: USIDFinding) -> Bool {
        if left.path != right.path { return left.path < right.path }
        if left.rule != right.rule { return left.rule < right.rule }
        return left.message < right.message
    }
}

extension USIDFinding: CustomStringConvertible {
    /// The finding in one line.
    public var description: String {
        let word: String
        switch level {
        case .must: word = "error"
        case .should: word = "warning"
        case .info: word = "note"
        }
        var text = "\(word) \(rule) \(path): \(message)"
        if let expected, let found { text += " (expected \(expected), found \(found))" }
        if let cause { text += " [\(cause)]" }
        return text
    }
}
