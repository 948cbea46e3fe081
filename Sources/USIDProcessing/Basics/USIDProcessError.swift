import HDF5
import USID

/// Why a process could not be run, or not to its end.
public struct USIDProcessError: Error, Sendable {
    /// The kind of failure, for programs to tell apart.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The code's stable name.
        public let rawValue: String
        /// Makes a code from its stable name.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The code's stable name.
        public var description: String { rawValue }

        /// The process itself failed at one of the positions.
        public static let computation = Code(rawValue: "computation")
        /// A result is NaN or infinite, and the process does not allow it.
        public static let nonFiniteResult = Code(rawValue: "nonFiniteResult")
        /// A position got no value in one of the results, or as many as do not fit there, or of another type.
        public static let wrongResults = Code(rawValue: "wrongResults")
        /// What the process says of itself or of its results makes no sense.
        public static let invalidProcess = Code(rawValue: "invalidProcess")
        /// The memory budget is too small for the smallest batch.
        public static let budget = Code(rawValue: "budget")
        /// The ranks of a run cannot work together, or one of them failed.
        public static let ranks = Code(rawValue: "ranks")
    }

    /// The kind of failure.
    public var code: Code
    /// The path of the source or of the results group.
    public var path: String
    /// The positions that it is about; nil where it is about none.
    public var positions: Range<Int>?
    /// One sentence: what was found, and what to do.
    public var message: String
    /// The error behind it.
    public var cause: (any Error)?

    /// Makes an error.
    public init(
        _ code: Code, path: String, positions: Range<Int>? = nil, _ message: String, cause: (any Error)? = nil
    ) {
        self.code = code
        self.path = path
        self.positions = positions
        self.message = message
        self.cause = cause
    }

    /// An error in words.
    static func text(of error: any Error) -> String {
        (error as? H5Error)?.message ?? (error as? USIDError)?.message ?? (error as? USIDProcessError)?.message
            ?? "\(error)"
    }
}

extension USIDProcessError: CustomStringConvertible {
    /// The error in one line: object, message.
    public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}
