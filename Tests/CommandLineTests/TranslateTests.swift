import Foundation
import HDF5
import Testing

/// `h5usid translate` makes h5USID files, or says why it does not.
@Suite struct TranslateTests {
    private static let arrays = Fixtures.folder.appendingPathComponent("arrays")
    private static let images = Fixtures.folder.appendingPathComponent("images")

    private func run(_ arguments: [String], in folder: URL) throws -> ToolRun {
        try ToolRun(["translate"] + arguments, tool: "h5usid", in: folder)
    }

    @Test func `an array becomes a Main with the axes that are named`() throws {
        let scratch = try Scratch()
        let run = try run(
            [
                Self.arrays.appendingPathComponent("f4-big.npy").path, "-o", "out.h5", "--axis", "Y:um:0..7", "--axis",
                "X:um", "--axis", "Bias:V:-1..1", "--quantity", "Current", "--units", "nA", "--filter",
                "shuffle,gzip=4",
            ], in: scratch.folder)
        #expect(run.errors == "")
        #expect(run.status == 0)
        #expect(run.output.contains("Current (nA)"))
        #expect(run.output.contains("-1 … 1 V"))
        let file = try H5File.open(scratch.folder.appendingPathComponent("out.h5").path)
        #expect(try file.dataset("Measurement_000/Channel_000/Raw_Data").shape == [12, 2])
        let source: String = try file.root.group("Measurement_000").attribute("translated_from")
        #expect(source == "f4-big.npy")
    }

    @Test func `several files become measurements, also of a file that exists`() throws {
        let scratch = try Scratch()
        let picture = Self.images.appendingPathComponent("tiff-uint8-big.tif").path
        let array = Self.arrays.appendingPathComponent("i4-little.npy").path
        #expect(try run([picture, array, "-o", "out.h5"], in: scratch.folder).status == 0)
        #expect(try run([array, "-o", "out.h5", "--append"], in: scratch.folder).status == 0)
        let file = try H5File.open(scratch.folder.appendingPathComponent("out.h5").path)
        #expect(try file.root.count == 3)
    }

    @Test func `a file that exists is not replaced unasked`() throws {
        let scratch = try Scratch()
        let path = try scratch.file("out.h5", Data("precious".utf8))
        let array = Self.arrays.appendingPathComponent("i4-little.npy").path
        let refused = try run([array, "-o", "out.h5"], in: scratch.folder)
        #expect(refused.status == 2)
        #expect(refused.errors.hasPrefix("h5usid: out.h5: "))
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("precious".utf8))
        #expect(try run([array, "-o", "out.h5", "--replace"], in: scratch.folder).status == 0)
    }

    @Test func `where one of several files cannot be read, there is no output`() throws {
        let scratch = try Scratch()
        let array = Self.arrays.appendingPathComponent("i4-little.npy").path
        let damaged = try scratch.file(
            "damaged.npy", Data(try Data(contentsOf: URL(fileURLWithPath: array)).dropLast()))
        let run = try run([array, damaged, "-o", "out.h5"], in: scratch.folder)
        #expect(run.status == 2)
        #expect(run.errors.hasPrefix("h5usid: \(damaged): at byte "))
        #expect(run.errors.split(separator: "\n").count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path).contains("out.h5") == false)
    }

    @Test(arguments: ["translate", "slice", "fix"])
    func `an input is never written over, whatever it is called`(verb: String) throws {
        let scratch = try Scratch()
        let bytes = try Data(contentsOf: Fixtures.folder.appendingPathComponent("usid/map4d-paper.h5"))
        let array = try Data(contentsOf: Self.arrays.appendingPathComponent("i4-little.npy"))
        let path = try scratch.file("in.h5", verb == "translate" ? array : bytes)
        let link = scratch.folder.appendingPathComponent("link.h5").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        let arguments =
            switch verb {
            case "translate": ["translate", path, "-o", link, "--replace"]
            case "slice": ["slice", path, "--select", "X=0", "-o", link, "--replace"]
            default: ["fix", path, link, "--replace"]
            }
        let run = try ToolRun(arguments, tool: "h5usid", in: scratch.folder)
        #expect(run.status == 64)
        #expect(run.errors.split(separator: "\n").count == 1)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == (verb == "translate" ? array : bytes))
    }

    @Test func `what would be written is said without writing`() throws {
        let scratch = try Scratch()
        let picture = Self.images.appendingPathComponent("tiff-uint8-big.tif").path
        let run = try run([picture, "-o", "out.h5", "--dry-run"], in: scratch.folder)
        #expect(run.status == 0)
        #expect(run.output.contains("TIFF, would become Raw_Data of "))
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path).contains("out.h5") == false)
    }

    @Test(
        "arguments that make no sense are wrong usage",
        arguments: [
            ["--axis", "X"], ["--axis", "X:nm:5"], ["--bin", "2"], ["--bin", "0x2"], ["--profile", "2018"],
            ["--filter", "zip"], ["--replace", "--append"], ["--stack", "--page", "1"], ["--x", ":nm"],
        ])
    func wrongUsage(arguments: [String]) throws {
        let scratch = try Scratch()
        let input = Self.arrays.appendingPathComponent("i4-little.npy").path
        let run = try run([input, "-o", "out.h5"] + arguments, in: scratch.folder)
        #expect(run.status == 64)
        #expect(run.errors.split(separator: "\n").count == 1)
    }
}
