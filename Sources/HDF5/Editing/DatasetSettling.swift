import HDF5Format

/// Brings what is pending of a dataset into the file.
extension EditedDataset {
    /// Writes everything that is pending to the file's structures.
    func settle(in editor: FileEditor) throws {
        guard isPending else { return }
        // Still pending while this writes, so that what it changes is not noted once more, for nobody to settle.
        defer { isPending = false }
        try flushAppended(in: editor)
        try DatasetWriter(self, in: editor).flushCache()
        try settleIndex(in: editor)
        guard isHeaderChanged else { return }
        isHeaderChanged = false
        var header = try ObjectHeaderEditor(address, in: editor.storage)
        let dataspace = description.dataspace
        let old = try header.decode(.dataspace) { try DataspaceMessage(from: &$0) }
        var message = dataspace.message(in: editor.generation)
        if let old { message.form = old.form }
        if message.form.version == 1, dataspace.kind == .null { message.form.version = 2 }
        try header.replace(try header.message(.dataspace) { try message.encode(to: &$0) })
        let layout = DataLayoutMessage(version: description.layoutVersion, layout: description.layout)
        try header.replace(try header.message(.dataLayout) { try layout.encode(to: &$0) })
        try header.write()
    }

    /// Brings the chunks that were written or dropped into the index.
    func settleIndex(in editor: FileEditor) throws {
        guard !chunks.isEmpty, case .chunked(let layout) = description.layout else { return }
        let grid = try description.grid(layout)
        var index = try ChunkIndexEditor(
            grid: grid, layout: layout, isFiltered: !description.filters.isEmpty,
            layoutVersion: description.layoutVersion, in: editor.context)
        let changes = chunks.sorted { $0.key < $1.key }.map {
            ChunkIndexEditor.Change(number: $0.key, element: $0.value)
        }
        try index.apply(changes)
        chunks.removeAll(keepingCapacity: true)
        guard index.layout != layout else { return }
        description = description.with(layout: .chunked(index.layout))
        isHeaderChanged = true
    }

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
