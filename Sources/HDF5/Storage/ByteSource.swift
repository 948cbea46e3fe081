import HDF5Format

/// Bytes that can be read at any offset by any number of threads: a file, or memory.
protocol ByteSource: AnyObject, Sendable {
    /// The number of bytes.
    var size: UInt64 { get }
    /// The number of bytes that are really there; less than `size` where addresses have gaps.
    var contentSize: UInt64 { get }
    /// The number of bytes from `offset` on without a gap.
    func available(at offset: UInt64) -> UInt64
    /// Fills `buffer` with the bytes from `offset` on, or throws.
    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws
    /// Gives `body` the `count` bytes from `offset` on without copying them; throws where that is not possible.
    func withMapping<R>(at offset: UInt64, count: Int, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R
}

extension ByteSource {
    var contentSize: UInt64 { size }
    func available(at offset: UInt64) -> UInt64 { offset < size ? size - offset : 0 }

    func withMapping<R>(at offset: UInt64, count: Int, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        throw H5Error(
            .unsupported, "a file that is put together from parts cannot be mapped into memory; read the data instead")
    }
}

/// A file that is in memory.
final class MemorySource: ByteSource {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var size: UInt64 { UInt64(bytes.count) }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws {
        guard offset <= size, UInt64(buffer.count) <= size - offset else {
            throw H5Error(.truncated, "the data ends before \(buffer.count) bytes could be read", address: offset)
        }
        // In bounds as checked above; a plain copy.
        bytes.withUnsafeBytes { source in
            buffer.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: source[Int(offset)..<(Int(offset) + buffer.count)]))
        }
    }

    func withMapping<R>(at offset: UInt64, count: Int, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        guard count >= 0, offset <= size, UInt64(count) <= size - offset else {
            throw H5Error(.truncated, "the data ends before \(count) bytes could be read", address: offset)
        }
        // In bounds as checked above; the array lives as long as this source.
        return try bytes.withUnsafeBytes {
            try body(UnsafeRawBufferPointer(rebasing: $0[Int(offset)..<(Int(offset) + count)]))
        }
    }
}
