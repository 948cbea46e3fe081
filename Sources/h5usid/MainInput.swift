import ArgumentParser
import CommandLineSupport
import HDF5
import USID

/// The Main dataset that a verb reads.
struct MainInput: ParsableArguments {
    @Argument(help: ArgumentHelp("The file.", valueName: "file"), completion: .file())
    var file: String

    @Argument(
        help: ArgumentHelp("The path of the Main; it may be left out where there is one only.", valueName: "main"))
    var main: String?

    /// Finds the Main in a file that is open.
    ///
    /// - Parameter prefersSources: Whether one that is no result of another is meant where there is one such only.
    func dataset(in file: H5File, prefersSources: Bool = false) throws -> USIDDataset {
        if let main {
            do {
                return try USIDDataset(file.dataset(main))
            } catch let error as H5Error where error.code == .notFound || error.code == .wrongKind {
                throw UsageError("\(self.file): \(error.message)" + (try Self.known(in: file)))
            }
        }
        let mains = try USIDDataset.all(in: file)
        if mains.count == 1, let only = mains.first { return only }
        if prefersSources {
            let sources = try mains.filter { try $0.sources().isEmpty }
            if sources.count == 1, let only = sources.first { return only }
        }
        guard !mains.isEmpty else {
            throw USIDError(.notMain, path: "", "there is no Main dataset (h5usid-dump --validate may say why)")
        }
        throw UsageError("\(self.file): there are \(mains.count) Main datasets; name one" + (try Self.known(in: file)))
    }

    /// The Mains that there are, for errors.
    private static func known(in file: H5File) throws -> String {
        let paths = try USIDDataset.all(in: file).map(\.path)
        guard !paths.isEmpty else { return " (there is no Main dataset)" }
        return " (there are: \(paths.prefix(8).joined(separator: ", "))\(paths.count > 8 ? ", …" : ""))"
    }
}

/// Where a view of a Main goes.
struct ViewOutput: ParsableArguments {
    /// The kinds of places.
    enum Place {
        case inPlace
        case newFile(String)
        case export(String, USIDViewFormat)
    }

    @Option(
        name: [.short, .customLong("output")],
        help: ArgumentHelp("The file to write: .h5, .csv or .npy.", valueName: "out"), completion: .file())
    var out: String?

    @Flag(help: "Write into FILE, in a results group beside the Main.")
    var inPlace = false

    @OptionGroup var existing: ReplaceOption

    /// Whether a file of the name is replaced.
    var replace: Bool { existing.replace }

    @Option(help: "The name of the new Main; by default that of the source.")
    var name: String?

    func place(notOver input: String) throws -> Place {
        switch (out, inPlace) {
        case (nil, true):
            guard !replace else { throw UsageError("--replace is for -o; --in-place adds to the file") }
            return .inPlace
        case (let out?, false):
            guard !FileIdentity.areSame(out, input) else {
                throw UsageError("\(out) is the file that is read; --in-place writes into it")
            }
            guard let format = Self.format(of: out) else { return .newFile(out) }
            guard name == nil else { throw UsageError("--name is for HDF5 files; \(out) holds nothing but the data") }
            return .export(out, format)
        case (nil, false):
            throw UsageError("say where the result goes: -o OUT.h5, -o OUT.csv, -o OUT.npy or --in-place")
        case (.some, true): throw UsageError("-o and --in-place exclude each other")
        }
    }

    /// The format that the ending of a name stands for; nil for HDF5.
    static func format(of path: String) -> USIDViewFormat? {
        let name = path.lowercased()
        return name.hasSuffix(".csv") ? .csv : name.hasSuffix(".npy") ? .npy : nil
    }

    /// Writes a Main into the file of its source or into a new one; answers where it is.
    ///
    /// Nothing is left where `write` throws.
    func write(
        _ input: MainInput, to file: String?,
        _ write: (_ source: USIDDataset, _ group: H5Group?) throws -> USIDDataset
    ) throws -> Written {
        guard let file else {
            return try H5File.update(input.file) { source in
                Written(try write(try input.dataset(in: source), nil), in: input.file)
            }
        }
        let source = try input.dataset(in: H5File.open(input.file))
        let target = try H5File.create(file, replacing: replace)
        do {
            let written = Written(try write(source, try target.root), in: file)
            try target.commit()
            try target.close()
            return written
        } catch {
            try? target.close()
            throw error
        }
    }

    /// What was written, in words.
    struct Written {
        let text: String

        init(_ main: USIDDataset, in file: String) {
            text =
                "\(main.positionCount.counted("position")) × \(main.spectroscopicPointCount) in \(main.path.escaped) of "
                + file.escaped
        }
    }
}

/// The bar of a verb that goes through the elements of a Main.
struct ElementProgress {
    private let bar: ProgressBar
    let start = ContinuousClock.now

    init(verb: String) { bar = ProgressBar(verb: verb) }

    /// Shows elements as the bytes that they take.
    func callback(for main: USIDDataset) -> USIDProgress {
        let size = main.dataset.datatype.size
        return { done, total in
            try Interruption.check()
            bar.show(done.multipliedClamped(by: size), of: total.multipliedClamped(by: size))
        }
    }

    func clear() { bar.clear() }

    /// The time since the start.
    var duration: String { ProgressBar.seconds(ContinuousClock.now - start) }
}

extension Int {
    fileprivate func multipliedClamped(by other: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}

/// The budget of memory of a verb.
struct MemoryOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The memory that the work may take, such as 64M or 2G; by default 256M.", valueName: "size"))
    var memory: MemorySize?

    var bytes: H5ByteCount { memory?.bytes ?? .mebibytes(256) }
}
