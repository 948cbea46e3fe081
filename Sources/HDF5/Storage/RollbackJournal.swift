import HDF5Format

/// The bytes that a file had before they were changed in place, in a file of their own beside it.
///
/// The header:
///
/// | bytes | field                                                       |
/// |-------|-------------------------------------------------------------|
/// | 8     | `89 48 35 4A 0D 0A 1A 0A`                                   |
/// | 4     | version 1                                                   |
/// | 8     | the size of the file before                                 |
/// | 4     | checksum of all of these                                    |
///
/// and any number of segments:
///
/// | bytes | field                                                       |
/// |-------|-------------------------------------------------------------|
/// | 4     | the segment's number, from 0                                |
/// | 4     | the number of records                                       |
/// | 8     | the bytes of the records                                    |
/// |       | per record: 8 offset in the file, 4 length, the bytes       |
/// | 4     | checksum of the segment                                     |
///
/// A segment is synchronised before the first byte that it saves is changed. So one that is cut off or does not match its
/// checksum saves nothing that was changed, and it and all behind it are left alone.
struct RollbackJournal: Sendable {
    /// A piece of the file, and where its former bytes lie in the journal.
    struct Record: Sendable {
        var offset: UInt64
        var count: Int
        var position: UInt64
    }

    /// The size of the file before it was changed.
    let originalSize: UInt64
    /// What was saved, in order of the offsets; no two overlap.
    let records: [Record]
    private let source: any ByteSource

    static let signature: [UInt8] = [0x89, 0x48, 0x35, 0x4A, 0x0D, 0x0A, 0x1A, 0x0A]
    fileprivate static let headerSize = 24
    fileprivate static let segmentPrefixSize = 16
    /// No segment is larger, so that reading one takes little memory.
    fileprivate static let maximumSegmentBytes = 4 << 20

    /// The name of the journal of a file.
    static func path(for path: String) -> String { path + ".journal" }

    /// Reads a journal; nil where not even its header was completed, so that nothing was changed.
    ///
    /// - Throws: `H5Error` with the code `unsupported` for a journal of a later version.
    init?(_ source: any ByteSource) throws {
        guard source.size >= UInt64(Self.headerSize) else { return nil }
        self.source = source
        let header = try Self.bytes(source, 0, Self.headerSize)
        var cursor = ByteCursor(header.span.bytes, sizes: FieldSizes())
        guard try cursor.readArray(Self.signature.count) == Self.signature else { return nil }
        let version = try cursor.readUInt32()
        originalSize = try cursor.readUInt64()
        let sum = MetadataChecksum.lookup3(header.span.bytes.extracting(0..<cursor.position))
        guard try cursor.readUInt32() == sum else { return nil }
        guard version == 1 else {
            throw H5Error(
                .unsupported,
                "the journal beside the file has version \(version), which only a later release can roll back"
            )
        }
        var records: [Record] = []
        var position = UInt64(Self.headerSize)
        var number: UInt32 = 0
        while let segment = try Self.segment(source, at: position, number: number, originalSize: originalSize) {
            records += segment.records
            position = segment.end
            number &+= 1
        }
        records.sort { $0.offset < $1.offset }
        for index in records.indices.dropFirst()
        where records[index - 1].offset + UInt64(records[index - 1].count) > records[index].offset {
            throw H5Error(.damaged, "the journal beside the file saves one place twice", address: records[index].offset)
        }
        self.records = records
    }

    /// Reads one segment; nil where it is not complete.
    private static func segment(
        _ source: any ByteSource, at start: UInt64, number: UInt32, originalSize: UInt64
    ) throws -> (records: [Record], end: UInt64)? {
        guard source.size >= start, source.size - start >= UInt64(segmentPrefixSize + 4) else { return nil }
        let prefix = try bytes(source, start, segmentPrefixSize)
        var cursor = ByteCursor(prefix.span.bytes, sizes: FieldSizes())
        guard try cursor.readUInt32() == number else { return nil }
        let count = try cursor.readUInt32()
        let length = try cursor.readUInt64()
        guard length <= UInt64(maximumSegmentBytes),
            length + UInt64(segmentPrefixSize + 4) <= source.size - start
        else { return nil }
        let whole = try bytes(source, start, segmentPrefixSize + Int(length) + 4)
        cursor = ByteCursor(whole.span.bytes, sizes: FieldSizes())
        try cursor.move(to: whole.count - 4)
        let stored = try cursor.readUInt32()
        guard MetadataChecksum.lookup3(whole.span.bytes.extracting(0..<(whole.count - 4))) == stored else { return nil }
        try cursor.move(to: segmentPrefixSize)
        var records: [Record] = []
        for _ in 0..<count {
            let offset = try cursor.readUInt64()
            let count = Int(try cursor.readUInt32())
            guard offset <= originalSize, UInt64(count) <= originalSize - offset else {
                throw H5Error(.damaged, "the journal beside the file saves bytes behind its end", address: offset)
            }
            records.append(Record(offset: offset, count: count, position: start + UInt64(cursor.position)))
            try cursor.skip(count)
        }
        return (records, start + UInt64(whole.count))
    }

    private static func bytes(_ source: any ByteSource, _ offset: UInt64, _ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBytes { try source.read(at: offset, into: $0) }
        return bytes
    }

    /// The former bytes of a record.
    func bytes(of record: Record) throws -> [UInt8] { try Self.bytes(source, record.position, record.count) }

    /// Gives a file its former bytes and size back.
    func restore(_ file: any WritableFile) throws {
        if file.size < originalSize { try file.resize(to: originalSize) }
        for record in records { try file.write(try bytes(of: record), at: record.offset) }
        if file.size > originalSize { try file.resize(to: originalSize) }
        try file.synchronize()
    }
}

/// A file as it was before changes that a journal can undo; nothing is written.
final class RolledBackSource: ByteSource {
    private let file: any ByteSource
    private let journal: RollbackJournal

    init(_ file: any ByteSource, journal: RollbackJournal) throws {
        self.file = file
        self.journal = journal
    }

    var size: UInt64 { journal.originalSize }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws {
        guard offset <= size, UInt64(buffer.count) <= size - offset else {
            throw H5Error(.truncated, "the file ends before \(buffer.count) bytes could be read", address: offset)
        }
        try file.read(at: offset, into: buffer)
        let records = journal.records
        let end = offset + UInt64(buffer.count)
        var (low, high) = (0, records.count)
        while low < high {
            let middle = (low + high) / 2
            if records[middle].offset + UInt64(records[middle].count) <= offset {
                low = middle + 1
            } else {
                high = middle
            }
        }
        while low < records.count, records[low].offset < end {
            let record = records[low]
            let bytes = try journal.bytes(of: record)
            let from = max(offset, record.offset)
            let to = min(end, record.offset + UInt64(record.count))
            // Both ranges are inside their buffers, being cut to what they share.
            bytes.withUnsafeBytes { bytes in
                UnsafeMutableRawBufferPointer(rebasing: buffer[Int(from - offset)..<Int(to - offset)]).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: bytes[Int(from - record.offset)..<Int(to - record.offset)]))
            }
            low += 1
        }
    }
}

/// Writes a journal, segment by segment.
struct RollbackJournalWriter: Sendable {
    private let file: any WritableFile
    private var position: UInt64
    private var number: UInt32 = 0
    private var records = ByteBuilder(sizes: FieldSizes())
    private var recordCount: UInt32 = 0

    /// Starts a journal for a file of a size.
    init(_ file: any WritableFile, originalSize: UInt64) throws {
        self.file = file
        var header = ByteBuilder(sizes: FieldSizes())
        header.writeBytes(RollbackJournal.signature)
        header.writeUInt32(1)
        header.writeUInt64(originalSize)
        header.writeChecksum(from: 0)
        try file.write(header.bytes, at: 0)
        position = UInt64(header.count)
    }

    /// Adds bytes that are to be changed.
    mutating func save(_ bytes: [UInt8], at offset: UInt64) throws {
        if records.count + bytes.count + 12 > RollbackJournal.maximumSegmentBytes { try endSegment() }
        records.writeUInt64(offset)
        try records.writeUInt32(bytes.count, "the length of a record")
        records.writeBytes(bytes)
        recordCount += 1
    }

    /// Hands all that was added to the system.
    mutating func finish() throws { try endSegment() }

    /// Returns when all that was added is on the disk.
    mutating func synchronize() throws {
        try endSegment()
        try file.synchronize()
    }

    private mutating func endSegment() throws {
        guard recordCount > 0 else { return }
        var segment = ByteBuilder(sizes: FieldSizes())
        segment.reserveCapacity(records.count + RollbackJournal.segmentPrefixSize + 4)
        segment.writeUInt32(number)
        segment.writeUInt32(recordCount)
        segment.writeUInt64(UInt64(records.count))
        segment.writeBytes(records.bytes)
        segment.writeChecksum(from: 0)
        try file.write(segment.bytes, at: position)
        position += UInt64(segment.count)
        number += 1
        records = ByteBuilder(sizes: FieldSizes())
        recordCount = 0
    }
}
