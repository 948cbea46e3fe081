import HDF5Filters
import Testing

@Suite("Shuffle")
struct ShuffleTests {
    /// The definition of the filter, byte by byte.
    private func reference(_ bytes: [UInt8], size: Int) -> [UInt8] {
        let count = size > 1 ? bytes.count / size : 0
        guard count > 1 else { return bytes }
        var result: [UInt8] = []
        for plane in 0..<size {
            for element in 0..<count {
                result.append(bytes[element * size + plane])
            }
        }
        return result + bytes[(count * size)...]
    }

    @Test("Four-byte integers come out plane by plane")
    func knownVector() throws {
        let values: [UInt32] = [0x0302_0100, 0x0706_0504, 0x0B0A_0908, 0x0F0E_0D0C, 0x1312_1110]
        let stored = hexadecimal("0004080c10 0105090d11 02060a0e12 03070b0f13")
        let harness = try FilterHarness(2, [4])
        #expect(try harness.encode(bytes(of: values), capacity: 20) == stored)
        #expect(try harness.decode(stored, capacity: 20) == bytes(of: values))
    }

    @Test(
        "Every element size matches the definition, for lengths around the vector width and with odd tails",
        arguments: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 20, 24, 31, 32, 40, 100, 20000])
    func matchesDefinition(size: Int) throws {
        var generator = SeededGenerator(seed: UInt64(size))
        let harness = try FilterHarness(2, [UInt32(size)])
        let unit = max(size, 1)
        for elements in [0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 64, 200] where elements * unit <= 350_000 {
            for tail in Set([0, 1, unit / 2, unit - 1]) {
                let data = generator.bytes(elements * unit + tail)
                let encoded = try harness.encode(data, capacity: data.count)
                #expect(encoded == reference(data, size: size), "\(elements) elements, tail \(tail)")
                #expect(try harness.decode(try #require(encoded), capacity: data.count) == data)
            }
        }
    }

    @Test("An element size beyond the chunk copies")
    func hugeElementSize() throws {
        let harness = try FilterHarness(2, [UInt32.max])
        #expect(try harness.decode([1, 2, 3], capacity: 3) == [1, 2, 3])
    }

    @Test("An output that is too small is an error on decoding and a refusal on encoding")
    func smallOutput() throws {
        let harness = try FilterHarness(2, [2])
        #expect(harness.decodingError([1, 2, 3, 4], capacity: 3) == .outputTooLarge)
        #expect(try harness.encode([1, 2, 3, 4], capacity: 3) == nil)
    }

    @Test("A missing element size is reported")
    func missingParameter() throws {
        #expect(try FilterHarness(2).decodingError([1, 2], capacity: 2) == .badParameters)
    }
}
