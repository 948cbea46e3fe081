import HDF5

/// One side of a new Main dataset: its dimensions, and where their Indices and Values come from.
///
/// The order of dimensions is always named. It says in which order the points run; in which order the file keeps the
/// dimensions is a matter of the `USIDProfile`.
///
/// ```swift
/// .fastestFirst([x, y])                           // a raster, X varying from point to point
/// .slowestFirst([y, x])                           // the same
/// .fastestFirst([x, y]).serpentine()              // every other line backwards
/// .fastestFirst([x, y]).first(1_000)              // a raster that was stopped
/// .points(fastestFirst: [xs, ys])                 // any points, such as a spiral
/// .shared(with: main)                             // the dimensions of another Main
/// .single                                         // nothing was varied
/// ```
public struct USIDAncillaries: Sendable {
    enum Content: Sendable {
        /// Dimensions, fastest first.
        case grid([USIDDimension])
        /// Dimensions point by point, fastest first.
        case points([USIDPointColumn])
        /// Dimensions point by point, in the order of the file.
        case table([USIDPointColumn])
        case shared(USIDDataset)
        case existing(indices: H5Dataset, values: H5Dataset)
    }

    let content: Content
    private(set) var isSerpentine = false
    /// The number of points that were asked for; nil for all.
    private(set) var pointCount: Int?
    private(set) var name: String?
    private(set) var group: H5Group?

    init(_ content: Content) { self.content = content }

    /// Dimensions that were varied as nested loops, the innermost one first.
    ///
    /// The points are all combinations of values. Dimensions of mode `incomplete` were varied together instead: each has
    /// one value per point, and the points are counted (R60, R66).
    public static func fastestFirst(_ dimensions: [USIDDimension]) -> USIDAncillaries { .init(.grid(dimensions)) }

    /// Dimensions that were varied as nested loops, the outermost one first.
    ///
    /// The points are all combinations of values. Dimensions of mode `incomplete` were varied together instead: each has
    /// one value per point, and the points are counted (R60, R66).
    public static func slowestFirst(_ dimensions: [USIDDimension]) -> USIDAncillaries {
        .init(.grid(dimensions.reversed()))
    }

    /// Points one by one, by their indices and values along every dimension, the fastest dimension first.
    ///
    /// For sparse, spiral and other scans that are no raster, and for dimensions that follow from others (R60 to R63).
    public static func points(fastestFirst columns: [USIDPointColumn]) -> USIDAncillaries { .init(.points(columns)) }

    /// Points one by one, by their indices and values along every dimension, the slowest dimension first.
    public static func points(slowestFirst columns: [USIDPointColumn]) -> USIDAncillaries {
        .init(.points(columns.reversed()))
    }

    /// The dimensions that another Main has on this side (R33).
    ///
    /// In the same file the new Main refers to the same ancillary datasets; into another file they are copied (R54).
    public static func shared(with main: USIDDataset) -> USIDAncillaries { .init(.shared(main)) }

    /// Ancillary datasets that exist; in another file than the new Main, they are copied.
    public static func existing(indices: H5Dataset, values: H5Dataset) -> USIDAncillaries {
        .init(.existing(indices: indices, values: values))
    }

    /// One point: nothing was varied, which takes one dimension of size 1 (R46).
    public static let single = USIDAncillaries(.grid([]))

    /// The same grid gone through back and forth: a dimension turns whenever the next slower one steps.
    public func serpentine() -> USIDAncillaries {
        var result = self
        result.isSerpentine = true
        return result
    }

    /// The first points alone, as of a scan that was stopped (R61).
    public func first(_ count: Int) -> USIDAncillaries {
        var result = self
        result.pointCount = count
        return result
    }

    /// The same under other names: `<name>_Indices` and `<name>_Values` in place of `Position_…` or `Spectroscopic_…`
    /// (R34).
    ///
    /// Several Mains of one group with different dimensions need different names.
    public func named(_ name: String) -> USIDAncillaries {
        var result = self
        result.name = name
        return result
    }

    /// The same in a group of its own choice, such as the measurement group whose channels share it (R33); by default
    /// ancillary datasets lie beside their Main.
    ///
    /// Where the group has the same pair already, that one is used.
    public func placed(in group: H5Group) -> USIDAncillaries {
        var result = self
        result.group = group
        return result
    }
}

/// A dimension point by point: the index and the value that each point has along it.
public struct USIDPointColumn: Sendable {
    /// The name.
    public let label: String
    /// The unit; empty where the dimension has none.
    public let units: String
    /// The value of each point.
    public let values: [Double]
    /// The index of each point; nil where the points are counted (R60).
    public let indices: [Int]?
    /// How the dimension takes part in the grid.
    public let mode: USIDDimension.Mode

    /// Makes a column.
    ///
    /// - Parameters:
    ///   - values: One value per point.
    ///   - indices: One index per point, counted from 0; by default the number of the point.
    public init(
        _ label: String, units: String, values: [Double], indices: [Int]? = nil, mode: USIDDimension.Mode = .default
    ) {
        self.label = label
        self.units = units
        self.values = values
        self.indices = indices
        self.mode = mode
    }
}
