/// Data Layout message (0x0008): where the elements of a dataset are.
///
/// | version | layout                                                                                       |
/// |---------|----------------------------------------------------------------------------------------------|
/// | 1, 2    | u8 version, u8 rank + 1, u8 class, 5 reserved, [address unless compact], u32 × (rank + 1) extents (chunked: chunk shape and element size), [compact: u32 size, bytes] |
/// | 3       | u8 version, u8 class, then compact: u16 size, bytes; contiguous: address, length; chunked: u8 rank + 1, address, u32 × (rank + 1) |
/// | 4, 5    | as 3; chunked: u8 flags, u8 rank + 1, u8 width, extents of that width, u8 index type, index parameters, address; virtual: address and u32 index of a global heap object |
///
/// Chunk class, index type and index parameters:
///
/// | type | index            | parameters                                                                            |
/// |------|------------------|---------------------------------------------------------------------------------------|
/// | 1    | single chunk     | with flag 2: length filtered size, u32 filter mask                                    |
/// | 2    | implicit         | none                                                                                  |
/// | 3    | fixed array      | u8 page bits                                                                          |
/// | 4    | extensible array | u8 maximum bits, index-block elements, minimum pointers, minimum elements, page bits  |
/// | 5    | version 2 B-tree | u32 node size, u8 split percent, u8 merge percent                                     |
package struct DataLayoutMessage: Hashable, Sendable {
    /// Where the bytes of a dataset are.
    package enum Layout: Hashable, Sendable {
        /// Inside the object header.
        case compact([UInt8])
        /// In one block; nil where nothing was allocated. `size` is nil where the version does not store it.
        case contiguous(address: UInt64?, size: UInt64?)
        /// In chunks of equal shape.
        case chunked(ChunkedLayout)
        /// In other datasets; the mapping is a global heap object.
        case virtual(heapAddress: UInt64?, heapIndex: UInt32)
    }

    /// The parameters of chunked storage.
    package struct ChunkedLayout: Hashable, Sendable {
        /// The shape of one chunk, in elements.
        package var chunkShape: [Int]
        /// The size of one element as the layout states it.
        package var elementSize: Int
        /// How chunks are found.
        package var index: ChunkIndexKind
        /// The address of the index, or of the single chunk or the first implicit chunk.
        package var address: UInt64?
        /// Whether chunks that reach over the edge of the extent are stored unfiltered.
        package var leavesPartialChunksUnfiltered: Bool

        package init(
            chunkShape: [Int], elementSize: Int, index: ChunkIndexKind, address: UInt64?,
            leavesPartialChunksUnfiltered: Bool
        ) {
            self.chunkShape = chunkShape
            self.elementSize = elementSize
            self.index = index
            self.address = address
            self.leavesPartialChunksUnfiltered = leavesPartialChunksUnfiltered
        }
    }

    /// The index of chunked storage with the parameters that the message holds.
    package enum ChunkIndexKind: Hashable, Sendable {
        case btree1
        case singleChunk(filteredSize: UInt64?, filterMask: UInt32)
        case implicit
        case fixedArray(pageBits: UInt8)
        case extensibleArray(ExtensibleArrayParameters)
        case btree2(nodeSize: UInt32, splitPercent: UInt8, mergePercent: UInt8)
    }

    /// The creation parameters of an extensible array; the header repeats them.
    package struct ExtensibleArrayParameters: Hashable, Sendable {
        package var maximumBits: UInt8
        package var indexBlockElements: UInt8
        package var minimumDataBlockPointers: UInt8
        package var minimumDataBlockElements: UInt8
        package var pageBits: UInt8

        /// Makes parameters; by default those that libhdf5 writes.
        package init(
            maximumBits: UInt8 = 32, indexBlockElements: UInt8 = 4, minimumDataBlockPointers: UInt8 = 4,
            minimumDataBlockElements: UInt8 = 16, pageBits: UInt8 = 10
        ) {
            self.maximumBits = maximumBits
            self.indexBlockElements = indexBlockElements
            self.minimumDataBlockPointers = minimumDataBlockPointers
            self.minimumDataBlockElements = minimumDataBlockElements
            self.pageBits = pageBits
        }
    }

    /// The version of the message, 1 to 5.
    package var version: UInt8
    package var layout: Layout
    /// Versions 1 and 2 of layouts without chunks: the extents of the data and the size of an element, which nobody needs.
    package var extents: [UInt32] = []

    package init(version: UInt8, layout: Layout, extents: [UInt32] = []) {
        self.version = version
        self.layout = layout
        self.extents = extents
    }

    package init(from cursor: inout ByteCursor) throws {
        version = try cursor.expectVersion(1...5, "data layout message")
        if version < 3 {
            (layout, extents) = try Self.decodeOld(from: &cursor)
            return
        }
        let layoutClass = try cursor.readUInt8()
        switch layoutClass {
        case 0:
            let size = Int(try cursor.readUInt16())
            layout = .compact(try cursor.readArray(size))
        case 1:
            let address = try cursor.readAddress()
            layout = .contiguous(address: address, size: try cursor.readLength())
        case 2:
            layout = .chunked(
                version == 3 ? try Self.decodeChunked3(from: &cursor) : try Self.decodeChunked4(from: &cursor))
        case 3 where version >= 4:
            let address = try cursor.readAddress()
            layout = .virtual(heapAddress: address, heapIndex: try cursor.readUInt32())
        default: throw cursor.damaged("layout class \(layoutClass) is not known")
        }
    }

    private static func decodeOld(from cursor: inout ByteCursor) throws -> (Layout, extents: [UInt32]) {
        let dimensionality = Int(try cursor.readUInt8())
        guard dimensionality > 0, dimensionality <= DataspaceMessage.maximumRank + 1 else {
            throw cursor.damaged("a layout of dimensionality \(dimensionality) is not possible")
        }
        let layoutClass = try cursor.readUInt8()
        try cursor.skip(5)
        let address = layoutClass == 0 ? nil : try cursor.readAddress()
        var extents: [UInt32] = []
        for _ in 0..<dimensionality { extents.append(try cursor.readUInt32()) }
        switch layoutClass {
        case 0:
            let size = Int(try cursor.readUInt32())
            return (.compact(try cursor.readArray(size)), extents)
        case 1: return (.contiguous(address: address, size: nil), extents)
        case 2: return (.chunked(try chunked(extents.map { Int($0) }, index: .btree1, address: address, cursor)), [])
        default: throw cursor.damaged("layout class \(layoutClass) is not known")
        }
    }

    private static func decodeChunked3(from cursor: inout ByteCursor) throws -> ChunkedLayout {
        let dimensionality = Int(try cursor.readUInt8())
        let address = try cursor.readAddress()
        var extents: [Int] = []
        for _ in 0..<dimensionality { extents.append(Int(try cursor.readUInt32())) }
        return try chunked(extents, index: .btree1, address: address, cursor)
    }

    private static func decodeChunked4(from cursor: inout ByteCursor) throws -> ChunkedLayout {
        let flags = try cursor.readUInt8()
        guard flags & 0xFC == 0 else { throw cursor.damaged("chunk flags \(flags) are not known") }
        let dimensionality = Int(try cursor.readUInt8())
        let width = Int(try cursor.readUInt8())
        guard (1...8).contains(width) else { throw cursor.damaged("chunk extents of \(width) bytes are not possible") }
        var extents: [Int] = []
        for _ in 0..<dimensionality {
            extents.append(try Int(checking: try cursor.readUInt(width: width), "a chunk extent"))
        }
        let index: ChunkIndexKind
        let type = try cursor.readUInt8()
        switch type {
        case 1:
            if flags & 2 != 0 {
                let size = try cursor.readLength()
                index = .singleChunk(filteredSize: size, filterMask: try cursor.readUInt32())
            } else {
                index = .singleChunk(filteredSize: nil, filterMask: 0)
            }
        case 2: index = .implicit
        case 3: index = .fixedArray(pageBits: try cursor.readUInt8())
        case 4:
            index = .extensibleArray(
                ExtensibleArrayParameters(
                    maximumBits: try cursor.readUInt8(), indexBlockElements: try cursor.readUInt8(),
                    minimumDataBlockPointers: try cursor.readUInt8(),
                    minimumDataBlockElements: try cursor.readUInt8(), pageBits: try cursor.readUInt8()))
        case 5:
            index = .btree2(
                nodeSize: try cursor.readUInt32(), splitPercent: try cursor.readUInt8(),
                mergePercent: try cursor.readUInt8())
        default: throw cursor.damaged("chunk index type \(type) is not known")
        }
        let address = try cursor.readAddress()
        var layout = try chunked(extents, index: index, address: address, cursor)
        layout.leavesPartialChunksUnfiltered = flags & 1 != 0
        return layout
    }

    private static func chunked(
        _ extents: [Int], index: ChunkIndexKind, address: UInt64?, _ cursor: borrowing ByteCursor
    ) throws -> ChunkedLayout {
        guard let elementSize = extents.last, extents.count >= 2, extents.count <= DataspaceMessage.maximumRank + 1
        else { throw cursor.damaged("a chunk of dimensionality \(extents.count) is not possible") }
        guard !extents.contains(0) else { throw cursor.damaged("a chunk extent is 0") }
        _ = try checkedProduct(extents, "the size of a chunk")
        return ChunkedLayout(
            chunkShape: Array(extents.dropLast()), elementSize: elementSize, index: index, address: address,
            leavesPartialChunksUnfiltered: false)
    }

    // MARK: Encoding

    package func encode(to builder: inout ByteBuilder) throws {
        guard (1...5).contains(version), extents.isEmpty || version < 3 else {
            throw builder.unencodable("a data layout message of version \(version) is not known, or has no extents")
        }
        builder.writeUInt8(version)
        if version < 3 { return try encodeOld(to: &builder) }
        switch layout {
        case .compact(let bytes):
            builder.writeUInt8(0)
            try builder.writeUInt16(bytes.count, "the size of compact data")
            builder.writeBytes(bytes)
        case .contiguous(let address, let size):
            guard let size else { throw builder.unencodable("contiguous data needs its size from version 3 on") }
            builder.writeUInt8(1)
            try builder.writeAddress(address)
            try builder.writeLength(size, "the size of contiguous data")
        case .chunked(let chunked):
            builder.writeUInt8(2)
            if version == 3 {
                try encode3(chunked, to: &builder)
            } else {
                try encode4(chunked, to: &builder)
            }
        case .virtual(let address, let index):
            guard version >= 4 else { throw builder.unencodable("virtual datasets exist from version 4 on") }
            builder.writeUInt8(3)
            try builder.writeAddress(address)
            builder.writeUInt32(index)
        }
    }

    private func encodeOld(to builder: inout ByteBuilder) throws {
        let layoutClass: UInt8
        var address: UInt64?
        var dimensions = extents.map { Int($0) }
        switch layout {
        case .compact: layoutClass = 0
        case .contiguous(let place, let size):
            guard size == nil else { throw builder.unencodable("contiguous data has no size before version 3") }
            layoutClass = 1
            address = place
        case .chunked(let chunked):
            layoutClass = 2
            address = chunked.address
            dimensions = try Self.treeExtents(chunked, builder)
        case .virtual: throw builder.unencodable("virtual datasets exist from version 4 on")
        }
        guard (1...DataspaceMessage.maximumRank + 1).contains(dimensions.count) else {
            throw builder.unencodable("a layout of dimensionality \(dimensions.count) is not possible")
        }
        try builder.writeUInt8(dimensions.count, "the dimensionality of a layout")
        builder.writeUInt8(layoutClass)
        builder.writeZeros(5)
        if layoutClass != 0 { try builder.writeAddress(address) }
        for extent in dimensions { try builder.writeUInt32(extent, "an extent of a layout") }
        if case .compact(let bytes) = layout {
            try builder.writeUInt32(bytes.count, "the size of compact data")
            builder.writeBytes(bytes)
        }
    }

    private func encode3(_ chunked: ChunkedLayout, to builder: inout ByteBuilder) throws {
        let extents = try Self.treeExtents(chunked, builder)
        try builder.writeUInt8(extents.count, "the dimensionality of a chunk")
        try builder.writeAddress(chunked.address)
        for extent in extents { try builder.writeUInt32(extent, "an extent of a chunk") }
    }

    private func encode4(_ chunked: ChunkedLayout, to builder: inout ByteBuilder) throws {
        let extents = try Self.extents(chunked, builder)
        var flags: UInt8 = chunked.leavesPartialChunksUnfiltered ? 1 : 0
        if case .singleChunk(.some, _) = chunked.index { flags |= 2 }
        // libhdf5 2.0 refuses more bytes than the largest extent needs.
        let width = extents.map { encodedWidth(of: UInt64($0)) }.max() ?? 1
        builder.writeUInt8(flags)
        try builder.writeUInt8(extents.count, "the dimensionality of a chunk")
        try builder.writeUInt8(width, "the width of an extent")
        for extent in extents { try builder.writeUInt(extent, width: width, "an extent of a chunk") }
        switch chunked.index {
        case .btree1: throw builder.unencodable("a version 1 B-tree indexes chunks up to version 3 only")
        case .singleChunk(let filteredSize, let mask):
            builder.writeUInt8(1)
            if let filteredSize {
                try builder.writeLength(filteredSize, "the size of a chunk")
                builder.writeUInt32(mask)
            } else if mask != 0 {
                throw builder.unencodable("an unfiltered chunk has no filter mask")
            }
        case .implicit: builder.writeUInt8(2)
        case .fixedArray(let pageBits): builder.writeBytes([3, pageBits])
        case .extensibleArray(let parameters):
            builder.writeBytes([
                4, parameters.maximumBits, parameters.indexBlockElements, parameters.minimumDataBlockPointers,
                parameters.minimumDataBlockElements, parameters.pageBits,
            ])
        case .btree2(let nodeSize, let splitPercent, let mergePercent):
            builder.writeUInt8(5)
            builder.writeUInt32(nodeSize)
            builder.writeBytes([splitPercent, mergePercent])
        }
        try builder.writeAddress(chunked.address)
    }

    /// The extents of a chunk with the size of an element behind them.
    private static func extents(_ chunked: ChunkedLayout, _ builder: ByteBuilder) throws -> [Int] {
        let extents = chunked.chunkShape + [chunked.elementSize]
        guard (2...DataspaceMessage.maximumRank + 1).contains(extents.count), extents.allSatisfy({ $0 > 0 }) else {
            throw builder.unencodable("a chunk of shape \(chunked.chunkShape) is not possible")
        }
        return extents
    }

    /// The same up to version 3, which knows one index and no option.
    private static func treeExtents(_ chunked: ChunkedLayout, _ builder: ByteBuilder) throws -> [Int] {
        guard chunked.index == .btree1, !chunked.leavesPartialChunksUnfiltered else {
            throw builder.unencodable("up to version 3 a version 1 B-tree indexes chunks, all of them filtered")
        }
        return try extents(chunked, builder)
    }
}
