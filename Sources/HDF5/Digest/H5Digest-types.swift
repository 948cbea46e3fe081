import HDF5Format

extension JSONWriter {
    /// Writes the members that describe an extent.
    mutating func writeMembers(of dataspace: H5Dataspace) {
        switch dataspace.kind {
        case .scalar: member("kind", "scalar")
        case .null: member("kind", "null")
        case .simple:
            member("kind", "simple")
            member("shape", dataspace.shape)
            member("maxshape", dataspace.maximumShape.map { $0 ?? -1 })
        }
    }

    /// Writes the members that describe a type.
    mutating func writeMembers(of datatype: H5Datatype) {
        let size = datatype.size
        switch datatype.kind {
        case .integer(let format):
            member("class", "int")
            member("size", size)
            member("order", format.order.digestName)
            member("signed", format.isSigned)
            writeBits(format)
        case .bitfield(let format):
            member("class", "bitfield")
            member("size", size)
            member("order", format.order.digestName)
            writeBits(format)
        case .float(let format): writeFloat(format, size)
        case .time(let order, let precision):
            member("class", "time")
            member("size", size)
            member("order", order.digestName)
            member("precision", precision)
        case .string(let format):
            member("class", "string")
            member("variable", false)
            member("size", size)
            writeText(format)
        case .variableLengthString(let format):
            member("class", "string")
            member("variable", true)
            writeText(format)
        case .opaque(let tag):
            member("class", "opaque")
            member("size", size)
            member("tag", tag)
        case .compound(let members): writeCompound(members, size)
        case .reference(let kind):
            member("class", "reference")
            switch kind {
            case .object: member("kind", "object")
            case .region: member("kind", "region")
            case .standard: member("kind", "std")
            }
        case .enumeration(let base, let members): writeEnumeration(base, members, size)
        case .variableLength(let base):
            member("class", "vlen")
            object("base") { $0.writeMembers(of: base) }
        case .array(let shape, let base):
            member("class", "array")
            member("dims", shape)
            object("base") { $0.writeMembers(of: base) }
        case .complex(let base):
            member("class", "complex")
            member("size", size)
            object("base") { $0.writeMembers(of: base) }
        }
    }

    private mutating func writeBits(_ format: H5IntegerFormat) {
        member("precision", format.precision)
        member("offset", format.bitOffset)
        member("pad", texts: [format.lowPadding.digestName, format.highPadding.digestName])
    }

    private mutating func writeFloat(_ format: H5FloatFormat, _ size: Int) {
        member("class", "float")
        member("size", size)
        member("order", format.order.digestName)
        member("precision", format.precision)
        member("offset", format.bitOffset)
        member("pad", texts: [format.lowPadding.digestName, format.highPadding.digestName])
        member("inpad", format.internalPadding.digestName)
        member("sign_pos", format.signPosition)
        member("exp_pos", format.exponentPosition)
        member("exp_size", format.exponentSize)
        member("mant_pos", format.mantissaPosition)
        member("mant_size", format.mantissaSize)
        member("exp_bias", format.exponentBias)
        switch format.normalization {
        case .none: member("norm", "none")
        case .mostSignificantBitSet: member("norm", "msbset")
        case .implied: member("norm", "implied")
        }
    }

    private mutating func writeText(_ format: H5StringFormat) {
        switch format.padding {
        case .nullTerminated: member("pad", "nullterm")
        case .nullPadded: member("pad", "nullpad")
        case .spacePadded: member("pad", "spacepad")
        }
        member("cset", format.characterSet == .ascii ? "ascii" : "utf8")
    }

    private mutating func writeCompound(_ members: [H5CompoundMember], _ size: Int) {
        member("class", "compound")
        member("size", size)
        array("members") { json in
            let sorted = members.sorted {
                $0.offset != $1.offset ? $0.offset < $1.offset : $0.storedName < $1.storedName
            }
            for item in sorted {
                json.object { json in
                    json.member("name", item.name)
                    json.member("offset", item.offset)
                    json.object("type") { $0.writeMembers(of: item.type) }
                }
            }
        }
    }

    private mutating func writeEnumeration(_ base: H5Datatype, _ members: [H5EnumerationMember], _ size: Int) {
        member("class", "enum")
        member("size", size)
        object("base") { $0.writeMembers(of: base) }
        array("members") { json in
            for item in members.sorted(by: { $0.storedName < $1.storedName }) {
                json.object { json in
                    json.member("name", item.name)
                    if let signed = item.value(as: Int64.self, base: base) {
                        json.member("value", signed)
                    } else if let unsigned = item.value(as: UInt64.self, base: base) {
                        json.member("value", unsigned)
                    }
                }
            }
        }
    }
}

extension H5ByteOrder {
    fileprivate var digestName: String {
        switch self {
        case .littleEndian: return "le"
        case .bigEndian: return "be"
        case .vax: return "vax"
        }
    }
}

extension H5BitPadding {
    fileprivate var digestName: String {
        switch self {
        case .zero: return "zero"
        case .one: return "one"
        case .background: return "background"
        }
    }
}
