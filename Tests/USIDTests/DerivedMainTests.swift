import HDF5
import Testing

@testable import USID

@Suite("Slices and reductions as Mains of their own")
struct DerivedMainTests {
    /// A folder with a copy of a fixture that may be changed.
    private func changed<Result>(
        _ name: String, _ path: String = "/Measurement_000/Channel_000/Raw_Data",
        _ body: (H5File, USIDDataset) throws -> Result
    ) throws -> Result {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let copy = folder.path("copy.h5")
        try Fixtures.open(name).copy(to: copy)
        let file = try H5File.openForUpdate(copy)
        let result = try body(file, try USIDDataset(file.dataset(path)))
        try file.commit()
        // What is written breaks no rule, also for a reader that opens the file anew.
        let errors = try USIDValidator().validate(H5File.open(copy)).findings.filter { $0.level == .must }
        #expect(errors.isEmpty, "\(errors.map(\.message))")
        try file.close()
        return result
    }

    @Test(
        "a written slice holds what the slice in memory does",
        arguments: [
            "map4d-paper.h5", "map4d-pyusid.h5", "serpentine.h5", "shuffled-rows.h5", "shuffled-columns.h5", "map6d.h5",
        ])
    func slices(name: String) throws {
        var generator = SeededGenerator(seed: 11)
        for number in 0..<6 {
            try changed(name) { _, main in
                var selections: [String: USIDSelection] = [:]
                for dimension in main.positionDimensions + main.spectroscopicDimensions where dimension.size > 1 {
                    switch Int.random(in: 0..<4, using: &generator) {
                    case 0: selections[dimension.label] = .index(Int.random(in: 0..<dimension.size, using: &generator))
                    case 1: selections[dimension.label] = .steps(from: 0, to: nil, by: 2)
                    case 2: selections[dimension.label] = .list([dimension.size - 1, 0])
                    default: break
                    }
                }
                let slice = try main.writeSlice(
                    selections, memory: H5ByteCount(bytes: number % 2 == 0 ? 1 << 20 : 100),
                    options: Written.options(.allCases[number % 2]))
                let name = ReferenceResolver.name(main.path)
                #expect(slice.path == "/Measurement_000/Channel_000/\(name)-slice_000/\(name)")
                #expect(slice.quantity == main.quantity && slice.units == main.units)
                #expect(slice.dataset.datatype == main.dataset.datatype)
                // A list is a set here: the points keep their order.
                var ordered = selections
                for (label, selection) in selections {
                    if case .list(let list) = selection { ordered[label] = .list(list.sorted()) }
                }
                let expected = try main.slice(ordered, as: Double.self)
                let written = try slice.nDimensional(as: Double.self)
                #expect(written.elements == expected.elements)
                #expect(written.shape.filter { $0 != 1 } == expected.shape.filter { $0 != 1 })
                for (dimension, label) in zip(expected.dimensions, expected.labels) {
                    #expect(try slice.dimension(label).unitValues == dimension.unitValues)
                    #expect(try slice.dimension(label).units == dimension.units)
                }
                #expect(try slice.provenance().sources == [main.path])
                let isChosen = { (dimensions: [USIDDimension]) in dimensions.contains { selections[$0.label] != nil } }
                #expect((slice.positionIndices.address == main.positionIndices.address) == !isChosen(main.positions))
                #expect(
                    (slice.spectroscopicValues.address == main.spectroscopicValues.address)
                        == !isChosen(main.spectroscopic))
            }
        }
    }

    @Test("points without a grid are sliced and written as they are")
    func sparse() throws {
        try changed("sparse-sampling.h5") { _, main in
            let slice = try main.writeSlice(["X": .steps(from: 2, to: 5), "Bias": .index(1)])
            let expected = try main.slice(["X": .range(2..<5), "Bias": .index(1)], as: Float.self)
            #expect(slice.positionCount == 3)
            #expect(try slice.dataset.read(as: Float.self).elements == expected.elements)
            #expect(slice.spectroscopic.map(\.label) == ["arb."])
            #expect(try slice.positionIndices.read(as: Int.self).elements == [0, 0, 1, 1, 2, 2])
        }
    }

    @Test("a slice says what was chosen, and keeps what the source says of itself")
    func parameters() throws {
        try changed("map4d-paper.h5") { file, main in
            try main.dataset.setAttribute("gain", 2.5)
            try main.dataset.setAttribute("remark", "by hand")
            try main.dataset.setAttribute("other", reference: main.positionIndices)
            let slice = try main.writeSlice(["X": 1, "Frequency": .values(305...335)], named: "Part")
            let group = try file.group("/Measurement_000/Channel_000/Raw_Data-slice_000")
            #expect(slice.path == group.path + "/Part")
            #expect(
                try group.attributes.require("selection").strings().elements == ["Frequency=305.0...335.0", "X=1"])
            #expect(try group.attributes.require("at").strings().elements.count == 1)
            #expect(try slice.dataset.attribute("gain", as: Double.self) == 2.5)
            #expect(try slice.dataset.attribute("remark") == "by hand")
            #expect(try slice.dataset.attributes.find("other") == nil)
            let again = try main.writeSlice(["X": 1])
            #expect(again.path.contains("-slice_001/"))
        }
    }

    @Test(
        "a written reduction holds what the one in memory does",
        arguments: [
            "map4d-paper.h5", "map4d-pyusid.h5", "serpentine.h5", "shuffled-rows.h5", "shuffled-columns.h5", "map6d.h5",
        ])
    func reductions(name: String) throws {
        var generator = SeededGenerator(seed: 12)
        for number in 0..<6 {
            try changed(name) { _, main in
                let all = (main.positionDimensions + main.spectroscopicDimensions).map(\.label)
                var labels = all.filter { _ in Bool.random(using: &generator) }
                if labels.isEmpty { labels = all }
                let reduction = USIDReduction.named[number]
                let memory = H5ByteCount(bytes: number % 2 == 0 ? 64 << 20 : 40_000)
                let expected = try main.reduce(over: labels, by: reduction, as: Double.self)
                let written = try main.writeReduction(
                    over: labels, by: reduction, as: Double.self, memory: memory,
                    options: Written.options(.allCases[number % 2]))
                #expect(written.path == "/Measurement_000/Channel_000/Raw_Data-Reduce_000/Raw_Data")
                let form = try written.nDimensional(as: Double.self)
                #expect(form.elements == expected.elements)
                for (label, dimension) in zip(expected.labels, expected.dimensions) {
                    #expect(try written.dimension(label).unitValues == dimension.unitValues)
                }
                let provenance = try written.provenance()
                #expect(provenance.tool == "Reduce" && provenance.algorithm == reduction.name)
            }
        }
    }

    @Test("where every dimension goes, one of size 1 stays on each side")
    func everything() throws {
        try changed("map4d-paper.h5") { _, main in
            let all = (main.positions + main.spectroscopic).map(\.label)
            let one = try main.writeReduction(over: all, by: .mean, as: Float.self)
            #expect(one.positions.map(\.label) == ["Single_Step"] && one.positions[0].units == "a. u.")
            #expect(one.spectroscopic.map(\.label) == ["arb."])
            #expect(one.dataset.shape == [1, 1] && one.dataset.datatype == .float32)
        }
    }

    @Test("results go to another file with the path of their source")
    func elsewhere() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let main = try Fixtures.main("map4d-paper.h5")
        let other = try H5File.create(folder.path("other.h5"))
        let slice = try main.writeSlice(["X": 1], to: other.root, sourceFilePath: "map4d-paper.h5")
        let mean = try main.writeReduction(
            over: ["Frequency"], by: .mean, as: Double.self, to: other.root, sourceFilePath: "map4d-paper.h5")
        #expect(slice.path == "/Raw_Data-slice_000/Raw_Data" && mean.path == "/Raw_Data-Reduce_000/Raw_Data")
        #expect(try slice.provenance().sourceFile == "map4d-paper.h5")
        #expect(try slice.provenance().sources == [main.path])
        #expect(slice.spectroscopic.map(\.unitValues) == main.spectroscopic.map(\.unitValues))
        try other.close()
    }

    @Test("what is refused leaves nothing behind")
    func refusals() throws {
        try changed("map4d-paper.h5") { file, main in
            let before = try file.group("/Measurement_000/Channel_000").names()
            func code(_ body: () throws -> Void) -> USIDError.Code? {
                do {
                    try body()
                    return nil
                } catch { return (error as? USIDError)?.code }
            }
            #expect(code { try main.writeSlice(["Z": 1]) } == .unknownDimension)
            #expect(code { try main.writeSlice(["X": .list([1, 1])]) } == .invalidArgument)
            #expect(code { try main.writeSlice(["X": 1], named: "a-b") } == .invalidArgument)
            #expect(
                code { try main.writeReduction(over: ["X"], by: .mean, as: Float.self, named: "") } == .invalidArgument)
            #expect(code { try main.writeReduction(over: ["Z"], by: .mean, as: Float.self) } == .unknownDimension)
            #expect(
                code {
                    try main.writeReduction(over: ["X"], by: .median, as: Float.self, memory: H5ByteCount(bytes: 8))
                } == .tooLarge)
            #expect(throws: CancellationError.self) {
                try main.writeSlice(["X": .steps(from: 0, to: 2)]) { _, _ in throw CancellationError() }
            }
            #expect(throws: CancellationError.self) {
                try main.writeReduction(over: ["X"], by: .mean, as: Float.self) { _, _ in throw CancellationError() }
            }
            #expect(try file.group("/Measurement_000/Channel_000").names() == before)
        }
        let readOnly = try Fixtures.main("map4d-paper.h5")
        #expect {
            try readOnly.writeSlice(["X": 1])
        } throws: {
            ($0 as? USIDError)?.code == .readOnly
        }
    }
}
