import HDF5

/// Elements of a Main dataset with the meaning of their axes.
public struct USIDArray<Element> {
    /// The label of each axis: those of the dimensions, or `positions` and `spectroscopic points` where the elements
    /// have no N-dimensional form.
    public let labels: [String]
    /// The elements with their shape.
    public let array: H5Array<Element>
    /// Whether the axes are dimensions.
    public let isNDimensional: Bool
    /// The rows of the dataset that the elements come from, in the order of the elements.
    public let rows: USIDPoints
    /// The columns of the dataset that the elements come from, in the order of the elements.
    public let columns: USIDPoints

    /// The extent of each axis.
    public var shape: [Int] { array.shape }
    /// The elements in row-major order.
    public var elements: [Element] { array.elements }

    /// The number of the axis of a label; nil where there is none.
    public func axis(_ label: String) -> Int? { labels.firstIndex { $0.hasSameBytes(as: label) } }
}

extension USIDArray: Sendable where Element: Sendable {}
extension USIDArray: Equatable where Element: Equatable {}
