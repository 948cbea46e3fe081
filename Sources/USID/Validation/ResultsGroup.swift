import HDF5

/// A group that holds results of a tool (R53, R54, R72).
struct ResultsGroup {
    let group: H5Group
    let tool: String?
    let algorithm: String?
    let sourceFile: String?
    let sourcePath: String?
    /// The source attributes in order: `source_000` and so on.
    let sources: [H5Attribute]

    /// Recognises a results group by its attributes, or by a name that joins a dataset beside it to a tool.
    init?(_ group: H5Group) throws {
        self.group = group
        tool = try TextAttribute("tool", of: group).single
        algorithm = try TextAttribute("algorithm", of: group).single
        sourceFile = try TextAttribute("source_file_path", of: group).single
        sourcePath = try TextAttribute("source_dataset_path", of: group).single
        var sources: [H5Attribute] = []
        while sources.count < 1_000, let next = try group.attributes.find(USIDProvenance.sourceName(sources.count)) {
            sources.append(next)
        }
        self.sources = sources
        if tool != nil || !sources.isEmpty || sourcePath != nil || sourceFile != nil { return }
        guard let name = ResultsName(ReferenceResolver.name(group.path)),
            let parent = ReferenceResolver.parentPath(group.path),
            case .hard? = try group.file.group(parent).link(String(name.source))?.target
        else { return nil }
    }
}

/// The name of a results group: `Raw_Data-SHO_Fit_000`.
struct ResultsName: Hashable {
    let source: String
    let tool: String

    /// Fails where the name has not exactly one hyphen with something on both sides, and an index at the end.
    init?(_ name: String) {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, let indexed = IndexedName(parts[1]) else { return nil }
        source = String(parts[0])
        tool = String(indexed.base)
    }
}

/// A name that ends with an index, such as `Channel_000`.
struct IndexedName: Hashable {
    let base: Substring
    let index: Int

    /// Fails where the name does not end with `_` and at least three digits.
    init?(_ name: Substring) {
        guard let underscore = name.lastIndex(of: "_") else { return nil }
        let digits = name[name.index(after: underscore)...]
        guard digits.utf8.count >= 3, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let index = Int(digits), underscore > name.startIndex
        else { return nil }
        base = name[..<underscore]
        self.index = index
    }
}
