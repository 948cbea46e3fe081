import HDF5Format

/// A dataset: elements of one type in a shape.
///
/// ```swift
/// let raw = try file.dataset("Raw_Data")
/// let all = try raw.read(as: Float.self)
/// let row = try raw.read(as: Float.self, [5, .all])
/// ```
public struct H5Dataset: H5Attributed {
    private let handle: H5ObjectHandle
    /// What the header said when the dataset was opened.
    private let opened: DatasetDescription
    /// The revision of the file then.
    private let revision: UInt64
    /// What is known of the dataset, changes included.
    var description: DatasetDescription {
        guard let editor = handle.file.editor else { return opened }
        return editor.description(of: handle.address, opened: opened, since: revision)
    }
    /// The parts of a virtual dataset; nil for others.
    private let virtual: VirtualDataset?
    var virtualParts: VirtualDataset? { virtual }

    init(_ handle: H5ObjectHandle) throws {
        guard handle.file.editor == nil else {
            var recent = RecentDataset()
            try self.init(handle, like: &recent)
            return
        }
        var recent = handle.file.recentDataset.withLock { $0 }
        try self.init(handle, like: &recent)
        handle.file.recentDataset.withLock { $0 = recent }
    }

    init(_ handle: H5ObjectHandle, like recent: inout RecentDataset) throws {
        try self.init(
            handle, try handle.locating { try recent.description(of: handle.header, context: handle.context) })
    }

    init(_ handle: H5ObjectHandle, _ description: DatasetDescription) throws {
        self.handle = handle
        opened = description
        revision = handle.file.editor?.currentRevision ?? 0
        guard case .virtual = description.layout else {
            virtual = nil
            return
        }
        virtual = try handle.locating { try VirtualDataset(description, of: handle) }
    }

    /// A dataset that is not virtual, as it was at a revision of its file.
    private init(_ handle: H5ObjectHandle, _ description: DatasetDescription, revision: UInt64) {
        self.handle = handle
        opened = description
        self.revision = revision
        virtual = nil
    }

    /// The path by which the dataset was reached.
    public var path: String { handle.path }
    /// The file that holds the dataset.
    public var file: H5File { handle.file }
    /// The address of the object's header: the same for all paths that lead to it.
    public var address: UInt64 { handle.address }
    /// The attributes of the dataset.
    public var attributes: H5Attributes { H5Attributes(handle) }
    /// The comment that the object carries, if any.
    public var comment: String? { get throws { try handle.locating(handle.comment) } }
    /// The time of the last change in seconds since 1970-01-01 UTC, where the file keeps it.
    public var modificationTime: Int64? { get throws { try handle.locating(handle.modificationTime) } }

    /// The type of the elements as the file describes it.
    public var datatype: H5Datatype { description.datatype }
    /// The address of the committed datatype that the dataset uses; nil where its type is its own.
    public var committedDatatypeAddress: UInt64? { description.committedDatatype }
    /// The extent; of a virtual dataset without a limit, as far as its sources go.
    public var dataspace: H5Dataspace { virtual?.dataspace ?? description.dataspace }
    /// The extent of each axis, slowest first; empty for scalar and null.
    public var shape: [Int] { dataspace.shape }
    /// The number of elements.
    public var count: Int { dataspace.elementCount }
    /// What elements read as that were never written.
    public var fillValue: H5FillValue { description.fill }
    /// The filters that chunks pass through, in the order of writing.
    public var filters: [H5FilterDescription] { description.filters }

    /// How many threads one call uses at most.
    package var threadCount: Int { handle.context.storage.limits.threadCount }

    var objectHandle: H5ObjectHandle { handle }
    var context: FileContext { handle.context }

    /// A dataset that was just made, nothing of which needs to be settled to be read.
    init(made address: UInt64, path: String, in file: H5File) throws {
        if let editor = file.editor, let template = editor.template {
            let handle = H5ObjectHandle(
                made: template.header(at: address), path: path, in: file, revision: editor.revision)
            self.init(handle, template.description, revision: editor.revision)
            return
        }
        let handle = try H5ObjectHandle(file: file, path: path, address: address)
        try self.init(handle, try DatasetDescription(handle.header, context: file.context))
    }

    func locating<R>(_ body: () throws -> R) throws -> R { try handle.locating(body) }

    // MARK: Plans

    /// Fits a selection to the extent and checks what its result may cost.
    func plan(_ selection: H5Selection, elementSize: Int) throws -> SelectionPlan {
        let plan = try SelectionPlan(selection, of: dataspace)
        // The size of an element comes from the file too, and one of them is made for what was never written.
        try handle.context.storage.checkAllocation(datatype.size, "an element")
        let size = try checkedProduct(plan.count, elementSize, "the size of the result")
        try handle.context.storage.checkAllocation(size, "the result")
        try handle.context.storage.checkResult(size, "the result")
        return plan
    }

    /// Throws unless all elements may be read at once as values of `elementSize` bytes: for those who read them part by
    /// part and keep something of each.
    package func checkReading(elementSize: Int) throws {
        try locating { _ = try plan(.all, elementSize: elementSize) }
    }

    /// Moves the planned elements to a sink.
    ///
    /// - Parameter threads: How many threads may do it; nil: as many as the limits allow.
    func read(_ plan: SelectionPlan, into sink: some ElementSink, threads: Int? = nil) throws {
        if let virtual { return try virtual.read(plan, into: sink) }
        var reader = DatasetReader(description, at: address, context: handle.context)
        if let threads { reader.threads = threads }
        try reader.read(plan, into: sink)
    }

    /// The selected elements as they are stored, with the files that they belong to.
    func storedElements(_ plan: SelectionPlan) throws -> StoredElements {
        let count = plan.count * datatype.size
        var origins = ElementOrigins(count: plan.count, context: context)
        let capacity = LargePages.capacity(count, stride: 1)
        let bytes = try [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
            LargePages.prefer(for: UnsafeMutableRawBufferPointer(buffer))
            let bytes = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
            if virtual != nil, datatype.holdsPlaces {
                let sink = OriginSink(bytes, elementSize: datatype.size, count: plan.count, context: context)
                try read(plan, into: sink)
                origins = sink.noted
            } else {
                try read(plan, into: RawSink(bytes, elementSize: datatype.size))
            }
            filled = count
        }
        return StoredElements(bytes, elementSize: datatype.size, origins: origins)
    }

    /// All elements as they are stored, where there are few and they lie in one piece: no selection needs to be planned.
    func fewStoredElements() throws -> [UInt8]? {
        guard virtual == nil, description.byteCount <= DatasetReader.fewBytes else { return nil }
        let count = description.byteCount
        try handle.context.storage.checkAllocation(count, "the result")
        var isThere = false
        let bytes = try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            // Exactly the bytes that the reader fills where it answers true.
            isThere = try DatasetReader(description, at: address, context: handle.context).readFew(
                into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<count])))
            filled = isThere ? count : 0
        }
        return isThere ? bytes : nil
    }
}
