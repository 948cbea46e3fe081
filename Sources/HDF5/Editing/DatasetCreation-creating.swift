import HDF5Format

extension DatasetCreation {
    /// Makes the dataset; answers the address of its header.
    func create(in editor: FileEditor) throws -> UInt64 {
        if let template = editor.template, template.fits(self) {
            let address = try template.allocate(in: editor.storage)
            try template.write(at: address, in: editor.storage)
            return address
        }
        let address = try createHeader(in: editor)
        editor.template = try DatasetTemplate(self, at: address, in: editor.context)
        return address
    }

    private func createHeader(in editor: FileEditor) throws -> UInt64 {
        let storage = editor.storage
        let generation = editor.generation
        var messages: [EncodedMessage] = []
        func add(
            _ type: MessageType, _ flags: MessageFlags = [], _ body: (inout ByteBuilder) throws -> Void
        ) throws {
            var builder = ByteBuilder(sizes: storage.sizes)
            try body(&builder)
            messages.append(EncodedMessage(type: type, flags: flags, body: builder.bytes))
        }
        try add(.dataspace) { try dataspace.message(in: generation).encode(to: &$0) }
        if let committedDatatype {
            try add(.datatype, [.constant, .shared]) {
                try SharedMessageReference.committed(address: committedDatatype).encode(to: &$0)
            }
        } else {
            let type = try datatype.encoded(in: generation)
            try add(.datatype, .constant) { try DatatypeMessage(type).encode(to: &$0) }
        }
        try add(.fillValue, .constant) {
            try FillValueMessage(version: generation.fillValueVersion, fill: storedFill).encode(to: &$0)
        }
        if case .external(let pieces) = self.storage {
            let list = try Self.externalFiles(pieces, in: storage)
            try add(.externalFileList) { try list.encode(to: &$0) }
        }
        if !filters.isEmpty {
            try add(.filterPipeline, .constant) {
                try FilterPipelineMessage(version: generation.filterPipelineVersion, filters: filters).encode(to: &$0)
            }
        }
        let layout = DataLayoutMessage(version: generation.layoutVersion, layout: try makeLayout(in: editor))
        try add(.dataLayout) { try layout.encode(to: &$0) }
        if let modificationTime {
            try add(.modificationTime) {
                try ModificationTimeMessage(secondsSince1970: modificationTime).encode(to: &$0)
            }
        }
        if let committedDatatype {
            try ObjectRemoval.changeReferenceCount(of: committedDatatype, by: 1, in: editor)
        }
        if case .chunked(let chunks) = layout.layout, let first = chunks.address {
            let grid = try ChunkGrid(dataspace: dataspace, layout: chunks, elementSize: datatype.size)
            let count = try checkedProduct(try ChunkNumbering(grid: grid).count, grid.chunkBytes, "all chunks")
            var value = [UInt8](repeating: 0, count: datatype.size)
            if case .user(let bytes) = fill.status, bytes.count == value.count { value = bytes }
            try storage.fill(first, count, with: value)
        }
        if case .contiguous(let first?, let size?) = layout.layout {
            var value = [UInt8](repeating: 0, count: datatype.size)
            if case .user(let bytes) = fill.status, bytes.count == value.count { value = bytes }
            try storage.fill(first, Int(clamping: size), with: value)
        }
        return try ObjectHeaderEditor.create(
            messages, version: tracksAttributeCreationOrder ? 2 : generation.headerVersion,
            tracksAttributeCreationOrder: tracksAttributeCreationOrder,
            indexesAttributeCreationOrder: tracksAttributeCreationOrder, room: room, in: storage)
    }

    /// The fill value with the time of allocation that the layout has by default.
    private var storedFill: H5FillValue {
        var fill = fill
        guard fill.allocationTime == .default else { return fill }
        switch storage {
        case .compact: fill.allocationTime = .early
        case .contiguous, .external: fill.allocationTime = .late
        case .chunked, .virtual: fill.allocationTime = .incremental
        }
        return fill
    }

    private func makeLayout(in editor: FileEditor) throws -> DataLayoutMessage.Layout {
        switch storage {
        case .compact:
            let count = try checkedProduct(dataspace.elementCount, datatype.size, "the size of the dataset")
            var bytes = [UInt8](repeating: 0, count: count)
            if case .user(let value) = fill.status, !value.isEmpty {
                for index in bytes.indices { bytes[index] = value[index % value.count] }
            }
            return .compact(bytes)
        case .contiguous, .external:
            let count = try checkedProduct(dataspace.elementCount, datatype.size, "the size of the dataset")
            guard case .contiguous = storage, allocatesEarly, count > 0 else {
                return .contiguous(address: nil, size: UInt64(count))
            }
            // Whole pages of its own, as it may be written in place while what lies beside it is changed.
            let page = FileTransaction.pageSize
            let pages = (count - 1) / page + 1
            let address = try editor.storage.allocate(
                try checkedProduct(pages, page, "the size of the dataset"), alignment: UInt64(page))
            return .contiguous(address: address, size: UInt64(count))
        case .chunked(let shape, let leavesPartial):
            let layout = DataLayoutMessage.ChunkedLayout(
                chunkShape: shape, elementSize: datatype.size,
                index: ChunkIndexEditor.kind(
                    dataspace: dataspace, chunkShape: shape, isFiltered: !filters.isEmpty,
                    allocatesEarly: allocatesEarly, layoutVersion: editor.generation.layoutVersion),
                address: nil, leavesPartialChunksUnfiltered: leavesPartial && editor.generation.layoutVersion >= 4)
            guard case .implicit = layout.index else { return .chunked(layout) }
            let grid = try ChunkGrid(dataspace: dataspace, layout: layout, elementSize: datatype.size)
            var index = try ChunkIndexEditor(grid: grid, layout: layout, isFiltered: false, in: editor.context)
            try index.allocateImplicit()
            return .chunked(index.layout)
        case .virtual(let mapping):
            guard !mapping.entries.isEmpty else { return .virtual(heapAddress: nil, heapIndex: 0) }
            var builder = ByteBuilder(sizes: editor.storage.sizes)
            try mapping.encode(to: &builder)
            let place = try editor.globalHeap.store(builder.bytes.span.bytes)
            return .virtual(heapAddress: place.address, heapIndex: place.index)
        }
    }

    /// Writes the local heap with the names of other files.
    private static func externalFiles(
        _ pieces: [ExternalPiece], in storage: FileStorage
    ) throws -> ExternalFileListMessage {
        var names = ByteBuilder(sizes: storage.sizes)
        // As libhdf5: the empty name comes first.
        names.writeZeros(8)
        var slots: [ExternalFileListMessage.Slot] = []
        for piece in pieces {
            slots.append(
                ExternalFileListMessage.Slot(
                    nameOffset: UInt64(names.count), fileOffset: piece.offset, size: piece.size))
            try names.writeNullTerminated(piece.file.bytes, "the name of an external file")
            names.pad(toMultipleOf: 8, from: 0)
        }
        let data = try storage.allocate(names.count)
        try storage.write(names.bytes, at: data)
        let heap = try storage.allocate(LocalHeap.headerSize(storage.sizes))
        try storage.write(at: heap) {
            try LocalHeap(dataSize: UInt64(names.count), dataAddress: data).encode(to: &$0)
        }
        return ExternalFileListMessage(
            heapAddress: heap, slots: slots, allocatedSlots: UInt16(clamping: slots.count))
    }
}
