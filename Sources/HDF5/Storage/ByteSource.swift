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
}

extension ByteSource {
    var contentSize: UInt64 { size }
    func available(at offset: UInt64) -> UInt64 { offset < size ? size - offset : 0 }
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
}
