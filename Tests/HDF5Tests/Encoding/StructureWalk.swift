import HDF5Filters
import HDF5Format

@testable import HDF5

/// Walks the structures of a file, encodes each anew from what was decoded, and compares the bytes.
///
/// What the format leaves open is not compared: the unused rest of a node or of a block, and what pads a message of an
/// object header of version 1, and what a payload of references has behind its last byte (libhdf5 estimates its size).
final class StructureWalk {
    let context: FileContext
    let sizes: FieldSizes
    private let file: [UInt8]
    private let base: Int
    /// The number of structures that came out the same, by name.
    private(set) var counts: [String: Int] = [:]
    /// What came out otherwise.
    private(set) var differences: [String] = []
    private var visited: Set<UInt64> = []

    init(_ bytes: [UInt8]) throws {
        file = bytes
        let opening = try FileOpening(
            source: MemorySource(bytes), name: "memory", path: nil, limits: .standard, externalFiles: .none,
            filters: FilterSet())
        context = opening.context
        sizes = context.storage.sizes
        base = Int(context.storage.baseAddress)
    }

    // MARK: Comparison

    /// The bytes at an address.
    func stored(_ address: UInt64, _ count: Int) throws -> [UInt8] {
        try context.storage.withBytes(at: address, count: count) { Array(copying: $0) }
    }

    /// Decodes with a cursor over bytes.
    func decode<T>(_ bytes: [UInt8], at address: UInt64 = 0, _ body: (inout ByteCursor) throws -> T) throws -> T {
        var cursor = ByteCursor(bytes.span.bytes, sizes: sizes, address: address)
        return try body(&cursor)
    }

    /// Compares what `encode` writes with the start of `original`.
    func compare(
        _ what: String, _ original: [UInt8], at address: UInt64, exactly: Bool = true,
        _ encode: (inout ByteBuilder) throws -> Void
    ) {
        do {
            var builder = ByteBuilder(sizes: sizes)
            try encode(&builder)
            let bytes = builder.bytes
            let isSame = exactly ? original == bytes : original.starts(with: bytes)
            if isSame {
                counts[what, default: 0] += 1
            } else {
                let first =
                    zip(original, bytes).enumerated().first { $1.0 != $1.1 }?.offset
                    ?? min(original.count, bytes.count)
                differences.append(
                    "\(what) at \(address): differs at byte \(first) of \(original.count): "
                        + "\(original.dropFirst(first).prefix(16).map { String($0, radix: 16) }), encoded "
                        + "\(bytes.count): \(bytes.dropFirst(first).prefix(16).map { String($0, radix: 16) })")
            }
        } catch {
            differences.append("\(what) at \(address): \(error)")
        }
    }

    private func enter(_ address: UInt64) -> Bool { visited.insert(address).inserted }

    // MARK: File

    func walk() throws {
        let superblock = context.superblock
        compare("superblock \(superblock.version)", Array(file[base...]), at: 0, exactly: false) {
            try superblock.encode(to: &$0)
        }
        if let address = superblock.driverInformationAddress {
            let bytes = try stored(address, 16 + 8)
            let block = try decode(bytes) { try DriverInformation(block: &$0) }
            compare("driver information", bytes, at: address, exactly: false) { try block.encode(block: &$0) }
        }
        if let address = superblock.extensionAddress { try object(address) }
        try object(superblock.rootHeaderAddress)
        try globalHeap()
        try references()
    }

    /// Compares the elements of datasets of references, and what they name in the global heap.
    private func references() throws {
        for object in try H5File.open(bytes: file).root.walk() {
            // What a virtual dataset shows is stored in its sources, which have their own walk.
            guard case .dataset(let dataset) = object, dataset.virtualParts == nil,
                case .reference(let kind) = dataset.datatype.kind
            else {
                continue
            }
            let size = dataset.datatype.size
            let elements = try dataset.readBytes()
            for start in stride(from: 0, to: elements.count, by: size) {
                let bytes = Array(elements[start..<(start + size)])
                let element = try decode(bytes) { try ReferenceElement(from: &$0, kind: kind) }
                let payload = try payload(of: element)
                // libhdf5 leaves garbage behind the token of a standard reference to an object.
                let used = if kind == .standard, case .object = element { 3 + sizes.offsets } else { size }
                compare("\(kind) reference", Array(bytes.prefix(used)), at: UInt64(start)) {
                    try element.encode(to: &$0, kind: kind, size: used, payloadSize: UInt32(payload.count))
                }
                switch element {
                case .region:
                    let region = try decode(payload) { try RegionPayload(from: &$0) }
                    compare("payload of a region reference", payload, at: 0, exactly: false) {
                        try region.encode(to: &$0)
                    }
                case .standard(let target, let isExternal, _):
                    let value = try decode(payload) {
                        try StandardReferencePayload(from: &$0, kind: target, isExternal: isExternal)
                    }
                    compare("payload of a standard reference to \(target)", payload, at: 0, exactly: false) {
                        try value.encode(to: &$0)
                    }
                default: break
                }
            }
        }
    }

    private func payload(of element: ReferenceElement) throws -> [UInt8] {
        switch element {
        case .region(let identifier), .standard(_, _, let identifier):
            return try context.globalHeap.withObject(identifier) { Array(copying: $0) }
        default: return []
        }
    }

    private func object(_ address: UInt64) throws {
        guard enter(address) else { return }
        try headerChunks(address)
        let header = try ObjectHeader.load(address, from: context.storage)
        for message in header.messages {
            let body = try header.withCursor(message) { try $0.readArray($0.remaining) }
            try self.message(message, body, header)
        }
    }

    /// Compares the chunks of an object header, whose messages are taken as bytes.
    private func headerChunks(_ address: UInt64) throws {
        let prefix = try context.storage.withCursor(at: address, upTo: ObjectHeaderPrefix.maximumSize) {
            try ObjectHeaderPrefix(from: &$0)
        }
        let trailer = prefix.version == 1 ? 0 : 4
        var continuations: [ContinuationMessage] = []
        func messages(_ chunk: [UInt8], from start: Int) throws -> [EncodedMessage] {
            try decode(Array(chunk[start..<(chunk.count - trailer)])) { cursor in
                var found: [HeaderMessage] = []
                try prefix.readMessages(from: &cursor, base: 0, into: &found)
                return try found.map { message in
                    try cursor.move(to: message.offset)
                    let body = try cursor.readArray(message.count)
                    if message.type == .continuation {
                        continuations.append(try decode(body) { try ContinuationMessage(from: &$0) })
                    }
                    return EncodedMessage(
                        type: message.type, flags: message.flags, creationOrder: message.creationOrder, body: body)
                }
            }
        }
        let first = try stored(address, prefix.size + prefix.messageBytes + trailer)
        let firstMessages = try messages(first, from: prefix.size)
        compare("object header \(prefix.version)", first, at: address) {
            try prefix.encodeFirstChunk(firstMessages, to: &$0)
        }
        var next = 0
        while next < continuations.count {
            let continuation = continuations[next]
            let chunk = try stored(continuation.address, Int(continuation.length))
            let found = try messages(chunk, from: prefix.version == 1 ? 0 : 4)
            compare("object header continuation \(prefix.version)", chunk, at: continuation.address) {
                try prefix.encodeContinuation(found, size: chunk.count, to: &$0)
            }
            next += 1
        }
    }

    // MARK: Messages

    private func message(_ message: HeaderMessage, _ body: [UInt8], _ header: ObjectHeader) throws {
        // Version 1 pads messages to multiples of 8.
        let exactly = header.prefix.version == 2
        func check<T>(
            _ what: String, _ decode: (inout ByteCursor) throws -> T, _ encode: (T, inout ByteBuilder) throws -> Void
        ) throws -> T {
            let value = try self.decode(body, at: message.address, decode)
            compare(what, body, at: message.address, exactly: exactly) { try encode(value, &$0) }
            return value
        }
        // A message that was deleted keeps its flags.
        guard message.type != .null else { return }
        if message.flags.contains(.shared) {
            let reference = try decode(body) { try SharedMessageReference(from: &$0) }
            compare("shared message reference", body, at: message.address, exactly: exactly) {
                try reference.encode(to: &$0)
            }
            if case .committed(let address) = reference { try object(address) }
            let target = try context.decode(message, of: header) { try $0.readArray($0.remaining) }
            var plain = message
            plain.flags = []
            return try self.message(plain, target, header)
        }
        switch message.type {
        case .dataspace: _ = try check("dataspace", { try DataspaceMessage(from: &$0) }) { try $0.encode(to: &$1) }
        case .linkInfo:
            let info = try check("link info", { try LinkInfoMessage(from: &$0) }) { try $0.encode(to: &$1) }
            try denseLinks(info)
        case .datatype: _ = try check("datatype", { try DatatypeMessage(from: &$0) }) { try $0.encode(to: &$1) }
        case .oldFillValue:
            _ = try check("old fill value", { try FillValueMessage(old: &$0) }) { try $0.encode(to: &$1) }
        case .fillValue:
            _ = try check("fill value", { try FillValueMessage(from: &$0) }) { try $0.encode(to: &$1) }
        case .link:
            let link = try check("link", { try LinkMessage(from: &$0) }) { try $0.encode(to: &$1) }
            if case .hard(let address) = link.target { try object(address) }
        case .externalFileList:
            let list = try check("external file list", { try ExternalFileListMessage(from: &$0) }) {
                try $0.encode(to: &$1)
            }
            try localHeap(list.heapAddress)
        case .dataLayout:
            let layout = try check("layout", { try DataLayoutMessage(from: &$0) }) { try $0.encode(to: &$1) }
            counts["layout \(layout.version)", default: 0] += 1
            try storage(layout)
        case .groupInfo: _ = try check("group info", { try GroupInfoMessage(from: &$0) }) { try $0.encode(to: &$1) }
        case .filterPipeline:
            _ = try check("filter pipeline", { try FilterPipelineMessage(from: &$0) }) { try $0.encode(to: &$1) }
        case .attribute:
            _ = try check("attribute", { try AttributeMessage(from: &$0) }) { try $0.encode(to: &$1) }
        case .comment: _ = try check("comment", { try CommentMessage(from: &$0) }) { try $0.encode(to: &$1) }
        case .oldModificationTime:
            _ = try check("old modification time", { try ModificationTimeMessage(old: &$0) }) {
                try $0.encode(old: &$1)
            }
        case .sharedMessageTable:
            let place = try check("shared message table message", { try SharedMessageTableMessage(from: &$0) }) {
                try $0.encode(to: &$1)
            }
            try sharedMessages(place)
        case .continuation:
            _ = try check("continuation", { try ContinuationMessage(from: &$0) }) { try $0.encode(to: &$1) }
        case .symbolTable:
            let table = try check("symbol table message", { try SymbolTableMessage(from: &$0) }) {
                try $0.encode(to: &$1)
            }
            try localHeap(table.heapAddress)
            try groupTree(table.btreeAddress)
        case .modificationTime:
            _ = try check("modification time", { try ModificationTimeMessage(from: &$0) }) { try $0.encode(to: &$1) }
        case .btreeKValues:
            _ = try check("B-tree K values", { try BTreeKValuesMessage(from: &$0) }) { $0.encode(to: &$1) }
        case .driverInfo:
            _ = try check("driver info", { try DriverInformation(from: &$0) }) { try $0.encode(to: &$1) }
        case .attributeInfo:
            let info = try check("attribute info", { try AttributeInfoMessage(from: &$0) }) { try $0.encode(to: &$1) }
            try denseAttributes(info)
        case .referenceCount:
            _ = try check("reference count", { try ReferenceCountMessage(from: &$0) }) { $0.encode(to: &$1) }
        case .fileSpaceInfo:
            _ = try check("file space info", { try FileSpaceInfoMessage(from: &$0) }) { try $0.encode(to: &$1) }
        case .metadataCacheImage:
            let place = try check("metadata cache image message", { try MetadataCacheImageMessage(from: &$0) }) {
                try $0.encode(to: &$1)
            }
            guard let address = place.address else { return }
            let bytes = try stored(address, Int(place.length))
            let image = try decode(bytes) { try MetadataCacheImage(from: &$0) }
            compare("metadata cache image", bytes, at: address) { try image.encode(to: &$0) }
        default: break
        }
    }

    // MARK: Old groups

    private func localHeap(_ address: UInt64) throws {
        guard enter(address) else { return }
        let bytes = try stored(address, LocalHeap.headerSize(sizes))
        let heap = try decode(bytes) { try LocalHeap(from: &$0) }
        compare("local heap", bytes, at: address) { try heap.encode(to: &$0) }
        guard heap.freeListOffset != LocalHeap.noFreeBlock else { return }
        let block = try stored(heap.dataAddress + heap.freeListOffset, 2 * sizes.lengths)
        let free = try decode(block) { try LocalHeapFreeBlock(from: &$0) }
        compare("local heap free block", block, at: address) { try free.encode(to: &$0) }
    }

    private func groupTree(_ address: UInt64) throws {
        guard enter(address) else { return }
        let prefix = try context.storage.withCursor(at: address, count: BTreeV1Node.prefixSize(sizes)) {
            try BTreeV1Node(from: &$0, expecting: .group)
        }
        let bytes = try stored(address, BTreeV1Node.usedSize(.group, rank: 0, count: prefix.count, sizes))
        var keys: [UInt64] = []
        var children: [UInt64] = []
        try decode(bytes) { cursor in
            try cursor.skip(BTreeV1Node.prefixSize(sizes))
            for _ in 0..<prefix.count {
                keys.append(try cursor.readLength())
                children.append(try cursor.readDefinedAddress("child"))
            }
            keys.append(try cursor.readLength())
        }
        // The last key of an empty node was never set.
        if prefix.count == 0 {
            keys = [
                try decode(bytes) {
                    try $0.move(to: $0.count - sizes.lengths); return try $0.readLength()
                }
            ]
        }
        compare("version 1 B-tree node of a group", bytes, at: address) { builder in
            // The node is built in its full size, of which the unused rest is garbage in the file.
            var whole = ByteBuilder(sizes: sizes)
            try prefix.encode(children: children, rank: 0, internalK: 64, to: &whole) {
                try $1.writeLength(keys[$0], "a key")
            }
            builder.writeBytes(whole.bytes.prefix(bytes.count))
        }
        for child in children {
            if prefix.level > 0 { try groupTree(child) } else { try symbolTableNode(child) }
        }
    }

    private func symbolTableNode(_ address: UInt64) throws {
        let count = try decode(try stored(address, SymbolTableNode.prefixSize)) { cursor in
            try cursor.skip(6)
            return Int(try cursor.readUInt16())
        }
        let bytes = try stored(address, SymbolTableNode.prefixSize + count * SymbolTableEntry.size(sizes))
        let node = try decode(bytes) { try SymbolTableNode(from: &$0) }
        compare("symbol table node", bytes, at: address) { try node.encode(to: &$0) }
        for entry in node.entries {
            if let address = entry.headerAddress { try object(address) }
        }
    }

    // MARK: Dense links and attributes

    private func denseLinks(_ info: LinkInfoMessage) throws {
        guard let heapAddress = info.heapAddress else { return }
        let heap = try fractalHeap(heapAddress)
        let objects = try FractalHeap(address: heapAddress, storage: context.storage)
        for tree in [info.nameIndexAddress, info.creationOrderIndexAddress].compactMap({ $0 }) {
            for record in try btree(tree) {
                guard case .linkName(_, let identifier) = record else { continue }
                check(identifier, heap, heapAddress)
                let bytes = try objects.object(identifier)
                let link = try decode(bytes) { try LinkMessage(from: &$0) }
                compare("dense link", bytes, at: heapAddress) { try link.encode(to: &$0) }
                if case .hard(let address) = link.target { try object(address) }
            }
        }
    }

    private func denseAttributes(_ info: AttributeInfoMessage) throws {
        guard let heapAddress = info.heapAddress else { return }
        let heap = try fractalHeap(heapAddress)
        let objects = try FractalHeap(address: heapAddress, storage: context.storage)
        for tree in [info.nameIndexAddress, info.creationOrderIndexAddress].compactMap({ $0 }) {
            for record in try btree(tree) {
                guard case .attributeName(let identifier, let flags, _, _) = record, !flags.contains(.shared) else {
                    continue
                }
                check(identifier, heap, heapAddress)
                let bytes = try objects.object(identifier)
                let attribute = try decode(bytes) { try AttributeMessage(from: &$0) }
                compare("dense attribute", bytes, at: heapAddress) { try attribute.encode(to: &$0) }
            }
        }
    }

    private func check(_ identifier: [UInt8], _ heap: FractalHeapHeader, _ address: UInt64) {
        compare("heap identifier", identifier, at: address) { builder in
            let value = try decode(identifier) { try FractalHeapIdentifier(from: &$0, heap: heap) }
            try value.encode(to: &builder, heap: heap)
        }
    }

    private func sharedMessages(_ place: SharedMessageTableMessage) throws {
        let bytes = try stored(place.tableAddress, SharedMessageTable.size(sizes, count: place.indexCount))
        let table = try decode(bytes) { try SharedMessageTable(from: &$0, count: place.indexCount) }
        compare("shared message table", bytes, at: place.tableAddress) { try table.encode(to: &$0) }
        for index in table.indexes {
            if let heap = index.heapAddress { _ = try fractalHeap(heap) }
            guard let address = index.indexAddress else { continue }
            guard !index.isTree else { _ = try btree(address); continue }
            let bytes = try stored(address, 8 + index.messageCount * SharedMessageRecord.size(sizes))
            let list = try decode(bytes) { try SharedMessageList(from: &$0, count: index.messageCount) }
            compare("shared message list", bytes, at: address) { try list.encode(to: &$0) }
        }
    }

    // MARK: Global heap

    /// Finds collections by their signature, for any element may lead to them.
    private func globalHeap() throws {
        let signature = Array("GCOL".utf8)
        for start in stride(from: base, to: max(base, file.count - 16), by: 1)
        where file[start] == signature[0] && file[start..<(start + 4)].elementsEqual(signature) {
            let address = UInt64(start - base)
            guard
                let size = try? decode(Array(file[start..<(start + 16)]), { try GlobalHeapCollection.size(from: &$0) }),
                let bytes = try? stored(address, Int(size))
            else { continue }
            let collection = try decode(bytes) { try GlobalHeapCollection(from: &$0) }
            let objects = collection.objects(in: bytes.span.bytes)
            compare("global heap collection", bytes, at: address) {
                try GlobalHeapCollection.encode(objects, size: bytes.count, to: &$0)
            }
        }
    }
}
