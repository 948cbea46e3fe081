import HDF5

/// What the indices and values of one Main say about its dimensions: R24, R29, R34, R41 to R44.
struct DimensionChecks {
    private(set) var findings: [USIDFinding] = []

    init(_ main: USIDDataset) throws {
        checkForm(main)
        for (side, grid, dimensions) in [
            (USIDSide.positions, main.positionGrid, main.positionDimensions),
            (.spectroscopic, main.spectroscopicGrid, main.spectroscopicDimensions),
        ] {
            checkOrder(main, side, grid.matrix)
            checkNames(grid)
            for (column, dimension) in zip(grid.matrix.columns, dimensions) { checkIndices(column, dimension, grid) }
            try checkValues(grid, dimensions)
            for dataset in [grid.indices, grid.values] { try checkRegions(dataset, side, dimensions) }
        }
    }

    private mutating func report(
        _ rule: USIDRule, _ level: USIDFinding.Level, _ path: String, _ message: String, expected: String? = nil,
        found: String? = nil, advice: String? = nil, cause: String? = nil
    ) {
        findings.append(
            USIDFinding(rule, level, path, message, expected: expected, found: found, advice: advice, cause: cause))
    }

    private mutating func checkForm(_ main: USIDDataset) {
        guard case .unavailable(let problems) = main.nDimensionalForm else { return }
        for problem in problems {
            report(problem.rule, .info, main.path, "no N-dimensional form: \(problem)")
        }
    }

    private mutating func checkOrder(_ main: USIDDataset, _ side: USIDSide, _ matrix: IndexMatrix) {
        guard matrix.problem == nil || matrix.problem?.kind == .aborted else { return }
        switch matrix.scanOrder {
        case .single, .raster: return
        case .serpentine:
            report("R43", .info, main.path, "the \(side.pointName)s run serpentine: every line turns back")
        case .other: report("R43", .info, main.path, "the \(side.pointName)s do not run line by line")
        }
    }

    private mutating func checkNames(_ grid: USIDGrid) {
        let indices = ReferenceResolver.name(grid.indices.path)
        let values = ReferenceResolver.name(grid.values.path)
        guard indices.hasSuffix("_Indices"), values.hasSuffix("_Values"),
            indices.dropLast("_Indices".count) != values.dropLast("_Values".count)
        else { return }
        report(
            "R34", .should, grid.values.path, "its name does not belong to that of its indices, '\(indices)'",
            expected: indices.dropLast("_Indices".count) + "_Values", found: values)
    }

    private mutating func checkIndices(_ column: IndexColumn, _ dimension: USIDDimension, _ grid: USIDGrid) {
        guard !column.isCountedFromZero, column.size > 0 else { return }
        let path = grid.indices.path
        let expected = "0 to \(column.size - 1)"
        if column.firstIndex == 0, let step = column.step {
            report(
                "R41", .should, path, "the indices of '\(dimension.label)' run in steps of \(step)", expected: expected,
                found: "0, \(step), …", advice: "count the indices, and keep the offsets as values",
                cause: "F2: image windows were stored with pixel offsets as indices")
        } else if column.step == 1 || column.size == 1 {
            report(
                "R41", .should, path, "the indices of '\(dimension.label)' start at \(column.firstIndex)",
                expected: expected, found: "\(column.firstIndex), …", advice: "count the indices from 0")
        } else {
            report(
                "R41", .should, path, "the indices of '\(dimension.label)' have gaps", expected: expected,
                found: "\(column.size) different ones from \(column.firstIndex)", advice: "count the indices from 0")
        }
    }

    // MARK: Values

    private mutating func checkValues(_ grid: USIDGrid, _ dimensions: [USIDDimension]) throws {
        switch grid.values.datatype.kind {
        case .float, .integer: break
        // R24 is told already; there are no numbers to look at.
        default: return
        }
        for (found, dimension) in zip(try grid.unitValues(), dimensions) {
            if let conflict = found.firstConflict {
                report(
                    "R44", .info, grid.values.path,
                    "the values of '\(dimension.label)' are no function of its indices: at index \(conflict.index) "
                        + "there are \(NumberText.short(conflict.first, digits: 8)) and "
                        + NumberText.short(conflict.second, digits: 8)
                )
            } else if Self.losesSteps(found.values, stored: grid.values.datatype) {
                report(
                    "R24", .should, grid.values.path,
                    "neighbouring values of '\(dimension.label)' are equal because \(grid.values.datatype) cannot "
                        + "hold its steps",
                    expected: "float64", found: "\(grid.values.datatype)", advice: "store the values as float64")
            }
        }
    }

    /// Whether neighbours are equal only because the stored type cannot tell them apart.
    private static func losesSteps(_ values: [Double], stored: H5Datatype) -> Bool {
        guard case .float(let format) = stored.kind, values.count > 1, values.allSatisfy(\.isFinite),
            let least = values.min(), let greatest = values.max(), greatest > least
        else { return false }
        let step = (greatest - least) / Double(values.count - 1)
        let scale = max(least.magnitude, greatest.magnitude)
        let resolution = scale * Double(sign: .plus, exponent: -max(format.mantissaSize, 0), significand: 1)
        guard step < 2 * resolution else { return false }
        return values.indices.dropFirst().contains { values[$0] == values[$0 - 1] }
    }

    // MARK: Region references

    private mutating func checkRegions(_ dataset: H5Dataset, _ side: USIDSide, _ dimensions: [USIDDimension]) throws {
        let line = side == .positions ? "column" : "row"
        let regions = try RegionReferences(of: dataset, side, labels: dimensions.map(\.label))
        for label in regions.wrong {
            report(
                "R29", .info, dataset.path,
                "the region reference '\(label)' does not select the \(line) of that dimension")
        }
        guard !regions.isAbsent else { return }
        for label in regions.missing {
            report("R29", .info, dataset.path, "other dimensions have a region reference, '\(label)' has none")
        }
    }
}

/// Whether the Mains of a file store the same dimensions in the same order (R40).
struct DimensionOrderChecks {
    private(set) var findings: [USIDFinding] = []

    init(_ mains: [USIDDataset]) {
        var first: [Set<String>: (labels: [String], path: String)] = [:]
        for main in mains {
            for dimensions in [main.positionDimensions, main.spectroscopicDimensions] where dimensions.count > 1 {
                let labels = dimensions.map(\.label)
                if let earlier = first[Set(labels)], earlier.labels != labels {
                    findings.append(
                        USIDFinding(
                            "R40", .info, main.path,
                            "its dimensions are stored as \(NumberText.list(labels)), those of \(earlier.path) as "
                                + NumberText.list(earlier.labels),
                            cause:
                                "F4: versions of pyUSID store dimensions in different orders; both are right"
                        ))
                } else if first[Set(labels)] == nil {
                    first[Set(labels)] = (labels, main.path)
                }
            }
        }
    }
}

/// Ancillary datasets that are the same and could be one (R33).
struct SharingChecks {
    private struct Key: Hashable {
        var labels: [String]
        var units: [String]
        var sizes: [Int]
        var pointCount: Int
        var pointsAreRows: Bool
    }

    private(set) var findings: [USIDFinding] = []

    init(_ mains: [USIDDataset]) throws {
        var known: [Key: [USIDGrid]] = [:]
        for main in mains {
            for (grid, dimensions) in [
                (main.positionGrid, main.positionDimensions), (main.spectroscopicGrid, main.spectroscopicDimensions),
            ] where grid.matrix.pointCount > 1 {
                let key = Key(
                    labels: dimensions.map(\.label), units: dimensions.map(\.units), sizes: grid.matrix.sizes,
                    pointCount: grid.matrix.pointCount, pointsAreRows: grid.pointsAreRows)
                let others = known[key] ?? []
                if others.contains(where: { $0 === grid }) { continue }
                guard let twin = try others.first(where: { try Self.areEqual($0, grid) }) else {
                    known[key] = others + [grid]
                    continue
                }
                known[key] = others + [grid]
                let bytes =
                    grid.indices.count * grid.indices.datatype.size + grid.values.count * grid.values.datatype.size
                findings.append(
                    USIDFinding(
                        "R33", .info, grid.indices.path,
                        "it and its values are the same as \(twin.indices.path); shared, they would save \(bytes) bytes"
                    ))
            }
        }
    }

    private static func areEqual(_ left: USIDGrid, _ right: USIDGrid) throws -> Bool {
        guard zip(left.matrix.columns, right.matrix.columns).allSatisfy({ $0.ranks == $1.ranks }) else { return false }
        let (first, second) = (try left.unitValues(), try right.unitValues())
        if first.contains(where: { $0.firstConflict != nil }) || second.contains(where: { $0.firstConflict != nil }) {
            guard left.values.datatype == right.values.datatype, left.values.shape == right.values.shape else {
                return false
            }
            return try left.values.readBytes() == right.values.readBytes()
        }
        return zip(first, second).allSatisfy { $0.values == $1.values }
    }
}
