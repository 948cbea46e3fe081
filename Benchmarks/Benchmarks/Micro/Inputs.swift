import HDF5Filters

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// The bytes that the benchmarks work on, the same in every run.
enum Inputs {
    /// One MiB of 32-bit floats as an instrument gives them: a slow wave with noise in the low bits.
    static let samples: [UInt8] = {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1 << 20)
        var noise: UInt32 = 1
        for index in 0..<(1 << 18) {
            noise = noise &* 1_664_525 &+ 1_013_904_223
            let value = Float(index % 1_024) * 0.25 + Float(noise >> 24) / 256
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }()

    /// The samples as a filter stores them.
    static func encoded(by identifier: UInt16, _ clientValues: [UInt32]) throws -> [UInt8] {
        guard let filter = BuiltInFilters.filter(identifier) else { return [] }
        var output = [UInt8](repeating: 0, count: 2 * samples.count)
        var span = output.mutableSpan
        var bytes = span.mutableBytes
        let count = try filter.encode(
            samples.span.bytes, into: &bytes, clientValues: clientValues, workspace: FilterWorkspace())
        return Array(output[..<(count ?? 0)])
    }

    /// The bytes of a fixture of the project.
    static func fixture(_ name: String) -> [UInt8] {
        let path = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined() + "/Fixtures/hdf5/" + name
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&piece, 1, piece.count, file)
            if count == 0 { return bytes }
            bytes += piece[..<count]
        }
    }
}
