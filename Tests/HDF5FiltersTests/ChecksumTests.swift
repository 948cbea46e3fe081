import HDF5Filters
import Testing

@Suite("Checksums")
struct ChecksumTests {
    /// The definition: big-endian words in runs of 360, folded after each run.
    private func reference(_ bytes: [UInt8]) -> UInt32 {
        func fold(_ value: UInt32) -> UInt32 { (value & 0xFFFF) + (value >> 16) }
        var first: UInt32 = 0
        var second: UInt32 = 0
        var offset = 0
        var words = bytes.count / 2
        while words > 0 {
            let run = min(words, 360)
            words -= run
            for _ in 0..<run {
                first += UInt32(bytes[offset]) << 8 | UInt32(bytes[offset + 1])
                second += first
                offset += 2
            }
            first = fold(first)
            second = fold(second)
        }
        if bytes.count % 2 == 1 {
            first += UInt32(bytes[offset]) << 8
            second += first
            first = fold(first)
            second = fold(second)
        }
        return fold(second) << 16 | fold(first)
    }

    @Test("The checksum of abcde is the published one, stored little-endian")
    func knownVector() throws {
        let harness = try FilterHarness(3)
        let stored = Array("abcde".utf8) + hexadecimal("c729f04f")
        #expect(try harness.encode(Array("abcde".utf8), capacity: 9) == stored)
        #expect(try harness.decode(stored, capacity: 5) == Array("abcde".utf8))
    }

    @Test("The vectorised sums equal the definition, with zeros and all-ones words too")
    func matchesDefinition() throws {
        var generator = SeededGenerator(seed: 3)
        let harness = try FilterHarness(3)
        let lengths = Array(0...130) + [719, 720, 721, 1440, 11519, 11520, 11521, 11552, 23040, 40001]
        for length in lengths {
            let samples = [
                generator.bytes(length), [UInt8](repeating: 0, count: length), [UInt8](repeating: 0xFF, count: length),
            ]
            for data in samples {
                let encoded = try #require(try harness.encode(data, capacity: length + 4))
                #expect(Array(encoded.suffix(4)) == bytes(of: [reference(data)]), "\(length) bytes")
                #expect(try harness.decode(encoded, capacity: length) == data)
            }
        }
    }

    @Test("The variant with the bytes of each half swapped is accepted")
    func oldVariant() throws {
        let stored = Array("abcde".utf8) + hexadecimal("29c74ff0")
        #expect(try FilterHarness(3).decode(stored, capacity: 5) == Array("abcde".utf8))
    }

    @Test("Any changed byte is found")
    func detectsChanges() throws {
        let harness = try FilterHarness(3)
        let stored = Array("abcde".utf8) + hexadecimal("c729f04f")
        for place in stored.indices {
            var damaged = stored
            damaged[place] ^= 0x10
            #expect(harness.decodingError(damaged, capacity: 5) == .checksumMismatch)
        }
        #expect(harness.decodingError([1, 2, 3], capacity: 9) == .damaged)
        #expect(harness.decodingError(stored, capacity: 4) == .outputTooLarge)
        #expect(try harness.encode([1, 2], capacity: 5) == nil)
        #expect(try harness.encode([], capacity: 3) == nil)
    }

    @Test("CRC-32 has the published check value, in one piece or many")
    func crc() {
        #expect(crc32(Array("123456789".utf8), piece: 9) == 0xCBF4_3926)
        #expect(crc32(Array("123456789".utf8), piece: 2) == 0xCBF4_3926)
        #expect(CRC32().value == 0)
    }
}
