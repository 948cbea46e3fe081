import HDF5Format

/// How numbers of one machine type become numbers of one stored type: chosen once per write, run over many elements.
///
/// The way back of `NumberPlan`: numbers run, block by block, through a loop made for the pair of types, and then are
/// brought into the stored order; formats that no machine has are put together field by field.
struct NumberEncodingPlan: Sendable {
    private enum Way: Sendable {
        /// The numbers are the stored ones, but for the order of their bytes.
        case same(isSwapped: Bool)
        /// A number of a machine, in either order.
        case convert(NumberConverter, isSwapped: Bool)
        /// An integer of at most 64 bits with any fields, from a 64-bit integer of the same sign.
        case narrow(NumberConverter, IntegerFields, clamps: Bool)
        /// Numbers of any fields, straight from those of the machine.
        case pack(NumberPacker)
    }

    /// The size of a number in memory, in bytes.
    let sourceSize: Int
    /// The size of a stored number, in bytes.
    let storedSize: Int
    /// Whether numbers in memory are the stored ones, so that copying their bytes is all.
    let isPlainCopy: Bool

    private let way: Way
    /// The bits of an element that are set whatever its value; empty where there are none.
    private let padding: [UInt8]
    private let describe: @Sendable (UnsafeRawPointer) -> String
    /// The stored type, for errors.
    private let datatype: H5Datatype

    /// The elements that are converted at a time: scratch of at most 24 KiB stays in the first cache.
    private static let blockCount = 512

    /// Chooses the way; throws where no number could be stored as one of the type.
    init(
        from source: H5Representation.Kind, named sourceName: String, to datatype: H5Datatype,
        policy: H5ConversionPolicy
    ) throws {
        self.datatype = datatype
        let number = datatype.numberBase
        switch number.kind {
        case .integer, .bitfield, .time, .float: break
        default:
            throw H5Error(.conversion, "values of \(sourceName) cannot be written to elements that are \(datatype)")
        }
        guard number.size == datatype.size, let describe = Self.description(of: source) else {
            throw H5Error(.damaged, "an enumeration of \(datatype.size) bytes is made of \(number)")
        }
        sourceSize = NumberPlan.size(of: source)
        storedSize = datatype.size
        self.describe = describe
        padding = try number.paddingBits()
        let isLittleMachine = 1.littleEndian == 1
        if let (kind, order) = number.machineNumber {
            let isSwapped = (order == .littleEndian) != isLittleMachine && storedSize > 1
            if kind == source {
                way = .same(isSwapped: isSwapped)
                isPlainCopy = !isSwapped
                return
            }
            if let converter = machineConverter(from: source, to: kind, policy) {
                way = .convert(converter, isSwapped: isSwapped)
                isPlainCopy = false
                return
            }
        }
        isPlainCopy = false
        if let fields = number.integerFields, fields.isNarrow, fields.precision <= 64,
            let converter = machineConverter(from: source, to: fields.isSigned ? .int64 : .uint64, policy)
        {
            way = .narrow(converter, fields, clamps: policy == .clamping)
            return
        }
        guard let packer = NumberPacker(from: source, to: number, policy) else {
            throw H5Error(.unsupported, "elements are \(datatype), numbers of more bits than can be written")
        }
        way = .pack(packer)
    }

    /// Converts `count` numbers that lie `stride` bytes apart to stored numbers that lie `targetStride` bytes apart.
    ///
    /// The caller answers for both memory areas; neither needs an alignment.
    func convert(
        from source: UnsafeRawPointer, stride: Int, to target: UnsafeMutableRawPointer, targetStride: Int, count: Int,
        firstIndex: Int
    ) throws {
        guard count > 0 else { return }
        if case .same(let isSwapped) = way {
            if !isSwapped, stride == storedSize, targetStride == storedSize {
                target.copyMemory(from: source, byteCount: count &* storedSize)
                return
            }
            if !isSwapped {
                NumberPlan.copy(
                    source, stride: stride, to: target, targetStride: targetStride, size: storedSize, count: count)
                return
            }
            if targetStride == storedSize {
                NumberPlan.swap(source, stride: stride, into: target, size: storedSize, count: count)
                return
            }
        }
        let blockSize = Self.blockCount &* 16
        try withUnsafeTemporaryAllocation(byteCount: 3 &* blockSize, alignment: 16) { scratch in
            guard let gathered = scratch.baseAddress else { return }
            var done = 0
            while done < count {
                let block = min(Self.blockCount, count &- done)
                var numbers = source + done &* stride
                if stride != sourceSize {
                    NumberPlan.copy(
                        numbers, stride: stride, to: gathered, targetStride: sourceSize, size: sourceSize, count: block)
                    numbers = UnsafeRawPointer(gathered)
                }
                let to = target + done &* targetStride
                let stored = convert(
                    numbers, to: to, targetStride: targetStride, count: block, first: gathered + blockSize,
                    second: gathered + 2 &* blockSize)
                if stored < block {
                    let value = describe(numbers + stored &* sourceSize)
                    throw H5Error(
                        .conversion,
                        "element \(firstIndex &+ done &+ stored) is \(value), which \(datatype) cannot hold")
                }
                if !padding.isEmpty { pad(to, targetStride: targetStride, count: block) }
                done &+= block
            }
        }
    }

    /// Converts a block of numbers that lie side by side; gives the index of the first that the policy refuses, or
    /// `count`.
    ///
    /// - Parameters:
    ///   - first: Scratch for a block.
    ///   - second: More of it.
    private func convert(
        _ numbers: UnsafeRawPointer, to target: UnsafeMutableRawPointer, targetStride: Int, count: Int,
        first: UnsafeMutableRawPointer, second: UnsafeMutableRawPointer
    ) -> Int {
        let isDense = targetStride == storedSize
        switch way {
        case .same:
            NumberPlan.swap(numbers, stride: sourceSize, into: first, size: storedSize, count: count)
            NumberPlan.copy(
                first, stride: storedSize, to: target, targetStride: targetStride, size: storedSize, count: count)
            return count
        case .convert(let converter, let isSwapped):
            let isDirect = isDense && !isSwapped
            let refused = converter.kernel(numbers, isDirect ? target : first, count)
            guard refused == count, !isDirect else { return refused }
            var ready = first
            if isSwapped {
                ready = isDense ? target : second
                NumberPlan.swap(first, stride: storedSize, into: ready, size: storedSize, count: count)
            }
            if !isDense {
                NumberPlan.copy(
                    ready, stride: storedSize, to: target, targetStride: targetStride, size: storedSize, count: count)
            }
            return count
        case .narrow(let converter, let fields, let clamps):
            let refused = converter.kernel(numbers, first, count)
            guard refused == count else { return refused }
            for index in 0..<count {
                let bits = first.loadUnaligned(fromByteOffset: index &* 8, as: UInt64.self)
                guard let fitting = fields.fitting(bits, clamps: clamps) else { return index }
                fields.storeNarrow(fitting, to: target + index &* targetStride)
            }
            return count
        case .pack(let packer): return packer.kernel(numbers, target, targetStride, count)
        }
    }

    private func pad(_ target: UnsafeMutableRawPointer, targetStride: Int, count: Int) {
        for index in 0..<count {
            for (offset, bits) in padding.enumerated() where bits != 0 {
                let place = target + (index &* targetStride &+ offset)
                place.storeBytes(of: place.load(as: UInt8.self) | bits, as: UInt8.self)
            }
        }
    }

    /// How a number in memory is shown; nil for what is none.
    private static func description(of source: H5Representation.Kind) -> (@Sendable (UnsafeRawPointer) -> String)? {
        switch source {
        case .int8: return { "\($0.loadUnaligned(as: Int8.self))" }
        case .int16: return { "\($0.loadUnaligned(as: Int16.self))" }
        case .int32: return { "\($0.loadUnaligned(as: Int32.self))" }
        case .int64: return { "\($0.loadUnaligned(as: Int64.self))" }
        case .uint8: return { "\($0.loadUnaligned(as: UInt8.self))" }
        case .uint16: return { "\($0.loadUnaligned(as: UInt16.self))" }
        case .uint32: return { "\($0.loadUnaligned(as: UInt32.self))" }
        case .uint64: return { "\($0.loadUnaligned(as: UInt64.self))" }
        case .float16: return { "\(Float($0.loadUnaligned(as: StoredHalf.self).asDouble))" }
        case .float: return { "\($0.loadUnaligned(as: Float.self))" }
        case .double: return { "\($0.loadUnaligned(as: Double.self))" }
        case .boolean, .complexFloat, .complexDouble: return nil
        }
    }
}

/// The loop from numbers of one machine type to numbers of another.
private func machineConverter(
    from source: H5Representation.Kind, to target: H5Representation.Kind, _ policy: H5ConversionPolicy
) -> NumberConverter? {
    switch source {
    case .int8: return integerConverter(Int8.self, to: target, policy)
    case .int16: return integerConverter(Int16.self, to: target, policy)
    case .int32: return integerConverter(Int32.self, to: target, policy)
    case .int64: return integerConverter(Int64.self, to: target, policy)
    case .uint8: return integerConverter(UInt8.self, to: target, policy)
    case .uint16: return integerConverter(UInt16.self, to: target, policy)
    case .uint32: return integerConverter(UInt32.self, to: target, policy)
    case .uint64: return integerConverter(UInt64.self, to: target, policy)
    case .float16: return floatConverter(StoredHalf.self, fitsFloat: true, to: target, policy)
    case .float: return floatConverter(Float.self, fitsFloat: true, to: target, policy)
    case .double: return floatConverter(Double.self, fitsFloat: false, to: target, policy)
    case .boolean, .complexFloat, .complexDouble: return nil
    }
}
