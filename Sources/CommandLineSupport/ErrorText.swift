import HDF5

/// An error and the file that it is about, where a command works with several.
package struct FileError: Error {
    package let file: String
    package let error: any Error

    /// Runs `body`, and says which file its errors are about.
    package static func locating<Result>(_ file: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as CancellationError {
            throw error
        } catch let error as UsageError {
            throw error
        } catch {
            throw FileError(file: file, error: error)
        }
    }
}

/// Errors as one sentence that is safe for a terminal.
package enum ErrorText {
    /// The error with file, object and offset.
    package static func full(_ error: any Error, file: String) -> String {
        if let error = error as? FileError { return full(error.error, file: error.file) }
        guard let error = error as? H5Error else {
            let text = "\(error)"
            // What reads files of other formats names them itself.
            return text.hasPrefix(file + ": ") ? text.escaped : "\(file.escaped): \(text.escaped)"
        }
        var located = error
        located.file = error.file ?? file
        return located.description.escaped
    }

    /// The error without the file and the path, for a place where both are seen already.
    package static func short(_ error: any Error) -> String { plain(error).escaped }

    /// The same as it is, for JSON, which has escapes of its own.
    package static func plain(_ error: any Error) -> String {
        guard var known = error as? H5Error else { return "\(error)" }
        known.file = nil
        known.path = nil
        return known.description
    }
}
