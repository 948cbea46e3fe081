import HDF5

/// What can be said of one Main beside its structure: where it lies, its other attributes, its unit.
struct MainChecks {
    private(set) var findings: [USIDFinding] = []

    init(_ main: USIDDataset, resolver: ReferenceResolver) throws {
        try checkPlace(main)
        try checkOtherReferences(main, resolver)
        checkUnit(main)
    }

    /// R50: raw data lie in `/Measurement_ddd/Channel_ddd`.
    private mutating func checkPlace(_ main: USIDDataset) throws {
        let groups = main.path.split(separator: "/").dropLast()
        if groups.count >= 2, let measurement = groups.first, let channel = groups.dropFirst().first,
            IndexedName(measurement)?.base == "Measurement", IndexedName(channel)?.base == "Channel"
        {
            return
        }
        // Results lie beside their source, wherever that is.
        if let parent = ReferenceResolver.parentPath(main.path), parent != "/",
            try ResultsGroup(main.dataset.file.group(parent)) != nil
        {
            return
        }
        findings.append(
            USIDFinding(
                "R50", .should, main.path, "it does not lie in a channel group of a measurement group",
                expected: "/Measurement_000/Channel_000/" + ReferenceResolver.name(main.path), found: main.path))
    }

    /// R12: references beside the four may lead anywhere in the file.
    private mutating func checkOtherReferences(_ main: USIDDataset, _ resolver: ReferenceResolver) throws {
        for attribute in try main.dataset.attributes.all() {
            guard case .reference = attribute.datatype.kind, AncillaryRole(rawValue: attribute.name) == nil else {
                continue
            }
            let references: [H5ReferenceValue]
            do {
                references = try attribute.references().elements
            } catch {
                findings.append(
                    USIDFinding(
                        "R12", .should, main.path, "the reference '\(attribute.name)' cannot be followed: \(error)"))
                continue
            }
            for reference in Set(references) {
                guard let complaint = resolver.complaint(about: reference) else { continue }
                findings.append(
                    USIDFinding("R12", .should, main.path, "the reference '\(attribute.name)' \(complaint)"))
            }
        }
    }

    private mutating func checkUnit(_ main: USIDDataset) {
        guard let expected = QuantityUnits.contradiction(quantity: main.quantity, units: main.units) else { return }
        findings.append(
            USIDFinding(
                "R6", .should, main.path, "the quantity '\(main.quantity)' is given in '\(main.units)'",
                expected: expected, found: main.units, advice: "correct the unit",
                cause: "F6: some translators copied the unit of another channel"))
    }
}
