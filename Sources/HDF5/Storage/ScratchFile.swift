#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import HDF5Format

/// The bytes of a file with changes in memory on top, which are never stored.
final class ScratchFile: WritableFile {
    private struct State {
        var size: UInt64
        /// Whole pages that differ from the original.
        var pages: [UInt64: [UInt8]] = [:]
        /// Where the original's bytes end for good: what was cut off reads as zeros when the file grows again.
        var originalEnd: UInt64
    }

    private static let pageSize = UInt64(FileTransaction.pageSize)
    private let original: FileStorage
    private let state: Locked<State>

    /// Starts with the bytes of `original`, its user block included.
    init(over original: FileStorage) {
        self.original = original
        let size = original.baseAddress + original.size
        state = Locked(State(size: size, originalEnd: size))
    }

    var size: UInt64 { state.withLock { $0.size } }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws {
        try state.withLock { state in
            guard offset <= state.size, UInt64(buffer.count) <= state.size - offset else {
                throw H5Error(.truncated, "the file ends before \(buffer.count) bytes could be read", address: offset)
            }
            var place = offset
            let end = offset + UInt64(buffer.count)
            while place < end {
                let number = place / Self.pageSize
                let next = min(end, (number + 1) * Self.pageSize)
                // In bounds: a part of the buffer, as long as what is left of the page.
                let part = UnsafeMutableRawBufferPointer(rebasing: buffer[Int(place - offset)..<Int(next - offset)])
                if let page = state.pages[number] {
                    let start = Int(place - number * Self.pageSize)
                    page.withUnsafeBytes {
                        part.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<(start + part.count)]))
                    }
                } else {
                    try readOriginal(at: place, into: part, state.originalEnd)
                }
                place = next
            }
        }
    }

    /// Reads from the original, and zeros behind its end.
    private func readOriginal(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer, _ end: UInt64) throws {
        let there = offset < end ? Int(min(UInt64(buffer.count), end - offset)) : 0
        if there > 0 {
            try original.readBytes(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<there]))
        }
        UnsafeMutableRawBufferPointer(rebasing: buffer[there...]).initializeMemory(as: UInt8.self, repeating: 0)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws {
        guard !bytes.isEmpty else { return }
        let (end, overflow) = offset.addingReportingOverflow(UInt64(bytes.count))
        guard !overflow else { throw H5Error(.noSpace, "a file cannot be that large", address: offset) }
        try state.withLock { state in
            for number in (offset / Self.pageSize)...((end - 1) / Self.pageSize) {
                let start = number * Self.pageSize
                var page = state.pages[number] ?? []
                if page.isEmpty {
                    page = [UInt8](repeating: 0, count: Int(Self.pageSize))
                    try page.withUnsafeMutableBytes { try readOriginal(at: start, into: $0, state.originalEnd) }
                }
                let from = max(offset, start)
                let to = min(end, start + Self.pageSize)
                // Both ranges are inside their buffers, being cut to what they share.
                page.withUnsafeMutableBytes {
                    UnsafeMutableRawBufferPointer(rebasing: $0[Int(from - start)..<Int(to - start)]).copyMemory(
                        from: UnsafeRawBufferPointer(rebasing: bytes[Int(from - offset)..<Int(to - offset)]))
                }
                state.pages[number] = page
            }
            state.size = max(state.size, end)
        }
    }

    func resize(to size: UInt64) {
        state.withLock { state in
            state.originalEnd = min(state.originalEnd, size)
            state.pages = state.pages.filter { $0.key * Self.pageSize < size }
            let (last, kept) = size.quotientAndRemainder(dividingBy: Self.pageSize)
            if let page = state.pages[last] {
                let start = page.prefix(Int(kept))
                state.pages[last] = start + [UInt8](repeating: 0, count: page.count - start.count)
            }
            state.size = size
        }
    }

    func synchronize() {}
    func lock() {}
    func unlock() {}
}

extension FileTransaction {
    /// Starts with the bytes of a file, for changes that are tried out and never stored.
    static func scratch(over storage: FileStorage) -> FileTransaction {
        let file = ScratchFile(over: storage)
        return FileTransaction(
            file: file, store: ScratchStore(), target: storage.name, temporaryPath: "", isReplacing: false,
            end: file.size, memory: 16 << 20)
    }
}

/// Keeps what is tried out away from the system: no file appears, and no commit succeeds.
struct ScratchStore: FileStore {
    private func refused() -> H5Error { H5Error(.readOnly, "changes that are tried out are never stored") }

    func create(_ path: String) throws -> any WritableFile { throw refused() }
    func open(_ path: String) throws -> any WritableFile { throw refused() }
    func openIfPresent(_ path: String) throws -> (any ByteSource)? { nil }
    func exists(_ path: String) -> Bool { false }
    func rename(_ path: String, to target: String, replacing: Bool) throws { throw refused() }
    func remove(_ path: String) {}
    func synchronizeFolder(of path: String) {}
}

/// Whether two paths lead to one file.
package enum FileIdentity {
    /// Whether both lead to the same file of the system; false where either leads nowhere.
    package static func areSame(_ path: String, _ other: String) -> Bool {
        var first = stat()
        var second = stat()
        guard stat(path, &first) == 0, stat(other, &second) == 0 else { return false }
        return first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }
}
