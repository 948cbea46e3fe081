import Testing

@testable import HDF5

/// Indexes of chunks that say something that cannot be: nothing may be left out or made up without a word.
@Suite struct ChunkIndexTests {
    private static let tree = "chunks-tree-earliest.h5"
    private static let path = "two levels"

    /// The places of the version 1 B-tree nodes of a level in the bytes of a file, that have a number of children.
    private func nodes(_ bytes: [UInt8], level: UInt8, count: UInt8) -> [Int] {
        bytes.indices.dropLast(8).filter {
            bytes[$0...].starts(with: Array("TREE".utf8) + [1, level, count, 0])
        }
    }

    private func error(_ bytes: [UInt8]) throws -> H5Error? {
        let dataset = try H5File.open(bytes: bytes).dataset(Self.path)
        return #expect(throws: H5Error.self) { try dataset.readBytes() }
    }

    // A node of a tree over two axes: 24 bytes, then keys of 32 bytes and addresses of 8 in turn. A key is the size and
    // the mask of a chunk, its offset along each axis, and the offset inside an element.

    @Test("a chunk that starts inside an element is refused")
    func insideElement() throws {
        var bytes = try Fixtures.bytes(Fixtures.hdf5(Self.tree))
        let leaf = try #require(nodes(bytes, level: 0, count: 57).first)
        bytes[leaf + 24 + 40 + 24] = 1
        #expect(try error(bytes)?.message.contains("into an element") == true)
    }

    @Test("a key that lies outside the keys around its node is refused, however the levels are told apart")
    func outsideParent() throws {
        let whole = try Fixtures.bytes(Fixtures.hdf5(Self.tree))
        let root = try #require(nodes(whole, level: 1, count: 4).first)
        var later = whole
        // The key of the second child, moved behind the first chunk of that child.
        later[root + 24 + 40 + 8] += 1
        #expect(try error(later)?.message.contains("not in order") == true)
        var earlier = whole
        earlier[root + 24 + 40 + 8] -= 1
        #expect(try error(earlier)?.message.contains("not in order") == true)
    }

    @Test("chunks behind the largest index that an extensible array says are not there")
    func largestIndex() throws {
        let name = "unfiltered index block"
        let fixture = Fixtures.hdf5("chunks-extensible-array-latest.h5")
        var bytes = try Fixtures.bytes(fixture)
        let held = try H5File.open(fixture).dataset(name).read(as: Int16.self).elements
        #expect(held.count == 3 && held[2] != 0)
        // The first header of three chunks: 12 bytes, then six lengths, the fifth of which is the largest index.
        let header = try #require(
            bytes.indices.first { bytes[$0...].starts(with: Array("EAHD".utf8) + [0, 0]) && bytes[$0 + 44] == 3 })
        bytes[header + 44] = 2
        let checksum = MetadataChecksum.lookup3(Array(bytes[header..<(header + 68)]).span.bytes)
        for byte in 0..<4 { bytes[header + 68 + byte] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * byte)) }
        #expect(try H5File.open(bytes: bytes).dataset(name).read(as: Int16.self).elements == [held[0], held[1], 0])
    }
}
