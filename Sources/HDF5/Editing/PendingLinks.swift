import HDF5Format

/// The links that a group is to get and to lose, until they are written in one go.
final class PendingLinks {
    /// What happens to a name.
    struct Change {
        /// The link that the name gets; nil where it loses its own.
        var link: LinkMessage?
        /// Whether the structures of the file have a link of the name.
        let isInFile: Bool

        /// Whether nothing happens, as the link was made and removed again.
        var isNothing: Bool { link == nil && !isInFile }
    }

    /// A name and what happens to it.
    typealias Entry = (name: H5Name, change: Change)

    /// The address of the group's header.
    let group: UInt64
    /// The changes in the order in which their names came.
    private var entries: [Entry] = []
    /// The places of the names in `entries`; nil as long as every name came behind all before it, as it mostly does.
    private var places: [H5Name: Int]?
    /// The next number in the order of creation, where the group tracks it.
    private(set) var nextCreationOrder: Int64?
    let tracksCreationOrder: Bool
    /// Whether the group was just made and has no links but these.
    let isNew: Bool

    init(group: UInt64, in storage: FileStorage) throws {
        self.group = group
        let header = try ObjectHeader.load(group, from: storage)
        guard header.kind == .group else {
            throw H5Error(.wrongKind, "the object is no group, so it cannot have members", address: group)
        }
        let info = try header.first(.linkInfo).map { try header.withCursor($0) { try LinkInfoMessage(from: &$0) } }
        tracksCreationOrder = info?.tracksCreationOrder ?? false
        isNew = false
        nextCreationOrder = info?.nextCreationOrder
    }

    /// For a group that was just made.
    init(newGroup: UInt64, tracksCreationOrder: Bool) {
        group = newGroup
        isNew = true
        self.tracksCreationOrder = tracksCreationOrder
        nextCreationOrder = tracksCreationOrder ? 0 : nil
    }

    /// What is to happen to a name; nil where nothing is.
    func change(of name: H5Name) -> Change? { place(of: name).map { entries[$0].change } }

    private func place(of name: H5Name) -> Int? {
        guard let last = entries.last else { return nil }
        if let places { return places[name] }
        guard !(last.name < name) else { return nil }
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].name == name ? low : nil
    }

    /// Adds a link of a name that has none.
    func put(_ name: H5Name, _ target: LinkMessage.Target) {
        var order: Int64?
        if let next = nextCreationOrder {
            order = next
            nextCreationOrder = next + 1
        }
        let isASCII = name.isValidUTF8 && name.string.utf8.allSatisfy { $0 < 0x80 }
        set(
            name,
            LinkMessage(name: name, target: target, creationOrder: order, characterSet: isASCII ? .ascii : .utf8))
    }

    /// Adds a link with the place in the order of creation that it has elsewhere, as when a group is copied.
    func put(_ link: LinkMessage) {
        var link = link
        if let next = nextCreationOrder {
            link.creationOrder = link.creationOrder ?? next
            nextCreationOrder = max(next, (link.creationOrder ?? 0) + 1)
        } else {
            link.creationOrder = nil
        }
        set(link.name, link)
    }

    /// Removes a link that is there.
    func remove(_ name: H5Name) {
        if let place = place(of: name) {
            entries[place].change.link = nil
        } else {
            add(name, Change(link: nil, isInFile: true))
        }
    }

    private func set(_ name: H5Name, _ link: LinkMessage) {
        if let place = place(of: name) {
            entries[place].change.link = link
        } else {
            // Only names without a link get one, so that the file has none that nothing was said of.
            add(name, Change(link: link, isInFile: false))
        }
    }

    /// Adds a name of which nothing was said.
    private func add(_ name: H5Name, _ change: Change) {
        if places == nil, let last = entries.last, !(last.name < name) {
            var places: [H5Name: Int] = [:]
            for (place, entry) in entries.enumerated() { places[entry.name] = place }
            self.places = places
        }
        places?[name] = entries.count
        entries.append((name: name, change: change))
    }

    /// The changes in order of the bytes of the names.
    var sorted: [Entry] {
        let changes = entries.filter { !$0.change.isNothing }
        return places == nil ? changes : changes.sorted { $0.name < $1.name }
    }
}
