import HDF5Format

/// The elements of a dataset or attribute with their shape.
///
/// Elements are in row-major order: the last axis is the fastest.
public struct H5Array<Element> {
    /// The extent of each axis, slowest first; empty for a single element.
    public let shape: [Int]
    /// The elements in row-major order.
    public let elements: [Element]

    /// Makes an array; `elements` has as many elements as the product of `shape`.
    ///
    /// - Throws: `H5Error` with code `invalidArgument` when the numbers differ.
    public init(shape: [Int], elements: [Element]) throws {
        guard try checkedProduct(shape, "the number of elements") == elements.count else {
            throw H5Error(.invalidArgument, "\(elements.count) elements do not fill the shape \(shape)")
        }
        self.init(trusted: shape, elements)
    }

    init(trusted shape: [Int], _ elements: [Element]) {
        self.shape = shape
        self.elements = elements
    }

    /// The number of elements.
    public var count: Int { elements.count }

    /// The element at a place: one index per axis, each inside its extent.
    public subscript(_ indices: Int...) -> Element {
        precondition(indices.count == shape.count, "\(indices.count) indices for \(shape.count) axes")
        var linear = 0
        for (index, extent) in zip(indices, shape) {
            precondition(index >= 0 && index < extent, "index \(index) is outside 0..<\(extent)")
            linear = linear * extent + index
        }
        return elements[linear]
    }

    /// The same elements in another shape.
    ///
    /// - Throws: `H5Error` with code `invalidArgument` when the number of elements differs.
    public func reshaped(to shape: [Int]) throws -> H5Array { try H5Array(shape: shape, elements: elements) }
}

extension H5Array: Sendable where Element: Sendable {}
extension H5Array: Equatable where Element: Equatable {}
