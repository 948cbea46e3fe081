import HDF5Format

/// One step of the canonical encoding of an element.
///
/// Steps that only move bytes are joined where they touch, so that a compound of plain numbers without gaps is one
/// copy, and elements made of one copy go to the checksum as they lie in the file.
indirect enum CanonicalStep: Hashable, Sendable {
    /// Bytes as they are.
    case copy(at: Int, count: Int)
    /// `count` words of `width` bytes side by side, each reversed.
    case reverse(at: Int, width: Int, count: Int)
    /// The value bits of an integer, sign-extended to `size` bytes.
    case integer(IntegerFields, at: Int, size: Int)
    /// The same for integers of more bits than a machine has.
    case hugeInteger(H5IntegerFormat, at: Int, size: Int)
    case string(H5StringFormat.Padding, at: Int, size: Int)
    case variableString(at: Int)
    case reference(H5ReferenceKind, at: Int, size: Int)
    case sequence([CanonicalStep], at: Int, baseSize: Int)
    case array([CanonicalStep], at: Int, count: Int, stride: Int)

    /// The steps for an element of a datatype that lies `offset` bytes into its record.
    static func steps(_ datatype: H5Datatype, at offset: Int) -> [CanonicalStep] {
        let size = datatype.size
        switch datatype.kind {
        case .integer(let format):
            if format.bitOffset == 0, format.precision == size * 8 { return plain(format.order, offset, size) }
            if let fields = IntegerFields(format, size: size) { return [.integer(fields, at: offset, size: size)] }
            return [.hugeInteger(format, at: offset, size: size)]
        case .bitfield(let format): return plain(format.order, offset, size)
        case .time(let order, _): return plain(order, offset, size)
        case .float(let format): return plain(format.order, offset, size)
        case .opaque: return [.copy(at: offset, count: size)]
        case .string(let format): return [.string(format.padding, at: offset, size: size)]
        case .variableLengthString: return [.variableString(at: offset)]
        case .reference(let kind): return [.reference(kind, at: offset, size: size)]
        case .enumeration(let base, _): return steps(base, at: offset)
        case .complex(let base): return joined(steps(base, at: offset) + steps(base, at: offset &+ base.size))
        case .variableLength(let base):
            return [.sequence(steps(base, at: 0), at: offset, baseSize: base.size)]
        case .array(_, let base):
            let count = base.size > 0 ? size / base.size : 0
            let inner = steps(base, at: 0)
            if case .copy(0, base.size) = inner.first, inner.count == 1 { return [.copy(at: offset, count: size)] }
            if case .reverse(0, let width, let words) = inner.first, inner.count == 1, width &* words == base.size {
                return [.reverse(at: offset, width: width, count: words &* count)]
            }
            return [.array(inner, at: offset, count: count, stride: base.size)]
        case .compound(let members):
            let ordered = members.sorted {
                $0.offset != $1.offset
                    ? $0.offset < $1.offset : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
            }
            var all: [CanonicalStep] = []
            for member in ordered { all += steps(member.type, at: offset &+ member.offset) }
            return joined(all)
        }
    }

    /// Numbers that show all their bits; VAX order is not undone.
    private static func plain(_ order: H5ByteOrder, _ offset: Int, _ size: Int) -> [CanonicalStep] {
        order == .bigEndian && size > 1
            ? [.reverse(at: offset, width: size, count: 1)] : [.copy(at: offset, count: size)]
    }

    /// Joins neighbours that touch and are moved alike.
    private static func joined(_ steps: [CanonicalStep]) -> [CanonicalStep] {
        var result: [CanonicalStep] = []
        for step in steps {
            switch (result.last, step) {
            case (.copy(let start, let count), .copy(let next, let more)) where start &+ count == next:
                result[result.count - 1] = .copy(at: start, count: count &+ more)
            case (.reverse(let start, let width, let count), .reverse(let next, let nextWidth, let more))
            where width == nextWidth && start &+ width &* count == next:
                result[result.count - 1] = .reverse(at: start, width: width, count: count &+ more)
            default: result.append(step)
            }
        }
        return result
    }
}
