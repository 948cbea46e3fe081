import HDF5
import RealModule

extension USIDDataset {
    /// Reduces dimensions: the values that differ in nothing but their indices along them become one.
    ///
    /// Which values fall together is looked up in the indices, so that serpentine and shuffled scans come out right. Data
    /// of any size is gone through in batches; what the work takes beside the result keeps within a budget.
    ///
    /// ```swift
    /// let spectrum = try main.reduce(over: ["X", "Y"], by: .mean, as: Double.self)
    /// let peaks = try main.reduce(over: ["Frequency"], by: .maximum, as: Float.self)
    /// ```
    ///
    /// The axes of the result are the dimensions that are left, in the order of `nDimensionalForm`. Where the points of a
    /// scan that is no complete grid do not fill those, the result has two axes instead, for the cells of both sides that
    /// have a point, in the order in which the scan first came to them; `rows` and `columns` say which these are. Cells
    /// without a point are never counted, nor made up.
    ///
    /// Values are worked with in double precision, sums with twice that, and rounded to the type at the end. NaN
    /// propagates as in NumPy. The result is the same for any memory and number of threads.
    ///
    /// - Parameters:
    ///   - labels: The dimensions that go, of either side; with all of them, the result is a single value.
    ///   - reduction: How values become one. Of complex numbers there are `mean` and `sum` only.
    ///   - field: The member of compound data.
    ///   - type: `Float` or `Double`; `Complex<Float>` or `Complex<Double>` for complex numbers.
    ///   - memory: What the work may take; at least one row, and one chunk for every thread, are in memory anyway.
    ///   - policy: What happens to stored numbers that double precision does not hold.
    ///   - progress: Hears of the elements that were read; what it throws ends the work.
    /// - Throws: `USIDError` with code `unknownDimension`; `invalidArgument` where no dimension is named, there are no
    ///   values, or the elements cannot be reduced so; `tooLarge` where the values of a single cell, which `median` and own
    ///   reductions need together, do not fit the memory. `H5Error` as reading does.
    public func reduce<Element: USIDReducible>(
        over labels: [String], by reduction: USIDReduction, field: String? = nil, as type: Element.Type,
        memory: H5ByteCount = .mebibytes(256), policy: H5ConversionPolicy = .exact, progress: USIDProgress? = nil
    ) throws -> USIDArray<Element> {
        let plan = try MainReduction(
            of: self, over: labels, by: reduction, field: field, isComplex: type.isComplex, memory: memory,
            policy: policy)
        var elements: [Element] = []
        try checkedCount(plan).map { elements.reserveCapacity($0) }
        let width = plan.columns.count
        try plan.run(as: type, progress) { band, values in
            // Bands come row by row, of which only very wide ones are cut.
            if band.columnCells.count == width {
                elements += values
            } else {
                if band.columnCells.lowerBound == 0 {
                    elements += repeatElement(values[0], count: band.rowCells.count * width)
                }
                for row in 0..<band.rowCells.count {
                    let start = (band.rowCells.lowerBound + row) * width + band.columnCells.lowerBound
                    elements.replaceSubrange(
                        start..<start + band.columnCells.count,
                        with: values[row * band.columnCells.count..<(row + 1) * band.columnCells.count])
                }
            }
        }
        return try plan.array(elements)
    }

    private func checkedCount(_ plan: MainReduction) throws -> Int? {
        let (count, overflow) = plan.rows.count.multipliedReportingOverflow(by: plan.columns.count)
        guard !overflow else {
            throw USIDError(.tooLarge, path: path, "the result has more elements than memory holds: reduce more")
        }
        return count
    }
}

extension USIDReducible {
    /// Whether results are complex.
    static var isComplex: Bool {
        switch usidRounding.kind {
        case .real: false
        case .complex: true
        }
    }
}

/// A reduction of a Main that was checked.
struct MainReduction {
    let main: USIDDataset
    let rows: CellGrouping
    let columns: CellGrouping
    let reduction: USIDReduction
    /// The labels of the dimensions that go, in the order of the file.
    let dropped: [String]
    private let field: String?
    private let memory: Int
    private let policy: H5ConversionPolicy

    init(
        of main: USIDDataset, over labels: [String], by reduction: USIDReduction, field: String?, isComplex: Bool,
        memory: H5ByteCount, policy: H5ConversionPolicy
    ) throws {
        self.main = main
        self.reduction = reduction
        self.field = field
        self.memory = memory.bytes
        self.policy = policy
        guard !labels.isEmpty else {
            let all = main.positionDimensions + main.spectroscopicDimensions
            throw USIDError(
                .invalidArgument, path: main.path,
                "no dimension is named to be reduced (there are: \(NumberText.list(all.map(\.label), limit: 16)))")
        }
        let named = Set(try labels.map { Array(try main.dimension($0).label.utf8) })
        func kept(_ dimensions: [USIDDimension]) -> [Int] {
            dimensions.indices.filter { !named.contains(Array(dimensions[$0].label.utf8)) }
        }
        dropped = (main.positionDimensions + main.spectroscopicDimensions).map(\.label).filter {
            named.contains(Array($0.utf8))
        }
        guard main.positionCount > 0, main.spectroscopicPointCount > 0 else {
            throw USIDError(
                .invalidArgument, rule: "R3", path: main.path, "the dataset is empty: there is nothing to reduce")
        }
        try Self.checkElements(of: main, field: field, reduction, isComplex: isComplex)
        rows = CellGrouping(main.positionGrid.matrix, keeping: kept(main.positionDimensions))
        columns = CellGrouping(main.spectroscopicGrid.matrix, keeping: kept(main.spectroscopicDimensions))
    }

    /// What does not become numbers of the kind asked for is refused before anything is read.
    private static func checkElements(
        of main: USIDDataset, field: String?, _ reduction: USIDReduction, isComplex: Bool
    ) throws {
        func wrong(_ message: String) -> USIDError { USIDError(.invalidArgument, rule: "R4", path: main.path, message) }
        let type = try main.elementType(ofField: field)
        guard isComplex || type.complexBase == nil else {
            throw wrong("elements are complex numbers: reduce them as Complex<Double> or Complex<Float>")
        }
        guard isComplex else { return }
        switch reduction.kind {
        case .mean, .sum: break
        default:
            throw wrong("complex numbers have no order, so there is no '\(reduction.name)' of them: take mean or sum")
        }
    }

    // MARK: Working out

    /// Works out all cells and hands them over, band after band.
    func run<Element: USIDReducible>(
        as type: Element.Type, _ progress: USIDProgress?,
        _ deliver: (ReductionPlan.Band, [Element]) throws -> Void
    ) throws {
        switch type.usidRounding.kind {
        case .real(let rounded): try runReal(progress) { try deliver($0, rounded($1)) }
        case .complex(let rounded): try runComplex(progress) { try deliver($0, rounded($1)) }
        }
    }

    /// What is handed over, band after band.
    private typealias Delivery<Value> = (ReductionPlan.Band, [Value]) throws -> Void

    private func runReal(_ progress: USIDProgress?, _ deliver: Delivery<Double>) throws {
        let plan = ReductionPlan(rows: rows, columns: columns, memory: memory)
        switch reduction.kind {
        case .median, .custom:
            guard let bands = plan.gatheringBands() else {
                throw USIDError(
                    .tooLarge, path: main.path,
                    "'\(reduction.name)' needs all values of a cell at once, which take \(plan.largestCell) bytes; of the "
                        + "memory of \(memory) bytes half is for them: allow more memory, or reduce fewer dimensions at a time"
                )
            }
            return try GatheringRun(
                plan: plan, kind: reduction.kind, chunkRows: main.dataset.chunkShape?.first,
                threads: main.dataset.threadCount,
                read: { selection in
                    if let field {
                        return try main.dataset.read(field: field, as: Double.self, selection, policy: policy).elements
                    }
                    return try main.dataset.read(as: Double.self, selection, policy: policy).elements
                }
            ).run(bands, progress, deliver)
        default: break
        }
        // Named one by one, as only code that is made for a type is fast.
        switch RealReductionInputType(try main.elementType(ofField: field)) {
        case .int8: try runReal(plan, as: Int8.self, progress, deliver)
        case .int16: try runReal(plan, as: Int16.self, progress, deliver)
        case .int32: try runReal(plan, as: Int32.self, progress, deliver)
        case .uint8: try runReal(plan, as: UInt8.self, progress, deliver)
        case .uint16: try runReal(plan, as: UInt16.self, progress, deliver)
        case .uint32: try runReal(plan, as: UInt32.self, progress, deliver)
        case .half:
            // Where there is no such type, single precision holds its values.
            #if !(os(macOS) && arch(x86_64))
            try runReal(plan, as: Float16.self, progress, deliver)
            #else
            try runReal(plan, as: Float.self, progress, deliver)
            #endif
        case .float: try runReal(plan, as: Float.self, progress, deliver)
        case .double: try runReal(plan, as: Double.self, progress, deliver)
        }
    }

    private func runReal<Input: RealReductionInput>(
        _ plan: ReductionPlan, as input: Input.Type, _ progress: USIDProgress?, _ deliver: Delivery<Double>
    ) throws {
        switch reduction.kind {
        case .mean:
            try run(plan, as: input, progress, deliver) { (cell: RunningSum<Double>, count) in
                cell.value.divided(by: count)
            }
        case .sum: try run(plan, as: input, progress, deliver) { (cell: RunningSum<Double>, _) in cell.value }
        case .standardDeviation: try run(plan, as: input, progress, deliver) { (cell: RunningSpread, _) in cell.value }
        case .minimum: try run(plan, as: input, progress, deliver) { (cell: RunningMinimum, _) in cell.value }
        case .maximum: try run(plan, as: input, progress, deliver) { (cell: RunningMaximum, _) in cell.value }
        case .median, .custom: break
        }
    }

    private func runComplex(_ progress: USIDProgress?, _ deliver: Delivery<Complex<Double>>) throws {
        let isMean = if case .mean = reduction.kind { true } else { false }
        try run(
            ReductionPlan(rows: rows, columns: columns, memory: memory), as: Complex<Double>.self, progress, deliver
        ) { (cell: RunningSum<Complex<Double>>, count) in isMean ? cell.value.divided(by: count) : cell.value }
    }

    private func run<Input: ReductionInput, Running: RunningValue>(
        _ plan: ReductionPlan, as input: Input.Type, _ progress: USIDProgress?, _ deliver: Delivery<Input.Value>,
        _ result: @escaping @Sendable (Running, _ count: Int) -> Input.Value
    ) throws where Running.Value == Input.Value {
        let (dataset, field, policy) = (main.dataset, field, policy)
        try ReductionRun<Input, Running>(
            plan: plan, chunk: dataset.chunkShape, threads: dataset.threadCount,
            read: { try dataset.readAlone(field: field, into: &$0, $1, policy: policy) }, result: result
        ).run(progress, deliver)
    }

    // MARK: The result

    /// The results of all cells, row-major, with the meaning of their axes.
    func array<Element>(_ elements: [Element]) throws -> USIDArray<Element> where Element: H5Element {
        guard rows.matrix.problem == nil, columns.matrix.problem == nil else {
            return USIDArray(
                matrix: try H5Array(shape: [rows.count, columns.count], elements: elements),
                rows: Self.points(rows.first, of: rows),
                columns: Self.points(columns.first, of: columns), of: main, positionAxes: rows.kept,
                spectroscopicAxes: columns.kept)
        }
        let arrangement = GridArrangement(rows: rows.matrix, columns: columns.matrix)
        return USIDArray(
            try H5Array(shape: arrangement.shape, elements: arrangement.arrange(elements)),
            along: rows.kept.map { main.positionDimensions[$0] }
                + columns.kept.map { main.spectroscopicDimensions[$0] },
            rows: Self.points(rows.matrix.pointsByCell().map { rows.first[$0] }, of: rows),
            columns: Self.points(columns.matrix.pointsByCell().map { columns.first[$0] }, of: columns), of: main,
            positionAxes: rows.kept, spectroscopicAxes: columns.kept)
    }

    private static func points(_ points: [Int], of side: CellGrouping) -> USIDPoints {
        points.count == side.cells.count && points.indices.allSatisfy { points[$0] == $0 } ? .all : .some(points)
    }
}
