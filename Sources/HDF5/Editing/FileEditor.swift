import HDF5Format

/// A dataset of which nothing is known but that it was made.
private struct JustMade {
    let address: UInt64
    /// The revision of the file then.
    let revision: UInt64
    /// Whether its header is in the file; otherwise it is that of the template, and waits for the address of its data.
    var isHeaderWritten: Bool
}

/// A file that is being changed: who may touch it, what has not been written to its structures yet, and its commits.
///
/// Links and chunk addresses are gathered and written in batches, sorted, when somebody reads or the file is committed.
///
/// `@unchecked Sendable`: everything that changes is touched inside `perform` only, where one thread is at a time.
final class FileEditor: @unchecked Sendable {
    let context: FileContext
    let transaction: FileTransaction
    /// The generation in which new objects are written.
    let generation: H5FormatGeneration
    private let lock = ReentrantLock()
    /// Grows whenever an object header changes, so that values that were read from one know that they are old.
    private(set) var revision: UInt64 = 0
    /// What groups are to get and to lose, by the addresses of their headers, and the order in which they came.
    private var pendingLinks: [UInt64: PendingLinks] = [:]
    private var groupOrder: [UInt64] = []
    /// Datasets that were written or resized, by the addresses of their headers, and the order in which they came.
    private var datasets: [UInt64: EditedDataset] = [:]
    private var datasetOrder: [UInt64] = []
    /// The first error that left a change half-done; nothing can be committed after it.
    private var failure: H5Error?
    private var isClosed = false
    private var superblock: Superblock
    /// The dataset that was made last, for others like it.
    var template: DatasetTemplate?
    /// The dataset that was made last, until something else is changed.
    private var made: JustMade?
    /// Where variable-length data goes.
    let globalHeap: GlobalHeapEditor

    private static let keptDatasets = 1024

    /// The bytes of elements that were appended to datasets and wait for more.
    var waitingBytes = 0
    /// When all of them are written, however few each dataset has.
    static let mostWaitingBytes = 16 << 20

    var storage: FileStorage { context.storage }

    init(context: FileContext, transaction: FileTransaction, generation: H5FormatGeneration) {
        self.context = context
        self.transaction = transaction
        self.generation = generation
        superblock = context.superblock
        globalHeap = GlobalHeapEditor(storage: context.storage, heap: context.globalHeap)
    }

    // MARK: Who may touch the file

    /// Runs `body` while no other thread reads or changes the file.
    func perform<R>(_ body: () throws -> R) throws -> R {
        try performBesideMade {
            try writeMadeHeader()
            return try body()
        }
    }

    /// Runs `body`, which needs not find the header of the dataset that was just made in the file.
    private func performBesideMade<R>(_ body: () throws -> R) throws -> R {
        try lock.withLock {
            guard !isClosed else { throw H5Error(.readOnly, "the file was closed", file: storage.name) }
            return try body()
        }
    }

    /// Runs `body`, which reads, once all that is pending is written.
    func performReading<R>(_ body: () throws -> R) throws -> R {
        try perform {
            try settle()
            return try body()
        }
    }

    /// Runs a change.
    ///
    /// Arguments are checked before; what fails inside may leave a structure half-changed.
    func change<R>(_ body: () throws -> R) throws -> R {
        if let failure {
            throw H5Error(
                .inUse,
                "an earlier change failed half-way, so nothing more can be changed or committed; close the file "
                    + "and open it again", file: storage.name, cause: failure)
        }
        defer { revision &+= 1 }
        do {
            return try body()
        } catch {
            failure = error as? H5Error ?? H5Error(.inputOutput, "\(error)")
            throw error
        }
    }

    /// The revision, for those who are not inside `perform`.
    var currentRevision: UInt64 { lock.withLock { revision } }

    /// Runs `body` while no other thread is in `perform`.
    func exclusively<R>(_ body: () throws -> R) rethrows -> R { try lock.withLock(body) }

    // MARK: What is pending

    /// The changes of a group's links that are not in its structures yet.
    func links(of group: UInt64) throws -> PendingLinks {
        if let known = pendingLinks[group] { return known }
        let pending = try PendingLinks(group: group, in: storage)
        pendingLinks[group] = pending
        groupOrder.append(group)
        return pending
    }

    /// Takes note of a group that was just made, which needs not be read to know that it is empty.
    func noteNewGroup(_ address: UInt64, tracksCreationOrder: Bool) {
        pendingLinks[address] = PendingLinks(newGroup: address, tracksCreationOrder: tracksCreationOrder)
        groupOrder.append(address)
    }

    /// Whether a group was made since the structures were last written, so that all its links are pending.
    func isNewAndEmpty(_ group: UInt64) -> Bool { pendingLinks[group]?.isNew ?? false }

    /// The changes of a group's links, if there are any.
    func pendingLinks(of group: UInt64) -> PendingLinks? { pendingLinks[group] }

    /// A dataset as it is with all changes; from now on the editor knows it, unless it was just made.
    func dataset(_ address: UInt64, _ description: @autoclosure () throws -> DatasetDescription) throws -> EditedDataset
    {
        if let known = datasets[address] { return known }
        let edited = EditedDataset(address: address, description: try description())
        // Of very many that are made and written once, none is kept.
        if !isJustMade(address) { datasets[address] = edited }
        return edited
    }

    // MARK: Datasets that were just made

    /// Takes note that the last change made a dataset.
    func noteMade(_ address: UInt64, isHeaderWritten: Bool = true) {
        made = JustMade(address: address, revision: revision, isHeaderWritten: isHeaderWritten)
    }

    private func isJustMade(_ address: UInt64) -> Bool {
        guard let made else { return false }
        return made.address == address && made.revision == revision
    }

    /// Writes the header that waited for the address of its data.
    private func writeMadeHeader() throws {
        guard let waiting = made, !waiting.isHeaderWritten else { return }
        made?.isHeaderWritten = true
        do {
            // Not a change that could be seen: the header is what everybody takes it to be.
            try template?.write(at: waiting.address, in: storage)
        } catch {
            failure = error as? H5Error ?? H5Error(.inputOutput, "\(error)")
            throw error
        }
    }

    /// Writes the address of its data to the header of a dataset that was just made; answers whether this can be done.
    func writeAddress(_ data: UInt64, of dataset: UInt64) throws -> Bool {
        guard isJustMade(dataset), let template else { return false }
        return try template.write(at: dataset, data: data, in: storage)
    }

    /// Writes all elements, as values of a type lie in memory, of a dataset whose header waits for their address; answers
    /// whether this can be done.
    func writeMade<Element: H5Element>(_ elements: RawSpan, _ type: Element.Type, of dataset: UInt64) throws -> Bool {
        try performBesideMade {
            guard isJustMade(dataset), made?.isHeaderWritten == false, let template, template.takes(type, elements)
            else { return false }
            made = nil
            try change {
                let data = try storage.allocate(elements.byteCount, alignment: 8)
                try template.write(at: dataset, elements, at: data, in: storage)
            }
            return true
        }
    }

    /// Runs an encoder, which may put things into the global heap.
    func encoding<R>(_ body: () throws -> R) throws -> R {
        // What an encoder leaves in the heap when it throws is lost space and harms nothing.
        try body()
    }

    /// What is known of a dataset that was opened some time ago.
    ///
    /// - Parameters:
    ///   - opened: What its header said then.
    ///   - since: The revision of the file then.
    func description(of address: UInt64, opened: DatasetDescription, since: UInt64) -> DatasetDescription {
        lock.withLock {
            if let known = datasets[address] { return known.description }
            guard since != revision, !isClosed, let header = try? ObjectHeader.load(address, from: storage),
                let now = try? DatasetDescription(header, context: context)
            else { return opened }
            return now
        }
    }

    /// A dataset that was changed; nil for others.
    func editedDataset(_ address: UInt64) -> EditedDataset? { datasets[address] }

    /// Takes note that a dataset has changes that its header or its index of chunks does not show yet.
    func noteChange(of dataset: EditedDataset) {
        guard !dataset.isPending else { return }
        // Settling may have forgotten it while somebody was about to change it.
        datasets[dataset.address] = dataset
        dataset.isPending = true
        datasetOrder.append(dataset.address)
    }

    /// Forgets what was pending for an object that is removed.
    func forget(_ address: UInt64) {
        pendingLinks[address] = nil
        if let dataset = datasets.removeValue(forKey: address) { waitingBytes -= dataset.appended.bytes.count }
    }

    /// Whether structures of the file are behind what was changed.
    var hasPending: Bool { !groupOrder.isEmpty || !datasetOrder.isEmpty }

    /// The datasets that have something to settle, in the order in which they came.
    var pendingDatasets: [EditedDataset] { datasetOrder.compactMap { datasets[$0] } }

    /// The changes of links, in the order in which their groups came.
    var pendingGroups: [PendingLinks] { groupOrder.compactMap { pendingLinks[$0] } }

    /// Takes note that all datasets are settled.
    func noteSettledDatasets() {
        datasetOrder.removeAll(keepingCapacity: true)
        // What they know can be read again.
        if datasets.count > Self.keptDatasets { datasets.removeAll(keepingCapacity: true) }
    }

    /// Takes note that all changes of links are in the structures of the file.
    func noteSettledGroups() {
        groupOrder.removeAll(keepingCapacity: true)
        pendingLinks.removeAll(keepingCapacity: true)
    }

    // MARK: Commits

    /// Makes all changes since the last commit permanent.
    func commit(durability: H5Durability) throws {
        try perform {
            try settle()
            if let failure {
                throw H5Error(
                    .inUse,
                    "an earlier change failed half-way, so nothing can be committed; close the file and open it "
                        + "again", file: storage.name, cause: failure)
            }
            superblock.endOfFile = superblock.baseAddress &+ (transaction.endAfterCommit() &- storage.baseAddress)
            try writeSuperblock()
            try transaction.commit(durability: durability)
        }
    }

    private func writeSuperblock() throws {
        var builder = ByteBuilder(sizes: storage.sizes)
        try superblock.encode(to: &builder)
        try storage.write(builder.bytes, at: 0)
    }

    /// Ends; what was not committed is gone.
    func close() throws {
        try lock.withLock {
            guard !isClosed else { return }
            isClosed = true
            try transaction.discard()
        }
    }
}
