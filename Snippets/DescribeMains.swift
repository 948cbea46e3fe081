// Describes every Main dataset of a file, with the values of what was varied at each position.
//
//     swift run DescribeMains scan.h5

import HDF5
import USID

do {
    guard CommandLine.arguments.count == 2 else { throw H5Error(.invalidArgument, "usage: DescribeMains FILE") }
    // snippet.describe
    let file = try H5File.open(CommandLine.arguments[1])
    for main in try USIDDataset.all(in: file) {
        print(main)
        // Where there is no N-dimensional form, the description says why.
        guard case .available(let labels, let shape) = main.nDimensionalForm else { continue }
        print("  axes:", zip(labels, shape).map { "\($0) \($1)" }.joined(separator: ", "))
        for dimension in main.spectroscopic {
            print("  \(dimension.label) in \(dimension.units):", try dimension.requireUnitValues())
        }
    }
    // snippet.end
} catch {
    print(error)
}
