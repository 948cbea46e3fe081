import ArgumentParser
import CommandLineSupport
import HDF5
import USID
import USIDProcessing

/// `h5usid process`: a computation over all positions of a Main, resumable.
struct ProcessCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "process",
        abstract: "Fits or filters all positions of a Main dataset, on every core; run again, it goes on.",
        discussion: """
            Results lie in a group beside the Main, <Main>-SHO_Fit_000 or <Main>-FFT_Filtering_000, with all parameters, or \
            in another file. The same process with the same parameters on the same data is not done again: its results \
            are found; what was interrupted goes on at its last checkpoint. Data that changed is noticed.

            sho-fit        amplitude, frequency, quality factor and phase of a resonance in complex spectra
              frequency=LABEL           the dimension with the frequencies (Frequency)
            signal-filter  filters signals in their Fourier transform; frequencies count in one over the unit of the signal
              low-pass=CUTOFF[:ROLLOFF] passes what is below; the edge is a share of the cut-off (0.05)
              harmonics=FIRST:WIDTH:N   passes bands about a frequency and its multiples
              noise-band=CENTER:WIDTH   removes a band; may be given several times
              noise-threshold=SHARE     removes what does not rise above the noise; the share of noise that is kept
              along=LABEL               the dimension of the signal, where there are several
              rate=SAMPLES              samples in one unit, where the values do not say
              filtered=no               does not store the filtered signals
              condensed=yes             stores the spectra where the filters let something pass

            EXAMPLES:
              h5usid process scan.h5 --name sho-fit
                  fits the Main of the file that is no result itself; Ctrl-C keeps what is done, and the same line goes on
              h5usid process scan.h5 /Measurement_000/Channel_000/Raw_Data --name signal-filter \\
                  --param low-pass=50e3 --param noise-threshold=1e-3 --memory 256M -o filtered.h5
                  filters within 256 MiB, into a file of its own
              h5usid process scan.h5 --name sho-fit --dry-run
                  what would be made, how large, and what is there from earlier runs
            """)

    @OptionGroup var input: MainInput
    @Option(help: "The process: sho-fit or signal-filter.")
    var name: ProcessChoice
    @Option(
        name: [.customShort("p"), .long],
        help: ArgumentHelp("A parameter of the process; may be given several times.", valueName: "name=value"))
    var param: [String] = []
    @Option(
        name: [.short, .customLong("output")],
        help: ArgumentHelp("The HDF5 file for the results; by default they go into FILE.", valueName: "out"),
        completion: .file())
    var out: String?
    @Option(help: ArgumentHelp("The processors to use; by default all that it may use.", valueName: "n"))
    var cores: Int?
    @Option(
        help: ArgumentHelp(
            "The memory for batches and results, such as 256M or 2G; by default a quarter of the machine's.",
            valueName: "size"))
    var memory: MemorySize?
    @Option(help: ArgumentHelp("The time between checkpoints.", valueName: "seconds"))
    var checkpoint = 30.0
    @OptionGroup var filter: FilterOption
    @Flag(help: "Compute again, into a new group, what an earlier run made; interrupted, the same command goes on.")
    var override = false
    @Flag(name: [.customShort("n"), .long], help: "Say what would be done, and do nothing.")
    var dryRun = false

    var subject: String { input.file }

    func perform(_ output: Output) throws {
        guard checkpoint >= 0, checkpoint.isFinite else { throw UsageError("--checkpoint is a number of seconds") }
        if let cores, cores < 1 { throw UsageError("--cores is a number from 1 on, not \(cores)") }
        if let out, FileIdentity.areSame(out, input.file) {
            throw UsageError("\(out) is the file that is read; leave -o out to write into it")
        }
        #if MPI
        let ranks = MPIRanks.isStarted ? try MPIRanks() : nil
        defer { ranks?.end() }
        #else
        let ranks: (any ProcessRanks)? = nil
        #endif
        try perform(output, ranks)
    }

    private func perform(_ output: Output, _ ranks: (any ProcessRanks)?) throws {
        let isFirst = ranks?.rank ?? 0 == 0
        var options = ProcessOptions(
            threads: cores, checkpointInterval: .seconds(checkpoint), overridesEarlier: override, ranks: ranks)
        options.filters = try filter.filters ?? []
        let writesSource = out == nil && isFirst && !dryRun
        let source = try input.dataset(
            in: writesSource ? H5File.openForUpdate(input.file) : H5File.open(input.file), prefersSources: true)
        let isNew = out.map { !PlainFile.exists($0) } ?? false
        let target = try out.flatMap { try isFirst ? self.target($0) : nil }
        defer {
            try? target?.close()
            if writesSource { try? source.dataset.file.close() }
        }
        options.target = try target?.root
        do {
            try name.withProcess(
                param, for: source,
                Running(command: self, source: source, options: options, output: output, isFirst: isFirst))
        } catch {
            // A file that was made for results and has none is of no use.
            if let out, let target, isNew, !dryRun, try target.root.count == 0 {
                try? target.close()
                if PlainFile.exists(out) { try? PlainFile.remove(out) }
            }
            throw error
        }
    }

    /// The file for the results, which is made where there is none.
    private func target(_ path: String) throws -> H5File? {
        if PlainFile.exists(path) {
            return try FileError.locating(path) { dryRun ? try H5File.open(path) : try H5File.openForUpdate(path) }
        }
        return dryRun ? nil : try FileError.locating(path) { try H5File.create(path) }
    }

    /// The run of a process.
    private struct Running: ProcessBody {
        let command: ProcessCommand
        let source: USIDDataset
        let options: ProcessOptions
        let output: Output
        let isFirst: Bool

        func run<P: USIDProcess>(_ process: P) throws {
            let run = try ProcessRun(process, on: source, memory: command.memory?.bytes, options: options)
            if command.dryRun { return try describe(run) }
            let bar = ProgressBar(verb: "processing")
            defer { bar.clear() }
            let start = ContinuousClock.now
            let latest = LatestProgress()
            let isFirst = isFirst
            let results: ProcessResults
            do {
                results = try run.perform { progress in
                    latest.note(progress)
                    try Interruption.check()
                    if isFirst, progress.phase == .computing {
                        bar.show(
                            progress.completed, of: progress.total, since: progress.resumed, unit: .count("positions"))
                    }
                }
            } catch is CancellationError {
                bar.clear()
                throw latest.interruption(file: command.out ?? command.input.file)
            }
            bar.clear()
            guard isFirst else { return }
            for note in results.notes { Terminal.complain("note: \(note.escaped)", of: H5USID.name) }
            let file = (command.out ?? command.input.file).escaped
            let positions = results.positionCount.counted("position")
            let place = "\(results.mains.count.counted("result")) in \(results.path.escaped) of \(file)"
            let time = ProgressBar.seconds(ContinuousClock.now - start)
            switch results.origin {
            case .found: output.line("\(positions) were done before, \(place) (--override computes them again)")
            case .computed: output.line("\(positions) in \(time), \(place)")
            case .resumed(let count):
                output.line("\(positions) in \(time), \(count) of them before, \(place)")
            }
        }

        /// Says what a run would do.
        private func describe<P: USIDProcess>(_ run: ProcessRun<P>) throws {
            output.line("\(run.process.name) \(run.process.version) of \(source.path.escaped)")
            for entry in try run.process.parameters.flattened {
                output.line("  \(entry.name.escaped) = \(entry.value.text.escaped)")
            }
            let plan = try run.plan()
            for result in plan.results {
                output.line(
                    "  \(result.name.escaped): \(source.positionCount) × \(result.pointCount) \(result.datatype), "
                        + ByteText.text(result.byteCount))
            }
            output.line(
                "  \(plan.batchPositions.counted("position")) at a time on \(plan.threads.counted("core")), "
                    + "about \(ByteText.text(plan.memory)) in memory")
            for earlier in try run.earlierRuns() {
                switch earlier.state {
                case .complete: output.line("  \(earlier.path.escaped) has all results")
                case .partial(let count):
                    output.line("  \(earlier.path.escaped) has the results of \(count.counted("position"))")
                case .unknown: output.line("  \(earlier.path.escaped) does not say what it has")
                }
            }
        }
    }
}

/// What a run told last.
private final class LatestProgress: Sendable {
    private let last = Locked<ProcessProgress?>(nil)

    func note(_ progress: ProcessProgress) { last.withLock { $0 = progress } }

    /// What a run that was interrupted leaves.
    func interruption(file: String) -> any Error {
        guard let last = last.withLock({ $0 }), let path = last.path, last.phase == .computing else {
            return CancellationError()
        }
        return Interrupted(
            "interrupted; about \(last.completed) of \(last.total) positions are complete in \(path) of \(file): "
                + "the same command goes on from there")
    }
}

extension USIDParameter {
    /// The value as people read it.
    var text: String {
        switch self {
        case .text(let text): text
        case .texts(let texts): texts.joined(separator: ", ")
        case .integer(let value): "\(value)"
        case .integers(let values): values.map { "\($0)" }.joined(separator: ", ")
        case .real(let value): "\(value)"
        case .reals(let values): values.map { "\($0)" }.joined(separator: ", ")
        case .boolean(let value): value ? "yes" : "no"
        case .booleans(let values): values.map { $0 ? "yes" : "no" }.joined(separator: ", ")
        case .nested, .mixed: ""
        }
    }
}
