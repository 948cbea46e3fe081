import BenchSupport
import HDF5
import USID

/// What a scientist does with a Main dataset, timed from opening the file to the result.
///
///     usidbench OP FILE DATASET
///
/// `open` (dimensions and sizes), `ndim` (the N-dimensional form), `spectrum` (one position), `line` (the spectra of one
/// value of the slowest position dimension), `map` (one spectroscopic index), `mean` (over all positions). Prints one line
/// of JSON, as h5bench does; the checksum is the sum of the values, in the order of the result, each times its number plus
/// one modulo 1009.
func measure(_ operation: String, _ path: String, _ dataset: String) throws -> Double? {
    var measurement = Measurement()
    /// Opens, works, and gives up the file, all of it timed.
    func timed<Result>(_ body: (USIDDataset) throws -> Result) throws -> Result {
        try measurement.time { try body(USIDDataset(H5File.open(path).dataset(dataset))) }
    }
    let values: [Double]
    switch operation {
    case "open":
        values = try timed { main in
            let dimensions = main.positions + main.spectroscopic
            return try dimensions.map { Double($0.size) + (try $0.requireUnitValues().last ?? 0) }
        }
    case "ndim": values = try timed { try $0.nDimensional(as: Float.self) }.array.elements.map { Double($0) }
    case "spectrum":
        values = try timed { main in
            let middle = Dictionary(
                uniqueKeysWithValues: main.positions.map { ($0.label, USIDSelection.index($0.size / 2)) })
            return try main.slice(middle, as: Float.self).array.elements
        }.map { Double($0) }
    case "line":
        values = try timed { main in
            guard let slowest = main.positions.last else { return [] }
            return try main.slice([slowest.label: .index(slowest.size / 2)], as: Float.self).array.elements
        }.map { Double($0) }
    case "map":
        values = try timed { main in
            let middle = Dictionary(
                uniqueKeysWithValues: main.spectroscopic.map { ($0.label, USIDSelection.index($0.size / 2)) })
            return try main.slice(middle, as: Float.self).array.elements
        }.map { Double($0) }
    case "mean":
        values = try timed { main in
            try main.reduce(over: main.positions.map(\.label), by: .mean, as: Float.self).array.elements
        }.map { Double($0) }
    default: return nil
    }
    var sum = 0.0
    for (number, value) in values.enumerated() { sum += value * Double(number % 1009 + 1) }
    print(
        "{\"t\": \(measurement.seconds), \"cpu\": \(measurement.processorSeconds), "
            + "\"rss_mb\": \(Measurement.peakMemory()), \"count\": \(values.count), \"sum\": \(sum)}")
    return sum
}

let arguments = CommandLine.arguments
guard arguments.count == 4 else {
    print("usage: usidbench OP FILE DATASET")
    throw H5Error(.invalidArgument, "three arguments are needed")
}
guard try measure(arguments[1], arguments[2], arguments[3]) != nil else {
    throw H5Error(.invalidArgument, "there is no operation '\(arguments[1])'")
}
