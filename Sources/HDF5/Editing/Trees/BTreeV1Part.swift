/// The records of neighbouring nodes of a B-tree, or of buckets, while they change.
struct BTreeV1Part {
    /// Where they are, from left to right.
    var addresses: [UInt64]
    /// Which children of the node above they are.
    var range: Range<Int>
    /// The level of the nodes; -1 for buckets.
    var level: Int
    /// Whether nothing lies behind them on their level.
    var isLast: Bool
    var records: PackedRecords
    private var originalCount: Int

    init(addresses: [UInt64], range: Range<Int>, level: Int, isLast: Bool, records: PackedRecords) {
        self.addresses = addresses
        self.range = range
        self.level = level
        self.isLast = isLast
        self.records = records
        originalCount = records.count
    }

    /// Whether records were lost.
    var hasShrunk: Bool { records.count < originalCount }

    func joined(with right: BTreeV1Part) -> BTreeV1Part {
        var part = self
        part.addresses += right.addresses
        part.range = range.lowerBound..<right.range.upperBound
        part.isLast = right.isLast
        part.records.append(right.records)
        part.originalCount += right.originalCount
        return part
    }
}
