/// Keeps decoded chunks of a file from one call to the next, within a number of bytes.
///
/// Rows read one by one would otherwise inflate their chunk again for each of them. What was used longest ago goes first.
/// A dataset's chunks are kept from the second call on that takes parts of them: the only one gains nothing from it.
final class ChunkCache: Sendable {
    /// Which chunk: its dataset, by the address of the object header, and its place in the file.
    struct Key: Hashable, Sendable {
        let dataset: UInt64
        let chunk: UInt64
    }

    private struct Entry {
        var bytes: [UInt8]
        var lastUse: UInt64
    }

    private struct Kept {
        var entries: [Key: Entry] = [:]
        var bytes = 0
        var clock: UInt64 = 0
        /// Datasets of whose chunks a call took parts, the last ones.
        var visited: [UInt64] = []
    }

    /// The most datasets that are remembered; more are not read side by side.
    private static let mostVisited = 64

    /// The most bytes that are kept.
    let capacity: Int
    private let kept = Locked(Kept())

    init(capacity: Int) { self.capacity = capacity }

    /// Whether a call before this one took parts of a dataset's chunks.
    func wasVisited(_ dataset: UInt64) -> Bool {
        kept.withLock { kept in
            if kept.visited.contains(dataset) { return true }
            if kept.visited.count >= Self.mostVisited { kept.visited.removeFirst() }
            kept.visited.append(dataset)
            return false
        }
    }

    /// The bytes that are kept.
    var count: Int { kept.withLock { $0.bytes } }

    /// A chunk that is kept.
    func bytes(_ key: Key) -> [UInt8]? {
        kept.withLock { kept in
            guard let index = kept.entries.index(forKey: key) else { return nil }
            kept.clock &+= 1
            kept.entries.values[index].lastUse = kept.clock
            return kept.entries.values[index].bytes
        }
    }

    /// Forgets chunks of a dataset that were written, at the places where they are now.
    func forget(_ chunks: some Sequence<UInt64>, of dataset: UInt64) {
        kept.withLock { kept in
            guard !kept.entries.isEmpty else { return }
            for chunk in chunks {
                guard let old = kept.entries.removeValue(forKey: Key(dataset: dataset, chunk: chunk)) else { continue }
                kept.bytes -= old.bytes.count
            }
        }
    }

    /// Keeps a chunk; one larger than the capacity is not kept.
    func insert(_ bytes: [UInt8], for key: Key) {
        guard bytes.count <= capacity else { return }
        kept.withLock { kept in
            kept.clock &+= 1
            if let old = kept.entries.updateValue(Entry(bytes: bytes, lastUse: kept.clock), forKey: key) {
                kept.bytes -= old.bytes.count
            }
            kept.bytes += bytes.count
            guard kept.bytes > capacity else { return }
            // The older ones go, down to three quarters, so that not every insertion looks for the oldest.
            for (key, entry) in kept.entries.sorted(by: { $0.value.lastUse < $1.value.lastUse }).dropLast() {
                kept.entries[key] = nil
                kept.bytes -= entry.bytes.count
                if kept.bytes <= capacity / 4 * 3 { break }
            }
        }
    }
}
