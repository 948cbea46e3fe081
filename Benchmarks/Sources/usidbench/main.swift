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
    var peak = 0.0
    /// Opens, works, and gives up the file, all of it timed.
    func timed<Result>(_ body: (USIDDataset) throws -> Result) throws -> Result {
        let result = try measurement.time { try body(USIDDataset(H5File.open(path).dataset(dataset))) }
        // Before the checksum, which needs memory of its own.
        peak = Measurement.peakMemory()
        return result
    }
    /// Opens, works, and gives up the file; the numbers of the result.
    func numbers(_ body: (USIDDataset) throws -> USIDArray<Float>) throws -> [Double] {
        try timed(body).elements.map { Double($0) }
    }
    /// The middle index of each dimension.
    func middle(_ dimensions: [USIDDimension]) -> [String: USIDSelection] {
        Dictionary(uniqueKeysWithValues: dimensions.map { ($0.label, .index($0.size / 2)) })
    }
    let values: [Double]
    switch operation {
    case "open":
        values = try timed { main -> [Double] in
            let dimensions = main.positions + main.spectroscopic
            return try dimensions.map { Double($0.size) + (try $0.requireUnitValues().last ?? 0) }
        }
    case "ndim": values = try numbers { try $0.nDimensional(as: Float.self) }
    case "spectrum": values = try numbers { try $0.slice(middle($0.positions), as: Float.self) }
    case "line": values = try numbers { try $0.slice(middle($0.positions.suffix(1)), as: Float.self) }
    case "map": values = try numbers { try $0.slice(middle($0.spectroscopic), as: Float.self) }
    case "mean":
        values = try numbers { try $0.reduce(over: $0.positions.map(\.label), by: .mean, as: Float.self) }
    default: return nil
    }
    var sum = 0.0
    for (number, value) in values.enumerated() { sum += value * Double(number % 1009 + 1) }
    print(
        "{\"t\": \(measurement.seconds), \"cpu\": \(measurement.processorSeconds), "
            + "\"rss_mb\": \(peak), \"count\": \(values.count), \"sum\": \(sum)}")
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
