import HDF5Format
import Testing

@testable import HDF5

@Suite struct FileOpeningTests {
    /// An object header of version 2 with one message.
    private func header(_ type: UInt8, _ body: [UInt8], to builder: inout ByteBuilder) {
        let start = builder.count
        builder.writeBytes(Array("OHDR".utf8) + [2, 0, UInt8(4 + body.count), type, UInt8(body.count), 0, 0] + body)
        builder.writeChecksum(from: start)
    }

    @Test("the superblock's extension says how large the nodes of version 1 B-trees are")
    func kValues() throws {
        for (chunk, isPossible) in [(5, true), (0, false)] as [(UInt16, Bool)] {
            var values = ByteBuilder(sizes: FieldSizes())
            BTreeKValuesMessage(chunkInternal: chunk, groupInternal: 6, groupLeaf: 7).encode(to: &values)
            var builder = ByteBuilder(sizes: FieldSizes())
            let end = 48 + 22 + 17
            try Superblock(
                version: 2, sizes: FieldSizes(), endOfFile: UInt64(end), rootHeaderAddress: 70, extensionAddress: 48
            ).encode(to: &builder)
            header(0x13, values.bytes, to: &builder)
            header(0x0A, [0, 0], to: &builder)
            #expect(builder.count == end)
            func open() throws -> FileContext {
                try FileOpening(
                    source: MemorySource(builder.bytes), name: "test", path: nil, limits: .standard,
                    externalFiles: .none, filters: FilterSet()
                ).context
            }
            if isPossible {
                let superblock = try open().superblock
                #expect(superblock.chunkInternalK == 5 && superblock.groupInternalK == 6)
                #expect(superblock.groupLeafK == 7)
            } else {
                let error = #expect(throws: H5Error.self) { try open() }
                #expect(error?.code == .damaged)
            }
        }
    }
}
