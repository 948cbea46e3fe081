import Testing

@testable import HDF5Format

@Suite struct H5NameTests {
    @Test("bytes that are not UTF-8 are shown as \\xHH and kept")
    func invalid() {
        let name = H5Name(bytes: [0x61, 0xE9, 0x62, 0xC3, 0xA9, 0xFF])
        #expect(name.string == "a\\xe9bé\\xff")
        #expect(name.bytes == [0x61, 0xE9, 0x62, 0xC3, 0xA9, 0xFF])
        #expect(!name.isValidUTF8)
    }

    @Test("names are equal only when their bytes are, whatever Unicode says")
    func canonicalEquivalence() {
        let composed = H5Name("é")
        let decomposed = H5Name("e\u{301}")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
    }

    @Test("names are ordered by their bytes")
    func order() {
        let names = [H5Name("b"), H5Name("Z"), H5Name("a"), H5Name(bytes: [0xFF]), H5Name("é")]
        #expect(names.sorted().map(\.bytes) == [[0x5A], [0x61], [0x62], [0xC3, 0xA9], [0xFF]])
    }

    @Test("names of which one starts with the other, short and long, are ordered and equal by their bytes")
    func prefixes() {
        let texts = [
            "", "a", "a\u{0}", "ab", "é", "a name of more than fifteen bytes", "a name of more than fifteen bytes!",
        ]
        for left in texts {
            for right in texts {
                let (first, second) = (Array(left.utf8), Array(right.utf8))
                #expect((H5Name(left) < H5Name(right)) == first.lexicographicallyPrecedes(second))
                #expect((H5Name(left) == H5Name(right)) == (first == second))
            }
        }
    }
}
