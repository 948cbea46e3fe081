import Testing

@testable import HDF5Format

@Suite struct ReferenceElementTests {
    @Test("elements of every kind keep their values and their size")
    func elements() throws {
        try forGeneratedValues { values in
            let identifier = GlobalHeapIdentifier(address: max(values.address(), 1), index: values.uint32())
            let offsets = values.sizes.offsets
            let address = max(values.address(), 1)
            let cases: [(H5ReferenceKind, ReferenceElement, Int)] = [
                (.object, .null, offsets), (.object, .object(address: address), offsets),
                (.region, .null, offsets + 4), (.region, .region(identifier), offsets + 4),
                (.standard, .null, offsets + 10), (.standard, .object(address: address), offsets + 10),
                (.standard, .standard(.object, isExternal: true, identifier), offsets + 10),
                (.standard, .standard(.region, isExternal: values.bool(), identifier), offsets + 10),
                (.standard, .standard(.attribute, isExternal: values.bool(), identifier), offsets + 17),
            ]
            for (kind, element, size) in cases {
                let bytes = try encoded(values.sizes) {
                    try element.encode(to: &$0, kind: kind, size: size, payloadSize: values.uint32())
                }
                #expect(bytes.count == size)
                var cursor = ByteCursor(bytes.span.bytes, sizes: values.sizes)
                #expect(try ReferenceElement(from: &cursor, kind: kind) == element)
            }
        }
    }

    @Test("elements as libhdf5 writes them are given back")
    func bytes() throws {
        let object = ReferenceElement.object(address: 0xB308)
        #expect(
            try encoded(FieldSizes()) { try object.encode(to: &$0, kind: .standard, size: 18) }
                == hexadecimal("02 00 08 08 b3 00 00 00 00 00 00 00 00 00 00 00 00 00"))
        let region = ReferenceElement.standard(
            .region, isExternal: false, GlobalHeapIdentifier(address: 0xB30, index: 6))
        #expect(
            try encoded(FieldSizes()) { try region.encode(to: &$0, kind: .standard, size: 18, payloadSize: 0x59) }
                == hexadecimal("03 00 59 00 00 00 30 0b 00 00 00 00 00 00 06 00 00 00"))
        expectRefusal { try region.encode(to: &$0, kind: .region, size: 12) }
        expectRefusal { try region.encode(to: &$0, kind: .standard, size: 12) }
    }

    @Test("payloads keep their values")
    func payloads() throws {
        try forGeneratedValues(cases: 100) { values in
            let region = RegionPayload(
                datasetAddress: values.address(), selection: SerializedSelectionTests.selection(&values))
            try expectRoundTrip(region, values.sizes, { try $0.encode(to: &$1) }) { try RegionPayload(from: &$0) }
            for kind in [StandardReferencePayload.Kind.object, .region, .attribute] {
                let isExternal = values.bool()
                var payload = StandardReferencePayload(
                    address: values.address(), file: isExternal ? values.name() : nil)
                if kind == .region {
                    payload.selection = SerializedSelectionTests.selection(&values)
                    payload.selectionRank = values.uint32()
                } else if kind == .attribute {
                    payload.attribute = values.name()
                }
                try expectRoundTrip(payload, values.sizes, { try $0.encode(to: &$1) }) {
                    try StandardReferencePayload(from: &$0, kind: kind, isExternal: isExternal)
                }
            }
        }
    }
}
