import HDF5

/// Some points of one side of a Main, with some of its dimensions, as the side of a Main that is made from it.
struct SideCut {
    let main: USIDDataset
    let side: USIDSide
    /// The points in the order of the new Main; nil for all, with all dimensions.
    let points: [Int]?
    /// The dimensions that stay, in the order of the file.
    let kept: [Int]

    private var grid: USIDGrid { side == .positions ? main.positionGrid : main.spectroscopicGrid }
    private var dimensions: [USIDDimension] {
        side == .positions ? main.positionDimensions : main.spectroscopicDimensions
    }
    /// The labels that stay.
    var labels: [String] { kept.map { dimensions[$0].label } }

    /// The side as it is written: shared where nothing is cut (R33), otherwise with indices counted from 0 again (R41).
    ///
    /// - Parameter dummy: The label of the dimension where none stays (R46).
    func ancillaries(dummy: String) throws -> USIDAncillaries {
        guard let points else { return .shared(with: main) }
        guard !kept.isEmpty else { return .fastestFirst([USIDDimension(dummy, units: "a. u.", count: 1)]) }
        let stored = try grid.values.read(as: Double.self, policy: .rounding).elements
        let matrix = grid.matrix
        let (start, step) = grid.pointsAreRows ? (1, matrix.columns.count) : (matrix.pointCount, 1)
        let columns = kept.map { number in
            let dimension = dimensions[number]
            let ranks = matrix.columns[number].ranks
            let cut = IndexColumn(points.map { ranks[$0] }, from: 0, step: 1, count: points.count)
            return USIDPointColumn(
                dimension.label, units: dimension.units, values: points.map { stored[number * start + $0 * step] },
                indices: cut.ranks.map { Int($0) }, mode: dimension.mode)
        }
        return USIDAncillaries(.table(columns))
    }
}

/// A Main that is made from another one, in a results group of its own.
struct DerivedMain {
    let source: USIDDataset
    /// What made it, as its group is called.
    let tool: String
    let algorithm: String
    let parameters: USIDParameters
    let datatype: H5Datatype
    let quantity: String
    let positions: SideCut
    let spectroscopic: SideCut
    /// The label of a dimension where none stays, by preference.
    let dummy: String
    let options: USIDWriteOptions

    /// Writes the group, the Main and its elements by `fill`; what fails half-way leaves nothing behind.
    ///
    /// - Parameters:
    ///   - target: A group of another file; nil for the file of the source, beside it.
    ///   - name: The name of the Main; nil for that of the source.
    func write(
        to target: H5Group?, named name: String?, sourceFilePath: String?, _ fill: (H5Dataset) throws -> Void
    ) throws -> USIDDataset {
        let sides = try ancillaries()
        let group: H5Group
        if let target, target.file !== source.dataset.file {
            group = try source.createResultsGroup(
                tool, in: target, sourceFilePath: sourceFilePath, algorithm: algorithm, parameters: parameters,
                bookKeeping: options.bookKeeping)
        } else {
            if let target, target.address != (try parent()).address {
                throw USIDError(
                    .invalidArgument, rule: "R53", path: target.path,
                    "results in the file of their source lie beside it: leave out the group")
            }
            group = try source.createResultsGroup(
                tool, algorithm: algorithm, parameters: parameters, bookKeeping: options.bookKeeping)
        }
        do {
            let name = name ?? String(ReferenceResolver.name(source.path).map { $0 == "-" ? "_" : $0 })
            return try MainPlan(
                MainPlace(group: group, name: name), datatype: datatype, quantity: quantity, units: source.units,
                positions: sides.positions, spectroscopic: sides.spectroscopic, options: options
            ).write { dataset in
                try copyAttributes(to: dataset)
                try fill(dataset)
            }
        } catch {
            try? group.file.root.remove(group.path)
            throw error
        }
    }

    private func parent() throws -> H5Group {
        try source.dataset.file.group(ReferenceResolver.parentPath(source.path) ?? "/")
    }

    /// Both sides; where neither keeps a dimension, their dummies have different labels (R27).
    private func ancillaries() throws -> (positions: USIDAncillaries, spectroscopic: USIDAncillaries) {
        var free = [dummy] + ["arb.", "Single_Step", "single"].filter { $0 != dummy }
        let taken = positions.labels + spectroscopic.labels
        free.removeAll { name in taken.contains { $0.hasSameBytes(as: name) } }
        // Three names cannot all be taken by the sides that keep none.
        let first = free.first ?? dummy
        let second = positions.points != nil && positions.kept.isEmpty ? free.dropFirst().first ?? dummy : first
        return (try positions.ancillaries(dummy: first), try spectroscopic.ancillaries(dummy: second))
    }

    /// Copies what the source says of itself, but for references, which mean the source, and what is written anew.
    private func copyAttributes(to dataset: H5Dataset) throws {
        let own =
            ["quantity", "units", "last_pixel"] + AncillaryRole.attributeNames + USIDBookKeeping.names
            + BookKeeping.timestampNames + BookKeeping.versionNames
        for attribute in try source.dataset.attributes.all() where !own.contains(attribute.name) {
            // What cannot be read, or told in another file, is no reason to refuse the data.
            guard !attribute.datatype.holdsReferences, let values = try? attribute.values() else { continue }
            try dataset.setAttribute(
                attribute.name, values: values.elements, datatype: attribute.datatype, dataspace: attribute.dataspace)
        }
    }
}

extension H5Datatype {
    /// Whether elements lead to other objects.
    fileprivate var holdsReferences: Bool {
        switch kind {
        case .reference: true
        case .compound(let members): members.contains { $0.type.holdsReferences }
        case .array(_, let base), .variableLength(let base), .enumeration(let base, _), .complex(let base):
            base.holdsReferences
        default: false
        }
    }
}
