import HDF5Format

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
