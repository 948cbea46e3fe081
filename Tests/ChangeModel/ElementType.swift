import HDF5
import HDF5Format

/// A type of elements that random changes write: how it is described, and what its values look like, told without the library's own encoding.
package indirect enum ElementType: Hashable {
    case integer(size: Int, isSigned: Bool, isBigEndian: Bool)
    case float(size: Int, isBigEndian: Bool)
    case bool
    case text
    case fixedText(Int)
    case compound([Member])
    case array([Int], ElementType)
    case sequence(ElementType)

    package struct Member: Hashable {
        var name: String
        var type: ElementType
    }

    /// The type as the library names it.
    package var datatype: H5Datatype {
        switch self {
        case .integer(let size, let isSigned, let isBigEndian):
            let types: [H5Datatype] =
                isSigned ? [.int8, .int16, .int32, .int64] : [.uint8, .uint16, .uint32, .uint64]
            let type = types[size.trailingZeroBitCount]
            return isBigEndian ? type.bigEndian : type
        case .float(let size, let isBigEndian):
            let type: H5Datatype = size == 4 ? .float32 : .float64
            return isBigEndian ? type.bigEndian : type
        case .bool: return .bool
        case .text: return .string
        case .fixedText(let count): return .fixedString(count)
        case .compound(let members): return .compound(members.map { ($0.name, $0.type.datatype) })
        case .array(let shape, let base): return .array(shape, of: base.datatype)
        case .sequence(let base): return .sequence(of: base.datatype)
        }
    }

    /// The bytes of an element in a record; variable-length types are not put into records.
    private var size: Int {
        switch self {
        case .integer(let size, _, _), .float(let size, _): return size
        case .bool: return 1
        case .fixedText(let count): return count
        case .compound(let members): return members.reduce(0) { $0 + $1.type.size }
        case .array(let shape, let base): return shape.reduce(base.size, *)
        case .text, .sequence: return 16
        }
    }

    /// The type as a digest shows it.
    package var digest: Fragment {
        switch self {
        case .integer(let size, let isSigned, let isBigEndian):
            return [
                "class": "int", "size": size, "order": isBigEndian ? "be" : "le", "signed": isSigned,
                "precision": size * 8, "offset": 0, "pad": ["zero", "zero"],
            ]
        case .float(let size, let isBigEndian):
            let mantissa = size == 4 ? 23 : 52
            let exponent = size == 4 ? 8 : 11
            return [
                "class": "float", "size": size, "order": isBigEndian ? "be" : "le", "precision": size * 8, "offset": 0,
                "pad": ["zero", "zero"], "inpad": "zero", "sign_pos": size * 8 - 1, "exp_pos": mantissa,
                "exp_size": exponent, "mant_pos": 0, "mant_size": mantissa, "exp_bias": 1 << (exponent - 1) - 1,
                "norm": "implied",
            ]
        case .bool:
            return [
                "class": "enum", "size": 1,
                "base": ElementType.integer(size: 1, isSigned: true, isBigEndian: false).digest,
                "members": [["name": "FALSE", "value": 0], ["name": "TRUE", "value": 1]] as [Fragment],
            ]
        case .text: return ["class": "string", "variable": true, "pad": "nullterm", "cset": "utf8"]
        case .fixedText(let count):
            return ["class": "string", "variable": false, "size": count, "pad": "nullpad", "cset": "utf8"]
        case .compound(let members):
            var offset = 0
            var list: [Fragment] = []
            for member in members {
                list.append(["name": member.name, "offset": offset, "type": member.type.digest])
                offset += member.type.size
            }
            return ["class": "compound", "size": offset, "members": list]
        case .array(let shape, let base): return ["class": "array", "dims": shape, "base": base.digest]
        case .sequence(let base): return ["class": "vlen", "base": base.digest]
        }
    }

    // MARK: Values

    /// What elements read as that were never written.
    package var zero: H5Value {
        switch self {
        case .integer(_, let isSigned, _): return isSigned ? .integer(0) : .unsigned(0)
        case .float: return .float(H5FloatValue(0.0))
        case .bool: return .enumeration(name: "FALSE", value: .integer(0))
        case .text, .fixedText: return .string("")
        case .compound(let members): return .compound(members.map { H5ValueMember(name: $0.name, value: $0.type.zero) })
        case .array(let shape, let base):
            return .array(shape: shape, [H5Value](repeating: base.zero, count: shape.reduce(1, *)))
        case .sequence: return .sequence([])
        }
    }

    /// A value that looks random.
    package func value(_ random: inout SeededGenerator) -> H5Value {
        switch self {
        case .integer(let size, let isSigned, _):
            let bits = UInt64.random(in: .min ... .max, using: &random)
            let shift = UInt64(64 - size * 8)
            return isSigned ? .integer(Int64(bitPattern: bits) >> Int64(shift)) : .unsigned(bits >> shift)
        case .float(let size, _):
            let value = Double.random(in: -1e6...1e6, using: &random)
            return .float(size == 4 ? H5FloatValue(Float(value)) : H5FloatValue(value))
        case .bool:
            let value = Bool.random(using: &random)
            return .enumeration(name: value ? "TRUE" : "FALSE", value: .integer(value ? 1 : 0))
        case .text:
            let isLong = Int.random(in: 0..<40, using: &random) == 0
            return .string(random.text(0...(isLong ? 6_000 : 30)))
        case .fixedText(let count): return .string(random.text(0...(count / 3)))
        case .compound(let members):
            return .compound(members.map { H5ValueMember(name: $0.name, value: $0.type.value(&random)) })
        case .array(let shape, let base):
            return .array(shape: shape, (0..<shape.reduce(1, *)).map { _ in base.value(&random) })
        case .sequence(let base):
            return .sequence((0..<Int.random(in: 0...9, using: &random)).map { _ in base.value(&random) })
        }
    }

    /// The canonical encoding of a value (`Spec/digest.md`).
    package func canonical(_ value: H5Value) -> [UInt8] {
        switch (self, value) {
        case (.integer(let size, _, _), .integer(let number)): return bytes(UInt64(bitPattern: number), size)
        case (.integer(let size, _, _), .unsigned(let number)): return bytes(number, size)
        case (.float(let size, _), .float(let number)):
            return size == 4
                ? bytes(UInt64(Float(number.value).bitPattern), 4) : bytes(number.value.bitPattern, 8)
        case (.bool, .enumeration(_, .integer(let number))): return [UInt8(truncatingIfNeeded: number)]
        case (.text, .string(let text)), (.fixedText, .string(let text)):
            return bytes(UInt64(text.utf8.count), 8) + Array(text.utf8)
        case (.compound(let members), .compound(let values)):
            return zip(members, values).flatMap { $0.type.canonical($1.value) }
        case (.array(_, let base), .array(_, let values)): return values.flatMap { base.canonical($0) }
        case (.sequence(let base), .sequence(let values)):
            return bytes(UInt64(values.count), 8) + values.flatMap { base.canonical($0) }
        default: return []  // no value of the type, which the comparison shows
        }
    }

    private func bytes(_ number: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
    }

    // MARK: Types that look random, and those of files made elsewhere

    package static func random(_ random: inout SeededGenerator, isPlain: Bool = false) -> ElementType {
        let size = 1 << Int.random(in: 0...3, using: &random)
        switch Int.random(in: 0..<(isPlain ? 6 : 12), using: &random) {
        case 0...2:
            return .integer(
                size: size, isSigned: .random(using: &random), isBigEndian: size > 1 && .random(using: &random))
        case 3...4: return .float(size: max(4, size), isBigEndian: .random(using: &random))
        case 5: return .bool
        case 6...7: return .text
        case 8: return .fixedText(Int.random(in: 3...20, using: &random))
        case 9:
            return .compound(
                (0..<Int.random(in: 1...4, using: &random)).map {
                    Member(name: "member \($0)", type: ElementType.random(&random, isPlain: true))
                })
        case 10: return .array([2, 3], ElementType.random(&random, isPlain: true))
        default: return .sequence(ElementType.random(&random, isPlain: true))
        }
    }

    /// The type that a digest shows, where it is a plain number.
    init?(digest: Fragment) {
        guard let size = digest["size"] as? Int else { return nil }
        let isBigEndian = digest["order"] as? String == "be"
        switch digest["class"] as? String {
        case "int":
            guard digest["precision"] as? Int == size * 8, let isSigned = digest["signed"] as? Bool,
                [1, 2, 4, 8].contains(size)
            else { return nil }
            self = .integer(size: size, isSigned: isSigned, isBigEndian: isBigEndian)
        case "float":
            let type = ElementType.float(size: size, isBigEndian: isBigEndian)
            guard size == 4 || size == 8, isEqual(digest, type.digest) else { return nil }
            self = type
        default: return nil
        }
    }
}
