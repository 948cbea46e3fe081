import HDF5

/// Where a Main dataset comes from, as its book-keeping attributes say (R70, R72).
public struct USIDProvenance: Hashable, Sendable {
    /// When it was written, as stored: `2019_03_22-12_00_00`.
    public var timestamp: String?
    /// The computer that wrote it.
    public var machine: String?
    /// The operating system of that computer.
    public var platform: String?
    /// The program that wrote it, with its version: `pyUSID 0.0.12`.
    public var writer: String?
    /// The tool that made the results group it lies in.
    public var tool: String?
    /// The algorithm of that tool.
    public var algorithm: String?
    /// The paths of the Mains that it was made from.
    public var sources: [String] = []
    /// The other file that holds the source, where there is one (R54).
    public var sourceFile: String?
}

extension USIDDataset {
    /// Where the dataset comes from.
    ///
    /// What the dataset does not say itself is taken from the groups above.
    ///
    /// - Throws: `H5Error` where attributes cannot be read.
    public func provenance() throws -> USIDProvenance { try provenance(PathFinder(file: dataset.file)) }

    /// The same with paths that are known already.
    package func provenance(_ finder: PathFinder) throws -> USIDProvenance {
        var provenance = USIDProvenance()
        provenance.add(try BookKeeping(dataset))
        var parent = ReferenceResolver.parentPath(path)
        if let parent { try provenance.addResults(of: dataset.file.group(parent), main: dataset, finder) }
        while let path = parent, provenance.timestamp == nil || provenance.writer == nil {
            provenance.add(try BookKeeping(dataset.file.group(path)))
            parent = ReferenceResolver.parentPath(path)
        }
        return provenance
    }
}

extension USIDProvenance {
    fileprivate mutating func add(_ found: BookKeeping) {
        timestamp = timestamp ?? found.timestamp
        machine = machine ?? found.machine
        platform = platform ?? found.platform
        writer = writer ?? found.writer
    }

    fileprivate mutating func addResults(of group: H5Group, main: H5Dataset, _ finder: PathFinder) throws {
        tool = try TextAttribute("tool", of: group).single
        algorithm = try TextAttribute("algorithm", of: group).single
        sourceFile = try TextAttribute("source_file_path", of: group).single
        if let elsewhere = try TextAttribute("source_dataset_path", of: group).single { sources.append(elsewhere) }
        let resolver = ReferenceResolver(file: main.file, paths: nil)
        for number in 0..<1_000 {
            guard let attribute = try group.attributes.find(Self.sourceName(number)) else { break }
            guard case .dataset(let source, _) = resolver.dataset(attribute, of: main) else { continue }
            // A reference knows an address only.
            let isKnown = source.path.hasPrefix("/")
            sources.append(
                isKnown ? source.path : try finder.path(of: source.address, near: group.path) ?? source.path)
        }
    }

    /// The name of the attribute that refers to a source: `source_000`.
    static func sourceName(_ number: Int) -> String {
        let digits = String(number)
        return "source_" + String(repeating: "0", count: max(0, 3 - digits.utf8.count)) + digits
    }
}
