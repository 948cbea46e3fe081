/// Version 2 B-tree header.
///
/// | bytes   | field                            |
/// |---------|----------------------------------|
/// | 4       | `BTHD`                           |
/// | 1       | version 0                        |
/// | 1       | record type                      |
/// | 4       | node size                        |
/// | 2       | record size                      |
/// | 2       | depth; 0: the root is a leaf     |
/// | 1 + 1   | split and merge percent          |
/// | address | root node; undefined when empty  |
/// | 2       | records in the root              |
/// | length  | records in the tree              |
/// | 4       | checksum                         |
package struct BTreeV2Header: Hashable, Sendable {
    /// What the records of a tree are.
    package enum RecordType: UInt8, Sendable {
        case hugeObjectIndirect = 1
        case hugeObjectIndirectFiltered = 2
        case hugeObjectDirect = 3
        case hugeObjectDirectFiltered = 4
        case linkName = 5
        case linkCreationOrder = 6
        case sharedMessage = 7
        case attributeName = 8
        case attributeCreationOrder = 9
        case chunk = 10
        case filteredChunk = 11
    }

    package var type: RecordType
    package var nodeSize: Int
    package var recordSize: Int
    package var depth: Int
    /// How full, in percent, a node is when it splits.
    package var splitPercent: UInt8
    /// How full, in percent, a node is when it merges with another.
    package var mergePercent: UInt8
    package var rootAddress: UInt64?
    package var rootRecordCount: Int
    package var totalRecordCount: UInt64

    /// The size of the header.
    package static func size(_ sizes: FieldSizes) -> Int { 22 + sizes.offsets + sizes.lengths }

    package init(
        type: RecordType, nodeSize: Int, recordSize: Int, depth: Int = 0, splitPercent: UInt8 = 100,
        mergePercent: UInt8 = 40, rootAddress: UInt64? = nil, rootRecordCount: Int = 0, totalRecordCount: UInt64 = 0
    ) {
        self.type = type
        self.nodeSize = nodeSize
        self.recordSize = recordSize
        self.depth = depth
        self.splitPercent = splitPercent
        self.mergePercent = mergePercent
        self.rootAddress = rootAddress
        self.rootRecordCount = rootRecordCount
        self.totalRecordCount = totalRecordCount
    }

    package init(from cursor: inout ByteCursor) throws {
        try cursor.expectSignature(.btreeHeader, "version 2 B-tree header")
        _ = try cursor.expectVersion(0...0, "version 2 B-tree header")
        let code = try cursor.readUInt8()
        guard let type = RecordType(rawValue: code) else {
            throw cursor.error(.unsupported, "version 2 B-tree records of type \(code) are not known")
        }
        self.type = type
        nodeSize = Int(try cursor.readUInt32())
        recordSize = Int(try cursor.readUInt16())
        depth = Int(try cursor.readUInt16())
        splitPercent = try cursor.readUInt8()
        mergePercent = try cursor.readUInt8()
        rootAddress = try cursor.readAddress()
        rootRecordCount = Int(try cursor.readUInt16())
        totalRecordCount = try cursor.readLength()
        try cursor.expectChecksum("version 2 B-tree header")
        guard recordSize > 0, nodeSize >= BTreeV2Node.overhead + recordSize else {
            throw cursor.damaged("nodes of \(nodeSize) bytes cannot hold records of \(recordSize) bytes")
        }
        // A deeper tree would index more than 2^64 records even with two children in each node.
        guard depth <= 32 else { throw cursor.damaged("a B-tree of depth \(depth) is not possible") }
    }

    package func encode(to builder: inout ByteBuilder) throws {
        let start = builder.count
        builder.writeSignature(.btreeHeader)
        builder.writeUInt8(0)
        builder.writeUInt8(type.rawValue)
        try builder.writeUInt32(nodeSize, "the size of a B-tree node")
        try builder.writeUInt16(recordSize, "the size of a B-tree record")
        try builder.writeUInt16(depth, "the depth of a B-tree")
        builder.writeUInt8(splitPercent)
        builder.writeUInt8(mergePercent)
        try builder.writeAddress(rootAddress)
        try builder.writeUInt16(rootRecordCount, "the number of records in the root of a B-tree")
        try builder.writeLength(totalRecordCount, "the number of records of a B-tree")
        builder.writeChecksum(from: start)
    }
}

/// The shape of the nodes of a version 2 B-tree, computed from its header.
package struct BTreeV2Geometry: Hashable, Sendable {
    /// The most records of a node, by height above the leaves.
    package private(set) var maximumRecords: [Int] = []
    /// The width of a record count in a child pointer.
    package let recordCountWidth: Int
    /// The width of a total record count in a child pointer, by height of the child.
    package private(set) var totalCountWidths: [Int] = [0]

    package init(_ header: BTreeV2Header, sizes: FieldSizes) throws {
        let leafMaximum = (header.nodeSize - BTreeV2Node.overhead) / header.recordSize
        maximumRecords = [leafMaximum]
        recordCountWidth = encodedWidth(of: UInt64(leafMaximum))
        var cumulative = UInt64(leafMaximum)
        for height in 0..<header.depth {
            let pointer = sizes.offsets + recordCountWidth + totalCountWidths[height]
            let maximum = (header.nodeSize - BTreeV2Node.overhead - pointer) / (header.recordSize + pointer)
            guard maximum > 0 else {
                throw H5Error(
                    .damaged, "nodes of \(header.nodeSize) bytes are too small for a B-tree of depth \(header.depth)")
            }
            maximumRecords.append(maximum)
            let (children, first) = cumulative.multipliedReportingOverflow(by: UInt64(maximum) + 1)
            let (total, second) = children.addingReportingOverflow(UInt64(maximum))
            // Saturating keeps the width at 8 bytes, as many as a count can take.
            cumulative = first || second ? .max : total
            totalCountWidths.append(encodedWidth(of: cumulative))
        }
    }

    /// The size of a pointer to a child in a node `height` levels above the leaves.
    package func pointerSize(height: Int, sizes: FieldSizes) -> Int {
        sizes.offsets + recordCountWidth + totalCountWidths[height - 1]
    }
}

/// Version 2 B-tree nodes: records, and in internal nodes one child more than records.
///
/// | bytes | field                                                                                     |
/// |-------|-------------------------------------------------------------------------------------------|
/// | 4     | `BTLF` or `BTIN`                                                                          |
/// | 1     | version 0                                                                                 |
/// | 1     | record type                                                                               |
/// |       | the records                                                                               |
/// |       | internal: per child address, number of records, [total records, where the child is internal] |
/// | 4     | checksum, right after the used part                                                       |
package enum BTreeV2Node {
    /// Signature, version, type and checksum.
    package static let overhead = 10

    /// A pointer to a child of an internal node.
    package struct Child: Hashable, Sendable {
        package var address: UInt64
        package var recordCount: Int
        /// The number of records of the child and all below it.
        package var totalRecordCount: UInt64

        package init(address: UInt64, recordCount: Int, totalRecordCount: UInt64) {
            self.address = address
            self.recordCount = recordCount
            self.totalRecordCount = totalRecordCount
        }
    }

    /// Checks a node and gives a cursor for its records (positioned at the first) of a leaf.
    package static func checkPrefix(_ cursor: inout ByteCursor, isLeaf: Bool, type: BTreeV2Header.RecordType) throws {
        try cursor.expectSignature(isLeaf ? .btreeLeafNode : .btreeInternalNode, "version 2 B-tree node")
        _ = try cursor.expectVersion(0...0, "version 2 B-tree node")
        guard try cursor.readUInt8() == type.rawValue else {
            throw cursor.damaged("a B-tree node holds records of another type than its tree")
        }
    }

    /// Reads the child pointers of an internal node; the cursor stands behind the records.
    package static func children(
        from cursor: inout ByteCursor, recordCount: Int, height: Int, geometry: BTreeV2Geometry
    ) throws -> [Child] {
        var children: [Child] = []
        children.reserveCapacity(recordCount + 1)
        for _ in 0...recordCount {
            let address = try cursor.readDefinedAddress("child of a B-tree node")
            let count = Int(try cursor.readUInt(width: geometry.recordCountWidth))
            let totalWidth = geometry.totalCountWidths[height - 1]
            let total = totalWidth > 0 ? try cursor.readUInt(width: totalWidth) : UInt64(count)
            guard count <= geometry.maximumRecords[height - 1] else {
                throw cursor.damaged("a B-tree node of \(count) records is not possible")
            }
            children.append(Child(address: address, recordCount: count, totalRecordCount: total))
        }
        return children
    }

    /// Writes the part of a node that is in use; `height` counts from the leaves, which have no children.
    package static func encode(
        _ records: [BTreeV2Record], children: [Child] = [], height: Int, header: BTreeV2Header,
        geometry: BTreeV2Geometry, to builder: inout ByteBuilder
    ) throws {
        let bytes = try encoded(builder.sizes) { part in
            for record in records { try record.encode(to: &part, type: header.type, size: header.recordSize) }
        }
        try encode(bytes, children: children, height: height, header: header, geometry: geometry, to: &builder)
    }

    /// Writes the part of a node that is in use; the records stand one behind the other as they are stored.
    package static func encode(
        _ records: [UInt8], children: [Child], height: Int, header: BTreeV2Header, geometry: BTreeV2Geometry,
        to builder: inout ByteBuilder
    ) throws {
        let count = records.count / max(header.recordSize, 1)
        guard geometry.maximumRecords.indices.contains(height), count <= geometry.maximumRecords[height],
            count * header.recordSize == records.count, children.count == (height == 0 ? 0 : count + 1)
        else {
            throw builder.unencodable(
                "a B-tree node at height \(height) cannot have \(count) records and \(children.count) children")
        }
        let start = builder.count
        builder.writeSignature(height == 0 ? .btreeLeafNode : .btreeInternalNode)
        builder.writeUInt8(0)
        builder.writeUInt8(header.type.rawValue)
        builder.writeBytes(records)
        for child in children {
            try builder.writeAddress(child.address)
            try builder.writeUInt(
                child.recordCount, width: geometry.recordCountWidth, "the number of records of a B-tree node")
            try builder.writeUInt(
                height > 1 ? child.totalRecordCount : 0, width: geometry.totalCountWidths[height - 1],
                "the number of records below a B-tree node")
        }
        builder.writeChecksum(from: start)
    }
}
