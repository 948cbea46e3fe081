import HDF5Format

/// A datatype, prepared for decoding rows: members by name, numbers by how they are read.
final class RowNode: Sendable {
    enum Kind: Sendable {
        case number(ScalarSource)
        case enumeration(ScalarSource, names: [ScalarValue: String], values: [String: [UInt8]])
        case string(H5StringFormat.Padding)
        case variableString
        case compound(RowRecord)
        /// Elements side by side inside the element.
        case array(RowNode, count: Int)
        case sequence(RowNode)
        /// What no Swift type stands for.
        case other
    }

    struct Member: Sendable {
        var name: String
        var offset: Int
        var node: RowNode
    }

    let kind: Kind
    /// The bytes of one element.
    let size: Int
    /// The type, for errors.
    let datatype: H5Datatype
    /// The bits of a number that are set whatever its value; empty where there are none.
    let padding: [UInt8]

    init(_ datatype: H5Datatype) throws {
        self.datatype = datatype
        size = datatype.size
        // Only who writes needs them; bits that none can write stay zero.
        padding = (try? datatype.numberBase.paddingBits()) ?? []
        switch datatype.kind {
        case .integer, .bitfield, .time, .float: kind = ScalarSource(datatype).map { .number($0) } ?? .other
        case .enumeration(let base, let members):
            guard base.size == size, let source = ScalarSource(base) else {
                kind = .other
                return
            }
            var names: [ScalarValue: String] = [:]
            var values: [String: [UInt8]] = [:]
            for member in members where member.storedValue.count >= base.size {
                let value = source.value(member.storedValue, at: 0)
                // The first of two names for one value stays.
                if names[value] == nil { names[value] = member.name }
                if values[member.name] == nil { values[member.name] = Array(member.storedValue.prefix(size)) }
            }
            kind = .enumeration(source, names: names, values: values)
        case .string(let format): kind = .string(format.padding)
        case .variableLengthString: kind = .variableString
        case .opaque: kind = .array(try RowNode(Self.byte), count: size)
        case .reference: kind = .other
        case .compound(let members):
            var nodes: [Member] = []
            var numbers: [String: Int] = [:]
            for member in members {
                let (end, overflow) = member.offset.addingReportingOverflow(member.type.size)
                guard member.offset >= 0, !overflow, end <= size else {
                    throw H5Error(.damaged, "member \(member.name) lies outside its compound of \(size) bytes")
                }
                if numbers[member.name] == nil { numbers[member.name] = nodes.count }
                nodes.append(Member(name: member.name, offset: member.offset, node: try RowNode(member.type)))
            }
            kind = .compound(RowRecord(members: nodes, numbers: numbers))
        case .array(let shape, let base):
            // A row of rows: each axis is an array of what the axes after it make.
            let inner: H5Datatype
            if shape.count > 1 {
                let rest = Array(shape.dropFirst())
                let size = try checkedProduct(rest + [base.size], "the size of an array type")
                inner = H5Datatype(kind: .array(shape: rest, base: base), size: size)
            } else {
                inner = base
            }
            let count = shape.first ?? 1
            let (bytes, overflow) = count.multipliedReportingOverflow(by: inner.size)
            guard count >= 0, !overflow, bytes <= size else {
                throw H5Error(.damaged, "an array type of \(size) bytes holds \(count) elements of \(inner.size) bytes")
            }
            kind = .array(try RowNode(inner), count: count)
        case .variableLength(let base): kind = .sequence(try RowNode(base))
        case .complex(let base):
            guard base.size * 2 <= size else {
                throw H5Error(.damaged, "a complex type of \(size) bytes holds parts of \(base.size) bytes")
            }
            kind = .array(try RowNode(base), count: 2)
        }
    }

    private static let byte = H5Datatype.uint8
}

/// The members of a compound type, in the order of the type and by name.
final class RowRecord: Sendable {
    let members: [RowNode.Member]
    let numbers: [String: Int]

    init(members: [RowNode.Member], numbers: [String: Int]) {
        self.members = members
        self.numbers = numbers
    }
}

/// A number as it was read, before it becomes the type asked for.
enum ScalarValue: Hashable, Sendable {
    case signed(Int64)
    case unsigned(UInt64)
    /// An integer of more than 64 bits.
    case wide(Int128)
    case wideUnsigned(UInt128)
    case float(Double)
    /// A floating-point number of more bits than a Double.
    case wideFloat(UnpackedFloat)

    /// The number as an integer; nil where the type cannot hold it.
    @inline(__always)
    func integer<Target: MachineInteger>(_ type: Target.Type) -> Target? {
        switch self {
        case .signed(let value): return Target(exactly: value)
        case .unsigned(let value): return Target(exactly: value)
        case .wide(let value): return Target(exactly: value)
        case .wideUnsigned(let value): return Target(exactly: value)
        case .float(let value):
            guard value >= Target.lowerBound, value < Target.upperBound else { return nil }
            let result = Target(value)
            return Double(result) == value ? result : nil
        case .wideFloat(let value):
            guard let (result, isExact) = value.truncated(to: Target.self), isExact else { return nil }
            return result
        }
    }

    /// The number as a floating-point number; nil where the type cannot hold it.
    @inline(__always)
    func float<Target: MachineFloat>(_ type: Target.Type) -> Target? {
        func checked<Stored: FixedWidthInteger>(_ value: Stored, _ result: Target) -> Target? {
            let magnitude = value.magnitude
            let bits = Stored.bitWidth - magnitude.leadingZeroBitCount - magnitude.trailingZeroBitCount
            return bits <= Target.precision && result.asDouble.isFinite ? result : nil
        }
        switch self {
        case .float(let value):
            let result = Target(value)
            return result.asDouble == value || value.isNaN ? result : nil
        case .signed(let value): return checked(value, Target(value))
        case .unsigned(let value): return checked(value, Target(value))
        case .wide(let value): return checked(value, Target(wide: value))
        case .wideUnsigned(let value): return checked(value, Target(wide: value))
        case .wideFloat(let value):
            let (result, isExact) = value.rounded(to: Target.self)
            return isExact ? Target(result) : nil
        }
    }

    /// The number as text, for errors.
    var text: String {
        switch self {
        case .signed(let value): return "\(value)"
        case .unsigned(let value): return "\(value)"
        case .wide(let value): return "\(value)"
        case .wideUnsigned(let value): return "\(value)"
        case .float(let value): return "\(value)"
        case .wideFloat(let value): return "\(value.rounded(to: Double.self).value)"
        }
    }
}

/// How the numbers of one stored type are read one by one.
enum ScalarSource: Sendable {
    case integer(width: Int, isSigned: Bool, isSwapped: Bool)
    case float(isSwapped: Bool)
    case double(isSwapped: Bool)
    case fields(IntegerFields)
    case floatFields(FloatFields)

    /// The source for a type; nil where it is no number, or one of more bits than can be read.
    init?(_ datatype: H5Datatype) {
        let isLittleMachine = 1.littleEndian == 1
        switch datatype.kind {
        case .integer(let format), .bitfield(let format):
            if format.bitOffset == 0, format.precision == datatype.size * 8, format.order != .vax,
                [1, 2, 4, 8].contains(datatype.size)
            {
                self = .integer(
                    width: datatype.size, isSigned: format.isSigned,
                    isSwapped: (format.order == .littleEndian) != isLittleMachine)
                return
            }
            guard let fields = IntegerFields(format, size: datatype.size) else { return nil }
            self = .fields(fields)
        case .time(let order, let precision):
            let format = H5IntegerFormat(order: order, isSigned: true, precision: precision)
            guard let fields = IntegerFields(format, size: datatype.size) else { return nil }
            self = .fields(fields)
        case .float(let format):
            if format.order != .vax, format.precision == datatype.size * 8 {
                let isSwapped = (format.order == .littleEndian) != isLittleMachine
                if format.hasSameFields(as: .binary32) {
                    self = .float(isSwapped: isSwapped)
                    return
                }
                if format.hasSameFields(as: .binary64) {
                    self = .double(isSwapped: isSwapped)
                    return
                }
            }
            guard let fields = FloatFields(format, size: datatype.size) else { return nil }
            self = .floatFields(fields)
        default: return nil
        }
    }

    /// The number at an offset, from which on there are as many bytes as the type has.
    @inline(__always)
    func value(_ bytes: [UInt8], at offset: Int) -> ScalarValue {
        // Loads from a span are checked against its end.
        let span = bytes.span.bytes
        switch self {
        case .float(let isSwapped):
            let bits = span.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
            return .float(Double(Float(bitPattern: isSwapped ? bits.byteSwapped : bits)))
        case .double(let isSwapped):
            let bits = span.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
            return .float(Double(bitPattern: isSwapped ? bits.byteSwapped : bits))
        case .integer(let width, let isSigned, let isSwapped):
            switch width {
            case 1:
                let bits = span.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self)
                return isSigned ? .signed(Int64(Int8(bitPattern: bits))) : .unsigned(UInt64(bits))
            case 2:
                let stored = span.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self)
                let bits = isSwapped ? stored.byteSwapped : stored
                return isSigned ? .signed(Int64(Int16(bitPattern: bits))) : .unsigned(UInt64(bits))
            case 4:
                let stored = span.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
                let bits = isSwapped ? stored.byteSwapped : stored
                return isSigned ? .signed(Int64(Int32(bitPattern: bits))) : .unsigned(UInt64(bits))
            default:
                let stored = span.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
                let bits = isSwapped ? stored.byteSwapped : stored
                return isSigned ? .signed(Int64(bitPattern: bits)) : .unsigned(bits)
            }
        case .fields(let fields):
            let bits = span.extracting(offset..<(offset &+ fields.window.size)).withUnsafeBytes { element in
                // The fields lie inside their element, which was just cut out.
                element.baseAddress.map { fields.load($0) } ?? 0
            }
            if fields.precision > 64 {
                return fields.isSigned ? .wide(Int128(bitPattern: bits)) : .wideUnsigned(bits)
            }
            let low = UInt64(truncatingIfNeeded: bits)
            return fields.isSigned ? .signed(Int64(bitPattern: low)) : .unsigned(low)
        case .floatFields(let fields):
            let bits = span.extracting(offset..<(offset &+ fields.window.size)).withUnsafeBytes { element in
                // The fields lie inside their element, which was just cut out.
                element.baseAddress.map { fields.window.load($0) } ?? 0
            }
            let number = fields.unpack(bits)
            let (value, isExact) = number.rounded(to: Double.self)
            return isExact ? .float(value) : .wideFloat(number)
        }
    }
}
