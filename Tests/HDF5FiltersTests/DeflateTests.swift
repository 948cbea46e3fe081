import HDF5Filters
import Testing

@Suite("Deflate")
struct DeflateTests {
    private func sample(_ count: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: UInt64(count))
        return (0..<count).map { UInt8($0 / 37 & 0xFF) ^ UInt8.random(in: 0...3, using: &generator) }
    }

    @Test("Every level comes back unchanged, with one workspace for all", arguments: 0...9)
    func levels(level: UInt32) throws {
        let harness = try FilterHarness(1, [level])
        for count in [0, 1, 2, 100, 5000, 100_000] {
            try harness.roundTrip(sample(count))
        }
    }

    @Test("A stored zlib stream of another encoder is read")
    func knownVector() throws {
        // Stored block: 78 01, final, length 3 and its complement, "abc", Adler-32.
        let stream = hexadecimal("7801 01 0300 fcff 616263 024d0127")
        let harness = try FilterHarness(1, [6])
        #expect(try harness.decode(stream, capacity: 3) == Array("abc".utf8))
        #expect(try harness.decode(stream, capacity: 10) == Array("abc".utf8))
        #expect(try harness.decode(stream + [1, 2, 3], capacity: 3) == Array("abc".utf8))
        #expect(harness.decodingError(stream, capacity: 2) == .outputTooLarge)
        #expect(harness.decodingError(stream, capacity: 0) == .outputTooLarge)
    }

    @Test("A stream cut at any place is damaged, never short data")
    func truncation() throws {
        let harness = try FilterHarness(1, [9])
        let data = sample(400)
        let stream = try #require(try harness.encode(data, capacity: 1000))
        for length in 0..<stream.count {
            #expect(harness.decodingError(Array(stream[0..<length]), capacity: 400) == .damaged, "\(length) bytes")
        }
        #expect(try harness.decode(stream, capacity: 400) == data)
    }

    @Test("A stream that unpacks to more than the chunk stops at the chunk's size")
    func bomb() throws {
        let harness = try FilterHarness(1, [9])
        let stream = try #require(try harness.encode([UInt8](repeating: 0, count: 1 << 20), capacity: 5000))
        #expect(harness.decodingError(stream, capacity: 4096) == .outputTooLarge)
        #expect(harness.decodingError(stream, capacity: 1 << 20 - 1) == .outputTooLarge)
    }

    @Test("A workspace works after errors of every kind")
    func reuseAfterError() throws {
        let harness = try FilterHarness(1, [5])
        let data = sample(3000)
        let stream = try harness.roundTrip(data)
        #expect(harness.decodingError(Array(stream.prefix(40)), capacity: 3000) == .damaged)
        #expect(try harness.decode(stream, capacity: 3000) == data)
        #expect(harness.decodingError(stream, capacity: 100) == .outputTooLarge)
        #expect(try harness.decode(stream, capacity: 3000) == data)
        var broken = stream
        broken[broken.count - 1] ^= 1
        #expect(harness.decodingError(broken, capacity: 3000) == .damaged)
        #expect(harness.decodingError([0x00, 0x01, 0x02], capacity: 3000) == .damaged)
        #expect(try harness.encode(data, capacity: 10) == nil)
        #expect(try harness.encode(data, capacity: 0) == nil)
        #expect(try harness.encode(data, capacity: 6000) == stream)
        #expect(try harness.decode(stream, capacity: 3000) == data)
    }

    @Test("A preset dictionary is refused by name")
    func presetDictionary() throws {
        let stream = hexadecimal("78bb 00000001 0300")
        #expect(try FilterHarness(1, [6]).decodingError(stream, capacity: 10) == .unsupported)
    }

    @Test("Levels outside 0 to 9 are refused when writing")
    func badLevel() throws {
        for values in [[], [10], [UInt32.max]] as [[UInt32]] {
            let harness = try FilterHarness(1, values)
            let error = #expect(throws: FilterError.self) { try harness.encode([1, 2, 3], capacity: 100) }
            #expect(error?.code == .badParameters)
        }
    }

    @Test("Damaged streams never overrun the output")
    func fuzz() throws {
        let harness = try FilterHarness(1, [6])
        let stream = try #require(try harness.encode(sample(2000), capacity: 3000))
        try harness.survivesDamage(to: stream, capacity: 2000, seed: 11, rounds: 2000)
    }
}
