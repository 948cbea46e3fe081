import HDF5

/// Errors as one sentence that is safe for a terminal.
package enum ErrorText {
    /// The error with file, object and offset.
    package static func full(_ error: any Error, file: String) -> String {
        guard let error = error as? H5Error else { return "\(file.escaped): \("\(error)".escaped)" }
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
