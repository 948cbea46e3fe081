import HDF5Format

/// Makes and changes the links of old-style groups: a version 1 B-tree of symbol table nodes, and a local heap of names.
///
/// The addresses of the tree and of the heap stay the same as long as the group lives.
struct SymbolTableEditor {
    /// What happens to a name.
    struct Change {
        let name: H5Name
        /// Where the link leads, whether there was one or not; nil removes the link, if there is one.
        let target: LinkMessage.Target?

        init(name: H5Name, target: LinkMessage.Target?) {
            self.name = name
            self.target = target
        }
    }

    private let tree: BTreeV1Editor<SymbolTableContent>
    private let heap: LocalHeapEditor

    /// Makes a table of links, which are in order of the bytes of their names.
    static func create(_ links: [Change], in context: FileContext) throws -> SymbolTableMessage {
        // A name or path takes its bytes, a NUL and what is missing to a multiple of eight.
        var size = LocalHeapEditor.size(of: [])
        for link in links {
            size += LocalHeapEditor.size(of: link.name.bytes)
            if case .soft(let path) = link.target { size += LocalHeapEditor.size(of: path.bytes) }
        }
        let storage = context.storage
        let heap = try LocalHeapEditor.create(size: max(size, LocalHeapEditor.usualSize), in: storage)
        let content = SymbolTableContent(
            heap: try LocalHeapEditor(address: heap, storage: storage), superblock: context.superblock)
        let message = SymbolTableMessage(
            btreeAddress: try BTreeV1Editor.create(content, in: storage), heapAddress: heap)
        if !links.isEmpty { try SymbolTableEditor(message, in: context).apply(links) }
        return message
    }

    /// Opens a table for changes.
    init(_ message: SymbolTableMessage, in context: FileContext) throws {
        heap = try LocalHeapEditor(address: message.heapAddress, storage: context.storage)
        tree = BTreeV1Editor(
            address: message.btreeAddress, content: SymbolTableContent(heap: heap, superblock: context.superblock),
            storage: context.storage)
    }

    /// Makes changes, which are in order of the bytes of their names.
    ///
    /// - Throws: `H5Error` with the code `invalidArgument` before anything is changed where names are not in order, are
    ///   empty or hold a NUL, and `notInGeneration` for links that are neither hard nor soft. After any other error the
    ///   table may be half changed.
    func apply(_ changes: [Change]) throws {
        var named: [NamedLink] = []
        named.reserveCapacity(changes.count)
        for change in changes {
            let link = try NamedLink(change)
            if let last = named.last, !last.name.lexicographicallyPrecedes(link.name) {
                throw H5Error(.invalidArgument, "links are not in order of their names at '\(change.name)'")
            }
            named.append(link)
        }
        try tree.apply(named)
        try heap.flush()
    }

    /// Gives everything back that the table takes; it is no more.
    func removeAll() throws {
        try tree.removeAll()
        try heap.removeAll()
    }
}

/// A change of a link with the bytes of its name at hand.
struct NamedLink {
    let name: [UInt8]
    let target: LinkMessage.Target?

    init(_ change: SymbolTableEditor.Change) throws {
        name = change.name.bytes
        target = change.target
        guard !name.isEmpty, !name.contains(0) else {
            throw H5Error(.invalidArgument, "'\(change.name)' cannot be the name of a link: it is empty or holds a NUL")
        }
        switch target {
        case nil, .hard: break
        case .soft(let path):
            guard !path.bytes.isEmpty, !path.bytes.contains(0) else {
                throw H5Error(
                    .invalidArgument,
                    "the soft link '\(change.name)' cannot lead to '\(path)', which is empty or holds a NUL")
            }
        case .external, .userDefined:
            throw H5Error(
                .notInGeneration,
                "the link '\(change.name)' is neither hard nor soft, so a group of the earliest generation cannot hold it"
            )
        }
    }
}

/// The links of a group as the content of a B-tree: names in the heap are the keys, symbol table nodes the buckets.
final class SymbolTableContent: BTreeV1Content {
    private let heap: LocalHeapEditor
    private let storage: FileStorage
    private let leafK: UInt16
    let internalK: UInt16
    let bucketRecordSize: Int

    init(heap: LocalHeapEditor, superblock: Superblock) {
        self.heap = heap
        storage = heap.storage
        leafK = superblock.groupLeafK
        internalK = superblock.groupInternalK
        bucketRecordSize = SymbolTableEntry.size(storage.sizes)
    }

    // MARK: Keys

    var nodeType: BTreeV1Node.NodeType { .group }
    var rank: Int { 0 }
    var keyPrecedesChild: Bool { false }
    /// The place of the empty name, which comes before every other.
    var outerKey: [UInt8] { [UInt8](repeating: 0, count: storage.sizes.lengths) }
    var hasBuckets: Bool { true }

    func isBehind(_ change: NamedLink, key: RawSpan) throws -> Bool {
        var cursor = ByteCursor(key, sizes: storage.sizes)
        return try heap.compare(at: try cursor.readLength(), with: change.name) < 0
    }

    func movedEnd(_ changes: ArraySlice<NamedLink>, current: [UInt8]?) throws -> [UInt8]? { nil }

    // MARK: Symbol table nodes

    var bucketCapacity: Int { min(2 * Int(leafK), Int(UInt16.max)) }
    var bucketSize: Int { SymbolTableNode.prefixSize + 2 * Int(leafK) * bucketRecordSize }

    func loadBucket(_ address: UInt64) throws -> PackedRecords {
        try storage.withCursor(at: address, count: bucketSize) { cursor in
            let count = try SymbolTableNode.entryCount(from: &cursor)
            guard count <= bucketCapacity else {
                throw cursor.damaged("a symbol table node has \(count) links and room for \(bucketCapacity)")
            }
            return PackedRecords(
                size: bucketRecordSize, bytes: try cursor.readArray(count * bucketRecordSize))
        }
    }

    func storeBucket(_ records: PackedRecords, _ range: Range<Int>, at address: UInt64) throws {
        try storage.write(at: address) { builder in
            builder.reserveCapacity(bucketSize)
            try SymbolTableNode.encodePrefix(count: range.count, to: &builder)
            builder.writeBytes(records.bytes(range))
            try builder.pad(to: bucketSize, from: 0, "a symbol table node")
        }
    }

    func bucketKey(_ last: RawSpan) throws -> [UInt8] {
        var cursor = ByteCursor(last, sizes: storage.sizes)
        return try cursor.readArray(storage.sizes.lengths)
    }

    // MARK: Links

    private func nameOffset(_ records: PackedRecords, _ index: Int) throws -> UInt64 {
        var cursor = ByteCursor(records.record(index), sizes: storage.sizes)
        return try cursor.readLength()
    }

    func merge(_ changes: ArraySlice<NamedLink>, into records: inout PackedRecords) throws -> Bool {
        var result = ByteBuilder(sizes: storage.sizes)
        result.reserveCapacity(records.bytes.count + changes.count * bucketRecordSize)
        var position = 0
        var isChanged = false
        for change in changes {
            var (low, high) = (position, records.count)
            var isThere = false
            while low < high {
                let middle = (low + high) / 2
                let order = try heap.compare(at: try nameOffset(records, middle), with: change.name)
                if order == 0 {
                    (low, high, isThere) = (middle, middle, true)
                } else if order < 0 {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            result.writeBytes(records.bytes(position..<low))
            position = isThere ? low + 1 : low
            guard isThere || change.target != nil else { continue }
            isChanged = true
            var name: UInt64?
            if isThere {
                var cursor = ByteCursor(records.record(low), sizes: storage.sizes)
                let entry = try SymbolTableEntry(from: &cursor)
                if case .softLink(let path) = entry.cache { heap.release(path, length: try heap.length(at: path)) }
                name = entry.nameOffset
            }
            if let target = change.target {
                try entry(name: try name ?? heap.insert(change.name), target).encode(to: &result)
            } else if let name {
                heap.release(name, length: change.name.count)
            }
        }
        guard isChanged else { return false }
        result.writeBytes(records.bytes(position..<records.count))
        records = PackedRecords(size: bucketRecordSize, bytes: result.bytes)
        return true
    }

    private func entry(name: UInt64, _ target: LinkMessage.Target) throws -> SymbolTableEntry {
        switch target {
        case .hard(let address): return SymbolTableEntry(nameOffset: name, headerAddress: address)
        case .soft(let path):
            return SymbolTableEntry(
                nameOffset: name, headerAddress: nil, cache: .softLink(pathOffset: try heap.insert(path.bytes)))
        case .external, .userDefined:
            throw H5Error(.notInGeneration, "a group of the earliest generation holds hard and soft links only")
        }
    }
}
