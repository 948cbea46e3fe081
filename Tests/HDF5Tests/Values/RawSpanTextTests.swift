import HDF5Format
import Testing

@testable import HDF5

@Suite struct RawSpanTextTests {
    @Test("one byte of all that is not ASCII is seen wherever it is, and the text is the one that names have")
    func ascii() {
        for count in 0...40 {
            let plain = (0..<count).map { UInt8(ascii: "a") + UInt8($0 % 26) }
            #expect(plain.span.bytes.isASCII != false)
            #expect(plain.span.bytes.string == H5Name(bytes: plain).string)
            for place in 0..<count {
                for byte: UInt8 in [0x00, 0x7F, 0x80, 0xC3, 0xFF] {
                    var bytes = plain
                    bytes[place] = byte
                    #expect(bytes.span.bytes.isASCII == (byte < 0x80))
                    #expect(bytes.span.bytes.string == H5Name(bytes: bytes).string)
                }
                guard place > 0 else { continue }
                var bytes = plain
                (bytes[place - 1], bytes[place]) = (0xC3, 0xA9)
                #expect(bytes.span.bytes.string == String(decoding: bytes, as: UTF8.self))
            }
        }
    }

    @Test("what texts are expected to take is told from their lengths, and no length that a file states is a problem")
    func expectedBytes() throws {
        let context = try HeapFile().context()
        let variable = try StringDecoder(datatype: .variableString, context: context)
        let short = HeapFile.descriptor(15, 1)
        let long = HeapFile.descriptor(16, 1)
        #expect(try variable.expectedBytes(short.span.bytes) == 0)
        #expect(try variable.expectedBytes(long.span.bytes) == 64)
        #expect(try variable.expectedBytes((long + short + long).span.bytes) == 128)
        #expect(try variable.expectedBytes([1, 2, 3].span.bytes) == 0)
        let absurd = [UInt8](repeating: 0xFF, count: 160)
        #expect(try variable.expectedBytes(absurd.span.bytes) > 0)
        let fixed = try StringDecoder(datatype: .string(20, .nullPadded), context: context)
        #expect(try fixed.expectedBytes(absurd.span.bytes) == 8 * 64)
    }
}
