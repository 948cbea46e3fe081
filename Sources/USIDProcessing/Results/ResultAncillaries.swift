import USID

/// The spectroscopic sides of the results of a source: those alike are written once, others have different names (R33).
struct ResultAncillaries {
    /// What tells a side from others.
    private enum Kind: Hashable {
        case source
        case single
        case without([String])
        case own(String)
    }

    private let source: USIDDataset
    /// Whether the results lie in another file, which gets a copy of the dimensions of the source.
    private let copies: Bool
    /// The sides so far; the first has the usual names.
    private var kinds: [Kind] = []

    init(_ source: USIDDataset, copies: Bool) {
        self.source = source
        self.copies = copies
    }

    /// The spectroscopic side of a result, and the number of its points.
    ///
    /// - Throws: `USIDError` with code `unknownDimension` for a label that the source does not have;
    ///   `USIDProcessError` with code `invalidProcess` for dimensions with more points than there can be.
    mutating func columns(of dataset: ResultDataset) throws -> (ancillaries: USIDAncillaries, count: Int) {
        switch dataset.columns {
        case .likeSource:
            let shared = USIDAncillaries.shared(with: source)
            return (copies ? named(shared, .source, "Source_Spectroscopic") : shared, source.spectroscopicPointCount)
        case .single: return (named(.single, .single, "Single"), 1)
        case .without(let labels):
            let cells = try source.spectroscopicCells(without: labels)
            return (named(cells.ancillaries, .without(labels.sorted()), dataset.name), cells.points.count)
        case .fastestFirst(let dimensions):
            return (named(.fastestFirst(dimensions), .own(dataset.name), dataset.name), try count(dimensions, dataset))
        case .slowestFirst(let dimensions):
            return (named(.slowestFirst(dimensions), .own(dataset.name), dataset.name), try count(dimensions, dataset))
        }
    }

    private mutating func named(_ ancillaries: USIDAncillaries, _ kind: Kind, _ name: String) -> USIDAncillaries {
        if !kinds.contains(kind) { kinds.append(kind) }
        guard let number = kinds.firstIndex(of: kind), number > 0 else { return ancillaries }
        // Two kinds may want one name, but not one name and number.
        return ancillaries.named("\(name)_\(number)_Spectroscopic")
    }

    private func count(_ dimensions: [USIDDimension], _ dataset: ResultDataset) throws -> Int {
        try dimensions.reduce(1) { count, dimension in
            let (product, overflow) = count.multipliedReportingOverflow(by: dimension.size)
            guard !overflow else {
                throw USIDProcessError(
                    .invalidProcess, path: source.path, "the dimensions of '\(dataset.name)' have too many points")
            }
            return product
        }
    }
}
