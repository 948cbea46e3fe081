import HDF5Filters
import Testing

@Suite("N-bit")
struct NBitTests {
    @Test("Five bits of a 16-bit integer are packed most significant bit first")
    func knownVector() throws {
        let harness = try FilterHarness(5, [8, 0, 10, 1, 2, 0, 5, 3])
        let plain = bytes(of: (0..<10).map { UInt16($0) << 3 })
        let stored = hexadecimal("00443214c74240")
        #expect(try harness.encode(plain, capacity: 7) == stored)
        #expect(try harness.decode(stored, capacity: 20) == plain)
        #expect(try harness.encode(plain, capacity: 6) == nil)
        #expect(harness.decodingError(stored, capacity: 19) == .outputTooLarge)
        #expect(harness.decodingError(Array(stored.prefix(6)), capacity: 20) == .damaged)
    }

    @Test("Every precision and offset keeps its bits and clears the others", arguments: [1, 2, 3, 4, 5, 8, 9, 16])
    func precisions(size: Int) throws {
        var generator = SeededGenerator(seed: UInt64(size))
        let workspace = FilterWorkspace()
        for precision in 1...(size * 8) {
            for offset in Set([0, 1, (size * 8 - precision) / 2, size * 8 - precision])
            where offset + precision <= size * 8 {
                for order in [0, 1] {
                    let values = [8, 0, 9, 1, size, order, precision, offset].map { UInt32($0) }
                    let harness = try FilterHarness(5, values, workspace: workspace)
                    let data = generator.bytes(9 * size)
                    let kept = data.indices.map { index -> UInt8 in
                        let rank = order == 0 ? index % size : size - 1 - index % size
                        var mask: UInt8 = 0
                        for bit in 0..<8 where (offset..<(offset + precision)).contains(rank * 8 + bit) {
                            mask |= 1 << UInt8(bit)
                        }
                        return data[index] & mask
                    }
                    let encoded = try #require(try harness.encode(data, capacity: 200))
                    #expect(encoded.count == 9 * precision / 8 + 1)
                    #expect(try harness.decode(encoded, capacity: data.count) == kept, "\(values)")
                }
            }
        }
    }

    @Test("Gaps of a compound type decode as zero")
    func gaps() throws {
        // 6 bytes: a byte at 1, an array of two big-endian 16-bit integers of 4 bits at 2.
        let values: [UInt32] = [18, 0, 2, 3, 6, 2, 1, 4, 1, 2, 2, 4, 1, 2, 1, 4, 0]
        let harness = try FilterHarness(5, [UInt32(values.count)] + values.dropFirst())
        let stored = hexadecimal("ab cd ef 01 00")
        #expect(
            try harness.decode(stored, capacity: 12)
                == hexadecimal("00 ab 000c 000d 00 ef 0000 0001"))
    }

    @Test("The flag for data that needs no packing copies, whatever the type")
    func unchanged() throws {
        let harness = try FilterHarness(5, [3, 1, 77])
        #expect(try harness.roundTrip([1, 2, 3]) == [1, 2, 3])
        #expect(harness.decodingError([1, 2, 3], capacity: 2) == .outputTooLarge)
        #expect(try harness.encode([1, 2, 3], capacity: 2) == nil)
    }

    @Test(
        "Parameters that contradict each other are refused",
        arguments: [
            [], [1], [3, 0, 1], [9, 0, 1, 1, 4, 0, 8, 0], [8, 0, 1, 1, 4, 0, 0, 0], [8, 0, 1, 1, 4, 0, 33, 0],
            [8, 0, 1, 1, 4, 0, 30, 3], [8, 0, 1, 1, 4, 2, 30, 0], [8, 0, 1, 1, 0, 0, 1, 0], [5, 0, 1, 7, 4],
            [6, 0, 1, 4, 4, 4], [6, 0, 1, 3, 4, 0], [10, 0, 1, 2, 7, 1, 2, 0, 16, 0], [9, 0, 1, 3, 4, 1, 2, 4, 3],
            [8, 0, 1, 3, 4, 2, 0, 4], [5, 0, 1, 2, 8], [8, 0, 1, 1, 4, 0, UInt32.max, UInt32.max],
        ] as [[UInt32]])
    func badParameters(values: [UInt32]) throws {
        let harness = try FilterHarness(5, values)
        #expect(harness.decodingError([UInt8](repeating: 0, count: 99), capacity: 99) == .badParameters)
    }

    @Test("Types nested beyond reason are refused without exhausting the stack")
    func deepNesting() throws {
        var values: [UInt32] = [0, 0, 1]
        for _ in 0..<100_000 { values += [2, 4] }
        values += [4, 4]
        values[0] = UInt32(values.count)
        let harness = try FilterHarness(5, values)
        #expect(harness.decodingError([1, 2, 3, 4], capacity: 4) == .badParameters)
    }

    @Test("Element counts that multiply beyond the output are refused before any work")
    func hugeCounts() throws {
        let harness = try FilterHarness(5, [5, 0, UInt32.max, 4, UInt32.max])
        #expect(harness.decodingError([1], capacity: 100) != nil)
        let wide = try FilterHarness(5, [8, 0, UInt32.max, 1, 8, 0, 1, 0])
        #expect(wide.decodingError([1], capacity: 100) == .outputTooLarge)
        let error = #expect(throws: FilterError.self) { try wide.encode([1], capacity: 100) }
        #expect(error?.code == .badParameters)
    }

    @Test("Types of which the HDF5 library loses members are declined, and reported when nobody can read them")
    func lostMembers() throws {
        // A compound with an array of compounds and two bytes behind it; the library takes 15 for the offset of these,
        // 3 for their class and 0 for their size.
        let values: [UInt32] = [
            33, 0, 1, 3, 34, 2, 0, 2, 30, 3, 15, 3, 0, 1, 4, 0, 3, 25, 4, 1, 4, 0, 15, 2, 10, 1, 2, 1, 1, 5, 31, 4, 2,
        ]
        let harness = try FilterHarness(5, values)
        let plain = [UInt8](repeating: 7, count: 34)
        #expect(harness.decodingError(plain, capacity: 34) == .unsupported)
        #expect(try harness.encode(plain, capacity: 100) == nil)
    }

    @Test("Types made of random small numbers are handled in little time and room")
    func randomTypes() throws {
        var generator = SeededGenerator(seed: 41)
        let stored = generator.bytes(4000)
        var outcomes: [FilterError.Code?: Int] = [:]
        for _ in 0..<3000 {
            var values: [UInt32] = [0, 0, 2]
            for _ in 0..<Int.random(in: 2...150, using: &generator) {
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: values += [3, UInt32.random(in: 1...9, using: &generator), 3, 1]
                case 1: values += [2, UInt32.random(in: 1...9, using: &generator)]
                case 2: values += [1, 4, 0, UInt32.random(in: 1...32, using: &generator), 0]
                default: values.append(UInt32.random(in: 0...4, using: &generator))
                }
            }
            values[0] = UInt32(values.count)
            outcomes[try FilterHarness(5, values).decodingError(stored, capacity: 400), default: 0] += 1
        }
        #expect(outcomes[.badParameters, default: 0] > 0)
        #expect(outcomes.count > 1)
    }
}
