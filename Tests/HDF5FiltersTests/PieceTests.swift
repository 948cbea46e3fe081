import Testing

@testable import HDF5Filters

/// What filters do in pieces is what they do at once.
@Suite("Pieces") struct PieceTests {
    /// Pieces of random lengths, empty ones among them.
    private func pieces(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 0...700, using: &generator))
            pieces.append(Array(bytes[start..<end]))
            start = end
        }
        return pieces
    }

    @Test("Fletcher-32", arguments: [0, 1, 2, 31, 33, 1_000, 99_999])
    func fletcher(_ count: Int) throws {
        var generator = SeededGenerator(seed: 31)
        let bytes = generator.bytes(count)
        for _ in 0..<20 {
            var sum = Fletcher32Sum()
            for piece in pieces(bytes, &generator) { sum.update(piece.span.bytes) }
            #expect(sum.value == fletcher32(bytes.span.bytes))
        }
    }

    @Test("Adler-32 is that of RFC 1950", arguments: [0, 1, 15, 16, 17, 5_552, 16_384, 100_003])
    func adler(_ count: Int) {
        var generator = SeededGenerator(seed: 32)
        for bytes in [generator.bytes(count), [UInt8](repeating: 255, count: count)] {
            var (low, high): (UInt32, UInt32) = (1, 0)
            for byte in bytes {
                low = (low + UInt32(byte)) % 65_521
                high = (high + low) % 65_521
            }
            for _ in 0..<5 {
                var sum = Adler32()
                for piece in pieces(bytes, &generator) { sum.update(piece.span.bytes) }
                #expect(sum.value == high << 16 | low)
            }
        }
    }

    @Test("a stream that is decompressed in pieces of input and output", arguments: [1, 7, 1_000, 70_000])
    func inflate(_ size: Int) throws {
        var generator = SeededGenerator(seed: 33)
        let data = generator.bytes(1_000) + (0..<50_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let harness = try FilterHarness(1, [6])
        let stream = try #require(try harness.encode(data, capacity: data.count * 2)) + [1, 2, 3]
        let workspace = FilterWorkspace()
        try workspace.beginInflating()
        var found: [UInt8] = []
        var used = 0
        var isEnd = false
        while !isEnd {
            let input = Array(stream[used..<min(stream.count, used + size)])
            var output = [UInt8](repeating: 0, count: size)
            var span = output.mutableSpan
            var bytes = span.mutableBytes
            let progress = try workspace.inflate(input.span.bytes, into: &bytes)
            try #require(progress.consumed > 0 || progress.produced > 0 || progress.isEnd)
            found += output[..<progress.produced]
            used += progress.consumed
            isEnd = progress.isEnd
        }
        #expect(found == data)
        #expect(used == stream.count - 3)
    }

    @Test("a wrong checksum of a stream is damage, cut anywhere or not at all")
    func checksum() throws {
        let data = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
        let harness = try FilterHarness(1, [6])
        let stream = try #require(try harness.encode(data, capacity: 10_000))
        for place in (stream.count - 4)..<stream.count {
            var damaged = stream
            damaged[place] ^= 1
            #expect(harness.decodingError(damaged, capacity: data.count) == .damaged)
            #expect(harness.decodingError(damaged, capacity: data.count + 10) == .damaged)
        }
        #expect(try harness.decode(stream, capacity: data.count) == data)
    }

    @Test("planes of elements of any size", arguments: 1...17)
    func planes(_ size: Int) {
        var generator = SeededGenerator(seed: 34)
        for count in [1, 2, 15, 16, 17, 100] {
            let shuffled = generator.bytes(count * size)
            var expected = [UInt8](repeating: 0, count: count * size)
            for element in 0..<count {
                for rank in 0..<size { expected[element * size + rank] = shuffled[rank * count + element] }
            }
            var found = generator.bytes(count * size)
            for rank in 0..<size {
                var start = 0
                while start < count {
                    let end = min(count, start + Int.random(in: 1...40, using: &generator))
                    let plane = Array(shuffled[(rank * count + start)..<(rank * count + end)])
                    var elements = Array(found[(start * size)..<(end * size)])
                    var span = elements.mutableSpan
                    var bytes = span.mutableBytes
                    mergePlane(plane.span.bytes, rank: rank, elementSize: size, into: &bytes)
                    found.replaceSubrange((start * size)..<(end * size), with: elements)
                    start = end
                }
            }
            #expect(found == expected, "\(count) elements")
        }
    }
}
