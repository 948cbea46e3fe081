import HDF5Format

/// A dataset that is being changed: its extent, its layout and the chunks that its index does not list yet.
final class EditedDataset {
    let address: UInt64
    /// What the header will say.
    var description: DatasetDescription
    /// Chunks that were written or dropped since the index was, by their numbers in row-major order of the grid; an element
    /// without an address drops the chunk.
    var chunks: [Int: ChunkElement] = [:]
    /// Decoded chunks that were written in part and wait for the rest.
    var cache = ChunkWriteCache()
    /// Elements that were added behind the last ones and wait for more.
    var appended = AppendedElements()
    /// Whether the dataspace or the layout differs from what the header says.
    var isHeaderChanged = false
    /// Whether the editor knows that there is something to settle.
    var isPending = false

    init(address: UInt64, description: DatasetDescription) {
        self.address = address
        self.description = description
    }
}

extension DatasetDescription {
    /// How the extent is cut into chunks.
    func grid(_ layout: DataLayoutMessage.ChunkedLayout) throws -> ChunkGrid {
        try ChunkGrid(dataspace: dataspace, layout: layout, elementSize: datatype.size)
    }
}

/// Decoded chunks that were written in part, within a budget.
struct ChunkWriteCache {
    /// A chunk in memory.
    final class Entry {
        let number: Int
        let bytes: ScratchBytes
        fileprivate(set) var used: UInt64 = 0

        init(number: Int, bytes: ScratchBytes) {
            self.number = number
            self.bytes = bytes
        }
    }

    private(set) var entries: [Int: Entry] = [:]
    private var clock: UInt64 = 0

    var isEmpty: Bool { entries.isEmpty }

    /// The chunk of a number, if it is here.
    mutating func entry(_ number: Int) -> Entry? {
        guard let entry = entries[number] else { return nil }
        clock += 1
        entry.used = clock
        return entry
    }

    mutating func insert(_ entry: Entry) {
        clock += 1
        entry.used = clock
        entries[entry.number] = entry
    }

    /// The chunks that were not used for longest, so that `count` remain.
    mutating func removeOldest(keeping count: Int) -> [Entry] {
        guard entries.count > count else { return [] }
        let oldest = entries.values.sorted { $0.used < $1.used }.prefix(entries.count - count)
        for entry in oldest { entries[entry.number] = nil }
        return oldest.sorted { $0.number < $1.number }
    }

    mutating func remove(_ number: Int) { entries[number] = nil }
    mutating func removeAll() { entries.removeAll() }
}
