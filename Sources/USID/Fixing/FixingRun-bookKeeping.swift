import HDF5

/// Book-keeping that the groups above know, and time stamps of another form: R70.
extension FixingRun {
    mutating func mendBookKeeping() throws {
        let survey = try survey()
        let mains = USIDDataset.search(among: survey.claimants).mains
        var groups: Set<String> = []
        for main in mains {
            try attempting { try $0.mendBookKeeping(of: $0.file.dataset(main.path)) }
            var parent = ReferenceResolver.parentPath(main.path)
            while let path = parent, groups.insert(path).inserted { parent = ReferenceResolver.parentPath(path) }
        }
        for group in survey.contents.groups {
            try attempting { run in
                let isResults = try group.path != "/" && ResultsGroup(group) != nil
                guard groups.contains(group.path) || isResults else { return }
                try run.mendBookKeeping(of: group)
            }
        }
    }

    private mutating func mendBookKeeping(of object: some H5Attributed) throws {
        let found = try BookKeeping(object)
        for name in BookKeeping.timestampNames {
            guard let text = try TextAttribute(name, of: object).single, !BookKeeping.isTimestamp(text),
                let better = Self.timestamp(text)
            else { continue }
            try object.setAttribute(name, better)
            note("R70", object.path, name, "write the time '\(text)' as '\(better)'")
        }
        // Half of it tells of another event than a group's does: only what has none at all takes it from above.
        guard found.missing.count == 4 else { return }
        var parent = ReferenceResolver.parentPath(object.path)
        while let path = parent {
            let group = try file.group(path)
            if try BookKeeping(group).missing.isEmpty {
                for name in BookKeeping.timestampNames + ["machine_id", "platform"] + BookKeeping.versionNames {
                    guard let text = try TextAttribute(name, of: group).single else { continue }
                    try object.setAttribute(name, text)
                    note("R70", object.path, name, "set '\(name)' to '\(text)', as \(path) has it")
                }
                return
            }
            parent = ReferenceResolver.parentPath(path)
        }
    }

    /// A time that begins with the year, in the usual form: `2019-03-22T12:00:00` and the like.
    static func timestamp(_ text: String) -> String? {
        let pattern = Array("0000-00-00 00:00:00".utf8)
        let bytes = Array(text.utf8)
        guard bytes.count == pattern.count else { return nil }
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        for (byte, wanted) in zip(bytes, pattern) where digits.contains(byte) != (wanted == UInt8(ascii: "0")) {
            return nil
        }
        let fields = [0..<4, 5..<7, 8..<10, 11..<13, 14..<16, 17..<19].map {
            String(decoding: bytes[$0], as: UTF8.self)
        }
        let limits = [1...9999, 1...12, 1...31, 0...23, 0...59, 0...60]
        guard zip(fields, limits).allSatisfy({ field, limit in Int(field).map(limit.contains) ?? false }) else {
            return nil
        }
        return fields[..<3].joined(separator: "_") + "-" + fields[3...].joined(separator: "_")
    }
}
