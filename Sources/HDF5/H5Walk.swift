import HDF5Format

/// The objects below a group, each once, depth first.
public struct H5Walk: Sequence, IteratorProtocol {
    private struct Level {
        var group: H5ObjectHandle
        var links: LinkList
        var next: Int
        /// The bytes that the level takes in memory, about.
        var size: Int
    }

    private var levels: [Level] = []
    private var visited = AddressSet()
    private var pending: H5Object?
    private var recent = RecentDataset()
    private var remaining: Int
    /// How many links may still be looked at.
    private var remainingLinks: Int
    /// The bytes that all levels take in memory, about.
    private var size = 0

    /// Groups can share one table of links, so that few bytes are many links: no more are looked at for each object.
    private static let linksPerObject = 8

    init(from group: H5Group) throws {
        _ = visited.insert(group.address)
        remaining = group.objectHandle.context.storage.limits.objectsPerWalk
        let (links, overflow) = remaining.multipliedReportingOverflow(by: Self.linksPerObject)
        remainingLinks = overflow ? .max : links
        pending = .group(group)
        try enter(group)
    }

    private mutating func enter(_ group: H5Group) throws {
        let handle = group.objectHandle
        let links = try handle.locating { try LinkTable(handle.header, context: handle.context).links(.name) }
        // The path of each level holds those of all before it, and groups can share one table of links.
        let added = handle.path.utf8.count &+ links.memorySize
        try handle.locating {
            try handle.context.storage.checkResult(
                size.addingReportingOverflow(added).partialValue, "the walk with all groups that it is in")
            guard links.count <= remainingLinks else {
                throw H5Error(.limitExceeded, "the groups have more links than the limit of objects allows")
            }
        }
        remainingLinks -= links.count
        size += added
        levels.append(Level(group: handle, links: links, next: 0, size: added))
    }

    /// The next object; nil at the end.
    public mutating func next() -> H5Object? {
        if let first = pending {
            pending = nil
            return first
        }
        while let top = levels.indices.last {
            // Looked at in place: a copy of the level would count references for every object.
            let index = levels[top].next
            guard index < levels[top].links.count else {
                size -= levels[top].size
                levels.removeLast()
                continue
            }
            levels[top].next = index + 1
            guard let address = levels[top].links.hardAddress(index), visited.insert(address) else { continue }
            let path = levels[top].links.path(index, below: levels[top].group.path)
            remaining -= 1
            guard remaining >= 0 else {
                levels = []
                return unreadable(
                    path, address, H5Error(.limitExceeded, "the file has more objects than the limit allows"))
            }
            let object: H5Object
            do {
                object = try H5Object(file: levels[top].group.file, path: path, address: address, like: &recent)
            } catch {
                return unreadable(path, address, error)
            }
            guard case .group(let group) = object else { return object }
            do {
                try enter(group)
            } catch {
                return unreadable(path, address, error)
            }
            return object
        }
        return nil
    }

    private func unreadable(_ path: String, _ address: UInt64, _ error: any Error) -> H5Object {
        let known = error as? H5Error ?? H5Error(.inputOutput, "\(error)")
        return .unreadable(H5UnreadableObject(path: path, address: address, error: known))
    }
}
