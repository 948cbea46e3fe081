import Foundation
import Testing

@Suite("The terminal")
struct TerminalTests {
    private static let escape = "\u{1b}["

    @Test("gets colours, unless NO_COLOR is set or the terminal is dumb")
    func colours() throws {
        let file = "usid/figure2b-spectrum-paper.h5"
        #expect(try ToolRun([file], to: .terminal(columns: 100)).output.contains(Self.escape))
        let plain = try ToolRun([file]).output
        #expect(!plain.contains(Self.escape))
        #expect(try ToolRun([file], environment: ["NO_COLOR": "1"], to: .terminal(columns: 120)).output == plain)
        #expect(try ToolRun([file], environment: ["TERM": "dumb"], to: .terminal(columns: 120)).output == plain)
        #expect(try ToolRun([file, "--color", "never"], to: .terminal(columns: 120)).output == plain)
        #expect(
            try ToolRun([file], environment: ["NO_COLOR": ""], to: .terminal(columns: 100)).output.contains(Self.escape)
        )
    }

    @Test("colours carry no meaning: without them the text is the same")
    func sameText() throws {
        let plain = try ToolRun(["usid/map4d-paper.h5"]).output
        let coloured = try ToolRun(["usid/map4d-paper.h5", "--color", "always"], environment: ["NO_COLOR": "1"]).output
        #expect(coloured.contains(Self.escape))
        let stripped = coloured.replacingOccurrences(
            of: "\u{1b}\\[[0-9;]*m", with: "", options: .regularExpression)
        let lines = stripped.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines.map { $0.trimmingCharacters(in: .whitespaces) }
                == plain.split(separator: "\n", omittingEmptySubsequences: false).map {
                    $0.trimmingCharacters(in: .whitespaces)
                })
    }

    @Test("that is narrow gets wide tables in parts")
    func narrow() throws {
        let arguments = ["usid/map4d-paper.h5", "/Measurement_000/Channel_000/Raw_Data", "-d", "[0:2]"]
        let run = try ToolRun(arguments, environment: ["NO_COLOR": "1"], to: .terminal(columns: 80))
        #expect(run.lines.filter { $0.hasPrefix("0       0       0") }.count == 4)
        #expect(run.lines.dropFirst().allSatisfy { $0.count <= 80 })
        #expect(try ToolRun(arguments).lines.filter { $0.hasPrefix("0       0       0") }.count == 1)
    }

    @Test(
        "gets no control character from a file",
        arguments: [
            ["hdf5/groups-names-latest.h5", "-A"], ["hdf5/groups-names-earliest.h5", "-A", "-a"],
            ["hdf5/groups-names-latest.h5", "--validate"], ["hdf5/attributes-kinds-latest.h5", "-A"],
            ["hdf5/groups-names-latest.h5", "/escape\u{1b}[31m"], ["hdf5/groups-names-latest.h5", "/no\u{1b}[31m"],
        ])
    func control(arguments: [String]) throws {
        let run = try ToolRun(arguments)
        for scalar in (run.output + run.errors).unicodeScalars where scalar != "\n" {
            #expect(scalar.value >= 0x20 && scalar.value != 0x7F && !(0x80...0x9F).contains(scalar.value))
        }
    }

    @Test("shows odd names as escapes")
    func escapes() throws {
        let run = try ToolRun(["hdf5/groups-names-latest.h5", "-a"])
        for name in [
            "bell\\x07", "escape\\x1b[31m", "newline\\nhere", "tab\\there", "delete\\x7f", "latin-1 gr\\xf6\\xdfe",
            "größe", "数据",
        ] {
            #expect(run.lines.contains { $0.hasPrefix("├─ \(name) ") }, "\(name)")
        }
    }

    @Test("a pipe that nobody reads ends the tool quietly")
    func brokenPipe() throws {
        let run = try ToolRun(["hdf5/attributes-many-latest.h5", "-A", "-a"], to: .closedPipe)
        #expect(run.endedBySignal)
        #expect(run.status == SIGPIPE)
        #expect(run.errors.isEmpty)
    }

    #if os(Linux)
    @Test("a full disk is an error")
    func fullDisk() throws {
        let run = try ToolRun(["usid/map4d-paper.h5"], to: .path("/dev/full"))
        #expect(run.status == 2)
        #expect(run.errors.hasPrefix("h5usid-dump: standard output: "))
    }
    #endif

    @Test("completes file names in the shell")
    func completion() throws {
        let run = try ToolRun(["--generate-completion-script", "bash"])
        #expect(run.status == 0)
        #expect(run.output.contains("complete -o filenames -F _h5usid-dump h5usid-dump"))
    }
}
