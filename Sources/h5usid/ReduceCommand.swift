import ArgumentParser
import CommandLineSupport
import HDF5
import USID

/// `h5usid reduce`: the mean and other reductions over dimensions of a Main.
struct ReduceCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "reduce",
        abstract: "Makes one value of all that differ along some dimensions of a Main dataset only.",
        discussion: """
            Which values fall together is looked up in the indices, whatever the order of the scan. NaN propagates. The \
            result has the precision of the data, double precision for integers. OUT.h5 holds a Main with the dimensions \
            that are left and the path of its source; OUT.csv one line per element with its coordinates; OUT.npy an array \
            for numpy.load.

            EXAMPLES:
              h5usid reduce scan.h5 --over X,Y -o spectrum.csv
                  the mean spectrum of all positions, as a table
              h5usid reduce scan.h5 /Measurement_000/Channel_000/Raw_Data --over Frequency --by max -o peaks.h5
                  the largest response at every position, as a file of its own
              h5usid reduce scan.h5 --over Cycle --by std --in-place
                  how much cycles differ, in Raw_Data-Reduce_000 beside Raw_Data
            """)

    @OptionGroup var input: MainInput
    @Option(
        help: ArgumentHelp(
            "The dimensions that go, separated by commas; may be given several times.", valueName: "labels"))
    var over: [String] = []
    @Option(help: "How values become one: mean, sum, min, max, std or median.")
    var by: USIDReduction = .mean
    @Option(help: "The member of compound data.")
    var field: String?
    @OptionGroup var target: ViewOutput
    @OptionGroup var memory: MemoryOption

    var subject: String { input.file }

    func perform(_ output: Output) throws {
        guard !over.isEmpty else { throw UsageError("no dimension is named: say which go, as in --over X,Y") }
        let place = try target.place(notOver: input.file)
        let progress = ElementProgress(verb: "reducing")
        defer { progress.clear() }
        let memory = memory.bytes
        switch place {
        case .export(let path, let format):
            let main = try input.dataset(in: H5File.open(input.file))
            func export<Element: USIDReducible>(_ type: Element.Type) throws -> [Int] {
                let result = try main.reduce(
                    over: Self.labels(over, of: main), by: by, field: field, as: type, memory: memory,
                    progress: progress.callback(for: main))
                try result.export(
                    to: path, format, replacing: target.replace, progress: { _, _ in try Interruption.check() })
                return result.shape
            }
            let shape = try export(main.reducedType(ofField: field))
            progress.clear()
            output.line("\(SliceCommand.text(shape)) in \(progress.duration), written to \(path.escaped)")
        case .inPlace, .newFile:
            let file: String? = if case .newFile(let path) = place { path } else { nil }
            let written = try target.write(input, to: file) { main, group in
                func write<Element: USIDReducible>(_ type: Element.Type) throws -> USIDDataset {
                    try main.writeReduction(
                        over: Self.labels(over, of: main), by: by, field: field, as: type, to: group,
                        named: target.name, memory: memory, progress: progress.callback(for: main))
                }
                return try write(main.reducedType(ofField: field))
            }
            progress.clear()
            output.line("\(written.text), in \(progress.duration)")
        }
    }

    /// The labels that are meant: a text is one where there is such a dimension, else several, separated by commas.
    static func labels(_ texts: [String], of main: USIDDataset) -> [String] {
        texts.flatMap { text -> [String] in
            if (try? main.dimension(text)) != nil { return [text] }
            return text.split(separator: ",").map(String.init)
        }
    }
}

extension USIDReduction: ExpressibleByArgument {
    /// Takes a reduction by its name.
    public init?(argument: String) { self.init(named: argument) }
    /// The names, for the help.
    public static var allValueStrings: [String] { named.map(\.name) }
}
