/// What went wrong while a filter was applied or undone.
public struct FilterError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure, open to additions in later releases.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The name of the code, as it appears in messages.
        public let description: String

        /// Creates a code from its name; hosts use it for the failures of their own filters.
        public init(_ description: String) {
            self.description = description
        }

        /// The stored bytes do not form a valid stream of the filter, or end too early.
        public static let damaged = Code("damaged")
        /// The decoded bytes need more room than the output has.
        public static let outputTooLarge = Code("outputTooLarge")
        /// The decoded bytes are fewer than the filter's parameters promise.
        public static let outputTooShort = Code("outputTooShort")
        /// The stored checksum differs from the one computed over the data.
        public static let checksumMismatch = Code("checksumMismatch")
        /// The stream or the parameters ask for a variant that the filter does not know.
        public static let unsupported = Code("unsupported")
        /// The client values of the filter are missing, contradictory or out of range.
        public static let badParameters = Code("badParameters")
    }

    /// The kind of failure.
    public let code: Code
    /// The failure in words, without the name of the file or dataset.
    public let message: String

    /// Creates an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The code and the message on one line.
    public var description: String { "\(code): \(message)" }
}
