// SparseScan OUT.h5: writes a spiral, whose points lie on no grid, and a raster that was stopped.
import HDF5
import RealModule
import USID

do {
    guard CommandLine.arguments.count == 2 else { throw H5Error(.invalidArgument, "usage: SparseScan OUT.h5") }
    let file = try H5File.create(CommandLine.arguments[1], replacing: true)
    let measurement = try file.createMeasurementGroup()
    // snippet.spiral
    let angles = (0..<200).map { Double($0) / 8 }
    let spiral = USIDAncillaries.points(fastestFirst: [
        USIDPointColumn("X", units: "nm", values: angles.map { $0 * .cos($0) }),
        USIDPointColumn("Y", units: "nm", values: angles.map { $0 * .sin($0) }),
    ])
    let heights = try USIDDataset.create(
        in: measurement.createChannelGroup(), "Raw_Data", quantity: "Height", units: "nm", positions: spiral,
        spectroscopic: .single, values: angles.map { Float($0 / 25) })
    print(heights.nDimensionalForm)  // none: every point has indices of its own
    // snippet.end
    // snippet.stopped
    let x = USIDDimension("X", units: "nm", count: 10)
    let y = USIDDimension("Y", units: "nm", count: 10)
    let stopped = try USIDDataset.create(
        in: measurement.createChannelGroup(), "Raw_Data", quantity: "Height", units: "nm",
        positions: .fastestFirst([x, y]).first(37), spectroscopic: .single, values: [Float](repeating: 1, count: 37))
    print(stopped.nDimensionalForm)  // none: the raster fills 37 of 40 cells
    // snippet.end
    try file.commit()
} catch {
    print(error)
}
