import ArgumentParser
import CommandLineSupport
import HDF5
import USID

/// `h5usid translate`: brings pictures, tables and arrays into h5USID.
struct TranslateCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "translate", abstract: "Brings pictures, tables of numbers and arrays into h5USID.",
        discussion: """
            PNG, TIFF, BMP, PGM/PPM, tables of numbers (.csv, .tsv, .txt) and NumPy's .npy. Each INPUT becomes a \
            measurement group of OUT with one Main dataset; of several pictures in a file each becomes a spectroscopic \
            point, unless --page chooses one. OUT appears only when it is complete, and replaces nothing unless told \
            --replace; with --append the measurements are added to it.

            EXAMPLES:
              h5usid translate scan.tif -o scan.h5 --x X:nm:0..500 --y Y:nm:0..500
                  one position per pixel, with the scale of the picture
              h5usid translate frame_*.png -o movie.h5 --stack --frame Time:s:0..9.9 --bin 2x2
                  all pictures as one dataset, every four pixels brought together
              h5usid translate cube.npy -o cube.h5 --axis Y:um:0..7 --axis X:um:0..7 --axis Bias:V:-3..3 \\
                  --quantity Current --units nA --filter shuffle,gzip=4
                  two axes of positions and one of voltages
            """)

    @Argument(help: ArgumentHelp("The files to translate.", valueName: "input"), completion: .file())
    var inputs: [String]

    @Option(name: [.customShort("o"), .long], help: "The h5USID file that is made.", completion: .file())
    var output: String

    @OptionGroup var target: ReplaceOption

    @Flag(help: "Add to the file of that name, where there is one.")
    var append = false

    @Flag(name: [.customShort("n"), .customLong("dry-run")], help: "Say what would be written, and write nothing.")
    var isDryRun = false

    @Flag(help: "Make one dataset of the pictures of all inputs.")
    var stack = false

    @Option(help: "Take only that picture of a file, counted from 0.")
    var page: Int?

    @Option(help: "Bring ROWSxCOLUMNS pixels together by their mean, such as 2x2.")
    var bin: String?

    @Flag(help: "Bring the values of pictures to 0 to 1.")
    var normalize = false

    @Option(help: "What the columns of a picture are: LABEL:UNITS or LABEL:UNITS:FIRST..LAST.")
    var x: String?

    @Option(help: "What the rows of a picture are, in the same form.")
    var y: String?

    @Option(help: "What the pictures of a stack are, in the same form.")
    var frame: String?

    @Option(help: "What an axis of an array is, in the same form; once per axis, in order.")
    var axis: [String] = []

    @Option(
        help: "How many of the first axes of an array are positions (two, or all where there are fewer than three).")
    var positionAxes: Int?

    @Option(help: "What was measured.")
    var quantity: String?

    @Option(help: "The unit of the values.")
    var units: String?

    @Option(help: "Conventions: 2020 (pyUSID of today) or 2019 (the paper).")
    var profile = "2020"

    @OptionGroup var filter: FilterOption

    var subject: String { inputs.first ?? output }

    func validate() throws {
        if target.replace && append { throw ValidationError("--replace and --append exclude each other") }
        if let page, page < 0 { throw ValidationError("pictures are counted from 0; \(page) is none") }
        if stack && page != nil { throw ValidationError("--stack takes all pictures, --page only one") }
    }

    func perform(_ output: Output) throws {
        // What the command line gets wrong is said before a file is touched.
        let options = try writeOptions()
        if let input = inputs.first(where: { FileIdentity.areSame($0, self.output) }) {
            throw UsageError("\(input) is to be translated itself; give OUT another name")
        }
        let image = try imageTranslator(options)
        let axes = try axis.map { try AxisText.axis($0) }
        let jobs =
            stack
            ? [try Job(stack: inputs, image, frame: try frame.map { try AxisText.axis($0) })]
            : try inputs.map { input in try FileError.locating(input) { try job(input, image, axes, options) } }
        guard !isDryRun else { return try describe(jobs, output) }
        let start = ContinuousClock.now
        let file = try FileError.locating(self.output) { try targetFile() }
        let bar = ProgressBar(verb: "translating")
        defer { bar.clear() }
        var lines: [String] = []
        for job in jobs {
            let mains = try FileError.locating(job.names) {
                try job.run(file.root) { progress in
                    try Interruption.check()
                    bar.show(progress.completed, of: progress.total, unit: nil)
                }
            }
            lines += mains.map { "\($0)" }
        }
        try Interruption.check()
        try FileError.locating(self.output) { try file.commit() }
        bar.clear()
        for line in lines { output.line(line) }
        output.line(
            "\(inputs.count.counted("file")) in \(ProgressBar.seconds(ContinuousClock.now - start)), "
                + "\(lines.count.counted("Main dataset")) in \(self.output.escaped)")
    }

    /// The file that is written to: a new one, or that of the name where the measurements are added.
    private func targetFile() throws -> H5File {
        if append {
            do {
                return try H5File.openForUpdate(output)
            } catch let error as H5Error where error.code == .noSuchFile {}
        }
        return try H5File.create(output, replacing: target.replace)
    }

    private func describe(_ jobs: [Job], _ output: Output) throws {
        for job in jobs {
            let description = try FileError.locating(job.names) { try job.describe() }
            for main in description.mains {
                let shape = main.shape.map(String.init).joined(separator: " × ")
                output.line(
                    "\(job.names.escaped): \(description.format), would become \(main.name) of \(shape), "
                        + "\(main.quantity.escaped) (\(main.units.escaped))")
            }
            for property in description.metadata {
                output.line("  \(property.name.escaped): \(property.value.escaped)")
            }
        }
    }

    // MARK: What is to be done

    /// The translation of one input, or of a stack of them.
    private struct Job {
        let names: String
        let describe: () throws -> TranslationDescription
        let run: (H5Group, (TranslationProgress) throws -> Void) throws -> [USIDDataset]

        init(_ path: String, _ translator: some Translator) {
            names = path
            describe = { try translator.description(of: path) }
            run = { try translator.translate(path, into: $0, progress: $1) }
        }

        init(stack paths: [String], _ image: ImageTranslator, frame: TranslatedAxis?) throws {
            var translator = ImageStackTranslator()
            translator.image = image
            translator.frame = frame
            let stack = translator
            names = paths.count == 1 ? paths[0] : "\(paths.count) files"
            describe = { try stack.description(of: paths) }
            run = { [try stack.translate(paths, into: $0, progress: $1)] }
        }
    }

    private func job(_ path: String, _ image: ImageTranslator, _ axes: [TranslatedAxis], _ options: USIDWriteOptions)
        throws -> Job
    {
        switch try Translators.translator(for: path) {
        case var translator as NPYTranslator:
            if !axes.isEmpty { translator.axes = axes }
            translator.positionAxes = positionAxes
            if let quantity { translator.quantity = quantity }
            if let units { translator.units = units }
            translator.options = options
            return Job(path, translator)
        case is ImageStackTranslator where page == nil:
            return try Job(stack: [path], image, frame: try frame.map { try AxisText.axis($0) })
        case is ImageTranslator, is ImageStackTranslator: return Job(path, image)
        case let other?: return Job(path, other)
        case nil:
            throw USIDError(
                .unsupportedFile, path: path,
                "the file is no picture (PNG, TIFF, BMP, PGM, PPM), no table of numbers (.csv, .tsv, .txt) and no .npy array: "
                    + "convert it to one of these")
        }
    }

    private func writeOptions() throws -> USIDWriteOptions {
        var options = USIDWriteOptions()
        switch profile {
        case "2020": options.profile = .pyUSID2020
        case "2019": options.profile = .pyUSID2019
        default: throw UsageError("there is no profile '\(profile)': use 2020 or 2019")
        }
        if let filters = try filter.filters { options.filters = filters }
        return options
    }

    private func imageTranslator(_ options: USIDWriteOptions) throws -> ImageTranslator {
        var image = ImageTranslator()
        if let page { image.page = page }
        if let bin {
            let sizes = try ExtentText.extents(bin, "binning", example: "2x2")
            guard sizes.count == 2 else { throw UsageError("'\(bin)' is no binning; one looks like 2x2") }
            (image.binnedRows, image.binnedColumns) = (sizes[0], sizes[1])
        }
        image.normalizes = normalize
        image.x = try x.map { try AxisText.axis($0) }
        image.y = try y.map { try AxisText.axis($0) }
        if let quantity { image.quantity = quantity }
        if let units { image.units = units }
        image.options = options
        return image
    }
}

/// How the command line describes an axis: `LABEL:UNITS` or `LABEL:UNITS:FIRST..LAST`.
private enum AxisText {
    static func axis(_ text: String) throws -> TranslatedAxis {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let wrong = UsageError("'\(text)' is no axis; one looks like X:nm or X:nm:0..500")
        guard (2...3).contains(parts.count), !parts[0].isEmpty else { throw wrong }
        guard parts.count == 3 else { return TranslatedAxis(parts[0], units: parts[1]) }
        guard let dots = parts[2].firstRange(of: ".."), let first = Double(parts[2][..<dots.lowerBound]),
            let last = Double(parts[2][dots.upperBound...]), first.isFinite, last.isFinite
        else { throw wrong }
        return TranslatedAxis(parts[0], units: parts[1], from: first, through: last)
    }
}
