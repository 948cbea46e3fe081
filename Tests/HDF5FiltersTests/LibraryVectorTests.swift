import HDF5Filters
import Testing

@Suite("Chunks of libhdf5")
struct LibraryVectorTests {
    @Test("A chunk that libhdf5 stored decodes to what it holds", arguments: libraryVectors)
    func decodes(vector: LibraryVector) throws {
        let harness = try FilterHarness(vector.identifier, vector.clientValues)
        let plain = hexadecimal(vector.plain)
        let stored = hexadecimal(vector.stored)
        #expect(try harness.decode(stored, capacity: plain.count) == plain)
        #expect(try harness.decode(stored, capacity: plain.count + 100) == plain)
        #expect(harness.decodingError(stored, capacity: plain.count - 1) == .outputTooLarge)
    }

    @Test("Filters with one way to encode give the bytes that libhdf5 stored", arguments: libraryVectors)
    func encodes(vector: LibraryVector) throws {
        let harness = try FilterHarness(vector.identifier, vector.clientValues)
        let plain = hexadecimal(vector.plain)
        if vector.description.contains("lost") {
            #expect(try harness.encode(plain, capacity: plain.count * 2) == nil)
            return
        }
        let encoded = try harness.roundTrip(plain)
        if [2, 3, 5, 6].contains(vector.identifier) {
            #expect(encoded == hexadecimal(vector.stored))
        }
    }

    @Test("A chunk cut at any place never decodes in full", arguments: libraryVectors)
    func truncation(vector: LibraryVector) throws {
        // Shuffle has no end, and the last bytes of LZF, n-bit and scale-offset chunks may be spare.
        guard [1, 3, 4, 5, 6].contains(vector.identifier) else { return }
        let harness = try FilterHarness(vector.identifier, vector.clientValues)
        let stored = hexadecimal(vector.stored)
        let capacity = hexadecimal(vector.plain).count
        for length in 0..<(stored.count - 1) {
            let expected: FilterError.Code = vector.identifier == 3 && length >= 4 ? .checksumMismatch : .damaged
            #expect(harness.decodingError(Array(stored[0..<length]), capacity: capacity) == expected, "\(length) bytes")
        }
    }

    @Test("Damaged chunks never overrun the output", arguments: libraryVectors)
    func fuzz(vector: LibraryVector) throws {
        let harness = try FilterHarness(vector.identifier, vector.clientValues)
        try harness.survivesDamage(
            to: hexadecimal(vector.stored), capacity: hexadecimal(vector.plain).count, seed: 31, rounds: 500)
    }

    @Test("Damaged client values never overrun the output", arguments: libraryVectors)
    func parameterFuzz(vector: LibraryVector) throws {
        var generator = SeededGenerator(seed: 32)
        let stored = hexadecimal(vector.stored)
        let plain = hexadecimal(vector.plain)
        for _ in 0..<500 {
            var values = vector.clientValues
            for _ in 0..<Int.random(in: 1...3, using: &generator) where !values.isEmpty {
                let place = Int.random(in: 0..<values.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: values[place] = UInt32.random(in: 0...40, using: &generator)
                case 1: values[place] = UInt32.random(in: 0...UInt32.max, using: &generator)
                case 2: values[place] = UInt32.max - UInt32.random(in: 0...2, using: &generator)
                default: values.remove(at: place)
                }
            }
            let harness = try FilterHarness(vector.identifier, values)
            do {
                _ = try harness.decode(stored, capacity: plain.count)
            } catch is FilterError {}
            do {
                _ = try harness.encode(plain, capacity: plain.count * 2)
            } catch is FilterError {}
        }
    }
}
