import HDF5Format
import Testing

@testable import HDF5

@Suite("Strings in bulk")
struct StringArrayTests {
    @Test("fixed strings of each padding are collected without their padding")
    func fixed() throws {
        let bytes: [UInt8] = Array("ab\0dxyz ".utf8) + [0, 0, 0, 0, 0xE9, 0x20, 0, 0]
        let expected: [H5StringFormat.Padding: [String]] = [
            .nullTerminated: ["ab", "xyz ", "", "\\xe9 "],
            .nullPadded: ["ab\0d", "xyz ", "", "\\xe9 "],
            .spacePadded: ["ab\0d", "xyz", "", "\\xe9"],
        ]
        for (padding, strings) in expected {
            var decoder = try StringDecoder(datatype: .string(4, padding), context: try HeapFile().context())
            decoder.reserveCapacity(4)
            try decoder.append(bytes.span.bytes, count: 1)
            let rest = Array(bytes[4...])
            try decoder.append(rest.span.bytes, count: 3)
            let array = decoder.finish(shape: [2, 2])
            #expect(Array(array) == strings)
            #expect(array.shape == [2, 2])
            #expect(array.count == 4)
            #expect(array.description == strings.description)
        }
    }

    @Test("variable-length strings are collected, null ones as empty text, and their stored bytes stay reachable")
    func variable() throws {
        var file = HeapFile()
        var bytes: [UInt8] = []
        var expected: [String] = []
        for number in 0..<200 {
            let text = number % 7 == 0 ? "" : "string number \(number) é"
            bytes += number % 14 == 0 ? HeapFile.descriptor(0, 0) : file.string(text)
            expected.append(text)
        }
        var decoder = try StringDecoder(datatype: .variableString, context: try file.context())
        try decoder.append(bytes.span.bytes, count: 200)
        let array = decoder.finish(shape: [200])
        #expect(Array(array) == expected)
        #expect(array.withBytes(of: 1) { Array(copying: $0) } == Array("string number 1 é".utf8))
    }

    @Test("what is no text is refused, and so are more strings than there are bytes")
    func refusals() throws {
        let context = try HeapFile().context()
        #expect(
            error { _ = try StringDecoder(datatype: .float32, context: context) }?.message
                == "elements are float32, which cannot be read as strings")
        var decoder = try StringDecoder(datatype: .string(4), context: context)
        let bytes: [UInt8] = [1, 2, 3]
        #expect(errorCode { try decoder.append(bytes.span.bytes, count: 1) } == .invalidArgument)
    }

    @Test("strings that all share one large object stop at the limit")
    func budget() throws {
        var file = HeapFile()
        let descriptor = file.string(String(repeating: "x", count: 10_000))
        let bytes = (0..<200).flatMap { _ in descriptor }
        var decoder = try StringDecoder(
            datatype: .variableString, context: try file.context(limits: H5Limits(bytesPerCall: 1 << 20)))
        try decoder.append(bytes.span.bytes, count: 100)
        #expect(errorCode { try decoder.append(bytes.span.bytes, count: 100) } == .limitExceeded)
    }

    @Test("text ends before its first NUL, wherever that is")
    func firstNUL() {
        for count in 0..<40 {
            let text = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 | 1) }
            #expect(text.span.bytes.variableText().byteCount == count)
            for place in 0..<count {
                var cut = text
                cut[place] = 0
                cut[count - 1] = 0
                #expect(cut.span.bytes.variableText().byteCount == place)
            }
        }
    }
}
