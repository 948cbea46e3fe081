import HDF5Format

extension RawSpan {
    /// The bytes as text; each byte that is not part of valid UTF-8 appears as `\xHH`.
    var string: String {
        guard isASCII else { return H5Name(self).string }
        // Nothing in it can be invalid, so the text needs no comparison with its bytes.
        return withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// The number of bytes before the first zero byte, all where there is none; eight bytes at a time.
    var bytesBeforeZero: Int {
        var index = 0
        while index &+ 8 <= byteCount {
            if let zero = zeroInWord(at: index) { return zero }
            index &+= 8
        }
        // The last eight bytes once more, which is faster than those that are left one by one.
        if index < byteCount, byteCount >= 8 { return zeroInWord(at: byteCount &- 8) ?? byteCount }
        while index < byteCount {
            // Inside the span by the condition of the loop.
            if unsafeLoad(fromByteOffset: index, as: UInt8.self) == 0 { return index }
            index &+= 1
        }
        return byteCount
    }

    /// The place of the first zero among the eight bytes from `index` on; the caller answers for their being there.
    @inline(__always)
    private func zeroInWord(at index: Int) -> Int? {
        let word = UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
        // The lowest set bit of this is in the first byte that is zero.
        let zeros = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
        return zeros == 0 ? nil : index &+ zeros.trailingZeroBitCount / 8
    }

    /// The number of bytes that belong to the text of a fixed-length string.
    ///
    /// Null-terminated: up to the first NUL, all where there is none. Null-padded: without trailing NULs.
    /// Space-padded: without trailing spaces; with `strippingNulls` also without NULs among them, as C programs leave.
    func textCount(_ padding: H5StringFormat.Padding, strippingNulls: Bool) -> Int {
        var count = byteCount
        switch padding {
        case .nullTerminated: count = bytesBeforeZero
        case .nullPadded:
            while count > 0, self[byte: count - 1] == 0 { count -= 1 }
        case .spacePadded:
            while count > 0, self[byte: count - 1] == 0x20 || (strippingNulls && self[byte: count - 1] == 0) {
                count -= 1
            }
        }
        return count
    }

    /// The text of a fixed-length string as people mean it.
    @_lifetime(copy self)
    func text(_ padding: H5StringFormat.Padding) -> RawSpan {
        extracting(0..<textCount(padding, strippingNulls: true))
    }

    /// The text of a variable-length string: up to the first NUL, as C programs read it.
    @_lifetime(copy self)
    func variableText() -> RawSpan { extracting(0..<bytesBeforeZero) }
}
