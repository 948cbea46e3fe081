import HDF5Format

/// Gives back what the elements of a dataset hold in the global heap, before they are overwritten or removed.
enum VariableLengthRemoval {
    /// All elements of a dataset.
    static func releaseElements(of description: DatasetDescription, at address: UInt64, in editor: FileEditor) throws {
        try releaseElements(
            of: description, at: address, selected: try SelectionPlan(.all, of: description.dataspace), in: editor)
    }

    /// The elements that a smaller extent leaves out.
    static func releaseElements(
        of description: DatasetDescription, at address: UInt64, outside shape: [Int], in editor: FileEditor
    ) throws {
        // Layer by layer: what lies behind the new end of an axis, inside the new ends of those before it.
        var inner = description.dataspace.shape
        for axis in shape.indices where shape[axis] < inner[axis] {
            let selection = H5Selection.axes(
                inner.indices.map {
                    .range(lower: $0 == axis ? shape[axis] : 0, upper: inner[$0], stride: 1)
                })
            try releaseElements(
                of: description, at: address, selected: try SelectionPlan(selection, of: description.dataspace),
                in: editor)
            inner[axis] = shape[axis]
        }
    }

    /// Selected elements of a dataset.
    static func releaseElements(
        of description: DatasetDescription, at address: UInt64, selected plan: SelectionPlan, in editor: FileEditor
    ) throws {
        guard let release = try HeapDataRelease(description.datatype), plan.count > 0 else { return }
        switch description.layout {
        case .contiguous(nil, _): return
        case .chunked(let layout) where layout.address == nil: return
        default: break
        }
        let size = description.datatype.size
        let count = try checkedProduct(plan.count, size, "the size of the elements")
        try editor.storage.checkAllocation(count, "the elements that are overwritten")
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBytes {
            try DatasetReader(description, at: address, context: editor.context).read(
                plan, into: RawSink($0, elementSize: size))
        }
        try release.release(bytes.span.bytes, count: plan.count, from: editor.globalHeap)
    }
}
