/// Why something cannot be done with a USID dataset.
///
/// What the file below cannot deliver is an `H5Error`; a `USIDError` is about the model.
public struct USIDError: Error, Hashable, Sendable {
    /// The kind of failure, for programs to tell apart.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The code's stable name.
        public let rawValue: String
        /// Makes a code from its stable name.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The code's stable name.
        public var description: String { rawValue }

        /// The dataset is no Main dataset; `rule` says which rule it breaks.
        public static let notMain = Code(rawValue: "notMain")
        /// The points do not fill a grid; `rule` and the message say why.
        public static let noNDimensionalForm = Code(rawValue: "noNDimensionalForm")
        /// Equal indices carry different values, so a dimension has no unit values.
        public static let noUnitValues = Code(rawValue: "noUnitValues")
        /// No dimension has that label.
        public static let unknownDimension = Code(rawValue: "unknownDimension")
        /// An index or value lies outside its dimension.
        public static let outOfRange = Code(rawValue: "outOfRange")
        /// An argument makes no sense.
        public static let invalidArgument = Code(rawValue: "invalidArgument")
        /// There is an object of that name already.
        public static let exists = Code(rawValue: "exists")
        /// The Main that results were made from is not where they say.
        public static let noSource = Code(rawValue: "noSource")
        /// The file is open for reading only.
        public static let readOnly = Code(rawValue: "readOnly")
    }

    /// The kind of failure.
    public var code: Code
    /// The rule that is broken, where there is one.
    public var rule: USIDRule?
    /// The path of the object; empty where it is about none of a file.
    public var path: String
    /// One sentence: what was found and what was expected.
    public var message: String

    /// Makes an error.
    public init(_ code: Code, rule: USIDRule? = nil, path: String, _ message: String) {
        self.code = code
        self.rule = rule
        self.path = path
        self.message = message
    }

    init(notMain finding: USIDFinding) {
        var message = finding.message
        if let expected = finding.expected, let found = finding.found {
            message += " (expected \(expected), found \(found))"
        }
        self.init(.notMain, rule: finding.rule, path: finding.path, message)
    }
}

extension USIDError: CustomStringConvertible {
    /// The error in one line: object, rule, message.
    public var description: String {
        (path.isEmpty ? "" : "\(path): ") + (rule.map { "\($0): " } ?? "") + message
    }
}
