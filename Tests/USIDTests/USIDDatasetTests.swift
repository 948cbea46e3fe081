import HDF5
import Testing

@testable import USID

@Suite("USID datasets of the fixtures")
struct USIDDatasetTests {
    @Test("there are fixtures")
    func fixturesExist() { #expect(Fixtures.entries.count > 100) }

    @Test(
        "every valid file gives the dimensions and the N-dimensional form of its golden file",
        arguments: Fixtures.entries.filter(\.valid))
    func goldens(entry: Fixtures.Entry) throws {
        let golden = try #require(try Fixtures.golden(entry.file))
        let search = try USIDDataset.search(in: try Fixtures.open(entry.file))
        #expect(search.rejected.isEmpty)
        #expect(Set(search.mains.map(\.path)) == Set(golden.mains.keys))
        for main in search.mains {
            let expected = try #require(golden.mains[main.path])
            #expect(main.quantity == expected.quantity)
            #expect(main.units == expected.units)
            try compare(
                expected.positions, main.positionDimensions, fastestFirst: main.positions, main.positionScanOrder)
            try compare(
                expected.spectroscopic, main.spectroscopicDimensions, fastestFirst: main.spectroscopic,
                main.spectroscopicScanOrder)
            try compareForms(expected, main)
        }
    }

    private func compare(
        _ expected: Fixtures.Golden.Side, _ dimensions: [USIDDimension], fastestFirst: [USIDDimension],
        _ order: USIDScanOrder
    ) throws {
        #expect(dimensions.map(\.label) == expected.labels)
        #expect(dimensions.map(\.units) == expected.units)
        #expect(dimensions.map(\.size) == expected.sizes)
        #expect(dimensions.map(\.unitValues) == expected.unitValues)
        #expect((order == .raster || order == .single) == expected.raster)
        if expected.raster { #expect(fastestFirst.map(\.label) == expected.fastestFirst) }
    }

    private func compareForms(_ expected: Fixtures.Golden.Main, _ main: USIDDataset) throws {
        switch main.nDimensionalForm {
        case .available(let labels, let shape):
            #expect(expected.reasons == nil)
            #expect(labels == expected.labels)
            #expect(shape == expected.shape)
            let bytes = try packedBytes(of: main)
            #expect(bytes.count == expected.nbytes)
            #expect(crc32(bytes) == expected.crc32)
        case .unavailable(let problems):
            let reasons = try #require(expected.reasons)
            let found = problems.map { problem -> String in
                let side = problem.concernsPositions ? "positions" : "spectroscopic"
                if case .duplicates = problem.kind { return "\(side): duplicates" }
                return "\(side): missing cells"
            }
            #expect(found == reasons)
            #expect { try main.nDimensional(as: Double.self, policy: .rounding) } throws: {
                ($0 as? USIDError)?.code == .noNDimensionalForm
            }
        }
    }

    // MARK: Elements as bytes

    /// A number inside an element: by which member it is read, and its type.
    private struct Leaf {
        var field: String?
        var type: H5Datatype
    }

    private func leaves(_ type: H5Datatype, _ field: String? = nil) -> [Leaf] {
        guard case .compound(let members) = type.kind else { return [Leaf(field: field, type: type)] }
        return members.sorted { $0.offset < $1.offset }.flatMap { member in
            leaves(member.type, (field.map { $0 + "." } ?? "") + member.name)
        }
    }

    /// The N-dimensional form as little-endian bytes without padding.
    private func packedBytes(of main: USIDDataset) throws -> [UInt8] {
        let columns = try leaves(main.dataset.datatype).map { leaf in
            (try bytes(of: leaf, in: main), leaf.type.size)
        }
        let count = main.positionCount * main.spectroscopicPointCount
        var result: [UInt8] = []
        for element in 0..<count {
            for (column, size) in columns { result += column[element * size..<(element + 1) * size] }
        }
        return result
    }

    private func bytes(of leaf: Leaf, in main: USIDDataset) throws -> [UInt8] {
        func read<Element: H5Number>(_ type: Element.Type) throws -> [UInt8] {
            let array =
                try leaf.field.map { try main.nDimensional(field: $0, as: type) } ?? main.nDimensional(as: type)
            return array.elements.withUnsafeBytes(Array.init)
        }
        switch (leaf.type.kind, leaf.type.size) {
        case (.float, 2): return try read(Float16.self)
        case (.float, 4): return try read(Float.self)
        case (.float, 8): return try read(Double.self)
        case (.integer(let format), 1): return try format.isSigned ? read(Int8.self) : read(UInt8.self)
        case (.integer(let format), 2): return try format.isSigned ? read(Int16.self) : read(UInt16.self)
        case (.integer(let format), 4): return try format.isSigned ? read(Int32.self) : read(UInt32.self)
        case (.integer(let format), 8): return try format.isSigned ? read(Int64.self) : read(UInt64.self)
        default:
            Issue.record("no way to read \(leaf.type)")
            return []
        }
    }

    // MARK: Errors

    @Test(
        "a dataset that breaks a rule is no Main, and the error names the rule",
        arguments: Fixtures.entries.filter { $0.file.hasPrefix("broken/") })
    func broken(entry: Fixtures.Entry) throws {
        let search = try USIDDataset.search(in: try Fixtures.open(entry.file))
        // R1 concerns other objects, R14 the writer, R73 a dataset beside the Main.
        if ["R1", "R14", "R73"].contains(entry.citedRule) {
            #expect(search.rejected.isEmpty)
            #expect(!search.mains.isEmpty)
            return
        }
        #expect(search.mains.isEmpty)
        let rejected = try #require(search.rejected.first)
        #expect((rejected.reason as? USIDError)?.rule == entry.citedRule)
        #expect((rejected.reason as? USIDError)?.code == .notMain)
    }

    @Test("a dataset without references says so")
    func notMain() throws {
        let file = try Fixtures.open("no-main.h5")
        #expect { try USIDDataset(try file.dataset("data")) } throws: { ($0 as? USIDError)?.rule == "R7" }
    }

    // MARK: Properties

    @Test("dimensions come fastest first in both profiles", arguments: ["map4d-paper.h5", "map4d-pyusid.h5"])
    func fastestFirst(name: String) throws {
        let main = try Fixtures.main(name)
        #expect(main.positions.map(\.label) == ["X", "Y"])
        #expect(main.spectroscopic.map(\.label) == ["Frequency", "Bias"])
        #expect(main.positionCount == 12)
        #expect(main.spectroscopicPointCount == 15)
        #expect(try main.dimension("Bias").unitValues == [-3, 0, 3])
        #expect(try main.dimension("Frequency").step == 10)
        #expect { try main.dimension("bias") } throws: { error in
            (error as? USIDError)?.code == .unknownDimension && "\(error)".contains("Frequency")
        }
    }

    @Test("ancillary datasets are known by their paths, also where they lie above")
    func ancillaryPaths() throws {
        let main = try Fixtures.main("channels-shared-ancillaries.h5", "/Measurement_000/Channel_001/Raw_Data")
        #expect(main.positionIndices.path == "/Measurement_000/Position_Indices")
        #expect(main.positionValues.path == "/Measurement_000/Position_Values")
        #expect(main.spectroscopicIndices.path == "/Measurement_000/Spectroscopic_Indices")
        #expect(main.spectroscopicValues.path == "/Measurement_000/Spectroscopic_Values")
    }

    @Test("scan orders are recognised")
    func scanOrders() throws {
        #expect(try Fixtures.main("serpentine.h5").positionScanOrder == .serpentine)
        #expect(try Fixtures.main("shuffled-rows.h5").positionScanOrder == .other)
        #expect(try Fixtures.main("shuffled-columns.h5").spectroscopicScanOrder == .other)
        #expect(try Fixtures.main("map6d.h5").positionScanOrder == .raster)
        #expect(try Fixtures.main("figure2b-spectrum-paper.h5").positionScanOrder == .single)
    }

    @Test("complex data come as complex numbers")
    func complex() throws {
        let single = try Fixtures.main("main-complex64.h5")
        let numbers = try single.nDimensional(as: Complex<Float>.self)
        #expect(numbers.elements.map(\.real) == (try single.nDimensional(field: "r", as: Float.self).elements))
        #expect(numbers.elements.map(\.imaginary) == (try single.nDimensional(field: "i", as: Float.self).elements))
        let double = try Fixtures.main("main-complex128.h5")
        let slice = try double.slice(["Bias": .list([2, 0]), "X": 1], as: Complex<Double>.self)
        let whole = try double.nDimensional(as: Complex<Double>.self).array
        #expect(slice.elements == (0..<3).flatMap { y in [2, 0].map { whole[1, y, $0] } })
    }

    @Test("Mains with common ancillaries share what was read of them")
    func sharing() throws {
        let mains = try USIDDataset.all(in: try Fixtures.open("channels-shared-ancillaries.h5"))
        #expect(mains.count == 4)
        #expect(mains[0].positionGrid === mains[1].positionGrid)
        #expect(mains[0].spectroscopicGrid === mains[2].spectroscopicGrid)
        #expect(mains[0].positionGrid !== mains[3].positionGrid)
    }

    @Test("listing and checking a file does not read the data")
    func laziness() throws {
        let name = "main-float64.h5"
        let main = try Fixtures.main(name)
        let stored = try main.dataset.readBytes()
        var bytes = try Fixtures.bytes(name)
        // The data end before the file does; cutting the extent of their storage makes every reading of them fail.
        let place = try #require(
            (0...bytes.count - stored.count).first { bytes[$0..<$0 + 64].elementsEqual(stored[..<64]) })
        let address = withUnsafeBytes(of: UInt64(place).littleEndian, Array.init)
        let pointer = try #require((0...bytes.count - 8).first { bytes[$0..<$0 + 8].elementsEqual(address) })
        for offset in 0..<7 { bytes[pointer + offset] = 0xEE }
        let file = try H5File.open(bytes: bytes)
        let damaged = try #require(try USIDDataset.all(in: file).first)
        #expect(throws: H5Error.self) { try damaged.nDimensional(as: Double.self) }
        #expect(damaged.description.contains("X 5 × Y 3"))
        #expect(try USIDValidator().validate(file).isValid)
    }

    @Test("the reason why there is no N-dimensional form is named")
    func problems() throws {
        func kind(_ name: String) throws -> USIDGridProblem.Kind? {
            guard case .unavailable(let problems) = try Fixtures.main(name).nDimensionalForm else { return nil }
            return problems.first?.kind
        }
        #expect(try kind("sparse-sampling.h5") == .sparse)
        #expect(try kind("spiral.h5") == .sparse)
        #expect(try kind("incomplete-raster.h5") == .abortedRaster)
        #expect(try kind("dependent-dimension.h5") == .dependent(labels: ["Field"]))
        #expect(try kind("duplicate-positions.h5") == .duplicates(count: 1, first: [[8, 9]]))
    }

    @Test("modes come from 'type', 'incomplete_dimensions' and 'dependent_dimensions'")
    func modes() throws {
        #expect(try Fixtures.main("sparse-sampling-pyusid.h5").positions.map(\.mode) == [.incomplete, .incomplete])
        #expect(try Fixtures.main("kept/R31-incomplete-on-one.h5").positions.map(\.mode) == [.incomplete, .incomplete])
        #expect(try Fixtures.main("dependent-dimension.h5").dimension("Field").mode == .dependent)
        #expect(try Fixtures.main("kept/R30-type-unknown-code.h5").spectroscopic.map(\.mode) == [.default])
    }

    @Test("dimensions without unit values say why")
    func drift() throws {
        let main = try Fixtures.main("values-drift.h5")
        let x = try main.dimension("X")
        #expect(x.unitValues == nil)
        #expect { try x.requireUnitValues() } throws: { ($0 as? USIDError)?.rule == "R44" }
        #expect(try main.nDimensional(as: Float.self).shape == [5, 3, 1])
    }

    @Test("a result knows its source and its tool")
    func provenance() throws {
        let group = "/Measurement_000/Channel_000/Raw_Data-SHO_Fit_000/"
        let found = try Fixtures.main("results-complete.h5", group + "Fit").provenance()
        #expect(found.tool == "SHO_Fit")
        #expect(found.sources == ["/Measurement_000/Channel_000/Raw_Data"])
        #expect(found.timestamp == "2019_03_22-12_00_00")
        #expect(found.machine == "fixture.invalid")
        #expect(found.platform == "fixture")
        #expect(found.writer?.hasPrefix("pyUSID ") == true)
        let nested = try Fixtures.main("results-complete.h5", group + "Fit-Loop_Fit_000/Guess").provenance()
        #expect(nested.sources == [group + "Fit"])
        let elsewhere = try Fixtures.main("results-elsewhere.h5", "/Raw_Data-SHO_Fit_000/Fit").provenance()
        #expect(elsewhere.sourceFile == "results-elsewhere-source.h5")
        #expect(elsewhere.sources.contains("/Measurement_000/Channel_000/Raw_Data"))
    }

    @Test("the description is a page that a scientist reads")
    func description() throws {
        let main = try Fixtures.main("figure2c-hyperspectral-paper.h5")
        let lines = main.description.split(separator: "\n").map(String.init)
        #expect(
            Array(lines.prefix(6)) == [
                "/Measurement_000/Channel_000/Raw_Data",
                "  Intensity (counts)    15 positions × 7    float32",
                "  positions       X       5   -250 … 250 nm, step 125   fastest",
                "                  Y       3   0 … 7 µm, step 3.5",
                "  spectroscopic   Energy  7   500 … 900 eV, step 66.7",
                "  N-dimensional   X 5 × Y 3 × Energy 7    raster scan, complete",
            ])
        #expect(lines.last?.hasPrefix("  written         2019-03-22 12:00:00 by pyUSID") == true)
        let sparse = try Fixtures.main("sparse-sampling.h5").description
        #expect(sparse.contains("none: sparse positions"))
        #expect(try Fixtures.main("serpentine.h5").description.contains("positions serpentine, complete"))
    }
}
