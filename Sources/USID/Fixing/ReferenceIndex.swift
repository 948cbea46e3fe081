import HDF5

/// Where the references and hard links of a file lead, by the address of the object that they lead to.
struct ReferenceIndex {
    /// Something that holds references.
    struct Holder: Hashable {
        /// The path of the object.
        var path: String
        /// The attribute; nil for the elements of the dataset.
        var attribute: String?
    }

    /// A name of an object.
    struct Name: Hashable {
        var group: String
        var name: String
    }

    private var holders: [UInt64: Set<Holder>] = [:]
    private var names: [UInt64: [Name]] = [:]
    /// What may hold references but cannot be read.
    private(set) var unreadable: Holder?

    /// Looks at every link and every attribute.
    init(_ contents: FileContents) throws {
        for group in contents.groups {
            for link in try group.links() {
                if case .hard(let address) = link.target {
                    names[address, default: []].append(Name(group: group.path, name: link.name))
                }
            }
            add(group)
        }
        for dataset in contents.datasets {
            add(dataset)
            guard case .reference = dataset.datatype.kind else { continue }
            let holder = Holder(path: dataset.path, attribute: nil)
            do {
                note(try dataset.readValues().elements, in: holder)
            } catch {
                unreadable = holder
            }
        }
        for datatype in contents.datatypes { add(datatype) }
    }

    private mutating func add(_ object: some H5Attributed) {
        do {
            for attribute in try object.attributes.all() where attribute.datatype.mayHoldReferences {
                let holder = Holder(path: object.path, attribute: attribute.name)
                do {
                    note(try attribute.values().elements, in: holder)
                } catch {
                    unreadable = holder
                }
            }
        } catch {
            unreadable = Holder(path: object.path, attribute: nil)
        }
    }

    private mutating func note(_ values: [H5Value], in holder: Holder) {
        for value in values { value.forEachReferenced { holders[$0, default: []].insert(holder) } }
    }

    /// What refers to an object.
    func holders(of address: UInt64) -> [Holder] {
        (holders[address] ?? []).sorted { ($0.path, $0.attribute ?? "") < ($1.path, $1.attribute ?? "") }
    }

    /// The names of an object.
    func names(of address: UInt64) -> [Name] { names[address] ?? [] }

    /// Takes note that another object has the names of one, and the references to it.
    mutating func replace(_ address: UInt64, by new: UInt64) {
        names[new] = names.removeValue(forKey: address)
        holders[new] = holders.removeValue(forKey: address)
    }
}

extension H5Datatype {
    /// Whether references can be somewhere in an element.
    var mayHoldReferences: Bool {
        switch kind {
        case .reference: return true
        case .compound(let members): return members.contains { $0.type.mayHoldReferences }
        case .array(_, let base), .variableLength(let base): return base.mayHoldReferences
        default: return false
        }
    }

    /// Whether stored bytes say nothing elsewhere: they point into the heap, or may refer to a dataset that is replaced.
    var needsNewBytes: Bool {
        switch kind {
        case .variableLength, .variableLengthString, .reference: return true
        case .compound(let members): return members.contains { $0.type.needsNewBytes }
        case .array(_, let base): return base.needsNewBytes
        default: return false
        }
    }
}

extension H5Value {
    /// Gives `body` the address of every object of this file that the value refers to.
    fileprivate func forEachReferenced(_ body: (UInt64) -> Void) {
        switch self {
        case .reference(let reference): if let address = reference.objectAddress { body(address) }
        case .compound(let members): for member in members { member.value.forEachReferenced(body) }
        case .array(_, let values), .sequence(let values): for value in values { value.forEachReferenced(body) }
        default: break
        }
    }

    /// The value with references to another object in place of those to `address`.
    func redirected(_ address: UInt64, to new: UInt64) -> H5Value {
        switch self {
        case .reference(.object(address: address)): return .reference(.object(address: new))
        case .reference(.region(address: address, let selection)):
            return .reference(.region(address: new, selection: selection))
        case .reference(.attribute(address: address, let name)):
            return .reference(.attribute(address: new, name: name))
        case .compound(let members):
            return .compound(
                members.map { H5ValueMember(name: $0.name, value: $0.value.redirected(address, to: new)) })
        case .array(let shape, let values): return .array(shape: shape, values.map { $0.redirected(address, to: new) })
        case .sequence(let values): return .sequence(values.map { $0.redirected(address, to: new) })
        default: return self
        }
    }

    /// Whether a region reference to the dataset at `address` is part of the value.
    func selectsPart(of address: UInt64) -> Bool {
        switch self {
        case .reference(.region(address: address, _)): return true
        case .compound(let members): return members.contains { $0.value.selectsPart(of: address) }
        case .array(_, let values), .sequence(let values): return values.contains { $0.selectsPart(of: address) }
        default: return false
        }
    }
}
