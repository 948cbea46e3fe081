import HDF5Filters
import Testing

@Suite("Scale-offset")
struct ScaleOffsetTests {
    private func values(
        _ type: Int, _ factor: Int, count: Int, float: Bool = false, size: Int, signed: Bool = true,
        bigEndian: Bool = false, fill: UInt64? = nil
    ) -> [UInt32] {
        var values = [type, factor, count, float ? 1 : 0, size, signed ? 1 : 0, bigEndian ? 1 : 0, fill == nil ? 0 : 1]
            .map { UInt32(truncatingIfNeeded: $0) }
        values.append(UInt32(truncatingIfNeeded: fill ?? 0))
        values.append(UInt32(truncatingIfNeeded: (fill ?? 0) >> 32))
        return values + [UInt32](repeating: 0, count: 10)
    }

    @Test("Twenty consecutive integers take five bits each")
    func knownVector() throws {
        let harness = try FilterHarness(6, values(2, 0, count: 20, size: 4, fill: 0))
        let stored = hexadecimal(
            "05000000 08 6400000000000000 0000000000000000 00443214c74254b635cf846530")
        let plain = bytes(of: (100..<120).map { Int32($0) })
        #expect(try harness.decode(stored, capacity: 80) == plain)
        #expect(try harness.encode(plain, capacity: stored.count) == stored)
        #expect(try harness.encode(plain, capacity: stored.count - 1) == nil)
    }

    private func roundTripIntegers<T: FixedWidthInteger>(_ type: T.Type) throws {
        var generator = SeededGenerator(seed: UInt64(T.bitWidth))
        let workspace = FilterWorkspace()
        for bits in 0...T.bitWidth {
            for (bigEndian, hasFill) in [(false, false), (true, false), (false, true), (true, true)] {
                let low = T.random(in: T.min...T.max, using: &generator)
                let numbers = (0..<50).map { _ -> T in
                    let distance = T.Magnitude.random(in: 0...T.Magnitude.max, using: &generator)
                    return low &+ T(truncatingIfNeeded: bits == 0 ? 0 : distance >> T.Magnitude(T.bitWidth - bits))
                }
                let fill = hasFill ? numbers[7] : nil
                let pattern = fill.map { UInt64(truncatingIfNeeded: T.Magnitude(truncatingIfNeeded: $0)) }
                let harness = try FilterHarness(
                    6,
                    values(
                        2, 0, count: 50, size: T.bitWidth / 8, signed: T.isSigned, bigEndian: bigEndian, fill: pattern),
                    workspace: workspace)
                let encoded = try harness.roundTrip(bytes(of: numbers, bigEndian: bigEndian))
                // Numbers that wrap around need all the bits, others only those of their range and one for the fill.
                let range = (numbers.max() ?? 0) &- (numbers.min() ?? 0)
                if bits < T.bitWidth - 1, T.Magnitude(truncatingIfNeeded: range) >> T.Magnitude(bits) == 0 {
                    #expect(encoded.count <= 21 + 50 * (bits + 1) / 8 + 1)
                }
            }
        }
    }

    @Test("Integers of every width, range, signedness and byte order come back exactly")
    func integers() throws {
        try roundTripIntegers(Int8.self)
        try roundTripIntegers(UInt8.self)
        try roundTripIntegers(Int16.self)
        try roundTripIntegers(UInt16.self)
        try roundTripIntegers(Int32.self)
        try roundTripIntegers(UInt32.self)
        try roundTripIntegers(Int64.self)
        try roundTripIntegers(UInt64.self)
    }

    @Test("Equal integers without a fill value take no bits")
    func noBits() throws {
        let harness = try FilterHarness(6, values(2, 0, count: 9, size: 2))
        let encoded = try harness.roundTrip(bytes(of: [Int16](repeating: -321, count: 9)))
        #expect(encoded.count == 22)
        #expect(encoded[0..<4] == [0, 0, 0, 0])
    }

    @Test("Codes of no bits are all ones too, and so stand for the fill value if there is one")
    func noBitsWithFill() throws {
        let chunk = hexadecimal("00000000 08 0700000000000000 0000000000000000 00")
        let filled = try FilterHarness(6, values(2, 0, count: 3, size: 4, fill: 9))
        #expect(try filled.decode(chunk, capacity: 12) == bytes(of: [9, 9, 9] as [Int32]))
        let plain = try FilterHarness(6, values(2, 0, count: 3, size: 4))
        #expect(try plain.decode(chunk, capacity: 12) == bytes(of: [7, 7, 7] as [Int32]))
    }

    @Test("A factor of all bits leaves the data alone, without a header")
    func unchanged() throws {
        let harness = try FilterHarness(6, values(2, 32, count: 3, size: 4))
        let plain = bytes(of: [1, -2, 3] as [Int32])
        #expect(try harness.roundTrip(plain) == plain)
    }

    @Test("A factor given by the writer keeps that many bits above the minimum")
    func fixedBits() throws {
        let harness = try FilterHarness(6, values(2, 4, count: 4, size: 4))
        let encoded = try harness.roundTrip(bytes(of: [-7, 8, 0, 1] as [Int32]))
        #expect(encoded.count == 21 + 3)
    }

    private func roundTripReals<R: BinaryFloatingPoint>(
        _ numbers: [R], digits: Int, bigEndian: Bool, fill: R?, pattern: (R) -> UInt64, number: (UInt64) -> R
    ) throws -> [R] {
        let size = R.significandBitCount > 23 ? 8 : 4
        let patterns = numbers.map(pattern)
        let plain =
            size == 4
            ? bytes(of: patterns.map { UInt32($0) }, bigEndian: bigEndian) : bytes(of: patterns, bigEndian: bigEndian)
        let harness = try FilterHarness(
            6,
            values(
                0, digits, count: numbers.count, float: true, size: size, bigEndian: bigEndian, fill: fill.map(pattern))
        )
        let encoded = try #require(try harness.encode(plain, capacity: plain.count + 64))
        let decoded = try harness.decode(encoded, capacity: plain.count)
        return stride(from: 0, to: decoded.count, by: size).map { start in
            let piece = decoded[start..<(start + size)]
            return number((bigEndian ? Array(piece) : piece.reversed()).reduce(0) { $0 << 8 | UInt64($1) })
        }
    }

    @Test("Rounded numbers are within half a unit of the last digit kept", arguments: [-2, 0, 1, 3], [false, true])
    func reals(digits: Int, bigEndian: Bool) throws {
        var generator = SeededGenerator(seed: 77)
        let unit = [-2: 100.0, 0: 1.0, 1: 0.1, 3: 0.001][digits, default: 1]
        for fill in [nil, 5000.0] {
            var doubles = (0..<64).map { _ in Double.random(in: -4000...4000, using: &generator) }
            if let fill { doubles[5] = fill }
            let wide = try roundTripReals(
                doubles, digits: digits, bigEndian: bigEndian, fill: fill, pattern: \.bitPattern,
                number: Double.init(bitPattern:))
            #expect(zip(wide, doubles).allSatisfy { abs($0 - $1) <= unit * 0.5000001 })
            let floats = doubles.map { Float($0) }
            let narrow = try roundTripReals(
                floats, digits: digits, bigEndian: bigEndian, fill: fill.map { Float($0) },
                pattern: { UInt64($0.bitPattern) }, number: { Float(bitPattern: UInt32($0)) })
            #expect(zip(narrow, floats).allSatisfy { abs($0 - $1) <= Float(unit) * 0.5 + 0.001 })
            if let fill {
                #expect(wide[5] == fill)
                #expect(narrow[5] == Float(fill))
            }
        }
    }

    @Test("Numbers that have no code make the chunk full precision")
    func fullPrecision() throws {
        for numbers in [[1, .infinity, 2], [1, .nan, 3], [-1e300, 1e300, 0], [0, 1e15, 7]] as [[Double]] {
            let back = try roundTripReals(
                numbers, digits: 5, bigEndian: true, fill: nil, pattern: \.bitPattern, number: Double.init(bitPattern:))
            #expect(back.map(\.bitPattern) == numbers.map(\.bitPattern))
        }
        for digits in [400, -400] {
            let numbers: [Double] = [1, 2, 3.5]
            let back = try roundTripReals(
                numbers, digits: digits, bigEndian: false, fill: nil, pattern: \.bitPattern,
                number: Double.init(bitPattern:))
            #expect(back == numbers)
        }
    }

    @Test("A fill value that is no number stays one")
    func fillIsNaN() throws {
        let back = try roundTripReals(
            [1.25, .nan, 3] as [Double], digits: 2, bigEndian: false, fill: .nan, pattern: \.bitPattern,
            number: Double.init(bitPattern:))
        #expect(back[0] == 1.25 && back[1].isNaN && back[2] == 3)
    }

    @Test("Damaged headers are errors")
    func damagedHeaders() throws {
        let harness = try FilterHarness(6, values(2, 0, count: 4, size: 4))
        #expect(harness.decodingError([UInt8](repeating: 0, count: 20), capacity: 16) == .damaged)
        var chunk = [UInt8](repeating: 0, count: 21 + 17)
        chunk[0] = 33
        #expect(harness.decodingError(chunk, capacity: 16) == .damaged)
        chunk[0] = 32
        #expect(try harness.decode(chunk, capacity: 16) == [UInt8](repeating: 0, count: 16))
        #expect(harness.decodingError(Array(chunk.prefix(21 + 15)), capacity: 16) == .damaged)
        #expect(harness.decodingError(chunk, capacity: 15) == .outputTooLarge)
    }

    @Test("Parameters that make no sense are refused")
    func badParameters() throws {
        let bad = [
            [], [2, 0, 4, 0, 4, 1, 0], values(2, 33, count: 4, size: 4), values(2, 0, count: 4, size: 3),
            values(3, 0, count: 4, size: 4), values(0, 1, count: 4, size: 4),
            values(2, 0, count: 4, float: true, size: 4), values(0, 1, count: 4, float: true, size: 2),
            Array(values(2, 0, count: 4, size: 8, fill: 1).prefix(9)),
        ]
        for values in bad {
            let harness = try FilterHarness(6, values)
            #expect(harness.decodingError([UInt8](repeating: 0, count: 64), capacity: 16) == .badParameters)
        }
        let variable = try FilterHarness(6, values(1, 1, count: 4, float: true, size: 4))
        #expect(variable.decodingError([UInt8](repeating: 0, count: 64), capacity: 16) == .unsupported)
        let short = try FilterHarness(6, values(2, 0, count: 4, size: 4))
        let error = #expect(throws: FilterError.self) { try short.encode([1, 2, 3], capacity: 99) }
        #expect(error?.code == .badParameters)
    }
}
