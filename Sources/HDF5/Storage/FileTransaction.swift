import HDF5Format

/// What a commit survives.
public enum H5Durability: Hashable, Sendable {
    /// The end of the process at any moment, the end of the machine, and power failures; the call waits for the disk.
    case powerFailure
    /// The end of the process at any moment; after a power failure the file may be damaged, as with libraries that do not
    /// wait for the disk either.
    case processCrash
}

/// Changes to a file that take effect together, or not at all.
///
/// Reading through it shows the changes. Space that the last commit does not use is written at once; bytes that it
/// does use are kept in memory, page by page, until `commit`, or until there are so many that some have to be written
/// early. No byte of the last commit is changed before its former value is on the disk in a rollback journal, so at every
/// moment either the file or the file with its journal holds exactly what was committed last.
///
/// Any thread may read, and write to space that is its own; whoever allocates, releases or commits is alone.
final class FileTransaction: ByteSource {
    /// Small enough that little is saved for a changed message, large enough that few places are looked up.
    static let pageSize = 4096

    /// Pieces of at least so many bytes go straight to the file, where nothing committed is.
    private static let directBytes = pageSize

    /// Blocks of fewer bytes may be put where the last commit has bytes that the next one does not need.
    private static let savedBytes = 4 * pageSize

    /// Pieces of up to so many bytes wait for their neighbours.
    private static let gatheredBytes = 64 << 10

    /// Neighbouring pieces are written together up to this many bytes.
    private static let tailBytes = 1 << 20

    /// Neighbouring pages are written together up to this many.
    private static let joinedPages = 256

    private struct State {
        var pages: [UInt64: [UInt8]] = [:]
        /// The end of the space in use: of the file, as it will be committed.
        var end: UInt64
        /// The end of the file as it was committed last; 0 before the first commit.
        var committedEnd: UInt64
        /// Unused by the last commit and by what was allocated since.
        var free = SpaceMap()
        /// In use by the last commit, and not by the next one.
        var released = SpaceMap()
        /// Allocated since the last commit.
        var fresh = SpaceMap()
        /// Neighbouring pieces of fresh space that wait to be written together, and where the first of them belongs.
        var tail: [UInt8] = []
        var tailStart: UInt64 = 0
        var journal: RollbackJournalWriter?
        /// The file of the journal, which may be there without anything in it.
        var journalFile: (any WritableFile)?
        /// Whether the journal's name is on the disk.
        var isJournalNamed = false
        /// Whether all that the journal saves is on the disk.
        var isJournalComplete = true
        /// The pages that the journal saves.
        var saved: Set<UInt64> = []
        /// The path at which the file is found; nil before its first commit.
        var path: String?
        var isOpen = true
    }

    private let file: any WritableFile
    private let store: any FileStore
    /// Where a new file lies until its first commit; nil for one that was opened.
    private let temporaryPath: String?
    private let target: String
    private let isReplacing: Bool
    /// How many bytes of pages are kept before some are written early.
    private let memory: Int
    private let state: Locked<State>

    /// Changes a file that exists; `end` is what it says of its own end.
    init(
        file: any WritableFile, store: any FileStore, target: String, temporaryPath: String?, isReplacing: Bool,
        end: UInt64, memory: Int
    ) {
        self.file = file
        self.store = store
        self.target = target
        self.temporaryPath = temporaryPath
        self.isReplacing = isReplacing
        self.memory = memory
        state = Locked(
            State(end: end, committedEnd: end, path: temporaryPath == nil ? target : nil))
    }

    deinit { try? discard() }

    // MARK: Reading

    var size: UInt64 { state.withLock { $0.end } }
    /// Where the last commit ends.
    var committedEnd: UInt64 { state.withLock { $0.committedEnd } }
    /// The bytes of unused space below the end.
    var freeBytes: UInt64 { state.withLock { $0.free.total + $0.released.total } }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws {
        let count = UInt64(buffer.count)
        let first = offset / UInt64(Self.pageSize)
        let last = (offset + max(count, 1) - 1) / UInt64(Self.pageSize)
        let changed = try state.withLock { state -> [(UInt64, [UInt8])]? in
            guard offset <= state.end, count <= state.end - offset else {
                throw H5Error(.truncated, "the file ends before \(count) bytes could be read", address: offset)
            }
            if Self.contains(state, offset, offset + count) {
                // The pieces that wait are not in the file, and pages have no other bytes of them.
                let start = Int(offset - state.tailStart)
                state.tail.withUnsafeBytes {
                    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<(start + buffer.count)]))
                }
                return nil
            }
            try writeTail(&state, from: offset, to: offset + count)
            if state.pages.isEmpty { return [] }
            if last - first < UInt64(state.pages.count) {
                return (first...last).compactMap { number in state.pages[number].map { (number, $0) } }
            }
            return state.pages.filter { $0.key >= first && $0.key <= last }.map { ($0.key, $0.value) }
        }
        guard let changed else { return }
        // A page that holds all that is asked for spares the file.
        if changed.count == 1, first == last { return Self.copy(changed[0], to: buffer, from: offset) }
        try Self.readZeroFilled(file, at: offset, into: buffer)
        for page in changed { Self.copy(page, to: buffer, from: offset) }
    }

    /// Copies what a page has of a range.
    private static func copy(_ page: (UInt64, [UInt8]), to buffer: UnsafeMutableRawBufferPointer, from offset: UInt64) {
        let start = page.0 * UInt64(pageSize)
        let from = max(offset, start)
        let to = min(offset + UInt64(buffer.count), start + UInt64(page.1.count))
        guard from < to else { return }
        // Both ranges are inside their buffers, being cut to what they share.
        page.1.withUnsafeBytes { bytes in
            UnsafeMutableRawBufferPointer(rebasing: buffer[Int(from - offset)..<Int(to - offset)]).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes[Int(from - start)..<Int(to - start)]))
        }
    }

    /// Reads from a file whose end was not written yet.
    private static func readZeroFilled(
        _ file: any WritableFile, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
    ) throws {
        let size = file.size
        let there = offset < size ? Int(min(UInt64(buffer.count), size - offset)) : 0
        if there > 0 {
            try file.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<there]))
        }
        if there < buffer.count {
            UnsafeMutableRawBufferPointer(rebasing: buffer[there...]).initializeMemory(as: UInt8.self, repeating: 0)
        }
    }

    // MARK: Space

    /// Finds room for `count` bytes, whose content is undefined until it is written.
    func allocate(_ count: UInt64, alignment: UInt64 = 1) throws -> UInt64 {
        try state.withLock { state in
            guard count > 0, count <= UInt64(Int64.max) else {
                throw H5Error(.invalidArgument, "a block of \(count) bytes cannot be allocated")
            }
            if let start = state.free.allocate(count, alignment: alignment) {
                state.fresh.insert(start, count)
                return start
            }
            // Small blocks are written by pages, of which the journal saves what was committed there.
            if count < UInt64(Self.savedBytes), let start = state.released.allocate(count, alignment: alignment) {
                return start
            }
            // What is free at the end becomes the start of the new block.
            let first = state.free.block(endingAt: state.end)?.start ?? state.end
            let start = (first + alignment - 1) / alignment * alignment
            guard start <= UInt64(Int64.max) - count else {
                throw H5Error(.noSpace, "a file cannot have \(count) bytes more", address: start)
            }
            state.free.remove(first, max(state.end, start) - first)
            state.free.insert(first, start - first)
            state.fresh.insert(start, count)
            state.end = start + count
            return start
        }
    }

    /// Gives space back; that of the last commit is used again only after the next one.
    func release(_ start: UInt64, _ count: UInt64) {
        state.withLock { state in
            guard count > 0, start < state.end else { return }
            let count = min(count, state.end - start)
            let own = state.fresh.intersection(start, count)
            state.released.insert(start, count)
            for part in own {
                state.fresh.remove(part.start, part.count)
                state.released.remove(part.start, part.count)
                state.free.insert(part.start, part.count)
            }
        }
    }

    /// Adds space that the file as it was opened does not use.
    func addUnused(_ start: UInt64, _ count: UInt64) {
        state.withLock { state in
            guard start < state.end else { return }
            state.free.insert(start, min(count, state.end - start))
        }
    }

    /// Whether a range was allocated since the last commit, so that it may be written at once.
    func isFresh(_ start: UInt64, _ count: UInt64) -> Bool { state.withLock { $0.fresh.contains(start, count) } }

    /// Whether nothing was ever written to a range, so that it reads as zeros.
    func isUntouched(_ start: UInt64, _ count: UInt64) -> Bool {
        state.withLock { state in
            guard start >= max(file.size, state.tailStart + UInt64(state.tail.count)), count > 0 else { return false }
            let page = UInt64(Self.pageSize)
            let (first, last) = (start / page, (start + count - 1) / page)
            if last - first < UInt64(state.pages.count) { return !(first...last).contains { state.pages[$0] != nil } }
            return !state.pages.keys.contains { $0 >= first && $0 <= last }
        }
    }

    // MARK: Writing

    /// Writes bytes: to the file where nothing committed is there, else to pages in memory.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws {
        guard bytes.count > 0 else { return }
        let page = UInt64(Self.pageSize)
        let (end, overflow) = offset.addingReportingOverflow(UInt64(bytes.count))
        let isDirect = try state.withLock { state -> Bool in
            guard !overflow, end <= state.end else {
                throw H5Error(.invalidArgument, "bytes are written behind the end of the file", address: offset)
            }
            let isNext = !state.tail.isEmpty && offset == state.tailStart + UInt64(state.tail.count)
            if Self.contains(state, offset, end) {
                let start = Int(offset - state.tailStart)
                // Both ranges are inside their buffers.
                state.tail.withUnsafeMutableBytes {
                    UnsafeMutableRawBufferPointer(rebasing: $0[start..<(start + bytes.count)]).copyMemory(from: bytes)
                }
                updatePages(&state, bytes, at: offset)
                return false
            }
            if !isNext { try writeTail(&state, from: offset, to: end) }
            // Pieces that follow each other are gathered; large ones go straight to where nothing committed is.
            let isGathered = isNext || state.tail.isEmpty && end == state.end
            if bytes.count >= Self.directBytes || isGathered, state.fresh.contains(offset, UInt64(bytes.count)) {
                updatePages(&state, bytes, at: offset)
                guard bytes.count <= Self.gatheredBytes else { return true }
                if !isNext || state.tail.count + bytes.count > Self.tailBytes {
                    try writeTail(&state)
                    state.tailStart = offset
                }
                state.tail.append(contentsOf: bytes)
                return false
            }
            for number in (offset / page)...((end - 1) / page) {
                if state.pages[number] == nil {
                    let start = number * page
                    let isCovered = offset <= start && end >= start + page
                    var content = [UInt8](repeating: 0, count: Self.pageSize)
                    if !isCovered { try writeTail(&state, from: start, to: start + page) }
                    if !isCovered, start < file.size {
                        try content.withUnsafeMutableBytes { try Self.readZeroFilled(file, at: start, into: $0) }
                    }
                    state.pages[number] = content
                }
                Self.copy(bytes, at: offset, to: number, &state)
            }
            if state.pages.count * Self.pageSize > memory { try spill(&state) }
            return false
        }
        if isDirect { try file.write(bytes, at: offset) }
    }

    /// Writes bytes to space of the last commit at once; no rollback brings the former ones back.
    ///
    /// - Throws: `H5Error` with the code `invalidArgument` where the range is not committed, or shares pages with changes
    ///   that are not: these are to be committed first.
    func writeInPlace(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws {
        guard bytes.count > 0 else { return }
        let page = UInt64(Self.pageSize)
        let (end, overflow) = offset.addingReportingOverflow(UInt64(bytes.count))
        try state.withLock { state in
            guard state.isOpen, !overflow, end <= state.committedEnd else {
                throw H5Error(.invalidArgument, "only what is committed can be written in place", address: offset)
            }
            guard !state.pages.isEmpty || !state.saved.isEmpty else { return }
            for number in (offset / page)...((end - 1) / page)
            where state.pages[number] != nil || state.saved.contains(number) {
                throw H5Error(.invalidArgument, "changes beside it are not committed yet", address: offset)
            }
        }
        try file.write(bytes, at: offset)
    }

    /// Takes room on the disk for space of the last commit, so that writing it in place cannot fail for want of room.
    func reserve(_ offset: UInt64, _ count: UInt64) throws { try file.reserve(offset, count) }

    /// Returns when everything that was written in place is on the disk.
    func synchronizeInPlace() throws { try file.synchronize() }

    /// Whether a range lies in the pieces that wait.
    private static func contains(_ state: State, _ start: UInt64, _ end: UInt64) -> Bool {
        start >= state.tailStart && end <= state.tailStart + UInt64(state.tail.count) && start < end
    }

    /// Gives bytes to the pages in memory that share some with them.
    private func updatePages(_ state: inout State, _ bytes: UnsafeRawBufferPointer, at offset: UInt64) {
        guard !state.pages.isEmpty else { return }
        let page = UInt64(Self.pageSize)
        for number in (offset / page)...((offset + UInt64(bytes.count) - 1) / page) where state.pages[number] != nil {
            Self.copy(bytes, at: offset, to: number, &state)
        }
    }

    /// Writes the pieces that wait, where they share bytes with a range.
    private func writeTail(_ state: inout State, from start: UInt64 = 0, to end: UInt64 = .max) throws {
        guard !state.tail.isEmpty, start < state.tailStart + UInt64(state.tail.count), end > state.tailStart else {
            return
        }
        try file.write(state.tail, at: state.tailStart)
        state.tail.removeAll(keepingCapacity: true)
    }

    /// Copies what of `bytes` belongs to a page in memory.
    private static func copy(
        _ bytes: UnsafeRawBufferPointer, at offset: UInt64, to number: UInt64, _ state: inout State
    ) {
        let start = number * UInt64(pageSize)
        let from = max(offset, start)
        let to = min(offset + UInt64(bytes.count), start + UInt64(pageSize))
        guard from < to, let index = state.pages.index(forKey: number) else { return }
        // Both ranges are inside their buffers, being cut to what they share; a page has `pageSize` bytes.
        state.pages.values[index].withUnsafeMutableBytes { page in
            UnsafeMutableRawBufferPointer(rebasing: page[Int(from - start)..<Int(to - start)]).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes[Int(from - offset)..<Int(to - offset)]))
        }
    }

    /// Writes pages before the commit, so that memory stays bounded.
    private func spill(_ state: inout State) throws {
        try writeTail(&state)
        let committedPages = (state.committedEnd + UInt64(Self.pageSize) - 1) / UInt64(Self.pageSize)
        var numbers = state.pages.keys.filter { $0 >= committedPages }
        // What nothing committed lies in needs no journal.
        if numbers.count < state.pages.count / 2 {
            try save(&state)
            numbers = Array(state.pages.keys)
        }
        try writePages(numbers.sorted(), &state)
    }

    /// Writes pages that are saved, or that nothing committed lies in, neighbours together.
    private func writePages(_ numbers: [UInt64], _ state: inout State) throws {
        var joined: [UInt8] = []
        var next = 0
        while next < numbers.count {
            let first = next
            joined.removeAll(keepingCapacity: true)
            while next < numbers.count, next - first < Self.joinedPages,
                numbers[next] == numbers[first] + UInt64(next - first), let content = state.pages[numbers[next]]
            {
                joined += content
                next += 1
            }
            guard next > first else { return }
            try file.write(joined, at: numbers[first] * UInt64(Self.pageSize))
            for number in numbers[first..<next] { state.pages[number] = nil }
        }
    }

    /// Saves what the last commit has in the pages in memory.
    private func save(_ state: inout State, waits: Bool = true) throws {
        let page = UInt64(Self.pageSize)
        guard let path = state.path else { return }
        let numbers = state.pages.keys.filter { $0 * page < state.committedEnd && !state.saved.contains($0) }.sorted()
        guard !numbers.isEmpty || !state.isJournalComplete else { return }
        state.isJournalComplete = false
        // Each step is remembered, so that a commit that failed can be made again.
        let journalFile = try state.journalFile ?? store.create(RollbackJournal.path(for: path))
        state.journalFile = journalFile
        if state.journal == nil {
            state.journal = try RollbackJournalWriter(journalFile, originalSize: state.committedEnd)
        }
        for number in numbers {
            let start = number * page
            var former = [UInt8](repeating: 0, count: Int(min(page, state.committedEnd - start)))
            try former.withUnsafeMutableBytes { try Self.readZeroFilled(file, at: start, into: $0) }
            try state.journal?.save(former, at: start)
            // At once, as nothing may be saved twice when this is tried again.
            state.saved.insert(number)
        }
        try state.journal?.finish()
        if waits {
            try state.journal?.synchronize()
            if !state.isJournalNamed { try store.synchronizeFolder(of: path) }
            state.isJournalNamed = true
        }
        state.isJournalComplete = true
    }

    // MARK: The end of a transaction

    /// The end that the file will have: unused space at its end is given back.
    func endAfterCommit() -> UInt64 {
        state.withLock { state in
            var unused = state.free
            for block in state.released.blocks { unused.insert(block.start, block.count) }
            return unused.block(endingAt: state.end)?.start ?? state.end
        }
    }

    /// Makes all changes since the last commit permanent, or throws and changes nothing.
    ///
    /// When this returns the changes are on the disk. When it throws, the last commit is still what a reader finds, and
    /// the call may be made again; `discard` goes back. (Only where the folder itself cannot be synchronised at the very
    /// end, the changes are made and a power failure may still undo them.)
    func commit(durability: H5Durability = .powerFailure) throws {
        let waits = durability == .powerFailure
        let end = endAfterCommit()
        try state.withLock { state in
            guard state.isOpen else { throw H5Error(.readOnly, "the file was closed", file: target) }
            try writeTail(&state)
            try save(&state, waits: waits)
            try writePages(state.pages.keys.sorted(), &state)
            let size = max(end, state.committedEnd)
            if file.size != size { try file.resize(to: size) }
            if waits { try file.synchronize() }
            if let path = state.path {
                guard state.journal != nil else {
                    finish(end, &state)
                    return cut(to: end)
                }
                try store.remove(RollbackJournal.path(for: path))
            } else if let temporaryPath {
                try store.rename(temporaryPath, to: target, replacing: isReplacing)
                state.path = target
            }
            finish(end, &state)
            if waits { try store.synchronizeFolder(of: target) }
            cut(to: end)
        }
    }

    /// Cuts off what lies behind the end of the last commit.
    ///
    /// Not before the journal is gone from the disk: until then a crash goes back to the commit before, which may have bytes
    /// there. Should it fail, the next commit cuts them off.
    private func cut(to end: UInt64) { if file.size > end { try? file.resize(to: end) } }

    /// Takes note that everything up to now is committed.
    private func finish(_ end: UInt64, _ state: inout State) {
        state.journal = nil
        state.journalFile = nil
        state.isJournalNamed = false
        state.isJournalComplete = true
        state.saved = []
        for block in state.released.blocks { state.free.insert(block.start, block.count) }
        state.released = SpaceMap()
        state.fresh = SpaceMap()
        if end < state.end { state.free.remove(end, state.end - end) }
        state.end = end
        state.committedEnd = end
    }

    /// Goes back to the last commit and ends; a file that was never committed disappears.
    func discard() throws {
        try state.withLock { state in
            guard state.isOpen else { return }
            state.isOpen = false
            state.pages = [:]
            state.tail = []
            defer { file.unlock() }
            if let path = state.path {
                if state.journalFile != nil {
                    try Self.rollBack(path, file, store)
                } else if file.size > state.committedEnd {
                    try file.resize(to: state.committedEnd)
                }
            } else if let temporaryPath {
                try store.remove(temporaryPath)
            }
        }
    }
}
