import HDF5
import USID

/// A run of the same process, version and parameters on the same source.
public struct EarlierRun: Sendable {
    /// How far a run came.
    public enum State: Hashable, Sendable {
        /// All results are there.
        case complete
        /// Some are: of so many positions.
        case partial(Int)
        /// The group has other datasets than the process makes, or does not say which positions are complete.
        case unknown
    }

    /// The results group.
    public let results: USIDResults
    /// How far the run came.
    public let state: State
    /// Whether pyUSID made it, so that versions and the data of the source cannot be compared.
    public let isByPyUSID: Bool

    /// The path of the results group.
    public var path: String { results.path }
}

/// Finds earlier runs, without changing anything.
struct EarlierRuns<P: USIDProcess> {
    enum Choice {
        case none
        case complete(ProcessResultsGroup)
        case partial(ProcessResultsGroup)
    }

    private let setup: ProcessSetup<P>

    init(_ setup: ProcessSetup<P>) { self.setup = setup }

    /// All of them, the latest first.
    func all() throws -> [EarlierRun] {
        try candidates().map { results in
            EarlierRun(
                results: results.results, state: try state(of: results), isByPyUSID: results.isByPyUSID)
        }
    }

    /// The one to be used: the latest that is complete, or else the one that came furthest; if its source is what it was.
    func choose(_ reporter: ProgressReporter) throws -> (choice: Choice, notes: [String]) {
        if setup.options.overridesEarlier { return try chooseOverriding(reporter) }
        var notes: [String] = []
        var partial: [(group: ProcessResultsGroup, count: Int)] = []
        for candidate in try candidates() {
            switch try state(of: candidate) {
            case .complete:
                guard let group = try candidate.group ?? foreign(candidate) else { continue }
                if let change = try firstChange(since: candidate, reporter) {
                    notes.append(Self.note(candidate.results.path, change))
                    continue
                }
                return (.complete(group), notes)
            case .partial(let count):
                guard let group = candidate.group else {
                    notes.append("\(candidate.results.path) was cut short and cannot be resumed: pyUSID made it")
                    continue
                }
                partial.append((group, count))
            case .unknown: continue
            }
        }
        for (group, _) in partial.sorted(by: { $0.count > $1.count }) {
            if let change = try firstChange(since: group, reporter) {
                notes.append(Self.note(group.group.path, change))
                continue
            }
            return (.partial(group), notes)
        }
        return (.none, notes)
    }

    /// The latest run that was to override others, where it was cut short: the same call goes on with it.
    private func chooseOverriding(_ reporter: ProgressReporter) throws -> (choice: Choice, notes: [String]) {
        for candidate in try candidates() {
            guard let group = candidate.group,
                try group.group.attributes.find(ProcessResultsGroup.Name.overrides) != nil
            else { continue }
            guard case .partial = try state(of: candidate) else { break }
            guard let change = try firstChange(since: group, reporter) else { return (.partial(group), []) }
            return (.none, [Self.note(group.group.path, change)])
        }
        return (.none, [])
    }

    private static func note(_ path: String, _ change: Int) -> String {
        "\(path) was made from other data: position \(change) of the source changed since"
    }

    // MARK: Parts

    private struct Candidate {
        let results: USIDResults
        let isByPyUSID: Bool
        /// The group as a run of this library made it; nil where it is none.
        let group: ProcessResultsGroup?
    }

    /// Groups that were made with the same parameters, by the same version or by pyUSID, the latest first.
    private func candidates() throws -> [Candidate] {
        let found: [USIDResults]
        if let target = setup.targetInOtherFile {
            found = try setup.source.results(of: setup.process.name, in: target, parameters: setup.parameters)
        } else {
            found = try setup.source.results(of: setup.process.name, parameters: setup.parameters)
        }
        return try found.reversed().compactMap { results -> Candidate? in
            let attributes = results.group.attributes
            guard let digest = try attributes.find(ProcessResultsGroup.Name.digest) else {
                let isOurs = try attributes.find("swift_usid_version") != nil
                let isByPyUSID = try attributes.find("pyUSID_version") != nil
                return !isOurs && isByPyUSID ? Candidate(results: results, isByPyUSID: true, group: nil) : nil
            }
            // All parameters, and the version; a text of another form is of another program.
            guard (try? digest.string()) == setup.digest,
                let version = try attributes.find(ProcessResultsGroup.Name.version),
                (try? version.string()) == setup.process.version
            else { return nil }
            let group = try ProcessResultsGroup(
                opening: results.group, of: setup.source, setup.datasets, copies: setup.targetInOtherFile != nil)
            return Candidate(results: results, isByPyUSID: false, group: group)
        }
    }

    private func state(of candidate: Candidate) throws -> EarlierRun.State {
        let completed: [Bool]
        if let group = candidate.group {
            completed = try group.completedPositions()
        } else if candidate.isByPyUSID, let status = try Self.pyUSIDStatus(candidate.results, setup.source) {
            completed = status
        } else {
            return .unknown
        }
        let count = completed.count { $0 }
        return count == completed.count ? .complete : .partial(count)
    }

    /// Which positions are complete of a group that pyUSID made; nil where it does not say.
    private static func pyUSIDStatus(_ results: USIDResults, _ source: USIDDataset) throws -> [Bool]? {
        let name = ProcessResultsGroup.Name.completed
        if case .dataset(let status)? = try results.group.link(name)?.open() {
            guard status.shape == [source.positionCount] else { return nil }
            return try status.read(as: UInt8.self, policy: .clamping).elements.map { $0 != 0 }
        }
        // Before there was the dataset, an attribute had the number of positions that are complete.
        guard let last = try results.group.attributes.find(ProcessResultsGroup.Name.lastPixel),
            let count = try? last.read(as: Int.self).elements.first
        else { return nil }
        return (0..<source.positionCount).map { $0 < count }
    }

    /// The group of pyUSID, where it has all the datasets that this process makes.
    private func foreign(_ candidate: Candidate) throws -> ProcessResultsGroup? {
        guard candidate.isByPyUSID else { return nil }
        return try ProcessResultsGroup(foreign: candidate.results.group, setup.datasets)
    }

    /// The first completed position of which the source is not what the run saw; nil where it is, or nobody knows.
    private func firstChange(since candidate: Candidate, _ reporter: ProgressReporter) throws -> Int? {
        guard let group = candidate.group else { return nil }
        return try firstChange(since: group, reporter)
    }

    private func firstChange(since group: ProcessResultsGroup, _ reporter: ProgressReporter) throws -> Int? {
        let sizes = try setup.sizes(digestRows: group.digestRows)
        let digests = SourceDigests(
            reader: try SourceReader<P.Input>(setup.source, setup.process.sourceForm, process: setup.process.name),
            rows: group.digestRows, positionCount: setup.source.positionCount)
        return try digests.firstChange(
            from: try group.digests.read(as: UInt64.self).elements, completed: try group.completedPositions(),
            batchRows: sizes.batchRows, threads: setup.threads
        ) { try reporter.verify() }
    }
}
