import HDF5

/// The region references of an ancillary dataset, one per dimension where a writer makes them (R29).
struct RegionReferences {
    /// The labels whose reference selects what it should.
    private(set) var right: [String] = []
    /// The labels whose reference selects something else.
    private(set) var wrong: [String] = []
    /// The labels that could have a reference and have none.
    private(set) var missing: [String] = []
    /// Whether there is no reference at all, as files of newer writers have it.
    var isAbsent: Bool { right.isEmpty && wrong.isEmpty }

    init(of dataset: H5Dataset, _ side: USIDSide, labels: [String]) throws {
        for (number, label) in labels.enumerated() where Self.isPossible(label) {
            guard let attribute = try dataset.attributes.find(label) else {
                missing.append(label)
                continue
            }
            guard case .reference = attribute.datatype.kind, attribute.dataspace.kind == .scalar,
                case .region(let address, let selection) = try attribute.reference()
            else { continue }
            let isRight = address == dataset.address && Self.selects(selection, number, on: side.dimensionAxis)
            if isRight { right.append(label) } else { wrong.append(label) }
        }
    }

    /// The labels that the names of region references give, where there is exactly one for every dimension; else nil.
    static func labels(of dataset: H5Dataset, _ side: USIDSide) throws -> [String]? {
        let attributes = try dataset.attributes.all()
        guard dataset.shape.count == 2, dataset.shape[side.dimensionAxis] <= attributes.count else { return nil }
        let count = dataset.shape[side.dimensionAxis]
        var labels: [Int: String] = [:]
        for attribute in attributes where isPossible(attribute.name) {
            guard case .reference = attribute.datatype.kind, attribute.dataspace.kind == .scalar,
                case .region(let address, let selection) = try attribute.reference(), address == dataset.address
            else { continue }
            let selected = (0..<count).filter { selects(selection, $0, on: side.dimensionAxis) }
            guard selected.count == 1, labels.updateValue(attribute.name, forKey: selected[0]) == nil else {
                return nil
            }
        }
        let found = (0..<count).compactMap { labels[$0] }
        return found.count == count && count > 0 ? found : nil
    }

    /// The attributes of ancillary datasets that have a meaning of their own.
    static let otherNames = ["labels", "units", "type", "incomplete_dimensions", "dependent_dimensions"]

    /// Whether a label can be the name of an attribute beside those.
    static func isPossible(_ label: String) -> Bool { !label.isEmpty && !otherNames.contains(label) }

    /// The reference that selects one dimension of a dataset.
    static func reference(to dataset: H5Dataset, _ side: USIDSide, dimension number: Int) -> H5Value {
        var start = [0, 0]
        var block = dataset.shape
        start[side.dimensionAxis] = number
        block[side.dimensionAxis] = 1
        let slab = H5Hyperslab(start: start, stride: block, count: [1, 1], block: block)
        return .reference(.region(address: dataset.address, selection: .hyperslab(slab)))
    }

    /// Writes the reference of a dimension.
    static func write(_ label: String, to dataset: H5Dataset, _ side: USIDSide, dimension number: Int) throws {
        try dataset.setAttribute(
            label, values: [reference(to: dataset, side, dimension: number)], datatype: .regionReference,
            dataspace: .scalar)
    }

    private static func selects(_ selection: H5Selection, _ number: Int, on axis: Int) -> Bool {
        switch selection {
        case .hyperslab(let slab):
            return slab.start.count == 2 && slab.start[axis] == number && slab.count[axis] == 1 && slab.block[axis] == 1
        case .blocks(let blocks):
            return !blocks.isEmpty
                && blocks.allSatisfy { $0.start.count == 2 && $0.start[axis] == number && $0.end[axis] == number }
        case .all: return number == 0
        case .none, .axes, .points: return false
        }
    }
}
