/// What went wrong while working with an HDF5 file, where, and what may be done about it.
///
/// Every failure of the library is an `H5Error`. Its `code` is for programs, its `message` for people;
/// `file`, `path` and `address` say where, `cause` holds the error underneath, if there is one.
public struct H5Error: Error, Sendable {
    /// The kind of failure, for programs to tell apart.
    ///
    /// A struct rather than an enum, so that new kinds break nobody.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The code's stable name.
        public let rawValue: String
        /// Makes a code from its stable name.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The code's stable name.
        public var description: String { rawValue }

        /// The bytes hold no HDF5 signature.
        public static let notHDF5 = Code(rawValue: "notHDF5")
        /// The file ends before something that it says it holds.
        public static let truncated = Code(rawValue: "truncated")
        /// A structure contradicts the format or itself.
        public static let damaged = Code(rawValue: "damaged")
        /// A stored checksum differs from the computed one.
        public static let checksumMismatch = Code(rawValue: "checksumMismatch")
        /// The file uses something that this library does not read.
        public static let unsupported = Code(rawValue: "unsupported")
        /// A filter of the pipeline is not available.
        public static let missingFilter = Code(rawValue: "missingFilter")
        /// No object, link or attribute has that name.
        public static let notFound = Code(rawValue: "notFound")
        /// The object exists but is of another kind than asked for.
        public static let wrongKind = Code(rawValue: "wrongKind")
        /// The stored type or value cannot be given as the type asked for.
        public static let conversion = Code(rawValue: "conversion")
        /// A selection does not fit the dataspace.
        public static let selection = Code(rawValue: "selection")
        /// An argument of a call makes no sense.
        public static let invalidArgument = Code(rawValue: "invalidArgument")
        /// A limit of the open options was reached.
        public static let limitExceeded = Code(rawValue: "limitExceeded")
        /// No file at that path.
        public static let noSuchFile = Code(rawValue: "noSuchFile")
        /// The path names a directory.
        public static let isDirectory = Code(rawValue: "isDirectory")
        /// The system refuses access.
        public static let permissionDenied = Code(rawValue: "permissionDenied")
        /// There is something of that name already.
        public static let exists = Code(rawValue: "exists")
        /// The file was opened for reading only.
        public static let readOnly = Code(rawValue: "readOnly")
        /// Another program, or this one, has the file open.
        public static let inUse = Code(rawValue: "inUse")
        /// The disk, or the share of it that may be used, is full.
        public static let noSpace = Code(rawValue: "noSpace")
        /// The format generation of the file cannot hold what is to be written.
        public static let notInGeneration = Code(rawValue: "notInGeneration")
        /// The system reported another input or output error.
        public static let inputOutput = Code(rawValue: "inputOutput")
    }

    /// The kind of failure.
    public var code: Code
    /// One sentence: what was found, what was expected, what may be done.
    public var message: String
    /// The file's path or name, where known.
    public var file: String?
    /// The path of the object inside the file, where known.
    public var path: String?
    /// The address in the file (relative to its base address), where known.
    public var address: UInt64?
    /// The error underneath, where there is one.
    public var cause: (any Error)?

    /// Makes an error.
    public init(
        _ code: Code, _ message: String, file: String? = nil, path: String? = nil, address: UInt64? = nil,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.file = file
        self.path = path
        self.address = address
        self.cause = cause
    }

    /// The same error with the places filled in that it does not name yet.
    public func located(file: String? = nil, path: String? = nil, address: UInt64? = nil) -> H5Error {
        var error = self
        error.file = error.file ?? file
        error.path = error.path ?? path
        error.address = error.address ?? address
        return error
    }
}

extension H5Error: CustomStringConvertible {
    /// The error in one line: file, object, offset, message, cause.
    public var description: String {
        var text = ""
        if let file { text += "\(file): " }
        if let path { text += "\(path): " }
        text += message
        if let address { text += " (at offset 0x\(String(address, radix: 16)))" }
        if let cause { text += ": \(cause)" }
        return text
    }
}

/// Runs `body` and adds the object path to an `H5Error` that names none.
package func withErrorPath<R>(_ path: @autoclosure () -> String, _ body: () throws -> R) throws -> R {
    do {
        return try body()
    } catch let error as H5Error {
        throw error.located(path: path())
    }
}
