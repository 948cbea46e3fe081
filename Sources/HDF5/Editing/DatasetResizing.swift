import HDF5Format

extension DatasetWriter {
    /// Gives the dataset another extent, inside its maximum; elements that no longer fit are gone.
    func resize(to shape: [Int]) throws {
        let old = description.dataspace
        guard case .chunked(let layout) = description.layout else {
            throw H5Error(.invalidArgument, "only a dataset in chunks can be resized; copy the data to a new one")
        }
        guard shape.count == old.rank else {
            throw H5Error(.invalidArgument, "the new shape \(shape) does not have the \(old.rank) axes of the dataset")
        }
        for (axis, extent) in shape.enumerated() {
            guard extent >= 0 else { throw H5Error(.invalidArgument, "an extent cannot be \(extent)") }
            if let limit = old.maximumShape[axis], extent > limit {
                throw H5Error(
                    .invalidArgument, "axis \(axis) can have \(limit) elements at most, not \(extent)")
            }
        }
        _ = try checkedProduct(shape + [description.datatype.size], "the size of the dataset")
        guard shape != old.shape else { return }
        try editor.change {
            let shrinks = zip(shape, old.shape).contains { $0 < $1 }
            if shrinks {
                if description.datatype.hasHeapData {
                    try editor.settle()
                    try VariableLengthRemoval.releaseElements(
                        of: description, at: dataset.address, outside: shape, in: editor)
                }
                try ChunkWriter(self, layout).prune(to: shape)
            }
            // Chunks are numbered in row-major order, which only the first axis leaves alone.
            let renumbers = zip(shape, old.shape).dropFirst().contains { $0 != $1 }
            if shrinks || renumbers {
                try flushCache()
                try dataset.settleIndex(in: editor)
            } else if zip(shape, old.shape).contains(where: { $0 != $1 }), !dataset.cache.isEmpty,
                layout.leavesPartialChunksUnfiltered
            {
                try flushCache()
            }
            dataset.description = try description.with(
                dataspace: .simple(shape, maximum: old.maximumShape))
            dataset.isHeaderChanged = true
            editor.noteChange(of: dataset)
            try fillImplicit(layout, outside: old.shape)
        }
    }

    /// Gives chunks of an implicit index that come into the extent the fill value: their space was there, and never written.
    private func fillImplicit(_ layout: DataLayoutMessage.ChunkedLayout, outside old: [Int]) throws {
        guard case .implicit = layout.index, let first = layout.address else { return }
        let grid = try description.grid(layout)
        let numbering = try ChunkNumbering(grid: grid)
        // All chunks must be in the file, so that an extent that a damaged file states costs no time.
        let total = try checkedProduct([numbering.count, grid.chunkBytes], "the size of all chunks")
        try storage.checkExtent(first, UInt64(total))
        let count = try checkedProduct(grid.chunkCounts, "the number of chunks")
        for number in 0..<count {
            let coordinates = grid.coordinates(of: number)
            let isNew = coordinates.indices.contains { coordinates[$0] * grid.chunkShape[$0] >= old[$0] }
            guard isNew else { continue }
            let place = try UInt64(numbering.number(of: coordinates))
                .multiplied(by: UInt64(grid.chunkBytes), "the offset of a chunk")
            try storage.fill(first &+ place, grid.chunkBytes, with: description.fillBytes)
        }
    }
}
