/// Fill Value messages (0x0005, and 0x0004 of old files): what unwritten elements read as.
///
/// | version 1, 2                    | version 3                                                        |
/// |---------------------------------|------------------------------------------------------------------|
/// | u8 version                      | u8 version 3                                                     |
/// | u8 allocation time              | u8 flags: 0-1 allocation time, 2-3 write time, 4 undefined, 5 value present |
/// | u8 write time                   |                                                                  |
/// | u8 defined                      |                                                                  |
/// | i32 size, bytes (when defined)  | flag 5: u32 size, bytes                                          |
///
/// The old message (0x0004) is a u32 size and that many bytes.
package struct FillValueMessage: Hashable, Sendable {
    /// The version of the message, 1 to 3; 0 for the message of old files (0x0004).
    package var version: UInt8
    package var fill: H5FillValue

    package init(version: UInt8 = 3, fill: H5FillValue) {
        self.version = version
        self.fill = fill
    }

    package init(from cursor: inout ByteCursor) throws {
        version = try cursor.expectVersion(1...3, "fill value message")
        let allocation: UInt8
        let write: UInt8
        var value: [UInt8]?
        var isUndefined = false
        if version < 3 {
            allocation = try cursor.readUInt8()
            write = try cursor.readUInt8()
            isUndefined = try cursor.readUInt8() == 0
            if !isUndefined {
                // Version 1 stores the size as a signed number; below 1 there is no value.
                let size = Int32(bitPattern: try cursor.readUInt32())
                if size > 0 { value = try cursor.readArray(Int(size)) }
            }
        } else {
            let flags = try cursor.readUInt8()
            allocation = flags & 3
            write = flags >> 2 & 3
            isUndefined = flags & 0x10 != 0
            if flags & 0x20 != 0 {
                guard !isUndefined else { throw cursor.damaged("a fill value is both undefined and present") }
                let size = Int(try cursor.readUInt32())
                if size > 0 { value = try cursor.readArray(size) }
            }
        }
        fill = H5FillValue(
            status: isUndefined ? .undefined : value.map { .user($0) } ?? .default,
            allocationTime: H5FillValue.AllocationTime(rawValue: allocation) ?? .default,
            writeTime: H5FillValue.WriteTime(rawValue: write) ?? .ifSet)
    }

    /// Decodes the message of old files (0x0004).
    package init(old cursor: inout ByteCursor) throws {
        let size = Int(try cursor.readUInt32())
        version = 0
        let status: H5FillValue.Status = size > 0 ? .user(try cursor.readArray(size)) : .undefined
        fill = H5FillValue(status: status, allocationTime: .late, writeTime: .ifSet)
    }

    /// Writes the message 0x0005, or for version 0 that of old files.
    package func encode(to builder: inout ByteBuilder) throws {
        var value: [UInt8] = []
        if case .user(let bytes) = fill.status { value = bytes }
        // A size of 0 stands for the default, so a value must have bytes.
        guard !value.isEmpty || fill.status == .undefined || fill.status == .default else {
            throw builder.unencodable("a fill value has no bytes")
        }
        let isDefined = fill.status != .undefined
        switch version {
        case 0:
            guard fill.status != .default else {
                throw builder.unencodable(
                    "the fill value message of old files cannot say that the value is the default")
            }
            try builder.writeUInt32(value.count, "the size of a fill value")
            builder.writeBytes(value)
        case 1, 2:
            builder.writeBytes([version, fill.allocationTime.rawValue, fill.writeTime.rawValue, isDefined ? 1 : 0])
            // Version 1 has the size in any case.
            guard isDefined || version == 1 else { return }
            guard let size = Int32(exactly: value.count) else {
                throw builder.unencodable("a fill value of \(value.count) bytes is too large")
            }
            builder.writeUInt32(UInt32(bitPattern: size))
            builder.writeBytes(value)
        case 3:
            let flags = fill.allocationTime.rawValue | fill.writeTime.rawValue << 2
            builder.writeBytes([version, flags | (isDefined ? 0 : 0x10) | (value.isEmpty ? 0 : 0x20)])
            guard !value.isEmpty else { return }
            try builder.writeUInt32(value.count, "the size of a fill value")
            builder.writeBytes(value)
        default: throw builder.unencodable("fill value messages of version \(version) are not known")
        }
    }
}

/// What the elements of a dataset read as where nothing was written.
public struct H5FillValue: Hashable, Sendable {
    /// Whether there is a fill value.
    public enum Status: Hashable, Sendable {
        /// None: such elements have no defined value (they read as zero).
        case undefined
        /// The library's: zero.
        case `default`
        /// The user's: the bytes of one element, as stored.
        case user([UInt8])
    }

    /// When storage is allocated.
    public enum AllocationTime: UInt8, Hashable, Sendable {
        /// The layout's own default.
        case `default` = 0
        /// When the dataset is created.
        case early = 1
        /// When data is first written.
        case late = 2
        /// Chunk by chunk, as data is written.
        case incremental = 3
    }

    /// When the fill value is written to new storage.
    public enum WriteTime: UInt8, Hashable, Sendable {
        /// When storage is allocated.
        case allocation = 0
        /// Never.
        case never = 1
        /// When storage is allocated and the user set a value.
        case ifSet = 2
    }

    /// Whether there is a fill value, and which.
    public var status: Status
    /// When storage is allocated.
    public var allocationTime: AllocationTime
    /// When the fill value is written.
    public var writeTime: WriteTime

    /// Makes a fill value description.
    public init(status: Status, allocationTime: AllocationTime = .default, writeTime: WriteTime = .ifSet) {
        self.status = status
        self.allocationTime = allocationTime
        self.writeTime = writeTime
    }
}
