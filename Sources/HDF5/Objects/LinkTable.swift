import HDF5Format

/// In which order members are listed.
public enum H5Order: Hashable, Sendable {
    /// By the bytes of the names.
    case name
    /// By creation, where the file tracks it; otherwise by name.
    case creation
}

/// The links of a group, in whichever of the three ways the group keeps them.
struct LinkTable {
    private enum Kind {
        case symbolTable(SymbolTable)
        case compact
        case dense(LinkInfoMessage, heap: UInt64, index: UInt64)
    }

    private let kind: Kind
    private let header: ObjectHeader
    private let storage: FileStorage
    /// Whether the group tracks the order of creation.
    let tracksCreationOrder: Bool

    init(_ header: ObjectHeader, context: FileContext) throws {
        self.header = header
        storage = context.storage
        if let message = header.first(.symbolTable) {
            let table = try header.withCursor(message) { try SymbolTableMessage(from: &$0) }
            kind = .symbolTable(try SymbolTable(table, storage: storage))
            tracksCreationOrder = false
            return
        }
        guard let message = header.first(.linkInfo) else {
            kind = .compact
            tracksCreationOrder = false
            return
        }
        let info = try header.withCursor(message) { try LinkInfoMessage(from: &$0) }
        tracksCreationOrder = info.tracksCreationOrder
        if let heap = info.heapAddress {
            guard let index = info.nameIndexAddress else {
                throw H5Error(.damaged, "a dense group has no index of names", address: message.address)
            }
            kind = .dense(info, heap: heap, index: index)
        } else {
            kind = .compact
        }
    }

    /// Calls `body` with each link, in no particular order, until it returns false.
    private func forEachUnordered(_ body: (LinkMessage) throws -> Bool) throws {
        switch kind {
        case .symbolTable(let table): try table.forEach(body)
        case .compact:
            for message in header.messages where message.type == .link {
                guard try body(try header.withCursor(message) { try LinkMessage(from: &$0) }) else { return }
            }
        case .dense(_, let heapAddress, let index):
            let heap = try FractalHeap(address: heapAddress, storage: storage)
            try BTreeV2(address: index, storage: storage).forEach { record in
                return try body(try Self.link(in: &record, heap: heap, storage))
            }
        }
    }

    /// All links in the order asked for.
    func links(_ order: H5Order) throws -> [LinkMessage] {
        var links: [LinkMessage] = []
        try forEachUnordered { link in
            links.append(link)
            return true
        }
        if order == .creation, tracksCreationOrder {
            links.sort { ($0.creationOrder ?? .max, $0.name) < ($1.creationOrder ?? .max, $1.name) }
        } else if case .symbolTable = kind {
            // Symbol tables are sorted; sorting again would only cost time, except in damaged files.
            for index in links.indices.dropFirst() where links[index].name < links[index - 1].name {
                links.sort { $0.name < $1.name }
                break
            }
        } else {
            links.sort { $0.name < $1.name }
        }
        return links
    }

    /// The number of links.
    func count() throws -> Int {
        switch kind {
        case .symbolTable(let table): return try table.count()
        case .compact: return header.messages.count { $0.type == .link }
        case .dense(_, _, let index):
            return try Int(
                checking: BTreeV2(address: index, storage: storage).header.totalRecordCount, "the number of links")
        }
    }

    /// The link of a name, found through the group's index.
    func link(named name: H5Name) throws -> LinkMessage? {
        switch kind {
        case .symbolTable(let table): return try table.link(named: name)
        case .compact:
            var found: LinkMessage?
            try forEachUnordered { link in
                if link.name == name { found = link }
                return found == nil
            }
            return found
        case .dense(_, let heapAddress, let index):
            let heap = try FractalHeap(address: heapAddress, storage: storage)
            let wanted = name.bytes
            let hash = MetadataChecksum.lookup3(wanted.span.bytes)
            var found: LinkMessage?
            try BTreeV2(address: index, storage: storage).search { record in
                let stored = try record.readUInt32()
                guard stored == hash else { return hash < stored ? .before : .after }
                // Equal hashes are ordered by name.
                try record.move(to: 0)
                let link = try Self.link(in: &record, heap: heap, storage)
                if link.name == name {
                    found = link
                    return .found
                }
                return name < link.name ? .before : .after
            }
            return found
        }
    }

    private static func link(
        in record: inout ByteCursor, heap: FractalHeap, _ storage: FileStorage
    ) throws -> LinkMessage {
        _ = try record.readUInt32()
        let bytes = try heap.object(try FractalHeapIdentifier(from: &record, heap: heap.header))
        var cursor = ByteCursor(bytes.span.bytes, sizes: storage.sizes, address: record.address)
        return try LinkMessage(from: &cursor)
    }
}
