import HDF5

/// Parameters of a tool or a measurement, by name and in order, as the attributes that they become.
///
/// ```swift
/// let parameters: USIDParameters = ["components": 9, "solver": "randomized", "fit": ["start": 0.5, "bounds": [0, 1]]]
/// ```
///
/// Parameters within parameters are flattened, with a hyphen between the levels: `fit-start` (R72).
public struct USIDParameters: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// A parameter and its value.
    public struct Entry: Hashable, Sendable {
        /// The name.
        public var name: String
        /// The value.
        public var value: USIDParameter

        /// Makes an entry.
        public init(name: String, value: USIDParameter) {
            self.name = name
            self.value = value
        }
    }

    /// The parameters in order.
    public var entries: [Entry]

    /// Makes parameters from entries.
    public init(_ entries: [Entry] = []) { self.entries = entries }

    /// Makes parameters from names and values.
    public init(dictionaryLiteral elements: (String, USIDParameter)...) {
        entries = elements.map { Entry(name: $0, value: $1) }
    }

    /// The value of a parameter; nil where there is none.
    ///
    /// Setting nil removes the parameter.
    public subscript(name: String) -> USIDParameter? {
        get { entries.first { $0.name.hasSameBytes(as: name) }?.value }
        set {
            let place = entries.firstIndex { $0.name.hasSameBytes(as: name) }
            switch (place, newValue) {
            case (let place?, let value?): entries[place].value = value
            case (let place?, nil): entries.remove(at: place)
            case (nil, let value?): entries.append(Entry(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    /// All parameters, those within others flattened, with hyphens between the levels.
    public var flattened: [Entry] {
        entries.flatMap { entry -> [Entry] in
            guard case .nested(let inner) = entry.value else { return [entry] }
            return inner.flattened.map { Entry(name: entry.name + "-" + $0.name, value: $0.value) }
        }
    }

    /// The parameters as attributes of an object.
    ///
    /// - Throws: `USIDError` with code `invalidArgument` for empty and repeated names, and for names that other attributes
    ///   of the object have.
    func attributes(reserved: Set<String>, path: String) throws -> [Entry] {
        let flattened = flattened
        var seen: Set<[UInt8]> = []
        for entry in flattened {
            func wrong(_ message: String) -> USIDError {
                USIDError(.invalidArgument, rule: "R72", path: path, message)
            }
            try WrittenText.check(entry.name, "the name of parameter '\(entry.name)'", rule: "R72", path: path)
            if entry.name.split(separator: "-", omittingEmptySubsequences: false).contains("") {
                throw wrong("the name '\(entry.name)' of a parameter has an empty part: name it")
            }
            if reserved.contains(entry.name) || USIDBookKeeping.names.contains(entry.name)
                || !reserved.isEmpty && Self.isSource(entry.name)
            {
                throw wrong("'\(entry.name)' is an attribute of its own: give the parameter another name")
            }
            if !seen.insert(Array(entry.name.utf8)).inserted {
                throw wrong("two parameters are called '\(entry.name)': rename one of them")
            }
            let texts: [String]
            switch entry.value {
            case .text(let text): texts = [text]
            case .texts(let list): texts = list
            case .mixed: throw wrong("parameter '\(entry.name)' is a list of several kinds: give one kind")
            case .integer, .integers, .real, .reals, .boolean, .booleans, .nested: texts = []
            }
            for text in texts {
                try WrittenText.check(text, "parameter '\(entry.name)'", rule: "R72", path: path)
            }
        }
        return flattened
    }

    /// Whether a name is one of those that say where results come from: `source_000`, `source_file_path`.
    private static func isSource(_ name: String) -> Bool {
        guard name.hasPrefix("source_") else { return false }
        let rest = name.dropFirst("source_".count)
        return rest == "file_path" || rest == "dataset_path" || Int(rest) != nil
    }
}

/// The value of a parameter, as an attribute holds it (R72).
public enum USIDParameter: Hashable, Sendable {
    /// One text; stored with any length.
    case text(String)
    /// Texts; stored with a fixed length.
    case texts([String])
    /// One integer of 64 bits.
    case integer(Int64)
    /// Integers of 64 bits.
    case integers([Int64])
    /// One number of double precision.
    case real(Double)
    /// Numbers of double precision.
    case reals([Double])
    /// Yes or no; stored as h5py does, an enumeration of FALSE and TRUE.
    case boolean(Bool)
    /// Yes or no several times.
    case booleans([Bool])
    /// Parameters of a lower level.
    indirect case nested(USIDParameters)
    /// A list of several kinds, which no attribute holds: it is refused when it is to be written.
    indirect case mixed([USIDParameter])

    /// Writes the value as an attribute; nested ones are flattened before.
    func write(_ name: String, to object: some H5Attributed) throws {
        switch self {
        case .text(let text): try object.setAttribute(name, text)
        case .texts(let texts): try WrittenText.set(name, texts, of: object)
        case .integer(let value): try object.setAttribute(name, value)
        case .integers(let values): try object.setAttribute(name, values)
        case .real(let value): try object.setAttribute(name, value)
        case .reals(let values): try object.setAttribute(name, values)
        case .boolean(let value): try object.setAttribute(name, value)
        case .booleans(let values): try object.setAttribute(name, values)
        // The one is flattened and the other refused before.
        case .nested, .mixed: break
        }
    }
}

extension USIDParameter: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral
{
    /// Makes a text.
    public init(stringLiteral value: String) { self = .text(value) }
    /// Makes an integer.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// Makes a number of double precision.
    public init(floatLiteral value: Double) { self = .real(value) }
    /// Makes yes or no.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    /// Makes parameters of a lower level.
    public init(dictionaryLiteral elements: (String, USIDParameter)...) {
        self = .nested(USIDParameters(elements.map { USIDParameters.Entry(name: $0, value: $1) }))
    }
    /// Makes a list of texts, of integers, of numbers of double precision (also where some are written as integers), or of
    /// yes and no.
    public init(arrayLiteral elements: USIDParameter...) {
        var texts: [String] = []
        var integers: [Int64] = []
        var reals: [Double] = []
        var booleans: [Bool] = []
        for element in elements {
            switch element {
            case .text(let text): texts.append(text)
            case .integer(let value):
                integers.append(value)
                reals.append(Double(value))
            case .real(let value): reals.append(value)
            case .boolean(let value): booleans.append(value)
            case .texts, .integers, .reals, .booleans, .nested, .mixed: break
            }
        }
        let count = elements.count
        if texts.count == count {
            self = .texts(texts)
        } else if integers.count == count {
            self = .integers(integers)
        } else if reals.count == count {
            self = .reals(reals)
        } else {
            self = booleans.count == count ? .booleans(booleans) : .mixed(elements)
        }
    }
}
