import HDF5Filters
import HDF5Format

/// Where elements go: memory that several threads fill at once, each its own elements.
///
/// `transfer` and `fill` check every index against the capacity, so a wrong plan throws instead of writing
/// outside the memory.
protocol ElementSink: Sendable {
    /// The number of elements that the memory holds.
    var capacity: Int { get }
    /// Where `count` elements from `first` on can be decoded without conversion, their stored bytes; nil if not.
    func rawMemory(first: Int, count: Int) -> UnsafeMutableRawBufferPointer?
    /// Moves elements: from `source`, `sourceStride` bytes apart, to positions from `first` on, `stride` apart.
    func transfer(
        from source: UnsafeRawBufferPointer, sourceStride: Int, to first: Int, stride: Int, count: Int) throws
    /// Gives elements from `first` on one value, stored as in the file.
    func fill(with value: [UInt8], first: Int, count: Int) throws
    /// Takes the bytes of one rank of elements that come as planes, those of rank 0 first; nil where elements are needed
    /// whole.
    func plane(_ rank: Int) -> PlaneSink?
    /// Says which file elements from `first` on belong to; only virtual datasets have elements of other files.
    func setOrigin(_ context: FileContext, first: Int, count: Int)
}

extension ElementSink {
    /// Most sinks convert elements.
    func plane(_ rank: Int) -> PlaneSink? { nil }

    /// Most sinks take what means the same in every file.
    func setOrigin(_ context: FileContext, first: Int, count: Int) {}
}

/// Takes elements as they are stored, optionally only a part of each (a member of a compound).
struct RawSink: ElementSink {
    /// The memory, shared by threads; each element is written by the one thread that owns its chunk.
    private let memory: SharedMemory
    private let elementSize: Int
    private let partOffset: Int
    /// Whether stored elements are taken whole.
    private let takesWholeElements: Bool
    let capacity: Int

    /// Takes whole elements.
    init(_ buffer: UnsafeMutableRawBufferPointer, elementSize: Int) {
        self.init(buffer, partOffset: 0, partSize: elementSize, storedSize: elementSize)
    }

    /// Takes of each stored element of `storedSize` bytes the `partSize` bytes from `partOffset` on.
    init(_ buffer: UnsafeMutableRawBufferPointer, partOffset: Int, partSize: Int, storedSize: Int) {
        memory = SharedMemory(buffer)
        elementSize = partSize
        self.partOffset = partOffset
        takesWholeElements = partOffset == 0 && partSize == storedSize
        capacity = elementSize > 0 ? buffer.count / elementSize : 0
    }

    func rawMemory(first: Int, count: Int) -> UnsafeMutableRawBufferPointer? {
        takesWholeElements ? memory.slice(first * elementSize, count * elementSize) : nil
    }

    func plane(_ rank: Int) -> PlaneSink? {
        PlaneSink(
            memory, elementSize: elementSize, rank: rank - partOffset, isWhole: takesWholeElements, capacity: capacity)
    }

    func transfer(
        from source: UnsafeRawBufferPointer, sourceStride: Int, to first: Int, stride: Int, count: Int
    ) throws {
        guard count > 0 else { return }
        let last = first + (count - 1) * stride
        guard first >= 0, stride > 0, last < capacity, sourceStride > 0, partOffset >= 0,
            (count - 1) * sourceStride + partOffset + elementSize <= source.count,
            let base = source.baseAddress, let target = memory.slice(0, capacity * elementSize)?.baseAddress
        else { throw H5Error(.damaged, "elements do not fit where they belong") }
        let from = base + partOffset
        let to = target + first * elementSize
        if sourceStride == elementSize, stride == 1 {
            to.copyMemory(from: from, byteCount: count * elementSize)
            return
        }
        switch elementSize {
        case 1: strided(UInt8.self, from, sourceStride, to, stride, count)
        case 2: strided(UInt16.self, from, sourceStride, to, stride * 2, count)
        case 4: strided(UInt32.self, from, sourceStride, to, stride * 4, count)
        case 8: strided(UInt64.self, from, sourceStride, to, stride * 8, count)
        default:
            for index in 0..<count {
                (to + index * stride * elementSize).copyMemory(
                    from: from + index * sourceStride, byteCount: elementSize)
            }
        }
    }

    @inline(__always)
    private func strided<T: BitwiseCopyable>(
        _ type: T.Type, _ from: UnsafeRawPointer, _ sourceStride: Int, _ to: UnsafeMutableRawPointer, _ stride: Int,
        _ count: Int
    ) {
        for index in 0..<count {
            let value = (from + index &* sourceStride).loadUnaligned(as: T.self)
            (to + index &* stride).storeBytes(of: value, as: T.self)
        }
    }

    func fill(with value: [UInt8], first: Int, count: Int) throws {
        guard let target = rawTarget(first, count) else {
            throw H5Error(.damaged, "elements do not fit where they belong")
        }
        guard value.count >= partOffset + elementSize, value.contains(where: { $0 != 0 }) else {
            // Plain zeros are the usual fill value.
            target.initializeMemory(as: UInt8.self, repeating: 0)
            return
        }
        for index in 0..<count {
            for byte in 0..<elementSize { target[index * elementSize + byte] = value[partOffset + byte] }
        }
    }

    private func rawTarget(_ first: Int, _ count: Int) -> UnsafeMutableRawBufferPointer? {
        memory.slice(first * elementSize, count * elementSize)
    }
}

/// Takes one byte of each element: elements that were shuffled come plane by plane.
struct PlaneSink: ElementSink {
    /// The memory, shared by threads; each element is written by the one thread that owns its chunk.
    private let memory: SharedMemory
    private let elementSize: Int
    /// Which byte of an element in memory the plane holds; outside it where nobody wants the plane.
    private let rank: Int
    private let isWhole: Bool
    let capacity: Int

    /// - Parameters:
    ///   - memory: Elements of `elementSize` bytes, side by side.
    ///   - isWhole: Whether all planes of the elements are wanted.
    init(_ memory: SharedMemory, elementSize: Int, rank: Int, isWhole: Bool, capacity: Int) {
        self.memory = memory
        self.elementSize = elementSize
        self.rank = rank
        self.isWhole = isWhole
        self.capacity = capacity
    }

    /// Whether anything of the plane is wanted.
    var isWanted: Bool { rank >= 0 && rank < elementSize }

    func rawMemory(first: Int, count: Int) -> UnsafeMutableRawBufferPointer? { nil }

    func transfer(
        from source: UnsafeRawBufferPointer, sourceStride: Int, to first: Int, stride: Int, count: Int
    ) throws {
        guard count > 0, isWanted else { return }
        let last = first + (count - 1) * stride
        guard first >= 0, stride > 0, last < capacity, sourceStride > 0, (count - 1) * sourceStride < source.count,
            let from = source.baseAddress,
            let target = memory.slice(first * elementSize, ((count - 1) * stride + 1) * elementSize),
            let to = target.baseAddress
        else { throw H5Error(.damaged, "elements do not fit where they belong") }
        if isWhole, sourceStride == 1, stride == 1 {
            // Both areas are `count` elements long, as checked above.
            var span = MutableRawSpan(_unsafeBytes: target)
            mergePlane(
                RawSpan(_unsafeStart: from, byteCount: count), rank: rank, elementSize: elementSize, into: &span)
            return
        }
        for index in 0..<count {
            let byte = (from + index &* sourceStride).load(as: UInt8.self)
            (to + (index &* stride &* elementSize &+ rank)).storeBytes(of: byte, as: UInt8.self)
        }
    }

    func fill(with value: [UInt8], first: Int, count: Int) throws {
        throw H5Error(.invalidArgument, "fill values do not come as planes")
    }
}

/// Memory that threads fill together.
///
/// `@unchecked Sendable`: the memory outlives the call that fills it (it is lent by `withUnsafeMutableBytes` or an
/// array's initializer around the whole read), and the plan gives each element of the result to exactly one block,
/// which exactly one thread claims; so no two threads write the same bytes, and nobody reads until all are joined.
struct SharedMemory: @unchecked Sendable {
    private let base: UnsafeMutableRawPointer?
    let count: Int

    init(_ buffer: UnsafeMutableRawBufferPointer) {
        base = buffer.baseAddress
        count = buffer.count
    }

    /// A part of the memory; nil where it would reach outside.
    func slice(_ offset: Int, _ length: Int) -> UnsafeMutableRawBufferPointer? {
        guard offset >= 0, length >= 0, offset <= count, length <= count - offset, let base else { return nil }
        return UnsafeMutableRawBufferPointer(start: base + offset, count: length)
    }
}
