import HDF5

/// Checks one results group: R53, R54, R72, R73 and what aborted runs leave behind.
struct ResultsChecks {
    private(set) var findings: [USIDFinding] = []
    private let results: ResultsGroup
    private let mains: [UInt64: USIDDataset]
    private let resolver: ReferenceResolver
    private var path: String { results.group.path }

    init(
        _ results: ResultsGroup, mains: [UInt64: USIDDataset], claimants: Set<String>, resolver: ReferenceResolver
    ) throws {
        self.results = results
        self.mains = mains
        self.resolver = resolver
        let sources = try followSources()
        try checkAttributes()
        checkName(sources)
        findings += try BookKeepingChecks.findings(results.group)
        let below = path + "/"
        if !claimants.contains(where: { $0.hasPrefix(below) }) {
            report(
                "R53", .should, "the results group holds no Main dataset",
                cause: "F7: the tool was stopped before it had results",
                advice: "remove the group, or run the tool again")
        }
        try checkCompletion(source: sources.first)
    }

    private mutating func report(
        _ rule: USIDRule, _ level: USIDFinding.Level, _ message: String, expected: String? = nil,
        found: String? = nil, cause: String? = nil, advice: String? = nil
    ) {
        findings.append(
            USIDFinding(rule, level, path, message, expected: expected, found: found, advice: advice, cause: cause))
    }

    // MARK: Attributes and name

    /// The sources that are Mains; others are reported.
    private mutating func followSources() throws -> [USIDDataset] {
        var found: [USIDDataset] = []
        for attribute in results.sources {
            guard attribute.dataspace.elementCount == 1, case .reference = attribute.datatype.kind else {
                report(
                    "R72", .should, "'\(attribute.name)' is no reference", expected: "an object reference",
                    found: "\(attribute.datatype)")
                continue
            }
            let reference = try attribute.reference()
            if let complaint = resolver.complaint(about: reference) {
                report("R72", .should, "the reference '\(attribute.name)' \(complaint)")
            } else if let address = reference.objectAddress, let main = mains[address] {
                found.append(main)
            } else {
                report("R72", .should, "'\(attribute.name)' does not lead to a Main dataset")
            }
        }
        return found
    }

    private mutating func checkAttributes() throws {
        let isElsewhere = results.sourcePath != nil || results.sourceFile != nil
        var missing: [String] = []
        if results.tool == nil { missing.append("tool") }
        if results.algorithm == nil { missing.append("algorithm") }
        let count =
            try results.group.attributes.find("num_source_dsets") ?? results.group.attributes.find("num_sources")
        if count == nil { missing.append("num_source_dsets") }
        if results.sources.isEmpty, !isElsewhere { missing.append("source_000") }
        if !missing.isEmpty {
            report(
                "R72", .should, "no " + NumberText.list(missing.map { "'\($0)'" }),
                advice: "say which tool made the results, from what, and how")
        }
        if let count, let number = try? count.scalar(as: Int.self), number != results.sources.count, !isElsewhere,
            !results.sources.isEmpty
        {
            report(
                "R72", .should, "'\(count.name)' is not the number of sources", expected: "\(results.sources.count)",
                found: "\(number)")
        }
        if isElsewhere, results.sourcePath == nil || results.sourceFile == nil {
            report(
                "R54", .should,
                "a source in another file needs both 'source_file_path' and 'source_dataset_path'")
        }
    }

    private mutating func checkName(_ sources: [USIDDataset]) {
        let name = ReferenceResolver.name(path)
        guard let parsed = ResultsName(name) else {
            report(
                "R53", .should, "the name of the results group does not say source, tool and index",
                expected: "Source-Tool_000", found: name)
            return
        }
        if let tool = results.tool, tool.withoutHyphens != parsed.tool {
            report("R53", .info, "the name says the tool is '\(parsed.tool)', the attribute says '\(tool)'")
        }
        // Of several sources the name can only say one.
        guard results.sources.count <= 1 else { return }
        guard let source = sources.first?.path ?? results.sourcePath else { return }
        if ReferenceResolver.name(source) != parsed.source {
            report(
                "R53", .should, "the group is named after '\(parsed.source)', but its source is '\(source)'",
                expected: ReferenceResolver.name(source), found: parsed.source)
        } else if !sources.isEmpty, ReferenceResolver.parentPath(source) != ReferenceResolver.parentPath(path) {
            report(
                "R53", .should, "the results group does not lie beside its source", expected: "beside \(source)",
                found: path)
        }
    }

    // MARK: Completion

    private mutating func checkCompletion(source: USIDDataset?) throws {
        let lastPixel = try results.group.attributes.find("last_pixel").flatMap { try? $0.scalar(as: Int.self) }
        for object in try results.group.members() {
            guard case .dataset(let status) = object, ReferenceResolver.name(status.path).hasPrefix("completed_"),
                mains[status.address] == nil
            else { continue }
            let count = source?.positionCount ?? resultPositionCount
            if let wrong = try Self.objection(to: status, count: count) {
                findings.append(wrong)
                continue
            }
            let done = try status.read(as: UInt8.self).elements.reduce(0) { $0 + Int($1) }
            guard done < status.count else { continue }
            let percent = status.count > 0 ? done * 100 / status.count : 100
            findings.append(
                USIDFinding(
                    "R73", .info, status.path, "\(done) of \(status.count) positions are complete (\(percent) %)"))
            if let lastPixel, lastPixel >= status.count {
                report(
                    "R73", .should,
                    "'last_pixel' says that all positions are complete, "
                        + "\(ReferenceResolver.name(status.path)) says \(done) of \(status.count)",
                    expected: "\(done)", found: "\(lastPixel)",
                    cause: "F3: pyUSID sets last_pixel to the number of positions on partial results too")
            }
        }
    }

    /// The number of positions of a result in the group.
    private var resultPositionCount: Int? {
        mains.values.filter { ReferenceResolver.parentPath($0.path) == path }.min { $0.path < $1.path }?.positionCount
    }

    /// The first thing that is wrong with a status dataset.
    private static func objection(to status: H5Dataset, count: Int?) throws -> USIDFinding? {
        func wrong(_ message: String, _ expected: String, _ found: String) -> USIDFinding {
            USIDFinding(
                "R73", .must, status.path, message, expected: expected, found: found,
                advice: "store one uint8 per position, 1 where it is complete and 0 where not")
        }
        let shape = NumberText.shape(status.shape)
        guard status.shape.count == 1 else {
            return wrong("the record of completed positions has one axis", "rank 1", "shape \(shape)")
        }
        if let count, status.shape[0] != count {
            return wrong(
                "the record of completed positions does not have one element per position", NumberText.shape([count]),
                shape)
        }
        guard case .integer(let format) = status.datatype.kind, !format.isSigned, status.datatype.size == 1 else {
            return wrong("the record of completed positions is not stored in bytes", "uint8", "\(status.datatype)")
        }
        if let strange = try status.read(as: UInt8.self).elements.first(where: { $0 > 1 }) {
            return wrong("the record of completed positions holds more than 0 and 1", "0 or 1", "\(strange)")
        }
        return nil
    }
}
