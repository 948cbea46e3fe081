import HDF5Format

/// The header of the dataset that was made last, for those that are made alike.
///
/// Files with very many datasets have them made alike by a program: their headers differ in the address of the data only, so
/// they are copied instead of being encoded, and decoded, one by one.
struct DatasetTemplate {
    /// A call that says nothing but the type of numbers and a shape.
    struct Request: Equatable {
        private let element: ObjectIdentifier
        private let shape: [Int]

        init<Element: H5Element>(_ element: Element.Type, shape: [Int]) {
            self.element = ObjectIdentifier(element)
            self.shape = shape
        }

        /// Whether values of a type are what the dataset was made for.
        func isFor<Element: H5Element>(_ type: Element.Type) -> Bool { element == ObjectIdentifier(type) }
    }

    /// The call that leads here without anything having to be described or checked; nil where none does.
    private(set) var request: Request?
    /// Whether its numbers are stored as they lie in memory.
    private var isPlainCopy = false
    private let creation: DatasetCreation
    /// The header before any data was allocated.
    private let bytes: [UInt8]
    /// Where in it the address of data in one block is; nil where data lies elsewhere.
    private let addressOffset: Int?
    private let header: ObjectHeader
    /// What every such header says.
    let description: DatasetDescription

    /// Reads the header that was just written; nil where another dataset would need one of its own.
    init?(_ creation: DatasetCreation, at address: UInt64, in context: FileContext) throws {
        guard creation.committedDatatype == nil, !creation.allocatesEarly else { return nil }
        switch creation.storage {
        case .contiguous, .chunked: break
        case .compact, .external, .virtual: return nil
        }
        let storage = context.storage
        header = try ObjectHeader.load(address, from: storage)
        description = try DatasetDescription(header, context: context)
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

    /// Takes note of a call that asked for a dataset like this one.
    mutating func note<Element: H5Element>(_ element: Element.Type, shape: [Int]) {
        request = Request(element, shape: shape)
        isPlainCopy = (try? NumericEncoding<Element>(to: creation.datatype).isPlainCopy) ?? false
    }

    /// Whether all elements can be written to a new block as values of a type lie in memory.
    func takes<Element: H5Element>(_ type: Element.Type, _ elements: RawSpan) -> Bool {
        guard isPlainCopy, addressOffset != nil, let request, request.isFor(type) else { return false }
        return elements.byteCount > 0 && elements.byteCount == description.byteCount
    }

    /// Finds room for the header of a dataset, which is still to be written.
    func allocate(in storage: FileStorage) throws -> UInt64 { try storage.allocate(bytes.count) }

    /// The header of a dataset that was made so.
    func header(at address: UInt64) -> ObjectHeader { header.alike(at: address) }

    /// Writes the header of a dataset without data.
    func write(at address: UInt64, in storage: FileStorage) throws { try storage.write(bytes, at: address) }

    /// Writes the header of a dataset that has got its data; answers whether this can be done.
    func write(at address: UInt64, data: UInt64, in storage: FileStorage) throws -> Bool {
        guard let addressOffset else { return false }
        var builder = ByteBuilder(sizes: storage.sizes)
        builder.reserveCapacity(bytes.count)
        try encode(addressOffset, data, to: &builder)
        try storage.write(builder.bytes, at: address)
        return true
    }

    /// Writes the header of a dataset and the data, for which there is room at another address.
    func write(at address: UInt64, _ elements: RawSpan, at data: UInt64, in storage: FileStorage) throws {
        guard let addressOffset else { return }
        let end = address + UInt64(bytes.count)
        // Mostly they lie side by side and are written with one call.
        let areNeighbours = data == end
        var builder = ByteBuilder(sizes: storage.sizes)
        builder.reserveCapacity(bytes.count + (areNeighbours ? elements.byteCount : 0))
        try encode(addressOffset, data, to: &builder)
        if areNeighbours { builder.writeBytes(elements) }
        try storage.write(builder.bytes, at: address)
        if !areNeighbours { try storage.write(elements, at: data) }
    }

    private func encode(_ addressOffset: Int, _ data: UInt64, to builder: inout ByteBuilder) throws {
        builder.writeBytes(bytes.span.bytes.extracting(0..<addressOffset))
        try builder.writeAddress(data, "the address of the data")
        let isChecked = header.prefix.version == 2
        let rest = builder.count..<(bytes.count - (isChecked ? 4 : 0))
        builder.writeBytes(bytes.span.bytes.extracting(rest))
        if isChecked { builder.writeChecksum(from: 0) }
    }
}
