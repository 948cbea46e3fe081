import HDF5Format

/// Elements as they are stored, with the file that each of them belongs to.
///
/// Elements of a virtual dataset may come from many files. Numbers mean the same everywhere, but the descriptors of
/// variable-length data and references are places in the file that they were read from.
struct StoredElements: Sendable {
    /// The elements, side by side.
    let bytes: [UInt8]
    private let elementSize: Int
    private let origins: ElementOrigins

    /// Elements of which all are of one file.
    init(_ bytes: [UInt8], count: Int, elementSize: Int, context: FileContext) {
        self.init(bytes, elementSize: elementSize, origins: ElementOrigins(count: count, context: context))
    }

    init(_ bytes: [UInt8], elementSize: Int, origins: ElementOrigins) {
        self.bytes = bytes
        self.elementSize = elementSize
        self.origins = origins
    }

    /// Calls `body` with the bytes of each run of elements of one file, in order: also their numbers and the file.
    ///
    /// - Parameter wanted: The numbers of the elements; by default all.
    func forEachRun(in wanted: Range<Int>? = nil, _ body: (RawSpan, Range<Int>, FileContext) throws -> Void) throws {
        let bytes = bytes
        try origins.forEachRun(in: wanted) { range, context in
            let (start, end) = (range.lowerBound * elementSize, range.upperBound * elementSize)
            guard end <= bytes.count else { throw H5Error(.truncated, "elements are missing") }
            try body(bytes.span.bytes.extracting(start..<end), range, context)
        }
    }
}

/// Which file each of some elements belongs to.
struct ElementOrigins: Sendable {
    private let count: Int
    /// The files, the first of which is that of all elements that nothing else is said of.
    private var contexts: [FileContext]
    /// For each element the number of its file; empty as long as all belong to the first.
    private var numbers: [UInt32] = []

    init(count: Int, context: FileContext) {
        self.count = count
        contexts = [context]
    }

    /// Says that `count` elements from `first` on belong to a file.
    mutating func set(_ context: FileContext, first: Int, count: Int) {
        guard first >= 0, count > 0, first <= self.count, count <= self.count - first else { return }
        let number: Int
        if let known = contexts.lastIndex(where: { $0 === context }) {
            number = known
        } else {
            number = contexts.count
            contexts.append(context)
        }
        if numbers.isEmpty {
            guard number != 0 else { return }
            numbers = [UInt32](repeating: 0, count: self.count)
        }
        for index in first..<(first + count) { numbers[index] = UInt32(truncatingIfNeeded: number) }
    }

    /// Calls `body` with each run of elements of one file.
    func forEachRun(in wanted: Range<Int>? = nil, _ body: (Range<Int>, FileContext) throws -> Void) rethrows {
        let wanted = (wanted ?? 0..<count).clamped(to: 0..<count)
        guard !numbers.isEmpty else { return try body(wanted, contexts[0]) }
        var first = wanted.lowerBound
        while first < wanted.upperBound {
            var end = first + 1
            while end < wanted.upperBound, numbers[end] == numbers[first] { end += 1 }
            try body(first..<end, contexts[Int(numbers[first])])
            first = end
        }
    }
}

/// Takes elements as they are stored, and notes which file each belongs to.
struct OriginSink: ElementSink {
    private let elements: RawSink
    private let origins: Locked<ElementOrigins>

    init(_ buffer: UnsafeMutableRawBufferPointer, elementSize: Int, count: Int, context: FileContext) {
        elements = RawSink(buffer, elementSize: elementSize)
        origins = Locked(ElementOrigins(count: count, context: context))
    }

    var capacity: Int { elements.capacity }
    /// What was noted so far.
    var noted: ElementOrigins { origins.withLock { $0 } }

    func rawMemory(first: Int, count: Int) -> UnsafeMutableRawBufferPointer? {
        elements.rawMemory(first: first, count: count)
    }

    func plane(_ rank: Int) -> PlaneSink? { elements.plane(rank) }

    func transfer(
        from source: UnsafeRawBufferPointer, sourceStride: Int, to first: Int, stride: Int, count: Int
    ) throws {
        try elements.transfer(from: source, sourceStride: sourceStride, to: first, stride: stride, count: count)
    }

    func fill(with value: [UInt8], first: Int, count: Int) throws {
        try elements.fill(with: value, first: first, count: count)
    }

    func setOrigin(_ context: FileContext, first: Int, count: Int) {
        origins.withLock { $0.set(context, first: first, count: count) }
    }
}
