import HDF5

/// A Main that results were made from, as the results group names it (R54, R72).
public struct USIDSource: Sendable {
    /// Where a source is.
    public enum Place: Hashable, Sendable {
        /// In the file of the results, at a path.
        case sameFile(path: String)
        /// In another file: its path as stored, and the path of the Main in it (R54).
        case otherFile(path: String, dataset: String)
        /// Nowhere, with the reason.
        case nowhere(reason: String)
    }

    /// Where the source is.
    public let place: Place
    /// The group that names it.
    let group: H5Group
    /// The address of the object, where a reference leads to one.
    let address: UInt64?

    /// Opens the source; a source in another file opens that file.
    ///
    /// A path of a file that is not absolute counts from the folder of the results' file.
    ///
    /// - Throws: `USIDError` with code `noSource` where there is no source, where its file is gone, or where the file there
    ///   holds no such Main and so is another one.
    public func open() throws -> USIDDataset {
        switch place {
        case .sameFile(let path):
            do {
                return try USIDDataset(group.file.dataset(path))
            } catch let error as USIDError {
                throw missing("\(path) is no Main dataset: \(error.message)")
            }
        case .otherFile(let stored, let datasetPath):
            let filePath = SourceFile.resolved(stored, from: group.file.path)
            let file: H5File
            do {
                file = try H5File.open(filePath)
            } catch let error as H5Error {
                throw missing(
                    "the file of the source, \(stored), cannot be opened: \(error.message); put it to \(filePath)")
            }
            do {
                return try USIDDataset(file.dataset(datasetPath))
            } catch {
                let reason = (error as? H5Error)?.message ?? (error as? USIDError)?.message ?? "\(error)"
                throw missing(
                    "\(stored) is another file than the one that the results were made from: it has no Main "
                        + "\(datasetPath) (\(reason))")
            }
        case .nowhere(let reason): throw missing(reason)
        }
    }

    private func missing(_ message: String) -> USIDError {
        USIDError(.noSource, rule: "R54", path: group.path, message)
    }

    /// What a group says it was made from; empty where it says nothing.
    static func all(of group: H5Group, _ finder: PathFinder? = nil) throws -> [USIDSource] {
        guard let results = try ResultsGroup(group) else { return [] }
        let finder = finder ?? PathFinder(file: group.file)
        var sources = try results.sources.map { attribute -> USIDSource in
            guard attribute.dataspace.elementCount == 1, case .reference = attribute.datatype.kind else {
                return USIDSource(
                    place: .nowhere(reason: "'\(attribute.name)' is no reference"), group: group, address: nil)
            }
            let reference = try attribute.reference()
            guard let address = reference.objectAddress else {
                return USIDSource(
                    place: .nowhere(reason: "'\(attribute.name)' leads to no object of this file"), group: group,
                    address: nil)
            }
            guard let path = try finder.path(of: address, near: group.path) else {
                return USIDSource(
                    place: .nowhere(reason: "'\(attribute.name)' leads to an object that no longer exists"),
                    group: group, address: address)
            }
            return USIDSource(place: .sameFile(path: path), group: group, address: address)
        }
        if results.sourceFile != nil || results.sourcePath != nil {
            let place: Place
            if let file = results.sourceFile, let path = results.sourcePath {
                place = .otherFile(path: file, dataset: path)
            } else {
                place = .nowhere(
                    reason: "a source in another file needs both 'source_file_path' and 'source_dataset_path'")
            }
            sources.append(USIDSource(place: place, group: group, address: nil))
        }
        return sources
    }
}

extension USIDSource: CustomStringConvertible {
    /// The path, with the file where it is another one; or why there is none.
    public var description: String {
        switch place {
        case .sameFile(let path): return path
        case .otherFile(let file, let dataset): return "\(dataset) in \(file)"
        case .nowhere(let reason): return reason
        }
    }
}

/// Paths of the files of sources.
enum SourceFile {
    /// A path as stored in a results group, from the folder of that group's file (R54).
    static func resolved(_ path: String, from holder: String?) -> String {
        guard !path.hasPrefix("/"), let holder, let slash = holder.lastIndex(of: "/") else { return path }
        return holder[...slash] + path
    }
}
