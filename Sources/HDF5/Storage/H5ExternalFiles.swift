import HDF5Format

/// Which other files a file may lead to: by external links, external raw data and virtual datasets.
///
/// A file from somebody else can name any path of the machine that opens it; by default only files in its own
/// folder and below are opened.
public struct H5ExternalFiles: Sendable {
    /// Where the bytes of another file are.
    public enum Location: Sendable {
        /// In the file at a path.
        case path(String)
        /// In memory.
        case bytes([UInt8])
    }

    /// Gives the place of the file that `name` means in the file at `linkingFile` (nil for one in memory).
    let locate: @Sendable (_ name: String, _ linkingFile: String?) throws -> Location

    /// Files below the folder of the linking file; absolute paths and `..` are refused.
    public static let besideFile = H5ExternalFiles { name, linkingFile in
        guard let linkingFile else {
            throw H5Error(.permissionDenied, "external file '\(name)' cannot be found from a file that is in memory")
        }
        guard !name.isEmpty, !name.hasPrefix("/"), !name.split(separator: "/").contains("..") else {
            throw H5Error(
                .permissionDenied,
                "external file '\(name)' lies outside the folder of the linking file; open the file with a resolver that "
                    + "allows this", file: linkingFile)
        }
        let folder = linkingFile.lastIndex(of: "/").map { String(linkingFile[...$0]) } ?? ""
        return .path(folder + name)
    }

    /// None: whatever lies in another file cannot be read.
    public static let none = H5ExternalFiles { name, linkingFile in
        throw H5Error(.permissionDenied, "external file '\(name)' is not opened", file: linkingFile)
    }

    /// Whatever the host decides: `locate` gets the name as the file has it and the path of the linking file, and
    /// says where the bytes are, or throws.
    public static func located(
        by locate: @escaping @Sendable (_ name: String, _ linkingFile: String?) throws -> Location
    ) -> H5ExternalFiles { H5ExternalFiles(locate: locate) }

    /// Opens the bytes of another file; the path is nil for memory.
    func open(_ name: String, from linkingFile: String?) throws -> (source: any ByteSource, path: String?) {
        switch try locate(name, linkingFile) {
        case .path(let path): return (try ReadOnlyFile(path: path), path)
        case .bytes(let bytes): return (MemorySource(bytes), nil)
        }
    }
}
