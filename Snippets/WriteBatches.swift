// WriteBatches OUT.h5: writes a Main dataset position by position, as an instrument measures, never more than a line in memory.
//
// The scan is a serpentine: every other line runs back. Each line is committed, so that it is safe from a power failure.
import HDF5
import USID

do {
    guard CommandLine.arguments.count == 2 else { throw H5Error(.invalidArgument, "usage: WriteBatches OUT.h5") }
    let file = try H5File.create(CommandLine.arguments[1], replacing: true)
    // snippet.write
    let x = USIDDimension("X", units: "nm", values: (0..<64).map { Double($0) * 5 })
    let y = USIDDimension("Y", units: "nm", values: (0..<16).map { Double($0) * 5 })
    let frequency = USIDDimension("Frequency", units: "kHz", values: (0..<128).map { 300 + Double($0) / 2 })
    let main = try USIDDataset.create(
        in: file.createMeasurementGroup(parameters: ["drive": 0.5, "tip": "Pt"]).createChannelGroup(), "Raw_Data",
        of: Float.self, quantity: "Deflection", units: "mV", positions: .fastestFirst([x, y]).serpentine(),
        spectroscopic: .fastestFirst([frequency]),
        options: USIDWriteOptions(chunks: .shape([64, 128]), filters: [.shuffle, .deflate(4)]))
    for line in 0..<y.size {
        let rows = (0..<x.size).flatMap { measure(line, line % 2 == 0 ? $0 : x.size - 1 - $0, frequency.size) }
        try main.write(rows, atPositions: (line * x.size)..<((line + 1) * x.size))
        try file.commit()
    }
    // snippet.end
    print(main)
} catch {
    print(error)
}

/// A resonance whose frequency follows the place.
func measure(_ line: Int, _ column: Int, _ count: Int) -> [Float] {
    let centre = Float(40 + column / 2 + line)
    return (0..<count).map { 1 / (1 + (Float($0) - centre) * (Float($0) - centre) / 50) }
}
