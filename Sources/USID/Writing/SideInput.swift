import HDF5

/// Where the Indices and Values of one side come from.
enum AncillarySource {
    /// They are written.
    case table(PointTable)
    /// They exist where the Main refers to them.
    case linked(indices: H5Dataset, values: H5Dataset)
    /// They exist in another file.
    case copied(indices: H5Dataset, values: H5Dataset)
}

/// What a caller says of one side, as it is given: every check that needs no look at the group.
struct SideInput {
    /// Dimensions in the order of the file with the elements of their datasets.
    typealias Named = (labels: [String], units: [String], modes: [USIDDimension.Mode], table: PointTable)

    private let ancillaries: USIDAncillaries
    private let side: USIDSide
    private let main: MainPlace

    /// Indices are stored as 32-bit numbers, and points are counted by them.
    private static let mostPoints = Int(UInt32.max)

    init(_ ancillaries: USIDAncillaries, _ side: USIDSide, _ main: MainPlace) {
        self.ancillaries = ancillaries
        self.side = side
        self.main = main
    }

    private func error(_ rule: USIDRule, _ message: String) -> USIDError { main.error(rule, message) }

    // MARK: Dimensions

    /// Dimensions, fastest first, and the points that they make.
    func grid(_ dimensions: [USIDDimension], taken: [String], profile: USIDProfile) throws -> Named {
        let dimensions = dimensions.isEmpty ? [Self.dummy(taken: taken)] : dimensions
        try checkNames(dimensions.map(\.label), dimensions.map(\.units))
        for dimension in dimensions where dimension.size == 0 {
            throw error(
                side.shapeRule, "dimension '\(dimension.label)' has no values: give at least one, or leave it out")
        }
        let modes = Set(dimensions.map(\.mode))
        if modes == [.incomplete] { return try together(dimensions, profile) }
        guard modes == [.default] else {
            throw error(
                modes.contains(.dependent) ? "R63" : "R60",
                "dimensions of modes \(NumberText.list(modes.map { "\($0)" }.sorted())) do not make a grid: give the "
                    + "points one by one with .points(fastestFirst:)")
        }
        // Before any value is made: counted dimensions may be of any size.
        var blocks: [Int] = []
        var total = 1
        for dimension in dimensions {
            blocks.append(total)
            let (product, overflow) = total.multipliedReportingOverflow(by: dimension.size)
            guard !overflow, product <= Self.mostPoints else { throw tooMany() }
            total = product
        }
        let count = try fitted(to: total)
        var axes = try zip(dimensions, blocks).map {
            PointTable.Axis(values: try $0.requireUnitValues(), block: $1)
        }
        if profile == .pyUSID2020 { axes.reverse() }
        return named(
            profile == .pyUSID2020 ? dimensions.reversed() : dimensions,
            PointTable(
                grid: axes, pointCount: count, turns: ancillaries.isSerpentine, pointsAreRows: side == .positions))
    }

    private func named(_ dimensions: [USIDDimension], _ table: PointTable) -> Named {
        (dimensions.map(\.label), dimensions.map(\.units), dimensions.map(\.mode), table)
    }

    /// Dimensions that were varied together: one value of each per point.
    private func together(_ dimensions: [USIDDimension], _ profile: USIDProfile) throws -> Named {
        guard dimensions.allSatisfy({ $0.size <= Self.mostPoints }) else { throw tooMany() }
        let columns = try dimensions.map {
            USIDPointColumn($0.label, units: $0.units, values: try $0.requireUnitValues(), mode: $0.mode)
        }
        return try points(profile == .pyUSID2020 ? columns.reversed() : columns)
    }

    /// The dimension of a side on which nothing was varied (R46).
    private static func dummy(taken: [String]) -> USIDDimension {
        let names = ["arb.", "Single_Step", "single"]
        let name = names.first { name in !taken.contains { $0.hasSameBytes(as: name) } } ?? names[0]
        return USIDDimension(name, units: "a. u.", count: 1)
    }

    // MARK: Points

    /// Columns in the order of the file.
    func points(_ columns: [USIDPointColumn]) throws -> Named {
        guard let count = columns.first?.values.count else {
            throw error(side.shapeRule, "there is no dimension: where nothing was varied, use .single")
        }
        try checkNames(columns.map(\.label), columns.map(\.units))
        guard count > 0 else {
            throw error(
                side.shapeRule, "dimension '\(columns[0].label)' has no values: give one per \(side.pointName)")
        }
        guard count <= Self.mostPoints else { throw tooMany() }
        guard !ancillaries.isSerpentine else {
            throw error("R43", "serpentine() turns grids of dimensions; the order of points is what the columns say")
        }
        for column in columns {
            for (what, found) in [("values", column.values.count), ("indices", column.indices?.count ?? count)]
            where found != count {
                throw error(
                    side.shapeRule,
                    "dimension '\(column.label)' has \(found) \(what), '\(columns[0].label)' has \(count): "
                        + "give one per \(side.pointName)")
            }
        }
        let kept = try fitted(to: count)
        let indices = try columns.map { column -> [UInt32]? in
            try column.indices?.prefix(kept).map { index in
                guard let stored = UInt32(exactly: index) else {
                    throw error("R23", "index \(index) of dimension '\(column.label)' is no 32-bit unsigned integer")
                }
                return stored
            }
        }
        let table = PointTable(
            indices: indices, values: columns.map { Array($0.values.prefix(kept)) }, pointCount: kept,
            pointsAreRows: side == .positions)
        return (columns.map(\.label), columns.map(\.units), columns.map(\.mode), table)
    }

    // MARK: Datasets

    /// Ancillary datasets that exist.
    func existing(
        _ indices: H5Dataset, _ values: H5Dataset
    ) throws -> ([String], [String], [USIDDimension.Mode], Int, AncillarySource) {
        guard ancillaries.pointCount == nil, !ancillaries.isSerpentine else {
            throw error(
                "R35", "ancillary datasets that exist are used as they are: leave out first(_:) and serpentine()")
        }
        guard indices.file === values.file else {
            throw error("R8", "\(indices.path) and \(values.path) lie in two files: give a pair from one file")
        }
        let inspection = try AncillaryInspection(
            side, indices: indices, values: values, mainPath: main.path, pointCount: nil)
        guard inspection.isComplete else {
            let obstacle = inspection.findings.first(where: \.keepsFromReading)
            var message = obstacle?.message ?? "it does not describe dimensions"
            if let expected = obstacle?.expected, let found = obstacle?.found {
                message += " (expected \(expected), found \(found))"
            }
            throw USIDError(
                .invalidArgument, rule: obstacle?.rule ?? side.shapeRule, path: obstacle?.path ?? indices.path, message)
        }
        let source =
            indices.file === main.group.file
            ? AncillarySource.linked(indices: indices, values: values)
            : .copied(indices: indices, values: values)
        return (
            inspection.labels, inspection.units, inspection.modes, indices.shape[side.pointAxis], source
        )
    }

    // MARK: Parts

    private func checkNames(_ labels: [String], _ units: [String]) throws {
        for (label, unit) in zip(labels, units) {
            if label.isEmpty {
                throw error("R28", "a dimension of the \(side.sideName) side has an empty label: name it")
            }
            try WrittenText.check(label, "the label '\(label)'", rule: "R25", path: main.path)
            try WrittenText.check(unit, "the unit of '\(label)'", rule: "R26", path: main.path)
        }
    }

    /// The number of points that were asked for, which may not be more than there are.
    private func fitted(to total: Int) throws -> Int {
        guard let count = ancillaries.pointCount else { return total }
        guard count > 0, count <= total else {
            throw error(
                side.shapeRule,
                "\(NumberText.count(count, side.pointName)) are asked for, the dimensions have \(total): "
                    + "ask for 1 to \(total)")
        }
        return count
    }

    private func tooMany() -> USIDError {
        error(
            side.shapeRule,
            "the dimensions of the \(side.sideName) side make more points than indices of 32 bits count: "
                + "give fewer values")
    }
}
