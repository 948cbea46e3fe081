/// One thing that a fixer changes in a file.
public struct USIDRepair: Hashable, Sendable, Codable {
    /// The rule that was broken.
    public var rule: USIDRule
    /// The path of the object that is changed, as it was before.
    public var path: String
    /// The attribute that is changed; nil where it is the object itself: its name, its elements or their type.
    public var attribute: String?
    /// What is done, in one clause that begins with a verb: `set Position_Indices to …`.
    public var message: String
}

extension USIDRepair: CustomStringConvertible {
    /// The repair in one line.
    public var description: String { "\(rule) \(path): \(message)" }
}

/// Something that a fixer leaves as it is, since it would have to guess.
public struct USIDLeftover: Hashable, Sendable, Codable {
    /// What is against the rules.
    public var finding: USIDFinding
    /// Why it cannot be mended without guessing.
    public var reason: String
}

extension USIDLeftover: CustomStringConvertible {
    /// The finding and the reason in one line.
    public var description: String { "\(finding) (left: \(reason))" }
}

/// What a fixer does to a file, and what it leaves.
public struct USIDFixes: Hashable, Sendable, Codable {
    /// What is changed, in order.
    public var repairs: [USIDRepair]
    /// What stays against the rules: errors first, then warnings, each by path.
    public var leftovers: [USIDLeftover]
    /// What the validator says of the file with the repairs.
    public var report: USIDReport

    /// Whether the file keeps every rule that it must keep, with the repairs.
    public var isValid: Bool { report.isValid }
}
