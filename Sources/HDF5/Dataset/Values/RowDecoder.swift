import HDF5Format

/// Decodes stored elements into values of any `Decodable` type, usually compound elements into rows.
///
/// Members are matched by name; numbers must be representable exactly; enumerations are given as the name of the value
/// to types with raw strings, and as integers to others; arrays, sequences and complex numbers are unkeyed containers.
/// Members that a row does not ask for are not looked at.
struct RowDecoder<Row: Decodable> {
    private let node: RowNode
    private let session: RowSession

    /// Prepares a datatype; throws `H5Error` (`damaged`) where it contradicts itself.
    init(datatype: H5Datatype, context: FileContext) throws {
        node = try RowNode(datatype)
        session = RowSession(reader: VariableLengthReader(context: context))
    }

    /// The row that one stored element makes; `index` is its number, for errors.
    func row(_ element: RawSpan, index: Int = 0) throws -> Row {
        var rows: [Row] = []
        try append(element, count: 1, firstIndex: index, to: &rows)
        guard let row = rows.first else { throw H5Error(.truncated, "there is no element") }
        return row
    }

    /// Goes on with elements that belong to another file.
    func move(to context: FileContext) { session.reader.move(to: context) }

    /// Appends the rows of `count` stored elements that lie side by side; `firstIndex` is the number of the first.
    func append(_ elements: RawSpan, count: Int, firstIndex: Int, to rows: inout [Row]) throws {
        let size = node.size
        guard count >= 0, size > 0, count <= elements.byteCount / size else {
            throw H5Error(
                .invalidArgument, "\(count) elements of \(size) bytes do not lie in \(elements.byteCount) bytes")
        }
        // Decoders may be kept by the types that they decode, so they own what they read from.
        let bytes = Array(copying: elements.extracting(0..<(count &* size)))
        rows.reserveCapacity(rows.count + count)
        var element = RowElement(session: session, node: node, bytes: bytes, offset: 0, parentPath: [], key: nil)
        for index in 0..<count {
            session.index = firstIndex &+ index
            // One decoder serves all rows, unless a row kept it.
            if isKnownUniquelyReferenced(&element) {
                element.move(to: index &* size)
            } else {
                element = RowElement(
                    session: session, node: node, bytes: bytes, offset: index &* size, parentPath: [], key: nil)
            }
            do {
                rows.append(try element.decode(Row.self))
            } catch let error as H5Error {
                throw error
            } catch let error as DecodingError {
                throw session.wrapped(error)
            }
        }
    }
}

/// A place inside an element, as people write it: `element 7, member fit.phases[2]`.
func rowPlace(_ index: Int, _ path: [any CodingKey]) -> String {
    var place = "element \(index)"
    if !path.isEmpty {
        place += ", member "
        for (number, key) in path.enumerated() {
            if let index = key.intValue {
                place += "[\(index)]"
            } else {
                place += (number == 0 ? "" : ".") + key.stringValue
            }
        }
    }
    return place
}

/// What the decoders of one call share.
final class RowSession {
    var reader: VariableLengthReader
    /// The number of the element at hand.
    var index = 0
    /// The member that is likely to be asked for next.
    ///
    /// Rows ask for their members in the same order each time, mostly that of the file; after a wrong guess, as behind
    /// a nested record, the name is looked up.
    var nextMember = 0

    init(reader: VariableLengthReader) { self.reader = reader }

    /// An error at a place inside the element at hand.
    func error(_ message: String, _ path: [any CodingKey], cause: (any Error)? = nil) -> H5Error {
        H5Error(.conversion, "\(rowPlace(index, path)): \(message)", cause: cause)
    }

    /// An error that a decoded type threw.
    func wrapped(_ error: DecodingError) -> H5Error {
        let context: DecodingError.Context
        switch error {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .keyNotFound(_, let found),
            .dataCorrupted(let found):
            context = found
        @unknown default: return self.error("the row cannot be decoded", [], cause: error)
        }
        return self.error(context.debugDescription, context.codingPath, cause: error)
    }
}

/// The place of an element in an array or a sequence.
struct RowIndex: CodingKey {
    var intValue: Int?

    init(_ index: Int) { intValue = index }
    init?(intValue: Int) { self.intValue = intValue }
    init?(stringValue: String) { return nil }

    var stringValue: String { intValue.map(String.init) ?? "" }
}
