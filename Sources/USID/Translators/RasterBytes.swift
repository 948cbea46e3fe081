import HDF5
import HDF5Format

/// The bytes of a file that is to be translated, and how much memory its content may take.
struct RasterBytes: Sendable {
    /// The path, for errors.
    let path: String
    let bytes: [UInt8]
    /// The most bytes that one picture or array may take in memory.
    let limit: Int

    var count: Int { bytes.count }

    // MARK: Errors

    func damaged(at offset: Int, _ message: String) -> USIDError {
        USIDError(.damagedFile, path: path, "at byte \(offset): \(message): get the file anew from where it was made")
    }

    func unsupported(at offset: Int, _ message: String) -> USIDError {
        USIDError(.unsupportedFile, path: path, "at byte \(offset): \(message)")
    }

    /// Runs the decoding of something, and turns errors of the layers below into one that names the file.
    func reading<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as H5Error {
            throw damaged(at: Int(truncatingIfNeeded: error.address ?? 0), error.message)
        }
    }

    /// Checks the number of bytes that something takes before memory is asked for.
    ///
    /// - Parameter most: The most that the bytes of the file can stand for.
    func check(size: Int?, most: Int, at offset: Int, _ what: String) throws -> Int {
        guard let size, size <= limit else {
            let text = size.map { "\($0)" } ?? "more than 2⁶³"
            throw USIDError(
                .tooLarge, path: path,
                "at byte \(offset): \(what) takes \(text) bytes in memory, and \(limit) are allowed: raise the limit if "
                    + "you trust the file")
        }
        guard size <= most else {
            throw damaged(at: offset, "\(what) takes \(size) bytes, and the file holds what makes \(most) at most")
        }
        return size
    }

    // MARK: Fields

    func uint8(at offset: Int) throws -> UInt8 {
        try field(at: offset) { try $0.readUInt8() }
    }

    func uint16(at offset: Int, bigEndian: Bool) throws -> UInt16 {
        let value = try field(at: offset) { try $0.readUInt16() }
        return bigEndian ? value.byteSwapped : value
    }

    func uint32(at offset: Int, bigEndian: Bool) throws -> UInt32 {
        let value = try field(at: offset) { try $0.readUInt32() }
        return bigEndian ? value.byteSwapped : value
    }

    func uint64(at offset: Int, bigEndian: Bool) throws -> UInt64 {
        let value = try field(at: offset) { try $0.readUInt64() }
        return bigEndian ? value.byteSwapped : value
    }

    /// Copies bytes.
    func array(at offset: Int, count: Int) throws -> [UInt8] {
        try field(at: offset) { try $0.readArray(count) }
    }

    /// Checks that a range lies in the file.
    func range(at offset: Int, count: Int) throws -> Range<Int> {
        try field(at: offset) { try $0.skip(count) }
        return offset..<(offset &+ count)
    }

    /// Whether the file has some bytes at a place.
    func hasBytes(_ expected: [UInt8], at offset: Int) -> Bool {
        (try? array(at: offset, count: expected.count)) == expected
    }

    private func field<Value>(at offset: Int, _ read: (inout ByteCursor) throws -> Value) throws -> Value {
        var cursor = ByteCursor(bytes.span.bytes, sizes: FieldSizes())
        do {
            try cursor.move(to: offset)
            return try read(&cursor)
        } catch let error as H5Error {
            let place = error.code == .truncated && offset > count ? count : offset
            throw damaged(at: place, "the file ends too early (\(error.message))")
        }
    }

    // MARK: Text

    /// Bytes up to the first NUL as text: UTF-8 where it is, else Latin-1.
    static func text(_ bytes: some Collection<UInt8>) -> String {
        let kept = bytes.prefix { $0 != 0 }
        if let text = String(validating: kept, as: UTF8.self) { return text }
        return latin1(kept)
    }

    static func latin1(_ bytes: some Collection<UInt8>) -> String {
        var text = ""
        for byte in bytes { text.unicodeScalars.append(Unicode.Scalar(byte)) }
        return text
    }
}

extension USIDError.Code {
    /// A file that is to be translated contradicts its own format.
    public static let damagedFile = USIDError.Code(rawValue: "damagedFile")
    /// A file that is to be translated is of a kind that is not read; the message says why.
    public static let unsupportedFile = USIDError.Code(rawValue: "unsupportedFile")
    /// What a file states takes more memory than is allowed.
    public static let tooLarge = Self(rawValue: "tooLarge")
    /// The system cannot read the file.
    public static let unreadableFile = Self(rawValue: "unreadableFile")
}

/// The product of non-negative numbers; nil where it is no `Int`.
func product(_ factors: Int...) -> Int? {
    var result = 1
    for factor in factors {
        let (next, overflow) = result.multipliedReportingOverflow(by: factor)
        guard !overflow, factor >= 0 else { return nil }
        result = next
    }
    return result
}
