import HDF5Format

/// What an object header says about a dataset: extent, type, storage, filters, fill value.
final class DatasetDescription: Sendable {
    let dataspace: H5Dataspace
    let datatype: H5Datatype
    /// The address of the committed datatype that the dataset uses, if it does.
    let committedDatatype: UInt64?
    let layoutVersion: UInt8
    let layout: DataLayoutMessage.Layout
    let filters: [H5FilterDescription]
    let fill: H5FillValue
    let externalFiles: ExternalFileListMessage?

    init(_ header: ObjectHeader, context: FileContext) throws {
        func required(_ type: MessageType, _ what: String) throws -> HeaderMessage {
            guard let message = header.first(type) else {
                throw H5Error(.damaged, "the dataset has no \(what) message", address: header.address)
            }
            return message
        }
        dataspace = try context.decode(try required(.dataspace, "dataspace"), of: header) {
            try DataspaceMessage(from: &$0)
        }.dataspace
        let typeMessage = try required(.datatype, "datatype")
        datatype = try context.decode(typeMessage, of: header) { try DatatypeMessage(from: &$0) }.datatype
        committedDatatype = try context.committedAddress(of: typeMessage, in: header)
        let layoutMessage = try context.decode(try required(.dataLayout, "data layout"), of: header) {
            try DataLayoutMessage(from: &$0)
        }
        layout = layoutMessage.layout
        layoutVersion = layoutMessage.version
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
        _ = try checkedProduct([dataspace.elementCount, datatype.size], "the size of the dataset")
    }

    /// The bytes of one element that was never written.
    var fillBytes: [UInt8] {
        if case .user(let bytes) = fill.status, bytes.count == datatype.size { return bytes }
        return [UInt8](repeating: 0, count: datatype.size)
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
