import Testing

@testable import HDF5Format

@Suite struct DescriptiveMessagesTests {
    @Test("times keep their values in both messages")
    func times() throws {
        try forGeneratedValues(cases: 200) { values in
            let time = ModificationTimeMessage(secondsSince1970: Int64(values.uint32()))
            try expectRoundTrip(time, values.sizes, { try $0.encode(to: &$1) }) {
                try ModificationTimeMessage(from: &$0)
            }
            // All years that have four digits.
            let old = ModificationTimeMessage(
                secondsSince1970: Int64.random(in: -62_135_596_800...253_402_300_799, using: &values))
            let bytes = try encoded(values.sizes) { try old.encode(old: &$0) }
            #expect(bytes.count == 16)
            var cursor = ByteCursor(bytes.span.bytes, sizes: values.sizes)
            #expect(try ModificationTimeMessage(old: &cursor) == old)
        }
    }

    @Test(
        "old times are written as fourteen digits",
        arguments: [
            (0, "19700101000000"), (951_782_399, "20000228235959"), (951_782_400, "20000229000000"),
            (4_107_542_400, "21000301000000"), (253_402_300_799, "99991231235959"), (-62_135_596_800, "00010101000000"),
        ] as [(Int64, String)])
    func digits(_ seconds: Int64, _ text: String) throws {
        let message = ModificationTimeMessage(secondsSince1970: seconds)
        #expect(try encoded(FieldSizes()) { try message.encode(old: &$0) } == Array(text.utf8) + [0, 0])
    }

    @Test("times that a message cannot hold, and days that are none, are refused")
    func refusals() {
        expectRefusal { try ModificationTimeMessage(secondsSince1970: -1).encode(to: &$0) }
        expectRefusal { try ModificationTimeMessage(secondsSince1970: 1 << 32).encode(to: &$0) }
        expectRefusal { try ModificationTimeMessage(secondsSince1970: 253_402_300_800).encode(old: &$0) }
        let bytes = Array("20001301000000".utf8)
        #expect(throws: H5Error.self) {
            var cursor = ByteCursor(bytes.span.bytes, sizes: FieldSizes())
            return try ModificationTimeMessage(old: &cursor)
        }
    }

    @Test("comments keep their text")
    func comments() throws {
        try forGeneratedValues { values in
            let comment = CommentMessage(text: values.name(0...100))
            try expectRoundTrip(comment, values.sizes, { try $0.encode(to: &$1) }) { try CommentMessage(from: &$0) }
        }
        expectRefusal { try CommentMessage(text: H5Name("a\0b")).encode(to: &$0) }
    }
}
