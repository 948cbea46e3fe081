/// The types of object header messages.
///
/// Computed, since a stored one is looked up by a call for every message of every object.
package struct MessageType: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16
    @inlinable package init(rawValue: UInt16) { self.rawValue = rawValue }

    @inlinable package static var null: MessageType { MessageType(rawValue: 0x00) }
    @inlinable package static var dataspace: MessageType { MessageType(rawValue: 0x01) }
    @inlinable package static var linkInfo: MessageType { MessageType(rawValue: 0x02) }
    @inlinable package static var datatype: MessageType { MessageType(rawValue: 0x03) }
    @inlinable package static var oldFillValue: MessageType { MessageType(rawValue: 0x04) }
    @inlinable package static var fillValue: MessageType { MessageType(rawValue: 0x05) }
    @inlinable package static var link: MessageType { MessageType(rawValue: 0x06) }
    @inlinable package static var externalFileList: MessageType { MessageType(rawValue: 0x07) }
    @inlinable package static var dataLayout: MessageType { MessageType(rawValue: 0x08) }
    @inlinable package static var bogus: MessageType { MessageType(rawValue: 0x09) }
    @inlinable package static var groupInfo: MessageType { MessageType(rawValue: 0x0A) }
    @inlinable package static var filterPipeline: MessageType { MessageType(rawValue: 0x0B) }
    @inlinable package static var attribute: MessageType { MessageType(rawValue: 0x0C) }
    @inlinable package static var comment: MessageType { MessageType(rawValue: 0x0D) }
    @inlinable package static var oldModificationTime: MessageType { MessageType(rawValue: 0x0E) }
    @inlinable package static var sharedMessageTable: MessageType { MessageType(rawValue: 0x0F) }
    @inlinable package static var continuation: MessageType { MessageType(rawValue: 0x10) }
    @inlinable package static var symbolTable: MessageType { MessageType(rawValue: 0x11) }
    @inlinable package static var modificationTime: MessageType { MessageType(rawValue: 0x12) }
    @inlinable package static var btreeKValues: MessageType { MessageType(rawValue: 0x13) }
    @inlinable package static var driverInfo: MessageType { MessageType(rawValue: 0x14) }
    @inlinable package static var attributeInfo: MessageType { MessageType(rawValue: 0x15) }
    @inlinable package static var referenceCount: MessageType { MessageType(rawValue: 0x16) }
    @inlinable package static var fileSpaceInfo: MessageType { MessageType(rawValue: 0x17) }
    @inlinable package static var metadataCacheImage: MessageType { MessageType(rawValue: 0x18) }

    /// Whether the format defines the type (0x09 exists in test files only).
    package var isKnown: Bool { rawValue <= 0x18 && rawValue != 0x09 }
}

/// The flags of an object header message.
package struct MessageFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }
    // The one that the standard library has cannot be specialised in other modules.
    @inlinable package init(arrayLiteral elements: MessageFlags...) {
        rawValue = elements.reduce(0) { $0 | $1.rawValue }
    }

    @inlinable package static var constant: MessageFlags { MessageFlags(rawValue: 0x01) }
    @inlinable package static var shared: MessageFlags { MessageFlags(rawValue: 0x02) }
    @inlinable package static var doNotShare: MessageFlags { MessageFlags(rawValue: 0x04) }
    @inlinable package static var failIfUnknownAndWriting: MessageFlags { MessageFlags(rawValue: 0x08) }
    @inlinable package static var markIfUnknown: MessageFlags { MessageFlags(rawValue: 0x10) }
    @inlinable package static var wasUnknown: MessageFlags { MessageFlags(rawValue: 0x20) }
    @inlinable package static var shareable: MessageFlags { MessageFlags(rawValue: 0x40) }
    @inlinable package static var failIfUnknown: MessageFlags { MessageFlags(rawValue: 0x80) }
}

/// Where one message of an object header is, and what it says about itself.
package struct HeaderMessage: Hashable, Sendable {
    package var type: MessageType
    package var flags: MessageFlags
    /// The creation order, in headers that track it.
    package var creationOrder: UInt16?
    /// The position of the body in the header's `bytes`.
    package var offset: Int
    /// The length of the body.
    package var count: Int
    /// The address of the body in the file.
    package var address: UInt64

    package init(
        type: MessageType, flags: MessageFlags, creationOrder: UInt16?, offset: Int, count: Int, address: UInt64
    ) {
        self.type = type
        self.flags = flags
        self.creationOrder = creationOrder
        self.offset = offset
        self.count = count
        self.address = address
    }
}

/// A message with its body, as a header is written.
package struct EncodedMessage: Hashable, Sendable {
    package var type: MessageType
    package var flags: MessageFlags
    /// The creation order, in headers that track it.
    package var creationOrder: UInt16?
    package var body: [UInt8]

    package init(type: MessageType, flags: MessageFlags = [], creationOrder: UInt16? = nil, body: [UInt8]) {
        self.type = type
        self.flags = flags
        self.creationOrder = creationOrder
        self.body = body
    }
}

/// The first part of an object header, before the messages.
///
/// Version 1:
///
/// | bytes | field                                              |
/// |-------|----------------------------------------------------|
/// | 1 + 1 | version 1, reserved                                |
/// | 2     | number of messages                                 |
/// | 4     | number of hard links                               |
/// | 4     | size of the messages that follow                   |
/// | 4     | padding                                            |
///
/// and per message u16 type, u16 size (a multiple of 8), u8 flags, 3 reserved, body.
///
/// Version 2:
///
/// | bytes  | field                                                                               |
/// |--------|-------------------------------------------------------------------------------------|
/// | 4      | `OHDR`                                                                              |
/// | 1      | version 2                                                                           |
/// | 1      | flags: 0-1 width of the size, 2 creation order of attributes tracked, 3 and indexed, 4 thresholds stored, 5 times stored |
/// | 4 × 4  | flag 5: times of access, modification, change, birth                                |
/// | 2 + 2  | flag 4: most compact attributes (8), fewest dense (6)                               |
/// | 1 to 8 | size of the messages that follow                                                    |
///
/// and per message u8 type, u16 size, u8 flags, [flag 2: u16 creation order], body; a gap shorter than a message
/// header may follow the last one; a checksum ends the chunk. Continuations of version 2 start with `OCHK`.
package struct ObjectHeaderPrefix: Hashable, Sendable {
    package var version: UInt8
    package var flags: UInt8
    /// Version 1: the number of messages in all chunks.
    package var messageCount: Int?
    /// Version 1: the number of hard links.
    package var referenceCount: UInt32
    /// The object's times, where stored.
    package var times: Times?
    package var maximumCompactAttributes: UInt16
    package var minimumDenseAttributes: UInt16
    /// The number of bytes of messages in the first chunk.
    package var messageBytes: Int
    /// The bytes before the first message.
    package var size: Int

    /// Seconds since 1970-01-01 UTC.
    package struct Times: Hashable, Sendable {
        package var access: UInt32
        package var modification: UInt32
        package var change: UInt32
        package var birth: UInt32

        package init(access: UInt32, modification: UInt32, change: UInt32, birth: UInt32) {
            self.access = access
            self.modification = modification
            self.change = change
            self.birth = birth
        }
    }

    /// No prefix is longer than this.
    package static let maximumSize = 34

    /// The time of the last modification, where stored.
    package var modificationTime: UInt32? { times?.modification }
    package var tracksAttributeCreationOrder: Bool { version == 2 && flags & 4 != 0 }
    package var indexesAttributeCreationOrder: Bool { version == 2 && flags & 8 != 0 }
    /// The bytes before the body of each message.
    package var messageHeaderSize: Int { version == 1 ? 8 : flags & 4 != 0 ? 6 : 4 }

    /// Makes the prefix of a version 1 header.
    package init(messageCount: Int, referenceCount: UInt32, messageBytes: Int) {
        version = 1
        flags = 0
        self.messageCount = messageCount
        self.referenceCount = referenceCount
        (maximumCompactAttributes, minimumDenseAttributes) = (8, 6)
        self.messageBytes = messageBytes
        size = 16
    }

    /// Makes the prefix of a version 2 header; the size of the messages takes 2^`sizeWidthBits` bytes.
    package init(
        messageBytes: Int, sizeWidthBits: UInt8 = 2, tracksAttributeCreationOrder: Bool = false,
        indexesAttributeCreationOrder: Bool = false, attributeThresholds: (compact: UInt16, dense: UInt16)? = nil,
        times: Times? = nil
    ) {
        version = 2
        flags = sizeWidthBits & 3
        if tracksAttributeCreationOrder { flags |= 4 }
        if indexesAttributeCreationOrder { flags |= 8 }
        if attributeThresholds != nil { flags |= 0x10 }
        if times != nil { flags |= 0x20 }
        referenceCount = 1
        self.times = times
        (maximumCompactAttributes, minimumDenseAttributes) = attributeThresholds ?? (8, 6)
        self.messageBytes = messageBytes
        size = 6 + (times == nil ? 0 : 16) + (attributeThresholds == nil ? 0 : 4) + 1 << Int(sizeWidthBits & 3)
    }

    package init(from cursor: inout ByteCursor) throws {
        referenceCount = 1
        (maximumCompactAttributes, minimumDenseAttributes) = (8, 6)
        let first = try cursor.readUInt8()
        if first == 1 {
            version = 1
            flags = 0
            try cursor.skip(1)
            messageCount = Int(try cursor.readUInt16())
            referenceCount = try cursor.readUInt32()
            messageBytes = Int(try cursor.readUInt32())
            try cursor.skip(4)
        } else {
            guard first == UInt8(ascii: "O") else { throw cursor.damaged("no object header is found there") }
            try cursor.move(to: 0)
            try cursor.expectSignature(.objectHeader, "object header")
            version = try cursor.expectVersion(2...2, "object header")
            flags = try cursor.readUInt8()
            guard flags & 0xC0 == 0 else { throw cursor.damaged("object header flags \(flags) are not known") }
            if flags & 0x20 != 0 {
                times = Times(
                    access: try cursor.readUInt32(), modification: try cursor.readUInt32(),
                    change: try cursor.readUInt32(), birth: try cursor.readUInt32())
            }
            if flags & 0x10 != 0 {
                maximumCompactAttributes = try cursor.readUInt16()
                minimumDenseAttributes = try cursor.readUInt16()
            }
            messageBytes = try Int(
                checking: try cursor.readUInt(width: 1 << Int(flags & 3)), "the size of an object header")
        }
        size = cursor.position
    }

    /// Writes what stands before the first message.
    package func encode(to builder: inout ByteBuilder) throws {
        if version == 1 {
            builder.writeUInt8(1)
            builder.writeZeros(1)
            try builder.writeUInt16(messageCount ?? 0, "the number of messages of an object header")
            builder.writeUInt32(referenceCount)
            try builder.writeUInt32(messageBytes, "the size of an object header")
            builder.writeZeros(4)
            return
        }
        builder.writeSignature(.objectHeader)
        builder.writeUInt8(2)
        guard flags & 0xC0 == 0, flags & 0x20 == 0 || times != nil else {
            throw builder.unencodable("object header flags \(flags) are not known, or promise times that are not there")
        }
        builder.writeUInt8(flags)
        if flags & 0x20 != 0, let times {
            for time in [times.access, times.modification, times.change, times.birth] { builder.writeUInt32(time) }
        }
        if flags & 0x10 != 0 {
            builder.writeUInt16(maximumCompactAttributes)
            builder.writeUInt16(minimumDenseAttributes)
        }
        try builder.writeUInt(messageBytes, width: 1 << Int(flags & 3), "the size of an object header")
    }

    /// Writes the first chunk of a header: this prefix, the messages, and in version 2 the checksum.
    package func encodeFirstChunk(_ messages: [EncodedMessage], to builder: inout ByteBuilder) throws {
        let start = builder.count
        try encode(to: &builder)
        try encode(messages, size: messageBytes, to: &builder)
        if version == 2 { builder.writeChecksum(from: start) }
    }

    /// Writes a continuation of `size` bytes, all included.
    package func encodeContinuation(_ messages: [EncodedMessage], size: Int, to builder: inout ByteBuilder) throws {
        guard version == 2 else { return try encode(messages, size: size, to: &builder) }
        let start = builder.count
        builder.writeSignature(.objectHeaderContinuation)
        try encode(messages, size: size - 8, to: &builder)
        builder.writeChecksum(from: start)
    }

    /// Writes the messages of one chunk, and what makes them fill `size` bytes: a null message, or a gap where none fits.
    private func encode(_ messages: [EncodedMessage], size: Int, to builder: inout ByteBuilder) throws {
        let start = builder.count
        for message in messages { try encode(message, to: &builder) }
        let rest = size - (builder.count - start)
        guard rest >= 0 else {
            throw builder.unencodable("messages of \(size - rest) bytes are given \(size) in their object header")
        }
        try encodeUnused(rest, to: &builder)
    }

    /// Writes null messages over `count` bytes, and a gap where no message fits.
    private func encodeUnused(_ count: Int, to builder: inout ByteBuilder) throws {
        let order: UInt16? = tracksAttributeCreationOrder ? 0 : nil
        var rest = count
        while rest >= messageHeaderSize {
            // Multiples of eight, as version 1 wants them.
            let size = min(rest - messageHeaderSize, 0xFFF8)
            try encode(
                EncodedMessage(type: .null, creationOrder: order, body: [UInt8](repeating: 0, count: size)),
                to: &builder)
            rest -= messageHeaderSize + size
        }
        guard version == 2 || rest == 0 else {
            throw builder.unencodable("messages of an object header of version 1 leave \(rest) bytes unused")
        }
        builder.writeZeros(rest)
    }

    /// The number of null messages that fill `count` unused bytes of a chunk.
    package func nullMessageCount(unused count: Int) -> Int {
        count < messageHeaderSize ? 0 : (count - messageHeaderSize) / (messageHeaderSize + 0xFFF8) + 1
    }

    /// The bytes that a message takes in a header, its own header included.
    package func size(of message: EncodedMessage) -> Int { messageHeaderSize + message.body.count }

    private func encode(_ message: EncodedMessage, to builder: inout ByteBuilder) throws {
        if version == 1 {
            guard message.body.count % 8 == 0, message.creationOrder == nil else {
                throw builder.unencodable(
                    "messages of an object header of version 1 have multiples of 8 bytes and no creation order")
            }
            builder.writeUInt16(message.type.rawValue)
            try builder.writeUInt16(message.body.count, "the size of a message")
            builder.writeUInt8(message.flags.rawValue)
            builder.writeZeros(3)
        } else {
            try builder.writeUInt8(Int(message.type.rawValue), "the type of a message")
            try builder.writeUInt16(message.body.count, "the size of a message")
            builder.writeUInt8(message.flags.rawValue)
            guard tracksAttributeCreationOrder == (message.creationOrder != nil) else {
                throw builder.unencodable("an object header tracks the creation order of all messages or of none")
            }
            if let order = message.creationOrder { builder.writeUInt16(order) }
        }
        builder.writeBytes(message.body)
    }

    /// Reads the messages of one chunk from a cursor that ends where they end.
    ///
    /// `base` is the position of the chunk's messages in the header's bytes.
    package func readMessages(from cursor: inout ByteCursor, base: Int, into messages: inout [HeaderMessage]) throws {
        while cursor.remaining >= messageHeaderSize {
            let type: UInt16
            let count: Int
            let flags: UInt8
            var creationOrder: UInt16?
            if version == 1 {
                type = try cursor.readUInt16()
                count = Int(try cursor.readUInt16())
                flags = try cursor.readUInt8()
                try cursor.skip(3)
            } else {
                type = UInt16(try cursor.readUInt8())
                count = Int(try cursor.readUInt16())
                flags = try cursor.readUInt8()
                if tracksAttributeCreationOrder { creationOrder = try cursor.readUInt16() }
            }
            guard count <= cursor.remaining else {
                throw cursor.damaged("a message of \(count) bytes reaches over the end of its object header")
            }
            messages.append(
                HeaderMessage(
                    type: MessageType(rawValue: type), flags: MessageFlags(rawValue: flags),
                    creationOrder: creationOrder, offset: base + cursor.position, count: count,
                    address: cursor.address &+ UInt64(cursor.position)))
            try cursor.skip(count)
        }
    }
}
