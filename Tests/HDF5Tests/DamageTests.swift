import Foundation
import HDF5
import Testing

/// Damaged copies of every fixture: an `H5Error` or data, never a trap, a hang or a balloon.
///
/// `H5_DAMAGE_FLIPS` sets the number of byte flips per fixture (2,000 for the full run).
@Suite struct DamageTests {
    static let flips = ProcessInfo.processInfo.environment["H5_DAMAGE_FLIPS"].flatMap(Int.init) ?? 40
    static let limits = H5Limits(bytesPerCall: 64 << 20, objectsPerWalk: 20_000, nestingDepth: 8)

    private func read(_ bytes: [UInt8]) {
        do {
            try readEverything(H5File.open(bytes: bytes, limits: Self.limits))
        } catch {
            #expect(error is H5Error, "\(error)")
        }
    }

    @Test("a file that is cut anywhere gives an error or data", arguments: Fixtures.names(in: "hdf5"))
    func cut(_ name: String) throws {
        let bytes = try Fixtures.bytes(Fixtures.hdf5(name))
        for part in 0..<20 { read(Array(bytes.prefix(bytes.count * part / 20))) }
    }

    @Test("a file with a changed byte gives an error or data", arguments: Fixtures.names(in: "hdf5"))
    func flip(_ name: String) throws {
        let bytes = try Fixtures.bytes(Fixtures.hdf5(name))
        var random = SeededGenerator(seed: UInt64(bytes.count))
        for _ in 0..<Self.flips {
            var damaged = bytes
            let place = Int.random(in: 0..<bytes.count, using: &random)
            damaged[place] = UInt8.random(in: 0...255, using: &random)
            let start = ContinuousClock.now
            read(damaged)
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            #expect(seconds < 5, "\(name) with byte \(place) set to \(damaged[place]) took \(seconds) s")
        }
    }
}
