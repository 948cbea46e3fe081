import Testing

@testable import HDF5

/// Structures that libhdf5 wrote, decoded and encoded again.
@Suite struct ReencodingTests {
    @Test("every structure of a fixture is encoded as libhdf5 wrote it", arguments: Fixtures.names(in: "hdf5"))
    func fixture(_ name: String) throws {
        let walk = try StructureWalk(Fixtures.bytes(Fixtures.hdf5(name)))
        try walk.walk()
        for difference in walk.differences { Issue.record("\(difference)") }
        #expect(!walk.counts.isEmpty)
    }

    @Test("the walk meets the structures that the fixtures hold")
    func coverage() throws {
        var met: Set<String> = []
        for name in Fixtures.names(in: "hdf5") {
            let walk = try StructureWalk(Fixtures.bytes(Fixtures.hdf5(name)))
            try walk.walk()
            met.formUnion(walk.counts.keys)
        }
        let expected: Set = [
            "superblock 0", "superblock 1", "superblock 2", "superblock 3", "object header 1", "object header 2",
            "object header continuation 1", "object header continuation 2", "attribute", "attribute info", "comment",
            "continuation", "dataspace", "datatype", "external file list", "file space info", "fill value",
            "old fill value", "filter pipeline", "group info", "layout 3", "layout 4", "layout 5", "link", "link info",
            "metadata cache image", "metadata cache image message", "modification time", "reference count",
            "shared message reference", "shared message table", "shared message table message", "shared message list",
            "symbol table message", "symbol table node", "local heap", "local heap free block",
            "version 1 B-tree node of a group", "version 1 B-tree node of chunks", "version 2 B-tree header",
            "version 2 B-tree node of type 1", "version 2 B-tree node of type 2", "version 2 B-tree node of type 5",
            "version 2 B-tree node of type 6", "version 2 B-tree node of type 7", "version 2 B-tree node of type 8",
            "version 2 B-tree node of type 9", "version 2 B-tree node of type 10", "version 2 B-tree node of type 11",
            "fractal heap header", "fractal heap direct block", "fractal heap indirect block", "heap identifier",
            "dense attribute", "dense link", "global heap collection", "fixed array header", "fixed array data block",
            "fixed array paged data block", "fixed array page", "extensible array header",
            "extensible array index block", "extensible array super block", "extensible array data block",
            "extensible array page", "virtual dataset mapping 0", "virtual dataset mapping 1", "object reference",
            "region reference", "standard reference", "payload of a region reference",
            "payload of a standard reference to region", "payload of a standard reference to attribute",
        ]
        #expect(expected.subtracting(met).isEmpty)
    }
}
