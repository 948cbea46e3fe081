import HDF5Format

/// Takes elements as values of a Swift type, optionally from a part of each (a member of a compound).
///
/// An element may hold several values (an array type): they go side by side.
struct ConvertingSink<Element: H5Element>: ElementSink {
    /// The values, shared by threads; each element is written by the one thread that owns its chunk.
    private let memory: SharedMemory
    private let conversion: NumericConversion<Element>
    private let partOffset: Int
    /// The bytes of one stored value.
    private let valueSize: Int
    /// The values of one stored element; 1 but for array types.
    private let valueCount: Int
    let capacity: Int

    /// - Parameters:
    ///   - buffer: The values of all elements.
    ///   - part: The wanted part of each stored element, from `partOffset` on.
    init(
        _ buffer: UnsafeMutableBufferPointer<Element>, conversion: NumericConversion<Element>, partOffset: Int,
        part: FlattenedElement
    ) {
        memory = SharedMemory(UnsafeMutableRawBufferPointer(buffer))
        self.conversion = conversion
        self.partOffset = partOffset
        valueSize = part.datatype.size
        valueCount = part.count
        capacity = part.count > 0 ? buffer.count / part.count : 0
    }

    func rawMemory(first: Int, count: Int) -> UnsafeMutableRawBufferPointer? { nil }

    func transfer(
        from source: UnsafeRawBufferPointer, sourceStride: Int, to first: Int, stride: Int, count: Int
    ) throws {
        guard count > 0 else { return }
        let last = first + (count - 1) * stride
        guard first >= 0, stride > 0, last < capacity, sourceStride >= 0, partOffset >= 0,
            (count - 1) * sourceStride + partOffset + valueCount * valueSize <= source.count,
            let base = source.baseAddress, let target = memory.slice(0, memory.count)?.baseAddress
        else { throw H5Error(.damaged, "elements do not fit where they belong") }
        let from = base + partOffset
        let to = target.assumingMemoryBound(to: Element.self)
        if valueCount == 1 {
            try conversion.convert(
                from: from, stride: sourceStride, to: to + first, destinationStride: stride, count: count,
                firstIndex: first)
            return
        }
        for index in 0..<count {
            let value = (first + index * stride) * valueCount
            try conversion.convert(
                from: from + index * sourceStride, stride: valueSize, to: to + value, destinationStride: 1,
                count: valueCount, firstIndex: value)
        }
    }

    func fill(with value: [UInt8], first: Int, count: Int) throws {
        // One stored value, converted again and again: a stride of 0 stays on it.
        try value.withUnsafeBytes {
            try transfer(from: $0, sourceStride: 0, to: first, stride: 1, count: count)
        }
    }
}
