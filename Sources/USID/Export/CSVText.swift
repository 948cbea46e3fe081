import HDF5
import RealModule

/// Lines of comma-separated values, as bytes.
struct CSVText {
    private(set) var bytes: [UInt8] = []

    static let comma = UInt8(ascii: ",")

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }
    mutating func separate() { bytes.append(Self.comma) }
    mutating func endLine() { bytes.append(UInt8(ascii: "\n")) }

    /// Adds text that needs no quotes.
    mutating func add(verbatim text: [UInt8]) { bytes += text }

    /// Adds a text, in quotes where it has a comma, a quote or an end of line (RFC 4180).
    mutating func add(_ text: String) {
        let special: [UInt8] = [Self.comma, UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "\r")]
        guard text.utf8.contains(where: special.contains) else {
            bytes += text.utf8
            return
        }
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Adds a number with the fewest digits that read back as the same number.
    mutating func add(_ value: Double) {
        // 15 digits tell all numbers apart, so of those that are read back as the number there is one only.
        let scaled = (value * 1e6).rounded()
        if scaled.magnitude < 1e15, scaled / 1e6 == value, scaled != 0 || value.bitPattern == 0 {
            if scaled.magnitude >= 100 || scaled == 0 {
                return add(millionths: UInt64(scaled.magnitude), isNegative: value < 0)
            }
        }
        bytes += value.description.utf8
    }

    /// Adds a number with the fewest digits that read back as the same number.
    mutating func add(_ value: Float) {
        // Here 6 digits do; whole numbers have all of theirs up to 2^24.
        if value.magnitude < 0x1p24, value == value.rounded(.towardZero), value.bitPattern != 0x8000_0000 {
            return add(millionths: UInt64(value.magnitude) * 1_000_000, isNegative: value < 0)
        }
        let scaled = (value * 1e4).rounded()
        if scaled.magnitude < 1e6, scaled / 1e4 == value, scaled != 0 {
            return add(millionths: UInt64(scaled.magnitude) * 100, isNegative: value < 0)
        }
        bytes += value.description.utf8
    }

    /// Adds a number without zeros at its end, but with one digit behind the point, as `description` does.
    private mutating func add(millionths: UInt64, isNegative: Bool) {
        if isNegative { bytes.append(UInt8(ascii: "-")) }
        let (whole, part) = millionths.quotientAndRemainder(dividingBy: 1_000_000)
        add(whole)
        bytes.append(UInt8(ascii: "."))
        var rest = part
        var power: UInt64 = 100_000
        repeat {
            bytes.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest / power))
            rest %= power
            power /= 10
        } while rest > 0
    }

    mutating func add(_ value: some FixedWidthInteger) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = UInt64(clamping: value.magnitude)
        let start = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    /// Adds a complex number as Python reads it: `1.0-2.0j`.
    mutating func add(_ value: Complex<Double>) {
        let (real, imaginary) = value.rawStorage
        add(real)
        if imaginary.sign == .plus || imaginary.isNaN { bytes.append(UInt8(ascii: "+")) }
        add(imaginary)
        bytes.append(UInt8(ascii: "j"))
    }

    /// Adds a complex number as Python reads it: `1.0-2.0j`.
    mutating func add(_ value: Complex<Float>) {
        let (real, imaginary) = value.rawStorage
        add(real)
        if imaginary.sign == .plus || imaginary.isNaN { bytes.append(UInt8(ascii: "+")) }
        add(imaginary)
        bytes.append(UInt8(ascii: "j"))
    }
}

/// Elements of a kind that has a text of its own.
enum TextElements: Sendable {
    case float([Float])
    case double([Double])
    case signed([Int64])
    case unsigned([UInt64])
    case boolean([Bool])
    case complexFloat([Complex<Float>])
    case complexDouble([Complex<Double>])

    /// Takes elements of any type that can be read.
    init?<Element: H5Element>(_ elements: [Element]) {
        switch elements {
        case let values as [Float]: self = .float(values)
        case let values as [Double]: self = .double(values)
        case let values as [Bool]: self = .boolean(values)
        case let values as [Complex<Float>]: self = .complexFloat(values)
        case let values as [Complex<Double>]: self = .complexDouble(values)
        case let values as [Int8]: self = .signed(values.map { Int64($0) })
        case let values as [Int16]: self = .signed(values.map { Int64($0) })
        case let values as [Int32]: self = .signed(values.map { Int64($0) })
        case let values as [Int64]: self = .signed(values)
        case let values as [Int]: self = .signed(values.map { Int64($0) })
        case let values as [UInt8]: self = .unsigned(values.map { UInt64($0) })
        case let values as [UInt16]: self = .unsigned(values.map { UInt64($0) })
        case let values as [UInt32]: self = .unsigned(values.map { UInt64($0) })
        case let values as [UInt64]: self = .unsigned(values)
        case let values as [UInt]: self = .unsigned(values.map { UInt64($0) })
        default:
            #if !(os(macOS) && arch(x86_64))
            guard let values = elements as? [Float16] else { return nil }
            self = .float(values.map { Float($0) })
            #else
            return nil
            #endif
        }
    }

    /// Adds the texts of several elements; what stands before and behind each is added by the caller.
    ///
    /// Which kind of elements they are is looked at once.
    @inline(__always)
    func add(
        _ places: Range<Int>, to text: inout CSVText, before: (Int, inout CSVText) -> Void,
        behind: (inout CSVText) -> Void = { _ in }
    ) {
        func each<Element>(_ elements: [Element], _ add: (Element, inout CSVText) -> Void) {
            for place in places {
                before(place, &text)
                add(elements[place], &text)
                behind(&text)
            }
        }
        switch self {
        case .float(let values): each(values) { $1.add($0) }
        case .double(let values): each(values) { $1.add($0) }
        case .signed(let values): each(values) { $1.add($0) }
        case .unsigned(let values): each(values) { $1.add($0) }
        case .boolean(let values): each(values) { $1.add($0 ? 1 : 0) }
        case .complexFloat(let values): each(values) { $1.add($0) }
        case .complexDouble(let values): each(values) { $1.add($0) }
        }
    }

    /// Adds the text of one element.
    func add(_ place: Int, to text: inout CSVText) {
        switch self {
        case .float(let values): text.add(values[place])
        case .double(let values): text.add(values[place])
        case .signed(let values): text.add(values[place])
        case .unsigned(let values): text.add(values[place])
        case .boolean(let values): text.add(values[place] ? 1 : 0)
        case .complexFloat(let values): text.add(values[place])
        case .complexDouble(let values): text.add(values[place])
        }
    }
}

/// Which numbers the elements of a type are, so that their text is exact and short.
enum TextForm {
    case float, double, signed, unsigned, complexFloat, complexDouble

    /// nil for types that are no numbers.
    init?(_ datatype: H5Datatype) {
        if let base = datatype.complexBase {
            self = base.size <= 4 ? .complexFloat : .complexDouble
            return
        }
        switch datatype.kind {
        case .float: self = datatype.size <= 4 ? .float : .double
        case .integer(let format): self = format.isSigned ? .signed : .unsigned
        default: return nil
        }
    }

    /// Reads elements, or a member of them.
    func read(_ dataset: H5Dataset, field: String?, _ selection: H5Selection) throws -> TextElements {
        func elements<Element: H5Element>(_ type: Element.Type) throws -> [Element] {
            if let field { return try dataset.read(field: field, as: type, selection).elements }
            return try dataset.read(as: type, selection, policy: .exact).elements
        }
        switch self {
        case .float: return .float(try elements(Float.self))
        case .double: return .double(try elements(Double.self))
        case .signed: return .signed(try elements(Int64.self))
        case .unsigned: return .unsigned(try elements(UInt64.self))
        case .complexFloat: return .complexFloat(try elements(Complex<Float>.self))
        case .complexDouble: return .complexDouble(try elements(Complex<Double>.self))
        }
    }
}
