import HDF5Format

/// Turns text into stored strings, fixed or variable in length.
///
/// Nothing is cut: text that does not fit, or that readers would see another text in, is refused.
struct StringEncoder {
    private enum Form: Hashable {
        case fixed(H5StringFormat.Padding)
        case variable
    }

    private let form: Form
    private let isASCII: Bool
    /// The size of one stored string, in bytes.
    let storedSize: Int
    private let datatype: H5Datatype
    /// Takes text of variable length; nil where there is none.
    private let store: (any VariableLengthStore)?

    /// Prepares for strings of a type; throws `H5Error` (`conversion`) where the type is not text.
    ///
    /// - Parameter store: What takes text of variable length; strings of fixed length need none.
    init(datatype: H5Datatype, store: (any VariableLengthStore)?) throws {
        self.datatype = datatype
        self.store = store
        storedSize = datatype.size
        switch datatype.kind {
        case .string(let format):
            form = .fixed(format.padding)
            isASCII = format.characterSet == .ascii
        case .variableLengthString(let format):
            form = .variable
            isASCII = format.characterSet == .ascii
            guard let store else {
                throw H5Error(.invalidArgument, "text of variable length needs a file that it is written to")
            }
            guard storedSize == VariableLengthDescriptor.size(store.sizes) else {
                throw H5Error(
                    .damaged, "variable-length strings of \(storedSize) bytes are not possible in this file")
            }
        default: throw H5Error(.conversion, "text cannot be written to elements that are \(datatype)")
        }
    }

    /// Encodes strings into elements that lie `stride` bytes apart, or into a part of each, which starts at `offset`.
    ///
    /// - Throws: `H5Error` (`conversion`) with the first string that the type cannot hold.
    func encode(
        _ strings: some Sequence<String>, count: Int, into target: UnsafeMutableRawBufferPointer, offset: Int = 0,
        stride: Int? = nil, firstIndex: Int = 0
    ) throws {
        let stride = stride ?? storedSize
        try checkPlaces(count, size: storedSize, offset: offset, stride: stride, in: target.count)
        guard let base = target.baseAddress else { return }
        var index = 0
        for string in strings {
            guard index < count else { break }
            // `checkPlaces` made sure that all of them lie in the target.
            try encode(string, to: base + (offset &+ index &* stride), place: "element \(firstIndex &+ index)")
            index &+= 1
        }
        guard index == count else {
            throw H5Error(.invalidArgument, "there are \(index) strings where \(count) are to be written")
        }
    }

    /// Encodes one string into the memory of one element; `place` says which that is, for errors.
    func encode(_ string: String, to element: UnsafeMutableRawPointer, place: @autoclosure () -> String) throws {
        var text = string
        // The buffer is only read, inside the closure.
        try text.withUTF8 { try encode(UnsafeRawBufferPointer($0), to: element, place) }
    }

    /// Whether the strings have any length.
    var isVariable: Bool { form == .variable }

    /// Refuses texts that strings of variable length cannot hold; gets the bytes and the number of each.
    var variableCheck: @Sendable (RawSpan, Int) throws -> Void {
        let isASCII = isASCII
        return { bytes, number in
            if isASCII, !bytes.isASCII { throw Self.notASCII(bytes, "element \(number)") }
            guard bytes.bytesBeforeZero == bytes.byteCount else { throw Self.holdsNUL(bytes, "element \(number)") }
        }
    }

    private static func notASCII(_ text: RawSpan, _ place: String) -> H5Error {
        refusal(text, place, "is not ASCII, which is all that its type declares to hold")
    }

    private static func holdsNUL(_ text: RawSpan, _ place: String) -> H5Error {
        refusal(text, place, "holds a NUL character, which would end it")
    }

    /// Encodes the bytes of one text.
    private func encode(
        _ text: UnsafeRawBufferPointer, to element: UnsafeMutableRawPointer, _ place: () -> String
    ) throws {
        let bytes = RawSpan(_unsafeBytes: text)
        if isASCII, !bytes.isASCII { throw Self.notASCII(bytes, place()) }
        switch form {
        case .variable:
            guard bytes.bytesBeforeZero == bytes.byteCount else { throw Self.holdsNUL(bytes, place()) }
            guard let store else { throw H5Error(.invalidArgument, "there is no file to write text to") }
            try VariableLengthDescriptor(storing: bytes, count: bytes.byteCount, in: store)
                .write(to: element, store.sizes)
        case .fixed(let padding):
            try check(bytes, padding, place)
            let count = bytes.byteCount
            if let from = text.baseAddress { element.copyMemory(from: from, byteCount: count) }
            (element + count).initializeMemory(
                as: UInt8.self, repeating: padding == .spacePadded ? 0x20 : 0, count: storedSize &- count)
        }
    }

    /// Refuses what does not fit, and what would be read back as another text.
    ///
    /// Trailing spaces of space-padded text do not count, as in Fortran.
    private func check(_ bytes: RawSpan, _ padding: H5StringFormat.Padding, _ place: () -> String) throws {
        let room = padding == .nullTerminated ? storedSize - 1 : storedSize
        guard bytes.byteCount <= room else {
            throw Self.refusal(bytes, place(), "has \(bytes.byteCount) bytes of UTF-8, and \(datatype) holds \(room)")
        }
        switch padding {
        case .nullTerminated:
            guard bytes.bytesBeforeZero == bytes.byteCount else { throw Self.holdsNUL(bytes, place()) }
        case .nullPadded, .spacePadded:
            guard bytes.byteCount == 0 || bytes[byte: bytes.byteCount - 1] != 0 else {
                throw Self.refusal(bytes, place(), "ends with a NUL character, which would be lost")
            }
        }
    }

    private static func refusal(_ text: RawSpan, _ place: String, _ reason: String) -> H5Error {
        let shown = text.extracting(0..<min(text.byteCount, 40)).string
        return H5Error(.conversion, "\(place): '\(shown)\(text.byteCount > 40 ? "…" : "")' \(reason)")
    }
}
