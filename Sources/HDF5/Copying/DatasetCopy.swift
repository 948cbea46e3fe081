import HDF5Format

/// Copies one dataset: first its header, later its elements.
struct DatasetCopy {
    private let dataset: H5Dataset
    private let copier: ObjectCopier
    private var options: H5CopyOptions { copier.options }
    private var target: FileEditor { copier.target }

    /// The bytes of elements that are in memory at once.
    private static let batchBytes = 32 << 20

    init(_ dataset: H5Dataset, by copier: ObjectCopier) {
        self.dataset = dataset
        self.copier = copier
    }

    // MARK: The header

    /// Makes the dataset without elements; answers the address of its header.
    func make(tracksAttributeCreationOrder: Bool) throws -> UInt64 {
        let description = dataset.description
        // One that leads to other objects is set once those are copied.
        let fill = description.fill
        var creation = DatasetCreation(
            datatype: description.datatype,
            committedDatatype: try description.committedDatatype.map { try copier.committedCopy(of: $0) },
            dataspace: staysVirtual ? description.dataspace : dataset.dataspace, storage: .contiguous)
        creation.fill = fill
        creation.tracksAttributeCreationOrder = tracksAttributeCreationOrder
        creation.modificationTime = try dataset.modificationTime
        creation.room = try roomForAttributes()
        (creation.storage, creation.filters) = try storage(description)
        if case .chunked = creation.storage, fill.allocationTime == .early, !creation.filters.isEmpty {
            creation.fill.allocationTime = .incremental
        }
        try creation.check(in: target.generation)
        return try creation.create(in: target)
    }

    /// Whether a virtual dataset stays one, as it shows nothing but datasets of the file itself.
    ///
    /// Names of other files mean something beside the original only, so what those show comes into the copy.
    private var staysVirtual: Bool {
        guard let parts = dataset.virtualParts else { return false }
        return parts.entries.allSatisfy { $0.file == VirtualDatasetMapping.sameFile }
    }

    /// The bytes that the attributes will take in the header.
    private func roomForAttributes() throws -> Int {
        // What cannot be read is told of when it is copied.
        guard let attributes = try? dataset.attributes.all(), attributes.count <= 8 else { return 0 }
        var room = 0
        for attribute in attributes {
            let body = try AttributeEncoding.encode(
                H5Name(bytes: attribute.nameBytes), attribute.datatype, attribute.dataspace, attribute.storedBytes,
                in: target)
            guard body.count <= Int(UInt16.max) else { continue }
            room += (body.count + 7) / 8 * 8 + 8
        }
        // The other messages of a dataset, and one that counts attributes.
        return room == 0 ? 0 : room + 200
    }

    private func storage(
        _ description: DatasetDescription
    ) throws -> (DatasetCreation.Storage, [H5FilterDescription]) {
        var filters = description.filters
        var chunkShape: [Int]?
        var chosen: [H5DatasetFilter]?
        var leavesPartial = false
        if case .chunked(let layout) = description.layout {
            chunkShape = layout.chunkShape
            leavesPartial = layout.leavesPartialChunksUnfiltered
        }
        if staysVirtual {
            try target.generation.require(.v1_10, for: "a virtual dataset")
            return (.virtual(VirtualDatasetMapping(entries: dataset.virtualParts?.entries ?? [])), [])
        }
        let dataspace = dataset.dataspace
        if case .replace(let wanted) = options.filters, dataspace.rank > 0, dataspace.elementCount > 0 {
            chosen = wanted
            if !wanted.isEmpty, chunkShape == nil {
                chunkShape = H5ChunkShape.automatic(dataspace, elementSize: description.datatype.size)
            }
        }
        if case .replace(let wanted) = options.chunkShape, wanted.count == dataspace.rank, dataspace.rank > 0 {
            chunkShape = zip(wanted, dataspace.maximumShape).map { min($0, max(1, $1 ?? $0)) }
            if chosen == nil { chosen = filters.map { H5DatasetFilter(fittedAnew: $0) } }
        }
        if let chunkShape {
            if let chosen {
                filters = try chosen.map {
                    try $0.description(for: description.datatype, chunkShape: chunkShape, fill: description.fill)
                }
            }
            return (.chunked(shape: chunkShape, leavesPartialChunksUnfiltered: leavesPartial), filters)
        }
        if case .compact = description.layout { return (.compact, []) }
        if let pieces = try missingFiles(description) { return (.external(pieces), []) }
        if dataspace.maximumShape != dataspace.shape.map({ $0 }) {
            // Data in other files may grow; in the file itself only chunks can.
            return (
                .chunked(
                    shape: H5ChunkShape.automatic(dataspace, elementSize: description.datatype.size),
                    leavesPartialChunksUnfiltered: false), []
            )
        }
        return (.contiguous, [])
    }

    /// The pieces of data in other files, where those are not there, so that only their names can be copied.
    private func missingFiles(_ description: DatasetDescription) throws -> [DatasetCreation.ExternalPiece]? {
        guard let list = description.externalFiles, dataset.count > 0 else { return nil }
        let shape = dataset.shape
        let first = H5Selection.axes(shape.map { _ in .index(0) })
        guard (try? dataset.storedElements(try dataset.plan(first, elementSize: description.datatype.size))) == nil
        else { return nil }
        guard case .external(let files) = try dataset.storage.layout else { return nil }
        return zip(files, list.slots).map {
            DatasetCreation.ExternalPiece(file: H5Name($0.name), offset: $1.fileOffset, size: $1.size)
        }
    }

    // MARK: Elements

    /// Sets a fill value that leads to other objects, or into the heap.
    private func copyFillValue(to address: UInt64) throws {
        var fill = dataset.description.fill
        guard case .user(let bytes) = fill.status, let relocation = copier.relocation(of: dataset.datatype) else {
            return
        }
        let moved = try copier.reading(dataset.path) {
            try relocation.relocate(bytes.span.bytes, count: 1, from: dataset.context)
        }
        fill.status = moved.map { .user($0) } ?? .default
        var header = try ObjectHeaderEditor(address, in: target.storage)
        let old = try header.decode(.fillValue) { try FillValueMessage(from: &$0) }
        guard var message = old else { return }
        message.fill.status = fill.status
        try header.replace(try header.message(.fillValue, flags: .constant) { try message.encode(to: &$0) })
        try header.write()
    }

    /// Copies the elements; `progress` hears of the bytes of each batch.
    func copyElements(to address: UInt64, progress: (Int) throws -> Void) throws {
        let description = dataset.description
        try copyFillValue(to: address)
        let copy = try ObjectHeader.load(address, from: target.storage)
        let edited = try target.dataset(
            address, DatasetDescription(copy, context: target.context))
        if case .virtual = edited.description.layout { return }
        guard dataset.count > 0, hasElements(description) else { return }
        if try copyChunksAsStored(to: edited, progress) { return }
        let writer = DatasetWriter(edited, in: target)
        let relocation = copier.relocation(of: description.datatype)
        let chunk: DataLayoutMessage.ChunkedLayout? =
            if case .chunked(let layout) = description.layout { layout } else { nil }
        let size = description.datatype.size
        let plan = try BatchPlan(
            shape: dataset.shape, elementSize: size, chunkShape: chunk?.chunkShape,
            chunkBytes: min(Self.batchBytes / 8, chunk.map { $0.chunkShape.reduce(size, &*) } ?? 0),
            threads: 1, budget: 2 * Self.batchBytes)
        for number in 0..<plan.count {
            let ranges = plan.ranges(of: number)
            let selection: H5Selection =
                ranges.isEmpty
                ? .all : .axes(ranges.map { .range(lower: $0.lowerBound, upper: $0.upperBound, stride: 1) })
            let read = try copier.reading(dataset.path) {
                let elements = try dataset.storedElements(try dataset.plan(selection, elementSize: size))
                guard let relocation else { return elements.bytes }
                var bytes: [UInt8] = []
                bytes.reserveCapacity(elements.bytes.count)
                try elements.forEachRun { run, range, context in
                    bytes += try relocation.relocate(run, count: range.count, from: context)
                }
                return bytes
            }
            guard let bytes = read else { continue }
            let place = try SelectionPlan(selection, of: edited.description.dataspace)
            // The array stays as it is until the write is done.
            try bytes.withUnsafeBytes { try writer.write(place, from: StoredSource($0, elementSize: size)) }
            try progress(bytes.count)
        }
    }

    /// Whether chunks went through the same filters; their names are not stored everywhere.
    private static func areSame(_ left: [H5FilterDescription], _ right: [H5FilterDescription]) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { $0.identifier == $1.identifier && $0.clientValues == $1.clientValues }
    }

    /// Whether anything was ever written.
    private func hasElements(_ description: DatasetDescription) -> Bool {
        if description.externalFiles != nil { return dataset.description.externalFiles != nil }
        switch description.layout {
        case .contiguous(let address, _): return address != nil
        case .chunked(let layout): return layout.address != nil
        case .compact, .virtual: return true
        }
    }

    /// Copies chunks without decoding them, where original and copy have the same chunks and filters.
    private func copyChunksAsStored(to edited: EditedDataset, _ progress: (Int) throws -> Void) throws -> Bool {
        let (original, copy) = (dataset.description, edited.description)
        guard case .chunked(let layout) = original.layout, case .chunked(let other) = copy.layout,
            layout.chunkShape == other.chunkShape, Self.areSame(original.filters, copy.filters),
            layout.leavesPartialChunksUnfiltered == other.leavesPartialChunksUnfiltered,
            !original.datatype.holdsPlaces
        else { return false }
        let (from, to) = (dataset.context.storage, target.storage)
        guard let grid = try copier.reading(dataset.path, { try original.grid(layout) }) else { return true }
        let isFiltered = !original.filters.isEmpty
        let index = ChunkIndex(grid: grid, layout: layout, isFiltered: isFiltered, storage: from)
        let query = try ChunkQuery(grid.chunkCounts.map { .range(0..<$0) })
        let buffer = ScratchBytes()
        let found = try copier.reading(dataset.path) { try index.find(query) } ?? []
        for chunk in found.sorted(by: { $0.ordinal < $1.ordinal }) {
            let bytes = try copier.reading(dataset.path) {
                try from.checkAllocation(chunk.storedSize, "a stored chunk")
                let bytes = buffer.bytes(chunk.storedSize)
                try from.readRaw(at: chunk.address, into: bytes)
                return bytes
            }
            guard let bytes else { continue }
            let place = try to.allocate(chunk.storedSize, alignment: isFiltered ? 1 : 8)
            try to.write(UnsafeRawBufferPointer(bytes), at: place)
            edited.chunks[chunk.ordinal] = ChunkElement(
                address: place, storedSize: isFiltered ? UInt64(chunk.storedSize) : nil, filterMask: chunk.filterMask)
            try progress(grid.chunkBytes)
        }
        target.noteChange(of: edited)
        return true
    }
}
