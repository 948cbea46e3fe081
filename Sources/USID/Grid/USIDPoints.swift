import HDF5

/// Which points of one side are meant.
public enum USIDPoints: Hashable, Sendable {
    /// All, in the order of the dataset or, in an N-dimensional array, as their indices say.
    case all
    /// These, by their numbers.
    case some([Int])
}

/// The indices that were chosen of one dimension.
struct ChosenIndices: Sendable, Hashable {
    /// The indices in the order asked for.
    var indices: [Int]
    /// Whether the axis is dropped.
    var dropsAxis: Bool
}

/// How points are read: each once and in the order of the dataset, which is fast, then put in their places.
struct PointReading: Hashable {
    /// What to read of an axis.
    let selection: H5AxisSelection
    /// The number of points that are read.
    let count: Int
    /// For each point of the result the number of the one read; nil where they are the same.
    let order: [Int]?

    /// Plans reading `points` of an axis of `extent`.
    init(_ points: USIDPoints, extent: Int) {
        guard case .some(let points) = points else {
            selection = .whole
            count = extent
            order = nil
            return
        }
        if points.indices.dropFirst().allSatisfy({ points[$0] > points[$0 - 1] }) {
            selection = AscendingPoints.list(points).selection
            count = points.count
            order = nil
            return
        }
        var places = [Int](repeating: -1, count: extent)
        for point in points { places[point] = 0 }
        let read = places.indices.filter { places[$0] == 0 }
        for (place, point) in read.enumerated() { places[point] = place }
        selection = AscendingPoints.list(read).selection
        count = read.count
        order = points.map { places[$0] }
    }
}
