import HDF5Format

/// Makes groups, and brings changed links into whichever of the three forms a group keeps them in.
enum GroupStorage {
    /// Makes an empty group; answers the address of its header.
    static func create(
        tracksCreationOrder: Bool, tracksAttributeCreationOrder: Bool = false, room: Int = 0, in editor: FileEditor
    ) throws -> UInt64 {
        let storage = editor.storage
        let address: UInt64
        if editor.generation == .earliest, !tracksCreationOrder, !tracksAttributeCreationOrder {
            let table = try SymbolTableEditor.create([], in: editor.context)
            var builder = ByteBuilder(sizes: storage.sizes)
            try table.encode(to: &builder)
            address = try ObjectHeaderEditor.create(
                [EncodedMessage(type: .symbolTable, body: builder.bytes)], version: 1, room: room, in: storage)
        } else {
            try editor.generation.require(.v1_8, for: "the order of creation")
            var info = ByteBuilder(sizes: storage.sizes)
            try LinkInfoMessage(
                nextCreationOrder: tracksCreationOrder ? 0 : nil, indexesCreationOrder: tracksCreationOrder
            ).encode(to: &info)
            var groupInfo = ByteBuilder(sizes: storage.sizes)
            try GroupInfoMessage().encode(to: &groupInfo)
            address = try ObjectHeaderEditor.create(
                [
                    EncodedMessage(type: .linkInfo, body: info.bytes),
                    EncodedMessage(type: .groupInfo, flags: .constant, body: groupInfo.bytes),
                ], version: 2, tracksAttributeCreationOrder: tracksAttributeCreationOrder,
                indexesAttributeCreationOrder: tracksAttributeCreationOrder,
                // As libhdf5: room for four links with names of eight bytes.
                room: room > 0 ? room : 120, in: storage)
        }
        return address
    }

    /// Gives the space of a group's links back; its header stays.
    static func release(_ header: ObjectHeaderEditor, in editor: FileEditor) throws {
        if let table = try header.decode(.symbolTable, { try SymbolTableMessage(from: &$0) }) {
            try SymbolTableEditor(table, in: editor.context).removeAll()
        } else if let info = try header.decode(.linkInfo, { try LinkInfoMessage(from: &$0) }), info.heapAddress != nil {
            var dense = try DenseLinks(info, storage: editor.storage)
            try dense.remove()
        }
    }

    /// Brings the changes of a group into its structures.
    static func settle(_ pending: PendingLinks, in editor: FileEditor) throws {
        let changes = pending.sorted
        guard !changes.isEmpty else { return }
        var header = try ObjectHeaderEditor(pending.group, in: editor.storage)
        if let table = try header.decode(.symbolTable, { try SymbolTableMessage(from: &$0) }) {
            try settle(changes, table: table, in: editor)
        } else {
            try settle(changes, pending, &header, in: editor)
            try header.write()
        }
    }

    private static func settle(
        _ changes: [(name: H5Name, change: PendingLinks.Change)], table: SymbolTableMessage, in editor: FileEditor
    ) throws {
        try SymbolTableEditor(table, in: editor.context).apply(
            changes.map { entry in
                SymbolTableEditor.Change(name: entry.name, target: entry.change.link?.target)
            })
    }

    private static func settle(
        _ changes: [(name: H5Name, change: PendingLinks.Change)], _ pending: PendingLinks,
        _ header: inout ObjectHeaderEditor, in editor: FileEditor
    ) throws {
        let storage = editor.storage
        var info = try header.decode(.linkInfo) { try LinkInfoMessage(from: &$0) } ?? LinkInfoMessage()
        let groupInfo = try header.decode(.groupInfo) { try GroupInfoMessage(from: &$0) } ?? GroupInfoMessage()
        info.nextCreationOrder = pending.nextCreationOrder
        if info.heapAddress != nil {
            var dense = try DenseLinks(info, storage: storage)
            var (added, replaced, removed): ([LinkMessage], [LinkMessage], [H5Name]) = ([], [], [])
            for (name, change) in changes {
                if let link = change.link, !change.isInFile {
                    added.append(link)
                } else if change.isInFile, info.tracksCreationOrder, let link = change.link {
                    // A new link in the place of an old one has a place of its own in the order of creation.
                    removed.append(name)
                    added.append(link)
                } else if let link = change.link {
                    replaced.append(link)
                } else {
                    removed.append(name)
                }
            }
            if added.contains(where: { link in removed.contains(link.name) }) {
                try dense.apply(removing: removed)
                try dense.apply(adding: added, replacing: replaced)
            } else {
                try dense.apply(adding: added, replacing: replaced, removing: removed)
            }
            info = dense.info
            info.nextCreationOrder = pending.nextCreationOrder
            if dense.count < UInt64(groupInfo.minimumDense) {
                let links = try dense.links().map { try encoded($0, storage) }
                // Links that do not fit a header stay where they are.
                if links.allSatisfy({ $0.body.count <= Int(UInt16.max) }) {
                    try dense.remove()
                    info = dense.info
                    info.nextCreationOrder = pending.nextCreationOrder
                    for link in links { try header.add(link) }
                }
            }
        } else {
            if !pending.isNew {
                var names = Set<H5Name>()
                for entry in changes { names.insert(entry.name) }
                try header.remove { message in
                    guard message.type == .link else { return false }
                    var cursor = ByteCursor(message.body.span.bytes, sizes: storage.sizes)
                    return names.contains(try LinkMessage(from: &cursor).name)
                }
            }
            let added = changes.compactMap(\.change.link)
            let count = header.count(of: .link) + added.count
            var isDense = count > Int(groupInfo.maximumCompact)
            // Only those that may stay in the header need to be encoded for it.
            let messages = isDense ? [] : try added.map { try encoded($0, storage) }
            isDense = isDense || messages.contains { $0.body.count > Int(UInt16.max) }
            if isDense {
                var links = added
                let former = header.remove { $0.type == .link }
                for message in former {
                    links.append(try header.decode(message) { try LinkMessage(from: &$0) })
                }
                if !former.isEmpty { links.sort { $0.name < $1.name } }
                info = try DenseLinks.create(
                    links, info: info,
                    filters: try header.decode(.filterPipeline) { try FilterPipelineMessage(from: &$0) }, in: storage
                ).info
                info.nextCreationOrder = pending.nextCreationOrder
            } else {
                for message in messages { try header.add(message) }
            }
        }
        try header.replace(try header.message(.linkInfo) { try info.encode(to: &$0) })
    }

    private static func encoded(_ link: LinkMessage, _ storage: FileStorage) throws -> EncodedMessage {
        var builder = ByteBuilder(sizes: storage.sizes)
        try link.encode(to: &builder)
        return EncodedMessage(type: .link, body: builder.bytes)
    }
}
