import HDF5

/// The attributes that say when, where and by what an object was made (R70).
struct BookKeeping {
    static let timestampNames = ["timestamp", "time_stamp"]
    static let versionNames = ["swift_usid_version", "pyUSID_version", "pycroscopy_version", "sidpy_version"]

    let timestamp: String?
    let machine: String?
    let platform: String?
    /// Program and version, such as `pyUSID 0.0.12`.
    let writer: String?
    /// The names of what is missing.
    let missing: [String]

    init(_ object: some H5Attributed) throws {
        func text(_ name: String) throws -> String? { try TextAttribute(name, of: object).single }
        timestamp = try Self.first(Self.timestampNames, text)
        machine = try text("machine_id")
        platform = try text("platform")
        var found: String?
        for name in Self.versionNames where found == nil {
            let program = name == "swift_usid_version" ? "swift-usid" : String(name.dropLast("_version".count))
            found = try text(name).map { "\(program) \($0)" }
        }
        writer = found
        missing =
            (timestamp == nil ? ["timestamp"] : []) + (machine == nil ? ["machine_id"] : [])
            + (platform == nil ? ["platform"] : []) + (writer == nil ? ["a version of the writing program"] : [])
    }

    /// Whether a text is a time as `2019_03_22-12_00_00`.
    static func isTimestamp(_ text: String) -> Bool {
        let pattern = Array("0000_00_00-00_00_00".utf8)
        let bytes = Array(text.utf8)
        guard bytes.count == pattern.count else { return false }
        return zip(bytes, pattern).allSatisfy { byte, wanted in
            wanted == UInt8(ascii: "0") ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) : byte == wanted
        }
    }
}

extension BookKeeping {
    private static func first(_ names: [String], _ read: (String) throws -> String?) rethrows -> String? {
        for name in names { if let found = try read(name) { return found } }
        return nil
    }
}
