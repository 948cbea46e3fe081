import HDF5

/// What results groups say of their source, and records of completed positions: R5 (F1), R72, R73.
extension FixingRun {
    mutating func mendResults() throws {
        var survey = try survey()
        let mains = USIDDataset.search(among: survey.claimants).mains
        let byAddress = Dictionary(mains.map { ($0.dataset.address, $0) }, uniquingKeysWith: { first, _ in first })
        for group in survey.contents.groups where group.path != "/" {
            try attempting { run in
                guard try ResultsGroup(group) != nil else { return }
                try run.mendSource(of: group, byAddress, survey.resolver)
                try run.mendCompletion(of: group, byAddress, &survey)
                try run.mendFirstCharacters(in: group, mains, byAddress)
            }
        }
    }

    // MARK: R72

    private mutating func mendSource(
        of group: H5Group, _ mains: [UInt64: USIDDataset], _ resolver: ReferenceResolver
    ) throws {
        guard let results = try ResultsGroup(group) else { return }
        let path = group.path
        let isElsewhere = results.sourcePath != nil || results.sourceFile != nil
        let name = ResultsName(ReferenceResolver.name(path))
        if results.tool == nil, let name {
            try group.setAttribute("tool", name.tool)
            note("R72", path, "tool", "set 'tool' to '\(name.tool)', as the name of the group says")
        }
        var sourceCount = results.sources.count
        let isBroken = try results.sources.count == 1 && results.sources.allSatisfy { try isDead($0, resolver) }
        if !isElsewhere, results.sources.isEmpty || isBroken, let name, let parent = ReferenceResolver.parentPath(path),
            case .dataset(let source)? = try file.group(parent).link(name.source)?.open(),
            mains[source.address] != nil
        {
            let attribute = USIDProvenance.sourceName(0)
            try group.setAttribute(attribute, reference: source)
            note("R72", path, attribute, "set '\(attribute)' to \(source.path), after which the group is named")
            sourceCount = 1
        }
        if isElsewhere { sourceCount = max(sourceCount, 1) }
        guard sourceCount > 0, try group.attributes.find("num_sources") == nil else { return }
        if let attribute = try group.attributes.find("num_source_dsets") {
            guard let number = try? attribute.scalar(as: Int.self) else { return }
            guard number < sourceCount else {
                // Then a source has gone, and the number is right.
                if number > sourceCount {
                    leave("R72", path, "which dataset the missing source was is not in the file")
                }
                return
            }
        }
        try group.setAttribute("num_source_dsets", sourceCount)
        note("R72", path, "num_source_dsets", "set 'num_source_dsets' to \(sourceCount), the number of sources")
    }

    /// Whether a source attribute leads nowhere at all.
    private func isDead(_ attribute: H5Attribute, _ resolver: ReferenceResolver) throws -> Bool {
        guard attribute.dataspace.elementCount == 1, case .reference = attribute.datatype.kind else { return true }
        let reference = try attribute.reference()
        return reference == .null || resolver.complaint(about: reference) != nil
    }

    // MARK: R73

    private mutating func mendCompletion(
        of group: H5Group, _ mains: [UInt64: USIDDataset], _ survey: inout Survey
    ) throws {
        guard let results = try ResultsGroup(group), let source = results.sources.first,
            case .reference = source.datatype.kind, let address = try? source.reference().objectAddress,
            let count = mains[address]?.positionCount
        else { return }
        for object in try group.members() {
            guard case .dataset(let status) = object, ReferenceResolver.name(status.path).hasPrefix("completed_"),
                mains[status.address] == nil, status.dataspace.kind == .simple, status.count == count
            else { continue }
            guard status.shape != [count] || status.datatype != .uint8 else { continue }
            // A single axis that is longer than 1 keeps the order of elements.
            guard status.shape.filter({ $0 != 1 }).count <= 1, let done = try Self.marks(in: status) else {
                leave("R73", status.path, "it is not one 0 or 1 per position")
                continue
            }
            let change =
                "store it as one uint8 per position instead of \(status.datatype) of shape "
                + NumberText.shape(status.shape)
            do {
                _ = try survey.replace(status) {
                    try $0.replace(datatype: .uint8, shape: [count]) { try $0.write(done) }
                }
                note("R73", status.path, nil, change)
            } catch let obstacle as DatasetReplacement.Obstacle {
                leave("R73", status.path, obstacle.reason)
            }
        }
    }

    /// The elements where all of them are 0 or 1.
    private static func marks(in status: H5Dataset) throws -> [UInt8]? {
        let marks: [UInt8]
        if let numbers = try? status.read(as: UInt8.self).elements {
            marks = numbers
        } else if let truths = try? status.read(as: Bool.self).elements {
            marks = truths.map { $0 ? 1 : 0 }
        } else {
            return nil
        }
        return marks.allSatisfy { $0 <= 1 } ? marks : nil
    }

    // MARK: F1

    /// Quantity and units of which only the first characters of those of the source were stored.
    private mutating func mendFirstCharacters(
        in group: H5Group, _ mains: [USIDDataset], _ byAddress: [UInt64: USIDDataset]
    ) throws {
        guard let results = try ResultsGroup(group), results.sources.count == 1, let attribute = results.sources.first,
            case .reference = attribute.datatype.kind, let address = try? attribute.reference().objectAddress,
            let source = byAddress[address]
        else { return }
        for main in mains where ReferenceResolver.parentPath(main.path) == group.path {
            // Both must be cut in the same way: a quantity may well be one letter.
            guard source.quantity.count > 1, main.quantity == String(source.quantity.prefix(1)),
                main.units == String(source.units.prefix(1))
            else { continue }
            for (name, old, whole) in [
                ("quantity", main.quantity, source.quantity), ("units", main.units, source.units),
            ] where old != whole {
                try main.dataset.setAttribute(name, whole)
                note("R5", main.path, name, "set '\(name)' to '\(whole)', of which only '\(old)' was stored (F1)")
            }
        }
    }
}
