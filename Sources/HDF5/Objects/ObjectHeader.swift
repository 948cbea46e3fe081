import HDF5Format

/// An object header with all its continuations, read into memory.
///
/// Messages are found here and decoded by whoever needs them, so that opening an object costs one read and no
/// decoding of what nobody asks for.
final class ObjectHeader: Sendable {
    let address: UInt64
    let prefix: ObjectHeaderPrefix
    let messages: [HeaderMessage]
    private let bytes: [UInt8]
    private let sizes: FieldSizes

    /// Most headers are shorter; longer ones take a second look at the block cache.
    private static let usualSize = 512

    private init(
        address: UInt64, prefix: ObjectHeaderPrefix, messages: [HeaderMessage], bytes: [UInt8], sizes: FieldSizes
    ) {
        self.address = address
        self.prefix = prefix
        self.messages = messages
        self.bytes = bytes
        self.sizes = sizes
    }

    /// Reads the header at an address.
    static func load(_ address: UInt64, from storage: FileStorage) throws -> ObjectHeader {
        let prefix = try storage.withCursor(at: address, upTo: ObjectHeaderPrefix.maximumSize) {
            try ObjectHeaderPrefix(from: &$0)
        }
        var messages: [HeaderMessage] = []
        messages.reserveCapacity(8)
        var bytes: [UInt8] = []
        let (end, overflow) = prefix.messageBytes.addingReportingOverflow(prefix.size + 4)
        guard !overflow else { throw H5Error(.damaged, "the size of an object header overflows", address: address) }
        try storage.withCursor(at: address, count: prefix.version == 1 ? end - 4 : end) { cursor in
            if prefix.version == 2 {
                try cursor.move(to: end - 4)
                try cursor.expectChecksum("object header")
            }
            try cursor.move(to: prefix.size)
            try append(from: &cursor, count: prefix.messageBytes, prefix, &bytes, &messages)
        }
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
            guard UInt64(bytes.count) &+ continuation.length <= storage.size else {
                throw H5Error(.damaged, "an object header is larger than the file", address: address)
            }
            let count = Int(continuation.length)
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
        return ObjectHeader(address: address, prefix: prefix, messages: messages, bytes: bytes, sizes: storage.sizes)
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

    /// Gives `body` a cursor over a message's body as stored (for a shared message: the reference).
    func withCursor<T>(_ message: HeaderMessage, _ body: (inout ByteCursor) throws -> T) throws -> T {
        let bytes = bytes
        let slice = bytes.span.bytes.extracting(message.offset..<(message.offset + message.count))
        var cursor = ByteCursor(slice, sizes: sizes, address: message.address)
        return try body(&cursor)
    }

    /// The number of hard links to the object.
    func referenceCount() throws -> Int {
        guard let message = first(.referenceCount) else { return Int(prefix.referenceCount) }
        return Int(try withCursor(message) { try ReferenceCountMessage(from: &$0) }.count)
    }

    /// What the object is, as its messages tell.
    ///
    /// Links make a group, a type with a layout a dataset, a type alone a committed datatype.
    var kind: ObjectKind {
        var hasDatatype = false
        var hasLayout = false
        for message in messages {
            switch message.type.rawValue {
            case MessageType.symbolTable.rawValue, MessageType.linkInfo.rawValue: return .group
            case MessageType.dataLayout.rawValue: hasLayout = true
            case MessageType.datatype.rawValue: hasDatatype = true
            default: break
            }
        }
        return !hasDatatype ? .unknown : hasLayout ? .dataset : .datatype
    }
}

/// What an object is.
enum ObjectKind: Sendable {
    case group
    case dataset
    case datatype
    case unknown
}

extension Array where Element == UInt8 {
    /// Appends the bytes of a span.
    mutating func append(copying span: RawSpan) {
        // The buffer is only read, inside the closure.
        span.withUnsafeBytes { self.append(contentsOf: $0) }
    }
}
