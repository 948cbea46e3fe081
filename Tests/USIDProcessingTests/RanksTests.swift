import Foundation
import HDF5
import Testing
import USID

@testable import USIDProcessing

/// Ranks that are threads of one process: they exchange bytes as MPI's would.
final class ThreadRanks: ProcessRanks {
    /// What the ranks of a run share.
    final class Meeting: Sendable {
        let count: Int
        private let state = Locked((round: 0, here: [Int: [UInt8]](), last: [Int: [UInt8]]()))

        init(count: Int) { self.count = count }

        /// Waits until every rank brought its bytes, and gives all of them.
        func meet(_ rank: Int, _ bytes: [UInt8]) -> [Int: [UInt8]] {
            let round = state.withLock { state in
                state.here[rank] = bytes
                let round = state.round
                if state.here.count == count {
                    (state.last, state.here) = (state.here, [:])
                    state.round += 1
                }
                return round
            }
            while true {
                if let all = state.withLock({ $0.round > round ? $0.last : nil }) { return all }
                usleep(200)
            }
        }
    }

    let rank: Int
    private let meeting: Meeting
    var count: Int { meeting.count }

    init(_ rank: Int, _ meeting: Meeting) {
        self.rank = rank
        self.meeting = meeting
    }

    func wait() { _ = meeting.meet(rank, []) }
    func broadcast(_ bytes: [UInt8]) -> [UInt8] { meeting.meet(rank, bytes)[0] ?? [] }
    func gather(_ bytes: [UInt8]) -> [[UInt8]] {
        let all = meeting.meet(rank, bytes)
        return rank == 0 ? (0..<count).compactMap { all[$0] } : []
    }
}

/// Fails at a position, on whatever rank has it.
private struct Fragile: USIDPositionProcess {
    let name = "Fragile", version = "1"
    var parameters: USIDParameters { [:] }
    var failure: Int?

    func results(for source: USIDDataset) throws -> [ResultDataset] {
        [
            .perPosition("Sum", quantity: "Sum", units: "V", of: Float.self),
            .perPosition("Twice", quantity: "Twice", units: "V", of: Float.self, columns: .likeSource),
        ]
    }

    func compute(_ values: ArraySlice<Float>, at position: Int, into results: inout ResultRow) throws {
        struct Stuck: Error {}
        if position == failure { throw Stuck() }
        results[0] = values.reduce(0, +)
        try results.set(values.map { 2 * $0 }, of: 1)
    }
}

@Suite struct RanksTests {
    /// Runs a process on some ranks; what each of them ended with, in their order.
    private func run(
        _ process: Fragile, on scan: Scan, ranks count: Int, filters: [H5DatasetFilter] = []
    ) throws -> [Result<ProcessResults.Origin, USIDProcessError>] {
        let meeting = ThreadRanks.Meeting(count: count)
        let ended = Locked<[Int: Result<ProcessResults.Origin, USIDProcessError>]>([:])
        try WorkerThreads.run(count: count) { rank, _ in
            let file = rank == 0 ? try H5File.openForUpdate(scan.path) : try H5File.open(scan.path)
            defer { if rank == 0 { try? file.close() } }
            var options = Scan.options(threads: 1, interval: .zero, filters: filters)
            options.ranks = ThreadRanks(rank, meeting)
            do {
                let run = try ProcessRun(
                    process, on: USIDDataset(file.dataset(scan.main)), memory: .kibibytes(400), options: options)
                let origin = try run.perform().origin
                ended.withLock { $0[rank] = .success(origin) }
            } catch let error as USIDProcessError {
                ended.withLock { $0[rank] = .failure(error) }
            }
        }
        return ended.withLock { ended in (0..<count).compactMap { ended[$0] } }
    }

    private func content(of scan: Scan, _ number: String = "000") throws -> String {
        try Scan.content(of: H5File.open(scan.path).group("/Measurement_000/Channel_000/Raw_Data-Fragile_" + number))
    }

    /// 640 positions of 4,096 bytes: 40 blocks of 16.
    private static func scan() throws -> Scan { try Scan(rows: 40, points: 1024, noise) }

    @Test func anyNumberOfRanksLeavesTheSameAsOneProcess() throws {
        let alone = try Self.scan()
        try alone.update { _ = try ProcessRun(Fragile(), on: $0, options: Scan.options()).perform() }
        for count in [2, 3, 5] {
            let scan = try Self.scan()
            let origins = try run(Fragile(), on: scan, ranks: count).map { try $0.get() }
            #expect(origins == Array(repeating: .computed, count: count))
            #expect(try content(of: scan) == content(of: alone))
            // Found by ranks, and by one process.
            let again = try run(Fragile(), on: scan, ranks: 2).map { try $0.get() }
            #expect(again == [.found, .found])
        }
    }

    @Test func theFailureOfARankIsToldByTheFirstAndLeavesARunThatGoesOn() throws {
        let alone = try Self.scan()
        try alone.update { _ = try ProcessRun(Fragile(), on: $0, options: Scan.options()).perform() }
        let scan = try Self.scan()
        // 600 belongs to the last of three.
        let ended = try run(Fragile(failure: 600), on: scan, ranks: 3)
        guard case .failure(let first) = ended[0], case .success = ended[1], case .failure(let last) = ended[2] else {
            Issue.record("the failure was not told: \(ended)")
            return
        }
        #expect(first.code == .ranks && first.message.contains("rank 2") && first.message.contains("position 600"))
        #expect(last.code == .computation && last.positions == 600..<601)
        let run = try ProcessRun(Fragile(), on: scan.source(), options: Scan.options())
        guard case .partial(let count)? = try run.earlierRuns().first?.state else {
            Issue.record("there is no run to go on with")
            return
        }
        #expect((430..<640).contains(count))
        // One process goes on; other numbers of ranks do too, as the script with MPI shows.
        let origin = try scan.update { main in
            try ProcessRun(Fragile(), on: main, options: Scan.options()).perform().origin
        }
        #expect(origin == .resumed(positions: count))
        #expect(try content(of: scan) == content(of: alone))
    }

    @Test func whatOnlyOneProcessCanDoIsRefusedOnEveryRank() throws {
        let scan = try Self.scan()
        let ended = try run(Fragile(), on: scan, ranks: 3, filters: [.deflate(4)])
        for result in ended {
            guard case .failure(let error) = result else {
                Issue.record("compressed results were not refused")
                continue
            }
            #expect(error.code == .ranks && error.message.contains("compressed"))
        }
        #expect(try USIDDataset.all(in: H5File.open(scan.path)).count == 1)
    }

    @Test func sharesOfBlocksAreEvenAndTogetherEverything() {
        var random = PositionRandomNumbers(seed: 3, position: 0)
        for _ in 0..<200 {
            let rows = Int.random(in: 1...9, using: &random)
            let total = Int.random(in: 1...400, using: &random)
            let completed = (0..<total).map { _ in Bool.random(using: &random) }
            let pending = CompletedPositions.pending(completed, blockRows: rows)
            let count = Int.random(in: 1...7, using: &random)
            let shares = (0..<count).map {
                CompletedPositions.share(of: pending, blockRows: rows, number: $0, of: count)
            }
            #expect(shares.flatMap { $0.flatMap { Array($0) } } == pending.flatMap { Array($0) })
            let blocks = shares.map { $0.reduce(0) { $0 + ($1.count + rows - 1) / rows } }
            #expect((blocks.max() ?? 0) - (blocks.min() ?? 0) <= 1)
            #expect(shares.joined().allSatisfy { $0.lowerBound % rows == 0 })
        }
    }
}
