import USID

extension USIDParameters {
    /// The stored properties of a value, by their names.
    ///
    /// - Throws: `USIDProcessError` with code `invalidProcess` for a property that no attribute holds.
    init(storedPropertiesOf value: Any, without names: Set<String>, process: String) throws {
        var entries: [Entry] = []
        for child in Mirror(reflecting: value).children {
            guard let name = child.label, !names.contains(name) else { continue }
            guard let parameter = try USIDParameter(reflecting: child.value, named: name, process: process) else {
                continue
            }
            entries.append(Entry(name: name, value: parameter))
        }
        self.init(entries)
    }

    /// A number that is the same for the same names, types and values, in whatever order, and hardly ever for others:
    /// XXH64 of their text.
    func digest(of process: String, version: String) -> String {
        var lines = flattened.map { "\($0.name)\t\($0.value.canonicalText)\n" }
        lines.sort { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
        let text = "\(process)\t\(version)\n" + lines.joined()
        let digits = String(XXH64.hash(Array(text.utf8)), radix: 16)
        return "xxh64:" + String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension USIDParameter {
    /// The parameter that a property becomes; nil for one that is nil.
    fileprivate init?(reflecting value: Any, named name: String, process: String) throws {
        func wrong(_ reason: String) -> USIDProcessError {
            USIDProcessError(
                .invalidProcess, path: "",
                "parameter '\(name)' of \(process) \(reason): give the process `parameters` of its own")
        }
        if let parameter = try Self.single(value, wrong) {
            self = parameter
            return
        }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional:
            guard let wrapped = mirror.children.first?.value else { return nil }
            guard let parameter = try USIDParameter(reflecting: wrapped, named: name, process: process) else {
                return nil
            }
            self = parameter
        case .collection:
            let elements = try mirror.children.map { child in
                guard let element = try Self.single(child.value, wrong) else {
                    throw wrong("is a list of what no attribute holds")
                }
                return element
            }
            self = try Self.list(elements, of: value, wrong)
        case .struct:
            self = .nested(try USIDParameters(storedPropertiesOf: value, without: [], process: process))
        default: throw wrong("is a \(type(of: value)), which no attribute holds")
        }
    }

    private static func single(_ value: Any, _ wrong: (String) -> USIDProcessError) throws -> USIDParameter? {
        switch value {
        case let truth as Bool: return .boolean(truth)
        case let text as String: return .text(text)
        case let number as any BinaryInteger:
            guard let integer = Int64(exactly: number) else {
                throw wrong("is \(number), more than 64 bits with a sign hold")
            }
            return .integer(integer)
        case let number as any BinaryFloatingPoint: return .real(Double(number))
        case let choice as any RawRepresentable: return try single(choice.rawValue, wrong)
        default: return nil
        }
    }

    private static func list(
        _ elements: [USIDParameter], of value: Any, _ wrong: (String) -> USIDProcessError
    ) throws -> USIDParameter {
        var (texts, integers, reals, booleans) = ([String](), [Int64](), [Double](), [Bool]())
        for element in elements {
            switch element {
            case .text(let text): texts.append(text)
            case .integer(let number): integers.append(number)
            case .real(let number): reals.append(number)
            case .boolean(let truth): booleans.append(truth)
            default: break
            }
        }
        // An empty list has the kind of its type.
        let isEmpty = elements.isEmpty
        // Casts would not do, as an empty list is one of every type.
        let kind = type(of: value)
        if !texts.isEmpty || isEmpty && kind == [String].self { return .texts(texts) }
        if !reals.isEmpty || isEmpty && (kind == [Double].self || kind == [Float].self) { return .reals(reals) }
        if !booleans.isEmpty || isEmpty && kind == [Bool].self { return .booleans(booleans) }
        return .integers(integers)
    }

    /// The kind and the value, so that no two different values have the same text.
    fileprivate var canonicalText: String {
        func quoted(_ text: String) -> String {
            text.unicodeScalars.reduce(into: "") { text, scalar in
                switch scalar {
                case "\\": text += "\\\\"
                case "\t": text += "\\t"
                case "\n": text += "\\n"
                default: text.unicodeScalars.append(scalar)
                }
            }
        }
        switch self {
        case .text(let text): return "text\t" + quoted(text)
        case .texts(let texts): return "texts\t" + texts.map(quoted).joined(separator: "\t")
        case .integer(let value): return "integer\t\(value)"
        case .integers(let values): return "integers\t" + values.map { "\($0)" }.joined(separator: "\t")
        case .real(let value): return "real\t" + value.canonicalText
        case .reals(let values): return "reals\t" + values.map(\.canonicalText).joined(separator: "\t")
        case .boolean(let value): return "boolean\t\(value)"
        case .booleans(let values): return "booleans\t" + values.map { "\($0)" }.joined(separator: "\t")
        // The one is flattened before, the other is refused when it is to be written.
        case .nested, .mixed: return "none"
        }
    }
}

extension Double {
    /// The bits, as numbers that print alike need not be the same; all NaN are one.
    fileprivate var canonicalText: String { isNaN ? "nan" : String(bitPattern, radix: 16) }
}
