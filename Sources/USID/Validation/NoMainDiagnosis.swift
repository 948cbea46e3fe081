import HDF5

/// Why a file holds no Main dataset: it is NSID, an acquisition that was never completed, or something else.
struct NoMainDiagnosis {
    let finding: USIDFinding

    init(_ contents: FileContents) throws {
        let expected = "at least one Main dataset"
        if let unpatched = Self.unpatched(contents) {
            finding = USIDFinding(
                "R1", .must, "/",
                "the file holds no Main dataset; \(unpatched.path) looks like one but lacks \(unpatched.lacks)",
                expected: expected, found: "none", advice: "add what is missing",
                cause: "F5: files of some acquisition programs need patching before they are h5USID")
            return
        }
        var message = "the file holds no Main dataset"
        var advice = "it may be sound HDF5, but it is not h5USID"
        if let scales = try Self.scales(contents) {
            if scales.isNSID {
                message += ": it is NSID, whose datasets have dimension scales"
                advice = "read it with a program for NSID, or as HDF5"
            } else {
                message += "; \(scales.path) has dimension scales, as in NSID and netCDF"
                advice = "it may be sound NSID, netCDF or HDF5, but it is not h5USID"
            }
        }
        finding = USIDFinding("R1", .must, "/", message, expected: expected, found: "none", advice: advice)
    }

    /// A matrix that lies between ancillary datasets of its size but is not linked to them.
    private static func unpatched(_ contents: FileContents) -> (path: String, lacks: String)? {
        var shapes: [String: [Int]] = [:]
        for dataset in contents.datasets { shapes[dataset.path] = dataset.shape }
        for dataset in contents.datasets where dataset.shape.count == 2 {
            guard let parent = ReferenceResolver.parentPath(dataset.path) else { continue }
            let prefix = parent == "/" ? "/" : parent + "/"
            guard let positions = shapes[prefix + "Position_Indices"], positions.count == 2,
                let spectra = shapes[prefix + "Spectroscopic_Indices"], spectra.count == 2,
                positions[0] == dataset.shape[0], spectra[1] == dataset.shape[1],
                !AncillaryRole.attributeNames.contains(ReferenceResolver.name(dataset.path))
            else { continue }
            let names = (try? dataset.attributes.names()) ?? []
            let missing = ["quantity", "units"].filter { !names.contains($0) }
            return (dataset.path, NumberText.list(missing + ["the references to its ancillary datasets"]))
        }
        return nil
    }

    /// A dataset with dimension scales, and whether it is one of NSID.
    private static func scales(_ contents: FileContents) throws -> (path: String, isNSID: Bool)? {
        var first: String?
        for dataset in contents.datasets {
            guard try dataset.attributes.find("DIMENSION_LIST") != nil else { continue }
            if try dataset.attributes.find("nsid_version") != nil { return (dataset.path, true) }
            // Older NSID has no version but says what it holds and by which device.
            let own = try ["quantity", "units", "modality", "source"].allSatisfy {
                try dataset.attributes.find($0) != nil
            }
            if own { return (dataset.path, true) }
            first = first ?? dataset.path
        }
        return first.map { ($0, false) }
    }
}
