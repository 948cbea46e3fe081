import HDF5Format

/// What an object header says about a dataset but for where its data lies; datasets that were made alike share it.
final class DatasetTraits: Sendable {
    let dataspace: H5Dataspace
    let datatype: H5Datatype
    /// The address of the committed datatype that the dataset uses, if it does.
    let committedDatatype: UInt64?
    let filters: [H5FilterDescription]
    let fill: H5FillValue
    let externalFiles: ExternalFileListMessage?
    /// The bytes of one element that was never written.
    let fillBytes: [UInt8]
    /// The bytes of all elements.
    let byteCount: Int

    /// The messages from which all of this follows.
    private static let types: [MessageType] = [
        .dataspace, .datatype, .fillValue, .oldFillValue, .filterPipeline, .externalFileList,
    ]

    fileprivate init(_ header: ObjectHeader, context: FileContext) throws {
        dataspace = try context.decode(try header.required(.dataspace, "dataspace"), of: header) {
            try DataspaceMessage(from: &$0)
        }.dataspace
        let typeMessage = try header.required(.datatype, "datatype")
        datatype = try context.decode(typeMessage, of: header) { try DatatypeMessage(from: &$0) }.datatype
        committedDatatype = try context.committedAddress(of: typeMessage, in: header)
        filters =
            try header.first(.filterPipeline).map {
                try context.decode($0, of: header) { try FilterPipelineMessage(from: &$0) }.filters
            } ?? []
        if let message = header.first(.fillValue) {
            fill = try context.decode(message, of: header) { try FillValueMessage(from: &$0) }.fill
        } else if let message = header.first(.oldFillValue) {
            fill = try context.decode(message, of: header) { try FillValueMessage(old: &$0) }.fill
        } else {
            fill = H5FillValue(status: .undefined)
        }
        externalFiles = try header.first(.externalFileList).map {
            try header.withCursor($0) { try ExternalFileListMessage(from: &$0) }
        }
        byteCount = try checkedProduct(dataspace.elementCount, datatype.size, "the size of the dataset")
        if case .user(let bytes) = fill.status, bytes.count == datatype.size {
            fillBytes = bytes
        } else {
            // An element may be as large as the file says; zeros of it are made when they are needed.
            fillBytes = datatype.size <= 64 ? [UInt8](repeating: 0, count: datatype.size) : []
        }
    }

    /// The same traits with another extent.
    fileprivate init(_ other: DatasetTraits, dataspace: H5Dataspace) throws {
        self.dataspace = dataspace
        datatype = other.datatype
        committedDatatype = other.committedDatatype
        filters = other.filters
        fill = other.fill
        externalFiles = other.externalFiles
        fillBytes = other.fillBytes
        byteCount = try checkedProduct(dataspace.elementCount, datatype.size, "the size of the dataset")
    }

    fileprivate static func isSame(_ header: ObjectHeader, as other: ObjectHeader) -> Bool {
        types.allSatisfy { header.hasSameMessage($0, as: other) }
    }
}

/// What an object header says about a dataset: extent, type, storage, filters, fill value.
final class DatasetDescription: Sendable {
    private let traits: DatasetTraits
    let layoutVersion: UInt8
    let layout: DataLayoutMessage.Layout

    var dataspace: H5Dataspace { traits.dataspace }
    var datatype: H5Datatype { traits.datatype }
    /// The address of the committed datatype that the dataset uses, if it does.
    var committedDatatype: UInt64? { traits.committedDatatype }
    var filters: [H5FilterDescription] { traits.filters }
    var fill: H5FillValue { traits.fill }
    var externalFiles: ExternalFileListMessage? { traits.externalFiles }
    /// The bytes of all elements.
    var byteCount: Int { traits.byteCount }

    /// Reads what a header says.
    convenience init(_ header: ObjectHeader, context: FileContext) throws {
        self.init(try DatasetTraits(header, context: context), try header.layout(context))
    }

    fileprivate init(_ traits: DatasetTraits, _ message: DataLayoutMessage) {
        self.traits = traits
        layout = message.layout
        layoutVersion = message.version
    }

    private init(_ traits: DatasetTraits, layoutVersion: UInt8, layout: DataLayoutMessage.Layout) {
        self.traits = traits
        self.layoutVersion = layoutVersion
        self.layout = layout
    }

    /// The same dataset with its data elsewhere.
    func with(layout: DataLayoutMessage.Layout) -> DatasetDescription {
        DatasetDescription(traits, layoutVersion: layoutVersion, layout: layout)
    }

    /// The same dataset with another extent.
    func with(dataspace: H5Dataspace) throws -> DatasetDescription {
        DatasetDescription(
            try DatasetTraits(traits, dataspace: dataspace), layoutVersion: layoutVersion, layout: layout)
    }

    /// The bytes of one element that was never written.
    var fillBytes: [UInt8] {
        traits.fillBytes.isEmpty ? [UInt8](repeating: 0, count: datatype.size) : traits.fillBytes
    }
}

/// The dataset that was opened last, whose siblings need not be decoded again.
///
/// Files with very many datasets have them made alike by a program: their headers differ in the address of the data
/// only. One value serves one reader, such as a walk.
struct RecentDataset {
    private var last: (header: ObjectHeader, traits: DatasetTraits)?
    private var window = BlockWindow()

    /// Opens the dataset at an address where it is one like the last; nil where it is not, or cannot be read.
    mutating func sibling(at address: UInt64) -> (header: ObjectHeader, description: DatasetDescription)? {
        guard let last, let found = last.header.sibling(at: address, in: &window) else { return nil }
        return (found.header, DatasetDescription(last.traits, found.layout))
    }

    /// Reads the header at an address.
    mutating func header(at address: UInt64, from storage: FileStorage) throws -> ObjectHeader {
        try ObjectHeader.load(address, from: storage, in: &window)
    }

    /// What the header of a dataset says, if possible taken over from the last one.
    mutating func description(of header: ObjectHeader, context: FileContext) throws -> DatasetDescription {
        let traits: DatasetTraits
        if let last, DatasetTraits.isSame(header, as: last.header) {
            traits = last.traits
        } else {
            traits = try DatasetTraits(header, context: context)
        }
        last = (header, traits)
        return DatasetDescription(traits, try header.layout(context))
    }
}

extension ObjectHeader {
    fileprivate func layout(_ context: FileContext) throws -> DataLayoutMessage {
        try context.decode(try required(.dataLayout, "data layout"), of: self) { try DataLayoutMessage(from: &$0) }
    }

    /// The first message of a type that a dataset must have.
    fileprivate func required(_ type: MessageType, _ what: String) throws -> HeaderMessage {
        guard let message = first(type) else {
            throw H5Error(.damaged, "the dataset has no \(what) message", address: address)
        }
        return message
    }
}

extension FileContext {
    /// The address of the committed object that holds a message; nil where the message is in its own header.
    func committedAddress(of message: HeaderMessage, in header: ObjectHeader) throws -> UInt64? {
        guard message.flags.contains(.shared) else { return nil }
        if case .committed(let address) = try header.withCursor(message, { try SharedMessageReference(from: &$0) }) {
            return address
        }
        return nil
    }
}
