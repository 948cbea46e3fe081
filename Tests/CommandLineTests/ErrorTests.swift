import Foundation
import Testing

@Suite("Errors")
struct ErrorTests {
    private static let main = "/Measurement_000/Channel_000/Raw_Data"

    private func expect(
        _ arguments: [String], status: Int32, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let run = try ToolRun(arguments)
        #expect(run.status == status, sourceLocation: sourceLocation)
        #expect(run.output.isEmpty, sourceLocation: sourceLocation)
        #expect(run.errors.hasPrefix("h5usid-dump: "), sourceLocation: sourceLocation)
        #expect(run.errors.contains(message), "\(run.errors)", sourceLocation: sourceLocation)
        #expect(run.errors.split(separator: "\n").count == 1, sourceLocation: sourceLocation)
    }

    @Test("of files that cannot be read are one sentence on standard error, and 2")
    func unreadable() throws {
        let scratch = try Scratch()
        let empty = try scratch.file("empty.h5", Data())
        let text = try scratch.file("text.h5", Data("no HDF5 at all, but long enough for a signature".utf8))
        try expect(["missing.h5"], status: 2, "missing.h5: there is no such file")
        try expect([scratch.folder.path], status: 2, "this is a directory")
        try expect([empty], status: 2, "the file is empty")
        try expect([text], status: 2, "this is not an HDF5 file")
        for mode in ["--digest", "--json"] { try expect([mode, text], status: 2, "this is not an HDF5 file") }
    }

    @Test("of a file cut short name the file and the offset")
    func truncated() throws {
        let whole = try Data(contentsOf: Fixtures.folder.appendingPathComponent("usid/map4d-paper.h5"))
        let scratch = try Scratch()
        let cut = try scratch.file("cut.h5", whole.prefix(700))
        try expect([cut], status: 2, "cut.h5: the file should have 12104 bytes and has 700: it is cut short")
        let stub = try scratch.file("stub.h5", whole.prefix(90))
        try expect([stub], status: 2, "(at offset 0x38)")
    }

    @Test("of a file without permission say so", .enabled(if: geteuid() != 0))
    func permission() throws {
        let scratch = try Scratch()
        let path = try scratch.file("secret.h5", Data("x".utf8))
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
        let run = try ToolRun([path])
        #expect(run.status == 2)
        #expect(run.errors == "h5usid-dump: \(path): the file may not be read: Permission denied\n")
    }

    @Test("of a path that is not in the file list what there is, and end with 2")
    func missingPath() throws {
        try expect(
            ["usid/map4d-paper.h5", "/Measurement_000/Chanel"], status: 2,
            "usid/map4d-paper.h5: /Measurement_000: no member 'Chanel' (it has: Channel_000)")
        try expect(["usid/map4d-paper.h5", Self.main + "/x"], status: 2, "this is no group")
    }

    @Test(
        "of a command line that makes no sense end with 64",
        arguments: [
            [], ["a.h5", "-d"], ["a.h5", "--frobnicate"], ["a.h5", "--depth", "x"], ["a.h5", "--depth", "-1"],
            ["a.h5", "/x", "/y"], ["--validate"], ["--validate", "a.h5", "-A"], ["--digest", "a.h5", "b.h5"],
            ["--digest", "--validate", "a.h5"], ["a.h5", "/x", "-d", "--json"], ["a.h5", "--color", "red"],
        ])
    func usage(arguments: [String]) throws {
        try expect(arguments, status: 64, "(see h5usid-dump --help)")
    }

    @Test(
        "of selections say where they are wrong",
        arguments: [
            ("[0:3, x]", "has 'x' at character 7"), ("[1 2]", "has '2' at character 4"),
            ("[::0]", "has the step 0"), ("[0:3", "a ']' is missing at character 5"),
            ("[1, 2, 3]", "has 3 axes, the dataset has 2 (12 × 15)"),
            ("[12]", "12 lies outside axis 0, which has 12 elements"),
            ("[0:3, -16]", "-16 lies outside axis 1"), ("[0:13]", "13 lies outside axis 0"),
            ("[..., ...]", "a second '...' at character 7"), ("[99999999999999999999]", "at character 2"),
        ])
    func selections(text: String, message: String) throws {
        try expect(["usid/map4d-paper.h5", Self.main, "-d", text], status: 64, message)
    }

    @Test("of -d on a group end with 64")
    func dataOfGroup() throws {
        try expect(["usid/map4d-paper.h5", "/Measurement_000", "-d"], status: 64, "/Measurement_000 is a group")
    }

    @Test("--help and --version go to standard output")
    func help() throws {
        let help = try ToolRun(["--help"])
        #expect(help.status == 0)
        #expect(help.errors.isEmpty)
        #expect(help.output.contains("EXIT CODES:"))
        #expect(help.output.components(separatedBy: "  h5usid-dump scan.h5").count > 3)
        #expect(try ToolRun(["--version"]).output == "0.1.0\n")
    }
}
