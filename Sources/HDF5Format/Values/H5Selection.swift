/// Which elements of a dataset are meant.
///
/// Written as an array with one entry per axis, it reads like slicing: `[0..<100, 512]`, `[.every(10), .all]`,
/// `[..<256, .all]`. A single index drops its axis from the result. Other selections are made by name:
/// `.all`, `.hyperslab(…)`, `.points(…)`, `.blocks(…)`.
public enum H5Selection: Hashable, Sendable {
    /// Every element.
    case all
    /// No element.
    case none
    /// One selection per axis; what is selected is every combination.
    case axes([H5AxisSelection])
    /// A regular pattern of blocks.
    case hyperslab(H5Hyperslab)
    /// Single elements by their coordinates, in the order given; the result has one axis.
    case points([[Int]])
    /// The union of blocks, in row-major order of the elements; the result has one axis.
    case blocks([H5Block])
}

extension H5Selection: ExpressibleByArrayLiteral {
    /// Makes a selection with one entry per axis: integers, ranges, and the patterns of `H5AxisSelection`.
    public init(arrayLiteral elements: any H5AxisSelectable...) { self = .axes(elements.map(\.axisSelection)) }
}

/// Which coordinates of one axis are meant.
public enum H5AxisSelection: Hashable, Sendable {
    /// Every coordinate.
    case whole
    /// One coordinate; the axis is dropped from the result. Negative numbers count from the end.
    case index(Int)
    /// Coordinates from `lower` to before `upper`, `stride` apart; nil is the axis' own end.
    case range(lower: Int, upper: Int?, stride: Int)
    /// A regular pattern: `count` blocks of `block` coordinates, `stride` apart; nil is as many as fit.
    case pattern(start: Int, stride: Int, count: Int?, block: Int)
    /// Coordinates one by one, in the order given; repeats are allowed.
    case indices([Int])
}

/// What can stand for one axis in an array literal of `H5Selection`.
public protocol H5AxisSelectable {
    /// The coordinates that are meant.
    var axisSelection: H5AxisSelection { get }
}

extension H5AxisSelection: H5AxisSelectable {
    /// The selection itself.
    public var axisSelection: H5AxisSelection { self }
}

extension H5AxisSelectable where Self == H5AxisSelection {
    /// Every coordinate.
    public static var all: H5AxisSelection { .whole }

    /// Every `stride`-th coordinate, beginning with the first.
    public static func every(_ stride: Int) -> H5AxisSelection { .range(lower: 0, upper: nil, stride: stride) }

    /// Every `stride`-th coordinate of a range.
    public static func every(_ stride: Int, in range: Range<Int>) -> H5AxisSelection {
        .range(lower: range.lowerBound, upper: range.upperBound, stride: stride)
    }

    /// Coordinates one by one, in the order given.
    public static func at(_ indices: [Int]) -> H5AxisSelection { .indices(indices) }
}

extension Int: H5AxisSelectable {
    /// One coordinate, whose axis is dropped from the result.
    public var axisSelection: H5AxisSelection { .index(self) }
}

extension Range: H5AxisSelectable where Bound == Int {
    /// The coordinates of the range.
    public var axisSelection: H5AxisSelection { .range(lower: lowerBound, upper: upperBound, stride: 1) }
}

extension ClosedRange: H5AxisSelectable where Bound == Int {
    /// The coordinates of the range.
    public var axisSelection: H5AxisSelection {
        .range(lower: lowerBound, upper: upperBound == .max ? upperBound : upperBound + 1, stride: 1)
    }
}

extension PartialRangeUpTo: H5AxisSelectable where Bound == Int {
    /// The coordinates before the bound.
    public var axisSelection: H5AxisSelection { .range(lower: 0, upper: upperBound, stride: 1) }
}

extension PartialRangeThrough: H5AxisSelectable where Bound == Int {
    /// The coordinates up to the bound.
    public var axisSelection: H5AxisSelection {
        .range(lower: 0, upper: upperBound == .max ? upperBound : upperBound + 1, stride: 1)
    }
}

extension PartialRangeFrom: H5AxisSelectable where Bound == Int {
    /// The coordinates from the bound on.
    public var axisSelection: H5AxisSelection { .range(lower: lowerBound, upper: nil, stride: 1) }
}

/// A regular pattern of blocks: along each axis `count` blocks of `block` elements, `stride` apart.
public struct H5Hyperslab: Hashable, Sendable {
    /// The first element of the first block, per axis.
    public var start: [Int]
    /// The distance from block to block, per axis.
    public var stride: [Int]
    /// The number of blocks, per axis; nil: as many as the extent has room for.
    public var count: [Int?]
    /// The size of a block, per axis; nil: to the end of the extent.
    public var block: [Int?]

    /// Makes a pattern; by default blocks of one element side by side.
    public init(start: [Int], stride: [Int]? = nil, count: [Int?], block: [Int?]? = nil) {
        self.start = start
        self.stride = stride ?? start.map { _ in 1 }
        self.count = count
        self.block = block ?? start.map { _ in 1 }
    }
}

/// A block of elements: from `start` to `end` along each axis, both included.
public struct H5Block: Hashable, Sendable {
    /// The first coordinate, per axis.
    public var start: [Int]
    /// The last coordinate, per axis.
    public var end: [Int]

    /// Makes a block.
    public init(start: [Int], end: [Int]) {
        self.start = start
        self.end = end
    }
}
