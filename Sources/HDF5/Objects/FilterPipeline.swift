import HDF5Filters
import HDF5Format

/// The filters of a dataset or heap, ready to undo what they did to a chunk.
struct FilterPipeline: Sendable {
    private struct Stage: Sendable {
        var description: H5FilterDescription
        /// nil: not available here; an error only for chunks that need it.
        var filter: (any H5Filter)?
        /// Whether the filter is the library's own, whose workings are known here.
        var isBuiltIn: Bool
    }

    private let stages: [Stage]

    init(_ descriptions: [H5FilterDescription], filters: FilterSet) {
        stages = descriptions.map {
            Stage(
                description: $0, filter: filters.filter($0.identifier), isBuiltIn: filters.isBuiltIn($0.identifier))
        }
    }

    var isEmpty: Bool { stages.isEmpty }

    /// Undoes the filters, last to first, so that exactly `output` is filled.
    ///
    /// Filters whose bit is set in `mask` were skipped when the chunk was written.
    func decode(
        _ input: RawSpan, mask: UInt32, into output: inout MutableRawSpan, buffers: inout PipelineBuffers,
        workspace: FilterWorkspace
    ) throws {
        let expected = output.byteCount
        guard var index = stage(before: stages.count, mask) else {
            guard input.byteCount == expected else { throw wrongSize(input.byteCount, expected) }
            output.copy(from: input)
            return
        }
        guard let second = stage(before: index, mask) else {
            let count = try run(index, input, into: &output, workspace)
            guard count == expected else { throw wrongSize(count, expected) }
            return
        }
        // Taken out while in use: two arrays that swap roles from stage to stage.
        var source = buffers.take()
        var target = buffers.take()
        defer {
            buffers.giveBack(source)
            buffers.giveBack(target)
        }
        var length = try run(index, mask, final: expected, input, into: &source, workspace)
        index = second
        while let next = stage(before: index, mask) {
            length = try run(
                index, mask, final: expected, source.span.bytes.extracting(0..<length), into: &target, workspace)
            swap(&source, &target)
            index = next
        }
        let count = try run(index, source.span.bytes.extracting(0..<length), into: &output, workspace)
        guard count == expected else { throw wrongSize(count, expected) }
    }

    /// What the filters of a chunk did, where that can be undone piece by piece; nil where it takes the whole chunk.
    func streamForm(mask: UInt32) -> StreamForm? {
        var form = StreamForm()
        // In the order of writing: shuffle, deflate, Fletcher-32, each of them or not.
        var last: UInt16 = 0
        for index in stages.indices where index > 31 || mask & 1 << UInt32(index) == 0 {
            guard stages[index].isBuiltIn else { return nil }
            switch (stages[index].description.identifier, last) {
            case (2, 0):
                guard let size = stages[index].description.clientValues.first else { return nil }
                form.shuffleSize = max(1, Int(size))
                last = 2
            case (1, 0), (1, 2):
                form.isDeflated = true
                last = 1
            case (3, 0), (3, 1), (3, 2):
                form.hasChecksum = true
                last = 3
            default: return nil
            }
        }
        return form
    }

    /// Applies the filters, first to last; answers what they made, and which were skipped.
    ///
    /// A filter that declines is skipped where it is optional and an error where it is not, as libhdf5 has it.
    func encode(
        _ input: RawSpan, buffers: inout PipelineBuffers, workspace: FilterWorkspace
    ) throws -> (chunk: EncodedChunk, mask: UInt32) {
        var mask: UInt32 = 0
        var source = buffers.take()
        var target = buffers.take()
        var length: Int?
        for index in stages.indices {
            let description = stages[index].description
            let size = length ?? input.byteCount
            // Deflate, the one that grows most, adds less than this to what it cannot make smaller.
            let capacity = size + size / 8 + 4_096
            if target.count < capacity { target = ContiguousArray(repeating: 0, count: capacity) }
            var count: Int?
            if let filter = stages[index].filter {
                var span = target.mutableSpan
                var bytes = span.mutableBytes
                do {
                    if let length {
                        count = try filter.encode(
                            source.span.bytes.extracting(0..<length), into: &bytes,
                            clientValues: description.clientValues, workspace: workspace)
                    } else {
                        count = try filter.encode(
                            input, into: &bytes, clientValues: description.clientValues, workspace: workspace)
                    }
                } catch let error as FilterError where !description.isOptional {
                    throw H5Error(
                        .invalidArgument, "filter \(description.identifier) (\(filter.name)) cannot be applied",
                        cause: error)
                } catch is FilterError {
                    // As when it has no use: libhdf5 describes shuffle without an element size for variable-length types.
                    count = nil
                }
            } else if !description.isOptional {
                let name = BuiltInFilters.registeredName(description.identifier) ?? description.name
                throw H5Error(
                    .missingFilter,
                    "filter \(description.identifier)\(name.isEmpty ? "" : " (\(name))") is needed to write this and is not "
                        + "available; a program can add it in its open options")
            }
            if let count {
                swap(&source, &target)
                length = count
            } else {
                guard description.isOptional, index < 32 else {
                    throw H5Error(
                        .invalidArgument, "filter \(description.identifier) cannot encode this, and is not optional")
                }
                mask |= 1 << UInt32(index)
            }
        }
        buffers.giveBack(target)
        return (EncodedChunk(bytes: length == nil ? nil : source, count: length ?? input.byteCount), mask)
    }

    /// The last stage before another one that the mask does not skip.
    private func stage(before end: Int, _ mask: UInt32) -> Int? {
        var index = end - 1
        while index >= 0 {
            if index > 31 || mask & 1 << UInt32(index) == 0 { return index }
            index -= 1
        }
        return nil
    }

    /// Undoes a stage into memory that grows to what it can give.
    private func run(
        _ index: Int, _ mask: UInt32, final: Int, _ input: RawSpan, into target: inout ContiguousArray<UInt8>,
        _ workspace: FilterWorkspace
    ) throws -> Int {
        let capacity = capacityBefore(index, mask: mask, final: final)
        if target.count < capacity { target = ContiguousArray(repeating: 0, count: capacity) }
        var span = target.mutableSpan
        var bytes = span.mutableBytes
        return try run(index, input, into: &bytes, workspace)
    }

    private func wrongSize(_ found: Int, _ expected: Int) -> H5Error {
        H5Error(.damaged, "the filters give \(found) bytes where a chunk has \(expected)")
    }

    private func run(
        _ index: Int, _ input: RawSpan, into output: inout MutableRawSpan, _ workspace: FilterWorkspace
    ) throws -> Int {
        let description = stages[index].description
        guard let filter = stages[index].filter else {
            let name = BuiltInFilters.registeredName(description.identifier) ?? description.name
            throw H5Error(
                .missingFilter,
                "filter \(description.identifier)\(name.isEmpty ? "" : " (\(name))") is needed to read this and is not available; "
                    + "a program can add it in its open options")
        }
        do {
            return try filter.decode(input, into: &output, clientValues: description.clientValues, workspace: workspace)
        } catch let error as FilterError {
            throw H5Error(
                .damaged, "filter \(description.identifier) (\(filter.name)) cannot decode this", cause: error)
        }
    }

    /// The most bytes that undoing stage `index` can give, from the sizes that the stages before it are known to keep.
    private func capacityBefore(_ index: Int, mask: UInt32, final: Int) -> Int {
        var size = final
        var isExact = true
        for earlier in 0..<index where earlier > 31 || mask & 1 << UInt32(earlier) == 0 {
            switch stages[earlier].description.identifier {
            case 2: break
            case 3: size += 4
            default: isExact = false
            }
        }
        // Behind a filter that changes the size, a little more than the chunk itself is the most that makes sense.
        return isExact ? size : size + size / 2 + 4_096
    }
}

/// What the filters of a chunk did that can be decoded piece by piece.
struct StreamForm: Sendable {
    /// Whether the bytes are one zlib stream.
    var isDeflated = false
    /// Whether a Fletcher-32 checksum follows.
    var hasChecksum = false
    /// The bytes of the elements whose planes were taken apart; 1 where they were not.
    var shuffleSize = 1
}

/// What the filters made of a chunk.
struct EncodedChunk {
    /// The first `count` of these; nil where no filter did anything, so that the chunk itself is meant.
    var bytes: ContiguousArray<UInt8>?
    var count: Int
}

/// Bytes between two filters, reused from chunk to chunk.
struct PipelineBuffers {
    private var free: [ContiguousArray<UInt8>] = []

    fileprivate mutating func take() -> ContiguousArray<UInt8> { free.popLast() ?? [] }

    mutating func giveBack(_ bytes: ContiguousArray<UInt8>) { free.append(bytes) }
}

extension MutableRawSpan {
    /// Copies as many bytes as both spans have.
    @_lifetime(self: copy self)
    mutating func copy(from source: RawSpan) {
        let count = Swift.min(source.byteCount, byteCount)
        // Both spans are live and at least `count` bytes long.
        self.withUnsafeMutableBytes { target in
            source.withUnsafeBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
    }
}
