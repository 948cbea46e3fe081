import HDF5Format

/// Takes elements that are numbered one way and gives them on to a sink that numbers them another way, so that a
/// source of a virtual dataset is decoded straight to where its elements are wanted.
///
/// Elements that no segment holds are dropped. Chunks of a source may hold more than a mapping takes from it.
struct MappedSink: ElementSink {
    /// Neighbours in both numberings: elements from `position` on go to places from `destination` on.
    struct Segment: Sendable {
        var position: Int
        var destination: Int
        var count: Int

        /// Where the segment ends.
        var end: Int { position + count }
    }

    /// Any sink, not one of a parameter: virtual datasets of virtual datasets would make types without end.
    private let base: any ElementSink
    /// In order of `position`, without overlaps.
    private let segments: [Segment]
    let capacity: Int

    init(_ base: any ElementSink, segments: [Segment], capacity: Int) {
        self.base = base
        self.segments = segments
        self.capacity = capacity
    }

    /// The first segment that ends behind a position.
    private func segment(behind position: Int) -> Int {
        var low = 0
        var high = segments.count
        while low < high {
            let middle = (low + high) / 2
            if segments[middle].end <= position { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Calls `body` with the parts of `first..<(first + count)` that are wanted: their places.
    private func forEachPart(first: Int, count: Int, _ body: (Int, Int) throws -> Void) rethrows {
        var index = segment(behind: first)
        while index < segments.count, segments[index].position < first + count {
            let segment = segments[index]
            let start = max(first, segment.position)
            try body(segment.destination + start - segment.position, min(first + count, segment.end) - start)
            index += 1
        }
    }

    func rawMemory(first: Int, count: Int) -> UnsafeMutableRawBufferPointer? {
        let index = segment(behind: first)
        guard count > 0, index < segments.count, segments[index].position <= first, segments[index].end - first >= count
        else { return nil }
        return base.rawMemory(
            first: segments[index].destination + first - segments[index].position, count: count)
    }

    func transfer(
        from source: UnsafeRawBufferPointer, sourceStride: Int, to first: Int, stride: Int, count: Int
    ) throws {
        guard count > 0 else { return }
        guard first >= 0, stride > 0, sourceStride >= 0, first + (count - 1) * stride < capacity,
            (count - 1) * sourceStride <= source.count
        else { throw H5Error(.damaged, "elements do not fit where they belong") }
        var done = 0
        var index = segment(behind: first)
        while done < count, index < segments.count {
            let segment = segments[index]
            let position = first + done * stride
            if position < segment.position {
                done += (segment.position - position + stride - 1) / stride
                continue
            }
            guard position < segment.end else {
                index += 1
                continue
            }
            let number = min(count - done, (segment.end - position - 1) / stride + 1)
            try base.transfer(
                from: UnsafeRawBufferPointer(rebasing: source[(done * sourceStride)...]), sourceStride: sourceStride,
                to: segment.destination + position - segment.position, stride: stride, count: number)
            done += number
        }
    }

    func fill(with value: [UInt8], first: Int, count: Int) throws {
        try forEachPart(first: first, count: count) { try base.fill(with: value, first: $0, count: $1) }
    }

    func setOrigin(_ context: FileContext, first: Int, count: Int) {
        forEachPart(first: first, count: count) { base.setOrigin(context, first: $0, count: $1) }
    }
}
