import Testing

@testable import HDF5Format

@Suite struct SymbolTableNodeTests {
    private func entry(_ values: inout GeneratedValues) -> SymbolTableEntry {
        let caches: [SymbolTableEntry.Cache] = [
            .none, .group(btree: values.address(), heap: values.address()),
            .softLink(pathOffset: values.number(width: 4)),
        ]
        return SymbolTableEntry(
            nameOffset: values.length(), headerAddress: values.optionalAddress(), cache: caches[values.int(0...2)])
    }

    @Test("nodes keep their entries")
    func roundTrip() throws {
        try forGeneratedValues { values in
            let node = SymbolTableNode(entries: values.array(0...8, entry))
            try expectRoundTrip(node, values.sizes, { try $0.encode(to: &$1) }) { try SymbolTableNode(from: &$0) }
        }
    }

    @Test("a node has the size of 2K entries")
    func size() throws {
        try forGeneratedValues(cases: 2) { values in
            let node = SymbolTableNode(entries: [entry(&values)])
            let bytes = try encoded(values.sizes) { try node.encode(to: &$0, leafK: 4) }
            #expect(bytes.count == 8 + 8 * (values.sizes.lengths + values.sizes.offsets + 24))
        }
        expectRefusal { builder in
            let entry = SymbolTableEntry(nameOffset: 8, headerAddress: 96)
            try SymbolTableNode(entries: [entry, entry, entry]).encode(to: &builder, leafK: 1)
        }
    }
}
