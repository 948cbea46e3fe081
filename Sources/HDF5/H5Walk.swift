import HDF5Format

/// The objects below a group, each once, depth first.
public struct H5Walk: Sequence, IteratorProtocol {
    private struct Level {
        var group: H5ObjectHandle
        var links: [LinkMessage]
        var next: Int
    }

    private var levels: [Level] = []
    private var visited: Set<UInt64>
    private var pending: H5Object?
    private var remaining: Int

    init(from group: H5Group) throws {
        visited = [group.address]
        remaining = group.objectHandle.context.storage.limits.objectsPerWalk
        pending = .group(group)
        try enter(group)
    }

    private mutating func enter(_ group: H5Group) throws {
        let handle = group.objectHandle
        let links = try handle.locating { try LinkTable(handle.header, context: handle.context).links(.name) }
        levels.append(Level(group: handle, links: links, next: 0))
    }

    /// The next object; nil at the end.
    public mutating func next() -> H5Object? {
        if let first = pending {
            pending = nil
            return first
        }
        while let level = levels.last {
            guard level.next < level.links.count else {
                levels.removeLast()
                continue
            }
            levels[levels.count - 1].next += 1
            let link = level.links[level.next]
            guard case .hard(let address) = link.target, visited.insert(address).inserted else { continue }
            remaining -= 1
            guard remaining >= 0 else {
                levels = []
                return unreadable(
                    link, level.group, H5Error(.limitExceeded, "the file has more objects than the limit allows"))
            }
            let object = H5Link(link, in: level.group).openOrUnreadable()
            guard case .group(let group) = object else { return object }
            do {
                try enter(group)
            } catch {
                return unreadable(link, level.group, error as? H5Error ?? H5Error(.inputOutput, "\(error)"))
            }
            return object
        }
        return nil
    }

    private func unreadable(_ link: LinkMessage, _ group: H5ObjectHandle, _ error: H5Error) -> H5Object {
        var address: UInt64 = 0
        if case .hard(let target) = link.target { address = target }
        return .unreadable(H5UnreadableObject(path: group.path(of: link.name.string), address: address, error: error))
    }
}
