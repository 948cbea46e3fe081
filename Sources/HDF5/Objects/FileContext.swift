import HDF5Format

/// What all objects of one open file share: its bytes, its superblock, and the heaps that belong to the file.
final class FileContext: Sendable {
    let storage: FileStorage
    let superblock: Superblock
    /// The table of shared messages, in files that have one.
    let sharedMessages: SharedMessageTable?
    /// The collections of variable-length data in use.
    let globalHeap: GlobalHeap
    /// The path of the file; nil for one in memory.
    private let path: String?
    private let externalFiles: H5ExternalFiles

    init(
        storage: FileStorage, superblock: Superblock, sharedMessages: SharedMessageTable?, path: String?,
        externalFiles: H5ExternalFiles
    ) {
        self.path = path
        self.externalFiles = externalFiles
        self.storage = storage
        self.superblock = superblock
        self.sharedMessages = sharedMessages
        globalHeap = GlobalHeap(storage: storage)
    }

    /// Opens a file of raw data that belongs to this one.
    func externalData(_ name: String) throws -> any ByteSource { try externalFiles.open(name, from: path).source }

    /// Decodes a message of an object header, wherever it is stored.
    func decode<T>(
        _ message: HeaderMessage, of header: ObjectHeader, _ body: (inout ByteCursor) throws -> T
    ) throws -> T {
        guard message.flags.contains(.shared) else { return try header.withCursor(message, body) }
        let reference = try header.withCursor(message) { try SharedMessageReference(from: &$0) }
        return try decode(reference, type: message.type, body)
    }

    /// Decodes a message that is stored in another object's header or in the heap of shared messages.
    func decode<T>(
        _ reference: SharedMessageReference, type: MessageType, _ body: (inout ByteCursor) throws -> T
    ) throws -> T {
        switch reference {
        case .committed(let address):
            let header = try ObjectHeader.load(address, from: storage)
            guard let message = header.first(type) else {
                throw H5Error(.damaged, "the object that holds a shared message does not have it", address: address)
            }
            guard !message.flags.contains(.shared) else {
                throw H5Error(.damaged, "a shared message leads to another shared message", address: address)
            }
            return try header.withCursor(message, body)
        case .heap(let identifier):
            guard let address = sharedMessages?.heapAddress(for: type) else {
                throw H5Error(.damaged, "a message is shared, but the file has no heap for messages of its type")
            }
            let heap = try FractalHeap(address: address, storage: storage)
            let bytes = try heap.object(identifier)
            var cursor = ByteCursor(bytes.span.bytes, sizes: storage.sizes, address: address)
            return try body(&cursor)
        }
    }
}
