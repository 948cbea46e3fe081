import HDF5

/// A group with results of a tool on one or several Mains (R53 to R55, R72).
///
/// ```swift
/// for results in try main.results(of: "SHO_Fit", parameters: ["model": "gaussian"]) {
///     print(results.path, try results.mains().map(\.path))
/// }
/// ```
public struct USIDResults: Sendable {
    /// The group.
    public let group: H5Group
    /// The tool as it calls itself, hyphens and all; as the name of the group says it where the group does not.
    public let tool: String
    /// The algorithm of the tool; nil where the group does not say.
    public let algorithm: String?
    /// The number at the end of the group's name: the larger it is, the later the tool was run.
    public let index: Int

    /// The path of the group.
    public var path: String { group.path }

    /// The Mains directly in the group, by name.
    ///
    /// Datasets that break a rule are left out.
    ///
    /// - Throws: `H5Error` where the group cannot be gone through.
    public func mains() throws -> [USIDDataset] {
        let datasets = try group.members().compactMap { object in
            if case .dataset(let dataset) = object { return dataset }
            return nil
        }
        return USIDDataset.search(among: datasets).mains
    }

    /// What the results were made from.
    ///
    /// - Throws: `H5Error` where attributes cannot be read.
    public func sources() throws -> [USIDSource] { try USIDSource.all(of: group) }

    /// Whether the results were made with these parameters; other attributes of the group may be there.
    ///
    /// Names, types and values must be the same: the integer 1 is not the number 1.0. Where pyUSID made the group, numbers
    /// are compared by value, lists of them within a relative 1e-5 and an absolute 1e-8, as pyUSID does it.
    ///
    /// - Throws: `H5Error` where attributes cannot be read.
    public func match(_ parameters: USIDParameters) throws -> Bool {
        let comparison = ParameterComparison(try ParameterComparison.Manner(of: group))
        return try parameters.flattened.allSatisfy { entry in
            guard let attribute = try group.attributes.find(entry.name) else { return false }
            return comparison.isEqual(try StoredParameter(attribute), entry.value)
        }
    }
}

extension USIDDataset {
    /// The results of a tool on this Main, in the order of their indices (R53).
    ///
    /// These are groups beside the Main with the name `<Main>-<Tool>_<index>`, and groups beside it or in a group above
    /// with the name `Multi_Dataset-<Tool>_<index>` of which it is one source. The whole name counts: results of `SHO_Fit`
    /// are none of `Fit`. A group must say so itself too: by `tool`, by a source, or by both, and neither may say anything
    /// else. pyUSID's `find_results_groups` takes every group whose name contains both names.
    ///
    /// - Parameters:
    ///   - tool: The name of the tool, as it was given when the group was made; hyphens count as underscores in names of
    ///     groups.
    ///   - parameters: What the results must have been made with; all results by default (`USIDResults.match`).
    /// - Throws: `H5Error` where groups or attributes cannot be read.
    public func results(of tool: String, parameters: USIDParameters = [:]) throws -> [USIDResults] {
        try Self.sorted(resultsInFile(of: tool), parameters)
    }

    /// The results of all tools on this Main, in the order of their tools and indices (R53).
    ///
    /// - Throws: As `results(of:parameters:)`.
    public func results() throws -> [USIDResults] { try Self.sorted(resultsInFile(of: nil), [:]) }

    /// The groups of this file with results on this Main, of one tool or of all.
    private func resultsInFile(of tool: String?) throws -> [USIDResults] {
        var found: [USIDResults] = []
        var parent = ReferenceResolver.parentPath(path)
        var isBeside = true
        while let groupPath = parent {
            let group = try dataset.file.group(groupPath)
            for name in try group.names() {
                guard let parsed = ResultsName(name),
                    tool.map({ parsed.tool.hasSameBytes(as: $0.withoutHyphens) }) ?? true,
                    isBeside && parsed.source.hasSameBytes(as: ReferenceResolver.name(path).withoutHyphens)
                        || parsed.source == "Multi_Dataset",
                    case .group(let candidate)? = try group.link(name)?.open(),
                    let results = try claim(candidate, tool ?? Self.tool(of: candidate, parsed))
                else { continue }
                found.append(results)
            }
            isBeside = false
            parent = ReferenceResolver.parentPath(groupPath)
        }
        return found
    }

    /// The tool as a group says it, or as its name does.
    private static func tool(of group: H5Group, _ name: ResultsName) throws -> String {
        guard let tool = try TextAttribute("tool", of: group).single, tool.withoutHyphens.hasSameBytes(as: name.tool)
        else { return name.tool }
        return tool
    }

    /// The results of a tool on this Main that are in another file (R54).
    ///
    /// These are groups directly in `group` with the name `<Main>-<Tool>_<index>` whose `source_file_path` leads to the file
    /// of this Main and whose `source_dataset_path` is its path.
    ///
    /// - Parameter group: A group of another file, as a rule its root group.
    /// - Throws: `USIDError` with code `invalidArgument` for a group of the same file, or where the file of this Main has no
    ///   path; `H5Error` where groups or attributes cannot be read.
    public func results(of tool: String, in group: H5Group, parameters: USIDParameters = [:]) throws -> [USIDResults] {
        guard group.file !== dataset.file else {
            throw USIDError(
                .invalidArgument, rule: "R53", path: group.path,
                "results in the file of their source lie beside it: leave out the group")
        }
        guard let ownFile = dataset.file.path else {
            throw USIDError(
                .invalidArgument, rule: "R54", path: path,
                "the file of the source is in memory, so results elsewhere cannot name it")
        }
        var found: [USIDResults] = []
        for name in try group.names() {
            guard let parsed = ResultsName(name), parsed.tool.hasSameBytes(as: tool.withoutHyphens),
                parsed.source.hasSameBytes(as: ReferenceResolver.name(path).withoutHyphens),
                case .group(let candidate)? = try group.link(name)?.open(),
                try Self.agrees(candidate, tool)
            else { continue }
            let isMine = try USIDSource.all(of: candidate).contains { source in
                guard case .otherFile(let filePath, let datasetPath) = source.place else { return false }
                return datasetPath == path
                    && FileIdentity.areSame(SourceFile.resolved(filePath, from: group.file.path), ownFile)
            }
            if isMine { found.append(try Self.results(candidate, tool)) }
        }
        return try Self.sorted(found, parameters)
    }

    /// The Mains that this one was made from, as the results group in which it lies says; none for raw data.
    ///
    /// - Throws: `H5Error` where attributes cannot be read.
    public func sources() throws -> [USIDSource] { try sources(PathFinder(file: dataset.file)) }

    func sources(_ finder: PathFinder) throws -> [USIDSource] {
        guard let parent = ReferenceResolver.parentPath(path), parent != "/" else { return [] }
        return try USIDSource.all(of: dataset.file.group(parent), finder)
    }

    // MARK: Parts

    /// The results of a group, where its attributes say that they are of this Main and of the tool.
    private func claim(_ group: H5Group, _ tool: String) throws -> USIDResults? {
        guard try Self.agrees(group, tool) else { return nil }
        let sources = try USIDSource.all(of: group)
        let saysTool = try TextAttribute("tool", of: group) != .missing
        guard !sources.isEmpty || saysTool else { return nil }
        if !sources.isEmpty {
            guard sources.contains(where: { $0.address == dataset.address }) else { return nil }
        } else if ResultsName(ReferenceResolver.name(group.path))?.source == "Multi_Dataset" {
            return nil
        }
        return try Self.results(group, tool)
    }

    /// Whether a group names the tool, or no tool at all.
    private static func agrees(_ group: H5Group, _ tool: String) throws -> Bool {
        switch try TextAttribute("tool", of: group) {
        case .missing: return true
        case .scalar(let name): return name.hasSameBytes(as: tool)
        case .list(let names): return names.count == 1 && names[0].hasSameBytes(as: tool)
        case .other: return false
        }
    }

    private static func results(_ group: H5Group, _ tool: String) throws -> USIDResults {
        USIDResults(
            group: group, tool: tool, algorithm: try TextAttribute("algorithm", of: group).single,
            index: IndexedName(Substring(ReferenceResolver.name(group.path)))?.index ?? 0)
    }

    private static func sorted(_ results: [USIDResults], _ parameters: USIDParameters) throws -> [USIDResults] {
        try results.filter { try $0.match(parameters) }.sorted {
            ($0.tool, $0.index, $0.path) < ($1.tool, $1.index, $1.path)
        }
    }
}
