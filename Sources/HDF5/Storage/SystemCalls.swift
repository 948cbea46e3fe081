import CProcessors

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import HDF5Format

/// What the machine offers.
package enum SystemInformation {
    /// The number of processors that the program may use: those of the machine that are at work, or fewer where whoever
    /// started it bound it to some (`taskset`, a batch system, `mpirun`); asked for once.
    package static let processorCount: Int = {
        // Of the first thread: the calling one may be bound to a part of them, if only for the moment of its start.
        let allowed = Int(usid_processor_count(Int32(getpid())))
        return allowed > 0 ? allowed : max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }()

    /// The number of processors that the calling thread may use; 0 where the system does not tell.
    static var allowedProcessorCount: Int { Int(usid_processor_count(0)) }

    /// The bytes of memory of the machine.
    package static var physicalMemory: Int {
        let pages = Int(sysconf(Int32(_SC_PHYS_PAGES)))
        let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
        let (bytes, overflow) = pages.multipliedReportingOverflow(by: pageSize)
        return overflow || bytes <= 0 ? 1 << 32 : bytes
    }
}

/// Asks the system for large pages under memory that is about to be filled.
///
/// The first touch of a small page costs more than copying its bytes there; a large page pays that once for 512 of them.
enum LargePages {
    /// Smaller results gain nothing.
    private static let leastBytes = 4 << 20
    /// The bytes of a large page; where they are more, memory lies as it would anyway.
    private static let pageBytes = 2 << 20
    /// What precedes the elements of an array: the header of its object, and that of the block of memory.
    private static let headerBytes = 48

    /// The capacity for an array of `count` elements that are `stride` bytes apart.
    ///
    /// Linux puts memory whose size is a number of large pages where such pages can be; else both its ends, a large
    /// page each on average, are filled in small ones.
    static func capacity(_ count: Int, stride: Int) -> Int {
        #if os(Linux)
        let (bytes, overflow) = count.multipliedReportingOverflow(by: max(1, stride))
        guard !overflow, bytes >= leastBytes, bytes < Int.max / 2, stride <= 1024 else { return count }
        let pages = (bytes + headerBytes + pageBytes - 1) / pageBytes
        let spare = pages * pageBytes - bytes - headerBytes
        // An end that is hardly used would only be cleared.
        return spare <= bytes / 8 ? count + spare / max(1, stride) : count
        #else
        return count
        #endif
    }

    /// Only advice: nothing is read or written, and a system that knows no large pages goes on without.
    ///
    /// It is given for whole pages, since a page that is advised in part cannot be a large one.
    static func prefer(for memory: UnsafeMutableRawBufferPointer) {
        #if os(Linux)
        guard memory.count >= leastBytes, let start = memory.baseAddress else { return }
        let pageSize = UInt(max(1, sysconf(Int32(_SC_PAGESIZE))))
        let first = UInt(bitPattern: start) / pageSize * pageSize
        let end = (UInt(bitPattern: start) + UInt(memory.count) + pageSize - 1) / pageSize * pageSize
        guard end > first, let aligned = UnsafeMutableRawPointer(bitPattern: first) else { return }
        _ = madvise(aligned, Int(end - first), MADV_HUGEPAGE)
        #endif
    }
}

/// Makes room for many small allocations that one thread is about to make.
///
/// The C library of Linux gives each thread a heap of its own that grows page by page as memory is asked for, with a
/// system call for each page and a fault for its first touch. A large block that is taken and given back leaves
/// its memory to the allocations that follow: grown in one step, and in large pages.
struct SmallAllocations {
    /// What is left of the last block.
    private var room = 0

    /// Less is not worth the steps.
    private static let leastBytes = 1 << 20
    /// What is asked for comes from a file, so there is a limit; with the eighth that is added for what else the thread
    /// needs, blocks of up to 32 MiB come from the heap.
    private static let mostBytes = 24 << 20

    /// Makes sure of room for `count` bytes; only advice: nothing is kept, and the memory is not touched.
    ///
    /// - Parameter expected: What the thread is going to need with them, about.
    mutating func makeRoom(for count: Int, of expected: Int) {
        #if os(Linux)
        guard count > room else {
            room -= max(0, count)
            return
        }
        let wanted = min(max(count, expected), Self.mostBytes)
        guard wanted >= Self.leastBytes else { return }
        // The library maps a block of a size that it has not seen freed yet, and takes the next one from its heap.
        for _ in 0..<2 {
            let block = UnsafeMutableRawBufferPointer.allocate(byteCount: wanted + wanted / 8, alignment: 16)
            LargePages.prefer(for: block)
            block.deallocate()
        }
        room = max(0, wanted - count)
        #endif
    }
}

/// A file opened for reading, by its descriptor; reads are positioned, so any number of threads may read at once.
final class ReadOnlyFile: ByteSource {
    let size: UInt64
    private let descriptor: CInt
    private let path: String

    init(path: String) throws {
        var found = CInt(-1)
        repeat { found = open(path, O_RDONLY | O_CLOEXEC) } while found < 0 && errno == EINTR
        guard found >= 0 else { throw Self.error(errno, path) }
        var status = stat()
        guard fstat(found, &status) == 0 else {
            let code = errno
            _ = close(found)
            throw Self.error(code, path)
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            _ = close(found)
            throw H5Error(.isDirectory, "this is a directory, not a file", file: path)
        case S_IFREG, S_IFBLK: break
        default:
            _ = close(found)
            throw H5Error(.inputOutput, "this is not a regular file, so it cannot be read at any place", file: path)
        }
        descriptor = found
        size = UInt64(max(0, status.st_size))
        self.path = path
    }

    deinit { _ = close(descriptor) }

    // The kernel writes the bytes; the buffer is the caller's and as long as it says.
    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws {
        var done = 0
        while done < buffer.count, let start = buffer.baseAddress {
            let count = pread(descriptor, start + done, buffer.count - done, off_t(clamping: offset) + off_t(done))
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

    // The kernel maps whole pages around the bytes; they are unmapped when `body` ends, so it must not keep the pointer.
    func withMapping<R>(at offset: UInt64, count: Int, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        guard count > 0 else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        guard offset <= size, UInt64(count) <= size - offset else {
            throw H5Error(.truncated, "the file ends before \(count) bytes", file: path, address: offset)
        }
        let pageSize = UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))
        let lead = Int(offset % pageSize)
        let start = mmap(nil, lead + count, PROT_READ, MAP_PRIVATE, descriptor, off_t(clamping: offset - UInt64(lead)))
        guard let start, start != MAP_FAILED else { throw Self.error(errno, path).located(address: offset) }
        defer { munmap(start, lead + count) }
        return try body(UnsafeRawBufferPointer(start: start + lead, count: count))
    }

    private static func error(_ code: CInt, _ path: String) -> H5Error {
        let text = String(cString: strerror(code))
        switch code {
        case ENOENT, ENOTDIR: return H5Error(.noSuchFile, "there is no such file", file: path)
        case EACCES, EPERM: return H5Error(.permissionDenied, "the file may not be read: \(text)", file: path)
        case EISDIR: return H5Error(.isDirectory, "this is a directory, not a file", file: path)
        default: return H5Error(.inputOutput, "the file cannot be read: \(text)", file: path)
        }
    }
}
