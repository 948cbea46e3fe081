import CZlib

/// zlib's CRC-32 (polynomial 0xEDB88320, reflected) of a sequence of bytes, computed piece by piece.
public struct CRC32: Sendable {
    private var state: UInt = 0

    /// Creates the checksum of no bytes, 0.
    public init() {}

    /// Adds bytes to the checksum.
    public mutating func update(_ bytes: RawSpan) {
        // zlib works on a pointer, which it does not keep.
        state = bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress, buffer.count > 0 else { return state }
            return UInt(crc32_z(uLong(state), start.assumingMemoryBound(to: UInt8.self), z_size_t(buffer.count)))
        }
    }

    /// The checksum of all bytes so far.
    public var value: UInt32 { UInt32(truncatingIfNeeded: state) }
}
