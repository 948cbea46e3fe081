import HDF5Format

/// A file that can be read and changed at any offset.
protocol WritableFile: ByteSource {
    /// Writes bytes at an offset; a file that ends before it grows, and reads as zeros in between.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws
    /// Cuts the file off, or lets it grow by zeros.
    func resize(to size: UInt64) throws
    /// Returns when everything that was written is on the disk.
    func synchronize() throws
    /// Takes room on the disk for a range within the file, where the file system can.
    func reserve(_ offset: UInt64, _ count: UInt64) throws
    /// Keeps other writers, libhdf5's among them, away for as long as the file is open.
    func lock() throws
    /// Lets other writers in.
    func unlock()
}

extension WritableFile {
    /// Writes bytes at an offset.
    func write(_ bytes: [UInt8], at offset: UInt64) throws {
        // The buffer is only read, inside the closure.
        try bytes.withUnsafeBytes { try write($0, at: offset) }
    }

    /// Takes no room ahead.
    func reserve(_ offset: UInt64, _ count: UInt64) {}
}

/// Where files are made, found, renamed and removed: the system, or a stand-in that tests replay crashes with.
protocol FileStore: Sendable {
    /// Makes a file that must not exist yet.
    func create(_ path: String) throws -> any WritableFile
    /// Opens a file for reading and writing.
    func open(_ path: String) throws -> any WritableFile
    /// Opens a file for reading; nil where there is none.
    func openIfPresent(_ path: String) throws -> (any ByteSource)?
    /// Whether there is a file at a path.
    func exists(_ path: String) -> Bool
    /// Gives a file another name, in place of the file that has it.
    ///
    /// - Parameter replacing: Whether a file of that name is replaced; otherwise it stays, and the call throws.
    func rename(_ path: String, to target: String, replacing: Bool) throws
    /// Removes a file.
    func remove(_ path: String) throws
    /// Returns when the names of the files beside a path are on the disk.
    func synchronizeFolder(of path: String) throws
}

/// A file in memory that can be changed.
final class MemoryFile: WritableFile {
    private let content = Locked<[UInt8]>([])

    init(_ bytes: [UInt8] = []) { content.withLock { $0 = bytes } }

    /// All bytes.
    var bytes: [UInt8] { content.withLock { $0 } }
    var size: UInt64 { content.withLock { UInt64($0.count) } }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws {
        try content.withLock { bytes in
            guard offset <= UInt64(bytes.count), UInt64(buffer.count) <= UInt64(bytes.count) - offset else {
                throw H5Error(.truncated, "the data ends before \(buffer.count) bytes could be read", address: offset)
            }
            // In bounds as checked above; a plain copy.
            bytes.withUnsafeBytes { source in
                buffer.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: source[Int(offset)..<(Int(offset) + buffer.count)]))
            }
        }
    }

    func write(_ source: UnsafeRawBufferPointer, at offset: UInt64) throws {
        guard let start = Int(exactly: offset), start <= Int.max - source.count else {
            throw H5Error(.inputOutput, "a file in memory cannot be that large", address: offset)
        }
        content.withLock { bytes in
            let end = start + source.count
            if bytes.count < end { bytes.append(contentsOf: repeatElement(0, count: end - bytes.count)) }
            // The array is at least `end` bytes long by now.
            bytes.withUnsafeMutableBytes {
                UnsafeMutableRawBufferPointer(rebasing: $0[start..<end]).copyMemory(from: source)
            }
        }
    }

    func resize(to size: UInt64) throws {
        guard let count = Int(exactly: size) else {
            throw H5Error(.inputOutput, "a file in memory cannot be that large", address: size)
        }
        content.withLock { bytes in
            if count < bytes.count {
                bytes.removeLast(bytes.count - count)
            } else {
                bytes.append(contentsOf: repeatElement(0, count: count - bytes.count))
            }
        }
    }

    func synchronize() {}
    func lock() {}
    func unlock() {}
}
