import HDF5Format

extension H5Datatype {
    /// The type that values of a Swift type are stored as: numbers as they are in memory, Booleans and complex numbers as
    /// h5py stores them.
    public init<Element: H5Element>(of type: Element.Type) {
        switch type.h5Representation.kind {
        case .int8: self = .int8
        case .int16: self = .int16
        case .int32: self = .int32
        case .int64: self = .int64
        case .uint8: self = .uint8
        case .uint16: self = .uint16
        case .uint32: self = .uint32
        case .uint64: self = .uint64
        case .float16: self = .float16
        case .float: self = .float32
        case .double: self = .float64
        case .boolean: self = .bool
        case .complexFloat: self = .complex(of: .float32)
        case .complexDouble: self = .complex(of: .float64)
        }
    }

    /// The type that rows are stored as: a record of their members in the order in which they are decoded, which is that
    /// of their declaration where the compiler wrote `init(from:)`.
    ///
    /// Numbers, Booleans and complex numbers are stored as they are; `String` as text of any length; arrays as sequences
    /// of any length; structs in structs as records in records; enums of integers that are `CaseIterable` as enumerations.
    /// There is no place for optionals.
    ///
    /// ```swift
    /// struct Sample: Codable { var time: Double, label: String, spectrum: [Float] }
    /// let ragged = try H5Datatype(of: Sample.self)
    /// let even = try H5Datatype(of: Sample.self, fixed: ["label": 16, "spectrum": 128])
    /// ```
    ///
    /// - Parameters:
    ///   - type: The type of the rows.
    ///   - fixed: Members of a fixed size, by name (`"fit.phases"` inside a member): arrays with their number of elements,
    ///     text with its number of bytes. `"image[]"` is what an element of `image` is.
    /// - Throws: `H5Error` (`invalidArgument`) where the type cannot be stored, or does not tell its members without data.
    public init<Row: Decodable>(of type: Row.Type, fixed: [String: Int] = [:]) throws {
        let schema = RowSchema(fixed)
        self = try schema.traced(type, at: "").datatype
        try schema.checkAllUsed()
    }
}

/// Finds out what rows consist of, and what they are stored as.
final class RowSchema {
    private let fixed: [String: Int]
    private var used: Set<String> = []
    private var depth = 0
    private static let maximumDepth = 16

    init(_ fixed: [String: Int]) { self.fixed = fixed }

    /// The path of a member.
    static func path(_ parent: String, _ name: String) -> String { parent.isEmpty ? name : "\(parent).\(name)" }

    static func error(_ message: String, _ path: String, cause: (any Error)? = nil) -> H5Error {
        H5Error(.invalidArgument, path.isEmpty ? message : "member \(path): \(message)", cause: cause)
    }

    /// Throws where a member of a fixed size was named that there is not.
    func checkAllUsed() throws {
        guard let name = fixed.keys.filter({ !used.contains($0) }).min() else { return }
        throw H5Error(.invalidArgument, "there is no array and no text '\(name)' that could have a fixed size")
    }

    private func count(at path: String) throws -> Int? {
        guard let count = fixed[path] else { return nil }
        used.insert(path)
        guard count > 0 else { throw Self.error("a fixed size is at least 1, and not \(count)", path) }
        return count
    }

    func text(at path: String) throws -> H5Datatype { try count(at: path).map { .fixedString($0) } ?? .string }

    func array(of element: H5Datatype, at path: String) throws -> H5Datatype {
        guard let count = try count(at: path) else { return .sequence(of: element) }
        // Arrays of arrays are one array with an axis more.
        if case .array(let shape, let base) = element.kind { return .array([count] + shape, of: base) }
        return .array([count], of: element)
    }

    func record(_ members: [(name: String, type: H5Datatype)], _ type: Any.Type, at path: String) throws -> H5Datatype {
        guard !members.isEmpty else { throw Self.error("\(type) has no members that could be stored", path) }
        return .compound(members)
    }

    /// Goes one level deeper, as far as types can nest.
    func nested<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        guard depth < Self.maximumDepth else {
            throw Self.error("types that hold themselves cannot be stored", "")
        }
        depth += 1
        defer { depth -= 1 }
        return try body()
    }

    /// The enumeration of an enum of integers, and its first case; nil for other types.
    func enumeration(_ type: Any.Type, at path: String) throws -> (datatype: H5Datatype, first: Any)? {
        func cases<Value: CaseIterable & RawRepresentable>(_ type: Value.Type) throws -> (H5Datatype, Any)? {
            guard let element = Value.RawValue.self as? any H5Element.Type,
                Value.RawValue.self is any FixedWidthInteger.Type
            else { return nil }
            let base = H5Datatype(of: element)
            let values = Value.allCases.map { value in
                (name: "\(value)", value: (value.rawValue as? any FixedWidthInteger).map { Int128($0) } ?? 0)
            }
            guard let first = Value.allCases.first else { throw Self.error("\(type) has no cases", path) }
            return (try .enumeration(values, of: base), first)
        }
        guard let type = type as? any (CaseIterable & RawRepresentable).Type else { return nil }
        return try cases(type)
    }

    // MARK: By decoding a value out of nothing

    /// The type of a member, and a value of it that is as good as any.
    func traced<Value: Decodable>(_ type: Value.Type, at path: String) throws -> (datatype: H5Datatype, value: Value) {
        if type is any OptionalType.Type {
            throw Self.error("\(type) cannot be stored: HDF5 has no place for nil in a record", path)
        }
        if let (datatype, first) = try enumeration(type, at: path), let value = first as? Value {
            return (datatype, value)
        }
        if let array = type as? any ArrayType.Type {
            guard let element = array.elementType as? any Decodable.Type, let value = array.init() as? Value else {
                throw Self.error("\(type) cannot be stored", path)
            }
            let inner = try nested(path) { try traced(element, at: path + "[]").datatype }
            return (try self.array(of: inner, at: path), value)
        }
        return try nested(path) {
            let decoder = SchemaDecoder(schema: self, path: path)
            let value: Value
            do {
                value = try Value(from: decoder)
            } catch let error as DecodingError {
                // Enums of text have a first case that stands for all.
                if let first = Self.firstCase(type) { return (try text(at: path), first) }
                throw Self.error(
                    "what \(type) consists of does not show without data; describe it as a compound type by hand", path,
                    cause: error)
            }
            if let element = type as? any H5Element.Type { return (H5Datatype(of: element), value) }
            if let single = decoder.found.single { return (single, value) }
            return (try record(decoder.found.members, type, at: path), value)
        }
    }

    private static func firstCase<Value>(_ type: Value.Type) -> Value? {
        func first<Case: CaseIterable & RawRepresentable>(_ type: Case.Type) -> Value? {
            Case.RawValue.self == String.self ? Case.allCases.first as? Value : nil
        }
        guard let type = type as? any (CaseIterable & RawRepresentable).Type else { return nil }
        return first(type)
    }
}

/// What a type turned out to be: a record with members, or one value.
final class SchemaFinding {
    var members: [(name: String, type: H5Datatype)] = []
    var single: H5Datatype?

    /// Adds a member; a name that comes again is the same member.
    func add(_ name: String, _ type: H5Datatype) {
        if !members.contains(where: { $0.name == name }) { members.append((name, type)) }
    }
}

protocol OptionalType {}
extension Optional: OptionalType {}

protocol ArrayType {
    static var elementType: Any.Type { get }
    init()
}

extension Array: ArrayType {
    static var elementType: Any.Type { Element.self }
}
