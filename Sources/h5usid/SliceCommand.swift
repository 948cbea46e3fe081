import ArgumentParser
import CommandLineSupport
import HDF5
import USID

/// `h5usid slice`: a part of a Main by the names of its dimensions.
struct SliceCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "slice", abstract: "Takes a part of a Main dataset by the names of its dimensions.",
        discussion: """
            --select LABEL=WHAT names a dimension and what is taken of it; dimensions that are not named are taken whole. \
            WHAT is one of
              3, -1          one index, from 0 on or from the end; the dimension goes
              0:10, 5:, ::2  indices from one to before another, with a step, as in Python
              1,4,9          indices one by one
              -1.5...1.5     all values from one number to another, both included
              ~325000        the index whose value is nearest; the dimension goes
            OUT.h5 holds a Main with its dimensions and the path of its source; OUT.csv one line per element with its \
            coordinates; OUT.npy an array for numpy.load.

            EXAMPLES:
              h5usid slice scan.h5 --select 'Frequency=~325000' -o map.npy
                  the map at the frequency nearest to 325 kHz, for NumPy
              h5usid slice scan.h5 /Measurement_000/Channel_000/Raw_Data \\
                  --select X=0:64 --select Y=0:64 --select 'Bias=-1.5...1.5' -o corner.h5
                  a corner of the scan at small bias, as a file of its own
              h5usid slice scan.h5 --select Cycle=-1 --in-place
                  the last cycle, in Raw_Data-slice_000 beside Raw_Data
            """)

    @OptionGroup var input: MainInput
    @Option(
        name: [.customShort("s"), .long],
        help: ArgumentHelp("A dimension and what is taken of it; may be given several times.", valueName: "label=what"))
    var select: [String] = []
    @Option(help: "The member of compound data, for OUT.csv and OUT.npy.")
    var field: String?
    @OptionGroup var target: ViewOutput
    @OptionGroup var memory: MemoryOption

    var subject: String { input.file }

    func perform(_ output: Output) throws {
        let selections = try Self.selections(select)
        let place = try target.place(notOver: input.file)
        let progress = ElementProgress(verb: "slicing")
        defer { progress.clear() }
        let memory = memory.bytes
        switch place {
        case .export(let path, let format):
            let main = try input.dataset(in: H5File.open(input.file))
            let shape = try main.exportSlice(
                selections, field: field, to: path, format, replacing: target.replace, memory: memory,
                progress: progress.callback(for: main))
            progress.clear()
            output.line("\(Self.text(shape)) in \(progress.duration), written to \(path.escaped)")
        case .inPlace, .newFile:
            guard field == nil else { throw UsageError("--field is for OUT.csv and OUT.npy; HDF5 keeps all members") }
            let file: String? = if case .newFile(let path) = place { path } else { nil }
            let written = try target.write(input, to: file) { main, group in
                try main.writeSlice(
                    selections, to: group, named: target.name, memory: memory, progress: progress.callback(for: main))
            }
            progress.clear()
            output.line("\(written.text), in \(progress.duration)")
        }
    }

    /// Reads all selections.
    static func selections(_ texts: [String]) throws -> [String: USIDSelection] {
        guard !texts.isEmpty else {
            throw UsageError("nothing is selected: name a dimension, as in --select X=3 (export writes all data)")
        }
        var selections: [String: USIDSelection] = [:]
        for text in texts {
            let (label, selection) = try USIDSelection.labelled(text)
            guard selections.updateValue(selection, forKey: label) == nil else {
                throw UsageError("dimension '\(label)' is selected twice")
            }
        }
        return selections
    }

    /// A shape in words.
    static func text(_ shape: [Int]) -> String {
        shape.isEmpty ? "1 element" : shape.map(String.init).joined(separator: " × ") + " elements"
    }
}
