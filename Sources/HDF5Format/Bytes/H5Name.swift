/// Text as HDF5 stores it: usually UTF-8, but nothing enforces that.
///
/// Bytes that are not part of valid UTF-8 are kept and shown as `\xHH`, so no name is lost and two different
/// names stay different in `bytes`, which order and equality use.
package struct H5Name: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The text; each byte that is not part of valid UTF-8 appears as `\xHH`.
    package let string: String
    /// The stored bytes where they are not valid UTF-8, so that `string` does not tell them.
    private let rawBytes: [UInt8]?

    package init(_ span: RawSpan) {
        // Bytes that are not valid come out changed, which is told faster than validating first would be.
        let text = unsafe span.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        if text.hasSameUTF8(as: span) {
            string = text
            rawBytes = nil
        } else {
            let bytes = Array(copying: span)
            string = H5Name.escapingInvalidUTF8(bytes)
            rawBytes = bytes
        }
    }

    package init(bytes: [UInt8]) { self.init(bytes.span.bytes) }

    package init(_ string: String) {
        self.string = string
        rawBytes = nil
    }

    /// The stored bytes.
    package var bytes: [UInt8] { rawBytes ?? Array(string.utf8) }

    /// The number of stored bytes.
    package var byteCount: Int { rawBytes?.count ?? string.utf8.count }

    /// Whether the stored bytes are valid UTF-8.
    package var isValidUTF8: Bool { rawBytes == nil }

    package var description: String { string }

    package static func < (left: H5Name, right: H5Name) -> Bool {
        if left.rawBytes == nil, right.rawBytes == nil {
            return left.string.utf8Precedes(right.string)
        }
        return left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    package static func == (left: H5Name, right: H5Name) -> Bool {
        if left.rawBytes == nil, right.rawBytes == nil {
            // Swift's == on strings would also accept canonically equivalent text; HDF5 compares bytes.
            return left.string.hasSameUTF8(as: right.string)
        }
        return left.bytes == right.bytes
    }

    package func hash(into hasher: inout Hasher) {
        if let rawBytes {
            // The buffer is only read, inside the closure.
            unsafe rawBytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        } else {
            var text = string
            // The buffer is only read, inside the closure.
            text.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        }
    }

    /// The UTF-8 decoding of `bytes` in which each byte that is not part of valid UTF-8 is `\xHH`.
    package static func escapingInvalidUTF8(_ bytes: [UInt8]) -> String {
        var result = ""
        var index = 0
        while index < bytes.count {
            let length = validSequenceLength(bytes, at: index)
            if length > 0 {
                result += String(decoding: bytes[index..<(index + length)], as: UTF8.self)
                index += length
            } else {
                let digits = String(bytes[index], radix: 16)
                result += "\\x" + (digits.count < 2 ? "0" : "") + digits
                index += 1
            }
        }
        return result
    }

    /// The length of the valid UTF-8 sequence at `index`; 0 where there is none.
    private static func validSequenceLength(_ bytes: [UInt8], at index: Int) -> Int {
        let first = bytes[index]
        let length: Int
        switch first {
        case 0x00...0x7F: return 1
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF: length = 3
        case 0xF0...0xF4: length = 4
        default: return 0
        }
        guard index + length <= bytes.count else { return 0 }
        return String(validating: bytes[index..<(index + length)], as: UTF8.self) == nil ? 0 : length
    }
}

extension String {
    /// Whether two strings hold the same UTF-8 bytes (Swift's `==` also accepts canonically equivalent ones).
    package func hasSameUTF8(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        // The buffer is only compared, inside the closure; native strings have one.
        return unsafe utf8.withContiguousStorageIfAvailable {
            unsafe other.hasSameUTF8(as: RawSpan(_unsafeElements: $0))
        }
            ?? utf8.elementsEqual(other.utf8)
    }

    /// Whether the UTF-8 of the string comes before that of another one, byte by byte.
    package func utf8Precedes(_ other: String) -> Bool {
        // The buffers are only compared, inside the closures.
        let order = unsafe utf8.withContiguousStorageIfAvailable { left -> Bool? in
            unsafe other.utf8.withContiguousStorageIfAvailable { right in
                for index in 0..<min(left.count, right.count) where unsafe left[index] != right[index] {
                    return unsafe left[index] < right[index]
                }
                return left.count < right.count
            }
        }
        return (order ?? nil) ?? utf8.lexicographicallyPrecedes(other.utf8)
    }

    /// Whether the UTF-8 of the string is these bytes.
    package func hasSameUTF8(as bytes: RawSpan) -> Bool {
        guard utf8.count == bytes.byteCount else { return false }
        // The buffer is only compared, inside the closure; native strings have one.
        return unsafe utf8.withContiguousStorageIfAvailable { buffer in
            unsafe RawSpan(_unsafeElements: buffer).hasSameBytes(as: bytes, in: 0..<bytes.byteCount)
        } ?? utf8.enumerated().allSatisfy { $0.element == bytes[byte: $0.offset] }
    }
}
