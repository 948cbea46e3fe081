import HDF5Format

/// An object of a file: a group, a dataset or a committed datatype.
public enum H5Object: Sendable {
    /// A group.
    case group(H5Group)
    /// A dataset.
    case dataset(H5Dataset)
    /// A committed (named) datatype.
    case datatype(H5NamedDatatype)
    /// Something that the file holds but that cannot be read, with the reason.
    // Indirect, so that the others, which are many, stay small.
    indirect case unreadable(H5UnreadableObject)

    /// Opens the object at an address.
    init(file: H5File, path: String, address: UInt64) throws {
        // A copy, so that threads that open objects do not wait for each other's reading.
        guard file.editor == nil else {
            var recent = RecentDataset()
            try self.init(file: file, path: path, address: address, like: &recent)
            return
        }
        var recent = file.recentDataset.withLock { $0 }
        try self.init(file: file, path: path, address: address, like: &recent)
        file.recentDataset.withLock { $0 = recent }
    }

    /// Opens the object at an address, if possible with what is known of the dataset that was opened last.
    init(file: H5File, path: String, address: UInt64, like recent: inout RecentDataset) throws {
        // What was read before the last change may no longer be true.
        if file.editor != nil { recent = RecentDataset() }
        if let known = recent.sibling(at: address) {
            let handle = H5ObjectHandle(file: file, path: path, header: known.header)
            self = .dataset(try H5Dataset(handle, known.description))
            return
        }
        let handle = try H5ObjectHandle(file: file, path: path, address: address, like: &recent)
        switch handle.header.kind {
        case .group: self = .group(H5Group(handle))
        case .dataset: self = .dataset(try H5Dataset(handle, like: &recent))
        case .datatype: self = .datatype(try H5NamedDatatype(handle))
        case .unknown:
            throw H5Error(
                .damaged, "the object is neither a group nor a dataset nor a datatype", path: handle.path,
                address: handle.header.address)
        }
    }

    /// The path by which the object was reached.
    public var path: String {
        switch self {
        case .group(let group): return group.path
        case .dataset(let dataset): return dataset.path
        case .datatype(let datatype): return datatype.path
        case .unreadable(let object): return object.path
        }
    }

    /// The address of the object's header: the same for all paths that lead to it.
    public var address: UInt64 {
        switch self {
        case .group(let group): return group.address
        case .dataset(let dataset): return dataset.address
        case .datatype(let datatype): return datatype.address
        case .unreadable(let object): return object.address
        }
    }

    /// What the object is, in one word.
    public var kindName: String {
        switch self {
        case .group: return "group"
        case .dataset: return "dataset"
        case .datatype: return "datatype"
        case .unreadable: return "unreadable object"
        }
    }

    func asGroup() throws -> H5Group {
        if case .group(let group) = self { return group }
        throw wrongKind("group")
    }

    func asDataset() throws -> H5Dataset {
        if case .dataset(let dataset) = self { return dataset }
        throw wrongKind("dataset")
    }

    func asDatatype() throws -> H5NamedDatatype {
        if case .datatype(let datatype) = self { return datatype }
        throw wrongKind("datatype")
    }

    private func wrongKind(_ wanted: String) -> H5Error {
        if case .unreadable(let object) = self { return object.error }
        return H5Error(.wrongKind, "this is a \(kindName), not a \(wanted)", path: path)
    }
}

extension PathResolver.Resolved {
    /// Opens the object.
    func object() throws -> H5Object { try H5Object(file: file, path: path, address: address) }
}

/// An object that cannot be read.
public struct H5UnreadableObject: Sendable {
    /// The path by which it was reached.
    public let path: String
    /// The address of its header.
    public let address: UInt64
    /// Why it cannot be read.
    public let error: H5Error
}
