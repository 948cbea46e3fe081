import HDF5
import Testing
import USID

@testable import USIDProcessing

/// Counts how often each position was worked out.
final class Counter: Sendable {
    private let counts = Locked<[Int: Int]>([:])
    func count(_ position: Int) { counts.withLock { $0[position, default: 0] += 1 } }
    var all: [Int: Int] { counts.withLock { $0 } }
}

/// A process that tells which positions it was asked for.
private struct Counting: USIDPositionProcess {
    let name = "Counting", version = "1"
    var factor = 3
    var counter = Counter()
    /// The position at which it fails.
    var failure: Int?

    var parameters: USIDParameters { ["factor": .integer(Int64(factor))] }

    func results(for source: USIDDataset) throws -> [ResultDataset] {
        [.perPosition("Sum", quantity: "Sum", units: "V", of: Float.self)]
    }

    func compute(_ values: ArraySlice<Float>, at position: Int, into results: inout ResultRow) throws {
        struct Stuck: Error {}
        if position == failure { throw Stuck() }
        counter.count(position)
        results[0] = values.reduce(0, +) * Float(factor)
    }
}

@Suite struct ResumingTests {
    /// Small batches: one digest block of 64 KiB each.
    private static let memory = H5ByteCount.kibibytes(140)
    /// 1,024 positions of 4,096 bytes: blocks of 16.
    private static func scan() throws -> Scan { try Scan(rows: 64, points: 1024, noise) }

    @Test func aRunIsFoundAgainAndNotDoneAgain() throws {
        let scan = try Scan(rows: 4, noise)
        let first = try scan.update { try ProcessRun(Counting(), on: $0, options: Scan.options()).perform() }
        let counting = Counting()
        // For that the file needs not be open for changes.
        let run = try ProcessRun(counting, on: scan.source(), options: Scan.options())
        #expect(try run.earlierRuns().map(\.state) == [.complete])
        let second = try run.perform()
        #expect(second.origin == .found)
        #expect(second.path == first.path)
        #expect(counting.counter.all.isEmpty)
        #expect("\(second)".hasSuffix("(found from an earlier run)"))
    }

    @Test func otherParametersAndVersionsAndAnOverrideMakeNewGroups() throws {
        let scan = try Scan(rows: 4, noise)
        try scan.update { main in
            func path(_ process: some USIDProcess, overrides: Bool = false) throws -> String {
                let results = try ProcessRun(process, on: main, options: Scan.options(overrides: overrides)).perform()
                #expect(results.origin == .computed)
                return String(results.path.suffix(3))
            }
            let paths = [
                try path(Statistics()), try path(Statistics(scale: 3)), try path(Statistics(version: "1.1")),
                try path(Statistics(), overrides: true), try path(Counting()),
            ]
            #expect(paths == ["000", "001", "002", "003", "000"])
        }
    }

    @Test(arguments: [1, 2, 5])
    func aRunThatWasStoppedGoesOnWhereItWas(threads: Int) throws {
        let undisturbed = try Self.scan()
        let expected = try undisturbed.update {
            try Scan.content(of: ProcessRun(Counting(), on: $0, options: Scan.options()).perform().group)
        }
        let scan = try Self.scan()
        let counting = Counting()
        let options = Scan.options(threads: threads)
        #expect(throws: CancellationError.self) {
            try scan.update { main in
                _ = try ProcessRun(counting, on: main, memory: Self.memory, options: options).perform { progress in
                    if progress.completed >= 300 { throw CancellationError() }
                }
            }
        }
        let done = counting.counter.all.count
        #expect((300..<1024).contains(done))
        let source = try scan.source()
        #expect(
            try ProcessRun(counting, on: source, options: options).earlierRuns().map(\.state) == [.partial(done)])
        // The rest is done once, whatever the number of threads and the size of batches.
        try scan.update { main in
            let results = try ProcessRun(counting, on: main, options: Scan.options(threads: 3)).perform()
            #expect(results.origin == .resumed(positions: done))
            #expect(try Scan.content(of: results.group) == expected)
        }
        #expect(counting.counter.all.count == 1024)
        #expect(counting.counter.all.values.allSatisfy { $0 == 1 })
    }

    @Test func whatAPositionFailsWithNamesItAndKeepsTheOthers() throws {
        let scan = try Self.scan()
        let options = Scan.options(threads: 1)
        try scan.update { main in
            var failing = Counting()
            failing.failure = 500
            do {
                _ = try ProcessRun(failing, on: main, memory: Self.memory, options: options).perform()
                Issue.record("the failure was not noticed")
            } catch let error as USIDProcessError {
                #expect(error.code == .computation)
                #expect(error.positions == 500..<501)
                #expect(error.path == scan.main)
            }
            let good = Counting()
            let results = try ProcessRun(good, on: main, options: options).perform()
            // Whole blocks of 16 were kept, not that in which the failure was; others may be done before the run ends.
            let again = good.counter.all
            #expect(results.origin == .resumed(positions: 1024 - again.count))
            #expect(again.count % 16 == 0 && again.count < 1024)
            #expect((496..<512).allSatisfy { again[$0] == 1 })
        }
    }

    @Test func aRunThatOverridesGoesOnWithOneThatDidAndWithNoOther() throws {
        let scan = try Self.scan()
        func run(_ counting: Counting = Counting(), overrides: Bool, until last: Int = .max) throws -> ProcessResults {
            try scan.update { main in
                try ProcessRun(
                    counting, on: main, memory: Self.memory, options: Scan.options(threads: 1, overrides: overrides)
                ).perform { if $0.completed >= last { throw CancellationError() } }
            }
        }
        // What was cut short without overriding is no part of a run that overrides.
        #expect(throws: CancellationError.self) { try run(overrides: false, until: 300) }
        #expect(throws: CancellationError.self) { try run(overrides: true, until: 600) }
        let counting = Counting()
        let second = try run(counting, overrides: true)
        #expect(second.path.hasSuffix("_001"))
        let again = counting.counter.all.count
        #expect(second.origin == .resumed(positions: 1024 - again) && again < 512)
        // It is complete: the next one starts anew, also one whose source changed meanwhile.
        #expect(throws: CancellationError.self) { try run(overrides: true, until: 300) }
        try scan.update { main in
            try main.dataset.write([Float(77)], at: [40, 9])
            try main.dataset.file.commit()
        }
        let fourth = try run(overrides: true)
        #expect(fourth.path.hasSuffix("_003") && fourth.origin == .computed)
        #expect(fourth.notes.count == 1)
        #expect(try run(overrides: false).path == fourth.path)
    }

    @Test func aSourceThatChangedIsNeitherFoundNorResumed() throws {
        let scan = try Self.scan()
        let stopped = Counting()
        #expect(throws: CancellationError.self) {
            try scan.update { main in
                _ = try ProcessRun(stopped, on: main, memory: Self.memory, options: Scan.options(threads: 1)).perform {
                    if $0.completed >= 300 { throw CancellationError() }
                }
            }
        }
        try scan.update { main in
            try main.dataset.write([Float(77)], at: [40, 9])
            try main.dataset.file.commit()
            let results = try ProcessRun(Counting(), on: main, options: Scan.options()).perform()
            #expect(results.origin == .computed)
            #expect(results.path.hasSuffix("_001"))
            #expect(results.notes.first?.contains("position 32 of the source changed") == true)
            // Now it is complete; what changes afterwards makes another one.
            #expect(try ProcessRun(Counting(), on: main, options: Scan.options()).perform().origin == .found)
            try main.dataset.write([Float(78)], at: [1023, 1])
            try main.dataset.file.commit()
            let third = try ProcessRun(Counting(), on: main, options: Scan.options()).perform()
            #expect(third.path.hasSuffix("_002"))
        }
    }

    @Test func aChangeWhereNothingWasCompleteDoesNotKeepFromResuming() throws {
        let scan = try Self.scan()
        #expect(throws: CancellationError.self) {
            try scan.update { main in
                _ = try ProcessRun(Counting(), on: main, memory: Self.memory, options: Scan.options(threads: 1)).perform
                {
                    if $0.completed >= 300 { throw CancellationError() }
                }
            }
        }
        try scan.update { main in
            try main.dataset.write([Float(77)], at: [1000, 9])
            try main.dataset.file.commit()
            let results = try ProcessRun(Counting(), on: main, options: Scan.options()).perform()
            let isResumed = if case .resumed = results.origin { true } else { false }
            #expect(isResumed)
            #expect(try results.mains[0].dataset.read(as: Float.self).elements.count == 1024)
        }
    }

    @Test func aRunGoesOnInACopyOfItsFile() throws {
        let expected = try Self.scan().update {
            try Scan.content(of: ProcessRun(Counting(), on: $0, options: Scan.options()).perform().group)
        }
        let scan = try Self.scan()
        #expect(throws: CancellationError.self) {
            try scan.update { main in
                _ = try ProcessRun(Counting(), on: main, memory: Self.memory, options: Scan.options(threads: 1)).perform
                {
                    if $0.completed >= 300 { throw CancellationError() }
                }
            }
        }
        // There the results lie side by side with the marks, without pages of their own.
        let path = scan.folder.path("copy.h5")
        _ = try H5File.open(scan.path).copy(to: path)
        let file = try H5File.openForUpdate(path)
        let counting = Counting()
        let results = try ProcessRun(
            counting, on: USIDDataset(file.dataset(scan.main)), memory: Self.memory,
            options: Scan.options(threads: 3, interval: .zero)
        ).perform()
        #expect(results.origin == .resumed(positions: 1024 - counting.counter.all.count))
        #expect(try Scan.content(of: results.group) == expected)
        try file.close()
    }

    @Test(arguments: [Int.max, 0, -1, 65])
    func aGroupThatLiesAboutItsBlocksIsNotUsed(rows: Int) throws {
        let scan = try Scan(rows: 4, noise)
        try scan.update { main in
            let first = try ProcessRun(Counting(), on: main, options: Scan.options()).perform()
            let digests = try main.dataset.file.dataset(first.path + "/source_digests")
            try digests.setAttribute("positions_per_digest", rows)
            let second = try ProcessRun(Counting(), on: main, options: Scan.options()).perform()
            #expect(second.origin == .computed && second.path != first.path)
        }
    }

    @Test func aGroupWhoseMarksAreOfAnotherTypeIsNotUsed() throws {
        let scan = try Scan(rows: 4, noise)
        try scan.update { main in
            let first = try ProcessRun(Counting(), on: main, options: Scan.options()).perform()
            try first.group.remove("completed_positions")
            try first.group.createDataset("completed_positions", [Double](repeating: 1, count: 64))
            let second = try ProcessRun(Counting(), on: main, options: Scan.options()).perform()
            #expect(second.origin == .computed && second.path != first.path)
        }
    }

    @Test func changesThatWereNotCommittedAreSeenByEveryThread() throws {
        let scan = try Scan(rows: 4, noise)
        try scan.update { main in
            try main.dataset.write([Float](repeating: 5, count: 24), at: [7, .all])
            let results = try ProcessRun(Counting(), on: main, options: Scan.options(threads: 2)).perform()
            #expect(try results.mains[0].dataset.read(as: Float.self).elements[7] == 5 * 24 * 3)
        }
    }

    @Test func checkpointsAreTakenWhileTheRunGoesOn() throws {
        let scan = try Self.scan()
        let file = try H5File.openForUpdate(scan.path)
        let main = try USIDDataset(file.dataset(scan.main))
        let seen = Locked<[Int]>([])
        let path = scan.path
        try ProcessRun(
            Counting(), on: main, memory: Self.memory, options: Scan.options(threads: 1, interval: .zero)
        ).perform { progress in
            guard progress.phase == .computing, let group = progress.path else { return }
            // What another program finds in the file.
            let status = try H5File.open(path).dataset(group + "/completed_positions").read(as: UInt8.self).elements
            let results = try H5File.open(path).dataset(group + "/Sum").read(as: Float.self).elements
            for position in status.indices where status[position] == 1 { #expect(results[position] != 0) }
            seen.withLock { $0.append(status.count { $0 == 1 }) }
        }
        try file.close()
        let counts = seen.withLock { $0 }
        #expect(counts.count > 1)
        #expect(counts == counts.sorted())
        #expect(counts.contains { $0 > 0 && $0 < 1024 })
    }

    @Test func givingUpTheSequenceEndsTheRunWithACheckpoint() async throws {
        let scan = try Self.scan()
        let file = try H5File.openForUpdate(scan.path)
        let run = try ProcessRun(
            Counting(), on: USIDDataset(file.dataset(scan.main)), memory: Self.memory,
            options: Scan.options(threads: 1))
        for try await progress in run.start() where progress.completed >= 0 { break }
        // The run ends by itself; until then the file stays open.
        var states: [EarlierRun.State] = []
        for _ in 0..<600 {
            states = try run.earlierRuns().map(\.state)
            if case .partial(let count)? = states.first, count > 0 { break }
            if states == [.complete] { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(states.count == 1)
        try file.close()
    }
}
