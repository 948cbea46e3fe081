import HDF5Format

/// How far an axis of a dataset may grow.
public enum H5MaximumExtent: Hashable, Sendable, ExpressibleByIntegerLiteral {
    /// As far as the file goes.
    case unlimited
    /// So many elements.
    case limit(Int)

    /// Makes a limit from a number.
    public init(integerLiteral value: Int) { self = .limit(value) }

    var limit: Int? { if case .limit(let count) = self { count } else { nil } }
}

/// How a new dataset is stored, beside its type and its extent.
public struct H5DatasetOptions: Sendable {
    /// Where the elements are.
    public enum Layout: Hashable, Sendable {
        /// In one block, or in chunks where chunks, filters or a maximum shape ask for them.
        case automatic
        /// In the object header, for small data that is read together with it.
        case compact
        /// In other files: names, offsets and sizes of the pieces in order; the data is not written by this library.
        case external([H5Storage.ExternalFile])
        /// In other datasets.
        case virtual([H5VirtualSource])
    }

    /// How the dataset is cut into chunks; nil where it is not.
    public var chunks: H5ChunkShape?
    /// The filters of chunks, in the order of writing.
    public var filters: [H5DatasetFilter]
    /// How far each axis may grow; nil where it cannot.
    public var maximum: [H5MaximumExtent]?
    /// What elements read as that were never written.
    public var fillValue: H5FillValue
    /// Where the elements are.
    public var layout: Layout
    /// Whether the order is remembered in which attributes are made.
    public var tracksAttributeCreationOrder: Bool
    /// The committed datatype that the dataset uses in place of a type of its own.
    public var committedDatatype: H5NamedDatatype?

    /// Makes options; by default the dataset lies in one block and cannot grow.
    public init(
        chunks: H5ChunkShape? = nil, filters: [H5DatasetFilter] = [], maximum: [H5MaximumExtent]? = nil,
        fillValue: H5FillValue = H5FillValue(status: .default), layout: Layout = .automatic,
        tracksAttributeCreationOrder: Bool = false, committedDatatype: H5NamedDatatype? = nil
    ) {
        self.chunks = chunks
        self.filters = filters
        self.maximum = maximum
        self.fillValue = fillValue
        self.layout = layout
        self.tracksAttributeCreationOrder = tracksAttributeCreationOrder
        self.committedDatatype = committedDatatype
    }
}

/// A part of a virtual dataset that lies in another dataset.
public struct H5VirtualSource: Hashable, Sendable {
    /// The file of the source; `.` is the file of the virtual dataset itself.
    public var file: String
    /// The path of the source dataset.
    public var dataset: String
    /// The elements of the source.
    public var source: H5Selection
    /// The elements of the virtual dataset that they are, in the same order.
    public var destination: H5Selection

    /// Makes a mapping; by default all of the source.
    public init(file: String = ".", dataset: String, source: H5Selection = .all, destination: H5Selection) {
        self.file = file
        self.dataset = dataset
        self.source = source
        self.destination = destination
    }
}

extension H5Group {
    /// Makes a dataset of any type.
    ///
    /// - Parameters:
    ///   - path: The name, or a path below this group (or from the root, when it starts with `/`); groups that are missing on
    ///     the way are made.
    ///   - datatype: The type of the elements as they are stored.
    ///   - dataspace: The extent: `.scalar`, `.null` or `.simple` with a shape.
    /// - Throws: `H5Error` before anything is written: `exists`, `readOnly`, `invalidArgument` for options that contradict
    ///   each other, or `notInGeneration`.
    @discardableResult
    public func createDataset(
        _ path: String, datatype: H5Datatype, dataspace: H5Dataspace, options: H5DatasetOptions = H5DatasetOptions()
    ) throws -> H5Dataset {
        let editor = try file.writable()
        let creation = try objectHandle.naming(pathOf(path)) {
            let creation = try DatasetCreation(datatype, dataspace, options, in: editor)
            try creation.check(in: editor.generation)
            return creation
        }
        return try editing { editing in
            let (parent, name) = try editing.parent(of: path, from: address)
            let made = try editor.change {
                let made = try creation.create(in: editor)
                try editor.links(of: parent).put(name, .hard(address: made))
                return made
            }
            editing.editor.noteMade(made)
            return try H5Dataset(made: made, path: pathOf(path), in: file)
        }
    }

    /// Makes a dataset of numbers, Booleans or complex numbers.
    ///
    /// ```swift
    /// let data = try group.createDataset("Raw_Data", of: Float.self, shape: [n, 1024], chunks: .automatic, filters: [.shuffle, .deflate(4)])
    /// ```
    ///
    /// - Parameters:
    ///   - shape: The extent of each axis, slowest first; empty for a single value.
    ///   - maximum: How far each axis may grow; chunks are made where something can grow.
    ///   - chunks: How the dataset is cut into chunks; without filters and maximum there need be none.
    ///   - filters: The filters of chunks, in the order of writing.
    ///   - fill: What elements read as that were never written.
    @discardableResult
    public func createDataset<Element: H5Element>(
        _ path: String, of type: Element.Type, shape: [Int], maximum: [H5MaximumExtent]? = nil,
        chunks: H5ChunkShape? = nil, filters: [H5DatasetFilter] = [], fill: Element? = nil
    ) throws -> H5Dataset {
        if maximum == nil, chunks == nil, filters.isEmpty, fill == nil {
            return try createDataset(path, of: type, shape: shape)
        }
        let datatype = H5Datatype(of: type)
        var options = H5DatasetOptions(chunks: chunks, filters: filters, maximum: maximum)
        if let fill {
            options.fillValue.status = .user(try StoredEncoding.bytes([fill], datatype, .exact))
        }
        return try createDataset(
            path, datatype: datatype, dataspace: shape.isEmpty ? .scalar : .simple(shape), options: options)
    }

    /// Makes a dataset of numbers in one block.
    private func createDataset<Element: H5Element>(
        _ path: String, of type: Element.Type, shape: [Int]
    ) throws -> H5Dataset {
        let editor = try file.writable()
        return try objectHandle.naming {
            try editor.perform {
                guard let template = editor.template, template.request == DatasetTemplate.Request(type, shape: shape)
                else {
                    let made = try createDataset(
                        path, datatype: H5Datatype(of: type), dataspace: shape.isEmpty ? .scalar : .simple(shape))
                    editor.template?.note(type, shape: shape)
                    return made
                }
                // One more like the last one needs neither be described nor checked.
                let (parent, name) = try GroupEditing(editor).parent(of: path, from: address)
                let made = try editor.change {
                    let made = try template.allocate(in: editor.storage)
                    try editor.links(of: parent).put(name, .hard(address: made))
                    return made
                }
                editor.noteMade(made, isHeaderWritten: false)
                return try H5Dataset(made: made, path: pathOf(path), in: file)
            }
        }
    }

    // Numbers are `Codable` too, and have a call of their own.
    /// Makes a dataset of rows: a compound of their members.
    @_disfavoredOverload
    @discardableResult
    public func createDataset<Row: Codable>(
        _ path: String, of type: Row.Type, shape: [Int], maximum: [H5MaximumExtent]? = nil,
        chunks: H5ChunkShape? = nil, filters: [H5DatasetFilter] = []
    ) throws -> H5Dataset {
        try createDataset(
            path, datatype: try H5Datatype(of: type), dataspace: shape.isEmpty ? .scalar : .simple(shape),
            options: H5DatasetOptions(chunks: chunks, filters: filters, maximum: maximum))
    }

    /// Makes a dataset of numbers and writes all its elements.
    @discardableResult
    public func createDataset<Element: H5Element>(
        _ path: String, _ values: [Element], shape: [Int]? = nil, chunks: H5ChunkShape? = nil,
        filters: [H5DatasetFilter] = []
    ) throws -> H5Dataset {
        let shape = shape ?? [values.count]
        guard try checkedProduct(shape, "the number of elements") == values.count else {
            throw H5Error(
                .invalidArgument, "\(values.count) elements do not have the shape \(shape)", path: pathOf(path))
        }
        let dataset = try createDataset(path, of: Element.self, shape: shape, chunks: chunks, filters: filters)
        try dataset.write(values)
        return dataset
    }

    /// Makes a dataset of text of any length and writes all its elements.
    @discardableResult
    public func createDataset(
        _ path: String, _ strings: [String], shape: [Int]? = nil, chunks: H5ChunkShape? = nil,
        filters: [H5DatasetFilter] = []
    ) throws -> H5Dataset {
        let shape = shape ?? [strings.count]
        guard try checkedProduct(shape, "the number of elements") == strings.count else {
            throw H5Error(.invalidArgument, "\(strings.count) texts do not have the shape \(shape)", path: pathOf(path))
        }
        let dataset = try createDataset(
            path, datatype: .string, dataspace: .simple(shape),
            options: H5DatasetOptions(chunks: chunks, filters: filters))
        try dataset.write(strings)
        return dataset
    }

    /// Makes a committed datatype, which datasets and attributes can share.
    @discardableResult
    public func commitDatatype(_ path: String, _ datatype: H5Datatype) throws -> H5NamedDatatype {
        try editing { editing in
            let editor = editing.editor
            let type = try datatype.fitted(to: editor.storage.sizes).encoded(in: editor.generation)
            var builder = ByteBuilder(sizes: editor.storage.sizes)
            try DatatypeMessage(type).encode(to: &builder)
            let (parent, name) = try editing.parent(of: path, from: address)
            let made = try editor.change {
                let made = try ObjectHeaderEditor.create(
                    [EncodedMessage(type: .datatype, flags: .constant, body: builder.bytes)],
                    version: editor.generation.headerVersion, in: editor.storage)
                try editor.links(of: parent).put(name, .hard(address: made))
                return made
            }
            return try H5NamedDatatype(H5ObjectHandle(file: file, path: pathOf(path), address: made))
        }
    }
}

extension DatasetCreation {
    /// Fits what a caller asks for to a file.
    init(
        _ datatype: H5Datatype, _ dataspace: H5Dataspace, _ options: H5DatasetOptions, in editor: FileEditor
    ) throws {
        var dataspace = dataspace
        if let maximum = options.maximum {
            guard dataspace.kind == .simple, maximum.count == dataspace.rank else {
                throw H5Error(
                    .invalidArgument, "the maximum shape does not have the \(dataspace.rank) axes of the dataset")
            }
            dataspace = .simple(dataspace.shape, maximum: maximum.map(\.limit))
        }
        guard dataspace.rank <= DataspaceMessage.maximumRank else {
            throw H5Error(.invalidArgument, "a dataset has 32 axes at most, not \(dataspace.rank)")
        }
        let fitted = datatype.fitted(to: editor.storage.sizes)
        if case .user(let bytes) = options.fillValue.status, bytes.count != fitted.size {
            throw H5Error(
                .invalidArgument, "the fill value has \(bytes.count) bytes and the elements have \(fitted.size)")
        }
        let grows = dataspace.maximumShape != dataspace.shape.map { $0 }
        var storage = Storage.contiguous
        var filters: [H5FilterDescription] = []
        switch options.layout {
        case .compact: storage = .compact
        case .external(let files):
            storage = .external(
                files.map { ExternalPiece(file: H5Name($0.name), offset: $0.offset, size: $0.size) })
        case .virtual(let sources):
            storage = .virtual(
                VirtualDatasetMapping(
                    entries: try sources.map {
                        VirtualDatasetMapping.Entry(
                            file: H5Name($0.file), dataset: H5Name($0.dataset),
                            source: try SerializedSelection(storing: $0.source),
                            destination: try SerializedSelection(storing: $0.destination))
                    }))
        case .automatic:
            guard let chunks = options.chunks ?? (grows ? .automatic : nil) else {
                guard options.filters.isEmpty else {
                    throw H5Error(.invalidArgument, "filters work on chunks: give a chunk shape, or .automatic")
                }
                break
            }
            let shape = chunks.resolved(dataspace, elementSize: fitted.size)
            guard dataspace.rank > 0, shape.count == dataspace.rank else {
                throw H5Error(
                    .invalidArgument, "chunks of shape \(shape) do not fit a dataset of shape \(dataspace.shape)")
            }
            storage = .chunked(shape: shape, leavesPartialChunksUnfiltered: false)
            filters = try options.filters.map {
                try $0.description(for: fitted, chunkShape: shape, fill: options.fillValue)
            }
        }
        self.init(datatype: fitted, dataspace: dataspace, storage: storage)
        self.filters = filters
        fill = options.fillValue
        // What elements keep in the heap belongs to one of them only.
        allocatesEarly = fill.allocationTime == .early && !fitted.hasHeapData
        tracksAttributeCreationOrder = options.tracksAttributeCreationOrder
        if let committed = options.committedDatatype {
            guard committed.file.editor === editor, committed.datatype == fitted else {
                throw H5Error(
                    .invalidArgument,
                    "the committed datatype belongs to another file, or is another type than \(fitted)")
            }
            committedDatatype = committed.address
        }
    }
}
