import HDF5Format

extension RawSpan {
    /// The bytes as text; each byte that is not part of valid UTF-8 appears as `\xHH`.
    var string: String { H5Name(self).string }

    /// The number of bytes before the first zero byte, all where there is none; eight bytes at a time.
    private var bytesBeforeZero: Int {
        var index = 0
        while index &+ 8 <= byteCount {
            let word = UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            // The lowest set bit of this is in the first byte that is zero.
            let zeros = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
            if zeros != 0 { return index &+ zeros.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < byteCount {
            if self[byte: index] == 0 { return index }
            index &+= 1
        }
        return byteCount
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
