import HDF5

/// Whether objects say when, where and by what they were made (R70), and whether they say it truthfully (R71).
enum BookKeepingChecks {
    static func findings(_ object: some H5Attributed) throws -> [USIDFinding] {
        let found = try BookKeeping(object)
        var findings: [USIDFinding] = []
        if !found.missing.isEmpty {
            let names = found.missing.map { $0.contains(" ") ? $0 : "'\($0)'" }
            findings.append(
                USIDFinding(
                    "R70", .should, object.path, "no " + NumberText.list(names),
                    advice: "write timestamp, machine_id, platform and the version of the program"))
        }
        if let timestamp = found.timestamp, !BookKeeping.isTimestamp(timestamp) {
            findings.append(
                USIDFinding(
                    "R70", .should, object.path, "the time stamp is not in the usual form",
                    expected: "YYYY_MM_DD-HH_mm_ss", found: timestamp))
        }
        return findings
    }

    /// Attributes of the root group that hold what a translator puts where it knows nothing.
    static func placeholders(_ root: H5Group) throws -> [USIDFinding] {
        var names: [String] = []
        for (name, placeholder) in [
            ("user_name", "John Doe"), ("xcams_id", "abc"), ("sample_name", "PZT"), ("project_id", "CNMS_2015B_X0000"),
        ] {
            if try TextAttribute(name, of: root).single == placeholder { names.append(name) }
        }
        guard !names.isEmpty, names.contains("user_name") || names.count > 1 else { return [] }
        return [
            USIDFinding(
                "R71", .info, root.path,
                NumberText.list(names.map { "'\($0)'" })
                    + ": placeholders of a translator, not facts about the measurement"
            )
        ]
    }
}
