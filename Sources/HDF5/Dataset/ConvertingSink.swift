import HDF5Format

/// Takes elements as values of a Swift type, optionally from a part of each (a member of a compound).
struct ConvertingSink<Element: H5Element>: ElementSink {
    /// The values, shared by threads; each element is written by the one thread that owns its chunk.
    private let memory: SharedMemory
    private let conversion: NumericConversion<Element>
    private let partOffset: Int
    /// The bytes of the wanted part of a stored element.
    private let partSize: Int
    let capacity: Int

    init(
        _ buffer: UnsafeMutableBufferPointer<Element>, conversion: NumericConversion<Element>, partOffset: Int,
        partSize: Int
    ) {
        memory = SharedMemory(UnsafeMutableRawBufferPointer(buffer))
        self.conversion = conversion
        self.partOffset = partOffset
        self.partSize = partSize
        capacity = buffer.count
    }

    func rawMemory(first: Int, count: Int) -> UnsafeMutableRawBufferPointer? { nil }

    func transfer(
        from source: UnsafeRawBufferPointer, sourceStride: Int, to first: Int, stride: Int, count: Int
    ) throws {
        guard count > 0 else { return }
        let last = first + (count - 1) * stride
        guard first >= 0, stride > 0, last < capacity, sourceStride >= 0, partOffset >= 0,
            (count - 1) * sourceStride + partOffset + partSize <= source.count, let base = source.baseAddress,
            let target = memory.slice(0, memory.count)?.baseAddress
        else { throw H5Error(.damaged, "elements do not fit where they belong") }
        try conversion.convert(
            from: base + partOffset, stride: sourceStride,
            to: target.assumingMemoryBound(to: Element.self) + first, destinationStride: stride, count: count,
            firstIndex: first)
    }

    func fill(with value: [UInt8], first: Int, count: Int) throws {
        // One stored value, converted again and again: a stride of 0 stays on it.
        try value.withUnsafeBytes {
            try transfer(from: $0, sourceStride: 0, to: first, stride: 1, count: count)
        }
    }
}
