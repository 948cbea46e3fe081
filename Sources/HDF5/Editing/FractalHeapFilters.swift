import HDF5Filters
import HDF5Format

/// The filters of a fractal heap, applied to its direct blocks and huge objects.
struct FractalHeapFilters {
    private let descriptions: [H5FilterDescription]
    private let storage: FileStorage
    private let pipeline: FilterPipeline

    init(_ message: FilterPipelineMessage?, storage: FileStorage) {
        descriptions = message?.filters ?? []
        self.storage = storage
        pipeline = FilterPipeline(descriptions, filters: storage.filters)
    }

    var isEmpty: Bool { descriptions.isEmpty }

    /// Applies the filters first to last; the mask says which optional ones declined.
    func encode(_ bytes: [UInt8]) throws -> (bytes: [UInt8], mask: UInt32) {
        var current = bytes
        var mask: UInt32 = 0
        for (index, description) in descriptions.enumerated() {
            let result = try storage.filters.filter(description.identifier).map { filter in
                // The result of a filter may be larger than what it was given; one that is much larger declines.
                var output = [UInt8](repeating: 0, count: current.count + current.count / 2 + 4_096)
                let count = try storage.withWorkspace { workspace in
                    var span = output.mutableSpan
                    var target = span.mutableBytes
                    return try filter.encode(
                        current.span.bytes, into: &target, clientValues: description.clientValues, workspace: workspace)
                }
                if let count { output.removeLast(output.count - count) }
                return count == nil ? nil : output
            }
            if let output = result ?? nil {
                current = output
            } else if description.isOptional, index < FilterPipelineMessage.maximumCount {
                mask |= 1 << UInt32(index)
            } else {
                throw H5Error(
                    .missingFilter,
                    "filter \(description.identifier) is needed to write to a fractal heap and is not available")
            }
        }
        return (current, mask)
    }

    /// Undoes the filters of `count` bytes.
    func decode(_ address: UInt64, stored: UInt64, mask: UInt32, count: Int) throws -> [UInt8] {
        let input = try storage.read(at: address, count: try Int(checking: stored, "the size of a filtered block"))
        try storage.checkAllocation(count, "a block of a fractal heap")
        var output = [UInt8](repeating: 0, count: count)
        var buffers = PipelineBuffers()
        try storage.withWorkspace { workspace in
            var span = output.mutableSpan
            var bytes = span.mutableBytes
            try pipeline.decode(input.span.bytes, mask: mask, into: &bytes, buffers: &buffers, workspace: workspace)
        }
        return output
    }
}
