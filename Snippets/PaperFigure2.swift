// PaperFigure2 OUT.h5: writes the three examples of figure 2 of the paper on USID (arXiv 1903.09515).
//
// An image of 5 × 3 positions, a spectrum of 7 energies at one position, and a spectral image of both. The numbers are made
// up; what matters is how one image, one spectrum and an image of spectra all become a matrix with dimensions.
import HDF5
import USID

let arguments = CommandLine.arguments
guard arguments.count == 2 else {
    print("usage: PaperFigure2 OUT.h5")
    exit(64)
}

// snippet.dimensions
let x = USIDDimension("X", units: "nm", values: stride(from: -250, through: 250, by: 125))
let y = USIDDimension("Y", units: "µm", values: [0, 3.5, 7])
let energy = USIDDimension("Energy", units: "eV", values: (0..<7).map { 500 + Double($0) * 400 / 6 })
// snippet.end

do {
    // snippet.create
    let file = try H5File.create(arguments[1], replacing: true)
    // As the paper has it: in the ancillary datasets the fastest dimension comes first.
    let options = USIDWriteOptions(profile: .pyUSID2019)
    let measurement = try file.createMeasurementGroup()

    // X varies from position to position, Y from line to line; at each position there is one value.
    try USIDDataset.create(
        in: measurement.createChannelGroup(), "Raw_Data", quantity: "Topography", units: "nm",
        positions: .fastestFirst([x, y]).placed(in: measurement), spectroscopic: .single,
        values: (0..<15).map { height($0 % 5, $0 / 5) }, options: options)

    try USIDDataset.create(
        in: measurement.createChannelGroup(), "Raw_Data", quantity: "Intensity", units: "counts",
        positions: .single, spectroscopic: .fastestFirst([energy]).placed(in: measurement),
        values: spectrum(peak: 3), options: options)

    // The same dimensions as above: they are in the file once.
    try USIDDataset.create(
        in: measurement.createChannelGroup(), "Raw_Data", quantity: "Intensity", units: "counts",
        positions: .fastestFirst([x, y]).placed(in: measurement),
        spectroscopic: .fastestFirst([energy]).placed(in: measurement),
        values: (0..<15).flatMap { spectrum(peak: Float($0 % 5) + height($0 % 5, $0 / 5)) }, options: options)

    try file.commit()
    // snippet.end
    for main in try USIDDataset.all(in: file) { print(main) }
    print(try USIDValidator().validate(file))
} catch {
    print(error)
    exit(1)
}

/// The height of a hill.
func height(_ column: Int, _ row: Int) -> Float {
    let (across, along) = (Float(column - 2), Float(row - 1))
    return 1 / (1 + across * across + along * along)
}

/// Seven intensities with a peak.
func spectrum(peak: Float) -> [Float] {
    (0..<7).map { 100 / (1 + (Float($0) - peak) * (Float($0) - peak)) }
}

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif
