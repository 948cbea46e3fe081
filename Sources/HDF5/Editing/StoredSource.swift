import HDF5Format

/// Elements that lie in memory as they are stored.
struct StoredSource: ElementSource, Sendable {
    private let memory: ReadableMemory
    let storedSize: Int
    let count: Int

    /// The memory must stay as it is until the write is done.
    init(_ bytes: UnsafeRawBufferPointer, elementSize: Int) {
        memory = ReadableMemory(bytes)
        storedSize = elementSize
        count = elementSize > 0 ? bytes.count / elementSize : 0
    }

    func rawMemory(first: Int, count: Int) -> UnsafeRawBufferPointer? {
        memory.slice(first * storedSize, count * storedSize)
    }

    func transfer(
        from first: Int, stride: Int, to target: UnsafeMutableRawBufferPointer, targetStride: Int, count: Int
    ) throws {
        guard count > 0 else { return }
        try checkRun(from: first, stride: stride, to: target.count, targetStride: targetStride, count: count)
        let span = (count - 1) * stride + 1
        guard let from = memory.slice(first * storedSize, span * storedSize)?.baseAddress, let to = target.baseAddress
        else { throw H5Error(.selection, "elements do not fit where they belong") }
        if stride == 1, targetStride == storedSize {
            to.copyMemory(from: from, byteCount: count * storedSize)
            return
        }
        for index in 0..<count {
            (to + index * targetStride).copyMemory(from: from + index * stride * storedSize, byteCount: storedSize)
        }
    }
}

/// Memory that threads read together.
///
/// `@unchecked Sendable`: the memory is lent by `withUnsafeBytes` around the whole write and nobody changes it meanwhile.
struct ReadableMemory: @unchecked Sendable {
    private let base: UnsafeRawPointer?
    let count: Int

    init(_ bytes: UnsafeRawBufferPointer) {
        base = bytes.baseAddress
        count = bytes.count
    }

    /// A part of the memory; nil where it would reach outside.
    func slice(_ offset: Int, _ length: Int) -> UnsafeRawBufferPointer? {
        guard offset >= 0, length >= 0, offset <= count, length <= count - offset, let base else { return nil }
        return UnsafeRawBufferPointer(start: base + offset, count: length)
    }
}

/// Turns a scatter around: what would be moved out of a block is moved into it.
struct BlockFiller<Source: ElementSource & Sendable>: ElementSink {
    private let source: Source
    private let block: SharedMemory
    private let blockStart: UInt
    private let elementSize: Int

    init(_ block: UnsafeMutableRawBufferPointer, from source: Source, elementSize: Int) {
        self.source = source
        self.block = SharedMemory(block)
        // Only compared, to tell where in the block a place lies.
        blockStart = UInt(bitPattern: block.baseAddress)
        self.elementSize = elementSize
    }

    var capacity: Int { source.count }

    func rawMemory(first: Int, count: Int) -> UnsafeMutableRawBufferPointer? { nil }

    func transfer(
        from place: UnsafeRawBufferPointer, sourceStride: Int, to first: Int, stride: Int, count: Int
    ) throws {
        guard count > 0 else { return }
        let start = UInt(bitPattern: place.baseAddress)
        guard start >= blockStart, sourceStride > 0,
            let target = block.slice(Int(start - blockStart), (count - 1) * sourceStride + elementSize)
        else { throw H5Error(.selection, "elements do not fit where they belong") }
        try source.transfer(from: first, stride: stride, to: target, targetStride: sourceStride, count: count)
    }

    func fill(with value: [UInt8], first: Int, count: Int) throws {}
}
