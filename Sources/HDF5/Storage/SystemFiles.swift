#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import HDF5Format

/// The files of the system.
struct SystemFiles: FileStore {
    func create(_ path: String) throws -> any WritableFile {
        try SystemFile(path: path, flags: O_RDWR | O_CREAT | O_EXCL)
    }

    func open(_ path: String) throws -> any WritableFile { try SystemFile(path: path, flags: O_RDWR) }

    func openIfPresent(_ path: String) throws -> (any ByteSource)? {
        do {
            return try ReadOnlyFile(path: path)
        } catch let error as H5Error where error.code == .noSuchFile {
            return nil
        }
    }

    func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    func rename(_ path: String, to target: String, replacing: Bool) throws {
        if replacing {
            // A symbolic link stays one: the file that it leads to is replaced, beside which the new one was made.
            guard systemRename(path, target) == 0 else { throw SystemFile.error(errno, target) }
        } else {
            // A second name fails where there is a file already, at any moment; renaming would replace it.
            guard link(path, target) == 0 else { throw SystemFile.error(errno, target) }
            _ = unlink(path)
        }
    }

    func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else { throw SystemFile.error(errno, path) }
    }

    func synchronizeFolder(of path: String) throws {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = systemOpen(folder, O_RDONLY | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw SystemFile.error(errno, folder) }
        defer { _ = close(descriptor) }
        // Some network file systems cannot synchronise folders and say so; there is nothing more to be done there.
        if fsync(descriptor) != 0, errno != EINVAL, errno != ENOTSUP { throw SystemFile.error(errno, folder) }
    }
}

private func systemOpen(_ path: String, _ flags: CInt, _ mode: mode_t) -> CInt {
    var descriptor = CInt(-1)
    repeat { descriptor = open(path, flags, mode) } while descriptor < 0 && errno == EINTR
    return descriptor
}

private func systemRename(_ path: String, _ target: String) -> CInt { rename(path, target) }

/// A file opened for reading and writing, by its descriptor.
final class SystemFile: WritableFile {
    private let descriptor: CInt
    private let path: String

    fileprivate init(path: String, flags: CInt) throws {
        let found = systemOpen(path, flags | O_CLOEXEC, 0o666)
        guard found >= 0 else { throw Self.error(errno, path) }
        var status = stat()
        guard fstat(found, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            _ = close(found)
            throw H5Error(.inputOutput, "this is not a regular file, so it cannot be changed", file: path)
        }
        descriptor = found
        self.path = path
    }

    deinit { _ = close(descriptor) }

    var size: UInt64 {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? UInt64(max(0, status.st_size)) : 0
    }

    // The kernel writes the bytes; the buffer is the caller's and as long as it says.
    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws {
        var done = 0
        while done < buffer.count, let start = buffer.baseAddress {
            let count = pread(descriptor, start + done, buffer.count - done, try Self.place(offset, done, path))
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.error(errno, path).located(address: offset)
            }
            guard count > 0 else {
                throw H5Error(
                    .truncated, "the file ends before \(buffer.count) bytes could be read", file: path, address: offset)
            }
            done += count
        }
    }

    // The kernel reads the bytes; the buffer is the caller's and as long as it says.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws {
        var done = 0
        while done < bytes.count, let start = bytes.baseAddress {
            let count = pwrite(descriptor, start + done, bytes.count - done, try Self.place(offset, done, path))
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.error(errno, path).located(address: offset)
            }
            guard count > 0 else { throw Self.error(ENOSPC, path).located(address: offset) }
            done += count
        }
    }

    func resize(to size: UInt64) throws {
        var status = CInt(0)
        repeat { status = ftruncate(descriptor, try Self.place(size, 0, path)) } while status != 0 && errno == EINTR
        guard status == 0 else { throw Self.error(errno, path) }
    }

    func synchronize() throws {
        #if canImport(Darwin)
        // `fsync` alone leaves the data in the disk's own cache there.
        if fcntl(descriptor, F_FULLFSYNC) == 0 { return }
        #endif
        var status = CInt(0)
        repeat { status = fsync(descriptor) } while status != 0 && errno == EINTR
        guard status == 0 else { throw Self.error(errno, path) }
    }

    func reserve(_ offset: UInt64, _ count: UInt64) throws {
        #if os(Linux)
        let (start, length) = (try Self.place(offset, 0, path), try Self.place(count, 0, path))
        var status = CInt(0)
        repeat { status = posix_fallocate(descriptor, start, length) } while status == EINTR
        // Not all file systems can, and those that cannot find out when the range is written.
        if status == ENOSPC || status == EDQUOT || status == EFBIG { throw Self.error(status, path) }
        #endif
    }

    func lock() throws {
        let wish = FileLocking.environment
        guard wish != .never else { return }
        var status = CInt(0)
        repeat { status = flock(descriptor, LOCK_EX | LOCK_NB) } while status != 0 && errno == EINTR
        guard status != 0 else { return }
        switch errno {
        case EWOULDBLOCK:
            throw H5Error(
                .inUse, "another program has the file open for writing, or reads it with a lock; wait until it is done",
                file: path)
        case ENOSYS, ENOTSUP, ENOLCK:
            if wish == .ifPossible { return }
            fallthrough
        default:
            throw H5Error(
                .inputOutput,
                "the file cannot be locked: \(String(cString: strerror(errno))); HDF5_USE_FILE_LOCKING=BEST_EFFORT works "
                    + "without locks where there are none", file: path)
        }
    }

    func unlock() { _ = flock(descriptor, LOCK_UN) }

    private static func place(_ offset: UInt64, _ done: Int, _ path: String) throws -> off_t {
        guard let start = off_t(exactly: offset), start <= off_t.max - off_t(done) else {
            throw H5Error(.inputOutput, "the system cannot address that place", file: path, address: offset)
        }
        return start + off_t(done)
    }

    fileprivate static func error(_ code: CInt, _ path: String) -> H5Error {
        let text = String(cString: strerror(code))
        switch code {
        case ENOENT, ENOTDIR: return H5Error(.noSuchFile, "there is no such file or folder", file: path)
        case EEXIST:
            return H5Error(.exists, "there is a file of that name already; say that it is to be replaced", file: path)
        case EACCES, EPERM, EROFS:
            return H5Error(.permissionDenied, "the file may not be changed: \(text)", file: path)
        case EISDIR: return H5Error(.isDirectory, "this is a directory, not a file", file: path)
        case ENOSPC, EDQUOT:
            return H5Error(.noSpace, "there is no space left for the file: \(text)", file: path)
        default: return H5Error(.inputOutput, "the file cannot be changed: \(text)", file: path)
        }
    }
}

/// Whether files are locked while they are written, as libhdf5's environment variable says.
enum FileLocking {
    case always
    /// Where the file system can.
    case ifPossible
    case never

    /// What `HDF5_USE_FILE_LOCKING` says; locked without it.
    static var environment: FileLocking {
        guard let value = getenv("HDF5_USE_FILE_LOCKING") else { return .always }
        switch String(cString: value) {
        case "FALSE", "0": return .never
        case "BEST_EFFORT": return .ifPossible
        default: return .always
        }
    }
}
