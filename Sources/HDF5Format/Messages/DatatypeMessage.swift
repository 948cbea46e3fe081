/// Datatype message (0x0003): the type of elements, described recursively.
///
/// Each type, at every level, starts with the same eight bytes:
///
/// | bytes | field                                                             |
/// |-------|-------------------------------------------------------------------|
/// | 1     | class in the low four bits, version (1 to 5) in the high four     |
/// | 3     | bit field, by class                                               |
/// | 4     | size of one element                                               |
///
/// and continues with the properties of its class:
///
/// | class | properties                                                                              |
/// |-------|-----------------------------------------------------------------------------------------|
/// | 0 integer, 4 bit field | u16 bit offset, u16 precision                                          |
/// | 1 float | u16 offset, u16 precision, u8 ×4 exponent and mantissa position and size, u32 bias    |
/// | 2 time | u16 precision                                                                          |
/// | 3 string, 7 reference | none                                                                    |
/// | 5 opaque | tag of as many bytes as the bit field says                                           |
/// | 6 compound | members; names padded to 8 in versions 1 and 2; dimensions inside version 1        |
/// | 8 enumeration | base type, names (padded to 8 in versions 1 and 2), packed values               |
/// | 9 variable length, 11 complex | base type                                                       |
/// | 10 array | u8 rank, (3 reserved before version 3), u32 extents, (u32 permutation), base type    |
package struct DatatypeMessage: Hashable, Sendable {
    package var datatype: H5Datatype

    /// How deep types may nest.
    package static let maximumDepth = 32

    package init(_ datatype: H5Datatype) { self.datatype = datatype }

    package init(from cursor: inout ByteCursor) throws {
        datatype = try Self.decode(from: &cursor, depth: 0)
    }

    private static func decode(from cursor: inout ByteCursor, depth: Int) throws -> H5Datatype {
        guard depth < maximumDepth else {
            throw cursor.error(.limitExceeded, "the datatype nests deeper than \(maximumDepth) levels")
        }
        let classAndVersion = try cursor.readUInt8()
        let version = classAndVersion >> 4
        guard (1...5).contains(version) else {
            throw cursor.error(.unsupported, "the datatype has version \(version); 1 to 5 are known")
        }
        let bits = UInt32(try cursor.readUInt(width: 3))
        let size = Int(try cursor.readUInt32())
        let kind: H5Datatype.Kind
        switch classAndVersion & 0x0F {
        case 0: kind = .integer(try integerFormat(bits, size, isSigned: bits & 8 != 0, from: &cursor))
        case 1: kind = .float(try floatFormat(bits, size, version, from: &cursor))
        case 2:
            let precision = Int(try cursor.readUInt16())
            guard precision > 0, precision <= size * 8 else {
                throw cursor.damaged("a time of \(size) bytes cannot have \(precision) bits")
            }
            kind = .time(order: bits & 1 == 0 ? .littleEndian : .bigEndian, precision: precision)
        case 3: kind = .string(try stringFormat(padding: bits & 0xF, characterSet: bits >> 4 & 0xF, cursor))
        case 4: kind = .bitfield(try integerFormat(bits, size, isSigned: false, from: &cursor))
        case 5:
            let tag = try cursor.readBytes(Int(bits & 0xFF))
            kind = .opaque(tag: H5Name(tag.extracting(0..<(tag.firstZero(from: 0) ?? tag.byteCount))).string)
        case 6:
            kind = .compound(
                try members(count: Int(bits & 0xFFFF), size: size, version: version, depth: depth, from: &cursor))
        case 7: kind = .reference(try referenceKind(bits, size, cursor))
        case 8: kind = try enumeration(count: Int(bits & 0xFFFF), size, version, depth: depth, from: &cursor)
        case 9:
            let base = try decode(from: &cursor, depth: depth + 1)
            guard size == 8 + cursor.sizes.offsets else {
                throw cursor.damaged("a variable-length type has \(size) bytes; 8 and an address are expected")
            }
            switch bits & 0xF {
            case 0: kind = .variableLength(base: base)
            case 1:
                kind = .variableLengthString(
                    try stringFormat(padding: bits >> 4 & 0xF, characterSet: bits >> 8 & 0xF, cursor))
            default: throw cursor.damaged("variable-length kind \(bits & 0xF) is not known")
            }
        case 10: kind = try array(size, version, depth: depth, from: &cursor)
        case 11:
            let base = try decode(from: &cursor, depth: depth + 1)
            guard case .float = base.kind, base.size * 2 == size else {
                throw cursor.damaged("a complex type of \(size) bytes cannot hold two parts of \(base.size) bytes")
            }
            kind = .complex(base: base)
        default: throw cursor.error(.unsupported, "datatype class \(classAndVersion & 0x0F) is not known")
        }
        guard size > 0 else { throw cursor.damaged("a datatype has size 0") }
        return H5Datatype(kind: kind, size: size, encodingVersion: version)
    }

    private static func integerFormat(
        _ bits: UInt32, _ size: Int, isSigned: Bool, from cursor: inout ByteCursor
    ) throws -> H5IntegerFormat {
        let offset = Int(try cursor.readUInt16())
        let precision = Int(try cursor.readUInt16())
        guard precision > 0, offset + precision <= size * 8 else {
            throw cursor.damaged("a number of \(size) bytes cannot have \(precision) bits at bit \(offset)")
        }
        return H5IntegerFormat(
            order: bits & 1 == 0 ? .littleEndian : .bigEndian, isSigned: isSigned, bitOffset: offset,
            precision: precision, lowPadding: bits & 2 == 0 ? .zero : .one,
            highPadding: bits & 4 == 0 ? .zero : .one)
    }

    private static func floatFormat(
        _ bits: UInt32, _ size: Int, _ version: UInt8, from cursor: inout ByteCursor
    ) throws -> H5FloatFormat {
        let order: H5ByteOrder
        switch (bits & 1 != 0, bits & 0x40 != 0) {
        case (false, false): order = .littleEndian
        case (true, false): order = .bigEndian
        case (true, true): order = .vax
        case (false, true): throw cursor.damaged("the byte order of a floating-point type is not known")
        }
        let offset = Int(try cursor.readUInt16())
        let precision = Int(try cursor.readUInt16())
        let exponentPosition = Int(try cursor.readUInt8())
        let exponentSize = Int(try cursor.readUInt8())
        let mantissaPosition = Int(try cursor.readUInt8())
        let mantissaSize = Int(try cursor.readUInt8())
        let bias = try cursor.readUInt32()
        let signPosition = Int(bits >> 8 & 0xFF)
        let normalization: H5FloatFormat.Normalization
        switch bits >> 4 & 3 {
        case 0: normalization = .none
        case 1: normalization = .mostSignificantBitSet
        case 2: normalization = .implied
        default: throw cursor.damaged("the normalization of a floating-point type is not known")
        }
        let end = size * 8
        guard precision > 0, offset + precision <= end, signPosition < end, exponentSize > 0, mantissaSize > 0,
            exponentPosition + exponentSize <= end, mantissaPosition + mantissaSize <= end
        else { throw cursor.damaged("the fields of a floating-point type lie outside its \(size) bytes") }
        var format = H5FloatFormat(
            order: order, bitOffset: offset, precision: precision, signPosition: signPosition,
            exponentPosition: exponentPosition, exponentSize: exponentSize, exponentBias: bias,
            mantissaPosition: mantissaPosition, mantissaSize: mantissaSize, normalization: normalization)
        format.lowPadding = bits & 2 == 0 ? .zero : .one
        format.highPadding = bits & 4 == 0 ? .zero : .one
        format.internalPadding = bits & 8 == 0 ? .zero : .one
        return format
    }

    private static func stringFormat(
        padding: UInt32, characterSet: UInt32, _ cursor: borrowing ByteCursor
    ) throws -> H5StringFormat {
        guard let padding = H5StringFormat.Padding(rawValue: UInt8(padding)),
            let characterSet = H5StringFormat.CharacterSet(rawValue: UInt8(characterSet))
        else { throw cursor.damaged("string padding \(padding) or character set \(characterSet) is not known") }
        return H5StringFormat(padding: padding, characterSet: characterSet)
    }

    private static func referenceKind(
        _ bits: UInt32, _ size: Int, _ cursor: borrowing ByteCursor
    ) throws -> H5ReferenceKind {
        let kind: H5ReferenceKind
        let expected: Int
        switch bits & 0xF {
        case 0: (kind, expected) = (.object, cursor.sizes.offsets)
        case 1: (kind, expected) = (.region, cursor.sizes.offsets + 4)
        case 2...4: (kind, expected) = (.standard, cursor.sizes.offsets + 10)
        default: throw cursor.damaged("reference type \(bits & 0xF) is not known")
        }
        // libhdf5 1.12 wrote some references of variable-length sequences with a larger size than they need.
        guard size == expected || kind == .standard && size > expected else {
            throw cursor.damaged("a reference has \(size) bytes where \(expected) are expected")
        }
        return kind
    }

    private static func paddedName(version: UInt8, from cursor: inout ByteCursor) throws -> H5Name {
        let start = cursor.position
        let name = H5Name(try cursor.readNullTerminated("the name of a member"))
        if version < 3 {
            let used = cursor.position - start
            try cursor.skip((used + 7) / 8 * 8 - used)
        }
        return name
    }

    private static func members(
        count: Int, size: Int, version: UInt8, depth: Int, from cursor: inout ByteCursor
    ) throws -> [H5CompoundMember] {
        guard count > 0 else { throw cursor.damaged("a compound type has no members") }
        var members: [H5CompoundMember] = []
        // A member takes at least nine bytes, so a lying count cannot make the array large.
        members.reserveCapacity(min(count, cursor.remaining / 9 + 1))
        for _ in 0..<count {
            let name = try paddedName(version: version, from: &cursor)
            let offset: Int
            var dimensions: [Int] = []
            if version >= 3 {
                offset = Int(try cursor.readUInt(width: encodedWidth(of: UInt64(size))))
            } else {
                offset = Int(try cursor.readUInt32())
            }
            if version == 1 {
                let rank = Int(try cursor.readUInt8())
                guard rank <= 4 else { throw cursor.damaged("a compound member has rank \(rank); 4 is the most") }
                try cursor.skip(3 + 4 + 4)
                for axis in 0..<4 {
                    let extent = Int(try cursor.readUInt32())
                    if axis < rank { dimensions.append(extent) }
                }
            }
            var type = try decode(from: &cursor, depth: depth + 1)
            if !dimensions.isEmpty {
                let total = try checkedProduct(dimensions + [type.size], "the size of member \(name)")
                type = H5Datatype(kind: .array(shape: dimensions, base: type), size: total, encodingVersion: 1)
            }
            guard type.size > 0, offset <= size, type.size <= size - offset else {
                throw cursor.damaged(
                    "member \(name) of \(type.size) bytes at \(offset) lies outside its compound of \(size) bytes")
            }
            members.append(H5CompoundMember(storedName: name, offset: offset, type: type))
        }
        var end = 0
        for member in members.sorted(by: { $0.offset < $1.offset }) {
            guard member.offset >= end else {
                throw cursor.damaged("member \(member.name) overlaps the one before it in its compound")
            }
            end = member.offset + member.type.size
        }
        return members
    }

    private static func enumeration(
        count: Int, _ size: Int, _ version: UInt8, depth: Int, from cursor: inout ByteCursor
    ) throws -> H5Datatype.Kind {
        let base = try decode(from: &cursor, depth: depth + 1)
        guard case .integer = base.kind, base.size == size else {
            throw cursor.damaged("an enumeration of \(size) bytes needs an integer of that size as its base")
        }
        var names: [H5Name] = []
        names.reserveCapacity(min(count, cursor.remaining / 2 + 1))
        for _ in 0..<count { names.append(try paddedName(version: version, from: &cursor)) }
        var members: [H5EnumerationMember] = []
        members.reserveCapacity(count)
        for name in names {
            members.append(H5EnumerationMember(storedName: name, storedValue: try cursor.readArray(size)))
        }
        return .enumeration(base: base, members: members)
    }

    private static func array(
        _ size: Int, _ version: UInt8, depth: Int, from cursor: inout ByteCursor
    ) throws -> H5Datatype.Kind {
        guard version >= 2 else { throw cursor.damaged("array types do not exist in version 1") }
        let rank = Int(try cursor.readUInt8())
        guard rank > 0, rank <= DataspaceMessage.maximumRank else {
            throw cursor.damaged("an array type of rank \(rank) is not possible")
        }
        if version < 3 { try cursor.skip(3) }
        var shape: [Int] = []
        for _ in 0..<rank { shape.append(Int(try cursor.readUInt32())) }
        if version < 3 { try cursor.skip(4 * rank) }
        let base = try decode(from: &cursor, depth: depth + 1)
        let total = try checkedProduct(shape + [base.size], "the size of an array type")
        guard total == size, !shape.contains(0) else {
            throw cursor.damaged("an array type of \(size) bytes holds \(shape) elements of \(base.size) bytes")
        }
        return .array(shape: shape, base: base)
    }
}
