import HDF5Filters
import Testing

@Suite("LZF")
struct LZFTests {
    private func harness() throws -> FilterHarness { try FilterHarness(32000, [4, 0x105, 0]) }

    @Test("Literals, short, long and overlapping matches are read")
    func knownVectors() throws {
        let harness = try harness()
        #expect(try harness.decode([], capacity: 10) == [])
        #expect(try harness.decode(hexadecimal("02 616263"), capacity: 3) == Array("abc".utf8))
        // "abc", then 5 bytes from a distance of 3.
        #expect(try harness.decode(hexadecimal("02 616263 60 02"), capacity: 8) == Array("abcabcab".utf8))
        // "z", then 7 + 1 + 2 bytes from a distance of 1.
        #expect(try harness.decode(hexadecimal("00 7a e0 01 00"), capacity: 11) == Array("zzzzzzzzzzz".utf8))
    }

    @Test("Streams cut short, reaching before their start or too long are errors")
    func damage() throws {
        let harness = try harness()
        for text in ["02 6162", "02 616263 60", "00 7a e0 01", "00 7a e0", "60 00", "00 7a 20 01"] {
            #expect(harness.decodingError(hexadecimal(text), capacity: 100) == .damaged, "\(text)")
        }
        #expect(harness.decodingError(hexadecimal("02 616263"), capacity: 2) == .outputTooLarge)
        #expect(harness.decodingError(hexadecimal("00 7a e0 01 00"), capacity: 10) == .outputTooLarge)
    }

    @Test("Data with repetitions of all distances and lengths comes back unchanged")
    func roundTrips() throws {
        var generator = SeededGenerator(seed: 5)
        let harness = try harness()
        for count in [8, 50, 300, 4000, 9000, 60_000] {
            for _ in 0..<20 {
                var data = generator.bytes(1)
                while data.count < count {
                    if Int.random(in: 0..<3, using: &generator) == 0 {
                        data += generator.bytes(Int.random(in: 1...70, using: &generator))
                    } else {
                        let distance = Int.random(in: 1...min(data.count, 9000), using: &generator)
                        for _ in 0..<Int.random(in: 3...400, using: &generator) {
                            data.append(data[data.count - distance])
                        }
                    }
                }
                guard let encoded = try harness.encode(data, capacity: data.count) else { continue }
                #expect(encoded.count < data.count)
                #expect(try harness.decode(encoded, capacity: data.count) == data)
            }
        }
        let zeros = [UInt8](repeating: 0, count: 100_000)
        #expect(try harness.roundTrip(zeros).count < 1200)
    }

    @Test("Incompressible data and small outputs are declined")
    func declines() throws {
        var generator = SeededGenerator(seed: 6)
        let harness = try harness()
        #expect(try harness.encode(generator.bytes(5000), capacity: 10_000) == nil)
        #expect(try harness.encode([], capacity: 10) == nil)
        #expect(try harness.encode([1, 1], capacity: 10) == nil)
        let zeros = [UInt8](repeating: 0, count: 1000)
        let encoded = try #require(try harness.encode(zeros, capacity: 1000))
        #expect(try harness.encode(zeros, capacity: encoded.count - 1) == nil)
        #expect(try harness.encode(zeros, capacity: encoded.count) == encoded)
    }

    @Test("Damaged streams never overrun the output")
    func fuzz() throws {
        let harness = try harness()
        let data = (0..<3000).map { UInt8($0 * $0 >> 7 & 0x1F) }
        let stream = try #require(try harness.encode(data, capacity: 3000))
        try harness.survivesDamage(to: stream, capacity: 3000, seed: 12, rounds: 5000)
    }
}
