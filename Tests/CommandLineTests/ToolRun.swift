import Foundation

/// One run of a built executable, with what it wrote and how it ended.
struct ToolRun {
    let output: String
    let errors: String
    let status: Int32
    let endedBySignal: Bool

    /// The lines of standard output.
    var lines: [String] { output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init) }

    /// Where standard output of the tool goes.
    enum Destination {
        case file
        /// A pipe that nobody reads.
        case closedPipe
        /// A terminal of so many columns.
        case terminal(columns: Int)
        /// A path.
        case path(String)
    }

    /// Runs the tool to its end.
    init(
        _ arguments: [String], tool: String = "h5usid-dump", environment: [String: String] = [:],
        to destination: Destination = .file, in folder: URL = Fixtures.folder
    ) throws {
        let process = Process()
        process.executableURL = try Self.executable(tool)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        // What the machine has set must not change what a test sees.
        var variables = ProcessInfo.processInfo.environment
        for name in ["NO_COLOR", "COLUMNS", "TERM"] { variables[name] = nil }
        process.environment = variables.merging(environment) { $1 }
        let scratch = try Scratch()
        let errorFile = try scratch.handle("errors")
        process.standardError = errorFile
        var collector: TerminalCollector?
        switch destination {
        case .file: process.standardOutput = try scratch.handle("output")
        case .path(let path): process.standardOutput = FileHandle(forWritingAtPath: path)
        case .closedPipe:
            let pipe = Pipe()
            try pipe.fileHandleForReading.close()
            process.standardOutput = pipe
        case .terminal(let columns):
            let terminal = try TerminalCollector(columns: columns)
            process.standardOutput = terminal.end
            collector = terminal
        }
        try process.run()
        let shown = try collector?.text()
        process.waitUntilExit()
        if let shown {
            output = shown
        } else if case .file = destination {
            output = String(decoding: try scratch.data("output"), as: UTF8.self)
        } else {
            output = ""
        }
        errors = String(decoding: try scratch.data("errors"), as: UTF8.self)
        status = process.terminationStatus
        endedBySignal = process.terminationReason == .uncaughtSignal
    }

    /// The executable lies beside the tests.
    private static func executable(_ tool: String) throws -> URL {
        var candidates: [URL] = []
        for argument in CommandLine.arguments where argument.contains(".xctest") {
            var url = URL(fileURLWithPath: argument)
            while url.path.contains(".xctest") { url.deleteLastPathComponent() }
            candidates.append(url)
        }
        for bundle in Bundle.allBundles { candidates.append(bundle.bundleURL.deletingLastPathComponent()) }
        candidates.append(Fixtures.folder.deletingLastPathComponent().appendingPathComponent(".build/debug"))
        for folder in candidates {
            let url = folder.appendingPathComponent(tool)
            if FileManager.default.isExecutableFile(atPath: url.path) { return url }
        }
        throw CocoaError(.fileNoSuchFile)
    }
}

/// The files that the tests read.
enum Fixtures {
    /// The folder of all fixtures.
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures")
}

/// A folder of its own that disappears with the value.
final class Scratch {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("h5usid-dump-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func handle(_ name: String) throws -> FileHandle {
        let url = folder.appendingPathComponent(name)
        try Data().write(to: url)
        return try FileHandle(forWritingTo: url)
    }

    func data(_ name: String) throws -> Data { try Data(contentsOf: folder.appendingPathComponent(name)) }

    /// Writes a file and gives its path.
    func file(_ name: String, _ data: Data) throws -> String {
        let url = folder.appendingPathComponent(name)
        try data.write(to: url)
        return url.path
    }
}
