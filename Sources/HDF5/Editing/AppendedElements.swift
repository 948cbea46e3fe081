import HDF5Format

/// Elements that were added behind the last ones along the first axis, a few at a time, and are written together.
///
/// They lie in memory as they are stored. An instrument that appends row by row pays for finding chunks, encoding and
/// writing once for very many of them.
struct AppendedElements {
    /// The coordinate on the first axis of the first of them.
    private(set) var start = 0
    private(set) var bytes: [UInt8] = []

    var isEmpty: Bool { bytes.isEmpty }

    /// What is written at once.
    static let writtenBytes = 1 << 20
    /// More elements than this at a time do not wait.
    static let gatheredBytes = 64 << 10

    /// Adds elements that belong at a coordinate behind those that are here.
    mutating func append(_ source: some ElementSource, at start: Int) throws {
        if isEmpty { self.start = start }
        try source.appendStoredBytes(to: &bytes)
    }

    mutating func removeLast(_ count: Int) { bytes.removeLast(min(count, bytes.count)) }
    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }
}
