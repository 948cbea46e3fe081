import HDF5

/// What a dataset that wants to be a Main shows of itself without its data: what rules R2 to R31 ask for.
struct MainInspection {
    let dataset: H5Dataset
    /// What is against the rules, in the order of the rules.
    private(set) var findings: [USIDFinding] = []
    private(set) var quantity: String?
    private(set) var units: String?
    private(set) var ancillaries: [AncillaryRole: H5Dataset] = [:]
    /// The dimensions of both sides, in the order of the file; present where the side is in order.
    private(set) var sides: [USIDSide: AncillaryInspection] = [:]

    init(_ dataset: H5Dataset, resolver: ReferenceResolver) throws {
        self.dataset = dataset
        checkShape()
        checkElementType()
        quantity = try checkedText("quantity", rule: "R5")
        units = try checkedText("units", rule: "R6")
        checkQuantity()
        try checkReferences(resolver)
        checkName()
        try checkSide(.positions)
        try checkSide(.spectroscopic)
        checkLabels()
    }

    /// The first finding that keeps the dataset from being used as a Main.
    var obstacle: USIDFinding? { findings.first(where: \.keepsFromReading) }

    /// Whether the dataset carries at least one of the four reference attributes.
    static func carriesReferences(_ object: some H5Attributed) throws -> Bool {
        let attributes = object.attributes
        return try AncillaryRole.attributeNames.contains { try attributes.find($0) != nil }
    }

    /// Whether a dataset wants to be a Main: it carries references, or has quantity and units and lies beside ancillary
    /// datasets.
    static func isClaimant(_ dataset: H5Dataset) throws -> Bool {
        if try carriesReferences(dataset) { return true }
        guard dataset.shape.count == 2, try dataset.attributes.find("quantity") != nil,
            try dataset.attributes.find("units") != nil, let parent = ReferenceResolver.parentPath(dataset.path)
        else { return false }
        let group = try dataset.file.group(parent)
        return try ["Position_Indices", "Spectroscopic_Indices"].allSatisfy { try group.contains($0) }
    }

    private mutating func report(
        _ rule: USIDRule, _ level: USIDFinding.Level, _ message: String, expected: String? = nil,
        found: String? = nil, advice: String? = nil, cause: String? = nil
    ) {
        findings.append(
            USIDFinding(
                rule, level, dataset.path, message, expected: expected, found: found, advice: advice, cause: cause))
    }

    // MARK: Main itself

    private mutating func checkShape() {
        let shape = dataset.shape
        guard dataset.dataspace.kind == .simple, shape.count == 2 else {
            let found: String
            switch dataset.dataspace.kind {
            case .scalar: found = "a single element"
            case .null: found = "no element"
            case .simple: found = "rank \(shape.count), shape \(NumberText.shape(shape))"
            }
            report(
                "R2", .must, "a Main dataset has two axes, positions and spectroscopic points", expected: "rank 2",
                found: found, advice: "store one row per position and one column per spectroscopic point")
            return
        }
        if shape.contains(0) {
            report(
                "R3", .should, "the dataset is empty", expected: "at least one position and one spectroscopic point",
                found: NumberText.shape(shape))
        }
    }

    private mutating func checkElementType() {
        guard let reason = Self.objection(to: dataset.datatype) else { return }
        report(
            "R4", .must, "elements are \(reason)",
            expected: "integers, IEEE floats, complex numbers or compounds of these",
            found: "\(dataset.datatype)", advice: "store numbers")
    }

    /// Why a type is no type for a Main; nil where it is one.
    static func objection(to type: H5Datatype, isMember: Bool = false) -> String? {
        if let base = type.complexBase { return objection(to: base, isMember: true) }
        switch type.kind {
        case .integer: return nil
        case .float(let format):
            let isIEEE = [H5FloatFormat.binary16, .binary32, .binary64].contains { format.hasSameFields(as: $0) }
            return isIEEE ? nil : "floating-point numbers that are not IEEE 754 of 2, 4 or 8 bytes"
        case .compound(let members) where !isMember:
            guard !members.isEmpty else { return "compounds without members" }
            for member in members {
                if let reason = objection(to: member.type, isMember: true) {
                    return "compounds whose member '\(member.name)' is \(reason)"
                }
            }
            return nil
        default: return "of the type \(type)"
        }
    }

    private mutating func checkedText(_ name: String, rule: USIDRule) throws -> String? {
        let attribute = try TextAttribute(name, of: dataset)
        switch attribute {
        case .scalar(let text): return text
        case .missing:
            report(
                rule, .must, "no attribute '\(name)'", expected: "a scalar string", found: "nothing",
                advice: "write '\(name)' as a scalar string")
        case .list, .other:
            report(
                rule, .must, "attribute '\(name)' is not one text", expected: "a scalar string",
                found: attribute.description, advice: "write '\(name)' as a scalar string")
        }
        return nil
    }

    private mutating func checkQuantity() {
        guard let quantity else { return }
        if quantity.isEmpty {
            report("R5", .should, "the quantity is empty", expected: "what was measured", found: "an empty string")
        } else if quantity.count == 1 {
            report(
                "R5", .should, "the quantity is the single character '\(quantity)'", expected: "a word such as Current",
                found: quantity, advice: "write the whole word",
                cause: "F1: some versions of pycroscopy stored only the first character of quantity and units")
        }
    }

    private mutating func checkName() {
        let name = ReferenceResolver.name(dataset.path)
        guard dataset.path.hasPrefix("/"), name.utf8.contains(UInt8(ascii: "-")) else { return }
        report(
            "R14", .must,
            "the name '\(name)' contains a hyphen, which separates source and tool in the names of results",
            expected: "a name without '-'", found: name, advice: "rename it, with '_' in place of '-'")
    }

    // MARK: References

    private mutating func checkReferences(_ resolver: ReferenceResolver) throws {
        var missing: [String] = []
        for role in AncillaryRole.allCases {
            guard let attribute = try dataset.attributes.find(role.rawValue) else {
                missing.append(role.rawValue)
                continue
            }
            switch resolver.dataset(attribute, of: dataset) {
            case .dataset(let found, let note):
                ancillaries[role] = found
                if let note { findings.append(note) }
            case .violation(let finding): findings.append(finding)
            }
        }
        guard !missing.isEmpty else { return }
        report(
            "R7", .must,
            missing.count == 1 ? "no reference \(missing[0])" : "no references \(NumberText.list(missing))",
            expected: "four references to ancillary datasets", found: "\(4 - missing.count)",
            advice: "link the ancillary datasets by attributes of these names")
    }

    // MARK: Ancillary datasets

    private mutating func checkSide(_ side: USIDSide) throws {
        guard let indices = ancillaries[side.indicesRole], let values = ancillaries[side.valuesRole] else { return }
        let points = dataset.shape.count == 2 ? dataset.shape[side.pointAxis] : nil
        let inspection = try AncillaryInspection(
            side, indices: indices, values: values, mainPath: dataset.path, pointCount: points)
        findings += inspection.findings
        if inspection.isComplete { sides[side] = inspection }
    }

    private mutating func checkLabels() {
        var seen: Set<[UInt8]> = []
        var repeated: [String] = []
        for label in [USIDSide.positions, .spectroscopic].flatMap({ sides[$0]?.labels ?? [] })
        where !seen.insert(Array(label.utf8)).inserted {
            repeated.append(label)
        }
        guard !repeated.isEmpty else { return }
        report(
            "R27", .must, "two dimensions are called \(NumberText.list(repeated.map { "'\($0)'" }))",
            expected: "a label of its own for every dimension", found: "a repeated label",
            advice: "rename one of the dimensions")
    }
}
