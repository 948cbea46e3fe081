import HDF5Format

extension H5Group {
    /// Runs a change of the group's members.
    func editing<R>(_ body: (GroupEditing) throws -> R) throws -> R {
        let editor = try file.writable()
        return try objectHandle.naming { try editor.perform { try body(GroupEditing(editor)) } }
    }

    /// Makes a group; groups that are missing on the way are made too.
    ///
    /// - Parameters:
    ///   - path: The name, or a path below this group (or from the root, when it starts with `/`).
    ///   - tracksCreationOrder: Whether the group remembers the order in which its links are made.
    /// - Throws: `H5Error` with the code `exists` where there is a member of that name, `readOnly`, or
    ///   `notInGeneration` for the order of creation in a file of generation earliest.
    @discardableResult
    public func createGroup(_ path: String, tracksCreationOrder: Bool = false) throws -> H5Group {
        try editing { editing in
            if tracksCreationOrder {
                try editing.editor.generation.require(.v1_8, for: "the order of creation of a group's members")
            }
            let (parent, name) = try editing.parent(of: path, from: address)
            let made = try editing.editor.change {
                let made = try editing.makeGroup(tracksCreationOrder: tracksCreationOrder)
                try editing.editor.links(of: parent).put(name, .hard(address: made))
                return made
            }
            return try H5Group(H5ObjectHandle(file: file, path: pathOf(path), address: made))
        }
    }

    /// The group at a path, made where it is missing.
    @discardableResult
    public func requireGroup(_ path: String) throws -> H5Group {
        if try editing({ editing in (try? editing.place(of: path, from: address)) != nil }) { return try group(path) }
        return try createGroup(path)
    }

    /// Makes another name for an object of the same file; the object goes when its last name is removed.
    public func createHardLink(_ path: String, to object: some H5Attributed) throws {
        guard let target = object.addressInFile(file) else {
            throw H5Error(.invalidArgument, "a hard link leads to an object of the same file", path: pathOf(path))
        }
        try editing { editing in
            let (parent, name) = try editing.parent(of: path, from: address)
            try editing.editor.change {
                try editing.editor.links(of: parent).put(name, .hard(address: target))
                try ObjectRemoval.changeReferenceCount(of: target, by: 1, in: editing.editor)
            }
        }
    }

    /// Makes a link that holds a path, which is looked up whenever the link is followed and may lead nowhere.
    public func createSoftLink(_ path: String, to target: String) throws {
        guard !target.isEmpty else {
            throw H5Error(.invalidArgument, "a soft link needs the path to which it leads", path: pathOf(path))
        }
        try createLink(path, .soft(path: H5Name(target)))
    }

    /// Makes a link to an object of another file.
    ///
    /// - Throws: `H5Error` with the code `notInGeneration` in a file of generation earliest.
    public func createExternalLink(_ path: String, to target: String, in otherFile: String) throws {
        guard !target.isEmpty, !otherFile.isEmpty else {
            throw H5Error(.invalidArgument, "an external link needs a file and a path", path: pathOf(path))
        }
        try createLink(path, .external(file: H5Name(otherFile), path: H5Name(target)))
    }

    func createLink(_ path: String, _ target: LinkMessage.Target) throws {
        try editing { editing in
            if case .soft = target {
            } else {
                try editing.editor.generation.require(.v1_8, for: "an external or user-defined link")
            }
            let (parent, name) = try editing.parent(of: path, from: address)
            try editing.editor.change { try editing.editor.links(of: parent).put(name, target) }
        }
    }

    /// Removes a link; an object that no hard link leads to any more is removed with all that only it led to.
    ///
    /// - Throws: `H5Error` with the code `notFound`.
    public func remove(_ path: String) throws {
        try editing { try $0.remove(path, from: address) }
    }

    /// Gives a member another name or another group; references to it stay valid.
    ///
    /// - Throws: `H5Error` with the code `notFound`, `exists`, or `invalidArgument` for a group that would become a member of
    ///   itself.
    public func move(_ path: String, to target: String) throws {
        try editing { try $0.move(path, from: address, to: target, from: address) }
    }

    /// The path of a member.
    func pathOf(_ name: String) -> String { name.hasPrefix("/") ? name : objectHandle.path(of: name) }
}

extension H5Attributed {
    /// The address of the object where it belongs to a file; nil where it belongs to another one.
    func addressInFile(_ file: H5File) -> UInt64? {
        switch self {
        case let group as H5Group: return group.file === file ? group.address : nil
        case let dataset as H5Dataset: return dataset.file === file ? dataset.address : nil
        case let datatype as H5NamedDatatype: return datatype.file === file ? datatype.address : nil
        default: return nil
        }
    }
}
