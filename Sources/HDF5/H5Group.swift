import HDF5Format

/// A group: named links to objects.
public struct H5Group: H5Attributed {
    private let handle: H5ObjectHandle

    init(_ handle: H5ObjectHandle) { self.handle = handle }

    /// The path by which the group was reached; `/` for the root group.
    public var path: String { handle.path }
    /// The file that holds the group.
    public var file: H5File { handle.file }
    /// The address of the object's header: the same for all paths that lead to it.
    public var address: UInt64 { handle.address }
    /// The attributes of the group.
    public var attributes: H5Attributes { H5Attributes(handle) }
    /// The comment that the object carries, if any.
    public var comment: String? { get throws { try handle.locating(handle.comment) } }
    /// The time of the last change in seconds since 1970-01-01 UTC, where the file keeps it.
    public var modificationTime: Int64? { get throws { try handle.locating(handle.modificationTime) } }

    /// Whether the group remembers the order in which its links were made.
    public var tracksCreationOrder: Bool {
        get throws { try handle.locating { try table().tracksCreationOrder } }
    }

    private func table() throws -> LinkTable { try LinkTable(handle.header, context: handle.context) }

    // MARK: Links

    /// The number of links.
    public var count: Int {
        get throws { try handle.locating { try table().count() } }
    }

    /// All links, by name or by creation (by name where the group does not track creation).
    public func links(_ order: H5Order = .name) throws -> [H5Link] {
        try handle.locating {
            let links = try table().links(order)
            return (0..<links.count).map { H5Link(links[$0], in: handle) }
        }
    }

    /// The names of all links.
    public func names(_ order: H5Order = .name) throws -> [String] {
        try handle.locating {
            let links = try table().links(order)
            return (0..<links.count).map { links.name($0).string }
        }
    }

    /// The link of a name, found through the group's index; nil where there is none.
    public func link(_ name: String) throws -> H5Link? {
        try handle.locating { try table().link(named: H5Name(name)).map { H5Link($0, in: handle) } }
    }

    /// Whether the group has a link of that name.
    public func contains(_ name: String) throws -> Bool { try link(name) != nil }

    var objectHandle: H5ObjectHandle { handle }
}
