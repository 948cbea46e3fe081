// Results OUT.h5: measures, computes something from it, and keeps how.
import HDF5
import USID

do {
    guard CommandLine.arguments.count == 2 else { throw H5Error(.invalidArgument, "usage: Results OUT.h5") }
    let file = try H5File.create(CommandLine.arguments[1], replacing: true)
    let x = USIDDimension("X", units: "nm", count: 8)
    let y = USIDDimension("Y", units: "nm", count: 6)
    let bias = USIDDimension("Bias", units: "V", values: [-1, -0.5, 0, 0.5, 1])
    let currents = (0..<240).map { Float($0 / 5 * ($0 % 5 - 2)) }
    let main = try USIDDataset.create(
        in: file.createMeasurementGroup().createChannelGroup(), "Raw_Data", quantity: "Current", units: "nA",
        positions: .fastestFirst([x, y]), spectroscopic: .fastestFirst([bias]),
        values: currents)
    // snippet.results
    // The group is called Raw_Data-Conductance_000 and lies beside its source, to which it refers.
    let group = try main.createResultsGroup(
        "Conductance", algorithm: "difference", parameters: ["from": -1, "through": 1, "fit": ["order": 1]])
    let values = try main.dataset.read(as: Float.self).elements  // five currents for each position
    let conductances = (0..<main.positionCount).map { position -> Float in
        let row = values[(position * 5)..<(position * 5 + 5)]
        return (row[row.endIndex - 1] - row[row.startIndex]) / 2
    }
    let result = try USIDDataset.create(
        in: group, "Conductance", quantity: "Conductance", units: "nS", positions: .shared(with: main),
        spectroscopic: .single, values: conductances)
    // snippet.end
    try file.commit()
    print(result)
} catch {
    print(error)
}
