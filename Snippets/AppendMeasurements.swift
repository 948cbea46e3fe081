// AppendMeasurements OUT.h5 [SCANS]: an instrument that measures until it is stopped.
//
// Each scan appends a row to an extensible, compressed dataset and makes a group with what belongs to that scan. Every ten
// scans are committed; the number of scans that are safe is printed after each commit. Whenever the process ends, also by a
// power failure, the file holds exactly what was committed last (`h5usid recover OUT.h5` where another program is to read
// it after a crash).
import HDF5

let arguments = CommandLine.arguments
guard arguments.count > 1 else {
    print("usage: AppendMeasurements OUT.h5 [SCANS]")
    exit(64)
}
let limit = arguments.count > 2 ? Int(arguments[2]) ?? .max : .max

// snippet.append
let file = try H5File.create(arguments[1], replacing: true)
let spectra = try file.root.createDataset(
    "spectra", of: Float.self, shape: [0, 512], maximum: [.unlimited, 512], chunks: [16, 512],
    filters: [.shuffle, .deflate(4)])
try spectra.setAttribute("units", "V")

for scan in 0..<limit {
    try spectra.append(measure(scan))
    let group = try file.root.createGroup("scans/\(scan)")
    try group.setAttribute("number", scan)
    try group.createDataset("temperatures", [20.5, 20.6 + Double(scan % 10)])
    if scan % 10 == 9 {
        try file.commit()
        report(scan + 1)
    }
}
try file.commit()
// snippet.end

/// One spectrum: a peak that wanders.
func measure(_ scan: Int) -> [Float] {
    (0..<512).map { index in
        let distance = Float(index - scan % 512) / 20
        return 1 / (1 + distance * distance)
    }
}

/// Prints at once, also into a pipe.
func report(_ count: Int) {
    print(count)
    fflush(nil)
}

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif
