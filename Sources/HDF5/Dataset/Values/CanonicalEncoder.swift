import HDF5Filters
import HDF5Format

/// Computes the checksum of elements in a form that does not depend on how a file happens to store them.
///
/// The form is that of `h5usid-dump --digest`: numbers little-endian, compound members without gaps in the order of
/// their offsets, text and sequences with their length as 64 bits before them, references as text.
struct CanonicalEncoder {
    private let steps: [CanonicalStep]
    /// The fast way for elements whose encoding has a fixed size.
    private let moves: PackedMoves?
    private let size: Int
    private let referenceText: (H5ReferenceValue) throws -> String
    /// Limits the variable-length data of all elements together.
    private var reader: VariableLengthReader
    private var sink = Sink()

    /// Prepares a datatype.
    ///
    /// - Parameter referenceText: Gives the canonical text of a reference that is not null.
    init(
        datatype: H5Datatype, context: FileContext, referenceText: @escaping (H5ReferenceValue) throws -> String
    ) {
        steps = CanonicalStep.steps(datatype, at: 0)
        size = datatype.size
        moves = PackedMoves(steps, size: size)
        self.referenceText = referenceText
        reader = VariableLengthReader(context: context)
    }

    /// The number of bytes encoded so far.
    var byteCount: UInt64 { sink.byteCount }

    /// The CRC-32 of the bytes encoded so far.
    var checksum: UInt32 {
        mutating get {
            sink.flush()
            return sink.checksum.value
        }
    }

    /// Goes on with elements that belong to another file.
    mutating func move(to context: FileContext) { reader.move(to: context) }

    /// Encodes `count` stored elements that lie side by side.
    mutating func encode(_ elements: RawSpan, count: Int) throws {
        guard count > 0 else { return }
        guard size > 0, count <= elements.byteCount / size else {
            throw H5Error(
                .invalidArgument, "\(count) elements of \(size) bytes do not lie in \(elements.byteCount) bytes")
        }
        try encode(elements, count: count, size: size, steps, moves)
    }

    private mutating func encode(
        _ elements: RawSpan, count: Int, size: Int, _ steps: [CanonicalStep], _ moves: PackedMoves? = nil
    ) throws {
        if steps.count == 1 {
            if case .copy(0, size) = steps[0] {
                sink.append(elements.extracting(0..<(count * size)))
                return
            }
            if case .reverse(0, let width, let words) = steps[0], width &* words == size {
                sink.appendReversed(elements.extracting(0..<(count * size)), width: width)
                return
            }
        }
        if let moves {
            sink.append(elements.extracting(0..<(count * size)), moves)
            return
        }
        for index in 0..<count {
            let element = elements.extracting((index &* size)..<(index &* size &+ size))
            for step in steps { try encode(element, step) }
        }
    }

    @_lifetime(copy bytes)
    private static func piece(_ bytes: RawSpan, at offset: Int, count: Int) throws -> RawSpan {
        guard offset >= 0, count >= 0, offset <= bytes.byteCount, count <= bytes.byteCount &- offset else {
            throw H5Error(.truncated, "an element is shorter than its datatype")
        }
        return bytes.extracting(offset..<(offset &+ count))
    }

    private mutating func encode(_ element: RawSpan, _ step: CanonicalStep) throws {
        switch step {
        case .copy(let offset, let count): sink.append(try Self.piece(element, at: offset, count: count))
        case .reverse(let offset, let width, let count):
            sink.appendReversed(try Self.piece(element, at: offset, count: width &* count), width: width)
        case .integer(let fields, let offset, let size):
            let stored = try Self.piece(element, at: offset, count: size)
            // The fields were checked against `size`, which the piece has.
            let value = stored.withUnsafeBytes { bytes in bytes.baseAddress.map { fields.load($0) } ?? 0 }
            sink.appendInteger(value, isSigned: fields.isSigned, size: size)
        case .hugeInteger(let format, let offset, let size):
            let stored = try Self.piece(element, at: offset, count: size)
            let value = Self.value(stored, format)
            sink.append(value.span.bytes)
        case .string(let padding, let offset, let size):
            let stored = try Self.piece(element, at: offset, count: size)
            let count = stored.textCount(padding, strippingNulls: false)
            sink.appendText(stored.extracting(0..<count))
        case .variableString(let offset):
            let descriptor = try Self.piece(element, at: offset, count: element.byteCount &- offset)
            try reader.withElements(descriptor, baseSize: 1) { text, _, _ in sink.appendText(text.variableText()) }
        case .reference(let kind, let offset, let size):
            let text = try text(of: try Self.piece(element, at: offset, count: size), kind)
            let bytes = Array(text.utf8)
            sink.appendText(bytes.span.bytes)
        case .sequence(let steps, let offset, let baseSize):
            let descriptor = try Self.piece(element, at: offset, count: element.byteCount &- offset)
            // The reader is taken out while its data is encoded, since that needs all of `self`.
            var reader = self.reader
            defer { self.reader = reader }
            try reader.withElements(descriptor, baseSize: baseSize) { elements, count, reader in
                sink.appendInteger(UInt128(count), isSigned: false, size: 8)
                self.reader = reader
                defer { reader = self.reader }
                try encode(elements, count: count, size: baseSize, steps)
            }
        case .array(let steps, let offset, let count, let stride):
            try encode(
                try Self.piece(element, at: offset, count: count &* stride), count: count, size: stride, steps)
        }
    }

    /// The text of a reference: empty when null, and with `?` for a selection that cannot be read.
    ///
    /// Only `?` for one of another file, read through a virtual dataset: the digest names objects of one file.
    private mutating func text(of stored: RawSpan, _ kind: H5ReferenceKind) throws -> String {
        do {
            let reference = try reader.reference(stored, kind: kind)
            if reader.isAbroad { return reference == .null ? "" : "?" }
            return reference == .null ? "" : try referenceText(reference)
        } catch let error as H5Error where error.code == .damaged || error.code == .unsupported {
            guard let address = try? reader.regionAddress(stored, kind: kind) else { throw error }
            return try referenceText(.object(address: address)) + "|?"
        }
    }

    /// The value bits of an integer of any size, as little-endian bytes.
    private static func value(_ stored: RawSpan, _ format: H5IntegerFormat) -> [UInt8] {
        let size = stored.byteCount
        func bit(_ index: Int) -> UInt8 {
            let byte = index / 8
            return stored[byte: format.order == .bigEndian ? size - 1 - byte : byte] >> UInt8(index % 8) & 1
        }
        let sign = format.isSigned ? bit(format.bitOffset + format.precision - 1) : 0
        var result = [UInt8](repeating: 0, count: size)
        for index in 0..<(size * 8) {
            let value = index < format.precision ? bit(format.bitOffset + index) : sign
            result[index / 8] |= value << UInt8(index % 8)
        }
        return result
    }
}

extension VariableLengthReader {
    /// The address of the dataset of a region reference, without its selection.
    fileprivate mutating func regionAddress(_ stored: RawSpan, kind: H5ReferenceKind) throws -> UInt64? {
        var cursor = cursor(stored)
        switch try ReferenceElement(from: &cursor, kind: kind) {
        case .region(let identifier):
            return try withObject(identifier) { bytes, reader in
                var cursor = reader.cursor(bytes)
                return try cursor.readAddress()
            }
        case .standard(.region, false, let identifier):
            return try withObject(identifier) { bytes, reader in
                var cursor = reader.cursor(bytes)
                var token = try cursor.readSlice(Int(try cursor.readUInt8()))
                return try token.readAddress()
            }
        default: return nil
        }
    }
}

/// Collects small pieces, so that the checksum is computed over large ones.
private struct Sink {
    var checksum = CRC32()
    private(set) var byteCount: UInt64 = 0
    private var scratch = [UInt8](repeating: 0, count: capacity)
    private var used = 0

    private static let capacity = 32 << 10
    /// Pieces of this size go to the checksum without a copy.
    private static let largePiece = 2 << 10

    mutating func flush() {
        guard used > 0 else { return }
        let scratch = scratch
        checksum.update(scratch.span.bytes.extracting(0..<used))
        used = 0
    }

    mutating func append(_ bytes: RawSpan) {
        let count = bytes.byteCount
        byteCount &+= UInt64(count)
        if count > Self.capacity &- used || count >= Self.largePiece { flush() }
        if count >= Self.largePiece {
            checksum.update(bytes)
            return
        }
        write(count) { target in
            // A copy between raw spans has no other form yet; `write` made the room.
            bytes.withUnsafeBytes { target.copyMemory(from: $0) }
        }
    }

    /// Fills the next `count` bytes of the scratch, which were made sure to be free.
    @inline(__always)
    private mutating func write(_ count: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void) {
        let start = used
        used &+= count
        scratch.withUnsafeMutableBytes { body(UnsafeMutableRawBufferPointer(rebasing: $0[start..<(start &+ count)])) }
    }

    /// Appends elements of fixed size, as many as fit the scratch at a time.
    mutating func append(_ elements: RawSpan, _ moves: PackedMoves) {
        let count = elements.byteCount / moves.size
        byteCount &+= UInt64(count &* moves.packedSize)
        var done = 0
        while done < count {
            let room = (Self.capacity &- used) / moves.packedSize
            guard room > 0 else {
                // An encoding is smaller than the scratch, so there is room then.
                flush()
                continue
            }
            let block = min(room, count &- done)
            let piece = elements.extracting((done &* moves.size)..<((done &+ block) &* moves.size))
            write(block &* moves.packedSize) { target in
                // The moves stay inside elements of the size they were made for; both areas hold `block` of them.
                piece.withUnsafeBytes { source in
                    guard let from = source.baseAddress, let to = target.baseAddress else { return }
                    moves.run(from, to: to, count: block)
                }
            }
            done &+= block
        }
    }

    /// Appends a length as 64 bits.
    @inline(__always)
    private mutating func appendLength(_ length: Int) {
        if Self.capacity &- used < 8 { flush() }
        byteCount &+= 8
        write(8) { $0.storeBytes(of: UInt64(truncatingIfNeeded: length).littleEndian, as: UInt64.self) }
    }

    mutating func appendInteger(_ value: UInt128, isSigned: Bool, size: Int) {
        byteCount &+= UInt64(size)
        var written = 0
        let fill: UInt8 = isSigned && value >> 127 == 1 ? 0xFF : 0
        while written < size {
            if used == Self.capacity { flush() }
            scratch[used] = written < 16 ? UInt8(truncatingIfNeeded: value &>> (8 &* written)) : fill
            used &+= 1
            written &+= 1
        }
    }

    mutating func appendText(_ text: RawSpan) {
        appendLength(text.byteCount)
        append(text)
    }

    /// Appends words of `width` bytes, each reversed.
    mutating func appendReversed(_ words: RawSpan, width: Int) {
        byteCount &+= UInt64(words.byteCount)
        var done = 0
        while done < words.byteCount {
            // Words wider than the scratch would need another way, but types of that size are not numbers.
            let room = (Self.capacity &- used) / width * width
            guard room > 0 else {
                if used == 0 { return appendHugeReversed(words, width: width) }
                flush()
                continue
            }
            let count = min(room, words.byteCount &- done)
            let piece = words.extracting(done..<(done &+ count))
            write(count) { target in
                piece.withUnsafeBytes { source in
                    switch width {
                    case 2: Self.swap(UInt16.self, source, target)
                    case 4: Self.swap(UInt32.self, source, target)
                    case 8: Self.swap(UInt64.self, source, target)
                    default:
                        for start in stride(from: 0, to: count, by: width) {
                            for index in 0..<width { target[start &+ index] = source[start &+ width &- 1 &- index] }
                        }
                    }
                }
            }
            done &+= count
        }
    }

    private mutating func appendHugeReversed(_ words: RawSpan, width: Int) {
        for start in stride(from: 0, to: words.byteCount, by: width) {
            for index in 0..<width {
                if used == Self.capacity { flush() }
                scratch[used] = words[byte: start &+ width &- 1 &- index]
                used &+= 1
            }
        }
    }

    @inline(__always)
    private static func swap<Word: FixedWidthInteger & BitwiseCopyable>(
        _ word: Word.Type, _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer
    ) {
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        for index in 0..<(source.count / MemoryLayout<Word>.size) {
            let offset = index &* MemoryLayout<Word>.size
            let value = from.loadUnaligned(fromByteOffset: offset, as: Word.self)
            to.storeBytes(of: value.byteSwapped, toByteOffset: offset, as: Word.self)
        }
    }
}
