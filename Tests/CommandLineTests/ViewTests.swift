import Foundation
import HDF5
import Testing
import USID

@Suite("h5usid slice, reduce and export")
struct ViewTests {
    private let scratch: Scratch
    private let input: String

    /// Every test has a copy of the file that it works with.
    init() throws {
        scratch = try Scratch()
        let original = Fixtures.folder.appendingPathComponent("usid/map4d-paper.h5")
        input = try scratch.file("scan.h5", Data(contentsOf: original))
    }

    private func run(_ arguments: String...) throws -> ToolRun {
        try ToolRun(arguments, tool: "h5usid", in: scratch.folder)
    }

    private func path(_ name: String) -> String { scratch.folder.appendingPathComponent(name).path }
    private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }
    private func main(_ name: String, _ path: String) throws -> USIDDataset {
        try USIDDataset(H5File.open(self.path(name)).dataset(path))
    }
    private var source: USIDDataset { get throws { try main("scan.h5", "/Measurement_000/Channel_000/Raw_Data") } }

    @Test("a slice becomes a Main of a new file, which names its source")
    func slice() throws {
        let done = try run("slice", "scan.h5", "--select", "X=1", "-s", "Frequency=305...335", "-o", "out.h5")
        #expect(done.status == 0 && done.errors == "")
        #expect(done.lines.count == 1)
        #expect(done.lines[0].hasPrefix("3 positions × 9 in /Raw_Data-slice_000/Raw_Data of out.h5, in "))
        let slice = try main("out.h5", "/Raw_Data-slice_000/Raw_Data")
        let expected = try source.slice(["X": 1, "Frequency": .values(305...335)], as: Float.self)
        #expect(try slice.nDimensional(as: Float.self).elements == expected.elements)
        #expect(try slice.provenance().sourceFile == "scan.h5")
        #expect(try ToolRun(["--validate", path("out.h5")]).status == 0)
    }

    @Test("results go into the file itself only when told")
    func inPlace() throws {
        let before = try Data(contentsOf: URL(fileURLWithPath: input))
        #expect(try run("slice", "scan.h5", "-s", "X=1", "-o", "scan.h5", "--replace").status == 64)
        #expect(try run("slice", "scan.h5", "-s", "X=1").status == 64)
        #expect(try run("slice", "scan.h5", "-s", "X=1", "-o", "a.h5", "--in-place").status == 64)
        #expect(try Data(contentsOf: URL(fileURLWithPath: input)) == before)
        let done = try run("reduce", "scan.h5", "--over", "X,Y", "--in-place", "--by", "median", "--name", "Middle")
        #expect(done.status == 0 && done.errors == "")
        let result = try main("scan.h5", "/Measurement_000/Channel_000/Raw_Data-Reduce_000/Middle")
        let expected = try source.reduce(over: ["X", "Y"], by: .median, as: Float.self)
        #expect(try result.nDimensional(as: Float.self).elements == expected.elements)
        // Of several Mains one must be named.
        let ambiguous = try run("slice", "scan.h5", "-s", "X=1", "--in-place")
        #expect(ambiguous.status == 64 && ambiguous.errors.contains("/Measurement_000/Channel_000/Raw_Data"))
        let named = try run(
            "slice", "scan.h5", "/Measurement_000/Channel_000/Raw_Data", "-s", "X=1", "--in-place")
        #expect(named.status == 0)
    }

    @Test("slices, reductions and whole Mains become arrays and tables")
    func exports() throws {
        #expect(try run("slice", "scan.h5", "-s", "Frequency=~322", "-o", "map.npy").status == 0)
        let map = try NPYFile(path: path("map.npy"))
        #expect(map.elements == .float32(try source.slice(["Frequency": .nearest(322)], as: Float.self).elements))
        #expect(try run("reduce", "scan.h5", "--over", "X", "--over", "Y", "-o", "mean.npy").status == 0)
        let mean = try NPYFile(path: path("mean.npy"))
        #expect(mean.elements == .float32(try source.reduce(over: ["X", "Y"], by: .mean, as: Float.self).elements))
        #expect(try run("export", "scan.h5", "-o", "all.npy").status == 0)
        #expect(try NPYFile(path: path("all.npy")).shape == source.nDimensional(as: Float.self).shape)
        #expect(try run("export", "scan.h5", "-o", "all.csv", "--layout", "plain").status == 0)
        let table = try String(contentsOfFile: path("all.csv"), encoding: .utf8).split(separator: "\n")
        #expect(try table.count == 1 + source.positionCount)
        #expect(try run("reduce", "scan.h5", "--over", "X,Y,Bias", "--by", "max", "-o", "peaks.csv").status == 0)
        #expect(
            try String(contentsOfFile: path("peaks.csv"), encoding: .utf8).hasPrefix(
                "Frequency (kHz),Response (a.u.)\n"))
    }

    @Test("what the command line asks for in vain is told with what there is")
    func usage() throws {
        let cases: [([String], String)] = [
            (["slice", "scan.h5", "-s", "Z=1", "-o", "a.h5"], "no dimension 'Z' (there are: X, Y, Frequency, Bias)"),
            (["slice", "scan.h5", "-s", "X=9", "-o", "a.h5"], "index 9 is outside dimension 'X', which has 4 indices"),
            (["slice", "scan.h5", "-s", "X", "-o", "a.h5"], "'X' names no dimension"),
            (["slice", "scan.h5", "-s", "X=a", "-o", "a.h5"], "'a' selects nothing"),
            (["slice", "scan.h5", "-s", "X=1", "-s", "X=2", "-o", "a.h5"], "'X' is selected twice"),
            (["slice", "scan.h5", "-o", "a.h5"], "nothing is selected"),
            (["reduce", "scan.h5", "--over", "Z", "-o", "a.npy"], "no dimension 'Z'"),
            (["reduce", "scan.h5", "-o", "a.npy"], "no dimension is named"),
            (["reduce", "scan.h5", "--over", "X", "--by", "mode", "-o", "a.npy"], "mode"),
            (["reduce", "scan.h5", "--over", "X", "--field", "A", "-o", "a.npy"], "no member 'A'"),
            (["reduce", "scan.h5", "--over", "X", "--memory", "0", "-o", "a.npy"], "--memory"),
            (["export", "scan.h5", "-o", "a.txt"], "neither .csv nor .npy"),
            (["export", "scan.h5", "-o", "a.npy", "--layout", "plain"], "--layout is for OUT.csv"),
            (["export", "scan.h5", "/none", "-o", "a.npy"], "/Measurement_000/Channel_000/Raw_Data"),
        ]
        for (arguments, message) in cases {
            let run = try ToolRun(arguments, tool: "h5usid", in: scratch.folder)
            #expect(run.status == 64 && run.errors.contains(message), "\(arguments): \(run.status) \(run.errors)")
            #expect(run.output == "" && run.errors.split(separator: "\n").count == 1)
        }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path).filter { $0.hasPrefix("a.") } == []
        )
    }

    @Test("files that cannot be read, hold no Main or exist already end with the code that says so")
    func exitCodes() throws {
        _ = try scratch.file("text.h5", Data("no HDF5".utf8))
        #expect(try run("export", "text.h5", "-o", "a.npy").status == 2)
        #expect(try run("export", "missing.h5", "-o", "a.npy").status == 2)
        let none = Fixtures.folder.appendingPathComponent("usid/no-main.h5").path
        #expect(try run("export", none, "-o", "a.npy").status == 1)
        let sparse = Fixtures.folder.appendingPathComponent("usid/sparse-sampling.h5").path
        let channel = "/Measurement_000/Channel_000/Raw_Data"
        let refused = try run("export", sparse, channel, "-o", "a.npy")
        #expect(refused.status == 3 && refused.errors.contains("there is no N-dimensional form"))
        #expect(try run("export", sparse, channel, "-o", "a.npy", "--form", "matrix").status == 0)
        #expect(try run("export", "scan.h5", "-o", "a.npy").status == 2)
        #expect(try run("export", "scan.h5", "-o", "a.npy", "--replace").status == 0)
        #expect(!exists("a.npy.part"))
    }

    @Test("the help of each verb shows three examples", arguments: ["slice", "reduce", "export"])
    func help(verb: String) throws {
        let run = try run(verb, "--help")
        #expect(run.status == 0)
        let examples = run.output.components(separatedBy: "EXAMPLES:").last ?? ""
        #expect(examples.components(separatedBy: "  h5usid \(verb) ").count == 4)
    }
}
