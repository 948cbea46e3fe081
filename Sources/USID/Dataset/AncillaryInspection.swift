import HDF5

/// What the Indices and Values datasets of one side show of themselves: what rules R20 to R31 ask for.
struct AncillaryInspection {
    let side: USIDSide
    let indices: H5Dataset
    let values: H5Dataset
    private(set) var findings: [USIDFinding] = []
    /// The labels in the order of the file; empty where they are not in order.
    private(set) var labels: [String] = []
    private(set) var units: [String] = []
    private(set) var modes: [USIDDimension.Mode] = []
    /// Whether the pair describes dimensions.
    private(set) var isComplete = false

    init(_ side: USIDSide, indices: H5Dataset, values: H5Dataset, mainPath: String, pointCount: Int?) throws {
        self.side = side
        self.indices = indices
        self.values = values
        guard checkShapes(mainPath: mainPath, pointCount: pointCount) else { return }
        checkTypes()
        let count = indices.shape[side.dimensionAxis]
        let foundLabels = try texts("labels", rule: "R25", count: count)
        let foundUnits = try texts("units", rule: "R26", count: count)
        let foundModes = try modes(count: count, labels: foundLabels ?? [])
        guard let foundLabels, let foundUnits, let foundModes else { return }
        labels = foundLabels
        units = foundUnits
        modes = foundModes
        isComplete = true
        if labels.contains(where: \.isEmpty) {
            report(
                "R28", .should, indices, "a dimension has an empty label", expected: "a name for every dimension",
                found: "an empty string", advice: "name the dimension",
                cause: "F5: files of some acquisition programs need patching before they are h5USID")
        }
    }

    private mutating func report(
        _ rule: USIDRule, _ level: USIDFinding.Level, _ dataset: H5Dataset, _ message: String, expected: String? = nil,
        found: String? = nil, advice: String? = nil, cause: String? = nil
    ) {
        findings.append(
            USIDFinding(
                rule, level, dataset.path, message, expected: expected, found: found, advice: advice, cause: cause))
    }

    // MARK: Shapes and types

    private mutating func checkShapes(mainPath: String, pointCount: Int?) -> Bool {
        for dataset in [indices, values] where dataset.dataspace.kind != .simple || dataset.shape.count != 2 {
            report(
                "R20", .must, dataset, "an ancillary dataset has two axes", expected: "rank 2",
                found: dataset.dataspace.kind == .simple
                    ? "rank \(dataset.shape.count), shape \(NumberText.shape(dataset.shape))" : "\(dataset.dataspace)",
                advice: side == .positions
                    ? "store one row per position and one column per dimension"
                    : "store one row per dimension and one column per spectroscopic point")
        }
        guard findings.isEmpty else { return false }
        let dimensions = indices.shape[side.dimensionAxis]
        let points = pointCount ?? indices.shape[side.pointAxis]
        let expected = side == .positions ? [points, dimensions] : [dimensions, points]
        let line = side == .positions ? "row" : "column"
        for (role, dataset) in [(side.indicesRole, indices), (side.valuesRole, values)] where dataset.shape != expected
        {
            let found = dataset.shape[side.pointAxis]
            let message =
                found != points
                ? "\(role.rawValue) has \(NumberText.count(found, line)), the dataset has "
                    + NumberText.count(points, side.pointName)
                : "\(role.rawValue) and \(side.indicesRole.rawValue) differ in their number of dimensions"
            findings.append(
                USIDFinding(
                    side.shapeRule, .must, mainPath, message, expected: "shape " + NumberText.shape(expected),
                    found: NumberText.shape(dataset.shape), advice: "write one \(line) per \(side.pointName)"))
        }
        if dimensions == 0, findings.isEmpty {
            findings.append(
                USIDFinding(
                    side.shapeRule, .must, mainPath, "the \(side.sideName) side has no dimension",
                    expected: "at least one", found: "shape " + NumberText.shape(indices.shape),
                    advice: "where nothing was varied, write one dimension of size 1"))
        }
        return findings.isEmpty
    }

    private mutating func checkTypes() {
        switch indices.datatype.kind {
        case .integer(let format):
            if format.isSigned || indices.datatype.size != 4 {
                report(
                    "R23", .should, indices, "indices are not stored as 32-bit unsigned integers", expected: "uint32",
                    found: "\(indices.datatype)")
            }
        default:
            report(
                "R23", .should, indices, "indices are not stored as integers", expected: "uint32",
                found: "\(indices.datatype)", advice: "write the indices as 32-bit unsigned integers")
        }
        switch values.datatype.kind {
        case .float, .integer: break
        default:
            report(
                "R24", .should, values, "values are not stored as real numbers", expected: "float32",
                found: "\(values.datatype)")
        }
    }

    // MARK: Texts per dimension

    /// The texts of an attribute that both datasets carry; nil where they are not in order.
    private mutating func texts(_ name: String, rule: USIDRule, count: Int) throws -> [String]? {
        guard let first = try texts(name, rule: rule, count: count, of: indices),
            let second = try texts(name, rule: rule, count: count, of: values)
        else { return nil }
        guard zip(first, second).allSatisfy({ $0.hasSameBytes(as: $1) }) else {
            report(
                rule, .must, values, "\(name) differ from those of the indices", expected: NumberText.list(first),
                found: NumberText.list(second), advice: "write the same \(name) to both datasets")
            return nil
        }
        return first
    }

    private mutating func texts(_ name: String, rule: USIDRule, count: Int, of dataset: H5Dataset) throws -> [String]? {
        let attribute = try TextAttribute(name, of: dataset)
        let expected = count == 1 ? "an array of 1 string" : "an array of \(count) strings"
        let advice = "write '\(name)' as a 1-D array with one string per dimension"
        switch attribute {
        case .list(let texts) where texts.count == count: return texts
        case .scalar(let text) where count == 1:
            report(
                rule, .should, dataset, "'\(name)' is a string, not an array", expected: expected,
                found: attribute.description, advice: advice)
            return [text]
        case .missing:
            report(
                rule, .must, dataset, "no attribute '\(name)'", expected: expected, found: "nothing", advice: advice,
                cause: name == "units"
                    ? "F5: files of some acquisition programs lack the units of dimensions until they are patched" : nil
            )
        case .list, .scalar, .other:
            report(
                rule, .must, dataset, "'\(name)' does not name every dimension", expected: expected,
                found: attribute.description, advice: advice)
        }
        return nil
    }

    // MARK: Modes

    /// The modes that `type`, `incomplete_dimensions` and `dependent_dimensions` give (R30 to R32).
    private mutating func modes(count: Int, labels: [String]) throws -> [USIDDimension.Mode]? {
        var modes = [USIDDimension.Mode](repeating: .default, count: count)
        var isInOrder = true
        var stored: [[Int]] = []
        for dataset in [indices, values] {
            guard let attribute = try dataset.attributes.find("type") else { continue }
            guard let codes = try? attribute.read(as: Int.self), codes.shape.count <= 1,
                codes.count == count
            else {
                report(
                    "R30", .must, dataset, "'type' does not have one code per dimension",
                    expected: NumberText.count(count, "integer"),
                    found: "\(attribute.datatype) of shape \(NumberText.shape(attribute.shape))",
                    advice: "write one code per dimension, or remove the attribute")
                isInOrder = false
                continue
            }
            stored.append(codes.elements)
            let unknown = codes.elements.filter { USIDDimension.Mode(rawValue: $0) == nil }
            if !unknown.isEmpty {
                report(
                    "R30", .should, dataset, "'type' has unknown codes", expected: "0, 1 or 2",
                    found: NumberText.list(unknown.map(String.init)))
            }
        }
        if let first = stored.first, stored.dropFirst().contains(where: { $0 != first }) {
            report("R30", .should, values, "'type' differs from that of the indices")
        }
        for (dimension, code) in (stored.first ?? []).enumerated() {
            modes[dimension] = .init(rawValue: code) ?? .default
        }
        for (name, rule, mode) in [
            ("incomplete_dimensions", "R31" as USIDRule, USIDDimension.Mode.incomplete),
            ("dependent_dimensions", "R32", .dependent),
        ] {
            guard let named = try namedDimensions(name, rule: rule, labels: labels) else {
                isInOrder = false
                continue
            }
            for (dimension, label) in labels.enumerated() where named.contains(where: { $0.hasSameBytes(as: label) }) {
                modes[dimension] = mode
            }
        }
        return isInOrder ? modes : nil
    }

    /// The labels that an attribute of either dataset lists; nil where the two datasets contradict each other.
    private mutating func namedDimensions(_ name: String, rule: USIDRule, labels: [String]) throws -> [String]? {
        var lists: [[String]] = []
        for dataset in [indices, values] {
            let attribute = try TextAttribute(name, of: dataset)
            switch attribute {
            case .missing: continue
            case .scalar(let text): lists.append([text])
            case .list(let texts): lists.append(texts)
            case .other(let found):
                report(
                    rule, .should, dataset, "'\(name)' is not a list of labels", expected: "an array of strings",
                    found: found)
                continue
            }
            let strangers = lists.last?.filter { name in !labels.contains { $0.hasSameBytes(as: name) } } ?? []
            if !strangers.isEmpty, !labels.isEmpty {
                report(
                    rule, .should, dataset, "'\(name)' names dimensions that there are not",
                    expected: "some of " + NumberText.list(labels), found: NumberText.list(strangers))
            }
        }
        if lists.count == 2, !lists[0].elementsEqual(lists[1], by: { $0.hasSameBytes(as: $1) }) {
            report(
                rule, .must, values, "'\(name)' differs from that of the indices", expected: NumberText.list(lists[0]),
                found: NumberText.list(lists[1]), advice: "write the same list to both datasets")
            return nil
        }
        return lists.first ?? []
    }
}
