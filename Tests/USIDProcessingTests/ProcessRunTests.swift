import HDF5
import Testing
import USID

@testable import USIDProcessing

@Suite struct ProcessRunTests {
    // MARK: Results

    @Test func resultsAreThoseOfAPlainLoopAndLieBesideTheSource() throws {
        let scan = try Scan(rows: 5, noise)
        let path = try scan.update { main in
            let results = try ProcessRun(Statistics(), on: main, options: Scan.options()).perform()
            #expect(results.origin == .computed)
            return results.path
        }
        #expect(path == "/Measurement_000/Channel_000/Raw_Data-Statistics_000")
        let file = try H5File.open(scan.path)
        let group = try file.group(path)
        let sums = try group.dataset("Sum").read(as: Double.self).elements
        let centred = try group.dataset("Centred").read(as: Float.self).elements
        for position in 0..<80 {
            let spectrum = (0..<24).map { noise(position, $0) }
            let sum = spectrum.reduce(0.0) { $0 + Double($1) }
            #expect(sums[position] == 2 * sum)
            #expect(centred[position * 24 + 3] == spectrum[3] - Float(sum / 24))
        }
        let peaks = try group.dataset("Peak").read(field: "Value [V]", as: Float.self).elements
        #expect(peaks[17] == (0..<24).map { noise(17, $0) }.max())
        // Every result is a Main with the positions of its source, and only the first kind of dimensions has the usual names.
        let mains = try USIDDataset.all(in: file)
        #expect(mains.count == 4)
        let source = try scan.source()
        for main in mains {
            #expect(main.positions.map(\.label) == ["X", "Y"])
            #expect(main.positionIndices.address == source.positionIndices.address)
        }
        #expect(
            try group.dataset("completed_positions").read(as: UInt8.self).elements == Array(repeating: 1, count: 80))
        #expect(try group.attributes.find("last_pixel")?.read(as: Int.self).elements == [80])
        #expect(try group.attributes.find("tool")?.string() == "Statistics")
        #expect(try group.attributes.find("tool_version")?.string() == "1.0")
        #expect(try group.attributes.find("scale")?.read(as: Double.self).elements == [2])
        let report = try USIDValidator().validate(file)
        #expect(report.findings.filter { $0.level == .must }.isEmpty)
    }

    @Test(arguments: [nil, 6, 64] as [Int?])
    func resultsAreTheSameForAnyNumberOfThreadsAndAnyBudget(chunkRows: Int?) throws {
        var contents: Set<String> = []
        for (threads, memory) in [(1, 1 << 30), (2, 1 << 30), (8, 1 << 30), (1, 200_000), (2, 420_000), (8, 2_000_000)]
        {
            let scan = try Scan(rows: 40, points: 48, chunkRows: chunkRows, noise)
            try scan.update { main in
                let run = try ProcessRun(
                    Statistics(), on: main, memory: H5ByteCount(bytes: memory), options: Scan.options(threads: threads))
                contents.insert(try Scan.content(of: run.perform().group))
            }
        }
        #expect(contents.count == 1)
    }

    @Test func compressedResultsHoldTheSame() throws {
        let scan = try Scan(rows: 40, points: 48, chunkRows: 64, noise)
        let plain = try scan.update { try ProcessRun(Statistics(), on: $0, options: Scan.options()).perform() }
        let packed = try scan.update { main in
            let options = Scan.options(threads: 2, overrides: true, filters: [.shuffle, .deflate(4)])
            return try ProcessRun(Statistics(), on: main, memory: .mebibytes(1), options: options).perform()
        }
        #expect(packed.path.hasSuffix("_001"))
        let file = try H5File.open(scan.path)
        for name in ["Sum", "Peak", "Centred"] {
            let compressed = try file.group(packed.path).dataset(name)
            #expect(compressed.filters.count == 2)
            #expect(try compressed.readBytes() == file.group(plain.path).dataset(name).readBytes())
        }
    }

    @Test func fewPositionsHaveCompressedResultsToo() throws {
        let scan = try Scan(rows: 1, points: 3, noise)
        try scan.update { main in
            let results = try ProcessRun(
                Statistics(), on: main, options: Scan.options(filters: [.deflate(1)])
            ).perform()
            #expect(try results.mains[0].dataset.read(as: Double.self).elements.count == 16)
        }
    }

    @Test func resultsInAnotherFileLeaveTheSourceAlone() throws {
        let scan = try Scan(rows: 3, noise)
        let before = try H5File.open(scan.path).root.attributes.count
        let output = scan.folder.path("results.h5")
        let target = try H5File.create(output)
        let source = try scan.source()
        let results = try ProcessRun(Statistics(), on: source, options: Scan.options(target: target.root)).perform()
        try target.close()
        #expect(results.path == "/Raw_Data-Statistics_000")
        let written = try H5File.open(output)
        let group = try written.group(results.path)
        #expect(try group.attributes.find("source_file_path")?.string() == scan.path)
        #expect(try group.attributes.find("source_file_name")?.string() == "scan.h5")
        #expect(try group.attributes.find("source_dataset_path")?.string() == scan.main)
        #expect(try USIDDataset.all(in: written).count == 3)
        #expect(try H5File.open(scan.path).root.attributes.count == before)
        // It is found there by another run.
        let again = try H5File.openForUpdate(output)
        let found = try ProcessRun(Statistics(), on: source, options: Scan.options(target: again.root)).perform()
        #expect(found.origin == .found)
        #expect(found.path == results.path)
    }

    @Test func complexAndCompoundSourcesAreRead() throws {
        struct Magnitude: USIDProcess {
            let name = "Magnitude", version = "1"
            func results(for source: USIDDataset) throws -> [ResultDataset] {
                [.perPosition("Magnitude", quantity: "Magnitude", units: "", of: Float.self, columns: .likeSource)]
            }
            func compute(_ batch: Batch<Complex<Float>>, into results: inout ResultBatch) throws {
                try results[0].set(batch.indices.flatMap { index in batch[index].map { $0.length } })
            }
        }
        struct RealSum: USIDPositionProcess {
            let name = "Real_Sum", version = "1"
            var sourceForm: SourceForm { .real }
            var parameters: USIDParameters { [:] }
            func results(for source: USIDDataset) throws -> [ResultDataset] {
                [.perPosition("Sum", quantity: "Sum", units: "", of: Double.self)]
            }
            func compute(_ values: ArraySlice<Double>, at position: Int, into results: inout ResultRow) throws {
                results[0] = values.reduce(0, +) + Double(values.count)
            }
        }
        let scan = try Scan(rows: 2) { Complex(noise($0, $1), noise($0, $1 + 1000)) }
        try scan.update { main in
            let magnitude = try ProcessRun(Magnitude(), on: main, options: Scan.options()).perform()
            let values = try magnitude.mains[0].dataset.read(as: Float.self).elements
            #expect(values[5 * 24 + 7] == Complex(noise(5, 7), noise(5, 1007)).length)
            let sums = try ProcessRun(RealSum(), on: main, options: Scan.options()).perform()
            let expected = (0..<24).reduce(48.0) { $0 + Double(noise(9, $1)) + Double(noise(9, $1 + 1000)) }
            #expect(abs(try sums.mains[0].dataset.read(as: Double.self).elements[9] - expected) < 1e-9)
            // Its real numbers cannot be had as they are.
            #expect(throws: USIDProcessError.self) { try ProcessRun(Statistics(), on: main, options: Scan.options()) }
        }
    }

    @Test func resultsWithoutADimensionHaveOneValueForEachOfTheOthers() throws {
        struct Largest: USIDProcess {
            let name = "Largest", version = "1"
            func results(for source: USIDDataset) throws -> [ResultDataset] {
                [
                    .perPosition(
                        "Largest", quantity: "Response", units: "V", of: Float.self, columns: .without(["Frequency"]))
                ]
            }
            func compute(_ batch: Batch<Float>, into results: inout ResultBatch) throws {
                for (index, values) in batch.enumerated() {
                    let row = Array(values)
                    try results[0].set(
                        (0..<3).map { cycle in row[cycle * 24..<(cycle + 1) * 24].max() ?? 0 }, at: index)
                }
            }
        }
        let scan = try Scan(rows: 2, cycles: 3, noise)
        try scan.update { main in
            let results = try ProcessRun(Largest(), on: main, options: Scan.options()).perform()
            #expect(results.mains[0].spectroscopic.map(\.label) == ["Cycle"])
            let reduced: USIDArray<Float> = try main.reduce(over: ["Frequency"], by: .maximum, as: Float.self)
            #expect(try results.mains[0].dataset.read(as: Float.self).elements == reduced.array.elements)
        }
    }

    // MARK: Random numbers, trials

    @Test func randomNumbersDependOnSeedAndPositionAlone() throws {
        struct Dice: USIDPositionProcess {
            let name = "Dice", version = "1"
            var seed = 5
            func results(for source: USIDDataset) throws -> [ResultDataset] {
                [.perPosition("Roll", quantity: "Roll", units: "", of: Double.self)]
            }
            func compute(_ values: ArraySlice<Float>, at position: Int, into results: inout ResultRow) throws {
                var random = PositionRandomNumbers(seed: seed, position: position)
                results[0] = Double.random(in: 0..<1, using: &random)
            }
        }
        let scan = try Scan(rows: 30, noise)
        try scan.update { main in
            let one = try ProcessRun(Dice(), on: main, options: Scan.options(threads: 1)).perform()
            let many = try ProcessRun(
                Dice(), on: main, memory: .kibibytes(200), options: Scan.options(threads: 8, overrides: true)
            ).perform()
            let other = try ProcessRun(Dice(seed: 6), on: main, options: Scan.options()).perform()
            let rolls = try [one, many, other].map { try $0.mains[0].dataset.read(as: Double.self).elements }
            #expect(rolls[0] == rolls[1])
            #expect(rolls[0] != rolls[2])
            #expect(Set(rolls[0]).count == 480)
        }
    }

    @Test func atrialWritesNothing() throws {
        let scan = try Scan(rows: 4, noise)
        let source = try scan.source()
        let run = try ProcessRun(Statistics(), on: source, options: Scan.options())
        let results = try run.test(positions: [40, 3])
        let sums = try results[0].values(as: Double.self)
        #expect(sums == [40, 3].map { position in 2 * (0..<24).reduce(0.0) { $0 + Double(noise(position, $1)) } })
        #expect(try results["Peak"]?.values(as: Float.self).count == 4)
        #expect(try USIDDataset.all(in: H5File.open(scan.path)).count == 1)
        #expect(throws: USIDError.self) { try run.test(positions: [64]) }
    }

    @Test(arguments: [1, 2, 8], [140, 500, 1_000, 1 << 16])
    func aPlanStaysWithinItsBudgetAndAsksForNoMoreThanAllPositionsTake(threads: Int, kibibytes: Int) throws {
        let plan = try ProcessRun(
            Statistics(), on: try Scan(rows: 64, points: 64, noise).source(), memory: .kibibytes(kibibytes),
            options: Scan.options(threads: threads)
        ).plan()
        #expect(plan.memory <= kibibytes << 10)
        #expect((1...1_024).contains(plan.batchPositions) && plan.memory >= plan.batchPositions * 64 * 4)
        #expect(plan.memory <= 1_024 * (64 * 4 + plan.results.reduce(0) { $0 + $1.byteCount } / 1_024 + 64))
    }

    // MARK: Progress

    @Test func progressComesAsASequenceWhoseLastElementHasTheResults() async throws {
        let scan = try Scan(rows: 20, noise)
        let file = try H5File.openForUpdate(scan.path)
        let run = try ProcessRun(
            Statistics(), on: USIDDataset(file.dataset(scan.main)), memory: .kibibytes(300),
            options: Scan.options(threads: 2))
        var last: ProcessProgress?
        for try await progress in run.start() {
            #expect(progress.completed >= last?.completed ?? 0)
            last = progress
        }
        #expect(last?.phase == .finished)
        #expect(last?.completed == 320)
        #expect(last?.results?.mains.count == 3)
        #expect(last.map { "\($0)" } == "320 positions in /Measurement_000/Channel_000/Raw_Data-Statistics_000")
        try file.close()
    }
}
