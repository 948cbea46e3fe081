import HDF5Format

/// Writes selected elements of a dataset, whatever the dataset's storage.
struct DatasetWriter {
    let dataset: EditedDataset
    let editor: FileEditor
    var storage: FileStorage { editor.storage }
    var description: DatasetDescription { dataset.description }

    init(_ dataset: EditedDataset, in editor: FileEditor) {
        self.dataset = dataset
        self.editor = editor
    }

    /// Throws, before anything is changed, where the dataset cannot be written.
    func checkWritable() throws {
        if description.externalFiles != nil {
            throw H5Error(.unsupported, "the data lies in other files, which are not changed; copy the dataset first")
        }
        if case .virtual = description.layout {
            throw H5Error(.unsupported, "a virtual dataset has no data of its own; write to the datasets that it shows")
        }
    }

    /// Writes the elements that a plan selects, in the order of the plan.
    func write(_ plan: SelectionPlan, from source: some ElementSource & Sendable) throws {
        guard plan.count > 0 else { return }
        guard source.count >= plan.count else {
            throw H5Error(.invalidArgument, "\(plan.count) elements are selected and \(source.count) are given")
        }
        switch description.layout {
        case .compact(let bytes): try writeCompact(plan, bytes, from: source)
        case .contiguous(let address, _): try writeContiguous(plan, address, from: source)
        case .chunked(let layout): try ChunkWriter(self, layout).write(plan, from: source)
        case .virtual: try checkWritable()
        }
    }

    /// Writes the elements that a plan selects, which lie in memory as they are stored.
    func write(_ plan: SelectionPlan, storedBytes bytes: [UInt8]) throws {
        // The memory is lent for the whole write.
        try bytes.withUnsafeBytes {
            try write(plan, from: StoredSource($0, elementSize: description.datatype.size))
        }
    }

    /// Writes the chunks that wait for more.
    func flushCache() throws {
        guard !dataset.cache.isEmpty, case .chunked(let layout) = description.layout else { return }
        try ChunkWriter(self, layout).flush(keeping: 0)
    }

    // MARK: Data in one piece

    private func writeCompact(_ plan: SelectionPlan, _ bytes: [UInt8], from source: some ElementSource & Sendable)
        throws
    {
        let size = description.datatype.size
        var bytes = bytes
        if bytes.count < description.byteCount {
            bytes.append(contentsOf: repeatElement(0, count: description.byteCount - bytes.count))
        }
        // The runs are checked against the buffer.
        try bytes.withUnsafeMutableBytes { buffer in
            try plan.forEachRun(in: description.dataspace.shape) { linear, position, count in
                guard (linear + count) * size <= buffer.count else {
                    throw H5Error(.selection, "elements do not fit where they belong")
                }
                try source.transfer(
                    from: position, stride: 1,
                    to: UnsafeMutableRawBufferPointer(rebasing: buffer[(linear * size)..<((linear + count) * size)]),
                    targetStride: size, count: count)
            }
        }
        dataset.description = description.with(layout: .compact(bytes))
        dataset.isHeaderChanged = true
        editor.noteChange(of: dataset)
    }

    private func writeContiguous(
        _ plan: SelectionPlan, _ address: UInt64?, from source: some ElementSource & Sendable
    ) throws {
        let total = description.byteCount
        let isEverything = plan.isEverything(of: description.dataspace)
        var place = address
        // All of it at once goes to a new place, which needs no journal; the old one stays until the commit.
        if isEverything, let old = address, total >= 1 << 16, !storage.isFresh(old, total) {
            try storage.release(old, total)
            place = nil
        }
        let target: UInt64
        if let place {
            target = place
        } else {
            target = try storage.allocate(total, alignment: 8)
            dataset.description = description.with(layout: .contiguous(address: target, size: UInt64(total)))
            if try !editor.writeAddress(target, of: dataset.address) {
                dataset.isHeaderChanged = true
                editor.noteChange(of: dataset)
            }
            if !isEverything { try storage.fill(target, total, with: description.fillBytes) }
        }
        if isEverything, let bytes = source.rawMemory(first: 0, count: plan.count), bytes.count == total {
            return try storage.write(bytes, at: target)
        }
        let size = description.datatype.size
        let scratch = ScratchBytes()
        try plan.forEachRun(in: description.dataspace.shape) { linear, position, count in
            var done = 0
            while done < count {
                let number = min(count - done, max(1, (1 << 20) / size))
                let place = target + UInt64((linear + done) * size)
                if let bytes = source.rawMemory(first: position + done, count: number) {
                    try storage.write(bytes, at: place)
                } else {
                    let buffer = scratch.bytes(number * size)
                    try source.transfer(
                        from: position + done, stride: 1, to: buffer, targetStride: size, count: number)
                    try storage.write(UnsafeRawBufferPointer(buffer), at: place)
                }
                done += number
            }
        }
    }
}

extension FileStorage {
    /// Gives new space the fill value.
    func fill(_ address: UInt64, _ count: Int, with value: [UInt8]) throws {
        let isZero = !value.contains { $0 != 0 }
        if isZero, isUntouched(address, count) { return }
        let piece = max(value.count, (1 << 20) / max(1, value.count) * value.count)
        let scratch = ScratchBytes()
        let buffer = scratch.bytes(min(piece, count))
        buffer.fill(repeating: value)
        var done = 0
        while done < count {
            let number = min(piece, count - done)
            try write(UnsafeRawBufferPointer(rebasing: buffer[..<number]), at: address + UInt64(done))
            done += number
        }
    }
}

extension SelectionPlan {
    /// Calls `body` with each run of neighbouring elements: where it starts in a row-major extent, its first position in
    /// the selection, and its length.
    func forEachRun(
        in shape: [Int], _ body: (_ linear: Int, _ position: Int, _ count: Int) throws -> Void
    ) throws {
        switch form {
        case .points(let points):
            let rank = shape.count
            for number in 0..<count {
                var linear = 0
                for axis in 0..<rank { linear = linear * shape[axis] + points[number * rank + axis] }
                try body(linear, number, 1)
            }
        case .grid(let axes):
            guard !axes.isEmpty else { return try body(0, 0, 1) }
            guard count > 0 else { return }
            // Axes that are selected in full join the one before them.
            var inner = axes.count - 1
            var joined = 1
            while inner > 0, case .span(0, let length) = axes[inner], length == shape[inner] {
                joined *= length
                inner -= 1
            }
            try descend(axes, shape, axis: 0, inner: inner, joined: joined, linear: 0, position: 0, body)
        }
    }

    private func descend(
        _ axes: [AxisCoordinates], _ shape: [Int], axis: Int, inner: Int, joined: Int, linear: Int, position: Int,
        _ body: (Int, Int, Int) throws -> Void
    ) throws {
        let linear = linear * shape[axis]
        let position = position * axes[axis].count
        if axis == inner {
            try axes[axis].forEachSpan { start, done, length in
                try body((linear + start) * joined, (position + done) * joined, length * joined)
            }
        } else {
            try axes[axis].forEachSpan { start, done, length in
                for index in 0..<length {
                    try descend(
                        axes, shape, axis: axis + 1, inner: inner, joined: joined, linear: linear + start + index,
                        position: position + done + index, body)
                }
            }
        }
    }
}

extension AxisCoordinates {
    /// Calls `body` with each span of neighbouring coordinates: its start, its position in the selection, its length.
    fileprivate func forEachSpan(_ body: (_ start: Int, _ position: Int, _ count: Int) throws -> Void) throws {
        switch self {
        case .span(let start, let count): if count > 0 { try body(start, 0, count) }
        case .regular(let start, let stride, let count, let block):
            for index in 0..<count { try body(start + index * stride, index * block, block) }
        case .list(let list): for index in list.indices { try body(list[index], index, 1) }
        }
    }
}
