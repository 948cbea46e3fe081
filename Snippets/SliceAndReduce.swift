// SliceAndReduce OUT.h5: takes parts and statistics of a dataset, in memory and as datasets of their own.
import HDF5
import USID

do {
    guard CommandLine.arguments.count == 2 else { throw H5Error(.invalidArgument, "usage: SliceAndReduce OUT.h5") }
    let file = try H5File.create(CommandLine.arguments[1], replacing: true)
    let x = USIDDimension("X", units: "nm", count: 16)
    let y = USIDDimension("Y", units: "nm", count: 12)
    let frequency = USIDDimension("Frequency", units: "kHz", values: (0..<101).map { 300 + Double($0) / 2 })
    let main = try USIDDataset.create(
        in: file.createMeasurementGroup().createChannelGroup(), "Raw_Data", quantity: "Deflection", units: "mV",
        positions: .fastestFirst([x, y]), spectroscopic: .fastestFirst([frequency]),
        values: (0..<192).flatMap { resonance(at: 30 + Float($0 / 5), count: 101) })
    // snippet.slice
    let map = try main.slice(["Frequency": .nearest(325)], as: Float.self)
    print(map.labels, map.shape)
    let window = try main.slice(["Frequency": .values(310...320), "X": .range(0..<4), "Y": 3], as: Float.self)
    print(window.labels, window.shape)
    // snippet.end
    // snippet.reduce
    let spectrum = try main.reduce(over: ["X", "Y"], by: .mean, as: Double.self)
    print(spectrum.labels, spectrum.shape, spectrum.elements.max() ?? 0)
    let spread = USIDReduction.custom(name: "range") { ($0.max() ?? .nan) - ($0.min() ?? .nan) }
    print(try main.reduce(over: ["Frequency"], by: spread, as: Double.self).shape)
    // snippet.end
    // snippet.write
    try main.writeSlice(["Frequency": .values(310...320)])  // Raw_Data-slice_000/Raw_Data
    let mean = try main.writeReduction(over: ["X", "Y"], by: .mean, as: Float.self)
    try file.commit()
    print(mean)
    // snippet.end
} catch {
    print(error)
}

/// A resonance.
func resonance(at centre: Float, count: Int) -> [Float] {
    (0..<count).map { index -> Float in
        let distance = Float(index) - centre
        return 1 / (1 + distance * distance / 20)
    }
}
