import HDF5Format

/// Where elements come from that are written: what a caller holds, turned into stored elements on demand.
///
/// The way back of `ElementSink`. Elements are numbered as the caller holds them; the plan of a write asks for runs of them
/// and says where in a block they go. An element of an array type takes as many values, side by side.
protocol ElementSource {
    /// The number of elements that there are.
    var count: Int { get }
    /// The bytes of one stored element.
    var storedSize: Int { get }
    /// The bytes of `count` elements from `first` on where they can be written as they are; nil if not.
    func rawMemory(first: Int, count: Int) -> UnsafeRawBufferPointer?
    /// Encodes `count` elements from `first` on, `stride` apart, to the start of `target`, `targetStride` bytes apart.
    func transfer(
        from first: Int, stride: Int, to target: UnsafeMutableRawBufferPointer, targetStride: Int, count: Int) throws
}

extension ElementSource {
    /// Throws unless a run of elements is there, and lies in its target.
    func checkRun(from first: Int, stride: Int, to target: Int, targetStride: Int, count: Int) throws {
        let (span, overflow) = (count - 1).multipliedReportingOverflow(by: stride)
        guard first >= 0, stride >= 0, first < self.count, !overflow, span < self.count - first else {
            throw H5Error(
                .invalidArgument, "\(count) elements from \(first) on are more than the \(self.count) there are")
        }
        try checkPlaces(count, size: storedSize, offset: 0, stride: targetStride, in: target)
    }

    /// Adds all elements, side by side, to bytes; where one cannot be converted, these are as they were.
    func appendStoredBytes(to bytes: inout [UInt8]) throws {
        if let memory = rawMemory(first: 0, count: count) {
            bytes.append(contentsOf: memory)
        } else {
            bytes += try storedBytes()
        }
    }

    /// All elements, side by side: what an attribute or a fill value holds.
    func storedBytes() throws -> [UInt8] {
        let total = try checkedProduct(count, storedSize, "the size of the elements")
        if let memory = rawMemory(first: 0, count: count) { return Array(memory) }
        var bytes = [UInt8](repeating: 0, count: total)
        guard count > 0 else { return bytes }
        // The memory is filled inside the closure only.
        try bytes.withUnsafeMutableBytes {
            try transfer(from: 0, stride: 1, to: $0, targetStride: storedSize, count: count)
        }
        return bytes
    }
}

/// Numbers, Booleans and complex numbers.
///
/// `@unchecked Sendable`: the values are lent for a whole write, during which nobody changes them; threads only read them.
struct NumberSource<Element: H5Element>: ElementSource, @unchecked Sendable {
    private let values: UnsafeBufferPointer<Element>
    private let encoding: NumericEncoding<Element>
    /// The values of one stored element, and their type.
    private let part: FlattenedElement
    let count: Int
    let storedSize: Int

    /// - Parameters:
    ///   - values: The values of all elements; they must outlive the source.
    ///   - datatype: The type of the elements, or of the member of each that is written.
    init(
        _ values: UnsafeBufferPointer<Element>, datatype: H5Datatype, policy: H5ConversionPolicy = .exact
    ) throws {
        self.values = values
        part = try FlattenedElement(datatype)
        encoding = try NumericEncoding(to: part.datatype, policy: policy)
        storedSize = datatype.size
        count = try wholeElements(values.count, of: part, datatype)
    }

    func rawMemory(first: Int, count: Int) -> UnsafeRawBufferPointer? {
        guard encoding.isPlainCopy, part.size == storedSize, first >= 0, count >= 0, first <= self.count,
            count <= self.count - first
        else { return nil }
        let slice = UnsafeBufferPointer(rebasing: values[(first * part.count)..<((first + count) * part.count)])
        return UnsafeRawBufferPointer(slice)
    }

    func transfer(
        from first: Int, stride: Int, to target: UnsafeMutableRawBufferPointer, targetStride: Int, count: Int
    ) throws {
        guard count > 0 else { return }
        try checkRun(from: first, stride: stride, to: target.count, targetStride: targetStride, count: count)
        guard let from = values.baseAddress, let to = target.baseAddress else { return }
        if part.count == 1 {
            try encoding.convert(
                from: from + first, sourceStride: stride, to: to, stride: targetStride, count: count, firstIndex: first)
            return
        }
        for index in 0..<count {
            let value = (first + index * stride) * part.count
            try encoding.convert(
                from: from + value, to: to + index * targetStride, stride: part.datatype.size, count: part.count,
                firstIndex: value)
        }
    }
}

/// Text, fixed or variable in length.
struct StringSource<Strings: RandomAccessCollection>: ElementSource where Strings.Element == String {
    private let strings: Strings
    private let encoder: StringEncoder
    private let part: FlattenedElement
    let count: Int
    let storedSize: Int

    init(_ strings: Strings, datatype: H5Datatype, store: (any VariableLengthStore)?) throws {
        self.strings = strings
        part = try FlattenedElement(datatype)
        encoder = try StringEncoder(datatype: part.datatype, store: store)
        storedSize = datatype.size
        count = try wholeElements(strings.count, of: part, datatype)
    }

    func rawMemory(first: Int, count: Int) -> UnsafeRawBufferPointer? { nil }

    func transfer(
        from first: Int, stride: Int, to target: UnsafeMutableRawBufferPointer, targetStride: Int, count: Int
    ) throws {
        guard count > 0 else { return }
        try checkRun(from: first, stride: stride, to: target.count, targetStride: targetStride, count: count)
        for index in 0..<count {
            let value = (first + index * stride) * part.count
            let start = strings.index(strings.startIndex, offsetBy: value)
            try encoder.encode(
                strings[start..<strings.index(start, offsetBy: part.count)], count: part.count, into: target,
                offset: index * targetStride, firstIndex: value)
        }
    }
}

/// The number of elements that values make; throws where one is incomplete.
private func wholeElements(_ values: Int, of part: FlattenedElement, _ datatype: H5Datatype) throws -> Int {
    guard part.count > 0, values % part.count == 0 else {
        throw H5Error(
            .invalidArgument, "\(values) values are no whole number of elements that are \(datatype)")
    }
    return values / part.count
}
