import HDF5Format

/// Counts hard links, and removes objects that have none left, with all that belongs to them.
enum ObjectRemoval {
    /// Takes note that an object has one hard link more or less; one without any goes, and what only it led to.
    static func changeReferenceCount(of object: UInt64, by change: Int, in editor: FileEditor) throws {
        var queue = [(object, change)]
        while let (address, change) = queue.popLast() {
            var header = try ObjectHeaderEditor(address, in: editor.storage)
            let count = try header.referenceCount() + change
            guard count <= 0 else {
                try header.setReferenceCount(count)
                try header.write()
                continue
            }
            queue += try remove(header, in: editor).map { ($0, -1) }
        }
    }

    /// Removes an object; answers the objects to which it had a hard link, or whose type it used.
    private static func remove(_ header: ObjectHeaderEditor, in editor: FileEditor) throws -> [UInt64] {
        let context = editor.context
        let storage = editor.storage
        let object = try ObjectHeader.load(header.address, from: storage)
        var released: [UInt64] = []
        let attributes = try AttributeTable(object, context: context)
        for attribute in try attributes.attributes(.name) {
            if let committed = attribute.committedDatatype { released.append(committed) }
            let value = attribute.value
            try HeapDataRelease(attribute.datatype)?.release(
                value.span.bytes, count: attribute.dataspace.elementCount, from: editor.globalHeap)
        }
        switch object.kind {
        case .group:
            let links = try LinkTable(object, context: context).links(.name)
            for index in 0..<links.count {
                if case .hard(let address) = links[index].target { released.append(address) }
            }
            try GroupStorage.release(header, in: editor)
        case .dataset:
            let known = editor.editedDataset(header.address)?.description
            let description = try known ?? DatasetDescription(object, context: context)
            try DatasetRemoval.release(description, at: header.address, in: editor)
            if let committed = description.committedDatatype { released.append(committed) }
        case .datatype, .unknown: break
        }
        var storageOfAttributes = try AttributeStorage(of: header.address, in: editor)
        try storageOfAttributes.releaseAll()
        editor.forget(header.address)
        try header.release()
        return released
    }
}

/// Gives the space of a dataset's elements back.
enum DatasetRemoval {
    static func release(_ description: DatasetDescription, at address: UInt64, in editor: FileEditor) throws {
        let storage = editor.storage
        if description.datatype.hasHeapData, description.externalFiles == nil {
            try VariableLengthRemoval.releaseElements(of: description, at: address, in: editor)
        }
        switch description.layout {
        case .compact: break
        case .contiguous(let address?, let size):
            guard description.externalFiles == nil else { break }
            let count = try Int(checking: size ?? UInt64(description.byteCount), "the size of contiguous data")
            try storage.release(address, count)
        case .contiguous(nil, _): break
        case .chunked(let layout):
            guard layout.address != nil else { break }
            let grid = try description.grid(layout)
            let isFiltered = !description.filters.isEmpty
            let index = ChunkIndex(grid: grid, layout: layout, isFiltered: isFiltered, storage: storage)
            for chunk in try index.find(try ChunkQuery(grid.chunkCounts.map { .range(0..<$0) })) {
                try storage.release(chunk.address, chunk.storedSize)
            }
            var editor = try ChunkIndexEditor(grid: grid, layout: layout, isFiltered: isFiltered, in: editor.context)
            try editor.removeAll()
        case .virtual(let heap, let index):
            guard let heap else { break }
            try editor.globalHeap.remove(GlobalHeapIdentifier(address: heap, index: index))
        }
        if let list = description.externalFiles {
            // The names of the other files lie in a local heap of their own; the files stay.
            try LocalHeapEditor(address: list.heapAddress, storage: storage).removeAll()
        }
    }
}
