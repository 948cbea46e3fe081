import HDF5
import Testing
import USID

@testable import USIDProcessing

/// Sums, counted as they are worked out.
private struct CountedSums: USIDProcess {
    let name = "Sums", version = "1"
    var parameters: USIDParameters { [:] }
    /// The batches that were worked out.
    let count = Monitored(0)
    var failsAtPosition: Int?

    func results(for source: USIDDataset) throws -> [ResultDataset] {
        [.perPosition("Sum", quantity: "Q", units: "", of: Double.self)]
    }

    func compute(_ batch: Batch<Float>, into results: inout ResultBatch) throws {
        for (index, row) in batch.enumerated() {
            let position = batch.positions.lowerBound + index
            if position == failsAtPosition {
                throw USIDProcessError(.computation, path: "", positions: position..<position + 1, "as told")
            }
            results[0][index] = row.reduce(0) { $0 + Double($1) }
        }
        count.withLock { $0 += 1 }
    }
}

/// What happens with results that are there before their datasets are.
@Suite struct ResultOutletTests {
    private struct NoDatasets: Error {}

    private let scan: Scan
    private let expected: [Double]

    init() throws {
        scan = try Scan(rows: 64, points: 256, noise)
        expected = (0..<1_024).map { position in (0..<256).reduce(0.0) { $0 + Double(noise(position, $1)) } }
    }

    /// Runs the process with datasets that `before` delays; answers how many batches there are and may wait.
    @discardableResult
    private func run(
        _ process: CountedSums, memory: Int, before: @escaping @Sendable (_ batches: Int, _ room: Int) throws -> Void
    ) throws -> (batches: Int, room: Int) {
        try scan.update { main in
            let setup = try ProcessSetup(
                process, main, memory: H5ByteCount(bytes: memory), options: Scan.options(threads: 2))
            let sizes = try setup.sizes(digestRows: nil)
            let reporter = ProgressReporter(total: main.positionCount, interval: .zero) { _ in }
            let batches = sizes.batches(of: [0..<main.positionCount]).count
            let output = try ProcessEngine(setup, reporter).work(on: [0..<main.positionCount]) {
                try before(batches, sizes.batchesWaiting)
                let group = try setup.createGroup()
                try reporter.begin(path: group.group.path, completed: 0)
                return try ResultWriter(
                    ResultLayout(group), InPlaceWriter(group.group.file), .commits, setup.options)
            }
            #expect(try output.layout.group.completedPositions().allSatisfy { $0 })
            #expect(try output.layout.group.mains[0].dataset.read(as: Double.self).elements == expected)
            return (batches, sizes.batchesWaiting)
        }
    }

    /// Waits until so many batches were worked out, or for too long.
    private static func wait(_ process: CountedSums, for count: Int) {
        let start = ContinuousClock.now
        process.count.withLock(
            when: { $0 >= count || ContinuousClock.now - start > .seconds(20) }, lookingEvery: .milliseconds(5),
            wakes: false
        ) { _ in }
    }

    @Test func allIsWorkedOutWhileTheDatasetsAreMadeWhereThereIsRoom() throws {
        let process = CountedSums()
        try run(process, memory: 64 << 20) { batches, room in
            #expect(batches == 16 && room >= batches)
            Self.wait(process, for: batches)
            #expect(process.count.withLock { $0 } == batches)
        }
    }

    @Test func resultsWaitForTheirDatasetsWhereThereIsNoRoomForMore() throws {
        let process = CountedSums()
        // Room for five batches of a digest block: three threads have one each.
        let sizes = try run(process, memory: 5 * 64 * (256 * 4 + 8)) { batches, room in
            #expect(room == 2)
            Self.wait(process, for: room + 1)
            // Others may have one more each, but no more.
            let start = ContinuousClock.now
            process.count.withLock(
                when: { _ in ContinuousClock.now - start > .milliseconds(50) }, lookingEvery: .milliseconds(10)
            ) { #expect((room + 1...room + 2).contains($0)) }
        }
        #expect(sizes.batches == 16)
    }

    @Test func withoutDatasetsTheRunEndsWithWhatKeptThemFromBeingMade() throws {
        var process = CountedSums()
        process.failsAtPosition = 700
        let failing = process
        #expect(throws: NoDatasets.self) {
            try run(failing, memory: 64 << 20) { _, _ in
                Self.wait(failing, for: 2)
                throw NoDatasets()
            }
        }
        #expect(try USIDDataset.all(in: H5File.open(scan.path)).count == 1)
    }

    @Test func whatWaitedIsKeptWhenABatchFailsMeanwhile() throws {
        var process = CountedSums()
        process.failsAtPosition = 1_023
        let failing = process
        #expect(throws: USIDProcessError.self) {
            try run(failing, memory: 64 << 20) { batches, _ in Self.wait(failing, for: batches - 1) }
        }
        let group = try H5File.open(scan.path).group("/Measurement_000/Channel_000/Raw_Data-Sums_000")
        let completed = try group.dataset("completed_positions").read(as: UInt8.self).elements
        #expect(completed.count { $0 == 1 } > 512)
        let sums = try group.dataset("Sum").read(as: Double.self).elements
        for position in completed.indices where completed[position] == 1 {
            #expect(sums[position] == expected[position])
        }
        #expect(completed[1_023] == 0)
        #expect(
            try group.attributes.find("last_pixel")?.read(as: Int.self).elements == [completed.firstIndex(of: 0) ?? -1])
    }
}
