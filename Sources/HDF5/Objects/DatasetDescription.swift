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

    init(_ header: ObjectHeader, context: FileContext, like recent: RecentDataset) throws {
        traits = try recent.traits(of: header, context: context)
        let message = try context.decode(try header.required(.dataLayout, "data layout"), of: header) {
            try DataLayoutMessage(from: &$0)
        }
        layout = message.layout
        layoutVersion = message.version
    }

    /// The bytes of one element that was never written.
    var fillBytes: [UInt8] {
        traits.fillBytes.isEmpty ? [UInt8](repeating: 0, count: datatype.size) : traits.fillBytes
    }
}

/// The dataset that was opened last, whose siblings need not be decoded again.
///
/// Files with very many datasets have them made alike by a program: their headers differ in the address of the data
/// only.
final class RecentDataset: Sendable {
    private let last = Locked<(header: ObjectHeader, traits: DatasetTraits)?>(nil)

    /// The header of the dataset that was opened last.
    var header: ObjectHeader? { last.withLock { $0?.header } }

    fileprivate func traits(of header: ObjectHeader, context: FileContext) throws -> DatasetTraits {
        let known = last.withLock { $0 }
        if let known, let template = header.template, template === known.header { return known.traits }
        let traits: DatasetTraits
        if let known, DatasetTraits.isSame(header, as: known.header) {
            traits = known.traits
        } else {
            traits = try DatasetTraits(header, context: context)
        }
        // A header that has a template would keep that alive for as long as it is itself one.
        if header.template == nil { last.withLock { $0 = (header, traits) } }
        return traits
    }
}

extension ObjectHeader {
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
