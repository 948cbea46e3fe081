extension DatatypeMessage {
    /// Writes the type, and every type that it holds, in the version that the type's `encodingVersion` names.
    package func encode(to builder: inout ByteBuilder) throws {
        try Self.encode(datatype, depth: 0, to: &builder)
    }

    private static func encode(_ type: H5Datatype, depth: Int, to builder: inout ByteBuilder) throws {
        guard depth < maximumDepth else {
            throw builder.unencodable("the datatype nests deeper than \(maximumDepth) levels")
        }
        let version = type.encodingVersion
        guard (1...5).contains(version), type.size > 0 else {
            throw builder.unencodable("a datatype of \(type.size) bytes in version \(version) is not possible")
        }
        var header = Header(version: version, size: type.size)
        // The bit field stands before the properties and depends on them, so the properties are written aside.
        var properties = ByteBuilder(sizes: builder.sizes)
        switch type.kind {
        case .integer(let format): try encode(format, classCode: 0, &header, to: &properties)
        case .float(let format): try encode(format, &header, to: &properties)
        case .time(let order, let precision):
            header.classCode = 2
            header.bits = try orderBit(order, builder)
            try properties.writeUInt16(precision, "the precision of a time")
        case .string(let format):
            header.classCode = 3
            header.bits = UInt32(format.padding.rawValue) | UInt32(format.characterSet.rawValue) << 4
        case .bitfield(let format): try encode(format, classCode: 4, &header, to: &properties)
        case .opaque(let tag): try encode(tag: tag, &header, to: &properties)
        case .compound(let members):
            header.classCode = 6
            header.bits = try memberCount(members.count, builder)
            for member in members { try encode(member, header, depth: depth, to: &properties) }
        case .reference(let kind):
            header.classCode = 7
            switch kind {
            case .object: header.bits = 0
            case .region: header.bits = 1
            // Type 2, and version 1 of the encoding of elements.
            case .standard: header.bits = 0x12
            }
        case .enumeration(let base, let members):
            header.classCode = 8
            header.bits = try memberCount(members.count, builder)
            try encode(base, depth: depth + 1, to: &properties)
            for member in members { try encode(name: member.storedName, version: version, to: &properties) }
            for member in members {
                guard member.storedValue.count == base.size else {
                    throw builder.unencodable(
                        "the value of \(member.name) does not have the \(base.size) bytes of its type")
                }
                properties.writeBytes(member.storedValue)
            }
        case .variableLength(let base):
            header.classCode = 9
            try encode(base, depth: depth + 1, to: &properties)
        case .variableLengthString(let format):
            header.classCode = 9
            header.bits = 1 | UInt32(format.padding.rawValue) << 4 | UInt32(format.characterSet.rawValue) << 8
            try encode(characters, depth: depth + 1, to: &properties)
        case .array(let shape, let base):
            header.classCode = 10
            try encode(shape, version: version, to: &properties)
            try encode(base, depth: depth + 1, to: &properties)
        case .complex(let base):
            header.classCode = 11
            // Both parts have the same type.
            header.bits = 1
            try encode(base, depth: depth + 1, to: &properties)
        }
        try header.encode(to: &builder)
        builder.writeBytes(properties.bytes)
    }

    /// The eight bytes that every type starts with.
    private struct Header {
        var classCode: UInt8 = 0
        var bits: UInt32 = 0
        let version: UInt8
        let size: Int

        init(version: UInt8, size: Int) {
            self.version = version
            self.size = size
        }

        func encode(to builder: inout ByteBuilder) throws {
            builder.writeUInt8(classCode | version << 4)
            try builder.writeUInt(bits, width: 3, "the bit field of a datatype")
            try builder.writeUInt32(size, "the size of a datatype")
        }
    }

    /// What variable-length text is a sequence of: bytes.
    private static let characters = H5Datatype(
        kind: .integer(H5IntegerFormat(isSigned: false, precision: 8)), size: 1, encodingVersion: 1)

    // MARK: Numbers

    private static func orderBit(_ order: H5ByteOrder, _ builder: ByteBuilder) throws -> UInt32 {
        switch order {
        case .littleEndian: return 0
        case .bigEndian: return 1
        case .vax: throw builder.unencodable("only floating-point types have the byte order of a VAX")
        }
    }

    private static func bit(_ padding: H5BitPadding, at position: UInt32, _ builder: ByteBuilder) throws -> UInt32 {
        switch padding {
        case .zero: return 0
        case .one: return 1 << position
        case .background: throw builder.unencodable("a datatype message cannot say that bits keep what was there")
        }
    }

    private static func encode(
        _ format: H5IntegerFormat, classCode: UInt8, _ header: inout Header, to properties: inout ByteBuilder
    ) throws {
        guard classCode == 0 || !format.isSigned else { throw properties.unencodable("a bit field has no sign") }
        header.classCode = classCode
        header.bits = try orderBit(format.order, properties)
        header.bits |= try bit(format.lowPadding, at: 1, properties)
        header.bits |= try bit(format.highPadding, at: 2, properties)
        header.bits |= format.isSigned ? 8 : 0
        try properties.writeUInt16(format.bitOffset, "the bit offset of a number")
        try properties.writeUInt16(format.precision, "the precision of a number")
    }

    private static func encode(
        _ format: H5FloatFormat, _ header: inout Header, to properties: inout ByteBuilder
    ) throws {
        header.classCode = 1
        switch format.order {
        case .littleEndian: header.bits = 0
        case .bigEndian: header.bits = 1
        case .vax: header.bits = 0x41
        }
        header.bits |= try bit(format.lowPadding, at: 1, properties)
        header.bits |= try bit(format.highPadding, at: 2, properties)
        header.bits |= try bit(format.internalPadding, at: 3, properties)
        switch format.normalization {
        case .none: break
        case .mostSignificantBitSet: header.bits |= 0x10
        case .implied: header.bits |= 0x20
        }
        guard let signPosition = UInt8(exactly: format.signPosition) else {
            throw properties.unencodable("the sign of a number cannot lie at bit \(format.signPosition)")
        }
        header.bits |= UInt32(signPosition) << 8
        try properties.writeUInt16(format.bitOffset, "the bit offset of a number")
        try properties.writeUInt16(format.precision, "the precision of a number")
        try properties.writeUInt8(format.exponentPosition, "the position of an exponent")
        try properties.writeUInt8(format.exponentSize, "the size of an exponent")
        try properties.writeUInt8(format.mantissaPosition, "the position of a mantissa")
        try properties.writeUInt8(format.mantissaSize, "the size of a mantissa")
        properties.writeUInt32(format.exponentBias)
    }

    // MARK: Names and members

    /// Writes a tag in a multiple of eight bytes; only a tag that fills them has no NUL.
    private static func encode(tag: String, _ header: inout Header, to properties: inout ByteBuilder) throws {
        header.classCode = 5
        let tag = Array(tag.utf8)
        guard !tag.contains(0) else { throw properties.unencodable("the tag of an opaque type holds a NUL character") }
        properties.writeBytes(tag)
        // The length has eight bits, so the longest tags stay as they are.
        if tag.count <= 248 { properties.pad(toMultipleOf: 8, from: 0) }
        guard let length = UInt8(exactly: properties.count) else {
            throw properties.unencodable("the tag of an opaque type has \(tag.count) bytes; 255 are the most")
        }
        header.bits = UInt32(length)
    }

    private static func memberCount(_ count: Int, _ builder: ByteBuilder) throws -> UInt32 {
        guard let count = UInt16(exactly: count) else {
            throw builder.unencodable("a type of \(count) members is not possible; 65,535 are the most")
        }
        return UInt32(count)
    }

    private static func encode(name: H5Name, version: UInt8, to properties: inout ByteBuilder) throws {
        let start = properties.count
        try properties.writeNullTerminated(name.bytes, "the name of a member")
        if version < 3 { properties.pad(toMultipleOf: 8, from: start) }
    }

    private static func encode(
        _ member: H5CompoundMember, _ header: Header, depth: Int, to properties: inout ByteBuilder
    ) throws {
        try encode(name: member.storedName, version: header.version, to: &properties)
        var type = member.type
        if header.version < 3 {
            try properties.writeUInt32(member.offset, "the offset of a member")
        } else {
            try properties.writeUInt(
                member.offset, width: encodedWidth(of: UInt64(header.size)), "the offset of a member")
        }
        if header.version == 1 {
            var dimensions: [Int] = []
            // Version 1 has no array types; the members of its compounds have dimensions instead.
            if case .array(let shape, let base) = type.kind, type.encodingVersion == 1 {
                guard shape.count <= 4 else {
                    throw properties.unencodable(
                        "member \(member.name) has rank \(shape.count); 4 is the most in version 1")
                }
                dimensions = shape
                type = base
            }
            try properties.writeUInt8(dimensions.count, "the rank of a member")
            // Reserved, permutation, reserved.
            properties.writeZeros(3 + 4 + 4)
            for axis in 0..<4 {
                try properties.writeUInt32(axis < dimensions.count ? dimensions[axis] : 0, "an extent of a member")
            }
        }
        try encode(type, depth: depth + 1, to: &properties)
    }

    private static func encode(_ shape: [Int], version: UInt8, to properties: inout ByteBuilder) throws {
        guard version >= 2, (1...DataspaceMessage.maximumRank).contains(shape.count) else {
            throw properties.unencodable("an array type of rank \(shape.count) in version \(version) is not possible")
        }
        try properties.writeUInt8(shape.count, "the rank of an array type")
        if version < 3 { properties.writeZeros(3) }
        for extent in shape { try properties.writeUInt32(extent, "an extent of an array type") }
        // The permutation of the axes, which nobody ever used.
        if version < 3 { for axis in shape.indices { try properties.writeUInt32(axis, "an axis") } }
    }
}
