/// Whether a dataset has an N-dimensional form (R42).
public enum USIDNDimensionalForm: Hashable, Sendable {
    /// It has one: its axes are the position dimensions, then the spectroscopic dimensions, each in the order of the
    /// file (R43).
    case available(labels: [String], shape: [Int])
    /// It has none, for at least one reason.
    case unavailable([USIDGridProblem])
}

extension USIDNDimensionalForm: CustomStringConvertible {
    /// The axes, such as `Y 256 × X 256`, or the reasons.
    public var description: String {
        switch self {
        case .available(let labels, let shape):
            let axes = zip(labels, shape)
            let moving = axes.filter { $1 != 1 }
            return (moving.isEmpty ? Array(axes) : moving).map { "\($0) \($1)" }.joined(separator: " × ")
        case .unavailable(let problems): return "none: " + problems.map(\.description).joined(separator: "; ")
        }
    }
}

/// Why the points of one side of a dataset do not fill a grid.
public struct USIDGridProblem: Hashable, Sendable {
    /// The kinds of reasons.
    public enum Kind: Hashable, Sendable {
        /// Some points have the same indices as others; `first` are the numbers of the first such pairs.
        case duplicates(count: Int, first: [[Int]])
        /// The points are the beginning of a complete raster (R61).
        case abortedRaster
        /// No two points share an index: they are counted, not placed on a grid (R60, R62).
        case sparse
        /// These dimensions follow from the others (R63).
        case dependent(labels: [String])
        /// Some cells of the grid have no point.
        case missingCells
    }

    /// What is the matter.
    public let kind: Kind
    /// Whether it concerns the positions; otherwise the spectroscopic side.
    public let concernsPositions: Bool
    /// The number of cells that the grid would have; nil where it is beyond counting.
    public let cellCount: Int?
    /// The number of cells that have a point.
    public let filledCount: Int

    init(_ problem: GridProblem, side: USIDSide, labels: [String]) {
        concernsPositions = side == .positions
        cellCount = problem.cellCount
        filledCount = problem.filledCount
        switch problem.kind {
        case .duplicates(let count, let first):
            kind = .duplicates(count: count, first: first.map { [$0.first, $0.second] })
        case .aborted: kind = .abortedRaster
        case .sparse: kind = .sparse
        case .dependent(let dimensions): kind = .dependent(labels: dimensions.map { labels[$0] })
        case .missing: kind = .missingCells
        }
    }

    /// The rule that describes the case.
    public var rule: USIDRule {
        switch kind {
        case .duplicates, .missingCells: return "R42"
        case .abortedRaster: return "R61"
        case .sparse: return "R60"
        case .dependent: return "R63"
        }
    }
}

extension USIDGridProblem: CustomStringConvertible {
    /// The reason in one clause.
    public var description: String {
        let point = (concernsPositions ? USIDSide.positions : .spectroscopic).pointName
        let cells = cellCount.map { "\(filledCount) of \($0) cells" } ?? "\(filledCount) of very many cells"
        switch kind {
        case .duplicates(let count, let first):
            let pair =
                first.first.map { ": the first are numbers " + $0.map(String.init).joined(separator: " and ") } ?? ""
            return "\(NumberText.count(count, point)) with the indices of another\(pair)"
        case .abortedRaster: return "the raster of \(point)s ends early: it fills \(cells)"
        case .sparse: return "sparse \(point)s: every one of the \(filledCount) has indices of its own"
        case .dependent(let labels):
            return "\(NumberText.list(labels)) \(labels.count == 1 ? "follows" : "follow") from the other dimensions"
        case .missingCells: return "the \(point)s fill only \(cells)"
        }
    }
}
