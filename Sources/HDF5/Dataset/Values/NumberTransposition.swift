import HDF5Format

/// Turns stored numbers of one type into stored numbers of another, as virtual datasets need it.
///
/// Values that the other type cannot hold are rounded and clamped, as libhdf5 does: integers toward zero and to the
/// nearest value of their range, NaN to 0, floating-point numbers to the nearest.
struct NumberTransposition: Sendable {
    private enum Way {
        /// Numbers as machines have them, whose bytes are then reversed where the order asks for it.
        case machine(NumberPlan, isReversed: Bool)
        /// Numbers of any fields, one by one.
        case fields(NumberFields, NumberFields)
    }

    private let way: Way

    /// Throws `H5Error` (`conversion`) where one of the types is no number, or `unsupported` where it is one of more
    /// than 128 bits.
    init(from source: H5Datatype, to target: H5Datatype) throws {
        // Half precision goes by its fields: NaN comes out as libhdf5 makes it, whatever the machine has.
        if let (kind, order) = target.machineNumber, kind != .float16 {
            let plan = try NumberPlan(from: source, to: kind, named: "\(target)", policy: .clamping)
            let isMachineOrder = (order == .littleEndian) == (1.littleEndian == 1)
            way = .machine(plan, isReversed: !isMachineOrder && target.size > 1)
        } else {
            way = .fields(try NumberFields(source), try NumberFields(target))
        }
    }

    /// Converts `count` numbers that lie `stride` bytes apart to numbers that lie `targetStride` bytes apart.
    ///
    /// The caller answers for both memory areas; neither needs an alignment.
    func convert(
        from source: UnsafeRawPointer, stride: Int, to target: UnsafeMutableRawPointer, targetStride: Int, count: Int
    ) throws {
        switch way {
        case .machine(let plan, let isReversed):
            try plan.convert(
                from: source, stride: stride, to: target, targetStride: targetStride, count: count, firstIndex: 0)
            guard isReversed else { return }
            for index in 0..<count {
                var bytes = UnsafeMutableRawBufferPointer(
                    start: target + index &* targetStride, count: plan.targetSize)
                bytes.reverse()
            }
        case .fields(let stored, let wanted):
            for index in 0..<count {
                wanted.store(stored.load(source + index &* stride), to: target + index &* targetStride)
            }
        }
    }
}

/// The fields of a stored number of any kind.
private enum NumberFields: Sendable {
    case integer(IntegerFields)
    case float(FloatFields)

    init(_ datatype: H5Datatype) throws {
        var number = datatype
        if case .enumeration(let base, _) = datatype.kind { number = base }
        let fields: NumberFields?
        switch number.kind {
        case .integer(let format), .bitfield(let format):
            fields = IntegerFields(format, size: datatype.size).map { .integer($0) }
        case .time(let order, let precision):
            let format = H5IntegerFormat(order: order, isSigned: true, precision: precision)
            fields = IntegerFields(format, size: datatype.size).map { .integer($0) }
        case .float(let format): fields = FloatFields(format, size: datatype.size).map { .float($0) }
        default: throw H5Error(.conversion, "elements are \(datatype), which are no numbers")
        }
        guard let fields else {
            throw H5Error(.unsupported, "elements are \(datatype), numbers of more bits than can be converted")
        }
        self = fields
    }

    func load(_ element: UnsafeRawPointer) -> UnpackedFloat {
        switch self {
        case .integer(let fields):
            let bits = fields.load(element)
            guard fields.isSigned else { return UnpackedFloat(.finite, isNegative: false, significand: bits) }
            let value = Int128(bitPattern: bits)
            return UnpackedFloat(.finite, isNegative: value < 0, significand: value.magnitude)
        case .float(let fields): return fields.unpack(fields.window.load(element))
        }
    }

    func store(_ number: UnpackedFloat, to element: UnsafeMutableRawPointer) {
        switch self {
        case .integer(let fields):
            fields.store(number.clamped(precision: fields.precision, isSigned: fields.isSigned), to: element)
        case .float(let fields): fields.window.store(fields.pack(number), to: element)
        }
    }
}
