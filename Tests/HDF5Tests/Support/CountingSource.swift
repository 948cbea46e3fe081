@testable import HDF5

/// A file in memory that counts the bytes that are read.
final class CountingSource: ByteSource {
    private let base: MemorySource
    private let counted = Locked(0)
    let size: UInt64

    init(_ bytes: [UInt8]) {
        base = MemorySource(bytes)
        size = base.size
    }

    var count: Int { counted.withLock { $0 } }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws {
        counted.withLock { $0 += buffer.count }
        try base.read(at: offset, into: buffer)
    }
}
