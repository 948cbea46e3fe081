import HDF5

/// An ancillary dataset of two axes, read part by part, as each of its elements is looked at once.
struct AncillaryParts {
    private let dataset: H5Dataset
    private let pointsAreRows: Bool
    /// The number of points.
    let pointCount: Int
    /// The number of dimensions.
    let dimensionCount: Int
    /// The points of a part.
    private let pointsAtOnce: Int

    /// The elements of a part, about; chunks are not taken apart.
    private static let elementsAtOnce = 1 << 14

    /// Prepares for reading a dataset, in which axis 0 counts points (positions) or dimensions (spectroscopic).
    init(_ dataset: H5Dataset, pointsAreRows: Bool) {
        self.dataset = dataset
        self.pointsAreRows = pointsAreRows
        let (pointAxis, dimensionAxis) = pointsAreRows ? (0, 1) : (1, 0)
        let shape = dataset.shape
        pointCount = shape.count == 2 ? shape[pointAxis] : 0
        dimensionCount = shape.count == 2 ? shape[dimensionAxis] : 0
        let wanted = max(1, Self.elementsAtOnce / max(1, dimensionCount))
        let unit = dataset.chunkShape.map { $0.count == 2 ? max(1, $0[pointAxis]) : 1 } ?? 1
        pointsAtOnce = min(pointCount, unit < wanted ? wanted / unit * unit : unit)
    }

    /// Gives `body` the elements of all points, part by part, and the points that these are.
    ///
    /// - Parameter zero: Any element, for memory that is not filled yet.
    /// - Throws: `H5Error` where elements cannot be read as numbers of that type, and what `body` throws.
    func read<Element: H5Element>(
        as type: Element.Type, zero: Element, policy: H5ConversionPolicy,
        _ body: (_ elements: [Element], _ points: Range<Int>) throws -> Void
    ) throws {
        guard pointCount > 0, dimensionCount > 0 else { return }
        try dataset.checkReading(elementSize: MemoryLayout<Element>.stride)
        var buffer = [Element](repeating: zero, count: pointsAtOnce * dimensionCount)
        for first in stride(from: 0, to: pointCount, by: pointsAtOnce) {
            let points = first..<min(first + pointsAtOnce, pointCount)
            buffer.removeLast(buffer.count - points.count * dimensionCount)
            try dataset.read(into: &buffer, pointsAreRows ? [points, .all] : [.all, points], policy: policy)
            try body(buffer, points)
        }
    }

    /// Where the elements of a dimension start among those of so many points, and how far they lie apart.
    func line(of dimension: Int, among points: Int) -> (start: Int, step: Int) {
        pointsAreRows ? (dimension, dimensionCount) : (dimension * points, 1)
    }
}
