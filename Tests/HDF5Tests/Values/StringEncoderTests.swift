import HDF5Format
import Testing

@testable import HDF5

@Suite("Text as stored strings")
struct StringEncoderTests {
    private func encoded(_ strings: [String], _ type: H5Datatype, _ store: HeapStore? = nil) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0xA5, count: strings.count * type.size)
        let encoder = try StringEncoder(datatype: type, store: store)
        try bytes.withUnsafeMutableBytes { try encoder.encode(strings, count: strings.count, into: $0, firstIndex: 5) }
        return bytes
    }

    private func back(_ strings: [String], _ type: H5Datatype, sizes: FieldSizes = FieldSizes()) throws -> [String] {
        let store = try HeapStore(sizes: sizes)
        let bytes = try encoded(strings, type, store)
        var decoder = try StringDecoder(datatype: type, context: try store.context())
        try decoder.append(bytes.span.bytes, count: strings.count)
        return Array(decoder.finish(shape: [strings.count]))
    }

    @Test("text comes back from strings of every kind")
    func roundTrip() throws {
        var random = TestRandom(4)
        let letters = Array("abcdefg äöü€𝄞 ")
        var texts = ["", "a", "µm"]
        for _ in 0..<2000 {
            let length = Int.random(in: 0...12, using: &random)
            texts.append(String((0..<length).map { _ in letters[Int.random(in: 0..<letters.count, using: &random)] }))
        }
        #expect(try back(texts, .string) == texts)
        let narrow = FieldSizes(offsets: 4, lengths: 4)
        #expect(try back(texts, H5Datatype.string.fitted(to: narrow), sizes: narrow) == texts)
        #expect(try back(texts, .fixedString(49, padding: .nullTerminated)) == texts)
        #expect(try back(texts, .fixedString(48, padding: .nullPadded)) == texts)
        // Trailing spaces are padding there.
        let trimmed = texts.filter { !$0.hasSuffix(" ") }
        #expect(try back(trimmed, .fixedString(48, padding: .spacePadded)) == trimmed)
    }

    @Test("padding fills the rest")
    func padding() throws {
        #expect(try encoded(["ab", "abc"], .fixedString(3)) == [97, 98, 0, 97, 98, 99])
        #expect(try encoded(["ab", ""], .fixedString(3, padding: .spacePadded)) == [97, 98, 32, 32, 32, 32])
        #expect(try encoded(["ab"], .fixedString(4, padding: .nullTerminated)) == [97, 98, 0, 0])
        let encoder = try StringEncoder(datatype: .fixedString(2), store: nil)
        var bytes = [UInt8](repeating: 9, count: 10)
        try bytes.withUnsafeMutableBytes {
            try encoder.encode(["a", "bc"], count: 2, into: $0, offset: 1, stride: 5)
        }
        #expect(bytes == [9, 97, 0, 9, 9, 9, 98, 99, 9, 9])
    }

    @Test("empty text has an object, as libhdf5 makes it, so that C programs find text and no null pointer")
    func empty() throws {
        let store = try HeapStore()
        let bytes = try encoded(["", "a"], .string, store)
        #expect(store.count == 2)
        #expect(Array(bytes[0..<4]) == [0, 0, 0, 0] && Array(bytes[12..<16]) == [1, 0, 0, 0])
        #expect(Array(bytes[16..<20]) == [1, 0, 0, 0] && Array(bytes[28..<32]) == [2, 0, 0, 0])
    }

    @Test("what would be cut or read as another text is refused")
    func refusals() throws {
        let store = try HeapStore()
        let cases: [(String, H5Datatype, String)] = [
            ("abcd", .fixedString(3), "element 6: 'abcd' has 4 bytes of UTF-8, and string[3] holds 3"),
            ("ä", .fixedString(1), "has 2 bytes of UTF-8"),
            ("abc", .fixedString(3, padding: .nullTerminated), "has 3 bytes of UTF-8, and string[3] holds 2"),
            ("a\0b", .fixedString(9, padding: .nullTerminated), "holds a NUL character, which would end it"),
            ("a\0", .fixedString(9), "ends with a NUL character, which would be lost"),
            ("a\0b", .string, "holds a NUL character, which would end it"),
            ("ä", .fixedString(9, characterSet: .ascii), "is not ASCII"),
            (String(repeating: "long", count: 20), .fixedString(3), "longlong…'"),
        ]
        for (text, type, message) in cases {
            let refusal = error { _ = try encoded(["", text], type, store) }
            #expect(refusal?.code == .conversion)
            #expect(refusal?.message.contains(message) == true, "\(refusal?.message ?? "no error"), not: \(message)")
        }
        #expect(try encoded(["a\0b"], .fixedString(3)) == [97, 0, 98])
        #expect(errorCode { _ = try encoded(["a"], .int8) } == .conversion)
        #expect(errorCode { _ = try encoded(["a"], .string) } == .invalidArgument)
        #expect(
            errorCode {
                _ = try encoded(["a"], H5Datatype.string.fitted(to: FieldSizes(offsets: 4, lengths: 4)), store)
            } == .damaged)
        var bytes = [UInt8](repeating: 0, count: 3)
        let encoder = try StringEncoder(datatype: .fixedString(2), store: nil)
        #expect(
            errorCode { try bytes.withUnsafeMutableBytes { try encoder.encode(["a"], count: 2, into: $0) } }
                == .invalidArgument)
        #expect(
            errorCode { try bytes.withUnsafeMutableBytes { try encoder.encode([], count: 1, into: $0) } }
                == .invalidArgument)
    }
}
