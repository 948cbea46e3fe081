import HDF5

/// An attribute that should hold text, as it was found.
enum TextAttribute: Hashable, Sendable {
    /// There is no such attribute.
    case missing
    /// One text in a scalar dataspace.
    case scalar(String)
    /// Texts along one axis.
    case list([String])
    /// Something else, in words: `a number (float64)`.
    case other(String)

    init(_ name: String, of object: some H5Attributed) throws {
        guard let attribute = try object.attributes.find(name) else {
            self = .missing
            return
        }
        try self.init(attribute)
    }

    init(_ attribute: H5Attribute) throws {
        switch attribute.datatype.kind {
        case .string, .variableLengthString: break
        default:
            self = .other("\(attribute.datatype)" + Self.extent(attribute))
            return
        }
        switch attribute.dataspace.kind {
        case .null: self = .other("a string attribute without a value")
        case .scalar: self = .scalar(try attribute.string())
        case .simple:
            guard attribute.dataspace.rank == 1 else {
                self = .other("strings of shape " + NumberText.shape(attribute.shape))
                return
            }
            self = .list(try attribute.strings().elements)
        }
    }

    private static func extent(_ attribute: H5Attribute) -> String {
        switch attribute.dataspace.kind {
        case .null: return " without a value"
        case .scalar: return ""
        case .simple: return " of shape " + NumberText.shape(attribute.shape)
        }
    }

    /// What was found, in words.
    var description: String {
        switch self {
        case .missing: return "nothing"
        case .scalar(let text): return "the string '\(text)'"
        case .list(let texts): return texts.count == 1 ? "an array of one string" : "\(texts.count) strings"
        case .other(let words): return words
        }
    }

    /// The one text of a scalar or of an array of one; nil otherwise.
    var single: String? {
        switch self {
        case .scalar(let text): return text
        case .list(let texts): return texts.count == 1 ? texts.first : nil
        case .missing, .other: return nil
        }
    }
}

extension String {
    /// Whether two texts have the same characters as stored; `==` also equates composed and decomposed characters.
    func hasSameBytes(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }

    /// The text as it appears in names of results groups, where one hyphen separates source and tool (R53).
    var withoutHyphens: String { String(map { $0 == "-" ? "_" : $0 }) }
}
