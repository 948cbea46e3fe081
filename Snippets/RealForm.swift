// RealForm OUT.h5: brings complex data to real numbers, as statistics need them, and back.
import HDF5
import USID

do {
    guard CommandLine.arguments.count == 2 else { throw H5Error(.invalidArgument, "usage: RealForm OUT.h5") }
    let file = try H5File.create(CommandLine.arguments[1], replacing: true)
    let frequency = USIDDimension("Frequency", units: "kHz", count: 4)
    let positions = USIDDimension("X", units: "nm", count: 3)
    let main = try USIDDataset.create(
        in: file.createMeasurementGroup().createChannelGroup(), "Raw_Data", quantity: "Response", units: "a.u.",
        positions: .fastestFirst([positions]), spectroscopic: .fastestFirst([frequency]),
        values: (0..<12).map { Complex<Float>(Float($0), Float(-$0)) })
    // snippet.real
    let real = try main.readReal(as: Float.self)  // each row: four real parts, then four imaginary parts
    print(real.shape, try main.realForm.parts.map(\.name))
    let halved = try H5Array(shape: real.shape, elements: real.elements.map { $0 / 2 })
    let complex: H5Array<Complex<Float>> = try halved.stackedToComplex()
    print(complex.elements.prefix(2))
    // snippet.end
    try file.commit()
} catch {
    print(error)
}
