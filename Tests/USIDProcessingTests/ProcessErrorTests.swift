import HDF5
import Testing
import USID

@testable import USIDProcessing

/// Does what its closures say, so that a test can say it wrong.
private struct Flexible: USIDProcess {
    var name = "Flexible", version = "1"
    var parameters: USIDParameters = [:]
    var allowsNonFiniteResults = false
    var columns = ResultDataset.Columns.single
    var datasetName = "Result"
    var scratch = 0
    var body: @Sendable (Batch<Float>, inout ResultBatch) throws -> Void = { batch, results in
        for index in batch.indices { results[0][index] = Float(1) }
    }

    func results(for source: USIDDataset) throws -> [ResultDataset] {
        [.perPosition(datasetName, quantity: "Q", units: "", of: Float.self, columns: columns)]
    }
    func scratchBytesPerPosition(for source: USIDDataset) -> Int { scratch }
    func compute(_ batch: Batch<Float>, into results: inout ResultBatch) throws { try body(batch, &results) }
}

@Suite struct ProcessErrorTests {
    private func error(
        _ process: Flexible, memory: H5ByteCount? = nil, options: ProcessOptions = Scan.options(threads: 1)
    ) throws -> (error: USIDProcessError?, left: Int) {
        let scan = try Scan(rows: 4, noise)
        let before = try scan.update { try $0.dataset.file.group("/Measurement_000/Channel_000").names().count }
        let caught = try scan.update { main -> USIDProcessError? in
            do {
                _ = try ProcessRun(process, on: main, memory: memory, options: options).perform()
                return nil
            } catch let error as USIDProcessError {
                return error
            }
        }
        let after = try H5File.open(scan.path).group("/Measurement_000/Channel_000").names().count
        return (caught, after - before)
    }

    @Test func aResultThatIsNotFiniteEndsTheRunUnlessTheProcessAllowsIt() throws {
        var process = Flexible()
        process.body = { batch, results in
            for index in batch.indices {
                let position = batch.positions.lowerBound + index
                results[0][index] = position == 37 ? Float.nan : Float(position)
            }
        }
        let (found, _) = try error(process)
        #expect(found?.code == .nonFiniteResult)
        #expect(found?.positions == 37..<38)
        process.allowsNonFiniteResults = true
        #expect(try error(process).error == nil)
    }

    @Test func wrongNumbersOfResultsAreNoticed() throws {
        var process = Flexible()
        process.body = { batch, results in for index in batch.indices.dropLast() { results[0][index] = Float(0) } }
        #expect(try error(process).error?.code == .wrongResults)
        process.body = { batch, results in try results[0].set([Float](repeating: 0, count: batch.count + 1)) }
        #expect(try error(process).error?.message.contains("which take") == true)
        process.body = { batch, results in
            for index in batch.indices { try results[0].set([Float(0), 1], at: index) }
        }
        #expect(try error(process).error?.message.contains("2 numbers were given") == true)
        process.body = { batch, results in for index in batch.indices { results[0][index] = 1.0 as Double } }
        #expect(try error(process).error?.message.contains("Double was given") == true)
        process.body = { batch, results in results[0][batch.count] = Float(0) }
        #expect(try error(process).error?.message.contains("none \(64)") == true)
        process.columns = .likeSource
        process.body = { batch, results in for index in batch.indices { results[0][index] = Float(1) } }
        #expect(try error(process).error?.message.contains("where there are 24") == true)
    }

    @Test func whatMakesNoSenseIsRefusedBeforeAnythingIsWritten() throws {
        var process = Flexible()
        process.name = ""
        #expect(try error(process).error?.code == .invalidProcess)
        process = Flexible()
        process.datasetName = "completed_positions"
        #expect(try error(process).error?.message.contains("two datasets") == true)
        process = Flexible()
        process.parameters = ["tool_version": 3]
        #expect(try error(process).error?.message.contains("attribute of its own") == true)
        process = Flexible()
        process.scratch = .max
        #expect(try error(process).error?.code == .invalidProcess)
        process = Flexible()
        let result = try error(process, memory: H5ByteCount(bytes: 90))
        #expect(result.error?.code == .budget)
        #expect(result.left == 0)
        #expect(try error(process, options: Scan.options(threads: 0)).error?.code == .invalidProcess)
        // What the writer of Mains refuses, such as names and parameters, leaves nothing behind either.
        for refused in [
            { process in process.datasetName = "a-b" }, { process in process.parameters = ["a": .mixed([1, "x"])] },
            { process in process.columns = .without(["Phase"]) }, { process in process.columns = .without(["X"]) },
        ] as [(inout Flexible) -> Void] {
            var process = Flexible()
            refused(&process)
            let scan = try Scan(rows: 2, noise)
            #expect(throws: USIDError.self) {
                try scan.update { try ProcessRun(process, on: $0, options: Scan.options()).perform() }
            }
            #expect(try USIDDataset.all(in: H5File.open(scan.path)).count == 1)
        }
    }

    @Test func aFileThatIsOpenForReadingOnlyIsRefused() throws {
        let scan = try Scan(rows: 2, noise)
        let run = try ProcessRun(Flexible(), on: scan.source(), options: Scan.options())
        #expect {
            try run.perform()
        } throws: { error in
            (error as? USIDError)?.code == .readOnly
        }
    }

    @Test func propertiesThatNoAttributeHoldsAreNamed() throws {
        struct Inner {
            var start = 0.5
            var names = ["a", "b"]
        }
        enum Kind: String { case fast }
        struct Good: USIDProcess {
            let name = "Good", version = "1"
            var count = 3
            var share = Float(0.25)
            var kind = Kind.fast
            var missing: Int?
            var given: Int? = 4
            var inner = Inner()
            var flags = [true, false]
            var none: [Double] = []
            func results(for source: USIDDataset) throws -> [ResultDataset] { [] }
            func compute(_ batch: Batch<Float>, into results: inout ResultBatch) throws {}
        }
        struct Bad: USIDProcess {
            let name = "Bad", version = "1"
            var table = ["a": 1]
            func results(for source: USIDDataset) throws -> [ResultDataset] { [] }
            func compute(_ batch: Batch<Float>, into results: inout ResultBatch) throws {}
        }
        #expect(
            try Good().parameters == [
                "count": 3, "share": 0.25, "kind": "fast", "given": 4,
                "inner": ["start": 0.5, "names": ["a", "b"]], "flags": [true, false], "none": .reals([]),
            ])
        #expect(throws: USIDProcessError.self) { try Bad().parameters }
    }

    @Test func digestsOfParametersTellTypesAndValuesApartAndNotTheirOrder() {
        func digest(_ parameters: USIDParameters, _ name: String = "A", _ version: String = "1") -> String {
            parameters.digest(of: name, version: version)
        }
        #expect(digest(["a": 1, "b": 2.5]) == digest(["b": 2.5, "a": 1]))
        #expect(digest(["a": 1]) != digest(["a": 1.0]))
        #expect(digest(["a": 1]) != digest(["a": [1]]))
        #expect(digest(["a": "1"]) != digest(["a": 1]))
        #expect(digest(["a": ["b": 1]]) == digest(["a-b": 1]))
        #expect(digest(["a": ["x\ty"]]) != digest(["a": ["x", "y"]]))
        #expect(digest([:]) != digest([:], "B"))
        #expect(digest([:]) != digest([:], "A", "2"))
    }
}
