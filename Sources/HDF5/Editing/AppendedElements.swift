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

extension DatasetWriter {
    /// Adds elements behind the last ones along the first axis, and lets them wait for more; answers whether this can be done.
    func gather(_ source: some ElementSource, layer: Int) throws -> Bool {
        guard case .chunked = description.layout, !description.datatype.hasHeapData, layer > 0, source.count > 0,
            source.count % layer == 0, source.count <= AppendedElements.gatheredBytes / max(1, source.storedSize)
        else { return false }
        var shape = description.dataspace.shape
        let start = shape[0]
        let (end, overflow) = start.addingReportingOverflow(source.count / layer)
        guard !overflow else { throw H5Error(.invalidArgument, "an axis cannot have so many elements") }
        shape[0] = end
        // What cannot be converted is found here, before anything is changed.
        try dataset.appended.append(source, at: start)
        do {
            try resize(to: shape)
        } catch {
            dataset.appended.removeLast(source.count * source.storedSize)
            throw error
        }
        editor.waitingBytes += source.count * source.storedSize
        if dataset.appended.bytes.count >= AppendedElements.writtenBytes {
            try editor.change { try dataset.flushAppended(in: editor, keepsMemory: true) }
        } else if editor.waitingBytes > FileEditor.mostWaitingBytes {
            try editor.settle()
        }
        return true
    }
}

extension EditedDataset {
    /// Writes the elements that wait.
    ///
    /// - Parameter keepsMemory: Whether more will follow soon.
    func flushAppended(in editor: FileEditor, keepsMemory: Bool = false) throws {
        guard !appended.isEmpty else { return }
        let shape = description.dataspace.shape
        var waiting = AppendedElements()
        swap(&waiting, &appended)
        editor.waitingBytes -= waiting.bytes.count
        let selection = H5Selection.axes(
            shape.indices.map { $0 == 0 ? .range(lower: waiting.start, upper: nil, stride: 1) : .whole })
        let plan = try SelectionPlan(selection, of: description.dataspace)
        try DatasetWriter(self, in: editor).write(plan, storedBytes: waiting.bytes)
        guard keepsMemory else { return }
        waiting.removeAll()
        appended = waiting
    }
}
