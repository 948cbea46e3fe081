import ArgumentParser
import HDF5
import USID

/// The command line: what was asked for, and who answers it.
struct DumpCommand: ParsableCommand {
    /// The tool's name.
    static let name = "h5usid-dump"

    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: name, abstract: "Shows what is in an HDF5 or h5USID file, and checks it against h5USID.",
            usage: """
                h5usid-dump <file> [<path>] [-a] [-A] [--depth <n>] [--json]
                h5usid-dump <file> <path> -d ['<selection>']
                h5usid-dump --validate <file> ... [--json]
                h5usid-dump --digest <file>
                """,
            discussion: discussion, version: USIDBookKeeping.version)
    }

    private static var discussion: String {
        """
        Without a path: the tree of the file, and for each Main dataset of h5USID its quantity, dimensions, scan \
        order and N-dimensional form. With a path: that object alone.

        EXAMPLES:
          h5usid-dump scan.h5
              the tree and the Main datasets
          h5usid-dump scan.h5 /Measurement_000 -A
              one group, with all attributes
          h5usid-dump scan.h5 /Measurement_000/Channel_000/Raw_Data -d '[0:3, :5]'
              values of the first three positions, with their coordinates
          h5usid-dump --validate *.h5
              what each file does against h5USID, and what to do about it
          h5usid-dump scan.h5 --json | jq '.mains[].path'
              the same for programs

        SELECTIONS:
          One entry per axis, as in Python: 5 or -1 is one index; 2:8, :5, ::10
          are ranges; : is all; ... stands for the axes left out.

        EXIT CODES:
          0   done; with --validate: no file breaks a MUST rule
          1   with --validate: a file breaks a MUST rule, or has no Main dataset
          2   a file, or the path in it, cannot be read
          64  the command line makes no sense, or the selection does not fit the dataset
        """
    }

    @Argument(
        help: ArgumentHelp("A file, and the path of an object in it; with --validate, files.", valueName: "file"),
        completion: .file())
    var arguments: [String] = []

    @Flag(name: [.customShort("a"), .long], help: "Show everything: no folded groups, no shortened values.")
    var all = false

    @Flag(name: [.customShort("A"), .long], help: "Show attributes with their types and values.")
    var attributes = false

    @Option(
        name: [.customShort("d"), .long],
        help: ArgumentHelp(
            "Show the values of a dataset: all without <selection>, or those selected.", valueName: "selection"))
    var data: String?

    @Option(help: ArgumentHelp("Show only so many levels of groups.", valueName: "n"))
    var depth: Int?

    @Flag(name: .customLong("validate"), help: "Check files against the rules of h5USID.")
    var isValidating = false

    @Flag(help: "Write what the file holds as JSON that does not depend on how it is stored.")
    var digest = false

    @Flag(help: "Write the tree, or the findings of --validate, as JSON.")
    var json = false

    @Option(help: "Use colours: auto, always or never.")
    var color: ColorChoice = .auto

    /// Checks what cannot go together.
    mutating func validate() throws {
        guard !arguments.isEmpty else { throw ValidationError("Missing expected argument '<file>'") }
        if let depth, depth < 0 { throw ValidationError("--depth takes a number of levels, 0 or more") }
        if digest, isValidating { throw ValidationError("--digest and --validate do not go together") }
        if digest || isValidating {
            let mode = digest ? "--digest" : "--validate"
            if data != nil { throw ValidationError("\(mode) shows no values: leave -d away") }
            if attributes { throw ValidationError("\(mode) shows no attributes: leave -A away") }
            if depth != nil { throw ValidationError("\(mode) shows no tree: leave --depth away") }
            if digest, json { throw ValidationError("--digest writes JSON already: leave --json away") }
            if digest, arguments.count > 1 { throw ValidationError("--digest takes one file") }
            return
        }
        if arguments.count > 2 {
            throw ValidationError("One file and one path in it are shown at a time; --validate takes several files")
        }
        if json, depth != nil { throw ValidationError("--json writes all levels: leave --depth away") }
        if data != nil {
            if json { throw ValidationError("--json writes the tree, not values: leave -d or --json away") }
            if depth != nil { throw ValidationError("-d shows no tree: leave --depth away") }
            if arguments.count < 2 { throw ValidationError("-d needs the path of a dataset after the file") }
        }
    }

    /// The arguments with a value behind each `-d`, which may stand alone: `-d /path`, `-d -1`, `-ad`.
    ///
    /// What follows `-d` and is no selection is the argument that comes next.
    static func completed(_ arguments: [String]) -> [String] {
        var completed: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" { return completed + [argument] + rest }
            let letters = argument.dropFirst()
            let isShort =
                argument.hasPrefix("-") && letters.last == "d" && letters.dropLast().allSatisfy { "aA".contains($0) }
            guard argument == "--data" || isShort else {
                completed.append(argument)
                continue
            }
            if isShort, letters.count > 1 { completed.append("-" + letters.dropLast()) }
            if let next = rest.first, SelectionArgument.looksLikeSelection(next) {
                completed.append("--data=" + next)
                rest = rest.dropFirst()
            } else {
                completed.append("--data=[...]")
            }
        }
        return completed
    }
}
