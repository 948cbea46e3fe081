import HDF5Format

/// Changes to the records of a version 2 B-tree, gathered so that one pass over the tree makes them all.
///
/// The records stand one behind the other in one array, so a change costs no allocation of its own.
struct BTreeV2Changes {
    /// Says where the first record belongs relative to the second.
    typealias Order = (RawSpan, RawSpan) throws -> BTreeV2.Comparison

    /// What happens to a record.
    enum Kind: UInt8 {
        /// The record is new; one that is there already is an error.
        case insert
        /// The record takes the place of the one that is there.
        case replace
        /// The record is new, or takes the place of the one that is there.
        case put
        /// The record that is there goes; only what the order looks at needs to be right.
        case remove
    }

    /// The size of a record.
    let recordSize: Int
    private(set) var kinds: [Kind] = []
    private(set) var records: [UInt8] = []

    init(recordSize: Int) { self.recordSize = recordSize }

    /// The number of changes.
    var count: Int { kinds.count }
    var isEmpty: Bool { kinds.isEmpty }

    mutating func reserveCapacity(_ count: Int) {
        kinds.reserveCapacity(count)
        records.reserveCapacity(count * recordSize)
    }

    /// Adds a change; changes must stand in the order of the tree when they are applied.
    mutating func append(_ kind: Kind, _ record: [UInt8]) throws {
        guard record.count == recordSize else {
            throw H5Error(
                .invalidArgument, "a B-tree record has \(record.count) bytes where the tree's have \(recordSize)")
        }
        kinds.append(kind)
        records += record
    }

    /// The record of a change.
    @_lifetime(borrow self)
    func record(_ index: Int) -> RawSpan {
        records.span.bytes.extracting((index * recordSize)..<((index + 1) * recordSize))
    }

    /// The first of the changes from `start` to `end` that does not belong before the record at a place of `records`.
    func partition(
        _ start: Int, _ end: Int, before records: [UInt8], _ place: Int, _ order: BTreeV2Changes.Order
    ) throws -> Int {
        let record = records.span.bytes.extracting((place * recordSize)..<((place + 1) * recordSize))
        var (low, high) = (start, end)
        while low < high {
            let middle = (low + high) / 2
            if try order(self.record(middle), record) == .before { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Puts the changes in the order of the tree; gives the places where they were.
    @discardableResult
    mutating func sort(_ order: Order) throws -> [Int] {
        var isSorted = true
        for index in kinds.indices.dropFirst() where try order(record(index - 1), record(index)) != .before {
            isSorted = false
            break
        }
        if isSorted { return Array(kinds.indices) }
        let places = try kinds.indices.sorted { try order(record($0), record($1)) == .before }
        var sorted = BTreeV2Changes(recordSize: recordSize)
        sorted.reserveCapacity(count)
        for place in places {
            sorted.kinds.append(kinds[place])
            sorted.records += records[(place * recordSize)..<((place + 1) * recordSize)]
        }
        self = sorted
        return places
    }
}
