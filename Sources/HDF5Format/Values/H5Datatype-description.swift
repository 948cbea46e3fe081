extension H5Datatype: CustomStringConvertible {
    /// The type as people write it: `float32`, `uint16 (big-endian)`, `string[12]`, `{r: float32, i: float32}`.
    public var description: String { text(showingOrder: true) }

    private func text(showingOrder: Bool) -> String {
        switch kind {
        case .integer(let format):
            let name = (format.isSigned ? "int" : "uint") + String(size * 8)
            let bits =
                format.precision == size * 8 ? "" : " (\(format.precision) bits at \(format.bitOffset))"
            return name + bits + order(format.order)
        case .float(let format):
            let name =
                format.hasSameFields(as: .binary16) || format.hasSameFields(as: .binary32)
                    || format.hasSameFields(as: .binary64)
                ? "float\(size * 8)"
                : "float\(size * 8) (exponent \(format.exponentSize), mantissa \(format.mantissaSize))"
            return name + order(format.order)
        case .time(let order, let precision):
            return "time\(precision)" + self.order(order)
        case .string: return "string[\(size)]"
        case .variableLengthString: return "string"
        case .bitfield(let format): return "bitfield\(size * 8)" + order(format.order)
        case .opaque(let tag): return tag.isEmpty ? "opaque[\(size)]" : "opaque[\(size)] '\(tag)'"
        case .compound(let members):
            return "{" + members.map { "\($0.name): \($0.type)" }.joined(separator: ", ") + "}"
        case .reference(let kind):
            switch kind {
            case .object: return "object reference"
            case .region: return "region reference"
            case .standard: return "reference"
            }
        case .enumeration(let base, let members):
            if isBoolean { return "bool" }
            return "enum \(base) {" + members.map(\.name).joined(separator: ", ") + "}"
        case .variableLength(let base): return "sequence of \(base)"
        case .array(let shape, let base): return "\(base)[" + shape.map(String.init).joined(separator: ", ") + "]"
        case .complex(let base): return "complex of \(base)"
        }
    }

    private func order(_ order: H5ByteOrder) -> String {
        guard size > 1 else { return "" }
        switch order {
        case .littleEndian: return ""
        case .bigEndian: return " (big-endian)"
        case .vax: return " (VAX)"
        }
    }

    /// Whether this is how h5py stores Booleans: an 8-bit enumeration of FALSE = 0 and TRUE = 1.
    public var isBoolean: Bool {
        guard case .enumeration(_, let members) = kind, size == 1, members.count == 2 else { return false }
        return members.contains(H5EnumerationMember(name: "FALSE", storedValue: [0]))
            && members.contains(H5EnumerationMember(name: "TRUE", storedValue: [1]))
    }

    /// The type of both parts where this is a complex number: the native class of HDF5 2.0, or a compound of two
    /// equal floating-point members named `r` and `i`, `re` and `im`, or `real` and `imag` (or `imaginary`).
    public var complexBase: H5Datatype? {
        switch kind {
        case .complex(let base): return base
        case .compound(let members):
            guard members.count == 2, members[0].type == members[1].type, case .float = members[0].type.kind else {
                return nil
            }
            let names = (members[0].name.lowercased(), members[1].name.lowercased())
            switch names {
            case ("r", "i"), ("re", "im"), ("real", "imag"), ("real", "imaginary"): return members[0].type
            default: return nil
            }
        default: return nil
        }
    }

    /// Whether elements hold places in the file that they belong to, and so mean nothing in another one: variable-length
    /// data and references.
    package var holdsPlaces: Bool {
        switch kind {
        case .variableLength, .variableLengthString, .reference: return true
        case .compound(let members): return members.contains { $0.type.holdsPlaces }
        case .array(_, let base): return base.holdsPlaces
        default: return false
        }
    }

    /// Whether elements hold descriptors that lead into the global heap (variable-length data or region references).
    public var hasHeapData: Bool {
        switch kind {
        case .variableLength, .variableLengthString: return true
        case .reference(let kind): return kind != .object
        case .compound(let members): return members.contains { $0.type.hasHeapData }
        case .array(_, let base), .complex(let base): return base.hasHeapData
        default: return false
        }
    }
}
