import HDF5

/// Checks a file against the rules of h5USID.
///
/// Reads structure, attributes, Indices and Values, not the data. The rules are listed in `Spec/h5usid.md`.
///
/// ```swift
/// let report = try USIDValidator().validate(file)
/// print(report.isValid, report.findings)
/// ```
public struct USIDValidator: Sendable {
    /// Makes a validator.
    public init() {}

    /// Checks a file.
    ///
    /// - Throws: `H5Error` when the root group cannot be read. Whatever else cannot be read becomes a finding.
    public func validate(_ file: H5File) throws -> USIDReport {
        var run = ValidationRun(file: file, contents: try FileContents(file))
        run.checkObjects()
        run.checkMains()
        run.checkResults()
        run.checkBookKeeping()
        run.checkForMains()
        let mains = run.mains.sorted { $0.path < $1.path }
        return USIDReport(
            file: file.path, mains: mains.map(\.path), forms: mains.map(USIDReport.Form.init), findings: run.findings)
    }
}

/// One check of one file.
struct ValidationRun {
    let file: H5File
    let contents: FileContents
    let resolver: ReferenceResolver
    private(set) var findings: [USIDFinding] = []
    /// The datasets that are, or claim to be, Mains.
    private(set) var inspections: [MainInspection] = []
    /// The Mains that are in order.
    private(set) var mains: [USIDDataset] = []
    /// Whether something that cannot be a Main carries references like one.
    private(set) var hasImpostor = false
    private let cache = USIDGridCache()

    init(file: H5File, contents: FileContents) {
        self.file = file
        self.contents = contents
        resolver = ReferenceResolver(file: file, paths: contents.paths)
    }

    mutating func report(_ new: [USIDFinding]) { findings += new }

    /// Runs `body`; what it cannot read becomes a finding about the object at `path`.
    mutating func reading(_ path: String, _ body: (inout ValidationRun) throws -> Void) {
        do {
            try body(&self)
        } catch let error as USIDError where error.rule != nil {
            findings.append(USIDFinding(error.rule ?? .hdf5, .must, error.path, error.message))
        } catch {
            findings.append(Self.unreadable(path, error))
        }
    }

    static func unreadable(_ path: String, _ error: any Error) -> USIDFinding {
        var message = "\(error)"
        var place = path
        if var known = error as? H5Error {
            place = known.path ?? path
            // File and path are told by the finding.
            known.file = nil
            known.path = nil
            message = known.description
        }
        return USIDFinding(
            .hdf5, .must, place, "it cannot be read: \(message)",
            advice: "the file is damaged here, or uses what is not supported")
    }

    // MARK: Objects

    mutating func checkObjects() {
        for object in contents.unreadable { findings.append(Self.unreadable(object.path, object.error)) }
        for group in contents.groups { checkImpostor(group, kind: "group") }
        for datatype in contents.datatypes { checkImpostor(datatype, kind: "committed datatype") }
    }

    private mutating func checkImpostor(_ object: some H5Attributed, kind: String) {
        reading(object.path) { run in
            guard try MainInspection.carriesReferences(object) else { return }
            run.hasImpostor = true
            run.findings.append(
                USIDFinding(
                    "R1", .must, object.path, "a \(kind) carries the references of a Main dataset",
                    expected: "a dataset",
                    found: "a \(kind)", advice: "move the attributes to the dataset that they describe"))
        }
    }

    // MARK: Mains

    mutating func checkMains() {
        for dataset in contents.datasets {
            reading(dataset.path) { run in
                guard try MainInspection.isClaimant(dataset) else { return }
                let inspection = try MainInspection(dataset, resolver: run.resolver)
                run.inspections.append(inspection)
                run.findings += inspection.findings
                guard inspection.obstacle == nil else { return }
                run.mains.append(try USIDDataset(inspection, cache: run.cache))
            }
        }
        for main in mains {
            reading(main.path) { $0.findings += try MainChecks(main, resolver: $0.resolver).findings }
            reading(main.path) { $0.findings += try DimensionChecks(main).findings }
        }
        let mains = mains
        reading("/") { $0.findings += try SharingChecks(mains).findings }
        report(DimensionOrderChecks(mains).findings)
    }

    // MARK: The rest

    mutating func checkResults() {
        let mains = Dictionary(mains.map { ($0.dataset.address, $0) }, uniquingKeysWith: { first, _ in first })
        let claimants = Set(inspections.map(\.dataset.path))
        for group in contents.groups where group.path != "/" {
            reading(group.path) { run in
                guard let results = try ResultsGroup(group) else { return }
                let checks = try ResultsChecks(results, mains: mains, claimants: claimants, resolver: run.resolver)
                run.findings += checks.findings
            }
        }
    }

    mutating func checkBookKeeping() {
        var groups: Set<String> = []
        for main in mains {
            reading(main.path) { $0.findings += try BookKeepingChecks.findings(main.dataset) }
            var parent = ReferenceResolver.parentPath(main.path)
            while let path = parent, groups.insert(path).inserted { parent = ReferenceResolver.parentPath(path) }
        }
        for group in contents.groups where groups.contains(group.path) {
            reading(group.path) { $0.findings += try BookKeepingChecks.findings(group) }
        }
        if let root = contents.groups.first(where: { $0.path == "/" }) {
            reading("/") { $0.findings += try BookKeepingChecks.placeholders(root) }
        }
    }

    /// A file must hold a Main; where it holds something that wants to be one, or may be one but cannot be read, that
    /// has been told already.
    mutating func checkForMains() {
        guard inspections.isEmpty, !hasImpostor, !findings.contains(where: { $0.rule == .hdf5 }) else { return }
        reading("/") { $0.findings.append(try NoMainDiagnosis($0.contents).finding) }
    }
}
