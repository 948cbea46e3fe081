import HDF5Format

/// Looks up and changes the links of groups, pending changes included.
struct GroupEditing {
    let editor: FileEditor

    init(_ editor: FileEditor) { self.editor = editor }

    /// The link of a name as it is with all changes; nil where there is none.
    func link(_ name: H5Name, in group: UInt64) throws -> LinkMessage? {
        if let pending = editor.pendingLinks(of: group), let change = pending.change(of: name) {
            return change.link
        }
        if editor.isNewAndEmpty(group) { return nil }
        let header = try ObjectHeader.load(group, from: editor.storage)
        guard header.kind == .group else {
            throw H5Error(.wrongKind, "this is no group, so it has no member '\(name)'", address: group)
        }
        return try LinkTable(header, context: editor.context).link(named: name)
    }

    /// The components of a path; an empty one or `.` stands for the group itself.
    static func components(_ path: String) throws -> [String] {
        let parts = path.split(separator: "/").map(String.init).filter { $0 != "." }
        guard !parts.isEmpty else {
            throw H5Error(.invalidArgument, "'\(path)' names no member: a name is missing")
        }
        guard !path.utf8.contains(0) else {
            throw H5Error(.invalidArgument, "a name cannot contain a NUL character")
        }
        return parts
    }

    /// The group in which the last component of a path is to be made; groups that are missing on the way are made.
    ///
    /// - Throws: `H5Error` with the code `exists` where the last component has a link already, before anything is made.
    func parent(of path: String, from start: UInt64) throws -> (group: UInt64, name: H5Name) {
        if Self.isName(path) {
            let name = H5Name(path)
            try checkIsFree(name, in: start)
            return (start, name)
        }
        let parts = try Self.components(path)
        var group = path.utf8.first == UInt8(ascii: "/") ? editor.context.superblock.rootHeaderAddress : start
        var index = 0
        while index < parts.count - 1, let link = try link(H5Name(parts[index]), in: group) {
            group = try target(of: link, in: group)
            index += 1
        }
        let name = H5Name(parts[parts.count - 1])
        if index == parts.count - 1 {
            try checkIsFree(name, in: group)
            return (group, name)
        }
        try checkIsGroup(group, path: path)
        return try editor.change {
            while index < parts.count - 1 {
                let made = try makeGroup(tracksCreationOrder: false)
                try editor.links(of: group).put(H5Name(parts[index]), .hard(address: made))
                group = made
                index += 1
            }
            return (group, name)
        }
    }

    /// Whether a path is the name of a member, with nothing in it that means anything else.
    private static func isName(_ path: String) -> Bool {
        !path.isEmpty && path != "." && path.utf8.allSatisfy { $0 != 0 && $0 != UInt8(ascii: "/") }
    }

    private func checkIsFree(_ name: H5Name, in group: UInt64) throws {
        guard try link(name, in: group) == nil else {
            throw H5Error(.exists, "there is a member '\(name)' already; remove it first, or give another name")
        }
    }

    private func checkIsGroup(_ address: UInt64, path: String) throws {
        guard editor.pendingLinks(of: address) == nil else { return }
        guard try ObjectHeader.load(address, from: editor.storage).kind == .group else {
            throw H5Error(.wrongKind, "'\(path)' leads through an object that is no group")
        }
    }

    /// The object to which a link leads; soft links are followed.
    func target(of link: LinkMessage, in group: UInt64, hops: Int = 0) throws -> UInt64 {
        switch link.target {
        case .hard(let address): return address
        case .soft(let path):
            guard hops < editor.storage.limits.linkHops else {
                throw H5Error(.notFound, "the soft link '\(link.name)' leads through too many others")
            }
            var current =
                path.string.utf8.first == UInt8(ascii: "/") ? editor.context.superblock.rootHeaderAddress : group
            for part in path.string.split(separator: "/") where part != "." {
                guard let next = try self.link(H5Name(String(part)), in: current) else {
                    throw H5Error(.notFound, "the soft link '\(link.name)' leads to '\(path)', which is not there")
                }
                current = try target(of: next, in: current, hops: hops + 1)
            }
            return current
        case .external, .userDefined:
            throw H5Error(.unsupported, "'\(link.name)' leads out of the file, which is not changed through it")
        }
    }

    /// Makes a group that nothing leads to yet.
    func makeGroup(tracksCreationOrder: Bool) throws -> UInt64 {
        let address = try GroupStorage.create(tracksCreationOrder: tracksCreationOrder, in: editor)
        editor.noteNewGroup(address, tracksCreationOrder: tracksCreationOrder)
        return address
    }

    /// The group and the name of a link that is there.
    func place(of path: String, from start: UInt64) throws -> (group: UInt64, link: LinkMessage) {
        let parts = try Self.components(path)
        var group = path.utf8.first == UInt8(ascii: "/") ? editor.context.superblock.rootHeaderAddress : start
        for (index, part) in parts.enumerated() {
            guard let link = try link(H5Name(part), in: group) else {
                throw H5Error(.notFound, "there is no member '\(part)'\(index > 0 ? " on the way '\(path)'" : "")")
            }
            if index == parts.count - 1 { return (group, link) }
            group = try target(of: link, in: group)
        }
        throw H5Error(.notFound, "there is no member '\(path)'")
    }

    /// Removes a link; an object that nothing leads to any more goes with all that only it led to.
    func remove(_ path: String, from start: UInt64) throws {
        let (group, link) = try place(of: path, from: start)
        try editor.settle()
        try editor.change {
            try editor.links(of: group).remove(link.name)
            if case .hard(let address) = link.target {
                try ObjectRemoval.changeReferenceCount(of: address, by: -1, in: editor)
            }
        }
    }

    /// Gives a link another name or place; what it leads to stays where it is.
    func move(_ path: String, from start: UInt64, to target: String, from other: UInt64) throws {
        let (group, link) = try place(of: path, from: start)
        let (newGroup, newName) = try parent(of: target, from: other)
        if case .hard(let address) = link.target {
            try checkIsNotInside(newGroup, of: address)
        }
        try editor.change {
            try editor.links(of: group).remove(link.name)
            try editor.links(of: newGroup).put(newName, link.target)
        }
    }

    /// Throws where a group would become a member of itself, so that no path led to it any more.
    private func checkIsNotInside(_ group: UInt64, of moved: UInt64) throws {
        var visited: Set<UInt64> = []
        var queue = [moved]
        try editor.settle()
        while let address = queue.popLast() {
            guard visited.insert(address).inserted else { continue }
            guard address != group else {
                throw H5Error(.invalidArgument, "a group cannot be moved into itself or one of its members")
            }
            let header = try ObjectHeader.load(address, from: editor.storage)
            guard header.kind == .group else { continue }
            let links = try LinkTable(header, context: editor.context).links(.name)
            for index in 0..<links.count {
                if case .hard(let next) = links[index].target { queue.append(next) }
            }
        }
    }
}
