import HDF5Format

/// Reads the messages of dense storage while it is changed, to put names in order.
///
/// The indexes order names by their hashes first, so that messages are read only where two hashes are equal.
final class DenseReader {
    /// What is stored.
    enum Kind {
        case links
        case attributes
    }

    private let kind: Kind
    private let heapAddress: UInt64
    private let sharedHeapAddress: UInt64?
    private let storage: FileStorage
    private var heap: FractalHeap?
    private var sharedHeap: FractalHeap?
    /// Names that are looked for; their records have identifiers from `identifier(ofName:length:)`.
    var wanted: [[UInt8]] = []

    init(kind: Kind, heapAddress: UInt64, sharedHeapAddress: UInt64?, storage: FileStorage) {
        self.kind = kind
        self.heapAddress = heapAddress
        self.sharedHeapAddress = sharedHeapAddress
        self.storage = storage
    }

    /// An identifier that stands for a wanted name; no heap has such identifiers.
    static func identifier(ofName number: Int, length: Int) -> [UInt8] {
        [0xC0] + (1..<length).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 - 1))) }
    }

    /// Gives `body` a cursor over the message of an identifier.
    func withMessage<R>(
        _ identifier: [UInt8], _ flags: MessageFlags, _ body: (inout ByteCursor) throws -> R
    ) throws -> R {
        let heap = try flags.contains(.shared) && kind == .attributes ? openShared() : open()
        var cursor = ByteCursor(identifier.span.bytes, sizes: storage.sizes, address: heapAddress)
        return try heap.withObject(try FractalHeapIdentifier(from: &cursor, heap: heap.header), body)
    }

    /// Reads anew what was read before the heap changed.
    func forget() { heap = nil }

    private func open() throws -> FractalHeap {
        if let heap { return heap }
        let heap = try FractalHeap(address: heapAddress, storage: storage)
        self.heap = heap
        return heap
    }

    private func openShared() throws -> FractalHeap {
        if let sharedHeap { return sharedHeap }
        guard let sharedHeapAddress else {
            throw H5Error(.damaged, "an attribute is shared, but the file has no heap for shared attributes")
        }
        let heap = try FractalHeap(address: sharedHeapAddress, storage: storage)
        sharedHeap = heap
        return heap
    }

    /// Reads the name from the start of a message.
    @_lifetime(copy message)
    func name(from message: inout ByteCursor) throws -> RawSpan {
        switch kind {
        case .links:
            let fields = try LinkMessage.Fields(from: &message)
            return try message.readBytes(fields.nameCount)
        case .attributes: return try AttributeMessage.nameBytes(from: &message)
        }
    }

    /// Where a name belongs relative to that of a message.
    func compare(_ name: [UInt8], with identifier: [UInt8], _ flags: MessageFlags) throws -> BTreeV2.Comparison {
        if identifier.first ?? 0 >= 0xC0 { return Self.compare(name.span.bytes, wantedName(identifier).span.bytes) }
        return try withMessage(identifier, flags) { cursor in
            Self.compare(name.span.bytes, try self.name(from: &cursor))
        }
    }

    private func wantedName(_ identifier: [UInt8]) -> [UInt8] {
        let number = identifier.dropFirst().reversed().reduce(0) { $0 << 8 | Int($1) }
        return wanted.indices.contains(number) ? wanted[number] : []
    }

    private static func compare(_ left: RawSpan, _ right: RawSpan) -> BTreeV2.Comparison {
        for index in 0..<min(left.byteCount, right.byteCount) {
            let (first, second) = (left[byte: index], right[byte: index])
            if first != second { return first < second ? .before : .after }
        }
        return left.byteCount == right.byteCount ? .found : left.byteCount < right.byteCount ? .before : .after
    }

    /// The order of the index of names.
    var nameOrder: BTreeV2Changes.Order {
        let kind = self.kind
        let sizes = storage.sizes
        func fields(_ record: RawSpan) throws -> (hash: UInt32, identifier: Range<Int>, flags: MessageFlags) {
            let count = record.byteCount
            var cursor = ByteCursor(record, sizes: sizes)
            switch kind {
            case .links: return (try cursor.readUInt32(), 4..<count, [])
            case .attributes:
                try cursor.move(to: count - 9)
                let flags = MessageFlags(rawValue: try cursor.readUInt8())
                try cursor.skip(4)
                return (try cursor.readUInt32(), 0..<(count - 9), flags)
            }
        }
        return { left, right in
            let (first, second) = (try fields(left), try fields(right))
            if first.hash != second.hash { return first.hash < second.hash ? .before : .after }
            let identifier = Array(copying: left.extracting(first.identifier))
            let other = Array(copying: right.extracting(second.identifier))
            if identifier == other, first.flags == second.flags { return .found }
            if identifier.first ?? 0 >= 0xC0 {
                return try self.compare(self.wantedName(identifier), with: other, second.flags)
            }
            let name = try self.withMessage(identifier, first.flags) { Array(copying: try self.name(from: &$0)) }
            return try self.compare(name, with: other, second.flags)
        }
    }

    /// The order of the index of the creation order.
    static func creationOrder(_ kind: Kind, recordSize: Int) -> BTreeV2Changes.Order {
        func order(_ record: RawSpan) throws -> Int64 {
            var cursor = ByteCursor(record, sizes: FieldSizes())
            if kind == .links { return try cursor.readInt64() }
            try cursor.move(to: recordSize - 4)
            return Int64(try cursor.readUInt32())
        }
        return { left, right in
            let (first, second) = (try order(left), try order(right))
            return first == second ? .found : first < second ? .before : .after
        }
    }
}
