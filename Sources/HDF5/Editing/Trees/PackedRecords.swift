/// Records of one size, one behind the other in one array, so that none of them costs an allocation.
struct PackedRecords: Hashable {
    /// The bytes of a record.
    let size: Int
    private(set) var bytes: [UInt8]

    /// - Parameter bytes: A whole number of records.
    init(size: Int, bytes: [UInt8] = []) {
        self.size = size
        self.bytes = bytes
    }

    /// The number of records.
    var count: Int { bytes.count / size }
    var isEmpty: Bool { bytes.isEmpty }

    /// A record.
    @_lifetime(borrow self)
    func record(_ index: Int) -> RawSpan { bytes.span.bytes.extracting((index * size)..<((index + 1) * size)) }

    /// The bytes of some records.
    func bytes(_ range: Range<Int>) -> ArraySlice<UInt8> {
        bytes[(range.lowerBound * size)..<(range.upperBound * size)]
    }

    /// Adds records of the same size.
    mutating func append(_ records: PackedRecords, _ range: Range<Int>) { bytes += records.bytes(range) }

    /// Adds all records of another list.
    mutating func append(_ records: PackedRecords) { bytes += records.bytes }

    /// Adds a record.
    mutating func append(_ record: some Sequence<UInt8>) { bytes += record }

    /// Cuts a number of records into as few parts as hold at most `capacity` each.
    ///
    /// The parts are even, so that each has room for more, but for those at the end of a sequence: what is added in order
    /// comes behind the last one, so the others are filled.
    static func parts(_ count: Int, capacity: Int, isLast: Bool) -> [Range<Int>] {
        guard count > 0, capacity > 0 else { return [] }
        let number = (count - 1) / capacity + 1
        return (0..<number).map { part in
            isLast
                ? part * capacity..<min(count, (part + 1) * capacity)
                : part * count / number..<(part + 1) * count / number
        }
    }
}
