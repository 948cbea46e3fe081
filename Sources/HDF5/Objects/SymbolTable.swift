import HDF5Format

/// The links of an old-style group: a version 1 B-tree of symbol table nodes, and a local heap of names.
struct SymbolTable {
    private let storage: FileStorage
    private let message: SymbolTableMessage
    private let heap: LocalHeap

    /// Trees of symbol table nodes are never deeper: each level multiplies by at least two.
    private static let maximumDepth = 64

    init(_ message: SymbolTableMessage, storage: FileStorage) throws {
        self.storage = storage
        self.message = message
        heap = try storage.withCursor(at: message.heapAddress, count: LocalHeap.headerSize(storage.sizes)) {
            try LocalHeap(from: &$0)
        }
        try storage.checkExtent(heap.dataAddress, heap.dataSize)
    }

    /// Adds all links, in order of names, to a list.
    func gather(into links: inout LinkList) throws {
        var visited: Set<UInt64> = []
        try storage.withBytes(
            at: heap.dataAddress, count: try Int(checking: heap.dataSize, "the size of a local heap")
        ) { names in try gather(message.btreeAddress, level: nil, visited: &visited, names: names, &links) }
    }

    private func gather(
        _ address: UInt64, level: Int?, visited: inout Set<UInt64>, names: RawSpan, _ links: inout LinkList
    ) throws {
        guard visited.insert(address).inserted else {
            throw H5Error(.damaged, "the nodes of a group's B-tree form a circle", address: address)
        }
        let node = try treeNode(address, level: level)
        for child in node.children {
            if node.level > 0 {
                try gather(child, level: node.level - 1, visited: &visited, names: names, &links)
                continue
            }
            guard visited.insert(child).inserted else {
                throw H5Error(.damaged, "a symbol table node is listed twice", address: child)
            }
            try withSymbolTableNode(child) { entries, cursor in
                for _ in 0..<entries {
                    let entry = try SymbolTableEntry(from: &cursor)
                    let name = try name(in: names, at: entry.nameOffset)
                    if case .softLink(let offset) = entry.cache {
                        try links.append(name, target: .soft(path: H5Name(try self.name(in: names, at: offset))))
                    } else {
                        try links.append(name, address: try headerAddress(of: entry, named: H5Name(name)))
                    }
                }
            }
        }
    }

    /// Finds a link by descending the tree.
    func link(named name: H5Name) throws -> LinkMessage? {
        var address = message.btreeAddress
        var level: Int?
        for _ in 0..<Self.maximumDepth {
            let node = try treeNode(address, level: level)
            // Child i holds the names after key i, up to and with key i + 1.
            var low = 0
            var high = node.children.count
            while low < high {
                let middle = (low + high) / 2
                if try self.name(at: node.keys[middle + 1]) < name { low = middle + 1 } else { high = middle }
            }
            guard low < node.children.count else { return nil }
            if node.level > 0 {
                address = node.children[low]
                level = node.level - 1
                continue
            }
            let entries = try symbolTableNode(node.children[low]).entries
            low = 0
            high = entries.count
            while low < high {
                let middle = (low + high) / 2
                let candidate = try self.name(at: entries[middle].nameOffset)
                if candidate == name { return try link(entries[middle]) { try self.name(at: $0) } }
                if candidate < name { low = middle + 1 } else { high = middle }
            }
            return nil
        }
        throw H5Error(.damaged, "a group's B-tree is deeper than possible", address: message.btreeAddress)
    }

    /// The number of links.
    func count() throws -> Int {
        var total = 0
        var visited: Set<UInt64> = []
        func walk(_ address: UInt64, level: Int?) throws {
            guard visited.insert(address).inserted else {
                throw H5Error(.damaged, "the nodes of a group's B-tree form a circle", address: address)
            }
            let node = try treeNode(address, level: level)
            for child in node.children {
                if node.level > 0 {
                    try walk(child, level: node.level - 1)
                } else {
                    total += try symbolTableNode(child).entries.count
                }
            }
        }
        try walk(message.btreeAddress, level: nil)
        return total
    }

    // MARK: Nodes

    private struct TreeNode {
        var level: Int
        var keys: [UInt64]
        var children: [UInt64]
    }

    private func treeNode(_ address: UInt64, level: Int?) throws -> TreeNode {
        let sizes = storage.sizes
        let prefix = try storage.withCursor(at: address, count: BTreeV1Node.prefixSize(sizes)) {
            try BTreeV1Node(from: &$0, expecting: .group)
        }
        if let level, prefix.level != level {
            throw H5Error(
                .damaged, "a B-tree node has level \(prefix.level) where \(level) is expected", address: address)
        }
        guard prefix.count > 0 else { return TreeNode(level: prefix.level, keys: [], children: []) }
        let used = BTreeV1Node.usedSize(.group, rank: 0, count: prefix.count, sizes)
        return try storage.withCursor(at: address, count: used) { cursor in
            try cursor.skip(BTreeV1Node.prefixSize(sizes))
            var node = TreeNode(level: prefix.level, keys: [], children: [])
            node.keys.reserveCapacity(prefix.count + 1)
            node.children.reserveCapacity(prefix.count)
            for _ in 0..<prefix.count {
                node.keys.append(try cursor.readLength())
                node.children.append(try cursor.readDefinedAddress("child of a B-tree node"))
            }
            node.keys.append(try cursor.readLength())
            return node
        }
    }

    /// Usual nodes have at most eight entries; larger ones take a second look at the block cache.
    private static let usualNodeSize = 328

    /// Gives `body` the number of entries of a node and a cursor before the first one.
    private func withSymbolTableNode<R>(
        _ address: UInt64, _ body: (Int, inout ByteCursor) throws -> R
    ) throws -> R {
        var size = 0
        let result = try storage.withCursor(at: address, upTo: Self.usualNodeSize) { cursor -> R? in
            let count = try SymbolTableNode.entryCount(from: &cursor)
            size = SymbolTableNode.prefixSize + count * SymbolTableEntry.size(storage.sizes)
            return size <= cursor.count ? try body(count, &cursor) : nil
        }
        if let result { return result }
        return try storage.withCursor(at: address, count: size) { cursor in
            try body(try SymbolTableNode.entryCount(from: &cursor), &cursor)
        }
    }

    private func symbolTableNode(_ address: UInt64) throws -> SymbolTableNode {
        try withSymbolTableNode(address) { try SymbolTableNode(count: $0, from: &$1) }
    }

    // MARK: Names

    private func link(_ entry: SymbolTableEntry, name: (UInt64) throws -> H5Name) throws -> LinkMessage {
        let linkName = try name(entry.nameOffset)
        if case .softLink(let offset) = entry.cache {
            return LinkMessage(name: linkName, target: .soft(path: try name(offset)))
        }
        return LinkMessage(name: linkName, target: .hard(address: try headerAddress(of: entry, named: linkName)))
    }

    private func headerAddress(of entry: SymbolTableEntry, named name: @autoclosure () -> H5Name) throws -> UInt64 {
        guard let address = entry.headerAddress else {
            throw H5Error(.damaged, "link \(name()) leads nowhere", address: message.btreeAddress)
        }
        return address
    }

    private func name(at offset: UInt64) throws -> H5Name {
        guard offset < heap.dataSize else { throw outside(offset) }
        let address = try heap.dataAddress.adding(offset, "the place of a name")
        let rest = heap.dataSize - offset
        // Names are short; the whole rest of the heap is looked at only where the first look finds no end.
        for window in [UInt64(64), rest] {
            let count = Int(min(window, rest))
            let found = try storage.withBytes(at: address, count: count) { bytes in
                bytes.firstZero(from: 0).map { H5Name(bytes.extracting(0..<$0)) }
            }
            if let found { return found }
        }
        throw H5Error(.damaged, "a name in a local heap has no end", address: address)
    }

    @_lifetime(copy names)
    private func name(in names: RawSpan, at offset: UInt64) throws -> RawSpan {
        guard offset < UInt64(names.byteCount) else { throw outside(offset) }
        guard let length = names.firstZero(from: Int(offset)) else {
            throw H5Error(.damaged, "a name in a local heap has no end", address: heap.dataAddress &+ offset)
        }
        return names.extracting(Int(offset)..<(Int(offset) + length))
    }

    private func outside(_ offset: UInt64) -> H5Error {
        H5Error(.damaged, "the name at \(offset) lies outside its local heap", address: heap.dataAddress)
    }
}
