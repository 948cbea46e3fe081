import HDF5

/// When, where and by what something is written: the attributes `timestamp`, `machine_id`, `platform` and
/// `swift_usid_version` (R70).
///
/// ```swift
/// let fixed = USIDBookKeeping(timestamp: "2019_03_22-12_00_00", machine: "afm.example.org", platform: "Linux")
/// ```
///
/// With all three given, the same calls write the same bytes.
public struct USIDBookKeeping: Hashable, Sendable {
    /// The time as `YYYY_MM_DD-HH_mm_ss`.
    public var timestamp: String
    /// The name of the computer.
    public var machine: String
    /// The operating system of the computer.
    public var platform: String

    /// The version of this library, as it is written to files.
    public static let version = "0.1.0"

    /// Makes book-keeping attributes; by default of the present moment, in local time, and of this computer.
    public init(timestamp: String? = nil, machine: String? = nil, platform: String? = nil) {
        self.timestamp = timestamp ?? Self.now()
        self.machine = machine ?? HostInformation.hostName
        self.platform = platform ?? HostInformation.platform
    }

    /// The present moment in local time as files hold it: `2019_03_22-12_00_00`.
    private static func now() -> String {
        let parts = zip(HostInformation.localTime, [4, 2, 2, 2, 2, 2]).map { number, width in
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
        }
        return parts[..<3].joined(separator: "_") + "-" + parts[3...].joined(separator: "_")
    }

    /// - Throws: `USIDError` with code `invalidArgument` for a time of another form, or text that no attribute holds.
    func check(path: String) throws {
        guard BookKeeping.isTimestamp(timestamp) else {
            throw USIDError(
                .invalidArgument, rule: "R70", path: path,
                "the time stamp '\(timestamp)' is not of the form 2019_03_22-12_00_00")
        }
        try WrittenText.check(machine, "the name of the computer", rule: "R70", path: path)
        try WrittenText.check(platform, "the platform", rule: "R70", path: path)
    }

    /// Writes the four attributes.
    func write(to object: some H5Attributed) throws {
        try object.setAttribute("timestamp", timestamp)
        try object.setAttribute("machine_id", machine)
        try object.setAttribute("platform", platform)
        try object.setAttribute("swift_usid_version", Self.version)
    }

    /// The names of the attributes.
    static let names = ["timestamp", "machine_id", "platform", "swift_usid_version"]
}
