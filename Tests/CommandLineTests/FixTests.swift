import Foundation
import Testing

@Suite("h5usid fix")
struct FixTests {
    private func run(_ arguments: [String]) throws -> ToolRun { try ToolRun(["fix"] + arguments, tool: "h5usid") }

    @Test("says what it did with rule and path, and ends with 0 where the copy is valid")
    func fixed() throws {
        let scratch = try Scratch()
        let out = scratch.folder.appendingPathComponent("out.h5").path
        let run = try run(["usid/rules/R21-values-transposed.h5", out])
        #expect(run.status == 0)
        #expect(run.errors == "")
        #expect(
            run.lines == [
                "  fixed  R21  /Measurement_000/Channel_000/Position_Values",
                "         transpose it, from (2, 6) to (6, 2)", "1 repair; \(out) is valid h5USID",
            ])
        #expect(try ToolRun(["--validate", out]).status == 0)
    }

    @Test("says what is left and why, and ends with 1 where that is an error")
    func left() throws {
        let scratch = try Scratch()
        let out = scratch.folder.appendingPathComponent("out.h5").path
        let run = try run(["usid/rules/R26-missing-on-both.h5", out])
        #expect(run.status == 1)
        #expect(
            run.lines == [
                "  left   R26  /Measurement_000/Channel_000/Position_Indices", "         error: no attribute 'units'",
                "         → which units are right is not in the file",
                "nothing can be mended, 1 error left; \(out) is not valid h5USID",
            ])
        #expect(FileManager.default.fileExists(atPath: out))
    }

    @Test("warnings that are left do not change the exit code")
    func warnings() throws {
        let run = try run(["--dry-run", "usid/faults/F6-phase-in-metres.h5"])
        #expect(run.status == 0)
        #expect(run.lines.last == "nothing can be mended, 2 warnings left; it is valid h5USID")
    }

    @Test("--dry-run writes nothing and says what would be done")
    func dryRun() throws {
        let scratch = try Scratch()
        let out = scratch.folder.appendingPathComponent("out.h5").path
        let run = try run(["--dry-run", "usid/broken/R07-no-position-values.h5", out])
        #expect(run.status == 0)
        #expect(
            run.lines.prefix(2) == [
                "  would fix  R7   /Measurement_000/Channel_000/Raw_Data",
                "             set Position_Values to an object reference to "
                    + "/Measurement_000/Channel_000/Position_Values",
            ])
        #expect(run.lines.last == "1 repair, 1 warning left; it would be valid h5USID")
        #expect(!FileManager.default.fileExists(atPath: out))
    }

    @Test("never writes over the input, and over another file only when told")
    func manners() throws {
        let scratch = try Scratch()
        let data = try Data(
            contentsOf: Fixtures.folder.appendingPathComponent("usid/rules/R21-values-transposed.h5"))
        let input = try scratch.file("in.h5", data)
        let over = try run([input, input, "--replace"])
        #expect(over.status == 64)
        #expect(over.errors.contains("is the file to mend itself"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: input)) == data)
        let other = try scratch.file("out.h5", Data([1, 2]))
        let refused = try run([input, other])
        #expect(refused.status == 2)
        #expect(refused.errors.split(separator: "\n").count == 1)
        #expect(try Data(contentsOf: URL(fileURLWithPath: other)) == Data([1, 2]))
        #expect(try run([input, other, "--replace"]).status == 0)
        #expect(try Data(contentsOf: URL(fileURLWithPath: input)) == data)
    }

    @Test("unusable command lines and files have their own exit codes")
    func errors() throws {
        #expect(try run(["usid/rules/R21-values-transposed.h5"]).status == 64)
        #expect(try run([]).status == 64)
        let scratch = try Scratch()
        let out = scratch.folder.appendingPathComponent("out.h5").path
        let missing = try run(["usid/none.h5", out])
        #expect(missing.status == 2)
        #expect(missing.errors.contains("usid/none.h5"))
        #expect(!FileManager.default.fileExists(atPath: out))
    }

    @Test("a file that cannot be changed is named, and there is no copy")
    func unchangeable() throws {
        let scratch = try Scratch()
        var data = try Data(contentsOf: Fixtures.folder.appendingPathComponent("usid/rules/R21-values-transposed.h5"))
        // The base address that the superblock says.
        data[25] = 0xFF
        let input = try scratch.file("moved.h5", data)
        let out = scratch.folder.appendingPathComponent("out.h5").path
        let run = try run([input, out])
        #expect(run.status == 2)
        #expect(run.errors.hasPrefix("h5usid: \(input): the file cannot be changed: its superblock"))
        #expect(!FileManager.default.fileExists(atPath: out))
    }

    @Test("--help shows three examples")
    func help() throws {
        let run = try run(["--help"])
        #expect(run.status == 0)
        #expect(run.lines.filter { $0.contains("h5usid fix ") && !$0.contains("USAGE") }.count >= 3)
    }
}
