import HDF5Format

/// What a version 1 B-tree indexes: how changes compare with its keys, and what they do to what the tree leads to.
///
/// A record of a node is a child with one of the two keys around it: the one that says what the child holds. That is the
/// key before the child for chunks, and the one behind it for the links of a group.
protocol BTreeV1Content: AnyObject {
    associatedtype Change

    var nodeType: BTreeV1Node.NodeType { get }
    /// The number of axes of a chunk key.
    var rank: Int { get }
    /// Half of the children that a node has room for.
    var internalK: UInt16 { get }
    /// Whether the key that says what a child holds comes before it.
    var keyPrecedesChild: Bool { get }
    /// The key at the outer end of an empty tree, where no record has one.
    var outerKey: [UInt8] { get }
    /// Whether leaves lead to buckets, nodes of another kind which hold what the changes change; they count as level -1.
    var hasBuckets: Bool { get }

    /// Whether a change comes behind a key: at it or later where the key precedes its child, later where it follows it.
    func isBehind(_ change: Change, key: RawSpan) throws -> Bool
    /// Brings changes into the records of a leaf, or of a bucket; answers whether anything is different now.
    func merge(_ changes: ArraySlice<Change>, into records: inout PackedRecords) throws -> Bool
    /// The key behind everything in the tree where the changes move it; `current` is nil while the tree is empty.
    func movedEnd(_ changes: ArraySlice<Change>, current: [UInt8]?) throws -> [UInt8]?

    /// The records that a bucket has room for, and the bytes of a record and of a bucket.
    var bucketCapacity: Int { get }
    var bucketRecordSize: Int { get }
    var bucketSize: Int { get }
    func loadBucket(_ address: UInt64) throws -> PackedRecords
    func storeBucket(_ records: PackedRecords, _ range: Range<Int>, at address: UInt64) throws
    /// The key that says what a bucket holds, by its last record.
    func bucketKey(_ last: RawSpan) throws -> [UInt8]
}

extension BTreeV1Content {
    var hasBuckets: Bool { false }
    var bucketCapacity: Int { 1 }
    var bucketRecordSize: Int { 1 }
    var bucketSize: Int { 1 }

    func loadBucket(_ address: UInt64) throws -> PackedRecords {
        throw H5Error(.damaged, "a B-tree is deeper than possible", address: address)
    }

    func storeBucket(_ records: PackedRecords, _ range: Range<Int>, at address: UInt64) throws {
        throw H5Error(.damaged, "a B-tree is deeper than possible", address: address)
    }

    func bucketKey(_ last: RawSpan) throws -> [UInt8] { [] }
}
