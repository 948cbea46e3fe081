import HDF5

extension USIDDataset {
    /// Makes the group for results of a tool on this Main: `<Main>-<Tool>_000` beside it, with the next free index (R53).
    ///
    /// ```swift
    /// let group = try main.createResultsGroup("SVD", parameters: ["components": 9])
    /// try USIDDataset.create(in: group, "U", …, positions: .shared(with: main), …)
    /// ```
    ///
    /// The group says `tool`, `algorithm`, `num_source_dsets`, `source_000` and the parameters (R72).
    ///
    /// - Parameters:
    ///   - tool: The name of the tool; hyphens become underscores in the name of the group.
    ///   - algorithm: The algorithm; by default the tool is its own name for it.
    ///   - parameters: What decides the results, one attribute each.
    ///   - bookKeeping: When, where and by what the group was made (R70).
    /// - Throws: `USIDError` before anything is written: `readOnly`, or `invalidArgument` for a tool without a name or
    ///   with a slash in it, and for parameters that cannot be written.
    @discardableResult
    public func createResultsGroup(
        _ tool: String, algorithm: String? = nil, parameters: USIDParameters = [:],
        bookKeeping: USIDBookKeeping = USIDBookKeeping()
    ) throws -> H5Group {
        guard let parent = ReferenceResolver.parentPath(path) else {
            throw USIDError(
                .invalidArgument, rule: "R53", path: path,
                "no path leads to the source: open it by its path, so that results can lie beside it")
        }
        return try ResultsPlan(tool, algorithm, parameters, bookKeeping).create(
            in: dataset.file.group(parent), source: ReferenceResolver.name(path), .datasets([self]))
    }

    /// Makes the group for results of a tool on this Main in another file (R54).
    ///
    /// The group has the name that it would have beside the Main; `source_file_path` and `source_dataset_path` say where
    /// the source is. Results that share the dimensions of the source with `.shared(with:)` get copies of its ancillary
    /// datasets.
    ///
    /// - Parameters:
    ///   - group: Where the group is made, in another file than that of the Main.
    ///   - sourceFilePath: The path of the file of the Main; by default the one by which it was opened.
    /// - Throws: As in the same file; `invalidArgument` also for a group of the same file, and for a source in memory
    ///   without a path.
    @discardableResult
    public func createResultsGroup(
        _ tool: String, in group: H5Group, sourceFilePath: String? = nil, algorithm: String? = nil,
        parameters: USIDParameters = [:], bookKeeping: USIDBookKeeping = USIDBookKeeping()
    ) throws -> H5Group {
        guard group.file !== dataset.file else {
            throw USIDError(
                .invalidArgument, rule: "R53", path: group.path,
                "results in the file of their source lie beside it: leave out the group")
        }
        guard let filePath = sourceFilePath ?? dataset.file.path, !filePath.isEmpty else {
            throw USIDError(
                .invalidArgument, rule: "R54", path: path,
                "the file of the source has no path: give sourceFilePath, by which it will be found")
        }
        try WrittenText.check(filePath, "the path of the source's file", rule: "R54", path: path)
        return try ResultsPlan(tool, algorithm, parameters, bookKeeping).create(
            in: group, source: ReferenceResolver.name(path), .elsewhere(file: filePath, dataset: path))
    }

    /// Makes the group for results of a tool on several Mains of one file: `Multi_Dataset-<Tool>_000`, or with the name
    /// of the Main where there is one only (R55).
    ///
    /// - Parameters:
    ///   - sources: The Mains, in the order of the attributes `source_000`, `source_001` and so on; at most 1,000.
    ///   - group: Where the group is made, as a rule the lowest group that holds all sources.
    /// - Throws: As for one source; `invalidArgument` also where there is no source, or one in another file.
    @discardableResult
    public static func createResultsGroup(
        _ tool: String, of sources: [USIDDataset], in group: H5Group, algorithm: String? = nil,
        parameters: USIDParameters = [:], bookKeeping: USIDBookKeeping = USIDBookKeeping()
    ) throws -> H5Group {
        func wrong(_ message: String) -> USIDError {
            USIDError(.invalidArgument, rule: "R55", path: group.path, message)
        }
        guard let first = sources.first else { throw wrong("there is no source: name at least one Main") }
        guard sources.count <= 1_000 else {
            throw wrong("there are \(sources.count) sources, and three digits count 1000: name fewer")
        }
        if let stranger = sources.first(where: { $0.dataset.file !== group.file }) {
            throw wrong("\(stranger.path) lies in another file than the results: copy it first")
        }
        return try ResultsPlan(tool, algorithm, parameters, bookKeeping).create(
            in: group, source: sources.count == 1 ? ReferenceResolver.name(first.path) : "Multi_Dataset",
            .datasets(sources))
    }
}

/// A results group that is about to be made.
private struct ResultsPlan {
    enum Sources {
        case datasets([USIDDataset])
        case elsewhere(file: String, dataset: String)
    }

    private static let reserved: Set<String> = ["tool", "algorithm", "num_source_dsets", "num_sources", "last_pixel"]

    private let tool: String
    private let algorithm: String
    private let parameters: USIDParameters
    private let bookKeeping: USIDBookKeeping

    init(
        _ tool: String, _ algorithm: String?, _ parameters: USIDParameters, _ bookKeeping: USIDBookKeeping
    ) {
        self.tool = tool
        self.algorithm = algorithm ?? tool
        self.parameters = parameters
        self.bookKeeping = bookKeeping
    }

    func create(in parent: H5Group, source: String, _ sources: Sources) throws -> H5Group {
        try WrittenText.checkName(tool, "the tool", path: parent.path, allowsHyphens: true)
        try WrittenText.check(algorithm, "the algorithm", rule: "R72", path: parent.path)
        // One hyphen separates source and tool, and nothing else may.
        let prefix = source.withoutHyphens + "-" + tool.withoutHyphens
        return try parent.createIndexedGroup(
            prefix: prefix, reserved: Self.reserved, parameters: parameters, bookKeeping: bookKeeping
        ) { group in
            try group.setAttribute("tool", tool)
            try group.setAttribute("algorithm", algorithm)
            switch sources {
            case .datasets(let mains):
                try group.setAttribute("num_source_dsets", mains.count)
                for (number, main) in mains.enumerated() {
                    try group.setAttribute(USIDProvenance.sourceName(number), reference: main.dataset)
                }
            case .elsewhere(let file, let dataset):
                try group.setAttribute("num_source_dsets", 1)
                try group.setAttribute("source_file_path", file)
                try group.setAttribute("source_dataset_path", dataset)
            }
        }
    }
}
