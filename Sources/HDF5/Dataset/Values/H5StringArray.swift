import HDF5Format

/// Many strings with their shape, kept as one run of bytes and the places where each string starts.
///
/// A million short strings take two allocations here, where an array of `String` may take a million. Strings are made
/// when they are asked for; `Array(strings)` makes them all.
public struct H5StringArray: Hashable, Sendable {
    /// The extent of each axis; empty for a scalar.
    public let shape: [Int]
    /// Where each string starts in `bytes`, in row-major order, and where the last one ends.
    public let offsets: [Int]
    /// The bytes of all strings, one after the other, without terminators or padding.
    public let bytes: [UInt8]

    /// Puts the pieces together; `offsets` rises from 0 to the number of bytes.
    init(shape: [Int], offsets: [Int], bytes: [UInt8]) {
        self.shape = shape
        self.offsets = offsets
        self.bytes = bytes
    }

    /// Gives `body` the bytes of a string as stored: usually UTF-8, but nothing enforces that.
    public func withBytes<Result>(of index: Int, _ body: (RawSpan) throws -> Result) rethrows -> Result {
        let bytes = bytes
        return try body(bytes.span.bytes.extracting(offsets[index]..<offsets[index + 1]))
    }
}

extension H5StringArray: RandomAccessCollection {
    /// The number of the first string, 0.
    public var startIndex: Int { 0 }

    /// The number of strings.
    public var endIndex: Int { offsets.count - 1 }

    /// A string by its number in row-major order; each byte that is not part of valid UTF-8 appears as `\xHH`.
    public subscript(index: Int) -> String { withBytes(of: index) { $0.string } }
}

extension H5StringArray: CustomStringConvertible {
    /// The strings as an array shows them.
    public var description: String { Array(self).description }
}

/// Collects stored strings, fixed or variable in length, into an `H5StringArray`.
struct StringDecoder {
    private enum Form: Hashable {
        case fixed(H5StringFormat.Padding)
        case variable
    }

    private let form: Form
    private let size: Int
    private var reader: VariableLengthReader
    private var offsets = [0]
    private var bytes: [UInt8] = []

    /// Prepares for strings of a type; throws `H5Error` (`conversion`) where the type is not text.
    ///
    /// - Parameter share: How many decoders share what one call may cost.
    init(datatype: H5Datatype, context: FileContext, share: Int = 1) throws {
        form = try Self.form(of: datatype)
        size = datatype.size
        reader = VariableLengthReader(context: context, share: share)
    }

    /// Throws unless elements of the type are text.
    static func check(_ datatype: H5Datatype) throws { _ = try form(of: datatype) }

    private static func form(of datatype: H5Datatype) throws -> Form {
        switch datatype.kind {
        case .string(let format): return .fixed(format.padding)
        case .variableLengthString: return .variable
        default: throw H5Error(.conversion, "elements are \(datatype), which cannot be read as strings")
        }
    }

    /// The number of strings so far.
    var count: Int { offsets.count - 1 }

    /// Goes on with strings that belong to another file.
    mutating func move(to context: FileContext) { reader.move(to: context) }

    /// Makes room for strings that are going to come, of which the caller has made sure that they may be read.
    mutating func reserveCapacity(_ count: Int) {
        guard count > 0, count < .max else { return }
        offsets.reserveCapacity(count + 1)
        // Text of fixed length takes at most its size; how much variable text there is shows only when it is read.
        let (total, overflow) = count.multipliedReportingOverflow(by: size)
        if form != .variable, !overflow { bytes.reserveCapacity(total) }
    }

    /// What the stored strings that lie side by side take as values, about, beside their places in an array.
    ///
    /// Only as good as the file: descriptors may state any length.
    func expectedBytes(_ elements: RawSpan) throws -> Int {
        guard size >= 4 else { return 0 }
        guard form == .variable else { return Self.bytesOfText(size) &* (elements.byteCount / size) }
        var total = 0
        var cursor = reader.cursor(elements)
        while cursor.remaining >= size {
            // The length is the first field of a descriptor.
            total &+= Self.bytesOfText(Int(try cursor.readUInt32()))
            try cursor.skip(size - 4)
        }
        return total
    }

    /// Short texts lie in the string itself; others in an object with a header of 32 bytes, in steps of 16.
    private static func bytesOfText(_ count: Int) -> Int { count < 16 ? 0 : (count &+ 56) & ~15 }

    /// Adds `count` stored strings that lie side by side.
    mutating func append(_ elements: RawSpan, count: Int) throws {
        guard count >= 0, size > 0, count <= elements.byteCount / size else { throw wrongCount(elements, count) }
        for index in 0..<count {
            let element = elements.extracting((index &* size)..<(index &* size &+ size))
            try Self.withText(element, form, &reader) { bytes.append(copying: $0) }
            offsets.append(bytes.count)
        }
    }

    /// Gives `body` the text of one of the stored strings that lie side by side.
    mutating func withText(_ elements: RawSpan, _ index: Int, _ body: (RawSpan) throws -> Void) throws {
        guard index >= 0, size > 0, index < elements.byteCount / size else { throw wrongCount(elements, index + 1) }
        try Self.withText(elements.extracting((index &* size)..<(index &* size &+ size)), form, &reader, body)
    }

    private static func withText(
        _ element: RawSpan, _ form: Form, _ reader: inout VariableLengthReader, _ body: (RawSpan) throws -> Void
    ) throws {
        switch form {
        case .fixed(let padding): try body(element.text(padding))
        case .variable: try reader.withText(element, body)
        }
    }

    private func wrongCount(_ elements: RawSpan, _ count: Int) -> H5Error {
        H5Error(.invalidArgument, "\(count) strings of \(size) bytes do not lie in \(elements.byteCount) bytes")
    }

    /// Adds the strings of another decoder behind those of this one.
    mutating func append(_ other: StringDecoder) {
        let start = bytes.count
        bytes += other.bytes
        offsets.append(contentsOf: other.offsets.dropFirst().lazy.map { $0 + start })
    }

    /// The strings so far in a shape of as many elements.
    consuming func finish(shape: [Int]) -> H5StringArray {
        H5StringArray(shape: shape, offsets: offsets, bytes: bytes)
    }
}
