import HDF5Format

extension H5Attributed {
    /// Sets an attribute of any type, in place of the one of its name.
    ///
    /// - Parameters:
    ///   - storedBytes: The elements as they are stored.
    /// - Throws: `H5Error`: `readOnly`, `invalidArgument` for another number of bytes, or `notInGeneration` for more than 64
    ///   KiB in a file of generation earliest.
    public func setAttribute(
        _ name: String, datatype: H5Datatype, dataspace: H5Dataspace, storedBytes: [UInt8]
    ) throws {
        try setAttribute(name, datatype, dataspace) { _, _ in storedBytes }
    }

    /// Sets an attribute to one number, Boolean or complex number.
    public func setAttribute<Element: H5Element>(_ name: String, _ value: Element) throws {
        try setAttribute(name, H5Datatype(of: Element.self), .scalar) { type, _ in
            try StoredEncoding.bytes([value], type, .exact)
        }
    }

    /// Sets an attribute to numbers, by default in one axis.
    public func setAttribute<Element: H5Element>(_ name: String, _ values: [Element], shape: [Int]? = nil) throws {
        try setAttribute(name, H5Datatype(of: Element.self), .simple(shape ?? [values.count])) { type, _ in
            try StoredEncoding.bytes(values, type, .exact)
        }
    }

    /// Sets an attribute to one text of any length.
    public func setAttribute(_ name: String, _ text: String) throws {
        try setAttribute(name, .string, .scalar) { try StoredEncoding.bytes([text], $0, in: $1) }
    }

    /// Sets an attribute to texts of any length.
    public func setAttribute(_ name: String, _ texts: [String], shape: [Int]? = nil) throws {
        try setAttribute(name, .string, .simple(shape ?? [texts.count])) {
            try StoredEncoding.bytes(texts, $0, in: $1)
        }
    }

    /// Sets an attribute to a reference to an object of the same file.
    public func setAttribute(_ name: String, reference object: some H5Attributed) throws {
        guard let file = fileOfObject, let target = object.addressInFile(file) else {
            throw H5Error(.invalidArgument, "a reference leads to an object of the same file", path: path + "@" + name)
        }
        try setAttribute(name, .objectReference, .scalar) {
            try StoredEncoding.bytes(values: [.reference(.object(address: target))], $0, in: $1)
        }
    }

    /// Sets an attribute to values of any type.
    public func setAttribute(
        _ name: String, values: [H5Value], datatype: H5Datatype, dataspace: H5Dataspace
    ) throws {
        try setAttribute(name, datatype, dataspace) { try StoredEncoding.bytes(values: values, $0, in: $1) }
    }

    /// Sets an attribute to rows, a compound of their members.
    public func setAttribute<Row: Codable>(_ name: String, rows: [Row]) throws {
        try setAttribute(name, try H5Datatype(of: Row.self), .simple([rows.count])) {
            try StoredEncoding.bytes(rows, $0, in: $1)
        }
    }

    /// Removes an attribute.
    ///
    /// - Throws: `H5Error` with the code `notFound`.
    public func removeAttribute(_ name: String) throws {
        try changingAttributes { editor, handle in
            let table = try AttributeTable(handle.header, context: handle.context)
            guard let old = try table.attribute(named: H5Name(name)) else {
                throw H5Error(.notFound, "there is no attribute '\(name)'")
            }
            try editor.change {
                try Self.release(old, in: editor)
                var storage = try AttributeStorage(of: handle.address, in: editor)
                try storage.remove(H5Name(name))
            }
        }
    }

    /// Gives an attribute another name; its value stays.
    ///
    /// - Throws: `H5Error` with the code `notFound` or `exists`.
    public func renameAttribute(_ name: String, to newName: String) throws {
        try changingAttributes { editor, handle in
            let table = try AttributeTable(handle.header, context: handle.context)
            guard let old = try table.attribute(named: H5Name(name)) else {
                throw H5Error(.notFound, "there is no attribute '\(name)'")
            }
            guard try table.attribute(named: H5Name(newName)) == nil else {
                throw H5Error(.exists, "there is an attribute '\(newName)' already")
            }
            let body = try AttributeEncoding.encode(
                H5Name(newName), old.datatype, committed: old.committedDatatype, old.dataspace, old.value, in: editor)
            try editor.change {
                var storage = try AttributeStorage(of: handle.address, in: editor)
                try storage.remove(H5Name(name))
                storage = try AttributeStorage(of: handle.address, in: editor)
                try storage.put(H5Name(newName), body)
            }
        }
    }

    // MARK: Parts

    private func setAttribute(
        _ name: String, _ datatype: H5Datatype, _ dataspace: H5Dataspace,
        _ encode: (H5Datatype, FileEditor) throws -> [UInt8]
    ) throws {
        guard !name.isEmpty, !name.utf8.contains(0) else {
            throw H5Error(.invalidArgument, "an attribute needs a name without NUL characters", path: path)
        }
        try changingAttributes { editor, handle in
            let type = datatype.fitted(to: editor.storage.sizes)
            let count = try checkedProduct(dataspace.elementCount, type.size, "the size of attribute \(name)")
            let old = try AttributeTable(handle.header, context: handle.context).attribute(named: H5Name(name))
            var storage = try AttributeStorage(of: handle.address, in: editor)
            try storage.check(size: count, name: name)
            let value = try editor.encoding { try encode(type, editor) }
            guard value.count == count else {
                throw H5Error(
                    .invalidArgument,
                    "attribute '\(name)' has \(count) bytes by its type and shape, and \(value.count) are given")
            }
            let body = try AttributeEncoding.encode(H5Name(name), type, dataspace, value, in: editor)
            try storage.check(size: body.count, name: name)
            try editor.change {
                if let old { try Self.release(old, in: editor) }
                storage = try AttributeStorage(of: handle.address, in: editor)
                try storage.put(H5Name(name), body)
            }
        }
    }

    /// Gives back what an attribute owns, and its share of a committed datatype.
    private static func release(_ old: AttributeTable.Entry, in editor: FileEditor) throws {
        let value = old.value
        try HeapDataRelease(old.datatype)?.release(
            value.span.bytes, count: old.dataspace.elementCount, from: editor.globalHeap)
        if let committed = old.committedDatatype {
            try ObjectRemoval.changeReferenceCount(of: committed, by: -1, in: editor)
        }
    }

    private func changingAttributes<R>(_ body: (FileEditor, H5ObjectHandle) throws -> R) throws -> R {
        guard let handle = handleOfObject else {
            throw H5Error(.invalidArgument, "attributes belong to groups, datasets and committed datatypes", path: path)
        }
        let editor = try handle.file.writable()
        return try handle.naming {
            try editor.performReading {
                try handle.refresh()
                return try body(editor, handle)
            }
        }
    }

    private var handleOfObject: H5ObjectHandle? {
        switch self {
        case let group as H5Group: return group.objectHandle
        case let dataset as H5Dataset: return dataset.objectHandle
        case let datatype as H5NamedDatatype: return datatype.objectHandle
        default: return nil
        }
    }

    private var fileOfObject: H5File? { handleOfObject?.file }
}
