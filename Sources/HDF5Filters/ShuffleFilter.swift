/// The shuffle filter (2): byte 0 of all elements, then byte 1 of all elements, and so on.
///
/// Client value 0 is the element size in bytes. The bytes after the last whole element stay at the end, unchanged.
/// Sizes of 0 and 1 and chunks of one element are copied.
struct ShuffleFilter: H5Filter {
    let identifier: UInt16 = 2
    let name = "shuffle"

    func decode(
        _ input: RawSpan, into output: inout MutableRawSpan, clientValues: [UInt32], workspace: FilterWorkspace
    ) throws -> Int {
        let size = try elementSize(clientValues)
        guard input.byteCount <= output.byteCount else { return try copyUnchanged(input, into: &output) }
        unshuffle(input, into: &output, elementSize: size)
        return input.byteCount
    }

    func encode(
        _ input: RawSpan, into output: inout MutableRawSpan, clientValues: [UInt32], workspace: FilterWorkspace
    ) throws -> Int? {
        let size = try elementSize(clientValues)
        guard input.byteCount <= output.byteCount else { return nil }
        shuffle(input, into: &output, elementSize: size)
        return input.byteCount
    }

    private func elementSize(_ clientValues: [UInt32]) throws(FilterError) -> Int {
        guard let size = clientValues.first else {
            throw FilterError(.badParameters, "shuffle needs the element size as its client value")
        }
        return Int(size)
    }
}

/// Gathers the bytes of equal rank of all elements in an output at least as long as the input.
func shuffle(_ input: RawSpan, into output: inout MutableRawSpan, elementSize size: Int) {
    transpose(input, into: &output, elementSize: size, direction: ToPlanes.self)
}

/// Puts the elements together again in an output at least as long as the input.
func unshuffle(_ input: RawSpan, into output: inout MutableRawSpan, elementSize size: Int) {
    transpose(input, into: &output, elementSize: size, direction: ToElements.self)
}

/// One of the two directions of the transposition.
private protocol Direction {
    /// Handles 16 elements from `element` and as many planes from `plane` as `Rows` has.
    static func move<Rows: ByteRows>(
        _ rows: Rows.Type, _ input: RawSpan, _ output: inout MutableRawSpan,
        element: Int, plane: Int, size: Int, count: Int)
    /// Handles one byte.
    static func moveByte(
        _ input: RawSpan, _ output: inout MutableRawSpan, element: Int, plane: Int, size: Int, count: Int)
}

private enum ToPlanes: Direction {
    @inline(__always)
    static func move<Rows: ByteRows>(
        _ rows: Rows.Type, _ input: RawSpan, _ output: inout MutableRawSpan,
        element: Int, plane: Int, size: Int, count: Int
    ) {
        let offset = element &* size &+ plane
        let elements =
            size == Rows.count
            ? Rows.load(input, at: offset, distance: 16)
            : Rows.loadPieces(input, at: offset, distance: size, width: Rows.count)
        elements.interleaved().interleaved().interleaved().interleaved()
            .store(&output, at: plane &* count &+ element, distance: count)
    }

    @inline(__always)
    static func moveByte(
        _ input: RawSpan, _ output: inout MutableRawSpan, element: Int, plane: Int, size: Int, count: Int
    ) {
        output.store(input.byte(at: element &* size &+ plane), at: plane &* count &+ element)
    }
}

private enum ToElements: Direction {
    @inline(__always)
    static func move<Rows: ByteRows>(
        _ rows: Rows.Type, _ input: RawSpan, _ output: inout MutableRawSpan,
        element: Int, plane: Int, size: Int, count: Int
    ) {
        var elements = Rows.load(input, at: plane &* count &+ element, distance: count)
        for _ in 0..<Rows.count.trailingZeroBitCount {
            elements = elements.interleaved()
        }
        let offset = element &* size &+ plane
        if size == Rows.count {
            elements.store(&output, at: offset, distance: 16)
        } else {
            elements.storePieces(&output, at: offset, distance: size, width: Rows.count)
        }
    }

    @inline(__always)
    static func moveByte(
        _ input: RawSpan, _ output: inout MutableRawSpan, element: Int, plane: Int, size: Int, count: Int
    ) {
        output.store(input.byte(at: plane &* count &+ element), at: element &* size &+ plane)
    }
}

private func transpose<D: Direction>(
    _ input: RawSpan, into output: inout MutableRawSpan, elementSize size: Int, direction: D.Type
) {
    guard size > 1, input.byteCount / size > 1 else {
        output.copy(input.byteCount, from: input, at: 0, to: 0)
        return
    }
    let count = input.byteCount / size
    let whole = count & ~15
    switch size {
    case 2: moveAll(ByteRows2.self, D.self, input, &output, elements: 0..<whole, plane: 0, size: 2, count: count)
    case 4: moveAll(ByteRows4.self, D.self, input, &output, elements: 0..<whole, plane: 0, size: 4, count: count)
    case 8: moveAll(ByteRows8.self, D.self, input, &output, elements: 0..<whole, plane: 0, size: 8, count: count)
    case 16: moveAll(ByteRows16.self, D.self, input, &output, elements: 0..<whole, plane: 0, size: 16, count: count)
    default:
        // Runs of elements that stay in the first-level cache while their planes are handled group by group.
        let run = max(16, (16384 / size) & ~15)
        var element = 0
        while element < whole {
            let end = min(whole, element &+ run)
            moveAllPlanes(D.self, input, &output, elements: element..<end, size: size, count: count)
            element = end
        }
    }
    for plane in 0..<size {
        for element in whole..<count {
            D.moveByte(input, &output, element: element, plane: plane, size: size, count: count)
        }
    }
    let done = count &* size
    output.copy(input.byteCount &- done, from: input, at: done, to: done)
}

/// Handles the planes of elements of any size in groups of 16, 8, 4, 2 and 1.
private func moveAllPlanes<D: Direction>(
    _ direction: D.Type, _ input: RawSpan, _ output: inout MutableRawSpan, elements: Range<Int>, size: Int, count: Int
) {
    var plane = 0
    while plane < size {
        let left = size &- plane
        if left >= 16 {
            moveAll(ByteRows16.self, D.self, input, &output, elements: elements, plane: plane, size: size, count: count)
            plane &+= 16
        } else if left >= 8 {
            moveAll(ByteRows8.self, D.self, input, &output, elements: elements, plane: plane, size: size, count: count)
            plane &+= 8
        } else if left >= 4 {
            moveAll(ByteRows4.self, D.self, input, &output, elements: elements, plane: plane, size: size, count: count)
            plane &+= 4
        } else if left >= 2 {
            moveAll(ByteRows2.self, D.self, input, &output, elements: elements, plane: plane, size: size, count: count)
            plane &+= 2
        } else {
            moveAll(ByteRow.self, D.self, input, &output, elements: elements, plane: plane, size: size, count: count)
            plane &+= 1
        }
    }
}

@inline(__always)
private func moveAll<Rows: ByteRows, D: Direction>(
    _ rows: Rows.Type, _ direction: D.Type, _ input: RawSpan, _ output: inout MutableRawSpan,
    elements: Range<Int>, plane: Int, size: Int, count: Int
) {
    var element = elements.lowerBound
    while element < elements.upperBound {
        D.move(Rows.self, input, &output, element: element, plane: plane, size: size, count: count)
        element &+= 16
    }
}
