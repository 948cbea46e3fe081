import Testing

@testable import HDF5Format

@Suite struct MetadataChecksumTests {
    @Test(
        "lookup3 gives the known values around the border of a block",
        arguments: [
            ("", 0xDEAD_BEEF), ("a", 0x58D6_8708), ("abc", 0x0E39_7631), ("0123456789ab", 0x1065_E50A),
            ("0123456789abc", 0x7351_CE56),
            ("0123456", 0x483B_A4F5), ("0123456789", 0xF1AC_04DC), ("0123456789abcdefg", 0x6713_DAE9),
            ("Four score and seven years ago", 0x1777_0551),
        ] as [(String, UInt32)])
    func vectors(_ text: String, _ expected: UInt32) {
        #expect(MetadataChecksum.lookup3(name: Array(text.utf8)) == expected)
    }
}
