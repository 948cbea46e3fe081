/// Reads the little-endian fields of HDF5 structures from a span of bytes, checking every bound.
///
/// The only way in for bytes of metadata: each read either returns a value or throws `H5Error` with the
/// address of the field. Nothing here can trap or read outside the span.
///
/// Inlinable, as the other modules decode a few fields of very many structures.
package struct ByteCursor: ~Escapable {
    /// The bytes that are read.
    @usableFromInline let bytes: RawSpan
    /// The next byte to read.
    package internal(set) var position: Int
    /// The file address of the first byte, for errors.
    package let address: UInt64
    /// The file's address and length widths.
    package let sizes: FieldSizes

    @_lifetime(copy bytes)
    @inlinable package init(_ bytes: RawSpan, sizes: FieldSizes, address: UInt64 = 0) {
        self.bytes = bytes
        self.position = 0
        self.address = address
        self.sizes = sizes
    }

    /// The bytes that are left.
    @inlinable package var remaining: Int { bytes.byteCount - position }

    /// The number of bytes in all.
    @inlinable package var count: Int { bytes.byteCount }

    /// An error at the place where the cursor stands.
    package func error(_ code: H5Error.Code, _ message: String) -> H5Error {
        H5Error(code, message, address: address &+ UInt64(position))
    }

    /// A `damaged` error at the place where the cursor stands.
    package func damaged(_ message: String) -> H5Error { error(.damaged, message) }

    @usableFromInline @inline(never)
    func shortage(_ wanted: Int) -> H5Error {
        error(.truncated, "\(wanted) more bytes expected, \(remaining) are left; the structure is cut short")
    }

    @inlinable @inline(__always)
    mutating func load<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws -> T {
        let width = MemoryLayout<T>.size
        guard remaining >= width else { throw shortage(width) }
        // Checked above; the unaligned load is the one unsafe step of all decoding.
        let value = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: position, as: T.self)
        position &+= width
        return T(littleEndian: value)
    }

    @inlinable package mutating func readUInt8() throws -> UInt8 { try load(UInt8.self) }
    @inlinable @inline(__always) package mutating func readUInt16() throws -> UInt16 { try load(UInt16.self) }
    @inlinable @inline(__always) package mutating func readUInt32() throws -> UInt32 { try load(UInt32.self) }
    @inlinable @inline(__always) package mutating func readUInt64() throws -> UInt64 { try load(UInt64.self) }
    @inlinable package mutating func readInt64() throws -> Int64 { Int64(bitPattern: try load(UInt64.self)) }

    /// Reads an unsigned integer of 0 to 8 bytes.
    @inlinable package mutating func readUInt(width: Int) throws -> UInt64 {
        // Addresses and lengths of nearly all files.
        if width == 8 { return try readUInt64() }
        return try readShortUInt(width: width)
    }

    @usableFromInline
    mutating func readShortUInt(width: Int) throws -> UInt64 {
        switch width {
        case 4: return UInt64(try readUInt32())
        case 2: return UInt64(try readUInt16())
        case 1: return UInt64(try readUInt8())
        case 0...7:
            guard remaining >= width else { throw shortage(width) }
            var value: UInt64 = 0
            for index in 0..<width {
                let byte = unsafe bytes.unsafeLoad(fromByteOffset: position &+ index, as: UInt8.self)
                value |= UInt64(byte) << UInt64(8 &* index)
            }
            position &+= width
            return value
        default:
            throw damaged("an integer of \(width) bytes is not possible here")
        }
    }

    /// Reads a file address; nil when it is undefined (all ones at the file's address width).
    @inlinable package mutating func readAddress() throws -> UInt64? {
        let value = try readUInt(width: sizes.offsets)
        let undefined = sizes.offsets >= 8 ? UInt64.max : (UInt64(1) << UInt64(8 &* sizes.offsets)) &- 1
        return value == undefined ? nil : value
    }

    /// Reads a file address that must be defined.
    @inlinable package mutating func readDefinedAddress(_ what: StaticString) throws -> UInt64 {
        guard let value = try readAddress() else { throw damaged("the address of the \(what) is undefined") }
        return value
    }

    /// Reads a length.
    @inlinable package mutating func readLength() throws -> UInt64 { try readUInt(width: sizes.lengths) }

    /// Reads a length whose all-ones value means "unlimited", which is given as nil.
    package mutating func readLimitedLength() throws -> UInt64? {
        let value = try readLength()
        let unlimited = sizes.lengths >= 8 ? UInt64.max : (UInt64(1) << UInt64(8 &* sizes.lengths)) &- 1
        return value == unlimited ? nil : value
    }

    /// Reads a length that must fit an `Int`.
    package mutating func readCount(_ what: StaticString) throws -> Int {
        let value = try readLength()
        guard value <= UInt64(Int.max) else { throw damaged("\(what) is \(value), which no file can hold") }
        return Int(truncatingIfNeeded: value)
    }

    /// Skips `count` bytes.
    @inlinable package mutating func skip(_ count: Int) throws {
        guard count >= 0, remaining >= count else { throw shortage(count) }
        position &+= count
    }

    /// Moves to an absolute position inside the bytes.
    @inlinable package mutating func move(to target: Int) throws {
        guard target >= 0, target <= bytes.byteCount else { throw shortage(target &- position) }
        position = target
    }

    /// Takes the next `count` bytes.
    @_lifetime(copy self)
    @inlinable package mutating func readBytes(_ count: Int) throws -> RawSpan {
        guard count >= 0, remaining >= count else { throw shortage(count) }
        let slice = bytes.extracting(position..<(position &+ count))
        position &+= count
        return slice
    }

    /// Takes the next `count` bytes as a cursor of their own.
    @_lifetime(copy self)
    @inlinable package mutating func readSlice(_ count: Int) throws -> ByteCursor {
        let start = address &+ UInt64(position)
        return ByteCursor(try readBytes(count), sizes: sizes, address: start)
    }

    /// Copies the next `count` bytes.
    package mutating func readArray(_ count: Int) throws -> [UInt8] {
        Array(copying: try readBytes(count))
    }

    /// Takes bytes up to and with the next NUL and gives those before it.
    @_lifetime(copy self)
    package mutating func readNullTerminated(_ what: StaticString) throws -> RawSpan {
        guard let length = bytes.firstZero(from: position) else { throw damaged("\(what) has no terminating NUL") }
        let name = try readBytes(length)
        position &+= 1
        return name
    }

    /// Checks that the next bytes are a structure's signature, and skips them.
    package mutating func expectSignature(_ signature: StructureSignature, _ what: StaticString) throws {
        let start = position
        let found = try readUInt32()
        guard found == signature.rawValue else {
            position = start
            throw damaged("the \(what) does not start with its signature '\(signature)'")
        }
    }

    /// Checks a version byte.
    package mutating func expectVersion(_ allowed: ClosedRange<UInt8>, _ what: StaticString) throws -> UInt8 {
        let version = try readUInt8()
        guard allowed.contains(version) else {
            throw error(
                .unsupported,
                "the \(what) has version \(version); \(allowed.lowerBound) to \(allowed.upperBound) are known")
        }
        return version
    }

    /// Checks the stored checksum that follows: lookup3 over all bytes from `start` to here.
    package mutating func expectChecksum(from start: Int = 0, _ what: StaticString) throws {
        let computed = MetadataChecksum.lookup3(bytes.extracting(start..<position))
        let stored = try readUInt32()
        guard computed == stored else {
            throw error(
                .checksumMismatch,
                "the checksum of the \(what) is 0x\(String(computed, radix: 16)), stored is "
                    + "0x\(String(stored, radix: 16)); the file is damaged there")
        }
    }
}

extension RawSpan {
    /// The number of bytes before the first zero byte at or after `start`; nil where there is none.
    package func firstZero(from start: Int) -> Int? {
        var index = start
        while index < byteCount {
            if unsafe unsafeLoad(fromByteOffset: index, as: UInt8.self) == 0 { return index - start }
            index &+= 1
        }
        return nil
    }

    /// Whether both spans hold the same bytes in a range, eight at a time; false where one of them ends before.
    package func hasSameBytes(as other: RawSpan, in range: Range<Int>) -> Bool {
        guard range.lowerBound >= 0, range.upperBound <= byteCount, range.upperBound <= other.byteCount else {
            return false
        }
        var index = range.lowerBound
        while index &+ 8 <= range.upperBound {
            let left = unsafe unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            let right = unsafe other.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            guard left == right else { return false }
            index &+= 8
        }
        if index < range.upperBound, range.count >= 8 {
            // The last eight bytes once more, which is faster than those that are left one by one.
            let last = range.upperBound &- 8
            return unsafe unsafeLoadUnaligned(fromByteOffset: last, as: UInt64.self)
                == other.unsafeLoadUnaligned(fromByteOffset: last, as: UInt64.self)
        }
        while index < range.upperBound {
            guard self[byte: index] == other[byte: index] else { return false }
            index &+= 1
        }
        return true
    }

    /// One byte; 0 outside the span.
    @inline(__always)
    package subscript(byte index: Int) -> UInt8 {
        guard index >= 0, index < byteCount else { return 0 }
        return unsafe unsafeLoad(fromByteOffset: index, as: UInt8.self)
    }

    /// Whether no byte has its highest bit set; eight bytes at a time.
    package var isASCII: Bool {
        var bits: UInt64 = 0
        var index = 0
        while index &+ 8 <= byteCount {
            bits |= unsafe unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            index &+= 8
        }
        if index < byteCount, byteCount >= 8 {
            // The last eight bytes once more, which is faster than those that are left one by one.
            bits |= unsafe unsafeLoadUnaligned(fromByteOffset: byteCount &- 8, as: UInt64.self)
            index = byteCount
        }
        while index < byteCount {
            bits |= UInt64(self[byte: index])
            index &+= 1
        }
        return bits & 0x8080_8080_8080_8080 == 0
    }
}

extension Array where Element == UInt8 {
    /// The bytes of a span as an array.
    package init(copying span: RawSpan) {
        self = unsafe span.withUnsafeBytes { unsafe Array($0) }
    }

    /// Appends the bytes of a span.
    package mutating func append(copying span: RawSpan) {
        // The buffer is only read, inside the closure.
        unsafe span.withUnsafeBytes { unsafe self.append(contentsOf: $0) }
    }
}
