import HDF5Format

/// Follows the descriptors of variable-length data and references into the global heap.
///
/// Keeps the collections it used last, since neighbours lie together as a rule, and counts what it hands out: a few
/// bytes of a hostile file can describe sequences of sequences that all lead to the same object, and so to more data
/// than any machine holds.
struct VariableLengthReader: Sendable {
    /// The file that the elements at hand belong to.
    private(set) var context: FileContext
    /// The file that was asked; another one than `context` while elements of a virtual dataset's source are read.
    private let home: FileContext
    private var recent = RecentCollections()
    // What each element needs of the file: threads that count references to one object wait for each other.
    private var sizes: FieldSizes
    private var deepest: Int
    /// The bytes that were handed out.
    private var used = 0
    /// The bytes that may be handed out in all.
    private var allowance = 0
    /// The other files met so far, each of which adds to the allowance once, and their bytes.
    private var met: Set<ObjectIdentifier> = []
    private var metBytes: UInt64 = 0
    private var depth = 0
    /// How many readers share what one call may cost.
    private let share: Int

    /// What a small file may come to: unwritten elements can all share one fill value, so the file's size is no limit.
    private static let leastBudget = 256 << 20

    /// - Parameter share: How many readers share what one call may cost.
    init(context: FileContext, share: Int = 1) {
        self.context = context
        home = context
        self.share = max(1, share)
        sizes = context.storage.sizes
        deepest = context.storage.limits.nestingDepth
        raiseAllowance(for: context)
    }

    /// Lets the allowance grow by what a file may come to.
    private mutating func raiseAllowance(for context: FileContext) {
        metBytes = min(metBytes &+ min(context.storage.size, UInt64(Int.max / 32)), UInt64(Int.max / 16))
        allowance = min(home.storage.limits.bytesPerCall, max(Self.leastBudget, 16 * Int(metBytes))) / share
    }

    /// Whether the elements at hand belong to another file than the one that was asked.
    var isAbroad: Bool { context !== home }

    /// Goes on with elements that belong to another file.
    mutating func move(to other: FileContext) {
        guard other !== context else { return }
        context = other
        // Addresses of collections mean nothing in the other file.
        recent = RecentCollections()
        sizes = other.storage.sizes
        deepest = other.storage.limits.nestingDepth
        if isAbroad, met.insert(ObjectIdentifier(other)).inserted { raiseAllowance(for: other) }
    }

    /// Takes `count` bytes off the allowance.
    mutating func charge(_ count: Int) throws {
        guard count <= allowance - used else {
            throw H5Error(
                .limitExceeded,
                "variable-length data takes more than one call may; read fewer elements, or open the file with "
                    + "a higher limit", file: context.storage.name)
        }
        used += count
    }

    /// The cursor's file and field sizes, over the bytes of one stored element.
    @_lifetime(copy bytes)
    func cursor(_ bytes: RawSpan) -> ByteCursor { ByteCursor(bytes, sizes: sizes) }

    /// Gives `body` the bytes of a heap object.
    mutating func withObject<R>(
        _ identifier: GlobalHeapIdentifier, _ body: (RawSpan, inout VariableLengthReader) throws -> R
    ) throws -> R {
        if !recent.isAt(identifier.address) { try recent.move(to: identifier.address, in: context.globalHeap) }
        let object = try recent.object(identifier.index)
        try charge(object.range.count)
        return try body(object.bytes.span.bytes.extracting(object.range), &self)
    }

    /// Gives `body` the elements that a descriptor stands for: their number and their bytes, side by side.
    ///
    /// - Parameters:
    ///   - descriptor: u32 number of elements, heap address, u32 index.
    ///   - baseSize: The size of one element, in bytes.
    mutating func withElements<R>(
        _ descriptor: RawSpan, baseSize: Int, _ body: (RawSpan, Int, inout VariableLengthReader) throws -> R
    ) throws -> R {
        guard let found = try find(descriptor, baseSize: baseSize) else {
            return try body(descriptor.extracting(0..<0), 0, &self)
        }
        depth += 1
        defer { depth -= 1 }
        // The reader may go on to another collection meanwhile, so the bytes are held.
        let bytes = recent.bytes
        return try body(bytes.span.bytes.extracting(found.range), found.count, &self)
    }

    /// Gives `body` the bytes of the text that a descriptor stands for; nothing else can be read meanwhile.
    @inline(__always)
    mutating func withText<R>(_ descriptor: RawSpan, _ body: (RawSpan) throws -> R) throws -> R {
        guard let found = try find(descriptor, baseSize: 1) else {
            return try body(descriptor.extracting(0..<0))
        }
        return try recent.withBytes(found.range) { try body($0.variableText()) }
    }

    /// Takes the collection to hand that a descriptor leads to: the number of elements there, and where they lie; nil
    /// where there are none.
    @inline(__always)
    private mutating func find(_ descriptor: RawSpan, baseSize: Int) throws -> (count: Int, range: Range<Int>)? {
        var cursor = cursor(descriptor)
        let count = Int(try cursor.readUInt32())
        let identifier = try GlobalHeapIdentifier(from: &cursor)
        guard count > 0, !identifier.isNull else { return nil }
        guard depth < deepest else {
            throw H5Error(
                .limitExceeded,
                "variable-length data nests deeper than the limit of \(deepest) levels",
                file: context.storage.name)
        }
        let (size, overflow) = count.multipliedReportingOverflow(by: baseSize)
        if !recent.isAt(identifier.address) { try recent.move(to: identifier.address, in: context.globalHeap) }
        let object = try recent.range(of: identifier.index)
        guard !overflow, size <= object.count else {
            throw H5Error(
                .damaged,
                "\(count) variable-length elements of \(baseSize) bytes are expected in \(object.count) bytes",
                file: context.storage.name, address: identifier.address)
        }
        try charge(size)
        return (count, object.lowerBound..<(object.lowerBound &+ size))
    }
}
