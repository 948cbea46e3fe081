import HDF5

/// One side of a Main that is about to be written, checked: what its ancillary datasets hold and where they go.
struct AncillaryPlan {
    let side: USIDSide
    /// The labels in the order of the file.
    private(set) var labels: [String]
    private(set) var units: [String]
    private(set) var modes: [USIDDimension.Mode]
    let pointCount: Int
    let source: AncillarySource
    /// The group that new datasets go to.
    let group: H5Group
    /// The first part of their names.
    let prefix: String
    let profile: USIDProfile

    /// Checks one side of a Main.
    ///
    /// - Parameters:
    ///   - main: The group and the name of the Main.
    ///   - taken: The labels of the other side, for the dummy dimension to differ from.
    init(
        _ ancillaries: USIDAncillaries, _ side: USIDSide, of main: MainPlace, profile: USIDProfile,
        taken: [String]
    ) throws {
        self.side = side
        self.profile = profile
        group = ancillaries.group ?? main.group
        prefix = ancillaries.name ?? (side == .positions ? "Position" : "Spectroscopic")
        guard group.file === main.group.file else {
            throw main.error(
                "R8",
                "the ancillary datasets of the \(side.sideName) side are to lie in \(group.path) of another file: "
                    + "choose a group of the file of the Main")
        }
        try WrittenText.checkName(prefix, "ancillary datasets", path: main.path)
        let input = SideInput(ancillaries, side, main)
        switch ancillaries.content {
        case .grid(let dimensions):
            let named = try input.grid(dimensions, taken: taken, profile: profile)
            (labels, units, modes) = (named.labels, named.units, named.modes)
            pointCount = named.table.pointCount
            source = .table(named.table)
        case .points(let columns):
            let named = try input.points(profile == .pyUSID2020 ? columns.reversed() : columns)
            (labels, units, modes) = (named.labels, named.units, named.modes)
            pointCount = named.table.pointCount
            source = .table(named.table)
        case .table(let columns):
            let named = try input.points(columns)
            (labels, units, modes) = (named.labels, named.units, named.modes)
            pointCount = named.table.pointCount
            source = .table(named.table)
        case .shared(let other):
            let (indices, values) =
                side == .positions
                ? (other.positionIndices, other.positionValues)
                : (other.spectroscopicIndices, other.spectroscopicValues)
            (labels, units, modes, pointCount, source) = try input.existing(indices, values)
        case .existing(let indices, let values):
            (labels, units, modes, pointCount, source) = try input.existing(indices, values)
        }
    }

    var indicesName: String { prefix + "_Indices" }
    var valuesName: String { prefix + "_Values" }

    /// The shape of both datasets.
    private func shape(_ table: PointTable) -> [Int] {
        side == .positions ? [table.pointCount, table.dimensionCount] : [table.dimensionCount, table.pointCount]
    }

    // MARK: What is there already

    /// A pair of datasets.
    typealias Pair = (indices: H5Dataset, values: H5Dataset)

    /// The pair that the Main can refer to without anything being written; nil where there is none (R33).
    ///
    /// - Throws: `USIDError` with code `exists` where something else has one of the names.
    func existingPair(path: String) throws -> Pair? {
        if case .linked(let indices, let values) = source { return (indices, values) }
        let found = [try group.link(indicesName), try group.link(valuesName)]
        if found.allSatisfy({ $0 == nil }) { return nil }
        if case .dataset(let indices)? = try? found[0]?.open(), case .dataset(let values)? = try? found[1]?.open(),
            indices.file === group.file, values.file === group.file, try matches(indices, values)
        {
            return (indices, values)
        }
        throw USIDError(
            .exists, rule: "R34", path: path,
            "\(group.path) has other datasets called \(indicesName) and \(valuesName) already: give those of the "
                + "\(side.sideName) side another name with named(_:), or another group with placed(in:)")
    }

    /// Whether a pair holds what would be written.
    private func matches(_ indices: H5Dataset, _ values: H5Dataset) throws -> Bool {
        switch source {
        case .linked: return false
        case .copied(let otherIndices, let otherValues):
            for (mine, other) in [(indices, otherIndices), (values, otherValues)] {
                guard mine.datatype == other.datatype, mine.shape == other.shape,
                    try AncillaryAttributes(of: mine) == AncillaryAttributes(of: other),
                    try mine.readBytes() == other.readBytes()
                else { return false }
            }
            return true
        case .table(let table):
            let expected = AncillaryAttributes(labels: labels, units: units, modes: modes, profile: profile)
            guard indices.shape == shape(table), values.shape == shape(table), indices.datatype == .uint32,
                try AncillaryAttributes(of: indices) == expected, try AncillaryAttributes(of: values) == expected,
                try indices.read(as: UInt32.self).elements == table.indices
            else { return false }
            switch table.values {
            case .float32(let elements):
                guard values.datatype == .float32 else { return false }
                return Self.areSame(try values.read(as: Float.self).elements, elements)
            case .float64(let elements):
                guard values.datatype == .float64 else { return false }
                return Self.areSame(try values.read(as: Double.self).elements, elements)
            }
        }
    }

    private static func areSame<Value: BinaryFloatingPoint>(_ left: [Value], _ right: [Value]) -> Bool {
        left.elementsEqual(right) { $0 == $1 || $0.isNaN && $1.isNaN }
    }

    // MARK: Writing

    /// Writes both datasets; `note` hears of each path as soon as there is something at it.
    func write(note: (H5Group, String) -> Void) throws -> Pair {
        switch source {
        case .linked(let indices, let values): return (indices, values)
        case .copied(let indices, let values):
            try group.copy(indices, to: indicesName)
            note(group, indicesName)
            try group.copy(values, to: valuesName)
            note(group, valuesName)
            return (try group.dataset(indicesName), try group.dataset(valuesName))
        case .table(let table):
            let indices = try group.createDataset(indicesName, of: UInt32.self, shape: shape(table))
            note(group, indicesName)
            try indices.write(table.indices)
            let values: H5Dataset
            switch table.values {
            case .float32(let elements):
                values = try group.createDataset(valuesName, of: Float.self, shape: shape(table))
                note(group, valuesName)
                try values.write(elements)
            case .float64(let elements):
                values = try group.createDataset(valuesName, of: Double.self, shape: shape(table))
                note(group, valuesName)
                try values.write(elements)
            }
            let attributes = AncillaryAttributes(labels: labels, units: units, modes: modes, profile: profile)
            for dataset in [indices, values] {
                try attributes.write(to: dataset)
                if profile == .pyUSID2019 { try writeRegions(to: dataset) }
            }
            return (indices, values)
        }
    }

    /// Writes the region reference of every dimension (R29).
    private func writeRegions(to dataset: H5Dataset) throws {
        for (number, label) in labels.enumerated() where RegionReferences.isPossible(label) {
            try RegionReferences.write(label, to: dataset, side, dimension: number)
        }
    }
}

/// What ancillary datasets say of their dimensions, beside indices and values.
struct AncillaryAttributes: Hashable {
    private var labels: TextAttribute
    private var units: TextAttribute
    /// The codes of modes; nil where there is no such attribute.
    private var type: [Int64]?
    private var incomplete: TextAttribute
    private var dependent: TextAttribute

    /// What is written: modes as codes, or in the older profile as lists of labels where there is something to say.
    init(labels: [String], units: [String], modes: [USIDDimension.Mode], profile: USIDProfile) {
        self.labels = .list(labels)
        self.units = .list(units)
        type = profile == .pyUSID2020 ? modes.map { Int64($0.rawValue) } : nil
        func named(_ mode: USIDDimension.Mode) -> TextAttribute {
            let chosen = zip(labels, modes).filter { $1 == mode }.map(\.0)
            return profile == .pyUSID2020 || chosen.isEmpty ? .missing : .list(chosen)
        }
        incomplete = named(.incomplete)
        dependent = named(.dependent)
    }

    /// What is there.
    init(of dataset: H5Dataset) throws {
        labels = try TextAttribute("labels", of: dataset)
        units = try TextAttribute("units", of: dataset)
        type = try dataset.attributes.find("type").map { (try? $0.read(as: Int64.self).elements) ?? [] }
        incomplete = try TextAttribute("incomplete_dimensions", of: dataset)
        dependent = try TextAttribute("dependent_dimensions", of: dataset)
    }

    func write(to dataset: H5Dataset) throws {
        for (name, texts) in [
            ("labels", labels), ("units", units), ("incomplete_dimensions", incomplete),
            ("dependent_dimensions", dependent),
        ] {
            if case .list(let list) = texts { try WrittenText.set(name, list, of: dataset) }
        }
        if let type { try dataset.setAttribute("type", type) }
    }
}
