import Testing

@testable import HDF5Format

@Suite struct MetadataCacheImageTests {
    @Test("images keep their entries")
    func roundTrip() throws {
        try forGeneratedValues { values in
            let entries = values.array(0...6) { values in
                var entry = MetadataCacheImage.Entry(address: values.address(), bytes: values.bytes(upTo: 50))
                entry.type = values.uint8()
                entry.flags = values.uint8()
                entry.ring = values.uint8()
                entry.age = values.uint8()
                entry.childCount = values.uint16()
                entry.dirtyChildCount = values.uint16()
                entry.rank = Int32(bitPattern: values.uint32())
                entry.parents = values.array(0...3) { $0.optionalAddress() }
                return entry
            }
            let image = MetadataCacheImage(flags: values.uint8(), entries: entries)
            try expectRoundTrip(image, values.sizes, { try $0.encode(to: &$1) }) { try MetadataCacheImage(from: &$0) }
            // The length that the image states is that of all its bytes.
            let bytes = try encoded(values.sizes) { try image.encode(to: &$0) }
            var cursor = ByteCursor(bytes.span.bytes, sizes: values.sizes)
            try cursor.skip(6)
            #expect(try cursor.readLength() == UInt64(bytes.count))
        }
    }
}
