import HDF5

/// A Main dataset that is about to be written; making one checks everything and writes nothing.
struct MainPlan {
    private let place: MainPlace
    private let quantity: String
    private let units: String
    private let datatype: H5Datatype
    private let options: USIDWriteOptions
    private let positions: AncillaryPlan
    private let spectroscopic: AncillaryPlan
    /// Mains of the same file with which a side is shared, whose grids are known.
    private let sharedWith: [USIDDataset]
    private let positionPair: AncillaryPlan.Pair?
    private let spectroscopicPair: AncillaryPlan.Pair?

    /// The numbers of rows and columns.
    var shape: [Int] { [positions.pointCount, spectroscopic.pointCount] }

    init(
        _ place: MainPlace, datatype: H5Datatype, quantity: String, units: String, positions: USIDAncillaries,
        spectroscopic: USIDAncillaries, options: USIDWriteOptions
    ) throws {
        self.place = place
        self.quantity = quantity
        self.units = units
        self.datatype = datatype
        self.options = options
        guard place.group.file.isWritable else {
            throw USIDError(
                .readOnly, path: place.path,
                "the file is open for reading only: open it with H5File.openForUpdate or H5File.update")
        }
        try WrittenText.checkName(place.name, "a Main dataset", path: place.path)
        guard try !place.group.contains(place.name) else {
            throw USIDError(
                .exists, path: place.path, "there is an object of that name already: choose another name")
        }
        if quantity.isEmpty { throw place.error("R5", "the quantity is empty: say what was measured") }
        try WrittenText.check(quantity, "the quantity", rule: "R5", path: place.path)
        try WrittenText.check(units, "the unit", rule: "R6", path: place.path)
        if let reason = MainInspection.objection(to: datatype) {
            throw place.error(
                "R4", "elements are \(reason); a Main holds integers, floats, complex numbers or compounds of these")
        }
        sharedWith = [positions, spectroscopic].compactMap { side in
            guard case .shared(let main) = side.content, main.dataset.file === place.group.file else { return nil }
            return main
        }
        try options.bookKeeping.check(path: place.path)
        // The dummy dimension of one side keeps clear of the labels of the other one.
        let fixed = try AncillaryPlan(
            spectroscopic, .spectroscopic, of: place, profile: options.profile,
            taken: positions.isEmpty ? ["arb."] : positions.givenLabels)
        self.positions = try AncillaryPlan(
            positions, .positions, of: place, profile: options.profile, taken: fixed.labels)
        self.spectroscopic = fixed
        try Self.checkLabels(self.positions.labels + fixed.labels, place)
        let product = self.positions.pointCount.multipliedReportingOverflow(by: fixed.pointCount)
        guard !product.overflow, !product.partialValue.multipliedReportingOverflow(by: max(1, datatype.size)).overflow
        else {
            throw place.error(
                "R2", "\(self.positions.pointCount) × \(fixed.pointCount) elements are more than fit a file")
        }
        positionPair = try self.positions.existingPair(path: place.path)
        spectroscopicPair = try fixed.existingPair(path: place.path)
        try checkPlaces()
    }

    private static func checkLabels(_ labels: [String], _ place: MainPlace) throws {
        var seen: Set<[UInt8]> = []
        for label in labels where !seen.insert(Array(label.utf8)).inserted {
            throw place.error(
                "R27", "two dimensions are called '\(label)': give every dimension of both sides a label of its own")
        }
    }

    /// What is written to one group needs different names.
    private func checkPlaces() throws {
        var names: [(group: UInt64, name: String)] = [(place.group.address, place.name)]
        for (plan, pair) in [(positions, positionPair), (spectroscopic, spectroscopicPair)] where pair == nil {
            for name in [plan.indicesName, plan.valuesName] {
                if names.contains(where: { $0.group == plan.group.address && $0.name.hasSameBytes(as: name) }) {
                    throw place.error("R34", "two datasets would be called '\(name)': give one of them another name")
                }
                names.append((plan.group.address, name))
            }
        }
    }

    /// - Throws: `USIDError` with code `invalidArgument` where `count` elements do not fill the Main.
    func checkCount(_ count: Int) throws {
        let expected = positions.pointCount * spectroscopic.pointCount
        guard count == expected else {
            throw place.error(
                "R2",
                "\(count) values are given; \(NumberText.count(positions.pointCount, "position")) of "
                    + "\(NumberText.count(spectroscopic.pointCount, "spectroscopic point")) take \(expected)")
        }
    }

    // MARK: Writing

    /// Writes ancillary datasets, the Main and its attributes, and its elements by `fill`.
    ///
    /// What fails half-way leaves nothing behind.
    func write(_ fill: (H5Dataset) throws -> Void) throws -> USIDDataset {
        var made: [(group: H5Group, name: String)] = []
        do {
            // The Main comes first: what its options contradict is found out before anything is written.
            let dataset = try place.group.createDataset(
                place.name, datatype: datatype, dataspace: .simple(shape), options: options.datasetOptions)
            made.append((place.group, place.name))
            try fill(dataset)
            let rows = try positionPair ?? positions.write { made.append(($0, $1)) }
            let columns = try spectroscopicPair ?? spectroscopic.write { made.append(($0, $1)) }
            try dataset.setAttribute("quantity", quantity)
            try dataset.setAttribute("units", units)
            for (role, target) in [
                (AncillaryRole.positionIndices, rows.indices), (.positionValues, rows.values),
                (.spectroscopicIndices, columns.indices), (.spectroscopicValues, columns.values),
            ] {
                try dataset.setAttribute(role.rawValue, reference: target)
            }
            try options.bookKeeping.write(to: dataset)
            return try USIDDataset(
                made: dataset, quantity: quantity, units: units, positions: side(.positions, rows, of: dataset),
                spectroscopic: side(.spectroscopic, columns, of: dataset))
        } catch {
            for (group, name) in made.reversed() { try? group.remove(name) }
            throw error
        }
    }
}

extension MainPlan {
    /// A side of the Main as it was written, or as the Main knows it that it is shared with.
    private func side(_ side: USIDSide, _ pair: AncillaryPlan.Pair, of dataset: H5Dataset) throws -> USIDDataset.Side {
        for main in sharedWith {
            let known = main.side(side)
            if known.grid.indices.address == pair.indices.address, known.grid.values.address == pair.values.address {
                return known
            }
        }
        let inspection = try AncillaryInspection(
            side, indices: pair.indices, values: pair.values, mainPath: dataset.path,
            pointCount: shape[side.pointAxis])
        if let obstacle = inspection.findings.first(where: \.keepsFromReading) { throw USIDError(notMain: obstacle) }
        return try USIDDataset.side(inspection, USIDGridCache())
    }
}

extension USIDAncillaries {
    /// Whether nothing was varied.
    fileprivate var isEmpty: Bool {
        if case .grid(let dimensions) = content { dimensions.isEmpty } else { false }
    }

    /// The labels as they are given.
    fileprivate var givenLabels: [String] {
        switch content {
        case .grid(let dimensions): dimensions.map(\.label)
        case .points(let columns), .table(let columns): columns.map(\.label)
        case .shared(let main): main.positionLabelsInFileOrder
        case .existing(let indices, _):
            switch try? TextAttribute("labels", of: indices) {
            case .list(let labels): labels
            case .scalar(let label): [label]
            case .missing, .other, nil: []
            }
        }
    }
}
