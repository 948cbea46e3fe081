import HDF5Format

/// Takes elements of one stored type and gives them on to a sink as elements of another.
struct TransposingSink: ElementSink {
    private let base: any ElementSink
    private let transposition: ElementTransposition

    /// The bytes that are converted at a time.
    private static let scratchSize = 64 << 10

    init(_ base: any ElementSink, _ transposition: ElementTransposition) {
        self.base = base
        self.transposition = transposition
    }

    var capacity: Int { base.capacity }

    func rawMemory(first: Int, count: Int) -> UnsafeMutableRawBufferPointer? { nil }

    func transfer(
        from source: UnsafeRawBufferPointer, sourceStride: Int, to first: Int, stride: Int, count: Int
    ) throws {
        let size = transposition.targetSize
        guard count > 0, size > 0 else { return }
        guard sourceStride >= 0, (count - 1) * sourceStride <= source.count else {
            throw H5Error(.damaged, "elements do not fit where they belong")
        }
        let block = min(count, max(1, Self.scratchSize / size))
        // Memory of this call alone; the sink copies from it before it is used again.
        try withUnsafeTemporaryAllocation(byteCount: block * size, alignment: 16) { scratch in
            var done = 0
            while done < count {
                let number = min(block, count - done)
                try transposition.convert(
                    from: UnsafeRawBufferPointer(rebasing: source[(done * sourceStride)...]), stride: sourceStride,
                    to: scratch, count: number)
                try base.transfer(
                    from: UnsafeRawBufferPointer(rebasing: scratch[..<(number * size)]), sourceStride: size,
                    to: first + done * stride, stride: stride, count: number)
                done += number
            }
        }
    }

    func fill(with value: [UInt8], first: Int, count: Int) throws {
        try base.fill(with: transposition.convert(value), first: first, count: count)
    }

    func setOrigin(_ context: FileContext, first: Int, count: Int) {
        base.setOrigin(context, first: first, count: count)
    }
}
