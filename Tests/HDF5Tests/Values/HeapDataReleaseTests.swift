import HDF5Format
import Testing

@testable import HDF5

@Suite("What elements hold in the global heap, given back")
struct HeapDataReleaseTests {
    @Test("all that elements hold is given back, of sequences of sequences too; twice is an error")
    func release() throws {
        let store = try HeapStore()
        let type = H5Datatype.compound([
            ("name", .string), ("ragged", .sequence(of: .sequence(of: .string))),
            ("pair", .array([2], of: .sequence(of: .int8))), ("where", .regionReference), ("n", .int8),
        ])
        let region = H5ReferenceValue.region(address: 96, selection: .points([[1, 2], [3, 4]]))
        func value(_ name: String) -> H5Value {
            .compound([
                H5ValueMember(name: "name", value: .string(name)),
                H5ValueMember(
                    name: "ragged",
                    value: .sequence([
                        .sequence([.string("a"), .string("")]), .sequence([]), .sequence([.string("b")]),
                    ])),
                H5ValueMember(
                    name: "pair", value: .array(shape: [2], [.sequence([.integer(1)]), .sequence([.integer(2)])])),
                H5ValueMember(name: "where", value: .reference(region)),
                H5ValueMember(name: "n", value: .integer(1)),
            ])
        }
        let values = (0..<100).map { value("name \($0)") }
        let bytes = try ValueEncoder(datatype: type, store: store).encode(values)
        // Name, outer sequence, two inner ones, three texts, two of the pair, the region.
        #expect(store.count == 1000)
        var decoder = ElementDecoder(datatype: type, context: try store.context())
        var back: [H5Value] = []
        try decoder.append(bytes.span.bytes, count: 100, to: &back)
        #expect(back == values)
        let release = try #require(try HeapDataRelease(type))
        try release.release(bytes.span.bytes, count: 100, from: store)
        #expect(store.count == 0)
        try store.flush()
        #expect(store.transaction.size - store.transaction.freeBytes == 96)
        #expect(errorCode { try release.release(bytes.span.bytes, count: 1, from: store) } == .damaged)
        #expect(try HeapDataRelease(.compound([("a", .int8), ("r", .objectReference)])) == nil)
        #expect(errorCode { try release.release(bytes.span.bytes, count: 101, from: store) } == .damaged)
        let outside = H5Datatype.compound(4, [("s", 0, .string)])
        #expect(errorCode { _ = try HeapDataRelease(outside) } == .damaged)
    }
}
