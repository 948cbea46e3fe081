import HDF5Format

/// An object header with all its continuations, read into memory.
///
/// Messages are found here and decoded by whoever needs them, so that opening an object costs one read and no
/// decoding of what nobody asks for.
struct ObjectHeader: Sendable {
    let address: UInt64
    private let content: Content

    /// What headers that differ in their layout message only have in common.
    private final class Content: Sendable {
        /// The address of the header that was read.
        let address: UInt64
        let prefix: ObjectHeaderPrefix
        let messages: [HeaderMessage]
        let kind: ObjectKind
        /// The prefix, the messages of the first chunk, and those of its continuations.
        let bytes: [UInt8]
        let storage: FileStorage
        /// The layout message, where the header is one chunk and all else in it can be the same in other headers.
        let ownLayout: HeaderMessage?

        init(
            address: UInt64, prefix: ObjectHeaderPrefix, messages: [HeaderMessage], bytes: [UInt8],
            storage: FileStorage
        ) {
            self.address = address
            self.prefix = prefix
            self.messages = messages
            self.bytes = bytes
            self.storage = storage
            kind = ObjectKind(of: messages)
            let layout = messages.first { $0.type.rawValue == MessageType.dataLayout.rawValue }
            let isWhole = bytes.count == prefix.size + prefix.messageBytes
            ownLayout = isWhole && kind == .dataset && layout?.flags.contains(.shared) == false ? layout : nil
        }
    }

    private init(address: UInt64, content: Content) {
        self.address = address
        self.content = content
    }

    var prefix: ObjectHeaderPrefix { content.prefix }
    var messages: [HeaderMessage] { content.messages }
    /// What the object is, as its messages tell.
    ///
    /// Links make a group, a type with a layout a dataset, a type alone a committed datatype.
    var kind: ObjectKind { content.kind }

    /// Whether the header shares its messages with the one that it was found to be like.
    var isSibling: Bool { address != content.address }

    /// Most headers are shorter; longer ones take a second look at the block cache.
    private static let usualSize = 512

    /// Reads the header at an address.
    static func load(_ address: UInt64, from storage: FileStorage) throws -> ObjectHeader {
        var window = BlockWindow()
        return try load(address, from: storage, in: &window)
    }

    /// Reads the header at an address.
    ///
    /// - Parameter window: Where in the file the last header was.
    static func load(
        _ address: UInt64, from storage: FileStorage, in window: inout BlockWindow
    ) throws -> ObjectHeader {
        var first: ObjectHeaderPrefix?
        // One look is enough for most headers.
        let header = try storage.withCursor(at: address, upTo: usualSize, in: &window) { cursor -> ObjectHeader? in
            let prefix = try ObjectHeaderPrefix(from: &cursor)
            first = prefix
            guard try end(of: prefix, at: address) <= cursor.count else { return nil }
            return try load(address, from: storage, prefix, &cursor)
        }
        if let header { return header }
        guard let prefix = first else { throw H5Error(.damaged, "no object header is found there", address: address) }
        return try storage.withCursor(at: address, count: try end(of: prefix, at: address)) {
            try load(address, from: storage, prefix, &$0)
        }
    }

    /// A header of the same bytes at another address.
    func alike(at address: UInt64) -> ObjectHeader { ObjectHeader(address: address, content: content) }

    /// The header at another address where it has the same bytes but for its layout message, and that message.
    ///
    /// Files with very many datasets have them made alike by a program; so they share what was read once.
    ///
    /// - Returns: Nil where the header is another one, or damaged, as reading it will tell.
    func sibling(
        at address: UInt64, in window: inout BlockWindow
    ) -> (header: ObjectHeader, layout: DataLayoutMessage)? {
        guard let layout = content.ownLayout else { return nil }
        let known = content.bytes
        let isChecked = content.prefix.version == 2
        let size = known.count + (isChecked ? 4 : 0)
        let storage = content.storage
        guard storage.contains(address, size) else { return nil }
        let decoded = try? storage.withCursor(at: address, count: size, in: &window) { cursor -> DataLayoutMessage? in
            let bytes = try cursor.readBytes(known.count)
            let end = layout.offset + layout.count
            guard bytes.hasSameBytes(as: known.span.bytes, in: 0..<layout.offset),
                bytes.hasSameBytes(as: known.span.bytes, in: end..<known.count)
            else { return nil }
            if isChecked { try cursor.expectChecksum("object header") }
            try cursor.move(to: layout.offset)
            var body = try cursor.readSlice(layout.count)
            return try DataLayoutMessage(from: &body)
        }
        guard let message = decoded ?? nil else { return nil }
        return (ObjectHeader(address: address, content: content), message)
    }

    /// The bytes of the first chunk of a header.
    private static func end(of prefix: ObjectHeaderPrefix, at address: UInt64) throws -> Int {
        let (end, overflow) = prefix.messageBytes.addingReportingOverflow(prefix.size + (prefix.version == 1 ? 0 : 4))
        guard !overflow else { throw H5Error(.damaged, "the size of an object header overflows", address: address) }
        return end
    }

    /// Reads a header whose first chunk lies under the cursor.
    private static func load(
        _ address: UInt64, from storage: FileStorage, _ prefix: ObjectHeaderPrefix, _ cursor: inout ByteCursor
    ) throws -> ObjectHeader {
        if prefix.version == 2 {
            try cursor.move(to: prefix.size + prefix.messageBytes)
            try cursor.expectChecksum("object header")
        }
        try cursor.move(to: 0)
        var messages: [HeaderMessage] = []
        messages.reserveCapacity(8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(prefix.size + prefix.messageBytes)
        bytes.append(copying: try cursor.readBytes(prefix.size))
        try append(from: &cursor, count: prefix.messageBytes, prefix, &bytes, &messages)
        var continued = 0
        var visited: [UInt64] = []
        while continued < messages.count {
            defer { continued += 1 }
            guard messages[continued].type == .continuation else { continue }
            let message = messages[continued]
            var body = ByteCursor(bytes.span.bytes, sizes: storage.sizes, address: message.address)
            try body.move(to: message.offset)
            let continuation = try ContinuationMessage(from: &body)
            guard !visited.contains(continuation.address), visited.count < 10_000 else {
                throw H5Error(.damaged, "the continuations of an object header form a circle", address: address)
            }
            visited.append(continuation.address)
            let count = try Int(checking: continuation.length, "the length of a continuation")
            guard UInt64(count) <= storage.size, UInt64(bytes.count) <= storage.size - UInt64(count) else {
                throw H5Error(.damaged, "an object header is larger than the file", address: address)
            }
            try storage.withCursor(at: continuation.address, count: count) { cursor in
                guard prefix.version == 2 else {
                    return try append(from: &cursor, count: count, prefix, &bytes, &messages)
                }
                guard count >= 8 + prefix.messageHeaderSize else {
                    throw cursor.damaged("a continuation of \(count) bytes is not possible")
                }
                try cursor.move(to: count - 4)
                try cursor.expectChecksum("continuation of an object header")
                try cursor.move(to: 0)
                try cursor.expectSignature(.objectHeaderContinuation, "continuation of an object header")
                try append(from: &cursor, count: count - 8, prefix, &bytes, &messages)
            }
        }
        for message in messages where message.flags.contains(.failIfUnknown) && !message.type.isKnown {
            throw H5Error(
                .unsupported,
                "message type 0x\(String(message.type.rawValue, radix: 16)) is not known, and the file demands that who does "
                    + "not know it leaves the object alone", address: message.address)
        }
        return ObjectHeader(
            address: address,
            content: Content(address: address, prefix: prefix, messages: messages, bytes: bytes, storage: storage))
    }

    private static func append(
        from cursor: inout ByteCursor, count: Int, _ prefix: ObjectHeaderPrefix, _ bytes: inout [UInt8],
        _ messages: inout [HeaderMessage]
    ) throws {
        let base = bytes.count
        let address = cursor.address &+ UInt64(cursor.position)
        let chunk = try cursor.readBytes(count)
        bytes.append(copying: chunk)
        var slice = ByteCursor(chunk, sizes: cursor.sizes, address: address)
        try prefix.readMessages(from: &slice, base: base, into: &messages)
    }

    /// The first message of a type.
    func first(_ type: MessageType) -> HeaderMessage? {
        // Raw values compare inline; the types' own `==` is a call into another module, for every message of every object.
        messages.first { $0.type.rawValue == type.rawValue }
    }

    /// Whether there is a message of a type.
    func contains(_ type: MessageType) -> Bool { first(type) != nil }

    /// The number of messages of a type.
    func count(of type: MessageType) -> Int { messages.count { $0.type.rawValue == type.rawValue } }

    /// The address of a message's body in the file.
    func address(of message: HeaderMessage) -> UInt64 {
        // Shared messages know their places in the header that was read.
        message.address &- content.address &+ address
    }

    /// Whether the first message of a type says the same in another header.
    func hasSameMessage(_ type: MessageType, as other: ObjectHeader) -> Bool {
        guard let message = first(type), let theirs = other.first(type) else {
            return !contains(type) && !other.contains(type)
        }
        guard message.flags.rawValue == theirs.flags.rawValue, message.count == theirs.count else { return false }
        let (own, others) = (content.bytes, other.content.bytes)
        return own.span.bytes.extracting(message.offset..<(message.offset + message.count)).hasSameBytes(
            as: others.span.bytes.extracting(theirs.offset..<(theirs.offset + theirs.count)), in: 0..<message.count)
    }

    /// Gives `body` a cursor over a message's body as stored (for a shared message: the reference).
    func withCursor<T>(_ message: HeaderMessage, _ body: (inout ByteCursor) throws -> T) throws -> T {
        // The one message that siblings do not share is read where it lies.
        if isSibling, message.type.rawValue == MessageType.dataLayout.rawValue {
            return try content.storage.withCursor(at: address(of: message), count: message.count, body)
        }
        let bytes = content.bytes
        let slice = bytes.span.bytes.extracting(message.offset..<(message.offset + message.count))
        var cursor = ByteCursor(slice, sizes: content.storage.sizes, address: address(of: message))
        return try body(&cursor)
    }

    /// The number of hard links to the object.
    func referenceCount() throws -> Int {
        guard let message = first(.referenceCount) else { return Int(prefix.referenceCount) }
        return Int(try withCursor(message) { try ReferenceCountMessage(from: &$0) }.count)
    }
}

/// What an object is.
enum ObjectKind: Sendable {
    case group
    case dataset
    case datatype
    case unknown

    init(of messages: [HeaderMessage]) {
        var hasDatatype = false
        var hasLayout = false
        for message in messages {
            switch message.type.rawValue {
            case MessageType.symbolTable.rawValue, MessageType.linkInfo.rawValue:
                self = .group
                return
            case MessageType.dataLayout.rawValue: hasLayout = true
            case MessageType.datatype.rawValue: hasDatatype = true
            default: break
            }
        }
        self = !hasDatatype ? .unknown : hasLayout ? .dataset : .datatype
    }
}
