import Testing

@testable import HDF5Format

@Suite struct DatatypeMessageTests {
    private func decode(_ text: String) throws -> H5Datatype {
        let bytes = text.split(separator: " ").compactMap { UInt8($0, radix: 16) }
        var cursor = ByteCursor(bytes.span.bytes, sizes: FieldSizes())
        return try DatatypeMessage(from: &cursor).datatype
    }

    @Test(
        "atomic types describe themselves",
        arguments: [
            ("10 08 00 00 04 00 00 00 00 00 20 00", "int32"),
            ("10 00 00 00 01 00 00 00 00 00 08 00", "uint8"),
            ("10 09 00 00 02 00 00 00 00 00 10 00", "int16 (big-endian)"),
            ("11 20 1f 00 04 00 00 00 00 00 20 00 17 08 00 17 7f 00 00 00", "float32"),
            ("11 21 3f 00 08 00 00 00 00 00 40 00 34 0b 00 34 ff 03 00 00", "float64 (big-endian)"),
            ("31 61 1f 00 04 00 00 00 00 00 20 00 17 08 00 17 81 00 00 00", "float32 (exponent 8, mantissa 23) (VAX)"),
            ("13 01 00 00 05 00 00 00", "string[5]"),
            ("15 00 00 00 05 00 00 00", "opaque[5]"),
            ("17 00 00 00 08 00 00 00", "object reference"),
            ("47 12 00 00 12 00 00 00", "reference"),
            ("19 01 01 00 10 00 00 00 10 00 00 00 01 00 00 00 00 00 08 00", "string"),
        ])
    func atomic(_ bytes: String, _ description: String) throws {
        #expect(try decode(bytes).description == description)
    }

    @Test("h5py's Booleans and complex numbers are recognised")
    func conventions() throws {
        let boolean = try decode(
            "18 02 00 00 01 00 00 00 10 08 00 00 01 00 00 00 00 00 08 00 46 41 4c 53 45 00 00 00 54 52 55 45 00 00 00 00 00 01"
        )
        #expect(boolean.isBoolean)
        let float = "11 20 1f 00 04 00 00 00 00 00 20 00 17 08 00 17 7f 00 00 00"
        let complex = try decode("36 02 00 00 08 00 00 00 72 00 00 \(float) 69 00 04 \(float)")
        #expect(complex.complexBase?.description == "float32")
        #expect(complex.description == "{r: float32, i: float32}")
    }

    @Test(
        "types that contradict themselves are refused",
        arguments: [
            "10 08 00 00 04 00 00 00 08 00 20 00",  // 32 bits at bit 8 of 4 bytes
            "10 08 00 00 00 00 00 00 00 00 08 00",  // size 0
            "16 00 00 00 08 00 00 00",  // a compound without members
            "70 08 00 00 04 00 00 00 00 00 20 00",  // version 7
            "1c 00 00 00 04 00 00 00",  // class 12
            "36 01 00 00 04 00 00 00 72 00 02 10 08 00 00 04 00 00 00 00 00 20 00",  // a member outside its compound
        ])
    func contradictions(_ bytes: String) {
        #expect(throws: H5Error.self) { try decode(bytes) }
    }

    @Test("nesting without end is refused")
    func nesting() {
        let level = "19 00 00 00 10 00 00 00 "
        let error = #expect(throws: H5Error.self) {
            try decode(String(repeating: level, count: 2_000) + "10 00 00 00 01 00 00 00 00 00 08 00")
        }
        #expect(error?.code == .limitExceeded)
    }

    // MARK: Encoding

    @Test(
        "member names that are not UTF-8 are shown escaped and written as they were", arguments: [1, 2, 3] as [UInt8])
    func namesOutsideUTF8(version: UInt8) throws {
        let name = H5Name(bytes: [0x61, 0xFE, 0x62])
        var integer = H5Datatype.uint8
        integer.encodingVersion = version
        var enumeration = H5Datatype(
            kind: .enumeration(base: integer, members: [H5EnumerationMember(storedName: name, storedValue: [7])]),
            size: 1)
        enumeration.encodingVersion = version
        var compound = H5Datatype(
            kind: .compound([H5CompoundMember(storedName: name, offset: 0, type: enumeration)]), size: 1)
        compound.encodingVersion = version
        let bytes = try encoded(FieldSizes()) { try DatatypeMessage(compound).encode(to: &$0) }
        var cursor = ByteCursor(bytes.span.bytes, sizes: FieldSizes())
        let decoded = try DatatypeMessage(from: &cursor).datatype
        guard case .compound(let members) = decoded.kind, case .enumeration(_, let values) = members.first?.type.kind
        else {
            Issue.record("another type came back: \(decoded)")
            return
        }
        #expect(members.map(\.name) == ["a\\xfeb"] && values.map(\.name) == ["a\\xfeb"])
        #expect(members.first?.storedName.bytes == name.bytes && values.first?.storedName.bytes == name.bytes)
    }

    /// A type of any class; `depth` bounds how deep it nests.
    static func datatype(depth: Int, _ values: inout GeneratedValues) -> H5Datatype {
        let version = UInt8(values.int(1...5))
        func type(_ kind: H5Datatype.Kind, _ size: Int, from minimum: UInt8 = 1) -> H5Datatype {
            H5Datatype(kind: kind, size: size, encodingVersion: max(version, minimum))
        }
        let string = H5StringFormat(
            padding: [.nullTerminated, .nullPadded, .spacePadded][values.int(0...2)],
            characterSet: values.bool() ? .utf8 : .ascii)
        switch values.int(0...(depth > 0 ? 12 : 6)) {
        case 0, 1: return type(.integer(integer(isSigned: values.bool(), &values)), 8)
        case 2: return type(.bitfield(integer(isSigned: false, &values)), 8)
        case 3: return type(.float(float(&values)), 8)
        case 4:
            return type(.time(order: values.bool() ? .bigEndian : .littleEndian, precision: values.int(1...32)), 4)
        case 5: return values.bool() ? type(.string(string), values.int(1...100)) : type(.opaque(tag: tag(&values)), 5)
        case 6:
            let kind: H5ReferenceKind = [.object, .region, .standard][values.int(0...2)]
            let extra = kind == .object ? 0 : kind == .region ? 4 : 10
            return type(.reference(kind), values.sizes.offsets + extra)
        case 7: return type(.variableLengthString(string), 8 + values.sizes.offsets)
        case 8: return type(.variableLength(base: datatype(depth: depth - 1, &values)), 8 + values.sizes.offsets)
        case 9:
            let base = H5Datatype(kind: .float(float(&values)), size: 8, encodingVersion: version)
            return type(.complex(base: base), 16)
        case 10:
            let base = H5Datatype(
                kind: .integer(integer(isSigned: values.bool(), &values)), size: 8, encodingVersion: version)
            let members = values.array(0...6) { values in
                H5EnumerationMember(name: values.text(), storedValue: values.bytes(8))
            }
            return type(.enumeration(base: base, members: members), 8)
        case 11:
            let shape = values.array(1...4) { $0.int(1...3) }
            let base = datatype(depth: depth - 1, &values)
            return type(.array(shape: shape, base: base), shape.reduce(base.size, *), from: 2)
        default: return compound(version, depth: depth, &values)
        }
    }

    private static func compound(_ version: UInt8, depth: Int, _ values: inout GeneratedValues) -> H5Datatype {
        var end = 0
        let members = values.array(1...5) { values in
            var member = datatype(depth: depth - 1, &values)
            // Members of version 1 have dimensions themselves.
            if version == 1, values.bool() {
                let shape = values.array(1...4) { $0.int(1...3) }
                member = H5Datatype(
                    kind: .array(shape: shape, base: member), size: shape.reduce(member.size, *), encodingVersion: 1)
            }
            let offset = end + values.int(0...3)
            end = offset + member.size
            return H5CompoundMember(name: values.text(), offset: offset, type: member)
        }
        return H5Datatype(
            kind: .compound(members), size: end + values.int(0...300), encodingVersion: version)
    }

    private static func padding(_ values: inout GeneratedValues) -> H5BitPadding { values.bool() ? .one : .zero }

    private static func integer(isSigned: Bool, _ values: inout GeneratedValues) -> H5IntegerFormat {
        let offset = values.int(0...63)
        return H5IntegerFormat(
            order: values.bool() ? .bigEndian : .littleEndian, isSigned: isSigned, bitOffset: offset,
            precision: values.int(1...(64 - offset)), lowPadding: padding(&values), highPadding: padding(&values))
    }

    private static func float(_ values: inout GeneratedValues) -> H5FloatFormat {
        var format = H5FloatFormat.binary64
        format.order = [.littleEndian, .bigEndian, .vax][values.int(0...2)]
        format.signPosition = values.int(0...63)
        format.exponentPosition = values.int(0...52)
        format.exponentSize = values.int(1...11)
        format.exponentBias = values.uint32()
        format.mantissaSize = values.int(1...52)
        format.normalization = [.none, .mostSignificantBitSet, .implied][values.int(0...2)]
        format.lowPadding = padding(&values)
        format.highPadding = padding(&values)
        format.internalPadding = padding(&values)
        return format
    }

    private static func tag(_ values: inout GeneratedValues) -> String {
        String(repeating: "t", count: values.int(0...255))
    }

    /// The versions of a type and all that it holds.
    private func versions(_ type: H5Datatype) -> [UInt8] {
        switch type.kind {
        case .compound(let members): return [type.encodingVersion] + members.flatMap { versions($0.type) }
        case .enumeration(let base, _), .variableLength(let base), .array(_, let base), .complex(let base):
            return [type.encodingVersion] + versions(base)
        default: return [type.encodingVersion]
        }
    }

    @Test("types of every class and version keep their values, and their versions")
    func roundTrip() throws {
        try forGeneratedValues(cases: 300) { values in
            let type = Self.datatype(depth: 3, &values)
            let message = DatatypeMessage(type)
            try expectRoundTrip(message, values.sizes, { try $0.encode(to: &$1) }) { try DatatypeMessage(from: &$0) }
            let bytes = try encoded(values.sizes) { try message.encode(to: &$0) }
            let decoded = try decodeAll(bytes, values.sizes) { try DatatypeMessage(from: &$0) }
            #expect(versions(decoded.datatype) == versions(type))
        }
    }

    @Test(
        "types as libhdf5 writes them are given back",
        arguments: [
            "10 08 00 00 04 00 00 00 00 00 20 00", "10 09 00 00 02 00 00 00 00 00 10 00",
            "11 20 1f 00 04 00 00 00 00 00 20 00 17 08 00 17 7f 00 00 00",
            "11 21 3f 00 08 00 00 00 00 00 40 00 34 0b 00 34 ff 03 00 00",
            "31 61 1f 00 04 00 00 00 00 00 20 00 17 08 00 17 81 00 00 00",
            "11 00 4f 00 10 00 00 00 00 00 50 00 40 0f 00 40 ff 3f 00 00",
            "13 01 00 00 05 00 00 00", "13 11 00 00 07 00 00 00", "15 00 00 00 05 00 00 00",
            "15 10 00 00 08 00 00 00 4e 55 4d 50 59 3a 3c 4d 38 5b 75 73 5d 00 00 00",
            "19 01 01 00 10 00 00 00 10 00 00 00 01 00 00 00 00 00 08 00",
            "19 00 00 00 10 00 00 00 10 08 00 00 04 00 00 00 00 00 20 00",
            "17 00 00 00 08 00 00 00", "17 01 00 00 0c 00 00 00", "47 12 00 00 12 00 00 00",
            "5b 01 00 00 10 00 00 00 11 20 3f 00 08 00 00 00 00 00 40 00 34 0b 00 34 ff 03 00 00",
            "18 02 00 00 01 00 00 00 10 08 00 00 01 00 00 00 00 00 08 00 46 41 4c 53 45 00 00 00 54 52 55 45 00 00 00 00 "
                + "00 01",
            "14 00 00 00 01 00 00 00 00 00 08 00", "12 00 00 00 04 00 00 00 20 00",
            "2a 00 00 00 06 00 00 00 02 00 00 00 02 00 00 00 03 00 00 00 00 00 00 00 01 00 00 00 "
                + "10 00 00 00 01 00 00 00 00 00 08 00",
            "3a 00 00 00 06 00 00 00 02 02 00 00 00 03 00 00 00 10 00 00 00 01 00 00 00 00 00 08 00",
            "16 01 00 00 10 00 00 00 69 6e 74 5f 61 72 72 61 79 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 "
                + "00 00 00 00 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 10 09 00 00 04 00 00 00 00 00 20 00",
            "36 01 00 00 2e 01 00 00 72 00 2a 01 10 08 00 00 04 00 00 00 00 00 20 00",
        ])
    func bytes(_ text: String) throws {
        try expectBytes(text, { try DatatypeMessage(from: &$0) }, { try $0.encode(to: &$1) })
    }

    @Test("what the format cannot say is refused")
    func refusals() {
        let byte = H5Datatype(kind: .integer(H5IntegerFormat(isSigned: false, precision: 8)), size: 1)
        func refuse(_ kind: H5Datatype.Kind, size: Int, version: UInt8 = 3) {
            expectRefusal {
                try DatatypeMessage(H5Datatype(kind: kind, size: size, encodingVersion: version)).encode(to: &$0)
            }
        }
        refuse(byte.kind, size: 0)
        refuse(byte.kind, size: 1, version: 6)
        refuse(byte.kind, size: 1 << 32)
        refuse(.integer(H5IntegerFormat(order: .vax, isSigned: true, precision: 8)), size: 1)
        refuse(.integer(H5IntegerFormat(isSigned: true, precision: 8, highPadding: .background)), size: 1)
        refuse(.bitfield(H5IntegerFormat(isSigned: true, precision: 8)), size: 1)
        refuse(.opaque(tag: String(repeating: "t", count: 256)), size: 1)
        refuse(.opaque(tag: "a\0b"), size: 1)
        refuse(.array(shape: [2], base: byte), size: 2, version: 1)
        refuse(.array(shape: [], base: byte), size: 1)
        refuse(.compound([H5CompoundMember(name: "a\0b", offset: 0, type: byte)]), size: 1)
        refuse(.compound([H5CompoundMember(name: "a", offset: 256, type: byte)]), size: 255)
        refuse(
            .enumeration(base: byte, members: [H5EnumerationMember(name: "a", storedValue: [1, 2])]), size: 1)
        var nested = byte
        for _ in 0..<40 { nested = H5Datatype(kind: .variableLength(base: nested), size: 16) }
        refuse(nested.kind, size: 16)
    }
}
