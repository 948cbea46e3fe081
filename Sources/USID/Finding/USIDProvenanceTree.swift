import HDF5

/// Where a Main comes from, back to the raw data: the Main, what it was made from, what that was made from, and so on.
public struct USIDProvenanceTree: Sendable {
    /// The path of the Main, or of what should be one.
    public let path: String
    /// The path of its file as stored, where it is not the file of the tree's first Main.
    public let file: String?
    /// What the Main says of itself; nil where it was not opened or is none.
    public let provenance: USIDProvenance?
    /// What it was made from.
    public let sources: [USIDProvenanceTree]
    /// Why the tree ends here before the raw data; nil where it does not.
    public let end: String?

    /// The number of steps back to the data that is furthest away: 0 for raw data.
    public var depth: Int { sources.map { $0.depth + 1 }.max() ?? 0 }
}

extension USIDDataset {
    /// Where the dataset comes from, back to the raw data.
    ///
    /// ```swift
    /// print(try main.provenanceTree())
    /// ```
    ///
    /// A cycle, which only a damaged or a made-up file has, ends where it closes; so does a chain of more than 64 steps, and
    /// a tree of more than 1,000 Mains.
    ///
    /// - Parameter opensFiles: Whether sources in other files are looked at (R54); by default they are only named.
    /// - Throws: `H5Error` where attributes of this Main cannot be read. What is wrong with sources becomes the `end` of their
    ///   branch.
    public func provenanceTree(openingOtherFiles opensFiles: Bool = false) throws -> USIDProvenanceTree {
        try provenanceTree(openingOtherFiles: opensFiles, PathFinder(file: dataset.file))
    }

    /// The same with paths that are known already.
    package func provenanceTree(openingOtherFiles opensFiles: Bool = false, _ finder: PathFinder) throws
        -> USIDProvenanceTree
    {
        var growth = ProvenanceGrowth(opensFiles: opensFiles, finders: [ObjectIdentifier(dataset.file): finder])
        return try growth.tree(of: self, file: nil, above: [])
    }
}

/// A tree of provenance that is being made.
private struct ProvenanceGrowth {
    /// A dataset of a file.
    struct PlaceKey: Hashable {
        var file: String
        var address: UInt64
    }

    private static let mostSteps = 64
    private static let mostMains = 1_000

    let opensFiles: Bool
    var finders: [ObjectIdentifier: PathFinder]
    private var count = 0
    /// The files that were opened, so that their identifiers stay theirs.
    private var files: [String: H5File] = [:]

    init(opensFiles: Bool, finders: [ObjectIdentifier: PathFinder]) {
        self.opensFiles = opensFiles
        self.finders = finders
    }

    mutating func tree(of main: USIDDataset, file: String?, above: Set<PlaceKey>) throws -> USIDProvenanceTree {
        count += 1
        let finder = finders[ObjectIdentifier(main.dataset.file)] ?? PathFinder(file: main.dataset.file)
        finders[ObjectIdentifier(main.dataset.file)] = finder
        let provenance = try main.provenance(finder)
        let key = PlaceKey(file: main.dataset.file.path ?? "", address: main.dataset.address)
        var branches: [USIDProvenanceTree] = []
        for source in try main.sources(finder) {
            branches.append(branch(source, of: main, file: file, above: above.union([key])))
        }
        return USIDProvenanceTree(path: main.path, file: file, provenance: provenance, sources: branches, end: nil)
    }

    private mutating func branch(
        _ source: USIDSource, of main: USIDDataset, file: String?, above: Set<PlaceKey>
    ) -> USIDProvenanceTree {
        func leaf(_ path: String, _ file: String?, _ end: String?) -> USIDProvenanceTree {
            USIDProvenanceTree(path: path, file: file, provenance: nil, sources: [], end: end)
        }
        let path: String
        var place = file
        switch source.place {
        case .sameFile(let found): path = found
        case .otherFile(let otherFile, let found):
            path = found
            place = otherFile
            guard opensFiles else { return leaf(path, place, "it is in another file, which was not opened") }
        case .nowhere(let reason): return leaf("", file, reason)
        }
        guard above.count < Self.mostSteps else {
            return leaf(path, place, "the chain has more steps than are followed")
        }
        guard count < Self.mostMains else { return leaf(path, place, "the tree has more datasets than are followed") }
        do {
            let opened = try open(source)
            let key = PlaceKey(file: opened.dataset.file.path ?? "", address: opened.dataset.address)
            guard !above.contains(key) else {
                return leaf(path, place, "it is a source of itself: the chain is a cycle")
            }
            return try tree(of: opened, file: place, above: above)
        } catch {
            let reason = (error as? USIDError)?.message ?? (error as? H5Error)?.message ?? "\(error)"
            return leaf(path, place, reason)
        }
    }

    /// Opens a source, each other file once.
    private mutating func open(_ source: USIDSource) throws -> USIDDataset {
        guard case .otherFile(let stored, let path) = source.place else { return try source.open() }
        let filePath = SourceFile.resolved(stored, from: source.group.file.path)
        if let known = files[filePath], let main = try? USIDDataset(known.dataset(path)) { return main }
        let main = try source.open()
        files[filePath] = main.dataset.file
        return main
    }
}

extension USIDProvenanceTree: CustomStringConvertible {
    /// One line per Main, each below what was made from it.
    public var description: String { lines(indent: "").joined(separator: "\n") }

    private func lines(indent: String) -> [String] {
        var text = indent + (path.isEmpty ? "(no source)" : path)
        if let file { text += " in \(file)" }
        if let tool = provenance?.tool { text += "   by \(tool)" }
        if let end { text += "   (\(end))" }
        return [text] + sources.flatMap { $0.lines(indent: indent + "  ") }
    }
}
