import BenchSupport
import Dispatch
import HDF5
import USID
import USIDProcessing

/// Processes over a Main dataset, timed from opening the file to the last commit.
///
///     processbench OP FILE DATASET CORES OUT [durable]
///
/// Nothing waits for the disk unless `durable` is said, as nothing does in pyUSID.
///
/// `sho` fits oscillators, `fft` filters signals (a low-pass at a tenth of the highest frequency), both with results in FILE.
/// `empty` copies the data through the engine to the new file OUT, `work` smooths it there; `copy` and `smooth` do the same
/// without the engine: threads that read and write the same bytes. Prints one line of
/// JSON, as usidbench does; the checksum is the mean magnitude of what was written.
let arguments = CommandLine.arguments
guard (6...7).contains(arguments.count), let cores = Int(arguments[4]), cores > 0 else {
    print("usage: processbench sho|fft|empty|work|copy|smooth FILE DATASET CORES OUT [durable]")
    throw H5Error(.invalidArgument, "five arguments are needed")
}
let isDurable = arguments.count == 7
let (operation, path, dataset, out) = (arguments[1], arguments[2], arguments[3], arguments[5])

/// Reads, perhaps smooths, and writes the same bytes with the same threads, without an engine.
func withoutEngine(smooths: Bool) throws {
    let options = H5OpenOptions(limits: H5Limits(bytesPerCall: 1 << 32, threads: 1))
    let source = try USIDDataset(H5File.open(path, options: options).dataset(dataset))
    let width = source.spectroscopicPointCount
    let unit = source.dataset.chunkShape?[0] ?? 1
    let rows = max(1, (2 << 20) / (width * 4)) / unit * unit
    let step = max(unit, rows)
    let count = (source.positionCount + step - 1) / step
    let output = try PlainOutput(out)
    DispatchQueue.concurrentPerform(iterations: cores) { thread in
        for number in stride(from: thread, to: count, by: cores) {
            let range = number * step..<min((number + 1) * step, source.positionCount)
            guard
                let values = try? source.dataset.read(
                    as: Float.self,
                    .axes([.range(lower: range.lowerBound, upper: range.upperBound, stride: 1), .whole])
                ).elements
            else { return }
            if smooths {
                var result = [Float](repeating: 0, count: values.count)
                var all = result.mutableSpan
                for row in 0..<range.count {
                    let places = row * width..<(row + 1) * width
                    var target = all._mutatingExtracting(places)
                    smoothed(values.span.extracting(places), to: &target)
                }
                output.write(result, at: range.lowerBound * width * 4)
            } else {
                output.write(values, at: range.lowerBound * width * 4)
            }
        }
    }
    output.finish(waits: isDurable)
}

/// Runs a process; answers the path of the results group.
func run<P: USIDProcess>(_ process: P, elsewhere: Bool) throws -> String {
    let file = elsewhere ? try H5File.create(out, replacing: true) : try H5File.openForUpdate(path)
    let source = elsewhere ? try H5File.open(path) : file
    let options = ProcessOptions(
        threads: cores, target: elsewhere ? try file.root : nil,
        durability: isDurable ? .powerFailure : .processCrash, overridesEarlier: true)
    let results = try ProcessRun(
        process, on: USIDDataset(source.dataset(dataset)), memory: .mebibytes(192), options: options
    ).perform()
    try file.close()
    return results.path
}

/// Some of what was written, read once the clock stands still.
func written(_ results: String, elsewhere: Bool) throws -> [Float] {
    let group = try H5File.open(elsewhere ? out : path).group(results)
    let first = H5Selection.axes([.range(lower: 0, upper: 64, stride: 1), .whole])
    return switch operation {
    case "sho": try group.dataset("Fit").read(field: "Quality Factor", as: Float.self).elements
    case "fft": try group.dataset("Filtered_Data").read(as: Float.self, first).elements
    default: try group.dataset("Copy").read(as: Float.self, first).elements
    }
}

var measurement = Measurement()
var peak = 0.0
var made: String?
let elsewhere = operation == "empty" || operation == "work"
try measurement.time {
    switch operation {
    case "sho": made = try run(SHOFit<Float>(), elsewhere: elsewhere)
    case "fft": made = try run(SignalFilter<Float>(filters: [.lowPass(cutOff: 50e3)]), elsewhere: elsewhere)
    case "empty": made = try run(Plain(), elsewhere: elsewhere)
    case "work": made = try run(Plain(smooths: true), elsewhere: elsewhere)
    case "copy": try withoutEngine(smooths: false)
    case "smooth": try withoutEngine(smooths: true)
    default: throw H5Error(.invalidArgument, "there is no operation '\(operation)'")
    }
    peak = Measurement.peakMemory()
}
let values = try made.map { try written($0, elsewhere: elsewhere) } ?? []
let sum = values.reduce(0.0) { $0 + Double($1.magnitude) } / Double(max(1, values.count))
print(
    "{\"t\": \(measurement.seconds), \"cpu\": \(measurement.processorSeconds), \"rss_mb\": \(peak), \"check\": \(sum)}")
