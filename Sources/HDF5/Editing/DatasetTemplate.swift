import HDF5Format

/// The header of the dataset that was made last, for those that are made alike.
///
/// Files with very many datasets have them made alike by a program: their headers differ in the address of the data only, so
/// they are copied instead of being encoded, and decoded, one by one.
struct DatasetTemplate {
    private let creation: DatasetCreation
    /// The header before any data was allocated.
    private let bytes: [UInt8]
    /// Where in it the address of data in one block is; nil where data lies elsewhere.
    private let addressOffset: Int?
    private let header: ObjectHeader
    /// What every such header says.
    let description: DatasetDescription

    /// Reads the header that was just written; nil where another dataset would need one of its own.
    init?(_ creation: DatasetCreation, at address: UInt64, in editor: FileEditor) throws {
        guard creation.committedDatatype == nil, !creation.allocatesEarly else { return nil }
        switch creation.storage {
        case .contiguous, .chunked: break
        case .compact, .external, .virtual: return nil
        }
        let storage = editor.storage
        header = try ObjectHeader.load(address, from: storage)
        description = try DatasetDescription(header, context: editor.context)
        let size = header.prefix.size + header.prefix.messageBytes + (header.prefix.version == 1 ? 0 : 4)
        bytes = try storage.withBytes(at: address, count: size) { Array(copying: $0) }
        self.creation = creation
        if case .contiguous = creation.storage, let layout = header.first(.dataLayout) {
            // Behind the version and the class.
            addressOffset = layout.offset + 2
        } else {
            addressOffset = nil
        }
    }

    /// Whether the header is that of another dataset, too.
    func fits(_ other: DatasetCreation) -> Bool {
        switch (creation.storage, other.storage) {
        case (.contiguous, .contiguous): break
        case (.chunked(let shape, let leavesPartial), .chunked(let otherShape, let otherLeavesPartial)):
            guard shape == otherShape, leavesPartial == otherLeavesPartial else { return false }
        default: return false
        }
        return other.committedDatatype == nil && !other.allocatesEarly && creation.dataspace == other.dataspace
            && creation.datatype == other.datatype && creation.filters == other.filters && creation.fill == other.fill
            && creation.tracksAttributeCreationOrder == other.tracksAttributeCreationOrder
            && creation.modificationTime == other.modificationTime && creation.room == other.room
    }

    /// Makes a dataset; answers the address of its header.
    func create(in editor: FileEditor) throws -> UInt64 {
        let address = try editor.storage.allocate(bytes.count)
        try editor.storage.write(bytes, at: address)
        return address
    }

    /// The header of a dataset that was made so.
    func header(at address: UInt64) -> ObjectHeader { header.alike(at: address) }

    /// Writes the header of a dataset that has got its data; answers whether this can be done.
    func write(at address: UInt64, data: UInt64, in storage: FileStorage) throws -> Bool {
        guard let addressOffset else { return false }
        var builder = ByteBuilder(sizes: storage.sizes)
        builder.reserveCapacity(bytes.count)
        builder.writeBytes(bytes.span.bytes.extracting(0..<addressOffset))
        try builder.writeAddress(data, "the address of the data")
        let isChecked = header.prefix.version == 2
        let rest = builder.count..<(bytes.count - (isChecked ? 4 : 0))
        builder.writeBytes(bytes.span.bytes.extracting(rest))
        if isChecked { builder.writeChecksum(from: 0) }
        try storage.write(builder.bytes, at: address)
        return true
    }
}
