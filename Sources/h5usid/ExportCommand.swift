import ArgumentParser
import CommandLineSupport
import HDF5
import USID

/// `h5usid export`: all data of a Main as a file of another format.
struct ExportCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes all data of a Main dataset as text or as an array for NumPy.",
        discussion: """
            OUT.csv has the layout of pyUSID's to_csv: a row of values per spectroscopic dimension, a row of dashes, then \
            the values of every position with its data; with --layout plain one line of column names and one line per \
            position. OUT.npy has an axis per dimension, with --form matrix positions and spectroscopic points. Data of any \
            size; OUT appears only when it is complete, and replaces nothing unless told --replace.

            EXAMPLES:
              h5usid export scan.h5 -o scan.npy
                  for numpy.load, one axis per dimension
              h5usid export spectra.h5 --layout plain -o spectra.csv
                  for a spreadsheet
              h5usid export scan.h5 /Measurement_000/Channel_000/Raw_Data-SHO_Fit_000/Fit --field Amplitude -o amplitude.csv
                  one member of compound results
            """)

    @OptionGroup var input: MainInput
    @Option(
        name: [.short, .customLong("output")],
        help: ArgumentHelp("The file to write: .csv or .npy.", valueName: "out"), completion: .file())
    var out: String
    @Option(help: "The layout of OUT.csv: pyusid or plain.")
    var layout: USIDCSVLayout?
    @Option(help: "The form of OUT.npy: nd (an axis per dimension) or matrix.")
    var form: USIDExportForm?
    @Option(help: "The member of compound data, for OUT.csv.")
    var field: String?
    @OptionGroup var target: ReplaceOption
    @OptionGroup var memory: MemoryOption

    var subject: String { input.file }

    func perform(_ output: Output) throws {
        guard let format = ViewOutput.format(of: out) else {
            throw UsageError("\(out) is neither .csv nor .npy; slice and repack write HDF5 files")
        }
        let progress = ElementProgress(verb: "exporting")
        defer { progress.clear() }
        let main = try input.dataset(in: H5File.open(input.file))
        switch format {
        case .csv:
            guard form == nil else { throw UsageError("--form is for OUT.npy") }
            try main.exportCSV(
                to: out, layout: layout ?? .pyUSID, field: field, replacing: target.replace, memory: memory.bytes,
                progress: progress.callback(for: main))
        case .npy:
            guard layout == nil else { throw UsageError("--layout is for OUT.csv") }
            guard field == nil else { throw UsageError("--field is for OUT.csv; an array keeps all members") }
            try main.exportNPY(
                to: out, form: form ?? .nDimensional, replacing: target.replace, memory: memory.bytes,
                progress: progress.callback(for: main))
        }
        progress.clear()
        output.line(
            "\(main.positionCount.counted("position")) × \(main.spectroscopicPointCount) in \(progress.duration), "
                + "written to \(out.escaped)")
    }
}

extension USIDCSVLayout: ExpressibleByArgument {
    /// Takes what the command line calls it.
    public init?(argument: String) {
        switch argument {
        case "pyusid", "pyUSID": self = .pyUSID
        case "plain": self = .plain
        default: return nil
        }
    }
    /// The words of the command line, for the help.
    public static var allValueStrings: [String] { ["pyusid", "plain"] }
}

extension USIDExportForm: ExpressibleByArgument {
    /// Takes what the command line calls it.
    public init?(argument: String) {
        switch argument {
        case "nd": self = .nDimensional
        case "matrix": self = .matrix
        default: return nil
        }
    }
    /// The words of the command line, for the help.
    public static var allValueStrings: [String] { ["nd", "matrix"] }
}
