import Testing

@testable import HDF5Format

@Suite struct GlobalHeapTests {
    @Test("collections keep their objects, and the rest is free space")
    func roundTrip() throws {
        try forGeneratedValues { values in
            var index: UInt16 = 0
            let objects = values.array(0...20) { values in
                index += UInt16(values.int(1...3))
                return GlobalHeapCollection.Object(
                    index: index, referenceCount: values.uint16(), bytes: values.bytes(upTo: 100))
            }.shuffled(using: &values)
            let size = 4_096 + 8 * values.int(0...4)
            let bytes = try encoded(values.sizes) { try GlobalHeapCollection.encode(objects, size: size, to: &$0) }
            #expect(bytes.count == size)
            var cursor = ByteCursor(bytes.span.bytes, sizes: values.sizes)
            let collection = try GlobalHeapCollection(from: &cursor)
            #expect(collection.objects(in: bytes.span.bytes) == objects)
        }
    }

    @Test("a collection that libhdf5 wrote is given back, free space with its own header")
    func bytes() throws {
        let text =
            "47 43 4f 4c 01 00 00 00 00 10 00 00 00 00 00 00 01 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00 "
            + "68 69 00 00 00 00 00 00 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 c8 0f"
        let objects = [
            GlobalHeapCollection.Object(index: 1, bytes: Array("hi".utf8)),
            GlobalHeapCollection.Object(index: 2, bytes: []),
        ]
        let collection = try encoded(FieldSizes()) { try GlobalHeapCollection.encode(objects, size: 4_096, to: &$0) }
        #expect(collection.starts(with: hexadecimal(text)))
    }

    @Test("too small a rest has no header, and too large a content no room")
    func rests() throws {
        let object = GlobalHeapCollection.Object(index: 1, bytes: [UInt8](repeating: 7, count: 8))
        let tight = try encoded(FieldSizes()) { try GlobalHeapCollection.encode([object], size: 48, to: &$0) }
        #expect(tight.suffix(8) == [0, 0, 0, 0, 0, 0, 0, 0])
        expectRefusal { try GlobalHeapCollection.encode([object], size: 32, to: &$0) }
        expectRefusal {
            try GlobalHeapCollection.encode(
                [GlobalHeapCollection.Object(index: 0, bytes: [])], size: 4_096, to: &$0)
        }
    }

    @Test("identifiers keep their values")
    func identifiers() throws {
        try forGeneratedValues { values in
            let identifier = GlobalHeapIdentifier(address: values.address(), index: values.uint32())
            try expectRoundTrip(identifier, values.sizes, { try $0.encode(to: &$1) }) {
                try GlobalHeapIdentifier(from: &$0)
            }
        }
    }
}
