import HDF5

/// Points of one side in the order of the dataset, each once.
enum AscendingPoints: Hashable, Sendable {
    case range(Range<Int>)
    case list([Int])

    /// Takes points that ascend.
    init(_ points: [Int]) {
        guard let first = points.first, let last = points.last, last - first == points.count - 1 else {
            self = .list(points)
            return
        }
        self = .range(first..<last + 1)
    }

    var count: Int {
        switch self {
        case .range(let range): range.count
        case .list(let list): list.count
        }
    }

    /// The number of a point.
    subscript(place: Int) -> Int {
        switch self {
        case .range(let range): range.lowerBound + place
        case .list(let list): list[place]
        }
    }

    /// Some of the points, by their places.
    func part(_ places: Range<Int>) -> AscendingPoints {
        switch self {
        case .range(let range): .range(range.lowerBound + places.lowerBound..<range.lowerBound + places.upperBound)
        case .list(let list): AscendingPoints(Array(list[places]))
        }
    }

    /// The shortest selection of the points.
    var selection: H5AxisSelection {
        switch self {
        case .range(let range): return .range(lower: range.lowerBound, upper: range.upperBound, stride: 1)
        case .list(let points):
            guard let first = points.first, let last = points.last else {
                return .range(lower: 0, upper: 0, stride: 1)
            }
            let step = points.count > 1 ? points[1] - first : 1
            let isRegular = points.indices.dropFirst().allSatisfy { points[$0] - points[$0 - 1] == step }
            return isRegular ? .range(lower: first, upper: last + 1, stride: step) : .indices(points)
        }
    }

    /// Cuts the points into stretches of at most `length`, which start where chunks start as far as they can.
    func stretches(of length: Int, chunk: Int?) -> [Range<Int>] {
        var step = max(1, length)
        var first = min(step, count)
        if let chunk, chunk > 0, step >= chunk, case .range(let range) = self {
            step = step / chunk * chunk
            first = min(count, step - range.lowerBound % chunk)
        }
        var stretches: [Range<Int>] = []
        var start = 0
        var end = first
        while start < count {
            stretches.append(start..<end)
            start = end
            end = count - start < step ? count : start + step
        }
        return stretches
    }
}
