import HDF5Format

/// Changes the messages of an object header.
///
/// The header stays at its address for as long as the object lives. Messages that fit no more move, with others if need be,
/// to a continuation, which is the only one that grows: by moving to a larger block. Messages of unknown types are kept.
struct ObjectHeaderEditor {
    /// The first block of a header, or a continuation.
    private struct Chunk {
        var address: UInt64
        /// All bytes of a continuation; of the first chunk those of the messages.
        var size: Int
        var messages: [EncodedMessage]
        /// The messages as they are stored, null messages included.
        var storedCount: Int
        var isChanged: Bool
    }

    let address: UInt64
    private(set) var prefix: ObjectHeaderPrefix
    private var chunks: [Chunk]
    private let storage: FileStorage
    private var isPrefixChanged = false

    /// No header of a sound file has more continuations.
    private static let maximumChunks = 10_000

    /// Reads the header at an address.
    init(_ address: UInt64, in storage: FileStorage) throws {
        self.address = address
        self.storage = storage
        let prefix = try storage.withCursor(at: address, upTo: ObjectHeaderPrefix.maximumSize) {
            try ObjectHeaderPrefix(from: &$0)
        }
        self.prefix = prefix
        chunks = []
        let trailer = prefix.version == 1 ? 0 : 4
        let (end, overflow) = prefix.messageBytes.addingReportingOverflow(prefix.size + trailer)
        guard !overflow else { throw H5Error(.damaged, "the size of an object header overflows", address: address) }
        try storage.withCursor(at: address, count: end) { cursor in
            if prefix.version == 2 {
                try cursor.move(to: end - 4)
                try cursor.expectChecksum("object header")
            }
            try cursor.move(to: prefix.size)
            chunks.append(
                try Self.chunk(
                    &cursor, prefix, address: address, size: prefix.messageBytes, messageBytes: prefix.messageBytes))
        }
        var next = 0
        while next < chunks.count {
            for message in chunks[next].messages where message.type == .continuation {
                var body = ByteCursor(message.body.span.bytes, sizes: storage.sizes, address: address)
                let continuation = try ContinuationMessage(from: &body)
                guard chunks.count < Self.maximumChunks, !chunks.contains(where: { $0.address == continuation.address })
                else {
                    throw H5Error(.damaged, "the continuations of an object header form a circle", address: address)
                }
                chunks.append(try Self.continuation(continuation, prefix, storage))
            }
            next += 1
        }
        for message in messages where !message.type.isKnown {
            guard message.flags.isDisjoint(with: [.failIfUnknown, .failIfUnknownAndWriting]) else {
                throw H5Error(
                    .unsupported,
                    "message type 0x\(String(message.type.rawValue, radix: 16)) is not known, and the file demands that who "
                        + "does not know it leaves the object alone", address: address)
            }
        }
    }

    private static func continuation(
        _ place: ContinuationMessage, _ prefix: ObjectHeaderPrefix, _ storage: FileStorage
    ) throws -> Chunk {
        let count = try Int(checking: place.length, "the length of a continuation")
        return try storage.withCursor(at: place.address, count: count) { cursor in
            guard prefix.version == 2 else {
                return try chunk(&cursor, prefix, address: place.address, size: count, messageBytes: count)
            }
            guard count >= 8 else { throw cursor.damaged("a continuation of \(count) bytes is not possible") }
            try cursor.move(to: count - 4)
            try cursor.expectChecksum("continuation of an object header")
            try cursor.move(to: 0)
            try cursor.expectSignature(.objectHeaderContinuation, "continuation of an object header")
            return try chunk(&cursor, prefix, address: place.address, size: count, messageBytes: count - 8)
        }
    }

    /// Reads the messages from the cursor on; `size` is what `Chunk` says.
    private static func chunk(
        _ cursor: inout ByteCursor, _ prefix: ObjectHeaderPrefix, address: UInt64, size: Int, messageBytes: Int
    ) throws -> Chunk {
        let body = try cursor.readBytes(messageBytes)
        var slice = ByteCursor(body, sizes: cursor.sizes, address: address)
        var found: [HeaderMessage] = []
        try prefix.readMessages(from: &slice, base: 0, into: &found)
        var messages: [EncodedMessage] = []
        for message in found where message.type != .null {
            messages.append(
                EncodedMessage(
                    type: message.type, flags: message.flags, creationOrder: message.creationOrder,
                    body: Array(copying: body.extracting(message.offset..<(message.offset + message.count)))))
        }
        return Chunk(
            address: address, size: size, messages: messages, storedCount: found.count, isChanged: false)
    }

    // MARK: Making headers

    /// Makes a header of a new object.
    ///
    /// - Parameter room: How many bytes of messages the first chunk has room for at least.
    static func create(
        _ messages: [EncodedMessage], version: UInt8, tracksAttributeCreationOrder: Bool = false,
        indexesAttributeCreationOrder: Bool = false, thresholds: (compact: UInt16, dense: UInt16)? = nil,
        times: ObjectHeaderPrefix.Times? = nil, room: Int = 0, in storage: FileStorage
    ) throws -> UInt64 {
        var prefix: ObjectHeaderPrefix
        if version == 1 {
            prefix = ObjectHeaderPrefix(messageCount: 0, referenceCount: 1, messageBytes: 0)
        } else {
            prefix = ObjectHeaderPrefix(
                messageBytes: 0, tracksAttributeCreationOrder: tracksAttributeCreationOrder,
                indexesAttributeCreationOrder: indexesAttributeCreationOrder, attributeThresholds: thresholds,
                times: times)
        }
        let messages = messages.map { prefix.fitted($0) }
        let used = messages.reduce(0) { $0 + prefix.size(of: $1) }
        // What leads to a continuation must fit, for messages that come later.
        let least = prefix.messageHeaderSize + storage.sizes.offsets + storage.sizes.lengths
        var bytes = (max(used, room, least) + 7) & ~7
        if version == 1 {
            prefix.messageBytes = bytes
            prefix.messageCount = messages.count + prefix.nullMessageCount(unused: bytes - used)
        } else {
            let fixed = prefix.size - 1 << 2
            for width in UInt8(0)...2 {
                // Headers of whole multiples of eight bytes leave no gaps between them and aligned data.
                let frame = fixed + 1 << Int(width) + 4
                bytes = (max(used, room, least) + frame + 7) & ~7 - frame
                guard width < 2, bytes >= 1 << (8 << Int(width)) else {
                    prefix = ObjectHeaderPrefix(
                        messageBytes: bytes, sizeWidthBits: width,
                        tracksAttributeCreationOrder: tracksAttributeCreationOrder,
                        indexesAttributeCreationOrder: indexesAttributeCreationOrder,
                        attributeThresholds: thresholds, times: times)
                    break
                }
            }
        }
        var builder = ByteBuilder(sizes: storage.sizes)
        builder.reserveCapacity(prefix.size + bytes + 4)
        try prefix.encodeFirstChunk(messages, to: &builder)
        let address = try storage.allocate(builder.count)
        try storage.write(builder.bytes, at: address)
        return address
    }

    // MARK: Looking

    /// All messages but null messages and continuations.
    var messages: [EncodedMessage] {
        chunks.flatMap { $0.messages.filter { $0.type != .continuation } }
    }

    /// The first message of a type.
    func first(_ type: MessageType) -> EncodedMessage? {
        for chunk in chunks {
            if let message = chunk.messages.first(where: { $0.type == type }) { return message }
        }
        return nil
    }

    /// The number of messages of a type.
    func count(of type: MessageType) -> Int { chunks.reduce(0) { $0 + $1.messages.count { $0.type == type } } }

    /// Decodes the first message of a type that is in the header itself.
    func decode<T>(_ type: MessageType, _ body: (inout ByteCursor) throws -> T) throws -> T? {
        guard let message = first(type) else { return nil }
        return try decode(message, body)
    }

    /// Decodes a message.
    func decode<T>(_ message: EncodedMessage, _ body: (inout ByteCursor) throws -> T) throws -> T {
        var cursor = ByteCursor(message.body.span.bytes, sizes: storage.sizes, address: address)
        return try body(&cursor)
    }

    /// The number of hard links to the object.
    func referenceCount() throws -> Int {
        try decode(.referenceCount) { Int(try ReferenceCountMessage(from: &$0).count) } ?? Int(prefix.referenceCount)
    }

    // MARK: Changing

    /// Encodes a message for this header.
    func message(
        _ type: MessageType, flags: MessageFlags = [], creationOrder: UInt16? = nil,
        _ body: (inout ByteBuilder) throws -> Void
    ) throws -> EncodedMessage {
        var builder = ByteBuilder(sizes: storage.sizes)
        try body(&builder)
        return EncodedMessage(type: type, flags: flags, creationOrder: creationOrder, body: builder.bytes)
    }

    /// Adds a message.
    mutating func add(_ message: EncodedMessage) throws {
        let message = prefix.fitted(message)
        guard message.body.count <= Int(UInt16.max) else {
            throw H5Error(
                .notInGeneration, "a message of \(message.body.count) bytes does not fit an object header",
                address: address)
        }
        for index in chunks.indices where unused(in: index) >= prefix.size(of: message) {
            return insert(message, at: index)
        }
        try enlarge(for: prefix.size(of: message))
        insert(message, at: chunks.count - 1)
    }

    /// Removes the messages that a predicate picks; answers them.
    @discardableResult
    mutating func remove(where isPicked: (EncodedMessage) throws -> Bool) rethrows -> [EncodedMessage] {
        var removed: [EncodedMessage] = []
        for index in chunks.indices {
            var kept: [EncodedMessage] = []
            for message in chunks[index].messages {
                if try message.type != .continuation && isPicked(message) {
                    removed.append(message)
                } else {
                    kept.append(message)
                }
            }
            guard kept.count < chunks[index].messages.count else { continue }
            chunks[index].messages = kept
            chunks[index].isChanged = true
        }
        return removed
    }

    /// Puts a message in the place of the first that a predicate picks, or adds it where there is none.
    mutating func replace(
        _ message: EncodedMessage, where isPicked: (EncodedMessage) throws -> Bool
    ) throws {
        let message = prefix.fitted(message)
        for index in chunks.indices {
            guard
                let place = try chunks[index].messages.firstIndex(where: {
                    try $0.type != .continuation && isPicked($0)
                })
            else { continue }
            let old = chunks[index].messages[place]
            if message.body.count <= old.body.count + unused(in: index) {
                guard message != old else { return }
                chunks[index].messages[place] = message
                chunks[index].isChanged = true
                return
            }
            chunks[index].messages.remove(at: place)
            chunks[index].isChanged = true
            break
        }
        try add(message)
    }

    /// Puts a message in the place of the one of its type, or adds it where there is none.
    mutating func replace(_ message: EncodedMessage) throws {
        try replace(message) { $0.type == message.type }
    }

    /// Sets the number of hard links.
    mutating func setReferenceCount(_ count: Int) throws {
        guard let number = UInt32(exactly: count) else {
            throw H5Error(.invalidArgument, "an object cannot have \(count) hard links", address: address)
        }
        if prefix.version == 1 {
            prefix.referenceCount = number
            isPrefixChanged = true
        } else if count == 1 {
            remove { $0.type == .referenceCount }
        } else {
            try replace(try message(.referenceCount) { ReferenceCountMessage(count: number).encode(to: &$0) })
        }
    }

    private mutating func insert(_ message: EncodedMessage, at index: Int) {
        chunks[index].messages.append(message)
        chunks[index].isChanged = true
    }

    /// The bytes that no message takes.
    private func unused(in index: Int) -> Int {
        let chunk = chunks[index]
        let overhead = index > 0 && prefix.version == 2 ? 8 : 0
        return chunk.size - overhead - chunk.messages.reduce(0) { $0 + prefix.size(of: $1) }
    }

    /// Makes room for `count` more bytes in the last chunk.
    private mutating func enlarge(for count: Int) throws {
        let overhead = prefix.version == 2 ? 8 : 0
        if chunks.count > 1 {
            // The last continuation moves to a block that is larger by half.
            let last = chunks.count - 1
            let used = chunks[last].size - unused(in: last)
            let size = (used + count + (used + count) / 2 + 7) & ~7
            let moved = try storage.allocate(size)
            try storage.release(chunks[last].address, chunks[last].size)
            let place = try continuationMessage(moved, size)
            let old = chunks[last].address
            for index in chunks.indices {
                guard let slot = try chunks[index].messages.firstIndex(where: { try leads($0, to: old) }) else {
                    continue
                }
                chunks[index].messages[slot] = place
                chunks[index].isChanged = true
            }
            chunks[last].address = moved
            chunks[last].size = size
            chunks[last].isChanged = true
            return
        }
        // What leads to the continuation needs room in the first chunk, from which other messages move.
        let place = try continuationMessage(0, 0)
        var displaced: [EncodedMessage] = []
        while unused(in: 0) < prefix.size(of: place), let last = chunks[0].messages.popLast() {
            displaced.insert(last, at: 0)
        }
        guard unused(in: 0) >= prefix.size(of: place) else {
            throw H5Error(.unsupported, "the object header has no room for a continuation", address: address)
        }
        let needed = displaced.reduce(count) { $0 + prefix.size(of: $1) } + overhead
        let size = (needed + needed / 4 + 7) & ~7
        let block = try storage.allocate(size)
        chunks[0].messages.append(try continuationMessage(block, size))
        chunks[0].isChanged = true
        chunks.append(Chunk(address: block, size: size, messages: displaced, storedCount: 0, isChanged: true))
    }

    private func continuationMessage(_ address: UInt64, _ length: Int) throws -> EncodedMessage {
        prefix.fitted(
            try message(.continuation) {
                try ContinuationMessage(address: address, length: UInt64(length)).encode(to: &$0)
            })
    }

    private func leads(_ message: EncodedMessage, to address: UInt64) throws -> Bool {
        guard message.type == .continuation else { return false }
        return try decode(message) { try ContinuationMessage(from: &$0) }.address == address
    }

    // MARK: Writing

    /// Writes what has changed.
    mutating func write() throws {
        for index in chunks.indices where chunks[index].isChanged {
            let count = chunks[index].messages.count + prefix.nullMessageCount(unused: unused(in: index))
            if count != chunks[index].storedCount {
                chunks[index].storedCount = count
                isPrefixChanged = true
            }
            for slot in chunks[index].messages.indices where !chunks[index].messages[slot].type.isKnown {
                // Tells programs that know the message that it may no longer be true.
                guard chunks[index].messages[slot].flags.contains(.markIfUnknown) else { continue }
                chunks[index].messages[slot].flags.insert(.wasUnknown)
            }
        }
        if prefix.version == 1, isPrefixChanged {
            prefix.messageCount = chunks.reduce(0) { $0 + $1.storedCount }
            chunks[0].isChanged = true
        }
        for index in chunks.indices where chunks[index].isChanged {
            let chunk = chunks[index]
            try storage.write(at: chunk.address) { builder in
                if index == 0 {
                    try prefix.encodeFirstChunk(chunk.messages, to: &builder)
                } else {
                    try prefix.encodeContinuation(chunk.messages, size: chunk.size, to: &builder)
                }
            }
            chunks[index].isChanged = false
        }
        isPrefixChanged = false
    }

    /// Gives the space of the whole header back.
    func release() throws {
        try storage.release(address, prefix.size + chunks[0].size + (prefix.version == 1 ? 0 : 4))
        for chunk in chunks.dropFirst() { try storage.release(chunk.address, chunk.size) }
    }
}

extension ObjectHeaderPrefix {
    /// A message as a header with this prefix stores it: padded in version 1, with an order of creation where it is tracked.
    fileprivate func fitted(_ message: EncodedMessage) -> EncodedMessage {
        var message = message
        if version == 1 {
            let padding = (8 - message.body.count % 8) % 8
            if padding > 0 { message.body.append(contentsOf: repeatElement(0, count: padding)) }
            message.creationOrder = nil
        } else {
            message.creationOrder = tracksAttributeCreationOrder ? message.creationOrder ?? 0 : nil
        }
        return message
    }
}
