import Foundation
import HDF5
import Testing

@testable import USID

@Suite("Finding results and their sources")
struct USIDFindingTests {
    private static let raw = "/Measurement_000/Channel_000/Raw_Data"
    private static let x = USIDDimension("X", units: "nm", values: [0, 1, 2])
    private static let bias = USIDDimension("Bias", units: "V", values: [0.0, 0.5])

    /// A Main of three positions in a new channel group.
    private func main(_ file: H5File) throws -> USIDDataset {
        try USIDDataset.create(
            in: try Written.channel(file), "Raw_Data", quantity: "Current", units: "nA",
            positions: .fastestFirst([Self.x]), spectroscopic: .fastestFirst([Self.bias]),
            values: [Float](repeating: 1, count: 6), options: Written.options())
    }

    /// A results group with one Main.
    @discardableResult
    private func result(_ main: USIDDataset, _ tool: String, _ parameters: USIDParameters = [:]) throws -> USIDDataset {
        let group = try main.createResultsGroup(tool, parameters: parameters, bookKeeping: Written.bookKeeping)
        return try USIDDataset.create(
            in: group, "Result", quantity: "Current", units: "nA", positions: .shared(with: main),
            spectroscopic: .single, values: [Float](repeating: 2, count: 3), options: Written.options())
    }

    // MARK: By name and attributes

    @Test("results of a tool are not those of one whose name contains it")
    func exactNames() throws {
        try Written.file { file in
            let main = try main(file)
            for tool in ["SHO_Fit", "Fit", "Fit_Two", "Fit", "fit"] { try result(main, tool) }
        } read: { file, _ in
            let main = try USIDDataset(file.dataset(Self.raw))
            let found = try main.results(of: "Fit")
            #expect(found.map(\.path) == ["000", "001"].map { Self.raw + "-Fit_" + $0 })
            #expect(found.map(\.index) == [0, 1])
            #expect(found.allSatisfy { $0.tool == "Fit" })
            #expect(try main.results(of: "SHO_Fit").map(\.path) == [Self.raw + "-SHO_Fit_000"])
            #expect(try main.results(of: "SHO").isEmpty)
            #expect(try found[0].mains().map(\.path) == [Self.raw + "-Fit_000/Result"])
        }
    }

    @Test("hyphens of a tool are underscores in the name of its groups, and stay in its attribute")
    func hyphens() throws {
        try Written.file { file in
            let main = try main(file)
            try result(main, "Peak-Position")
            try result(main, "Peak_Position")
        } read: { file, _ in
            let main = try USIDDataset(file.dataset(Self.raw))
            #expect(try main.results(of: "Peak-Position").map(\.path) == [Self.raw + "-Peak_Position_000"])
            #expect(try main.results(of: "Peak_Position").map(\.path) == [Self.raw + "-Peak_Position_001"])
        }
    }

    @Test("a Main whose name begins like that of another has its own results")
    func sources() throws {
        try Written.file { file in
            let first = try main(file)
            let second = try USIDDataset.create(
                in: try file.group("/Measurement_000/Channel_000"), "Raw_Data_2", quantity: "Current", units: "nA",
                positions: .shared(with: first), spectroscopic: .shared(with: first),
                values: [Float](repeating: 1, count: 6), options: Written.options())
            try result(second, "Fit")
        } read: { file, _ in
            let first = try USIDDataset(file.dataset(Self.raw))
            let second = try USIDDataset(file.dataset(Self.raw + "_2"))
            #expect(try first.results(of: "Fit").isEmpty)
            #expect(try second.results(of: "Fit").count == 1)
        }
    }

    @Test("a group that says another tool or another source is none, and so is one that says nothing")
    func attributes() throws {
        try Written.file { file in
            let first = try main(file)
            let second = try main(file)
            try result(first, "Fit")
            let parent = try file.group("/Measurement_000/Channel_000")
            try parent.group("Raw_Data-Fit_000").setAttribute("source_000", reference: second.dataset)
            try result(first, "Fit")
            try parent.group("Raw_Data-Fit_001").setAttribute("tool", "Fit ")
            try parent.createGroup("Raw_Data-Fit_002")
            try result(first, "Fit")
            try parent.group("Raw_Data-Fit_003").removeAttribute("tool")
            try result(first, "Fit")
            try parent.group("Raw_Data-Fit_004").removeAttribute("source_000")
        } read: { file, _ in
            let main = try USIDDataset(file.dataset(Self.raw))
            #expect(try main.results(of: "Fit").map(\.index) == [3, 4])
            #expect(try main.results().map(\.index) == [3, 4])
        }
    }

    @Test("results of several sources are those of each of them")
    func severalSources() throws {
        let file = try Fixtures.open("rules/R55-two-sources.h5")
        for channel in ["Channel_000", "Channel_001"] {
            let main = try USIDDataset(file.dataset("/Measurement_000/\(channel)/Raw_Data"))
            #expect(try main.results(of: "Fit").map(\.path) == ["/Measurement_000/Multi_Dataset-Fit_000"])
        }
        let merged = try USIDDataset(file.dataset("/Measurement_000/Multi_Dataset-Fit_000/Fit"))
        #expect(try merged.results(of: "Fit").isEmpty)
        let sources = try merged.sources()
        #expect(
            sources.map(\.description) == ["Channel_000", "Channel_001"].map { "/Measurement_000/\($0)/Raw_Data" })
        #expect(try sources.map { try $0.open().quantity } == ["Current", "Phase"])
        // Neither source lies beside the group or above it.
        #expect(try merged.provenance().sources == sources.map(\.description))
    }

    // MARK: Parameters

    @Test("parameters of our own groups are compared with their types")
    func parameters() throws {
        try Written.file { file in
            try result(
                try main(file), "Fit",
                [
                    "order": 3, "tolerance": 1.0, "solver": "lm", "fast": true, "bounds": [0, 1], "limits": [0.5, 2],
                    "names": ["a", "b"], "fit": ["start": 0.25],
                ])
        } read: { file, _ in
            let main = try USIDDataset(file.dataset(Self.raw))
            func count(_ parameters: USIDParameters) throws -> Int {
                try main.results(of: "Fit", parameters: parameters).count
            }
            let equal: [USIDParameters] = [
                [:], ["order": 3], ["tolerance": 1.0], ["solver": "lm"], ["fast": true], ["bounds": [0, 1]],
                ["limits": [0.5, 2]], ["names": ["a", "b"]], ["fit": ["start": 0.25]], ["order": 3, "fast": true],
            ]
            for parameters in equal { #expect(try count(parameters) == 1, "\(parameters)") }
            let different: [USIDParameters] = [
                ["order": 4], ["order": 3.0], ["tolerance": 1], ["solver": "LM"], ["fast": false], ["fast": 1],
                ["bounds": [0.0, 1.0]], ["bounds": [0]], ["limits": [0.5, 2.000_001]], ["names": ["a"]],
                ["solver": ["lm"]], ["fit": ["start": 0.5]], ["fit-end": 1], ["order": 3, "fast": false],
            ]
            for parameters in different { #expect(try count(parameters) == 0, "\(parameters)") }
        }
    }

    @Test("parameters of pyUSID's groups are compared as pyUSID does")
    func parametersOfPyUSID() throws {
        let main = try Fixtures.main("results-complete.h5")
        #expect(try main.results(of: "SHO_Fit").map(\.index) == [0, 1])
        #expect(try main.results(of: "Fit").isEmpty)
        #expect(try main.results(of: "SHO_Fit", parameters: ["initial_guess": 2]).map(\.index) == [1])
        #expect(try main.results(of: "SHO_Fit", parameters: ["initial_guess": 2.0]).map(\.index) == [1])
        #expect(try main.results(of: "SHO_Fit", parameters: ["initial_guess": 1, "algorithm": "fixture"]).count == 1)
        #expect(try main.results(of: "SHO_Fit", parameters: ["initial_guess": "2"]).isEmpty)
        #expect(try main.results(of: "SHO_Fit", parameters: ["another": 2]).isEmpty)
    }

    // MARK: Other files

    /// The results file and its source, in a folder of their own.
    private func elsewhere(_ body: (TemporaryFolder) throws -> Void) throws {
        let folder = try TemporaryFolder()
        for name in ["results-elsewhere.h5", "results-elsewhere-source.h5"] {
            try Data(try Fixtures.bytes(name)).write(to: URL(fileURLWithPath: folder.path(name)))
        }
        try body(folder)
    }

    @Test("results in another file are found, and their source is opened from there")
    func otherFile() throws {
        try elsewhere { folder in
            let results = try H5File.open(folder.path("results-elsewhere.h5"))
            let source = try USIDDataset(H5File.open(folder.path("results-elsewhere-source.h5")).dataset(Self.raw))
            #expect(try source.results(of: "SHO_Fit").isEmpty)
            let found = try source.results(of: "SHO_Fit", in: results.root)
            #expect(found.map(\.path) == ["/Raw_Data-SHO_Fit_000"])
            #expect(try source.results(of: "Fit", in: results.root).isEmpty)
            let fit = try #require(try found.first?.mains().first)
            let place = try #require(try fit.sources().first)
            #expect(place.place == .otherFile(path: "results-elsewhere-source.h5", dataset: Self.raw))
            #expect(try place.open().path == Self.raw)
            // The same content at another path is another file.
            let other = try USIDDataset(try Fixtures.open("results-elsewhere-source.h5").dataset(Self.raw))
            #expect(try other.results(of: "SHO_Fit", in: results.root).isEmpty)
        }
    }

    @Test("a source whose file is gone, or is another one, is an error that says so")
    func otherFileGone() throws {
        try elsewhere { folder in
            let results = try H5File.open(folder.path("results-elsewhere.h5"))
            let source = try #require(
                try USIDDataset(results.dataset("/Raw_Data-SHO_Fit_000/Fit")).sources().first)
            let path = folder.path("results-elsewhere-source.h5")
            try FileManager.default.removeItem(atPath: path)
            let gone = #expect(throws: USIDError.self) { try source.open() }
            #expect(gone?.code == .noSource)
            #expect(gone?.message.contains("no such file") == true)
            try Data(try Fixtures.bytes("no-main.h5")).write(to: URL(fileURLWithPath: path))
            let another = #expect(throws: USIDError.self) { try source.open() }
            #expect(another?.code == .noSource)
            #expect(another?.message.contains("another file") == true)
        }
    }

    // MARK: The whole chain

    @Test("the chain goes back to the raw data")
    func chain() throws {
        let guess = try Fixtures.main("results-complete.h5", Self.raw + "-SHO_Fit_000/Fit-Loop_Fit_000/Guess")
        let tree = try guess.provenanceTree()
        #expect(tree.depth == 2)
        #expect(tree.provenance?.tool == "Loop_Fit")
        #expect(tree.sources.map(\.path) == [Self.raw + "-SHO_Fit_000/Fit"])
        #expect(tree.sources.first?.provenance?.tool == "SHO_Fit")
        #expect(tree.sources.first?.sources.map(\.path) == [Self.raw])
        #expect(tree.sources.first?.sources.first?.provenance?.timestamp == "2019_03_22-12_00_00")
        #expect(tree.description.split(separator: "\n").count == 3)
        #expect(try Fixtures.main("results-complete.h5").provenanceTree().depth == 0)
    }

    @Test("the chain goes on in another file when it is asked to")
    func chainElsewhere() throws {
        let fit = try Fixtures.main("results-elsewhere.h5", "/Raw_Data-SHO_Fit_000/Fit")
        let closed = try #require(try fit.provenanceTree().sources.first)
        #expect(closed.path == Self.raw)
        #expect(closed.file == "results-elsewhere-source.h5")
        #expect(closed.provenance == nil)
        #expect(closed.end?.contains("not opened") == true)
        let opened = try #require(try fit.provenanceTree(openingOtherFiles: true).sources.first)
        #expect(opened.provenance?.timestamp == "2019_03_22-12_00_00")
        #expect(opened.end == nil)
    }

    @Test("a cycle ends where it closes", .timeLimit(.minutes(1)))
    func cycle() throws {
        try Written.file { file in
            let main = try main(file)
            let first = try result(main, "Fit")
            let second = try result(first, "Smooth")
            let group = try file.group(Self.raw + "-Fit_000")
            try group.setAttribute("source_000", reference: second.dataset)
        } read: { file, _ in
            let main = try USIDDataset(file.dataset(Self.raw + "-Fit_000/Result"))
            let tree = try main.provenanceTree()
            #expect(tree.depth == 2)
            #expect(tree.sources.first?.sources.first?.end?.contains("cycle") == true)
        }
    }

    @Test("a long chain ends after as many steps as are followed, and many branches after as many Mains")
    func bounds() throws {
        try Written.file { file in
            var mains = [try main(file)]
            // Every step has two sources, so that the whole tree would have 2⁷⁰ leaves.
            for step in 0..<70 {
                let last = mains[mains.count - 1]
                let group = try USIDDataset.createResultsGroup(
                    "Step", of: [last, last], in: file.group("/Measurement_000"), bookKeeping: Written.bookKeeping)
                mains.append(
                    try USIDDataset.create(
                        in: group, "Result_\(step)", quantity: "Current", units: "nA",
                        positions: .shared(with: mains[0]), spectroscopic: .shared(with: mains[0]),
                        values: [Float](repeating: 2, count: 6), options: Written.options()))
            }
        } read: { file, _ in
            let last = try USIDDataset(file.dataset("/Measurement_000/Multi_Dataset-Step_069/Result_69"))
            let tree = try last.provenanceTree()
            #expect(tree.depth == 64)
            var count = 0
            var pending = [tree]
            while let next = pending.popLast() {
                count += 1
                pending += next.sources
            }
            #expect(count < 3_000)
        }
    }

    @Test("a source that is gone ends its branch with the reason")
    func gone() throws {
        let fit = try Fixtures.main("rules/R72-dead-source.h5", Self.raw + "-Fit_000/Fit")
        #expect(try fit.provenanceTree().sources.first?.end == "'source_000' leads to an object that no longer exists")
        let error = #expect(throws: USIDError.self) { try fit.sources().first?.open() }
        #expect(error?.code == .noSource)
        let none = try Fixtures.main("rules/R72-source-is-no-main.h5", Self.raw + "-Fit_000/Fit")
        #expect(try none.provenanceTree().sources.first?.end?.contains("no Main dataset") == true)
    }
}
