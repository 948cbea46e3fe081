import ArgumentParser
import CommandLineSupport
import HDF5

/// `h5usid repack`: copies a file through our writer.
struct RepackCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "repack", abstract: "Copies a file, without the space that it no longer uses.",
        discussion: """
            Hard links, references and the order of creation are preserved. OUT appears only when it is complete, and \
            replaces nothing unless told --replace. What cannot be read is told on standard error and is empty in the \
            copy; with --strict there is no copy then.

            EXAMPLES:
              h5usid repack scan.h5 copy.h5
                  as it is, without gaps
              h5usid repack scan.h5 small.h5 --filter shuffle,gzip=6 --chunks 256x1024
                  compressed, in chunks of 256 by 1024 elements
              h5usid repack new.h5 old.h5 --format earliest
                  for programs from before 2008; exit code 3 where that cannot hold it
            """)

    @Argument(help: ArgumentHelp("The file to copy.", valueName: "in"), completion: .file())
    var input: String

    @Argument(help: ArgumentHelp("The copy.", valueName: "out"), completion: .file())
    var output: String

    @Option(help: "Who can read the copy: earliest, 1.8 (every program since 2008) or 1.10.")
    var format: H5FormatGeneration = .v1_8

    @OptionGroup var filter: FilterOption

    @Option(help: "The chunk shape of datasets of that rank, such as 256x1024.")
    var chunks: String?

    @OptionGroup var target: ReplaceOption

    @Flag(help: "Stop where something cannot be read, instead of leaving it empty in the copy.")
    var strict = false

    var subject: String { input }

    func perform(_ output: Output) throws {
        let bar = ProgressBar(verb: "copying")
        defer { bar.clear() }
        var options = H5CopyOptions(toleratesDamage: !strict) { done, total in
            try Interruption.check()
            bar.show(done, of: total)
        }
        if let filters = try filter.filters { options.filters = .replace(filters) }
        if let chunks {
            options.chunkShape = .replace(try ExtentText.extents(chunks, "chunk shape", example: "256x1024"))
        }
        let file = try H5File.open(input)
        let start = ContinuousClock.now
        let summary = try file.copy(to: self.output, generation: format, replacing: target.replace, options: options)
        bar.clear()
        for problem in summary.problems {
            Terminal.complain(
                "\(input.escaped): \(problem.path.escaped) cannot be read and is empty in the copy: "
                    + ErrorText.short(problem.error), of: H5USID.name)
        }
        let duration = ContinuousClock.now - start
        output.line(
            "\(summary.datasets.counted("dataset")), \(summary.groups.counted("group")), "
                + "\(summary.attributes.counted("attribute")), \(ByteText.text(summary.bytes)) in "
                + "\(ProgressBar.seconds(duration)), written to \(self.output.escaped)")
    }
}

extension H5FormatGeneration: ExpressibleByArgument {}

extension Int {
    /// The number and the word, in the plural where it is not one.
    func counted(_ word: String) -> String { "\(self) \(word)\(self == 1 ? "" : "s")" }
}
