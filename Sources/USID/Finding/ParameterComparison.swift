import HDF5

/// A parameter as an attribute holds it.
struct StoredParameter {
    enum Content {
        case texts([String])
        case integers([Int64])
        case reals([Double])
        case booleans([Bool])
        case other
    }

    let content: Content
    /// Whether it is a single value rather than a list.
    let isSingle: Bool

    init(_ attribute: H5Attribute) throws {
        isSingle = attribute.dataspace.kind == .scalar
        guard attribute.dataspace.kind != .null, attribute.dataspace.rank <= 1 else {
            content = .other
            return
        }
        switch attribute.datatype.kind {
        case .string, .variableLengthString: content = .texts(try attribute.strings().elements)
        case .integer:
            let numbers = try? attribute.read(as: Int64.self).elements
            content = numbers.map { .integers($0) } ?? .other
        case .float:
            let numbers = try? attribute.read(as: Double.self).elements
            content = numbers.map { .reals($0) } ?? .other
        case .enumeration:
            let truths = attribute.datatype.isBoolean ? try? attribute.read(as: Bool.self).elements : nil
            content = truths.map { .booleans($0) } ?? .other
        default: content = .other
        }
    }
}

/// Whether a stored parameter is the one that is asked for.
struct ParameterComparison {
    /// How strictly values are compared.
    enum Manner {
        /// Types and values are the same.
        case exact
        /// As pyUSID does for what it stored: `==` for single values, `allclose` for lists.
        case pyUSID

        /// The manner for a group, by who made it.
        init(of group: H5Group) throws {
            let own = try group.attributes.find("swift_usid_version")
            let other = try group.attributes.find("pyUSID_version")
            self = own == nil && other != nil ? .pyUSID : .exact
        }
    }

    let manner: Manner

    init(_ manner: Manner) { self.manner = manner }

    func isEqual(_ stored: StoredParameter, _ wanted: USIDParameter) -> Bool {
        switch wanted {
        case .text(let text): return stored.isSingle && texts(stored) == [Array(text.utf8)]
        case .texts(let list): return !stored.isSingle && texts(stored) == list.map { Array($0.utf8) }
        case .integer(let value): return stored.isSingle && integers(stored, [value])
        case .integers(let values): return !stored.isSingle && integers(stored, values)
        case .real(let value): return stored.isSingle && reals(stored, [value])
        case .reals(let values): return !stored.isSingle && reals(stored, values)
        case .boolean(let value): return stored.isSingle && booleans(stored, [value])
        case .booleans(let values): return !stored.isSingle && booleans(stored, values)
        // The one is flattened before, the other is in no file.
        case .nested, .mixed: return false
        }
    }

    private func texts(_ stored: StoredParameter) -> [[UInt8]]? {
        if case .texts(let texts) = stored.content { texts.map { Array($0.utf8) } } else { nil }
    }

    private func integers(_ stored: StoredParameter, _ wanted: [Int64]) -> Bool {
        if case .integers(let values) = stored.content, manner == .exact || stored.isSingle { return values == wanted }
        return manner == .pyUSID && areClose(stored, wanted.map { Double($0) })
    }

    private func reals(_ stored: StoredParameter, _ wanted: [Double]) -> Bool {
        switch manner {
        case .exact:
            guard case .reals(let values) = stored.content, values.count == wanted.count else { return false }
            return zip(values, wanted).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
        case .pyUSID: return areClose(stored, wanted)
        }
    }

    private func booleans(_ stored: StoredParameter, _ wanted: [Bool]) -> Bool {
        if case .booleans(let values) = stored.content { return values == wanted }
        return manner == .pyUSID && areClose(stored, wanted.map { $0 ? 1 : 0 })
    }

    /// NumPy's `==` for single values and `allclose` for lists.
    private func areClose(_ stored: StoredParameter, _ wanted: [Double]) -> Bool {
        let values: [Double]
        switch stored.content {
        case .integers(let numbers): values = numbers.map { Double($0) }
        case .reals(let numbers): values = numbers
        case .booleans(let truths): values = truths.map { $0 ? 1 : 0 }
        case .texts, .other: return false
        }
        guard values.count == wanted.count else { return false }
        return zip(values, wanted).allSatisfy { value, wanted in
            value == wanted || !stored.isSingle && (value - wanted).magnitude <= 1e-8 + 1e-5 * wanted.magnitude
        }
    }
}

extension H5Datatype {
    /// Whether elements are Booleans as h5py stores them.
    fileprivate var isBoolean: Bool {
        guard case .enumeration(_, let members) = kind else { return false }
        return members.map(\.name).sorted() == ["FALSE", "TRUE"]
    }
}
