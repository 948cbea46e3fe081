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
                throw H5Error(.damaged, "a dense group has no index of names", address: header.address(of: message))
            }
            kind = .dense(info, heap: heap, index: index)
        } else {
            kind = .compact
        }
    }

    /// All links in the order asked for.
    func links(_ order: H5Order) throws -> LinkList {
        var links = LinkList(in: storage)
        switch kind {
        case .symbolTable(let table): try table.gather(into: &links)
        case .compact:
            for message in header.messages where message.type.rawValue == MessageType.link.rawValue {
                try header.withCursor(message) { try links.append(from: &$0) }
            }
        case .dense(_, let heapAddress, let index):
            let heap = try FractalHeap(address: heapAddress, storage: storage)
            let tree = try BTreeV2(address: index, storage: storage)
            links.reserveCapacity(Int(clamping: tree.header.totalRecordCount))
            try tree.forEach { record in
                try Self.withLink(of: &record, in: heap) { try links.append(from: &$0) }
                return true
            }
        }
        if order == .creation, tracksCreationOrder { links.sortByCreation() } else { links.sortByName() }
        return links
    }

    /// The number of links.
    func count() throws -> Int {
        switch kind {
        case .symbolTable(let table): return try table.count()
        case .compact: return header.count(of: .link)
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
            for message in header.messages where message.type.rawValue == MessageType.link.rawValue {
                let link = try header.withCursor(message) { try LinkMessage(from: &$0) }
                if link.name == name { return link }
            }
            return nil
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
                let link = try Self.withLink(of: &record, in: heap) { try LinkMessage(from: &$0) }
                if link.name == name {
                    found = link
                    return .found
                }
                return name < link.name ? .before : .after
            }
            return found
        }
    }

    /// Gives `body` the link message that a record of the index of names stands for.
    private static func withLink<R>(
        of record: inout ByteCursor, in heap: FractalHeap, _ body: (inout ByteCursor) throws -> R
    ) throws -> R {
        _ = try record.readUInt32()
        return try heap.withObject(try FractalHeapIdentifier(from: &record, heap: heap.header), body)
    }
}

extension LinkMessage {
    /// The bytes that the link takes in memory, about.
    var memorySize: Int { MemoryLayout<LinkMessage>.stride + name.bytes.count + target.memorySize }
}

extension LinkMessage.Target {
    /// The bytes that the target takes beside those of the value itself, about.
    var memorySize: Int {
        switch self {
        case .hard: return 0
        case .soft(let path): return path.bytes.count
        case .external(let file, let path): return file.bytes.count + path.bytes.count
        case .userDefined(_, let data): return data.count
        }
    }
}
