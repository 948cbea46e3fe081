import HDF5Format

/// Follows paths from link to link.
struct PathResolver {
    /// Where a path leads: an object header and the path by which it was reached.
    struct Resolved {
        let file: H5File
        let address: UInt64
        let path: String

        /// Reads the object's header.
        func handle(nesting: Int = 0) throws -> H5ObjectHandle {
            try H5ObjectHandle(file: file, path: path, address: address, nesting: nesting)
        }
    }

    private var hops = 0

    /// Resolves a path from a group; an absolute path, or one without a group, starts at the root group.
    static func resolve(_ path: String, from group: H5ObjectHandle?, in file: H5File) throws -> Resolved {
        var resolver = PathResolver()
        let start =
            try group.map { Resolved(file: $0.file, address: $0.address, path: $0.path) } ?? root(of: file)
        return try resolver.resolve(path, from: start)
    }

    /// Follows a link that is not a hard link.
    static func follow(_ link: LinkMessage, in group: H5ObjectHandle) throws -> Resolved {
        var resolver = PathResolver()
        let start = Resolved(file: group.file, address: group.address, path: group.path)
        return try resolver.follow(link, from: start)
    }

    private static func root(of file: H5File) throws -> Resolved {
        Resolved(file: file, address: file.context.superblock.rootHeaderAddress, path: "/")
    }

    private mutating func resolve(_ path: String, from start: Resolved) throws -> Resolved {
        var current = path.utf8.first == UInt8(ascii: "/") ? try Self.root(of: start.file) : start
        for component in path.split(separator: "/") where component != "." {
            let handle = try current.handle()
            guard handle.header.kind == .group else {
                throw H5Error(
                    .wrongKind, "this is no group, so it has no member '\(component)'",
                    file: handle.context.storage.name, path: current.path)
            }
            guard
                let link = try handle.locating({
                    try LinkTable(handle.header, context: handle.context).link(named: H5Name(String(component)))
                })
            else { throw try Self.notFound(String(component), in: handle) }
            current = try follow(link, from: current)
        }
        return current
    }

    private mutating func follow(_ link: LinkMessage, from group: Resolved) throws -> Resolved {
        let path = group.path == "/" ? "/" + link.name.string : group.path + "/" + link.name.string
        let storage = group.file.context.storage
        if case .hard(let address) = link.target { return Resolved(file: group.file, address: address, path: path) }
        hops += 1
        guard hops <= storage.limits.linkHops else {
            throw H5Error(
                .limitExceeded,
                "the path passes through more than \(storage.limits.linkHops) links; they may form a circle",
                file: storage.name, path: path)
        }
        do {
            switch link.target {
            case .hard(let address): return Resolved(file: group.file, address: address, path: path)
            case .soft(let target): return try resolve(target.string, from: group)
            case .external(let file, let target):
                let other = try group.file.externalFile(file.string)
                return try resolve(target.string, from: Self.root(of: other))
            case .userDefined(let type, _):
                throw H5Error(.unsupported, "links of the user-defined type \(type) cannot be followed")
            }
        } catch let error as H5Error {
            throw error.located(file: storage.name, path: path)
        }
    }

    /// Says what is missing and what is there.
    private static func notFound(_ name: String, in group: H5ObjectHandle) throws -> H5Error {
        let table = try LinkTable(group.header, context: group.context)
        var message = "no member '\(name)'"
        // Listing a large group only to report a typing error would take too long.
        if let count = try? table.count(), count <= 1_000, let links = try? table.links(.name) {
            let names = (0..<min(6, links.count)).map { links.name($0).string }
            message +=
                names.isEmpty
                ? " (the group is empty)"
                : " (it has: " + names.joined(separator: ", ") + (links.count > 6 ? ", …)" : ")")
        }
        return H5Error(.notFound, message, file: group.context.storage.name, path: group.path)
    }
}
