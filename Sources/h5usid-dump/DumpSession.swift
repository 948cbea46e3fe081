import CommandLineSupport
import HDF5
import USID

/// What all views of one file share: the file, where text goes, and what was asked for.
struct DumpSession {
    /// What was asked for on the command line.
    struct Choices {
        /// Nothing is folded or shortened (`-a`).
        var isComplete = false
        /// Attributes are shown (`-A`).
        var showsAttributes = false
        /// How many levels below the first are shown; nil for all.
        var depth: Int?
    }

    let file: H5File
    /// The path as given, safe for a terminal.
    let fileName: String
    let output: Output
    let style: TerminalStyle
    let choices: Choices
    let paths: ObjectPaths
    let mains: MainIndex
    let values: ValueText
    /// Finds the sources of results, in a very large file among the first objects only.
    let finder: PathFinder

    init(
        file: H5File, fileName: String, output: Output, style: TerminalStyle, choices: Choices,
        lookingFor extent: MainIndex.Extent
    ) {
        self.file = file
        self.fileName = fileName.escaped
        self.output = output
        self.style = style
        self.choices = choices
        paths = ObjectPaths(file: file)
        self.mains = MainIndex(file: file, isComplete: choices.isComplete, extent: extent)
        values = ValueText(paths: paths)
        finder = PathFinder(file: file, mostObjects: 20_000)
    }

    func print(_ line: StyledText) { output.line(line.painted(style)) }

    func print(_ text: String, _ role: TextRole = .plain) { output.line(style.paint(text, role)) }

    /// The columns that a line should keep to: those of the terminal, else 120.
    var lineWidth: Int { max(Terminal.width ?? 120, 40) }
}
