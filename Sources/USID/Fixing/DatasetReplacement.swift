import HDF5

/// Another dataset in place of one whose type or shape is wrong: with its names, its attributes, and every reference to it.
struct DatasetReplacement {
    let old: H5Dataset
    private let file: H5File
    private let contents: FileContents
    /// Attributes of the old dataset that the new one does not get.
    private let dropped: Set<String>

    /// Prepares a replacement; attributes called `dropped` are left out.
    init(_ old: H5Dataset, in contents: FileContents, dropping dropped: Set<String> = []) {
        self.old = old
        self.contents = contents
        self.dropped = dropped
        file = old.file
    }

    /// Whether elements of the old dataset can move: no region reference elsewhere selects some of them.
    var keepsRegions: Bool {
        get throws {
            try !holders().contains { holder in
                try holder.attributes.all().contains { attribute in
                    if holder.path == old.path, dropped.contains(attribute.name) { return false }
                    guard attribute.datatype.mayHoldReferences else { return false }
                    return try attribute.values().elements.contains { $0.selectsPart(of: old.address) }
                }
            }
        }
    }

    /// Makes the new dataset.
    ///
    /// - Parameter fill: Writes its elements.
    /// - Throws: `Obstacle` where attributes or elements cannot be stored anew, and then nothing is changed.
    func replace(datatype: H5Datatype, shape: [Int], _ fill: (H5Dataset) throws -> Void) throws -> H5Dataset {
        guard let parent = ReferenceResolver.parentPath(old.path) else {
            throw Obstacle(reason: "no path leads to it")
        }
        let group = try file.group(parent)
        var temporary = "." + ReferenceResolver.name(old.path)
        while try group.contains(temporary) { temporary = "." + temporary }
        let grows = shape == old.shape && old.dataspace.maximumShape != shape.map { $0 }
        let made = try group.createDataset(
            temporary, datatype: datatype, dataspace: .simple(shape),
            options: H5DatasetOptions(
                maximum: grows ? old.dataspace.maximumShape.map { $0.map { .limit($0) } ?? .unlimited } : nil))
        let rewrites: [() throws -> Void]
        do {
            try fill(made)
            for attribute in try old.attributes.all() where !dropped.contains(attribute.name) {
                try copy(attribute, to: made)
            }
            rewrites = try redirections(to: made)
        } catch {
            try group.remove(temporary)
            throw Obstacle(reason: "it cannot be stored anew: \((error as? H5Error)?.message ?? "\(error)")")
        }
        do {
            for rewrite in rewrites { try rewrite() }
            for holder in contents.groups {
                for link in try holder.links() where link.target == .hard(address: old.address) {
                    let current = try file.group(holder.path)
                    try current.remove(link.name)
                    try current.createHardLink(link.name, to: made)
                }
            }
            try file.group(parent).remove(temporary)
            return try file.dataset(old.path)
        } catch {
            // Not to be taken for something that was only looked at.
            throw USIDError(.invalidArgument, path: old.path, "replacing it failed half-way: \(error)")
        }
    }

    /// Why a dataset cannot be replaced.
    struct Obstacle: Error {
        let reason: String
    }

    /// Copies an attribute byte by byte, but for what lies in the heap of the file or refers to the old dataset.
    private func copy(_ attribute: H5Attribute, to made: H5Dataset) throws {
        guard attribute.datatype.needsNewBytes else {
            return try made.setAttribute(
                attribute.name, datatype: attribute.datatype, dataspace: attribute.dataspace,
                storedBytes: attribute.storedBytes)
        }
        try made.setAttribute(
            attribute.name,
            values: try attribute.values().elements.map { $0.redirected(old.address, to: made.address) },
            datatype: attribute.datatype, dataspace: attribute.dataspace)
    }

    /// What leads every reference in the file to the new dataset.
    private func redirections(to made: H5Dataset) throws -> [() throws -> Void] {
        var rewrites: [() throws -> Void] = []
        for holder in holders() where holder.path != old.path {
            for attribute in try holder.attributes.all() where attribute.datatype.mayHoldReferences {
                let values = try attribute.values().elements
                let redirected = values.map { $0.redirected(old.address, to: made.address) }
                guard redirected != values else { continue }
                rewrites.append {
                    try holder.setAttribute(
                        attribute.name, values: redirected, datatype: attribute.datatype,
                        dataspace: attribute.dataspace)
                }
            }
        }
        for dataset in contents.datasets {
            guard case .reference = dataset.datatype.kind, dataset.address != old.address else { continue }
            let values = try dataset.readValues().elements
            let redirected = values.map { $0.redirected(old.address, to: made.address) }
            if redirected != values { rewrites.append { try dataset.write(values: redirected) } }
        }
        return rewrites
    }

    /// All objects with attributes.
    private func holders() -> [any H5Attributed] {
        (contents.groups as [any H5Attributed]) + (contents.datasets as [any H5Attributed]) + contents.datatypes
    }
}

extension H5Datatype {
    /// Whether references can be somewhere in an element.
    fileprivate var mayHoldReferences: Bool {
        switch kind {
        case .reference: return true
        case .compound(let members): return members.contains { $0.type.mayHoldReferences }
        case .array(_, let base), .variableLength(let base): return base.mayHoldReferences
        default: return false
        }
    }
}

extension H5Datatype {
    /// Whether stored bytes say nothing elsewhere: they point into the heap, or may refer to the old dataset.
    fileprivate var needsNewBytes: Bool {
        switch kind {
        case .variableLength, .variableLengthString, .reference: return true
        case .compound(let members): return members.contains { $0.type.needsNewBytes }
        case .array(_, let base): return base.needsNewBytes
        default: return false
        }
    }
}

extension H5Value {
    /// The value with references to another object in place of those to `address`.
    fileprivate func redirected(_ address: UInt64, to new: UInt64) -> H5Value {
        switch self {
        case .reference(.object(address: address)): return .reference(.object(address: new))
        case .reference(.region(address: address, let selection)):
            return .reference(.region(address: new, selection: selection))
        case .reference(.attribute(address: address, let name)): return .reference(.attribute(address: new, name: name))
        case .compound(let members):
            return .compound(
                members.map { H5ValueMember(name: $0.name, value: $0.value.redirected(address, to: new)) })
        case .array(let shape, let values): return .array(shape: shape, values.map { $0.redirected(address, to: new) })
        case .sequence(let values): return .sequence(values.map { $0.redirected(address, to: new) })
        default: return self
        }
    }

    /// Whether a region reference to the dataset at `address` is part of the value.
    fileprivate func selectsPart(of address: UInt64) -> Bool {
        switch self {
        case .reference(.region(address: address, _)): return true
        case .compound(let members): return members.contains { $0.value.selectsPart(of: address) }
        case .array(_, let values), .sequence(let values): return values.contains { $0.selectsPart(of: address) }
        default: return false
        }
    }
}
