import HDF5

/// The results of a batch of positions: one column for each dataset of the process, in the order of `results(for:)`.
public struct ResultBatch: Sendable {
    private var columns: [ResultColumn]

    init(_ columns: [ResultColumn] = []) { self.columns = columns }

    /// The number of datasets.
    public var count: Int { columns.count }

    /// The column of a dataset, by its number in `results(for:)`.
    public subscript(dataset: Int) -> ResultColumn {
        get { columns[dataset] }
        _modify { yield &columns[dataset] }
    }

    /// The column of a dataset of that name; nil where there is none.
    public subscript(name: String) -> ResultColumn? { columns.first { $0.name == name } }

    /// Makes all columns ready for another batch.
    mutating func reset(positionCount: Int) {
        for index in columns.indices { columns[index].reset(positionCount: positionCount) }
    }

    /// Checks that the process gave every position what it said it would.
    ///
    /// - Throws: `USIDProcessError` with code `wrongResults` or `nonFiniteResult`, which names the position.
    func check(_ datasets: [ResultDataset], at first: Int, path: String, allowsNonFinite: Bool) throws {
        for (column, dataset) in zip(columns, datasets) {
            if let mistake = column.mistake {
                throw USIDProcessError(
                    .wrongResults, path: path, positions: first..<first + column.positionCount,
                    "'\(column.name)': \(mistake)")
            }
            if let missing = column.firstMissing {
                throw USIDProcessError(
                    .wrongResults, path: path, positions: first + missing..<first + missing + 1,
                    "position \(first + missing) got no value for '\(column.name)': every position needs one")
            }
            if !allowsNonFinite, let place = dataset.firstNonFinite?(column) {
                let position = first + place / max(1, column.width)
                throw USIDProcessError(
                    .nonFiniteResult, path: path, positions: position..<position + 1,
                    "'\(column.name)' of position \(position) is NaN or infinite; a process for which this is a result "
                        + "says so by allowsNonFiniteResults")
            }
        }
    }
}

/// The results of one position: a number or a row for each dataset of the process.
public struct ResultRow: Sendable {
    var batch = ResultBatch()
    var index = 0

    /// The number of a dataset that has one for each position.
    public subscript<Element: H5Element>(dataset: Int) -> Element? {
        get { batch[dataset][index] }
        set { batch[dataset][index] = newValue }
    }

    /// Gives all numbers of a dataset.
    ///
    /// - Throws: `USIDProcessError` with code `wrongResults` for another number of numbers, or another type.
    public mutating func set<Element: H5Element>(_ values: [Element], of dataset: Int) throws {
        try batch[dataset].set(values, at: index)
    }

    /// Lets `body` write the numbers of a dataset.
    ///
    /// - Throws: As `set(_:of:)`, and what `body` throws.
    public mutating func withRow<Element: H5Element, R>(
        of dataset: Int, as type: Element.Type, _ body: (inout MutableSpan<Element>) throws -> R
    ) throws -> R {
        try batch[dataset].withRow(index, as: type, body)
    }
}
