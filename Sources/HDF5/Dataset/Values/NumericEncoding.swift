import HDF5Format

/// How values of one Swift type become stored elements: chosen once per write, run over many elements.
///
/// The way back of `NumericConversion`.
struct NumericEncoding<Element: H5Element>: Sendable {
    private enum Way: Sendable {
        case number(NumberEncodingPlan)
        /// Real parts and imaginary parts at their places in an element.
        case complex(NumberEncodingPlan, realOffset: Int, imaginaryOffset: Int, partSize: Int)
    }

    private let way: Way
    /// Whether the bytes of values in memory are those of stored elements, side by side, so that they can be used as
    /// they are.
    let isPlainCopy: Bool
    /// The size of one stored element, in bytes.
    let storedSize: Int

    /// Chooses the way; throws where no value of the type could be stored.
    init(to datatype: H5Datatype, policy: H5ConversionPolicy = .exact) throws {
        storedSize = datatype.size
        let kind = Element.h5Representation.kind
        let name = "\(Element.self)"
        switch kind {
        case .boolean:
            switch datatype.kind {
            case .integer, .enumeration, .bitfield: break
            default:
                throw H5Error(.conversion, "values of \(name) cannot be written to elements that are \(datatype)")
            }
            // In memory a Boolean is a byte that is 0 or 1, which every integer type holds.
            let plan = try NumberEncodingPlan(from: .uint8, named: name, to: datatype, policy: policy)
            way = .number(plan)
            isPlainCopy = datatype.size == 1 && (plan.isPlainCopy || datatype.isBoolean)
        case .complexFloat, .complexDouble:
            guard let base = datatype.complexBase else {
                throw H5Error(.conversion, "values of \(name) cannot be written to elements that are \(datatype)")
            }
            let partSize = kind == .complexFloat ? 4 : 8
            var offsets = (0, base.size)
            if case .compound(let members) = datatype.kind, members.count == 2 {
                offsets = (members[0].offset, members[1].offset)
            }
            for offset in [offsets.0, offsets.1] {
                guard offset >= 0, offset <= datatype.size, base.size <= datatype.size - offset else {
                    throw H5Error(.damaged, "the parts of a complex number lie outside its \(datatype.size) bytes")
                }
            }
            let plan = try NumberEncodingPlan(
                from: kind == .complexFloat ? .float : .double, named: name, to: base, policy: policy)
            way = .complex(plan, realOffset: offsets.0, imaginaryOffset: offsets.1, partSize: partSize)
            isPlainCopy = plan.isPlainCopy && offsets == (0, partSize) && datatype.size == 2 * partSize
        default:
            let plan = try NumberEncodingPlan(from: kind, named: name, to: datatype, policy: policy)
            way = .number(plan)
            isPlainCopy = plan.isPlainCopy
        }
    }

    /// Converts `count` values.
    ///
    /// Only the bytes of members are written: what else lies in an element of a complex number stays.
    ///
    /// - Parameters:
    ///   - source: The first value.
    ///   - sourceStride: The distance from one value to the next, in values.
    ///   - target: The place of the first stored element; no alignment is needed.
    ///   - stride: The distance from one stored element to the next, in bytes; in rows it is the size of a row.
    ///   - count: The number of values; all of them lie in both areas, for which the caller answers.
    ///   - firstIndex: The number of the first element, for errors.
    /// - Throws: `H5Error` (`conversion`) with the first value that the policy refuses.
    func convert(
        from source: UnsafePointer<Element>, sourceStride: Int = 1, to target: UnsafeMutableRawPointer, stride: Int,
        count: Int, firstIndex: Int
    ) throws {
        let from = UnsafeRawPointer(source)
        let distance = sourceStride &* MemoryLayout<Element>.stride
        switch way {
        case .number(let plan):
            try plan.convert(
                from: from, stride: distance, to: target, targetStride: stride, count: count, firstIndex: firstIndex)
        case .complex(let plan, let realOffset, let imaginaryOffset, let partSize):
            if isPlainCopy, distance == 2 &* partSize, stride == distance {
                target.copyMemory(from: from, byteCount: count &* stride)
                return
            }
            try plan.convert(
                from: from, stride: distance, to: target + realOffset, targetStride: stride, count: count,
                firstIndex: firstIndex)
            try plan.convert(
                from: from + partSize, stride: distance, to: target + imaginaryOffset, targetStride: stride,
                count: count, firstIndex: firstIndex)
        }
    }

    /// Converts values into elements that lie `stride` bytes apart, or into a part of each, which starts at `offset`.
    ///
    /// - Throws: `H5Error`: `conversion` with the first value that the policy refuses, `invalidArgument` where the
    ///   elements do not lie in their memory.
    func encode(
        _ values: UnsafeBufferPointer<Element>, into target: UnsafeMutableRawBufferPointer, offset: Int = 0,
        stride: Int? = nil, firstIndex: Int = 0
    ) throws {
        let stride = stride ?? storedSize
        try checkPlaces(values.count, size: storedSize, offset: offset, stride: stride, in: target.count)
        guard let from = values.baseAddress, let to = target.baseAddress, !values.isEmpty else { return }
        try convert(from: from, to: to + offset, stride: stride, count: values.count, firstIndex: firstIndex)
    }
}

/// Throws unless `count` pieces of `size` bytes, the first of them at `offset`, lie in `total` bytes.
func checkPlaces(_ count: Int, size: Int, offset: Int, stride: Int, in total: Int) throws {
    guard count > 0 else { return }
    let (span, overflow) = (count - 1).multipliedReportingOverflow(by: stride)
    guard !overflow, offset >= 0, size >= 0, stride >= size, offset <= total, size <= total - offset,
        span <= total - offset - size
    else {
        throw H5Error(
            .invalidArgument, "\(count) elements of \(stride) bytes do not lie in the \(total) bytes meant for them")
    }
}
