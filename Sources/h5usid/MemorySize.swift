import ArgumentParser
import HDF5

/// An amount of memory on the command line: `256M`, `2G`, or a number of MiB.
struct MemorySize: ExpressibleByArgument {
    let bytes: H5ByteCount

    init?(argument: String) {
        let units: [(suffix: String, make: (Int) -> H5ByteCount)] = [
            ("K", H5ByteCount.kibibytes), ("M", H5ByteCount.mebibytes), ("G", H5ByteCount.gibibytes),
        ]
        var digits = argument.uppercased()
        for ending in ["IB", "B"] where digits.hasSuffix(ending) { digits.removeLast(ending.count) }
        let unit = units.first { digits.hasSuffix($0.suffix) }
        if unit != nil { digits.removeLast() }
        guard let number = Int(digits), number > 0 else { return nil }
        bytes = (unit?.make ?? H5ByteCount.mebibytes)(number)
    }
}
