import Testing

@testable import HDF5Format

@Suite struct DatatypeMessageTests {
    private func decode(_ text: String) throws -> H5Datatype {
        let bytes = text.split(separator: " ").compactMap { UInt8($0, radix: 16) }
        var cursor = ByteCursor(bytes.span.bytes, sizes: FieldSizes())
        return try DatatypeMessage(from: &cursor).datatype
    }

    @Test(
        "atomic types describe themselves",
        arguments: [
            ("10 08 00 00 04 00 00 00 00 00 20 00", "int32"),
            ("10 00 00 00 01 00 00 00 00 00 08 00", "uint8"),
            ("10 09 00 00 02 00 00 00 00 00 10 00", "int16 (big-endian)"),
            ("11 20 1f 00 04 00 00 00 00 00 20 00 17 08 00 17 7f 00 00 00", "float32"),
            ("11 21 3f 00 08 00 00 00 00 00 40 00 34 0b 00 34 ff 03 00 00", "float64 (big-endian)"),
            ("31 61 1f 00 04 00 00 00 00 00 20 00 17 08 00 17 81 00 00 00", "float32 (exponent 8, mantissa 23) (VAX)"),
            ("13 01 00 00 05 00 00 00", "string[5]"),
            ("15 00 00 00 05 00 00 00", "opaque[5]"),
            ("17 00 00 00 08 00 00 00", "object reference"),
            ("47 12 00 00 12 00 00 00", "reference"),
            ("19 01 01 00 10 00 00 00 10 00 00 00 01 00 00 00 00 00 08 00", "string"),
        ])
    func atomic(_ bytes: String, _ description: String) throws {
        #expect(try decode(bytes).description == description)
    }

    @Test("h5py's Booleans and complex numbers are recognised")
    func conventions() throws {
        let boolean = try decode(
            "18 02 00 00 01 00 00 00 10 08 00 00 01 00 00 00 00 00 08 00 46 41 4c 53 45 00 00 00 54 52 55 45 00 00 00 00 00 01"
        )
        #expect(boolean.isBoolean)
        let float = "11 20 1f 00 04 00 00 00 00 00 20 00 17 08 00 17 7f 00 00 00"
        let complex = try decode("36 02 00 00 08 00 00 00 72 00 00 \(float) 69 00 04 \(float)")
        #expect(complex.complexBase?.description == "float32")
        #expect(complex.description == "{r: float32, i: float32}")
    }

    @Test(
        "types that contradict themselves are refused",
        arguments: [
            "10 08 00 00 04 00 00 00 08 00 20 00",  // 32 bits at bit 8 of 4 bytes
            "10 08 00 00 00 00 00 00 00 00 08 00",  // size 0
            "16 00 00 00 08 00 00 00",  // a compound without members
            "70 08 00 00 04 00 00 00 00 00 20 00",  // version 7
            "1c 00 00 00 04 00 00 00",  // class 12
            "36 01 00 00 04 00 00 00 72 00 02 10 08 00 00 04 00 00 00 00 00 20 00",  // a member outside its compound
        ])
    func contradictions(_ bytes: String) {
        #expect(throws: H5Error.self) { try decode(bytes) }
    }

    @Test("nesting without end is refused")
    func nesting() {
        let level = "19 00 00 00 10 00 00 00 "
        let error = #expect(throws: H5Error.self) {
            try decode(String(repeating: level, count: 2_000) + "10 00 00 00 01 00 00 00 00 00 08 00")
        }
        #expect(error?.code == .limitExceeded)
    }
}
