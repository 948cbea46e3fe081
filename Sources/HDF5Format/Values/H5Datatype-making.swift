// Types by name, as callers write them: `.float32`, `.string`, `.array([3], of: .float64)`. Numbers are little-endian; `.bigEndian`
// gives the other order.

extension H5Datatype {
    private static func integer(_ size: Int, isSigned: Bool) -> H5Datatype {
        H5Datatype(kind: .integer(H5IntegerFormat(isSigned: isSigned, precision: size * 8)), size: size)
    }

    /// A signed integer of 8 bits.
    public static let int8 = integer(1, isSigned: true)
    /// A signed integer of 16 bits.
    public static let int16 = integer(2, isSigned: true)
    /// A signed integer of 32 bits.
    public static let int32 = integer(4, isSigned: true)
    /// A signed integer of 64 bits.
    public static let int64 = integer(8, isSigned: true)
    /// An unsigned integer of 8 bits.
    public static let uint8 = integer(1, isSigned: false)
    /// An unsigned integer of 16 bits.
    public static let uint16 = integer(2, isSigned: false)
    /// An unsigned integer of 32 bits.
    public static let uint32 = integer(4, isSigned: false)
    /// An unsigned integer of 64 bits.
    public static let uint64 = integer(8, isSigned: false)
    /// IEEE 754 half precision.
    public static let float16 = H5Datatype(kind: .float(.binary16), size: 2)
    /// IEEE 754 single precision.
    public static let float32 = H5Datatype(kind: .float(.binary32), size: 4)
    /// IEEE 754 double precision.
    public static let float64 = H5Datatype(kind: .float(.binary64), size: 8)

    /// A Boolean as h5py stores it: an 8-bit enumeration of FALSE = 0 and TRUE = 1.
    public static let bool = H5Datatype(
        kind: .enumeration(
            base: .int8,
            members: [
                H5EnumerationMember(name: "FALSE", storedValue: [0]),
                H5EnumerationMember(name: "TRUE", storedValue: [1]),
            ]), size: 1)

    /// Text of any length in UTF-8.
    public static let string = H5Datatype(
        kind: .variableLengthString(H5StringFormat(padding: .nullTerminated, characterSet: .utf8)), size: 16)

    /// Text of at most `count` bytes of UTF-8, the rest of which are NUL.
    public static func fixedString(
        _ count: Int, padding: H5StringFormat.Padding = .nullPadded, characterSet: H5StringFormat.CharacterSet = .utf8
    ) -> H5Datatype {
        H5Datatype(kind: .string(H5StringFormat(padding: padding, characterSet: characterSet)), size: count)
    }

    /// `count` bytes without meaning to the library; the tag says what they are.
    public static func opaque(_ count: Int, tag: String = "") -> H5Datatype {
        H5Datatype(kind: .opaque(tag: tag), size: count)
    }

    /// A reference to an object of the same file.
    public static let objectReference = H5Datatype(kind: .reference(.object), size: 8)

    /// A reference to elements of a dataset of the same file.
    public static let regionReference = H5Datatype(kind: .reference(.region), size: 12)

    /// A complex number as h5py and NumPy store it: a record of `r` and `i`.
    public static func complex(of part: H5Datatype) -> H5Datatype { .compound([("r", part), ("i", part)]) }

    /// A record whose members lie one behind the other without gaps.
    public static func compound(_ members: [(name: String, type: H5Datatype)]) -> H5Datatype {
        var size = 0
        let placed = members.map { member in
            defer { size = size.clampedSum(member.type.size) }
            return H5CompoundMember(name: member.name, offset: size, type: member.type)
        }
        return H5Datatype(kind: .compound(placed), size: size)
    }

    /// Integers with names, in the order given.
    ///
    /// - Throws: `H5Error` (`invalidArgument`) where the base is no integer or does not hold a value.
    public static func enumeration(
        _ values: [(name: String, value: some FixedWidthInteger)], of base: H5Datatype = .int32
    ) throws -> H5Datatype {
        guard case .integer(let format) = base.kind, format.order != .vax, format.bitOffset == 0,
            format.precision == base.size * 8
        else {
            throw H5Error(.invalidArgument, "enumerations are made of plain integers, not of \(base)")
        }
        let members = try values.map { name, value in
            var bytes = [UInt8](repeating: value < 0 ? 0xFF : 0, count: base.size)
            let width = value.bitWidth / 8
            for index in 0..<min(base.size, width) {
                bytes[index] = UInt8(truncatingIfNeeded: value >> (8 * index))
            }
            // What is left out must be the sign, and so must the highest bit of a signed number.
            let isNegative = (bytes.last ?? 0) >= 0x80 && format.isSigned
            let isCut = base.size < width && value >> (8 * base.size) != (isNegative ? -1 : 0) as Int
            guard !isCut, isNegative == (value < 0) else {
                throw H5Error(.invalidArgument, "the value \(value) of \(name) is none of \(base)")
            }
            return H5EnumerationMember(name: name, storedValue: format.order == .bigEndian ? bytes.reversed() : bytes)
        }
        return H5Datatype(kind: .enumeration(base: base, members: members), size: base.size)
    }

    /// A fixed number of elements of one type, with a shape.
    public static func array(_ shape: [Int], of base: H5Datatype) -> H5Datatype {
        H5Datatype(kind: .array(shape: shape, base: base), size: shape.reduce(base.size) { $0.clampedProduct($1) })
    }

    /// A sequence of any length of elements of one type.
    public static func sequence(of base: H5Datatype) -> H5Datatype {
        H5Datatype(kind: .variableLength(base: base), size: 16)
    }

    /// The same type with all its numbers in big-endian order.
    public var bigEndian: H5Datatype { withOrder(.bigEndian) }

    /// The same type with all its numbers in little-endian order.
    public var littleEndian: H5Datatype { withOrder(.littleEndian) }

    private func withOrder(_ order: H5ByteOrder) -> H5Datatype {
        var result = self
        switch kind {
        case .integer(var format):
            format.order = order
            result.kind = .integer(format)
        case .bitfield(var format):
            format.order = order
            result.kind = .bitfield(format)
        case .float(var format):
            format.order = order
            result.kind = .float(format)
        case .time(_, let precision): result.kind = .time(order: order, precision: precision)
        case .string, .variableLengthString, .opaque, .reference: break
        case .compound(let members):
            result.kind = .compound(
                members.map {
                    H5CompoundMember(storedName: $0.storedName, offset: $0.offset, type: $0.type.withOrder(order))
                })
        case .enumeration(let base, let members):
            let other = base.withOrder(order)
            let isTurned = other != base
            result.kind = .enumeration(
                base: other,
                members: members.map {
                    H5EnumerationMember(
                        storedName: $0.storedName, storedValue: isTurned ? $0.storedValue.reversed() : $0.storedValue)
                })
        case .variableLength(let base): result.kind = .variableLength(base: base.withOrder(order))
        case .array(let shape, let base): result.kind = .array(shape: shape, base: base.withOrder(order))
        case .complex(let base): result.kind = .complex(base: base.withOrder(order))
        }
        return result
    }
}

extension Int {
    /// The sum, or the largest number; what is not possible as a size is refused where the type is encoded.
    fileprivate func clampedSum(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    fileprivate func clampedProduct(_ other: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
