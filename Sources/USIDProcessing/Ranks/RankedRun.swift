import HDF5
import USID

/// A run that several ranks work on together.
///
/// Rank 0 finds earlier runs or makes the group of a new one, with space for everything, and commits it; then each rank
/// works out a range of the positions that are left and writes its results in place, by positioned writes without a lock.
/// No rank but the first changes the structure of the file.
struct RankedRun<P: USIDProcess> {
    private let setup: ProcessSetup<P>
    private let ranks: any ProcessRanks
    private let reporter: ProgressReporter

    /// What rank 0 tells the others.
    private enum Decision {
        case complete(file: String, group: String)
        case work(file: String, group: String)
        case failed(String)

        /// A letter, and texts that end with a zero.
        var bytes: [UInt8] {
            switch self {
            case .complete(let file, let group): [0] + Array(file.utf8) + [0] + Array(group.utf8) + [0]
            case .work(let file, let group): [1] + Array(file.utf8) + [0] + Array(group.utf8) + [0]
            case .failed(let message): [2] + Array(message.utf8) + [0]
            }
        }

        init(_ bytes: [UInt8]) {
            let texts = bytes.dropFirst().split(separator: 0, omittingEmptySubsequences: false).map {
                String(decoding: $0, as: UTF8.self)
            }
            switch bytes.first {
            case 0 where texts.count >= 2: self = .complete(file: texts[0], group: texts[1])
            case 1 where texts.count >= 2: self = .work(file: texts[0], group: texts[1])
            default: self = .failed(texts.first ?? "rank 0 failed")
            }
        }
    }

    init(_ setup: ProcessSetup<P>, _ ranks: any ProcessRanks, _ reporter: ProgressReporter) {
        self.setup = setup
        self.ranks = ranks
        self.reporter = reporter
    }

    func run() throws -> ProcessResults {
        ranks.rank == 0 ? try lead() : try follow()
    }

    // MARK: Rank 0

    private func lead() throws -> ProcessResults {
        let choice: (group: ProcessResultsGroup, notes: [String])
        do {
            guard setup.options.filters.isEmpty else {
                throw USIDProcessError(
                    .ranks, path: setup.source.path,
                    "several ranks cannot write compressed results: leave the filters out, and repack the file later")
            }
            let earlier = try EarlierRuns(setup).choose(reporter)
            switch earlier.choice {
            case .complete(let found):
                let decision = Decision.complete(file: found.group.file.path ?? "", group: found.group.path)
                _ = try ranks.broadcast(decision.bytes)
                let results = setup.results(found, .found, earlier.notes)
                try reporter.finish(results)
                return results
            case .partial(let found) where Self.isForRanks(found):
                try setup.checkWritable()
                choice = (found, earlier.notes)
            case .partial(let found):
                try setup.checkWritable()
                let note = "\(found.group.path) was cut short and its results are not laid out for several ranks"
                choice = (try setup.createGroup(), earlier.notes + [note])
            case .none:
                try setup.checkWritable()
                choice = (try setup.createGroup(), earlier.notes)
            }
        } catch {
            _ = try? ranks.broadcast(Decision.failed(USIDProcessError.text(of: error)).bytes)
            throw error
        }
        let file = choice.group.group.file
        guard let path = file.path else {
            let message = "the file of the results has no path by which other ranks could open it"
            _ = try? ranks.broadcast(Decision.failed(message).bytes)
            throw USIDProcessError(.ranks, path: choice.group.group.path, message)
        }
        _ = try ranks.broadcast(Decision.work(file: path, group: choice.group.group.path).bytes)
        let resumed = try work(on: choice.group, InPlaceWriter(file))
        // What other ranks wrote, this one may have read before.
        file.forgetBlocks()
        let completed = try choice.group.completedPositions()
        try choice.group.group.setAttribute(
            ProcessResultsGroup.Name.lastPixel, completed.firstIndex(of: false) ?? completed.count)
        try file.commit(durability: setup.options.durability)
        let count = completed.count { $0 }
        guard count == completed.count else {
            throw USIDProcessError(
                .ranks, path: choice.group.group.path,
                "\(count) of \(completed.count) positions are complete; run again to go on from there")
        }
        let results = setup.results(
            choice.group, resumed > 0 ? .resumed(positions: resumed) : .computed, choice.notes)
        try reporter.finish(results)
        return results
    }

    /// Whether all that ranks write lies in blocks, and no page of a result holds anything else.
    private static func isForRanks(_ group: ProcessResultsGroup) -> Bool {
        let blocks = group.mains.map(\.dataset.block) + [group.completed.block, group.digests.block]
        return blocks.allSatisfy { $0.map { $0.offset % 4096 == 0 } ?? false }
    }

    // MARK: The other ranks

    private func follow() throws -> ProcessResults {
        switch Decision(try ranks.broadcast([])) {
        case .failed(let message): throw USIDProcessError(.ranks, path: setup.source.path, "rank 0: \(message)")
        case .complete(let file, let path): return setup.results(try openedGroup(file, path), .found, [])
        case .work(let file, let path):
            let group = try openedGroup(file, path)
            let resumed = try work(on: group, InPlaceWriter(path: file))
            return setup.results(group, resumed > 0 ? .resumed(positions: resumed) : .computed, [])
        }
    }

    private func openedGroup(_ path: String, _ groupPath: String) throws -> ProcessResultsGroup {
        let file = try H5File.open(path)
        let isElsewhere = setup.source.dataset.file.path.map { !FileIdentity.areSame($0, path) } ?? true
        let found = try file.group(groupPath)
        guard
            let group = try ProcessResultsGroup(
                opening: found, of: setup.source, setup.datasets, copies: isElsewhere)
                ?? ProcessResultsGroup(foreign: found, setup.datasets)
        else {
            throw USIDProcessError(
                .ranks, path: groupPath, "the group that rank 0 made is not there: ranks need one file system")
        }
        return group
    }

    // MARK: All ranks

    /// Works out this rank's share of the positions that are left; answers how many were complete before.
    private func work(on group: ProcessResultsGroup, _ writer: InPlaceWriter) throws -> Int {
        var failure: (any Error)?
        var resumed = 0
        do {
            let completed = try group.completedPositions()
            // Nobody writes before everybody knows what is complete.
            try ranks.wait()
            let pending = CompletedPositions.pending(completed, blockRows: group.digestRows)
            resumed = completed.count - pending.reduce(0) { $0 + $1.count }
            let share = CompletedPositions.share(
                of: pending, blockRows: group.digestRows, number: ranks.rank, of: ranks.count)
            let output = try ResultWriter(ResultLayout(group), writer, .inPlace, setup.options)
            try reporter.begin(path: group.group.path, completed: resumed)
            _ = try ProcessEngine(setup, reporter, digestRows: group.digestRows).work(on: share) { output }
        } catch {
            failure = error
        }
        // Ranks end together, so that the first one knows what the others did.
        let message = failure.map { Array("rank \(ranks.rank): \(USIDProcessError.text(of: $0))".utf8) } ?? []
        let told = try ranks.gather(Self.padded(message))
        if let failure { throw failure }
        if let first = told.first(where: { $0.first != 0 }) {
            throw USIDProcessError(
                .ranks, path: group.group.path,
                String(decoding: first.prefix { $0 != 0 }, as: UTF8.self)
                    + "; what is complete stays, run again to go on from there")
        }
        return resumed
    }

    /// As many bytes from every rank.
    private static func padded(_ message: [UInt8]) -> [UInt8] {
        let count = 512
        return Array(message.prefix(count - 1)) + [UInt8](repeating: 0, count: count - min(count - 1, message.count))
    }
}
