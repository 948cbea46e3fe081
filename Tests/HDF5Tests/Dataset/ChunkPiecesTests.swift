import HDF5Format
import Testing

@testable import HDF5

/// Chunks that are decoded in pieces read as those that are decoded whole, whatever is wrong with them.
@Suite struct ChunkPiecesTests {
    /// What reading gives: values, or that it failed.
    private func outcome<T>(_ body: () throws -> T) -> T? { try? body() }

    private func open(_ bytes: [UInt8], piece: Int?) throws -> [H5Dataset] {
        // What one call keeps for the next would be decoded whole.
        var limits = H5Limits(bytesPerCall: 64 << 20, chunkCache: 0)
        if let piece { limits.decodedPiece = piece }
        return try H5File.open(bytes: bytes, limits: limits).root.walk().compactMap {
            if case .dataset(let dataset) = $0, dataset.chunkShape != nil { return dataset }
            return nil
        }
    }

    /// Selections that leave out something of most chunks, in every way in which axes can be selected.
    private func selections(_ shape: [Int]) -> [H5Selection] {
        guard let rows = shape.first, rows > 0, !shape.contains(0) else { return [.all] }
        let odd = shape.map { H5AxisSelection.range(lower: min(1, $0 - 1), upper: $0, stride: 2) }
        let lists = shape.map { extent in H5AxisSelection.indices([extent - 1, 0, extent / 2]) }
        return [
            .all, .axes(odd), .axes(lists), .axes(shape.dropLast().map { _ in .whole } + [.index(0)]),
            .axes([.range(lower: rows / 3, upper: rows, stride: 1)] + shape.dropFirst().map { _ in .whole }),
        ]
    }

    @Test(
        "bytes, numbers and members of every fixture, of any selection", arguments: Fixtures.names(in: "hdf5"),
        [1, 100])
    func fixtures(_ name: String, _ piece: Int) throws {
        let bytes = try Fixtures.bytes(Fixtures.hdf5(name))
        guard let whole = outcome({ try open(bytes, piece: nil) }) else { return }
        for (dataset, other) in zip(whole, try open(bytes, piece: piece)) where dataset.count < 100_000 {
            for selection in selections(dataset.shape) {
                #expect(
                    outcome { try other.readBytes(selection) } == outcome { try dataset.readBytes(selection) },
                    "\(dataset.path)")
                #expect(
                    outcome { try other.read(as: Int64.self, selection).elements }
                        == outcome { try dataset.read(as: Int64.self, selection).elements }, "\(dataset.path)")
            }
            guard case .compound(let members) = dataset.datatype.kind else { continue }
            for member in members {
                #expect(
                    outcome { try other.read(field: member.name, as: Int32.self).elements }
                        == outcome { try dataset.read(field: member.name, as: Int32.self).elements },
                    "\(dataset.path) \(member.name)")
            }
        }
    }

    @Test(
        "damaged chunks are as readable, and as refused",
        arguments: ["filters-common-latest.h5", "filters-numeric-earliest.h5", "filters-masks-latest.h5"])
    func damage(_ name: String) throws {
        let bytes = try Fixtures.bytes(Fixtures.hdf5(name))
        var generator = SeededGenerator(seed: 11)
        var refused = 0
        for _ in 0..<300 {
            var damaged = bytes
            for _ in 0..<4 {
                damaged[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            guard let whole = outcome({ try open(damaged, piece: nil) }) else { continue }
            for (dataset, other) in zip(whole, try open(damaged, piece: 32)) where dataset.count < 100_000 {
                let expected = outcome { try dataset.readBytes() }
                #expect(outcome { try other.readBytes() } == expected, "\(dataset.path)")
                if expected == nil { refused += 1 }
            }
        }
        #expect(refused > 0)
    }

    @Test("planes give a part of each element as whole elements do", arguments: [(0, 9), (3, 4), (8, 1), (2, 2)])
    func parts(_ offset: Int, _ size: Int) throws {
        let count = 40
        let stored = (0..<(count * 9)).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        for stride in 1...3 {
            var expected = [UInt8](repeating: 0, count: count * stride * size)
            var found = expected
            try expected.withUnsafeMutableBytes { target in
                let sink = RawSink(target, partOffset: offset, partSize: size, storedSize: 9)
                try stored.withUnsafeBytes {
                    try sink.transfer(from: $0, sourceStride: 9, to: 0, stride: stride, count: count)
                }
            }
            try found.withUnsafeMutableBytes { target in
                let sink = RawSink(target, partOffset: offset, partSize: size, storedSize: 9)
                for rank in 0..<9 {
                    let plane = (0..<count).map { stored[$0 * 9 + rank] }
                    let planeSink = try #require(sink.plane(rank))
                    try plane.withUnsafeBytes {
                        try planeSink.transfer(from: $0, sourceStride: 1, to: 0, stride: stride, count: count)
                    }
                }
            }
            #expect(found == expected, "stride \(stride)")
        }
    }

    @Test("a run cut to a range is its coordinates in that range")
    func runs() {
        for step in 1...4 {
            let run = AxisRun(source: 5, destination: 100, count: 7, step: step)
            for lower in 0..<40 {
                for length in 1..<12 {
                    let range = lower..<(lower + length)
                    let expected = (0..<7).filter { range.contains(5 + $0 * step) }
                    let part = run.part(in: range)
                    let found = part.map { part in (0..<part.count).map { part.destination - 100 + $0 } } ?? []
                    #expect(found == expected)
                    if let part, let first = expected.first { #expect(part.source == 5 + first * step) }
                }
            }
        }
    }
}
