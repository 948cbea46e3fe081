import HDF5Filters
import Testing

@Suite("Szip")
struct SzipTests {
    /// Data with flat, sparse, smooth and rough parts, so that every form of block occurs.
    private func samples(_ count: Int, bits: Int, seed: UInt64) -> [UInt32] {
        var generator = SeededGenerator(seed: seed)
        let largest = UInt32.max >> UInt32(32 - bits)
        var values: [UInt32] = []
        var level = largest / 2
        while values.count < count {
            let length = Int.random(in: 1...300, using: &generator)
            let kind = Int.random(in: 0..<5, using: &generator)
            for _ in 0..<length {
                switch kind {
                case 0: level = 0
                case 1: level = UInt32.random(in: 0..<8, using: &generator) == 0 ? 1 : 0
                case 2: level = (level &+ UInt32.random(in: 0...2, using: &generator)) & largest
                case 3: level = min(largest, level &+ UInt32.random(in: 0...(largest / 16 + 1), using: &generator))
                default: level = UInt32.random(in: 0...largest, using: &generator) >> UInt32(bits / 2)
                }
                values.append(level)
            }
        }
        return Array(values.prefix(count))
    }

    @Test(
        "Samples of every width come back, with and without prediction, for blocks and scanlines of any size",
        arguments: [1, 2, 3, 5, 7, 8, 9, 12, 16, 17, 20, 24], [128, 160])
    func roundTrips(bits: Int, mask: UInt32) throws {
        let workspace = FilterWorkspace()
        for order in [8, 16] as [UInt32] {
            for (block, scanline) in [(2, 16), (8, 64), (10, 37), (16, 5), (32, 4096), (32, 1000), (2, 300)] {
                for count in [1, 31, 1000, 2777] {
                    let values = samples(count, bits: bits, seed: UInt64(count + block))
                    let plain =
                        bits <= 8
                        ? values.map { UInt8($0) }
                        : bits <= 16
                            ? bytes(of: values.map { UInt16($0) }, bigEndian: order == 16)
                            : bytes(of: values, bigEndian: order == 16)
                    let harness = try FilterHarness(
                        4, [mask | order, UInt32(block), UInt32(bits), UInt32(scanline)], workspace: workspace)
                    guard let encoded = try harness.encode(plain, capacity: plain.count * 2 + 64) else { continue }
                    #expect(encoded.count <= plain.count + 4)
                    #expect(try harness.decode(encoded, capacity: plain.count) == plain)
                }
            }
        }
    }

    @Test("Wide pixels are coded as byte planes", arguments: [32, 64] as [UInt32])
    func planes(bits: UInt32) throws {
        let harness = try FilterHarness(4, [169, 16, bits, 128])
        let plain = bytes(of: (0..<500).map { UInt64($0 * $0 / 9) })
        #expect(try harness.roundTrip(plain).count < plain.count * 2 / 3)
    }

    @Test("Long runs of zeros use the codes for runs within and to the end of a segment")
    func zeroRuns() throws {
        for zeros in [1, 2, 3, 4, 5, 6, 7, 63, 64, 65, 127, 128, 129, 255, 256, 300] {
            for mask in [141, 169] as [UInt32] {
                let harness = try FilterHarness(4, [mask, 2, 8, 256])
                let end = [3, 200] + [UInt8](repeating: 0, count: 900)
                let plain = [9, 0] + [UInt8](repeating: 0, count: zeros * 2) + end
                #expect(try harness.roundTrip(plain).count < 60)
            }
        }
    }

    @Test("Incompressible data and outputs that are too small are declined")
    func declines() throws {
        var generator = SeededGenerator(seed: 9)
        let harness = try FilterHarness(4, [141, 8, 8, 64])
        #expect(try harness.encode(generator.bytes(4000), capacity: 9000) == nil)
        let zeros = [UInt8](repeating: 0, count: 4000)
        let encoded = try #require(try harness.encode(zeros, capacity: 4000))
        #expect(try harness.encode(zeros, capacity: encoded.count - 1) == nil)
        #expect(try harness.encode(zeros, capacity: 3) == nil)
        #expect(try harness.encode(zeros, capacity: encoded.count) == encoded)
    }

    @Test("Streams that no encoder makes are damaged")
    func damage() throws {
        let harness = try FilterHarness(4, [141, 8, 8, 16])
        // A run of three zero blocks in a scanline of two: option 000, selector 0, then 001.
        #expect(harness.decodingError(hexadecimal("10000000 02 00"), capacity: 16) == .damaged)
        // Split sample option 1 (no low bits) with a code word of 300 zeros, more than 8 bits can hold.
        let long = hexadecimal("10000000 20") + [UInt8](repeating: 0, count: 37) + [UInt8](repeating: 255, count: 20)
        #expect(harness.decodingError(long, capacity: 16) == .damaged)
        // A second extension code word of more than a million zeros.
        let ones = [UInt8](repeating: 255, count: 9)
        let endless = hexadecimal("10000000 10") + [UInt8](repeating: 0, count: 140_000) + ones
        #expect(harness.decodingError(endless, capacity: 16) == .damaged)
        #expect(harness.decodingError(hexadecimal("100000"), capacity: 16) == .damaged)
        #expect(harness.decodingError(hexadecimal("11000000 0200"), capacity: 16) == .outputTooLarge)
        let wide = try FilterHarness(4, [141, 8, 16, 16])
        #expect(wide.decodingError(hexadecimal("0f000000 0200"), capacity: 16) == .damaged)
    }

    @Test(
        "Parameters that make no sense are refused",
        arguments: [
            [], [141, 8, 8], [141, 7, 8, 64], [141, 0, 8, 64], [141, 34, 8, 64], [141, 8, 0, 64], [141, 8, 25, 64],
            [141, 8, 33, 64], [141, 8, 8, 0], [141, 8, 8, 4097], [141, 8, UInt32.max, UInt32.max],
        ] as [[UInt32]])
    func badParameters(values: [UInt32]) throws {
        let harness = try FilterHarness(4, values)
        #expect(harness.decodingError([UInt8](repeating: 0, count: 40), capacity: 16) == .badParameters)
        let error = #expect(throws: FilterError.self) { try harness.encode([1, 2], capacity: 99) }
        #expect(error?.code == .badParameters)
    }

    @Test("Samples that exceed their width are refused when writing")
    func wideSamples() throws {
        let harness = try FilterHarness(4, [141, 8, 5, 64])
        let error = #expect(throws: FilterError.self) { try harness.encode([31, 32], capacity: 99) }
        #expect(error?.code == .badParameters)
        let odd = try FilterHarness(4, [141, 8, 16, 64])
        #expect(throws: FilterError.self) { try odd.encode([31, 32, 33], capacity: 99) }
    }
}
