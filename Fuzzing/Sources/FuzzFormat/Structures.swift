@testable import HDF5Format

/// How each structure is decoded and encoded.
enum Structures {
    typealias Check = @Sendable (Input) -> Void

    static let all: [Check] = file + messages + groups + trees + heaps + arrays + values

    private static func check<T: Equatable & Sendable>(
        _ decode: @escaping @Sendable (inout ByteCursor) throws -> T,
        _ encode: @escaping @Sendable (T, inout ByteBuilder) throws -> Void
    ) -> Check {
        { input in
            var input = input
            input.check(decode, encode)
        }
    }

    private static let file: [Check] = [
        check({ try Superblock(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try ObjectHeaderPrefix(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try Chunk(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try MetadataCacheImage(from: &$0) }) { try $0.encode(to: &$1) },
        { input in
            var input = input
            let count = Int(input.parameter % 9)
            input.check({ try SharedMessageTable(from: &$0, count: count) }) { try $0.encode(to: &$1) }
        },
        { input in
            var input = input
            let count = Int(input.parameter % 9)
            input.check({ try SharedMessageList(from: &$0, count: count) }) { try $0.encode(to: &$1) }
        },
    ]

    private static let messages: [Check] = [
        check({ try DataspaceMessage(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try DatatypeMessage(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try FillValueMessage(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try FillValueMessage(old: &$0) }) { try $0.encode(to: &$1) },
        check({ try DataLayoutMessage(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try FilterPipelineMessage(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try AttributeMessage(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try AttributeInfoMessage(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try ExternalFileListMessage(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try SharedMessageReference(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try SharedMessageTableMessage(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try ContinuationMessage(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try BTreeKValuesMessage(from: &$0) }) { $0.encode(to: &$1) },
        check({ try DriverInformation(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try DriverInformation(block: &$0) }) { try $0.encode(block: &$1) },
        check({ try ReferenceCountMessage(from: &$0) }) { $0.encode(to: &$1) },
        check({ try FileSpaceInfoMessage(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try MetadataCacheImageMessage(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try ModificationTimeMessage(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try ModificationTimeMessage(old: &$0) }) { try $0.encode(old: &$1) },
        check({ try CommentMessage(from: &$0) }) { try $0.encode(to: &$1) },
    ]

    private static let groups: [Check] = [
        check({ try LinkInfoMessage(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try GroupInfoMessage(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try SymbolTableMessage(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try LinkMessage(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try LocalHeap(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try LocalHeapFreeBlock(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try SymbolTableNode(from: &$0) }) { try $0.encode(to: &$1) },
    ]

    private static let trees: [Check] = [
        check({ try BTreeV1Node(from: &$0, expecting: .group) }) { try $0.encode(to: &$1) },
        check({ try BTreeV1Node(from: &$0, expecting: .chunk) }) { try $0.encode(to: &$1) },
        { input in
            var input = input
            let rank = Int(input.parameter % 33)
            input.check({ try Key(from: &$0, rank: rank) }) { $0.key.encode(to: &$1, offsets: $0.offsets) }
        },
        check({ try BTreeV2Header(from: &$0) }) { try $0.encode(to: &$1) },
        { input in
            var input = input
            // The record's size follows from the first byte, so that all sizes are met.
            guard let type = BTreeV2Header.RecordType(rawValue: input.parameter % 11 + 1), let size = input.bytes.first
            else { return }
            input.bytes.removeFirst()
            input.check({ try BTreeV2Record(from: &$0, type: type, size: Int(size % 64)) }) {
                try $0.encode(to: &$1, type: type, size: Int(size % 64))
            }
        },
        { input in
            var input = input
            let height = Int(input.parameter % 3)
            let header = BTreeV2Header(type: .linkName, nodeSize: 512, recordSize: 11, depth: height)
            guard let geometry = try? BTreeV2Geometry(header, sizes: input.sizes) else { return }
            let count = Int(input.parameter / 3) % (geometry.maximumRecords[height] + 1)
            input.check({ try Node(from: &$0, header, geometry, height: height, count: count) }) {
                try BTreeV2Node.encode(
                    $0.records, children: $0.children, height: height, header: header, geometry: geometry, to: &$1)
            }
        },
    ]

    private static let heaps: [Check] = [
        check({ try FractalHeapHeader(from: &$0) }) { try $0.encode(to: &$1) },
        { input in
            var input = input
            let heap = heap(input.parameter)
            input.check({ try FractalHeapIdentifier(from: &$0, heap: heap) }) { try $0.encode(to: &$1, heap: heap) }
        },
        { input in
            var input = input
            let heap = heap(input.parameter)
            let rows = Int(input.parameter % 5)
            guard
                let start = try? input.read(
                    input.bytes,
                    {
                        try $0.skip(5); return try $0.readAddress()
                    })
            else { return }
            input.check({ try FractalHeapIndirectBlock(from: &$0, heap: heap, heapAddress: start, rows: rows) }) {
                try $0.encode(to: &$1, heap: heap, heapAddress: start)
            }
        },
        check({ try Collection(from: &$0) }) {
            try GlobalHeapCollection.encode($0.objects, size: $0.size, to: &$1)
        },
        check({ try GlobalHeapIdentifier(from: &$0) }) { try $0.encode(to: &$1) },
    ]

    private static let arrays: [Check] = [
        check({ try FixedArrayHeader(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try ExtensibleArrayHeader(from: &$0) }) { try $0.encode(to: &$1) },
        { input in
            var input = input
            let isFiltered = input.parameter & 1 != 0
            let size = input.sizes.offsets + (isFiltered ? 5 + Int(input.parameter >> 1) % 8 : 0)
            input.check({ try ChunkElement(from: &$0, isFiltered: isFiltered, elementSize: size) }) {
                try $0.encode(to: &$1, isFiltered: isFiltered, elementSize: size)
            }
        },
    ]

    private static let values: [Check] = [
        check({ try VirtualDatasetMapping(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try SerializedSelection(from: &$0) }) { try $0.encode(to: &$1) },
        check({ try RegionPayload(from: &$0) }) { try $0.encode(to: &$1) },
        { input in
            var input = input
            let kinds: [H5ReferenceKind] = [.object, .region, .standard]
            let kind = kinds[Int(input.parameter) % 3]
            let size = input.sizes.offsets + (kind == .object ? 0 : kind == .region ? 4 : 17)
            input.check({ try ReferenceElement(from: &$0, kind: kind) }) {
                try $0.encode(to: &$1, kind: kind, size: size)
            }
        },
        { input in
            var input = input
            let kinds: [StandardReferencePayload.Kind] = [.object, .region, .attribute]
            let kind = kinds[Int(input.parameter) % 3]
            let isExternal = input.parameter & 0x80 != 0
            input.check({ try StandardReferencePayload(from: &$0, kind: kind, isExternal: isExternal) }) {
                try $0.encode(to: &$1)
            }
        },
    ]

    /// One of several heaps, with and without filters, with identifiers of several lengths.
    private static func heap(_ parameter: UInt8) -> FractalHeapHeader {
        let lengths = [7, 8, 17, 18, 19, 40]
        let pipeline = FilterPipelineMessage(filters: [H5FilterDescription(identifier: 1, clientValues: [6])])
        return FractalHeapHeader(
            identifierLength: lengths[Int(parameter >> 1) % lengths.count], startingBlockSize: 512, addressBits: 32,
            maximumDirectBlockSize: 2_048, filters: parameter & 1 == 0 ? nil : pipeline)
    }
}

/// The first chunk of an object header.
private struct Chunk: Equatable, Sendable {
    var prefix: ObjectHeaderPrefix
    var messages: [EncodedMessage]

    init(from cursor: inout ByteCursor) throws {
        prefix = try ObjectHeaderPrefix(from: &cursor)
        messages = []
        var found: [HeaderMessage] = []
        var body = try cursor.readSlice(prefix.messageBytes)
        try prefix.readMessages(from: &body, base: 0, into: &found)
        let used = body.position
        if prefix.version == 1, used != prefix.messageBytes || found.contains(where: { $0.count % 8 != 0 }) {
            throw cursor.damaged("messages of version 1 have no gaps")
        }
        for message in found {
            try body.move(to: message.offset)
            messages.append(
                EncodedMessage(
                    type: message.type, flags: message.flags, creationOrder: message.creationOrder,
                    body: try body.readArray(message.count)))
        }
    }

    func encode(to builder: inout ByteBuilder) throws { try prefix.encodeFirstChunk(messages, to: &builder) }
}

/// The key of a chunk with its offsets.
private struct Key: Equatable, Sendable {
    var key: ChunkKey
    var offsets: [UInt64]

    init(from cursor: inout ByteCursor, rank: Int) throws {
        offsets = [UInt64](repeating: 0, count: rank)
        key = try ChunkKey(from: &cursor, offsets: &offsets)
    }
}

/// A node of a version 2 B-tree.
private struct Node: Equatable, Sendable {
    var records: [BTreeV2Record] = []
    var children: [BTreeV2Node.Child] = []

    init(
        from cursor: inout ByteCursor, _ header: BTreeV2Header, _ geometry: BTreeV2Geometry, height: Int, count: Int
    ) throws {
        try BTreeV2Node.checkPrefix(&cursor, isLeaf: height == 0, type: header.type)
        for _ in 0..<count {
            records.append(try BTreeV2Record(from: &cursor, type: header.type, size: header.recordSize))
        }
        if height > 0 {
            children = try BTreeV2Node.children(from: &cursor, recordCount: count, height: height, geometry: geometry)
        }
        try cursor.expectChecksum("node")
    }
}

/// A global heap collection with the bytes of its objects.
private struct Collection: Equatable, Sendable {
    var size: Int
    var objects: [GlobalHeapCollection.Object]

    init(from cursor: inout ByteCursor) throws {
        let collection = try GlobalHeapCollection(from: &cursor)
        try cursor.move(to: 0)
        size = cursor.count / 8 * 8
        guard size == cursor.count else { throw cursor.damaged("collections have multiples of 8 bytes") }
        objects = collection.objects(in: try cursor.readBytes(cursor.count))
    }
}
