/// Writes the little-endian fields of HDF5 structures, one behind the other.
///
/// The only way out for bytes of metadata, as `ByteCursor` is the only way in. A value that does not fit its field throws
/// `H5Error` with the code `invalidArgument`; nothing is ever cut to fit.
package struct ByteBuilder: Sendable {
    /// What was written so far.
    package private(set) var bytes: [UInt8] = []
    /// The file's address and length widths.
    package let sizes: FieldSizes

    package init(sizes: FieldSizes) { self.sizes = sizes }

    /// The number of bytes so far, which is the position of the next field.
    package var count: Int { bytes.count }

    /// Makes room for `count` bytes in all.
    package mutating func reserveCapacity(_ count: Int) { bytes.reserveCapacity(count) }

    /// An error that says what of a structure cannot be written.
    package func unencodable(_ message: String) -> H5Error { H5Error(.invalidArgument, message) }

    @inline(never)
    private func misfit(_ value: some BinaryInteger, _ width: Int, _ what: StaticString) -> H5Error {
        unencodable("\(what) is \(value), which does not fit its field of \(width) bytes")
    }

    private mutating func store<T: FixedWidthInteger>(_ value: T) {
        // The bytes of the number itself, which are only read, inside the closure.
        unsafe Swift.withUnsafeBytes(of: value.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }

    private mutating func write<T: FixedWidthInteger>(
        _ value: some BinaryInteger, as type: T.Type, _ what: StaticString
    ) throws {
        guard let exact = T(exactly: value) else { throw misfit(value, MemoryLayout<T>.size, what) }
        store(exact)
    }

    // MARK: Integers

    package mutating func writeUInt8(_ value: UInt8) { bytes.append(value) }
    package mutating func writeUInt16(_ value: UInt16) { store(value) }
    package mutating func writeUInt32(_ value: UInt32) { store(value) }
    package mutating func writeUInt64(_ value: UInt64) { store(value) }
    package mutating func writeInt64(_ value: Int64) { store(UInt64(bitPattern: value)) }

    /// Writes a count or size that must fit one byte.
    package mutating func writeUInt8(_ value: Int, _ what: StaticString) throws {
        try write(value, as: UInt8.self, what)
    }

    /// Writes a count or size that must fit two bytes.
    package mutating func writeUInt16(_ value: Int, _ what: StaticString) throws {
        try write(value, as: UInt16.self, what)
    }

    /// Writes a count or size that must fit four bytes.
    package mutating func writeUInt32(_ value: some BinaryInteger, _ what: StaticString) throws {
        try write(value, as: UInt32.self, what)
    }

    /// Writes an unsigned integer of 0 to 8 bytes.
    package mutating func writeUInt(_ value: some BinaryInteger, width: Int, _ what: StaticString) throws {
        guard (0...8).contains(width) else {
            throw unencodable("\(what) cannot have \(width) bytes")
        }
        guard let exact = UInt64(exactly: value), width == 8 || exact >> UInt64(8 * width) == 0 else {
            throw misfit(value, width, what)
        }
        if width == 8 { return store(exact) }
        for index in 0..<width { bytes.append(UInt8(truncatingIfNeeded: exact >> UInt64(8 * index))) }
    }

    // MARK: Of known types

    // Generic ones are not specialised in other modules.

    /// Writes an unsigned integer of 0 to 8 bytes.
    package mutating func writeUInt(_ value: Int, width: Int, _ what: StaticString) throws {
        guard let exact = UInt64(exactly: value) else { throw misfit(value, width, what) }
        try writeUInt(exact, width: width, what)
    }

    /// Writes an unsigned integer of 0 to 8 bytes.
    package mutating func writeUInt(_ value: UInt64, width: Int, _ what: StaticString) throws {
        if width == 8 { return store(value) }
        guard (0..<8).contains(width) else { throw unencodable("\(what) cannot have \(width) bytes") }
        guard value >> UInt64(8 * width) == 0 else { throw misfit(value, width, what) }
        for index in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
    }

    /// Writes a length.
    package mutating func writeLength(_ value: Int, _ what: StaticString) throws {
        try writeUInt(value, width: sizes.lengths, what)
    }

    /// Writes a length.
    package mutating func writeLength(_ value: UInt64, _ what: StaticString) throws {
        try writeUInt(value, width: sizes.lengths, what)
    }

    /// Writes bytes as they are.
    package mutating func writeBytes(_ source: [UInt8]) { bytes += source }

    /// Writes bytes as they are.
    package mutating func writeBytes(_ source: ArraySlice<UInt8>) { bytes += source }

    /// Writes text and a NUL; the text must not hold one itself, for it would end there.
    package mutating func writeNullTerminated(_ text: [UInt8], _ what: StaticString) throws {
        guard !text.contains(0) else { throw unencodable("\(what) holds a NUL character, which would end it") }
        bytes += text
        bytes.append(0)
    }

    // MARK: Addresses and lengths

    /// Writes a file address; nil is the undefined address, all ones at the file's width.
    package mutating func writeAddress(_ address: UInt64?, _ what: StaticString = "an address") throws {
        try writeOrAllOnes(address, width: sizes.offsets, what)
    }

    /// Writes a length.
    package mutating func writeLength(_ value: some BinaryInteger, _ what: StaticString) throws {
        try writeUInt(value, width: sizes.lengths, what)
    }

    /// Writes a length of which nil means "unlimited", all ones at the file's width.
    package mutating func writeLimitedLength(_ value: UInt64?, _ what: StaticString) throws {
        try writeOrAllOnes(value, width: sizes.lengths, what)
    }

    /// Writes an integer of which nil is all ones, so that no number may be.
    package mutating func writeOrAllOnes(_ value: UInt64?, width: Int, _ what: StaticString) throws {
        let ones = width >= 8 ? UInt64.max : UInt64(1) << UInt64(8 * width) - 1
        guard value != ones else {
            throw unencodable("\(what) is \(ones), which stands for none in a field of \(width) bytes")
        }
        try writeUInt(value ?? ones, width: width, what)
    }

    // MARK: Bytes and names

    /// Writes bytes as they are.
    package mutating func writeBytes(_ source: some Sequence<UInt8>) { bytes.append(contentsOf: source) }

    /// Writes bytes as they are.
    package mutating func writeBytes(_ source: RawSpan) { bytes.append(copying: source) }

    /// Writes bytes as they are, and zero bytes up to the next multiple of eight, counted from the first.
    package mutating func writeBytesPaddedToEight(_ source: RawSpan) {
        bytes.append(copying: source)
        let rest = source.byteCount & 7
        guard rest > 0 else { return }
        // Faster than zeros one by one.
        store(UInt64(0))
        bytes.removeLast(rest)
    }

    /// Writes `count` zero bytes; none where `count` is negative.
    package mutating func writeZeros(_ count: Int) {
        if count > 0 { bytes.append(contentsOf: repeatElement(0, count: count)) }
    }

    /// Writes zero bytes up to the next multiple of `alignment`, counted from `start`.
    package mutating func pad(toMultipleOf alignment: Int, from start: Int) {
        writeZeros((alignment - (count - start) % alignment) % alignment)
    }

    /// Writes zero bytes until `size` bytes were written from `start` on; throws where there are more already.
    package mutating func pad(to size: Int, from start: Int, _ what: StaticString) throws {
        let used = count - start
        guard used <= size else { throw unencodable("\(what) takes \(used) bytes and has room for \(size)") }
        writeZeros(size - used)
    }

    /// Writes text and a NUL; the text must not hold one itself, for it would end there.
    package mutating func writeNullTerminated(_ text: some Collection<UInt8>, _ what: StaticString) throws {
        guard !text.contains(0) else { throw unencodable("\(what) holds a NUL character, which would end it") }
        bytes.append(contentsOf: text)
        bytes.append(0)
    }

    // MARK: Signatures, patches, checksums

    /// Writes a structure's signature.
    package mutating func writeSignature(_ signature: StructureSignature) { store(signature.rawValue) }

    /// Writes over an earlier field, such as a size that shows only at the end.
    package mutating func patch(_ value: some BinaryInteger, at position: Int, width: Int, _ what: StaticString) throws
    {
        guard position >= 0, width >= 0, position <= count, width <= count - position else {
            throw unencodable("\(what) lies outside the \(count) bytes written so far")
        }
        var field = ByteBuilder(sizes: sizes)
        try field.writeUInt(value, width: width, what)
        bytes.replaceSubrange(position..<(position + width), with: field.bytes)
    }

    /// Writes the checksum of everything from `start` to here.
    package mutating func writeChecksum(from start: Int) { writeUInt32(checksum(from: start)) }

    /// The checksum of everything from `start` to here.
    package func checksum(from start: Int) -> UInt32 {
        MetadataChecksum.lookup3(bytes.span.bytes.extracting(min(max(start, 0), count)..<count))
    }
}

/// The bytes that a structure writes by itself.
package func encoded(_ sizes: FieldSizes, _ body: (inout ByteBuilder) throws -> Void) rethrows -> [UInt8] {
    var builder = ByteBuilder(sizes: sizes)
    try body(&builder)
    return builder.bytes
}
