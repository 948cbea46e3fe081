import Testing

@testable import HDF5Format

@Suite struct VirtualDatasetMappingTests {
    @Test("mappings of both versions keep their values, repeated names among them")
    func roundTrip() throws {
        try forGeneratedValues { values in
            let names = [H5Name("."), H5Name("short"), H5Name("a longer name.h5"), values.name()]
            for version in UInt8(0)...1 {
                let entries = values.array(0...8) { values in
                    VirtualDatasetMapping.Entry(
                        file: names[values.int(0...3)], dataset: names[values.int(1...3)],
                        source: SerializedSelectionTests.selection(&values),
                        destination: SerializedSelectionTests.selection(&values))
                }
                let mapping = VirtualDatasetMapping(version: version, entries: entries)
                try expectRoundTrip(mapping, values.sizes, { try $0.encode(to: &$1) }) {
                    try VirtualDatasetMapping(from: &$0)
                }
            }
        }
    }

    @Test("version 1 writes a long name once and the file itself not at all")
    func sharing() throws {
        let all = SerializedSelection(.all, rank: nil, form: SerializedSelection.Form(version: 1, width: 4))
        func size(_ files: [String]) throws -> Int {
            let entries = files.map {
                VirtualDatasetMapping.Entry(file: H5Name($0), dataset: H5Name("d"), source: all, destination: all)
            }
            return try encoded(FieldSizes()) {
                try VirtualDatasetMapping(version: 1, entries: entries).encode(to: &$0)
            }.count
        }
        let empty = 1 + 8 + 4
        let rest = 1 + 2 + 32
        #expect(try size(["."]) == empty + rest)
        #expect(try size(["source-a.h5", "source-a.h5"]) == empty + 2 * rest + 12 + 8)
        #expect(try size(["a.h5", "a.h5"]) == empty + 2 * rest + 2 * 5)
    }
}
