// PeakMap IN.h5 [OUT.h5]: the height and the place of the peak at every position, by a process of its own; run again, it finds them.
import HDF5
import USID
import USIDProcessing

// snippet.process
struct PeakMap: USIDPositionProcess {
    let name = "Peak_Map", version = "1.0"
    var threshold: Float = 0  // stored with the results, part of what makes a run the same

    func results(for source: USIDDataset) throws -> [ResultDataset] {
        [
            .perPosition("Height", quantity: source.quantity, units: source.units, of: Float.self),
            .perPosition("Place", quantity: "Index", units: "", of: Int32.self),
        ]
    }

    func compute(_ spectrum: ArraySlice<Float>, at position: Int, into results: inout ResultRow) throws {
        let peak = spectrum.indices.max { spectrum[$0] < spectrum[$1] } ?? spectrum.startIndex
        results[0] = spectrum[peak] > threshold ? spectrum[peak] : 0
        results[1] = Int32(peak - spectrum.startIndex)
    }
}
// snippet.end

do {
    guard (2...3).contains(CommandLine.arguments.count) else {
        throw H5Error(.invalidArgument, "usage: PeakMap IN.h5 [OUT.h5]")
    }
    let target = CommandLine.arguments.count > 2 ? try H5File.create(CommandLine.arguments[2], replacing: true) : nil
    let file =
        try target == nil ? H5File.openForUpdate(CommandLine.arguments[1]) : H5File.open(CommandLine.arguments[1])
    guard let main = try USIDDataset.all(in: file).first(where: { try $0.sources().isEmpty }) else {
        throw H5Error(.notFound, "there is no Main to start from")
    }
    // snippet.run
    let run = try ProcessRun(
        PeakMap(), on: main, memory: .mebibytes(256), options: ProcessOptions(target: target?.root))
    for try await progress in run.start() { print(progress) }
    // snippet.end
} catch {
    print(error)
}
