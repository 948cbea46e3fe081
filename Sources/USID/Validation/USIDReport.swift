/// What a validator found in one file.
public struct USIDReport: Hashable, Sendable, Codable {
    /// The path of the file; nil for a file in memory.
    public let file: String?
    /// The paths of the Main datasets that are in order.
    public let mains: [String]
    /// How the points of those Mains run, and whether they have an N-dimensional form; in the order of `mains`.
    public let forms: [Form]
    /// What was found, by path and then by rule.
    public let findings: [USIDFinding]

    /// Makes a report; findings are brought into order and told once.
    public init(file: String?, mains: [String], forms: [Form] = [], findings: [USIDFinding]) {
        self.file = file
        self.mains = mains
        self.forms = forms
        self.findings = Set(findings).sorted()
    }

    /// How the points of one Main run, and whether it has an N-dimensional form (R42, R43).
    public struct Form: Hashable, Sendable, Codable {
        /// The path of the Main.
        public let path: String
        /// In which order the rows run through the positions.
        public let positionScanOrder: USIDScanOrder
        /// In which order the columns run through the spectroscopic points.
        public let spectroscopicScanOrder: USIDScanOrder
        /// The labels of the axes in the order of the file; nil where there is no N-dimensional form.
        public let labels: [String]?
        /// The sizes of the axes; nil where there is no N-dimensional form.
        public let shape: [Int]?
        /// Why there is no N-dimensional form; empty where there is one.
        public let obstacles: [Obstacle]

        /// One reason why there is no N-dimensional form.
        public struct Obstacle: Hashable, Sendable, Codable {
            /// The rule that describes the case.
            public let rule: USIDRule
            /// The reason in one clause.
            public let message: String
        }

        init(_ main: USIDDataset) {
            path = main.path
            positionScanOrder = main.positionScanOrder
            spectroscopicScanOrder = main.spectroscopicScanOrder
            switch main.nDimensionalForm {
            case .available(let labels, let shape):
                self.labels = labels
                self.shape = shape
                obstacles = []
            case .unavailable(let problems):
                labels = nil
                shape = nil
                obstacles = problems.map { Obstacle(rule: $0.rule, message: $0.description) }
            }
        }
    }

    /// The number of Main datasets that are in order.
    public var mainCount: Int { mains.count }
    /// Whether the file keeps every rule that it must keep.
    public var isValid: Bool { errorCount == 0 }
    /// The number of findings against rules that must be kept.
    public var errorCount: Int { count(.must) }
    /// The number of findings against rules that should be kept.
    public var warningCount: Int { count(.should) }
    /// The number of findings that are only worth knowing.
    public var noteCount: Int { count(.info) }

    private func count(_ level: USIDFinding.Level) -> Int { findings.count { $0.level == level } }

    /// Findings that say the same of several objects, told once; in the order of the first object of each.
    public var groups: [Group] {
        var groups: [Group] = []
        var places: [USIDFinding: Int] = [:]
        for finding in findings {
            var key = finding
            key.path = ""
            if let place = places[key] {
                groups[place].count += 1
                if groups[place].paths.count < 3 { groups[place].paths.append(finding.path) }
            } else {
                places[key] = groups.count
                groups.append(Group(finding: finding, count: 1, paths: [finding.path]))
            }
        }
        return groups
    }

    /// A finding with all the objects that it is about.
    public struct Group: Hashable, Sendable, Codable {
        /// The finding; its path is that of the first object.
        public internal(set) var finding: USIDFinding
        /// The number of objects.
        public internal(set) var count: Int
        /// The paths of the first three objects.
        public internal(set) var paths: [String]
    }
}

extension USIDReport: CustomStringConvertible {
    /// The verdict in the first line, then one line per group of findings.
    public var description: String {
        let name = file.map { "\($0): " } ?? ""
        let verdict = isValid ? "valid h5USID, \(NumberText.count(mainCount, "Main dataset"))" : "not valid h5USID"
        let lines = groups.map { group in
            "  \(group.finding)" + (group.count > 1 ? " (and \(group.count - 1) more)" : "")
        }
        return ([name + verdict] + lines).joined(separator: "\n")
    }
}
