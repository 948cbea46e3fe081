// Prints the mean of each batch of a dataset of any size, within 64 MiB of memory.
//
//     swift run ReadInBatches scan.h5 Measurement_000/Channel_000/Raw_Data

import HDF5

let arguments = CommandLine.arguments
do {
    guard arguments.count == 3 else { throw H5Error(.invalidArgument, "usage: ReadInBatches FILE DATASET") }
    let dataset = try H5File.open(arguments[1]).dataset(arguments[2])
    // While one batch is worked on, the next one is read.
    for try await batch in try dataset.batches(of: Double.self, memory: .mebibytes(64)) {
        let values = batch.values.elements
        let mean = values.reduce(0, +) / Double(max(1, values.count))
        print(batch.ranges.map { "\($0)" }.joined(separator: " × "), "mean", mean)
    }
} catch {
    print(error)
}
