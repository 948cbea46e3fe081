import HDF5Format

/// Encodes values of any `Encodable` type into stored elements, usually rows into compound elements.
///
/// The way back of `RowDecoder`: members are matched by name, and a row gives each member of the record exactly one value;
/// numbers must be held exactly; enumerations take the name of a value from types with raw strings, and integers from
/// others; arrays, sequences and complex numbers take unkeyed containers. There is no place for nil.
struct RowEncoder<Row: Encodable> {
    private let node: RowNode
    private let session: RowEncodingSession
    /// The rows that are put together at a time.
    private static var blockBytes: Int { 64 << 10 }

    /// Prepares a datatype.
    ///
    /// - Parameter store: What takes variable-length data; types without it need none.
    /// - Throws: `H5Error` (`damaged`) where the type contradicts itself.
    init(datatype: H5Datatype, store: (any VariableLengthStore)?) throws {
        node = try RowNode(datatype)
        session = RowEncodingSession(writer: ElementWriter(store: store))
    }

    /// The size of one stored element, in bytes.
    var storedSize: Int { node.size }

    /// Encodes `count` rows into elements that lie `stride` bytes apart, or into a part of each, which starts at `offset`.
    ///
    /// All bytes of an element, or of the part, are written: gaps between members become 0.
    ///
    /// - Throws: `H5Error`: `conversion` with the element, the member and what is wrong with it.
    func encode(
        _ rows: some Sequence<Row>, count: Int, into target: UnsafeMutableRawBufferPointer, offset: Int = 0,
        stride: Int? = nil, firstIndex: Int = 0
    ) throws {
        let size = node.size
        let stride = stride ?? size
        try checkPlaces(count, size: size, offset: offset, stride: stride, in: target.count)
        guard size > 0, count > 0, let base = target.baseAddress else { return }
        let blockCount = min(count, max(1, Self.blockBytes / size))
        let buffer = ElementBuffer(count: 0)
        var element = RowTarget(session: session, node: node, buffer: buffer, offset: 0, parentPath: [], key: nil)
        var done = 0
        var filled = 0
        /// Copies the rows that were put together to where they belong, which `checkPlaces` made sure of.
        func copy() {
            let place = base + (offset &+ done &* stride)
            buffer.bytes.withUnsafeBytes { bytes in
                guard let from = bytes.baseAddress else { return }
                if stride == size {
                    place.copyMemory(from: from, byteCount: filled &* size)
                } else {
                    NumberPlan.copy(from, stride: size, to: place, targetStride: stride, size: size, count: filled)
                }
            }
            done &+= filled
            filled = 0
        }
        for row in rows {
            guard done + filled < count else { break }
            if filled == 0 { buffer.reset(count: min(blockCount, count - done) * size) }
            session.index = firstIndex &+ done &+ filled
            // One encoder serves all rows, unless a row kept it.
            if isKnownUniquelyReferenced(&element) {
                element.move(to: filled * size)
            } else {
                element = RowTarget(
                    session: session, node: node, buffer: buffer, offset: filled * size, parentPath: [], key: nil)
            }
            try session.encode(row, into: element)
            filled += 1
            if filled == blockCount { copy() }
        }
        if filled > 0 { copy() }
        guard done == count else {
            throw H5Error(.invalidArgument, "there are \(done) rows where \(count) are to be written")
        }
    }
}

/// What the encoders of one call share.
final class RowEncodingSession {
    let writer: ElementWriter
    /// The number of the element at hand.
    var index = 0
    /// The member that is likely to come next; rows give their members in the same order each time.
    var nextMember = 0
    /// Records, arrays and sequences that were begun, the outer before the inner.
    private var begun: [RowTarget] = []
    /// What a call found wrong that could not throw.
    private var failure: H5Error?

    init(writer: ElementWriter) { self.writer = writer }

    /// An error at a place inside the element at hand.
    func error(_ message: String, _ path: [any CodingKey], cause: (any Error)? = nil) -> H5Error {
        H5Error(.conversion, "\(rowPlace(index, path)): \(message)", cause: cause)
    }

    /// Keeps the first error of calls that cannot throw.
    func fail(_ error: H5Error) { failure = failure ?? error }

    func throwFailure() throws { if let failure { throw failure } }

    func begin(_ target: RowTarget) { begun.append(target) }

    /// Encodes a whole element.
    func encode<Row: Encodable>(_ row: Row, into element: RowTarget) throws {
        failure = nil
        begun.removeAll(keepingCapacity: true)
        do {
            try element.encode(row)
            try throwFailure()
            // What lies inside something else was begun after it, and must be done before it.
            while let last = begun.popLast() { try last.finish() }
        } catch let error as H5Error {
            begun.removeAll()
            throw error
        } catch let error as EncodingError {
            begun.removeAll()
            guard case .invalidValue(_, let context) = error else {
                throw self.error("the row cannot be encoded", [], cause: error)
            }
            throw self.error(context.debugDescription, context.codingPath, cause: error)
        }
    }
}
