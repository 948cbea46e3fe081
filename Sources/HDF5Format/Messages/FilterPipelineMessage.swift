/// Filter Pipeline message (0x000B): the filters that chunks pass through, in the order of writing.
///
/// | field                     | version 1                   | version 2                          |
/// |---------------------------|-----------------------------|------------------------------------|
/// | version, number (u8 each) | and 6 reserved bytes        |                                    |
/// | per filter: u16 id        |                             |                                    |
/// | u16 name length           | a multiple of 8             | only for ids from 256 on           |
/// | u16 flags (1: optional)   |                             |                                    |
/// | u16 number of values      |                             |                                    |
/// | name                      | padded to 8                 | as long as said                    |
/// | u32 each value            | 4 more bytes for odd counts |                                    |
package struct FilterPipelineMessage: Hashable, Sendable {
    /// The version of the message, 1 or 2.
    package var version: UInt8
    package var filters: [H5FilterDescription]

    /// The largest number of filters; the filter mask of a chunk has as many bits.
    package static let maximumCount = 32

    package init(version: UInt8 = 2, filters: [H5FilterDescription]) {
        self.version = version
        self.filters = filters
    }

    package init(from cursor: inout ByteCursor) throws {
        version = try cursor.expectVersion(1...2, "filter pipeline message")
        let count = Int(try cursor.readUInt8())
        guard count <= Self.maximumCount else {
            throw cursor.damaged("a pipeline of \(count) filters is not possible; 32 is the most")
        }
        if version == 1 { try cursor.skip(6) }
        filters = []
        filters.reserveCapacity(count)
        for _ in 0..<count {
            let identifier = try cursor.readUInt16()
            let nameLength = version == 1 || identifier >= 256 ? Int(try cursor.readUInt16()) : 0
            let flags = try cursor.readUInt16()
            let valueCount = Int(try cursor.readUInt16())
            let name = try cursor.readBytes(version == 1 ? (nameLength + 7) / 8 * 8 : nameLength)
            let text = H5Name(name.extracting(0..<(name.firstZero(from: 0) ?? name.byteCount))).string
            var values: [UInt32] = []
            values.reserveCapacity(min(valueCount, cursor.remaining / 4))
            for _ in 0..<valueCount { values.append(try cursor.readUInt32()) }
            if version == 1, valueCount % 2 == 1 { try cursor.skip(4) }
            filters.append(
                H5FilterDescription(identifier: identifier, name: text, flags: flags, clientValues: values))
        }
    }

    /// Writes the message; version 2 has no place for the names of filters below 256, which everybody knows.
    package func encode(to builder: inout ByteBuilder) throws {
        guard (1...2).contains(version), filters.count <= Self.maximumCount else {
            throw builder.unencodable("a pipeline of \(filters.count) filters in version \(version) is not possible")
        }
        builder.writeUInt8(version)
        try builder.writeUInt8(filters.count, "the number of filters")
        if version == 1 { builder.writeZeros(6) }
        for filter in filters {
            builder.writeUInt16(filter.identifier)
            var name = ByteBuilder(sizes: builder.sizes)
            if !filter.name.isEmpty { try name.writeNullTerminated(filter.name.utf8, "the name of a filter") }
            if version == 1 {
                name.pad(toMultipleOf: 8, from: 0)
            } else if filter.identifier < 256 {
                name = ByteBuilder(sizes: builder.sizes)
            }
            if version == 1 || filter.identifier >= 256 {
                try builder.writeUInt16(name.count, "the length of a filter's name")
            }
            builder.writeUInt16(filter.flags)
            try builder.writeUInt16(filter.clientValues.count, "the number of a filter's parameters")
            builder.writeBytes(name.bytes)
            for value in filter.clientValues { builder.writeUInt32(value) }
            if version == 1, filter.clientValues.count % 2 == 1 { builder.writeZeros(4) }
        }
    }
}

/// One filter of a dataset's pipeline, as the file describes it.
public struct H5FilterDescription: Hashable, Sendable {
    /// The registered number, such as 1 for deflate, 2 for shuffle, 3 for Fletcher-32.
    public var identifier: UInt16
    /// The name that the file gives; often empty.
    public var name: String
    /// The flags as stored; bit 0 marks a filter that may be skipped when it fails.
    public var flags: UInt16
    /// The filter's parameters.
    public var clientValues: [UInt32]

    /// Makes a filter description.
    public init(identifier: UInt16, name: String = "", flags: UInt16 = 0, clientValues: [UInt32] = []) {
        self.identifier = identifier
        self.name = name
        self.flags = flags
        self.clientValues = clientValues
    }

    /// Whether writing goes on without the filter when it fails.
    public var isOptional: Bool { flags & 1 != 0 }
}
