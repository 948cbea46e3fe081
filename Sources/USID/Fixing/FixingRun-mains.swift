import HDF5

/// Quantity, units and the four references of Mains: R5 to R9.
extension FixingRun {
    mutating func mendMains() throws {
        let survey = try survey()
        for main in survey.claimants {
            try attempting { try $0.mendTexts(of: main) }
            for side in [USIDSide.positions, .spectroscopic] {
                try attempting { try $0.mendReferences(of: main, side, survey) }
            }
        }
    }

    // MARK: R5, R6

    /// One text that is stored as an array of one becomes a scalar.
    private mutating func mendTexts(of main: H5Dataset) throws {
        for (name, rule) in [("quantity", "R5" as USIDRule), ("units", "R6")] {
            guard let attribute = try main.attributes.find(name), attribute.dataspace.kind == .simple,
                attribute.datatype.isText, attribute.dataspace.elementCount == 1
            else { continue }
            let text = try attribute.string()
            try main.setAttribute(name, text)
            note(rule, main.path, name, "store '\(name)' as the single text '\(text)' instead of an array of one")
        }
    }

    // MARK: R7 to R9

    private mutating func mendReferences(of main: H5Dataset, _ side: USIDSide, _ survey: Survey) throws {
        var found: [AncillaryRole: H5Dataset] = [:]
        var broken: [(role: AncillaryRole, rule: USIDRule)] = []
        for role in [side.indicesRole, side.valuesRole] {
            guard let attribute = try main.attributes.find(role.rawValue) else {
                broken.append((role, "R7"))
                continue
            }
            switch survey.resolver.dataset(attribute, of: main) {
            case .dataset(let target, let tolerated):
                guard target.file === main.file else { continue }
                found[role] = target
                if tolerated != nil { try refer(main, role, to: target, rule: "R8") }
            case .violation(let finding):
                // One reference in an array of one says as clearly where it leads.
                if finding.rule == "R8", let target = try onlyTarget(of: attribute, survey) {
                    found[role] = target
                    try refer(main, role, to: target, rule: "R8")
                } else {
                    broken.append((role, finding.rule))
                }
            }
        }
        for (role, rule) in broken {
            let partnerRole = role == side.indicesRole ? side.valuesRole : side.indicesRole
            guard let target = try candidate(role, of: main, side, partner: found[partnerRole], partnerRole) else {
                leave(
                    rule, main.path,
                    "no dataset called \(role.rawValue) with the right shape lies beside it or in a group above")
                continue
            }
            found[role] = target
            try refer(main, role, to: target, rule: rule)
        }
    }

    private mutating func refer(_ main: H5Dataset, _ role: AncillaryRole, to target: H5Dataset, rule: USIDRule) throws {
        try main.setAttribute(role.rawValue, reference: target)
        note(rule, main.path, role.rawValue, "set \(role.rawValue) to an object reference to \(target.path)")
    }

    /// The dataset that an array of one reference leads to.
    private func onlyTarget(of attribute: H5Attribute, _ survey: Survey) throws -> H5Dataset? {
        guard case .reference = attribute.datatype.kind, attribute.dataspace.elementCount == 1,
            let address = try attribute.reference().objectAddress, let path = survey.contents.paths[address],
            case .dataset(let dataset) = try file.object(path)
        else { return nil }
        return dataset
    }

    /// The dataset that a reference must have led to: by the name of its partner, or by the usual name beside the Main or
    /// in the nearest group above; its shape must fit.
    private func candidate(
        _ role: AncillaryRole, of main: H5Dataset, _ side: USIDSide, partner: H5Dataset?, _ partnerRole: AncillaryRole
    ) throws -> H5Dataset? {
        guard main.shape.count == 2 else { return nil }
        func fitting(_ name: String, in group: String) throws -> H5Dataset? {
            guard let link = try file.group(group).link(name), case .hard = link.target,
                case .dataset(let dataset) = try link.open(), dataset.address != main.address,
                dataset.shape.count == 2, dataset.shape[side.pointAxis] == main.shape[side.pointAxis],
                dataset.shape[side.dimensionAxis] > 0, dataset.address != partner?.address,
                partner.map({ $0.shape == dataset.shape }) ?? true
            else { return nil }
            return dataset
        }
        let (mine, others) = role == side.indicesRole ? ("_Indices", "_Values") : ("_Values", "_Indices")
        if let partner {
            let name = ReferenceResolver.name(partner.path)
            if name.hasSuffix(others), let group = ReferenceResolver.parentPath(partner.path),
                let dataset = try fitting(name.dropLast(others.count) + mine, in: group)
            {
                return dataset
            }
        }
        var group = ReferenceResolver.parentPath(main.path)
        while let path = group {
            if let dataset = try fitting(role.rawValue, in: path) {
                // Alone it would be half of another pair.
                let isPair = try partner != nil || fitting(partnerRole.rawValue, in: path)?.shape == dataset.shape
                if isPair { return dataset }
            }
            group = ReferenceResolver.parentPath(path)
        }
        return nil
    }

    // MARK: R14

    /// Mains whose name has hyphens get underscores in their place, as writers of h5USID do it.
    mutating func mendNames() throws {
        // A renamed group gives the Mains in it other paths; the next round finds them there.
        for path in try survey().claimants.map(\.path) { try attempting { try $0.mendName(of: path) } }
    }

    private mutating func mendName(of path: String) throws {
        let name = ReferenceResolver.name(path)
        guard name.utf8.contains(UInt8(ascii: "-")), let parent = ReferenceResolver.parentPath(path) else { return }
        let better = name.withoutHyphens
        let group = try file.group(parent)
        guard try !group.contains(better) else {
            leave("R14", path, "there is an object called '\(better)' already")
            return
        }
        let members = try group.names()
        try group.move(name, to: better)
        note("R14", path, nil, "rename it to '\(better)', as other writers do")
        // Groups of its results carry its name before their only own hyphen.
        for member in members where member.hasPrefix(name + "-") {
            let renamed = better + member.dropFirst(name.count)
            guard ResultsName(renamed) != nil, try !group.contains(renamed),
                case .group = try group.link(member)?.open()
            else { continue }
            try group.move(member, to: renamed)
            let path = (parent == "/" ? "" : parent) + "/" + member
            note("R53", path, nil, "rename it to '\(renamed)', after its source")
        }
    }
}

extension H5Datatype {
    /// Whether elements are texts of fixed or of any length.
    var isText: Bool {
        switch kind {
        case .string, .variableLengthString: return true
        default: return false
        }
    }
}
