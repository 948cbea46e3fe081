#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif
import HDF5

/// A file that threads write to at offsets.
final class PlainOutput: Sendable {
    private let descriptor: CInt

    init(_ path: String) throws {
        descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o644)
        guard descriptor >= 0 else { throw H5Error(.inputOutput, "cannot make the file", file: path) }
    }

    func write(_ values: [Float], at offset: Int) {
        values.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count, let start = bytes.baseAddress {
                let count = pwrite(descriptor, start + done, bytes.count - done, off_t(offset + done))
                guard count > 0 else { return }
                done += count
            }
        }
    }

    /// Closes the file.
    ///
    /// - Parameter waits: Whether it waits for the disk.
    func finish(waits: Bool) {
        if waits { fsync(descriptor) }
        close(descriptor)
    }
}
