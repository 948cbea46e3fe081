import Testing

@testable import HDF5Format

@Suite struct SharedMessageReferenceTests {
    @Test("references keep where they lead")
    func roundTrip() throws {
        try forGeneratedValues { values in
            for reference in [
                SharedMessageReference.committed(address: values.address()), .heap(identifier: values.bytes(8)),
            ] {
                try expectRoundTrip(reference, values.sizes, { try $0.encode(to: &$1) }) {
                    try SharedMessageReference(from: &$0)
                }
            }
        }
        expectRefusal { try SharedMessageReference.heap(identifier: [1, 2, 3]).encode(to: &$0) }
    }

    @Test("versions that libhdf5 no longer writes lead to the same object")
    func oldVersions() throws {
        let current = try encoded(FieldSizes()) {
            try SharedMessageReference.committed(address: 0x590).encode(to: &$0)
        }
        #expect(current == hexadecimal("02 02 90 05 00 00 00 00 00 00"))
        for text in [
            "01 00 00 00 00 00 00 00 10 00 00 00 00 00 00 00 90 05 00 00 00 00 00 00", "02 00 90 05 00 00 00 00 00 00",
        ] {
            let reference = try decodeAll(hexadecimal(text)) { try SharedMessageReference(from: &$0) }
            #expect(reference == .committed(address: 0x590))
        }
    }
}
