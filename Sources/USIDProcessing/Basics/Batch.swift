import HDF5

/// The data of some neighbouring positions, in memory position after position.
///
/// ```swift
/// for (i, spectrum) in batch.enumerated() { results[0][i] = spectrum.max() }
/// ```
///
/// Its elements are the positions; `values` has all numbers at once for those who want to go through them fast.
public struct Batch<Input: Sendable>: RandomAccessCollection, Sendable {
    /// The numbers of the positions: rows of the source.
    public let positions: Range<Int>
    /// The number of values of each position.
    public let width: Int
    /// The path of the source, for errors.
    public let sourcePath: String
    private let elements: [Input]

    init(positions: Range<Int>, width: Int, elements: [Input], sourcePath: String) {
        self.positions = positions
        self.width = width
        self.elements = elements
        self.sourcePath = sourcePath
    }

    /// Makes a batch from values in memory, as tests of a process need it.
    ///
    /// - Parameters:
    ///   - elements: As many whole positions as there are.
    ///   - width: The number of values of each position.
    ///   - first: The number of the first position.
    /// - Returns: Nil where the values make no whole positions.
    public init?(_ elements: [Input], width: Int, firstPosition first: Int = 0) {
        guard width > 0, first >= 0, elements.count % width == 0 else { return nil }
        self.init(
            positions: first..<first + elements.count / width, width: width, elements: elements, sourcePath: "")
    }

    /// 0: positions are counted from the start of the batch.
    public var startIndex: Int { 0 }
    /// The number of positions.
    public var endIndex: Int { positions.count }

    /// The values of a position.
    public subscript(index: Int) -> ArraySlice<Input> { elements[index * width..<(index + 1) * width] }

    /// All values, position after position.
    public var values: Span<Input> {
        @_lifetime(borrow self)
        borrowing get { elements.span }
    }

    /// The values of a position, for code that must not count references.
    @_lifetime(borrow self)
    public func row(_ index: Int) -> Span<Input> { elements.span.extracting(index * width..<(index + 1) * width) }
}
