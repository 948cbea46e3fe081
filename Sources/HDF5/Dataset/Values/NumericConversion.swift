import HDF5Format

/// How stored elements become values of one Swift type: chosen once per read, run over many elements.
struct NumericConversion<Element: H5Element>: Sendable {
    private enum Way {
        case number(NumberPlan)
        /// Through 64-bit integers, which are then 0 or 1.
        case boolean(NumberPlan, clamps: Bool)
        /// Real parts and imaginary parts at their places in an element; without a plan for them, the latter are 0.
        case complex(real: NumberPlan, realOffset: Int, imaginary: NumberPlan?, imaginaryOffset: Int, partSize: Int)
    }

    /// The stored type, for errors.
    private let datatype: H5Datatype
    private let way: Way
    /// Whether stored elements are values of the type as they lie in memory, so that copying their bytes is all.
    let isPlainCopy: Bool

    /// The bytes of one value in memory.
    static var size: Int { MemoryLayout<Element>.stride }

    /// Chooses the conversion; throws where no element of the type could be given as `Element`.
    init(from datatype: H5Datatype, policy: H5ConversionPolicy) throws {
        self.datatype = datatype
        let kind = Element.h5Representation.kind
        let name = "\(Element.self)"
        switch kind {
        case .boolean:
            switch datatype.kind {
            case .integer, .enumeration, .bitfield: break
            default: throw H5Error(.conversion, "elements are \(datatype), which cannot be read as \(name)")
            }
            // What 64 bits cannot hold is clamped, and refused or clamped again with all that is not 0 or 1.
            way = .boolean(
                try NumberPlan(from: datatype, to: .int64, named: name, policy: .clamping),
                clamps: policy == .clamping)
            isPlainCopy = false
        case .complexFloat, .complexDouble:
            let part: H5Representation.Kind = kind == .complexFloat ? .float : .double
            let partSize = kind == .complexFloat ? 4 : 8
            guard let base = datatype.complexBase else {
                way = .complex(
                    real: try NumberPlan(from: datatype, to: part, named: name, policy: policy), realOffset: 0,
                    imaginary: nil, imaginaryOffset: 0, partSize: partSize)
                isPlainCopy = false
                return
            }
            var offsets = (0, base.size)
            if case .compound(let members) = datatype.kind, members.count == 2 {
                offsets = (members[0].offset, members[1].offset)
            }
            let plan = try NumberPlan(from: base, to: part, named: name, policy: policy)
            way = .complex(
                real: plan, realOffset: offsets.0, imaginary: plan, imaginaryOffset: offsets.1, partSize: partSize)
            isPlainCopy = plan.isPlainCopy && offsets == (0, partSize) && datatype.size == 2 * partSize
        default:
            let plan = try NumberPlan(from: datatype, to: kind, named: name, policy: policy)
            way = .number(plan)
            isPlainCopy = plan.isPlainCopy
        }
    }

    /// Converts `count` elements.
    ///
    /// - Parameters:
    ///   - source: The first stored element; no alignment is needed.
    ///   - stride: The distance from one stored element to the next, in bytes.
    ///   - destination: The place of the first value, which may be uninitialized.
    ///   - destinationStride: The distance from one value to the next, in values.
    ///   - count: The number of elements; all of them lie in both areas, for which the caller answers.
    ///   - firstIndex: The number of the first element, for errors.
    /// - Throws: `H5Error` (`conversion`) with the first value that the policy refuses.
    func convert(
        from source: UnsafeRawPointer, stride: Int, to destination: UnsafeMutablePointer<Element>,
        destinationStride: Int, count: Int, firstIndex: Int
    ) throws {
        let target = UnsafeMutableRawPointer(destination)
        let targetStride = destinationStride &* MemoryLayout<Element>.stride
        switch way {
        case .number(let plan):
            try plan.convert(
                from: source, stride: stride, to: target, targetStride: targetStride, count: count,
                firstIndex: firstIndex)
        case .boolean(let plan, let clamps):
            try convertBooleans(
                plan, clamps: clamps, from: source, stride: stride, to: target, targetStride: targetStride,
                count: count, firstIndex: firstIndex)
        case .complex(let real, let realOffset, let imaginary, let imaginaryOffset, let partSize):
            if isPlainCopy, stride == 2 &* partSize, targetStride == stride {
                target.copyMemory(from: source, byteCount: count &* stride)
                return
            }
            try real.convert(
                from: source + realOffset, stride: stride, to: target, targetStride: targetStride, count: count,
                firstIndex: firstIndex)
            if let imaginary {
                try imaginary.convert(
                    from: source + imaginaryOffset, stride: stride, to: target + partSize, targetStride: targetStride,
                    count: count, firstIndex: firstIndex)
            } else {
                for index in 0..<count {
                    (target + partSize + index &* targetStride).initializeMemory(
                        as: UInt8.self, repeating: 0, count: partSize)
                }
            }
        }
    }

    private func convertBooleans(
        _ plan: NumberPlan, clamps: Bool, from source: UnsafeRawPointer, stride: Int,
        to target: UnsafeMutableRawPointer, targetStride: Int, count: Int, firstIndex: Int
    ) throws {
        let blockCount = 512
        try withUnsafeTemporaryAllocation(of: Int64.self, capacity: blockCount) { integers in
            guard let start = integers.baseAddress else { return }
            var done = 0
            while done < count {
                let block = min(blockCount, count &- done)
                try plan.convert(
                    from: source + done &* stride, stride: stride, to: start, targetStride: 8, count: block,
                    firstIndex: firstIndex &+ done)
                for index in 0..<block {
                    let value = start[index]
                    guard clamps || value == 0 || value == 1 else {
                        throw H5Error(
                            .conversion,
                            "element \(firstIndex &+ done &+ index) is \(value), which Bool cannot hold")
                    }
                    target.storeBytes(of: value > 0, toByteOffset: (done &+ index) &* targetStride, as: Bool.self)
                }
                done &+= block
            }
        }
    }
}
