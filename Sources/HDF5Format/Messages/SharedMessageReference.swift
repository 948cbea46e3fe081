/// What stands in place of a message that is stored elsewhere (message flag 2, and parts of attributes).
///
/// | version | layout                                                                                    |
/// |---------|-------------------------------------------------------------------------------------------|
/// | 1       | u8 1, u8 type, 6 reserved, a symbol-table entry (length: skipped, address, rest skipped)   |
/// | 2       | u8 2, u8 type, address of the object header that holds the message                        |
/// | 3       | u8 3, u8 type; type 1: 8-byte id in the heap of shared messages; 2: address as above      |
package enum SharedMessageReference: Hashable, Sendable {
    /// In the header of a committed object.
    case committed(address: UInt64)
    /// In the fractal heap of the file's shared messages.
    case heap(identifier: [UInt8])

    package init(from cursor: inout ByteCursor) throws {
        let version = try cursor.expectVersion(1...3, "shared message")
        let type = try cursor.readUInt8()
        switch version {
        case 1:
            try cursor.skip(6)
            try cursor.skip(cursor.sizes.lengths)
            self = .committed(address: try cursor.readDefinedAddress("committed object"))
        case 3 where type == 1: self = .heap(identifier: try cursor.readArray(8))
        default:
            guard version == 2 || type == 2 else { throw cursor.damaged("shared message type \(type) is not known") }
            self = .committed(address: try cursor.readDefinedAddress("committed object"))
        }
    }

    /// Writes version 2 for a committed object and version 3 for the heap, as libhdf5 does.
    package func encode(to builder: inout ByteBuilder) throws {
        switch self {
        case .committed(let address):
            builder.writeBytes([2, 2])
            try builder.writeAddress(address)
        case .heap(let identifier):
            guard identifier.count == 8 else {
                throw builder.unencodable("the identifier of a shared message has \(identifier.count) bytes, not 8")
            }
            builder.writeBytes([3, 1])
            builder.writeBytes(identifier)
        }
    }
}
