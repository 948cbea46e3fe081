@testable import HDF5
import HDF5Format

/// Files in memory that record every write, synchronisation and change of names, so that a crash at any moment can be replayed.
final class RecordingFiles: FileStore {
    /// One thing that was asked of the system.
    enum Operation: Sendable {
        case write(file: Int, offset: UInt64, bytes: [UInt8])
        case resize(file: Int, size: UInt64)
        case synchronize(file: Int)
        case create(file: Int, path: String)
        case rename(from: String, to: String)
        case remove(path: String)
        case synchronizeFolder
    }

    /// A synchronisation that can be left out, to see that the tests notice.
    enum Omission: CaseIterable, Sendable {
        case journal
        case file
        case folder
    }

    /// Files by their numbers, and the numbers of names.
    struct Image: Sendable {
        var contents: [Int: [UInt8]] = [:]
        var names: [String: Int] = [:]

        func bytes(_ path: String) -> [UInt8]? { names[path].flatMap { contents[$0] } }

        mutating func apply(_ operation: Operation) {
            switch operation {
            case .write(let file, let offset, let bytes):
                let end = Int(offset) + bytes.count
                var content = contents.removeValue(forKey: file) ?? []
                if content.count < end { content += [UInt8](repeating: 0, count: end - content.count) }
                content.replaceSubrange(Int(offset)..<end, with: bytes)
                contents[file] = content
            case .resize(let file, let size):
                var content = contents.removeValue(forKey: file) ?? []
                if content.count > Int(size) {
                    content.removeLast(content.count - Int(size))
                } else {
                    content += [UInt8](repeating: 0, count: Int(size) - content.count)
                }
                contents[file] = content
            case .create(let file, let path):
                names[path] = file
                contents[file] = contents[file] ?? []
            case .rename(let from, let to): names[to] = names.removeValue(forKey: from)
            case .remove(let path): names[path] = nil
            case .synchronize, .synchronizeFolder: break
            }
        }
    }

    private struct State {
        var image = Image()
        var log: [Operation] = []
        var nextFile = 0
        /// The number of operations after which the system answers with an error.
        var limit = Int.max
        var answer = H5Error.Code.inputOutput
    }

    private let state: Locked<State>
    private let omission: Omission?

    init(_ start: Image = Image(), omitting omission: Omission? = nil) {
        self.omission = omission
        state = Locked(State(image: start, nextFile: (start.contents.keys.max() ?? -1) + 1))
    }

    /// What there is now, written or not.
    var image: Image { state.withLock { $0.image } }
    /// What was done so far.
    var log: [Operation] { state.withLock { $0.log } }
    /// How much was done so far.
    var count: Int { state.withLock { $0.log.count } }

    /// Lets everything fail once `count` more operations are done; nil ends that.
    ///
    /// Of a write that fails half is done.
    func fail(after count: Int?, with code: H5Error.Code = .inputOutput) {
        state.withLock { state in
            state.limit = count.map { state.log.count + $0 } ?? .max
            state.answer = code
        }
    }

    private func perform(_ operation: Operation) throws {
        try state.withLock { state in
            var operation = operation
            let fails = state.log.count >= state.limit
            if fails {
                guard case .write(let file, let offset, let bytes) = operation else {
                    throw H5Error(state.answer, "as the test wants it")
                }
                operation = .write(file: file, offset: offset, bytes: Array(bytes.prefix(bytes.count / 2)))
            }
            state.image.apply(operation)
            if fails { throw H5Error(state.answer, "as the test wants it") }
            state.log.append(operation)
        }
    }

    // MARK: Files and names

    func create(_ path: String) throws -> any WritableFile {
        guard !exists(path) else { throw H5Error(.exists, "there is a file of that name", file: path) }
        let number = state.withLock { state in
            state.nextFile += 1
            return state.nextFile - 1
        }
        try perform(.create(file: number, path: path))
        return RecordedFile(number, path: path, in: self)
    }

    func open(_ path: String) throws -> any WritableFile {
        guard let number = image.names[path] else { throw H5Error(.noSuchFile, "no file", file: path) }
        return RecordedFile(number, path: path, in: self)
    }

    func openIfPresent(_ path: String) throws -> (any ByteSource)? { image.bytes(path).map { MemorySource($0) } }

    func exists(_ path: String) -> Bool { image.names[path] != nil }

    func rename(_ path: String, to target: String, replacing: Bool) throws {
        guard replacing || !exists(target) else { throw H5Error(.exists, "there is a file of that name", file: target) }
        try perform(.rename(from: path, to: target))
    }

    func remove(_ path: String) throws { if exists(path) { try perform(.remove(path: path)) } }

    func synchronizeFolder(of path: String) throws { if omission != .folder { try perform(.synchronizeFolder) } }

    private final class RecordedFile: WritableFile {
        private let number: Int
        private let files: RecordingFiles
        private let isJournal: Bool

        init(_ number: Int, path: String, in files: RecordingFiles) {
            self.number = number
            self.files = files
            isJournal = path.hasSuffix(".journal")
        }

        var size: UInt64 { UInt64(files.state.withLock { $0.image.contents[number]?.count ?? 0 }) }

        func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws {
            try files.state.withLock { state in
                let bytes = state.image.contents[number] ?? []
                guard Int(offset) + buffer.count <= bytes.count else {
                    throw H5Error(.truncated, "the file ends too early", address: offset)
                }
                bytes.withUnsafeBytes {
                    buffer.copyMemory(
                        from: UnsafeRawBufferPointer(rebasing: $0[Int(offset)..<(Int(offset) + buffer.count)]))
                }
            }
        }

        func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws {
            try files.perform(.write(file: number, offset: offset, bytes: Array(bytes)))
        }

        func resize(to size: UInt64) throws { try files.perform(.resize(file: number, size: size)) }

        func synchronize() throws {
            guard files.omission != (isJournal ? .journal : .file) else { return }
            try files.perform(.synchronize(file: number))
        }

        func lock() {}
        func unlock() {}
    }
}

/// What may be on the disk after a crash.
struct CrashReplay {
    private let start: RecordingFiles.Image
    private let log: [RecordingFiles.Operation]

    init(from start: RecordingFiles.Image, _ log: [RecordingFiles.Operation]) {
        self.start = start
        self.log = log
    }

    /// The disk after the first `count` operations, all of which reached it.
    func prefix(_ count: Int) -> RecordingFiles.Image {
        var image = start
        for operation in log.prefix(count) { image.apply(operation) }
        return image
    }

    /// The disk after the first `count` operations of which only what was synchronised is certain.
    ///
    /// Others are missing, or torn at 512 bytes, or overtaken by later ones. Names change in order, so that some last changes of them are missing.
    func torn(_ count: Int, using random: inout some RandomNumberGenerator) -> RecordingFiles.Image {
        let done = log.prefix(count)
        var lastSync: [Int: Int] = [:]
        var lastFolderSync = -1
        for (index, operation) in done.enumerated() {
            switch operation {
            case .synchronize(let file): lastSync[file] = index
            case .synchronizeFolder: lastFolderSync = index
            default: break
            }
        }
        let namesEnd = Int.random(in: (lastFolderSync + 1)...max(lastFolderSync + 1, count), using: &random)
        var image = start
        var late: [RecordingFiles.Operation] = []
        for (index, operation) in done.enumerated() {
            switch operation {
            case .write(let file, _, _), .resize(let file, _):
                if index <= lastSync[file] ?? -1 { image.apply(operation) } else { late.append(operation) }
            case .create(let file, _):
                image.contents[file] = image.contents[file] ?? []
                if index < namesEnd { image.apply(operation) }
            case .rename, .remove: if index < namesEnd { image.apply(operation) }
            case .synchronize, .synchronizeFolder: break
            }
        }
        // Most crashes keep most of what was written; some lose nearly all.
        let kept = Double.random(in: 0...1, using: &random)
        if Bool.random(using: &random) { late.shuffle(using: &random) }
        for operation in late {
            guard Double.random(in: 0...1, using: &random) < kept else { continue }
            guard case .write(let file, let offset, let bytes) = operation, Int.random(in: 0..<4, using: &random) == 0
            else {
                image.apply(operation)
                continue
            }
            // Sectors of 512 bytes reach the disk whole, each or not.
            var position = Int(offset)
            let end = position + bytes.count
            while position < end {
                let next = min(end, (position / 512 + 1) * 512)
                if Bool.random(using: &random) {
                    image.apply(
                        .write(
                            file: file, offset: UInt64(position),
                            bytes: Array(bytes[(position - Int(offset))..<(next - Int(offset))])))
                }
                position = next
            }
        }
        return image
    }
}
