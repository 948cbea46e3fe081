import HDF5

/// One round after the other of repairs, until nothing more can be mended.
struct FixingRun {
    let file: H5File
    private(set) var repairs: [USIDRepair] = []
    /// Why things could not be mended, by path and rule, where that is more than the rule says.
    private(set) var reasons: [Reason: String] = [:]

    struct Reason: Hashable {
        var rule: USIDRule
        var path: String
    }

    /// A repair can uncover another fault, so there are several rounds; every fault is mended once, so few are enough.
    private static let mostRounds = 8

    init(file: H5File) { self.file = file }

    /// Mends the file and tells what was done.
    mutating func fixes() throws -> USIDFixes {
        for _ in 0..<Self.mostRounds {
            let before = repairs.count
            try mendMains()
            try mendAncillaries()
            try mendNames()
            try mendResults()
            try mendBookKeeping()
            if repairs.count == before { break }
        }
        let report = try USIDValidator().validate(file)
        let faults = report.findings.filter { $0.level != .info }
        let leftovers = (faults.filter { $0.level == .must } + faults.filter { $0.level == .should }).map { finding in
            USIDLeftover(
                finding: finding,
                reason: reasons[Reason(rule: finding.rule, path: finding.path)] ?? LeftoverReasons.reason(finding))
        }
        return USIDFixes(repairs: repairs, leftovers: leftovers, report: report)
    }

    mutating func note(_ rule: USIDRule, _ path: String, _ attribute: String?, _ message: String) {
        repairs.append(USIDRepair(rule: rule, path: path, attribute: attribute, message: message))
    }

    mutating func leave(_ rule: USIDRule, _ path: String, _ reason: String) {
        reasons[Reason(rule: rule, path: path)] = reason
    }

    // MARK: What there is

    /// What the file holds now, and its datasets that want to be Mains.
    struct Survey {
        private(set) var contents: FileContents
        private(set) var resolver: ReferenceResolver
        let claimants: [H5Dataset]
        /// Made when the first dataset is replaced.
        private var references: ReferenceIndex?

        init(_ file: H5File) throws {
            contents = try FileContents(file)
            resolver = ReferenceResolver(file: file, paths: contents.paths)
            // What cannot be read is told by the validator and left.
            claimants = contents.datasets.filter { (try? MainInspection.isClaimant($0)) == true }
        }

        /// Replaces a dataset, and knows the new one from then on.
        mutating func replace(
            _ dataset: H5Dataset, dropping dropped: Set<String> = [],
            _ body: (DatasetReplacement) throws -> H5Dataset
        ) throws -> H5Dataset {
            var index = try references ?? ReferenceIndex(contents)
            references = index
            let made = try body(DatasetReplacement(dataset, index, dropping: dropped))
            index.replace(dataset.address, by: made.address)
            references = index
            contents.replace(dataset.address, by: made.address)
            resolver = ReferenceResolver(file: made.file, paths: contents.paths)
            return made
        }
    }

    /// Looks through the file, as the last repairs left it.
    func survey() throws -> Survey { try Survey(file) }

    /// Runs a repair of one object; what cannot be read there is left, and the validator tells of it.
    mutating func attempting(_ body: (inout FixingRun) throws -> Void) throws {
        do {
            try body(&self)
        } catch let error as H5Error where Self.isAboutReading(error) {
            return
        }
    }

    /// Whether an error says that something in the file cannot be read, rather than written.
    private static func isAboutReading(_ error: H5Error) -> Bool {
        let codes: [H5Error.Code] = [.damaged, .truncated, .conversion, .notFound, .wrongKind]
        return codes.contains(error.code)
    }
}
