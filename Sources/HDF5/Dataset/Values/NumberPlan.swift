import HDF5Format

/// How the numbers of one stored type become numbers of one machine type: chosen once, run over many elements.
///
/// Elements are brought, block by block, into the machine's byte order side by side (where they are not already), and
/// then run through a loop made for the pair of types.
struct NumberPlan: Sendable {
    /// What brings elements into the form that the kernel takes.
    private enum Preparation: Hashable {
        /// Nothing: the bytes are in the machine's order.
        case none
        /// The bytes are reversed.
        case swap
        /// An integer of any fields becomes one of 64 bits.
        case narrowInteger(IntegerFields)
        /// An integer of any fields becomes one of 128 bits.
        case wideInteger(IntegerFields)
        /// The bytes in use become an integer of 128 bits.
        case window(BitWindow)
    }

    /// The size of a stored number, in bytes.
    let storedSize: Int
    /// The size of a target number, in bytes.
    let targetSize: Int
    /// Whether stored numbers are the target's numbers in the machine's byte order.
    let isPlainCopy: Bool

    private let isSameRepresentation: Bool
    private let preparation: Preparation
    private let preparedSize: Int
    private let converter: NumberConverter
    private let targetName: String

    /// The elements that are converted at a time: scratch of at most 16 KiB stays in the first cache.
    private static let blockCount = 512

    init(
        from datatype: H5Datatype, to target: H5Representation.Kind, named targetName: String,
        policy: H5ConversionPolicy
    ) throws {
        func make(_ preparation: Preparation, preparedSize: Int, _ converter: NumberConverter?, is same: Bool = false)
            -> NumberPlan?
        {
            converter.map {
                NumberPlan(
                    storedSize: datatype.size, targetSize: Self.size(of: target),
                    isPlainCopy: same && preparation == .none, isSameRepresentation: same, preparation: preparation,
                    preparedSize: preparedSize, converter: $0, targetName: targetName)
            }
        }

        var number = datatype
        if case .enumeration(let base, _) = datatype.kind { number = base }
        let plan: NumberPlan?
        switch number.kind {
        case .integer(let format), .bitfield(let format):
            plan = Self.integer(format, size: datatype.size, to: target, policy, make)
        case .time(let order, let precision):
            let format = H5IntegerFormat(order: order, isSigned: true, precision: precision)
            plan = Self.integer(format, size: datatype.size, to: target, policy, make)
        case .float(let format):
            plan = Self.float(format, size: datatype.size, to: target, policy, make)
        default:
            throw H5Error(.conversion, "elements are \(datatype), which cannot be read as \(targetName)")
        }
        guard let plan else {
            throw H5Error(
                .unsupported,
                "elements are \(datatype), numbers of more bits than can be read as \(targetName)")
        }
        self = plan
    }

    private init(
        storedSize: Int, targetSize: Int, isPlainCopy: Bool, isSameRepresentation: Bool, preparation: Preparation,
        preparedSize: Int, converter: NumberConverter, targetName: String
    ) {
        self.storedSize = storedSize
        self.targetSize = targetSize
        self.isPlainCopy = isPlainCopy
        self.isSameRepresentation = isSameRepresentation
        self.preparation = preparation
        self.preparedSize = preparedSize
        self.converter = converter
        self.targetName = targetName
    }

    // MARK: - Choosing

    private typealias Make = (Preparation, Int, NumberConverter?, Bool) -> NumberPlan?

    /// The bytes of a number of a machine.
    static func size(of target: H5Representation.Kind) -> Int {
        switch target {
        case .int8, .uint8, .boolean: return 1
        case .int16, .uint16, .float16: return 2
        case .int32, .uint32, .float: return 4
        case .int64, .uint64, .double, .complexFloat: return 8
        case .complexDouble: return 16
        }
    }

    /// The preparation for numbers that fill their bytes; nil where the order needs the general way.
    private static func preparation(_ order: H5ByteOrder, size: Int) -> Preparation? {
        let isMachineOrder = (order == .littleEndian) == (1.littleEndian == 1)
        switch order {
        case .littleEndian, .bigEndian: return isMachineOrder || size == 1 ? Preparation.none : .swap
        case .vax: return nil
        }
    }

    private static func integer(
        _ format: H5IntegerFormat, size: Int, to target: H5Representation.Kind, _ policy: H5ConversionPolicy,
        _ make: Make
    ) -> NumberPlan? {
        if format.bitOffset == 0, format.precision == size * 8,
            let preparation = preparation(format.order, size: size)
        {
            switch (size, format.isSigned) {
            case (1, true):
                return make(preparation, 1, integerConverter(Int8.self, to: target, policy), target == .int8)
            case (2, true):
                return make(preparation, 2, integerConverter(Int16.self, to: target, policy), target == .int16)
            case (4, true):
                return make(preparation, 4, integerConverter(Int32.self, to: target, policy), target == .int32)
            case (8, true):
                return make(preparation, 8, integerConverter(Int64.self, to: target, policy), target == .int64)
            case (1, false):
                return make(preparation, 1, integerConverter(UInt8.self, to: target, policy), target == .uint8)
            case (2, false):
                return make(preparation, 2, integerConverter(UInt16.self, to: target, policy), target == .uint16)
            case (4, false):
                return make(preparation, 4, integerConverter(UInt32.self, to: target, policy), target == .uint32)
            case (8, false):
                return make(preparation, 8, integerConverter(UInt64.self, to: target, policy), target == .uint64)
            default: break
            }
        }
        guard let fields = IntegerFields(format, size: size) else { return nil }
        if fields.isNarrow {
            let converter =
                format.isSigned
                ? integerConverter(Int64.self, to: target, policy) : integerConverter(UInt64.self, to: target, policy)
            return make(.narrowInteger(fields), 8, converter, target == (format.isSigned ? .int64 : .uint64))
        }
        let converter =
            format.isSigned
            ? integerConverter(Int128.self, to: target, policy) : integerConverter(UInt128.self, to: target, policy)
        return make(.wideInteger(fields), 16, converter, false)
    }

    private static func float(
        _ format: H5FloatFormat, size: Int, to target: H5Representation.Kind, _ policy: H5ConversionPolicy,
        _ make: Make
    ) -> NumberPlan? {
        if let preparation = preparation(format.order, size: size), format.precision == size * 8 {
            if format.hasSameFields(as: .binary32) {
                let converter = floatConverter(Float.self, fitsFloat: true, to: target, policy)
                return make(preparation, 4, converter, target == .float)
            }
            if format.hasSameFields(as: .binary64) {
                let converter = floatConverter(Double.self, fitsFloat: false, to: target, policy)
                return make(preparation, 8, converter, target == .double)
            }
            if format.hasSameFields(as: .binary16) {
                let converter = floatConverter(StoredHalf.self, fitsFloat: true, to: target, policy)
                return make(preparation, 2, converter, target == .float16)
            }
            if format.hasSameFields(as: .brainFloat16) {
                let converter = floatConverter(StoredBrainFloat.self, fitsFloat: true, to: target, policy)
                return make(preparation, 2, converter, false)
            }
        }
        guard let fields = FloatFields(format, size: size) else { return nil }
        return make(.window(fields.window), 16, fieldConverter(fields, to: target, policy), false)
    }

    // MARK: - Running

    /// Converts `count` numbers that lie `stride` bytes apart to numbers that lie `targetStride` bytes apart.
    ///
    /// The caller answers for both memory areas; neither needs an alignment.
    func convert(
        from source: UnsafeRawPointer, stride: Int, to target: UnsafeMutableRawPointer, targetStride: Int, count: Int,
        firstIndex: Int
    ) throws {
        guard count > 0 else { return }
        let isDense = stride == storedSize && targetStride == targetSize
        if isPlainCopy, isDense {
            target.copyMemory(from: source, byteCount: count &* storedSize)
            return
        }
        if isSameRepresentation, targetStride == targetSize {
            prepare(source, stride: stride, into: target, count: count)
            return
        }
        let isReady = preparation == .none && stride == storedSize
        let blockSize = Self.blockCount &* 16
        try withUnsafeTemporaryAllocation(byteCount: 2 &* blockSize, alignment: 16) { scratch in
            guard let prepared = scratch.baseAddress else { return }
            let converted = prepared + blockSize
            var done = 0
            while done < count {
                let block = min(Self.blockCount, count &- done)
                let from = source + done &* stride
                let to = target + done &* targetStride
                if !isReady { prepare(from, stride: stride, into: prepared, count: block) }
                let numbers = isReady ? from : UnsafeRawPointer(prepared)
                let isDirect = targetStride == targetSize
                let refused = converter.kernel(numbers, isDirect ? to : converted, block)
                if refused < block {
                    throw refusal(converter.describe(numbers + refused &* preparedSize), firstIndex &+ done &+ refused)
                }
                if !isDirect {
                    Self.copy(
                        converted, stride: targetSize, to: to, targetStride: targetStride, size: targetSize,
                        count: block)
                }
                done &+= block
            }
        }
    }

    private func refusal(_ value: String, _ index: Int) -> H5Error {
        H5Error(.conversion, "element \(index) is \(value), which \(targetName) cannot hold")
    }

    /// Brings elements into the form that the kernel takes, side by side.
    private func prepare(
        _ source: UnsafeRawPointer, stride: Int, into target: UnsafeMutableRawPointer, count: Int
    ) {
        switch preparation {
        case .none:
            Self.copy(
                source, stride: stride, to: target, targetStride: storedSize, size: storedSize, count: count)
        case .swap:
            Self.swap(source, stride: stride, into: target, size: storedSize, count: count)
        case .narrowInteger(let fields):
            for index in 0..<count {
                let value = fields.loadNarrow(source + index &* stride)
                target.storeBytes(of: value, toByteOffset: index &* 8, as: UInt64.self)
            }
        case .wideInteger(let fields):
            for index in 0..<count {
                let value = fields.load(source + index &* stride)
                target.storeBytes(of: value, toByteOffset: index &* 16, as: UInt128.self)
            }
        case .window(let window):
            for index in 0..<count {
                let value = window.load(source + index &* stride)
                target.storeBytes(of: value, toByteOffset: index &* 16, as: UInt128.self)
            }
        }
    }

    /// Reverses the bytes of numbers of `size` bytes, which are 2, 4 or 8, and puts them side by side.
    static func swap(
        _ source: UnsafeRawPointer, stride: Int, into target: UnsafeMutableRawPointer, size: Int, count: Int
    ) {
        switch size {
        case 2: swap(UInt16.self, source, stride: stride, into: target, count: count)
        case 4: swap(UInt32.self, source, stride: stride, into: target, count: count)
        default: swap(UInt64.self, source, stride: stride, into: target, count: count)
        }
    }

    @inline(__always)
    private static func swap<Word: FixedWidthInteger & BitwiseCopyable>(
        _ word: Word.Type, _ source: UnsafeRawPointer, stride: Int, into target: UnsafeMutableRawPointer, count: Int
    ) {
        let width = MemoryLayout<Word>.size
        if stride == width {
            // The same loop as below with a distance the compiler knows, so that it is vectorised.
            for index in 0..<count {
                let value = source.loadUnaligned(fromByteOffset: index &* width, as: Word.self)
                target.storeBytes(of: value.byteSwapped, toByteOffset: index &* width, as: Word.self)
            }
            return
        }
        for index in 0..<count {
            let value = source.loadUnaligned(fromByteOffset: index &* stride, as: Word.self)
            target.storeBytes(of: value.byteSwapped, toByteOffset: index &* width, as: Word.self)
        }
    }

    /// Copies pieces of `size` bytes from one distance to another.
    static func copy(
        _ source: UnsafeRawPointer, stride: Int, to target: UnsafeMutableRawPointer, targetStride: Int, size: Int,
        count: Int
    ) {
        switch size {
        case 1: copy(UInt8.self, source, stride, target, targetStride, count)
        case 2: copy(UInt16.self, source, stride, target, targetStride, count)
        case 4: copy(UInt32.self, source, stride, target, targetStride, count)
        case 8: copy(UInt64.self, source, stride, target, targetStride, count)
        default:
            for index in 0..<count {
                (target + index &* targetStride).copyMemory(from: source + index &* stride, byteCount: size)
            }
        }
    }

    @inline(__always)
    private static func copy<Word: BitwiseCopyable>(
        _ word: Word.Type, _ source: UnsafeRawPointer, _ stride: Int, _ target: UnsafeMutableRawPointer,
        _ targetStride: Int, _ count: Int
    ) {
        for index in 0..<count {
            let value = source.loadUnaligned(fromByteOffset: index &* stride, as: Word.self)
            target.storeBytes(of: value, toByteOffset: index &* targetStride, as: Word.self)
        }
    }
}

extension H5FloatFormat {
    /// The upper half of IEEE 754 single precision (bfloat16), little-endian.
    static let brainFloat16 = H5FloatFormat(
        precision: 16, signPosition: 15, exponentPosition: 7, exponentSize: 8, exponentBias: 127, mantissaSize: 7)
}
