import ChangeModel
import Foundation
import Testing

@testable import HDF5

/// Whatever is changed in a file, and whenever the power goes: what a commit left is there.
///
/// By default some moments of some hundred changes are looked at. With `H5_CRASH_REPLAYS=N` in the environment it is every
/// moment of 10,000 changes, and N more with writes that were lost, torn or reordered.
@Suite struct ChangeReplayTests {
    private static let replays = ProcessInfo.processInfo.environment["H5_CRASH_REPLAYS"].flatMap { Int($0) }

    /// Where the changes begin: a new file of a generation, or a fixture.
    enum Start: CustomTestStringConvertible {
        case new(H5FormatGeneration)
        case fixture(String)

        var testDescription: String {
            switch self {
            case .new(let generation): "a new file (\(generation))"
            case .fixture(let name): name
            }
        }
    }

    /// What a commit left.
    private struct State {
        /// The digest; nil where there is no file yet.
        var digest: String?
        /// What was asked of the system until then.
        var operations: Int
    }

    /// A recorded session: what was on the disk, what was done, and what its commits left.
    private struct Session {
        var start: RecordingFiles.Image
        var log: [RecordingFiles.Operation]
        var states: [State]

        /// Runs random changes, each state of which is compared with their model.
        init(_ start: Start, steps: Int, seed: UInt64, omitting omission: RecordingFiles.Omission? = nil) throws {
            var image = RecordingFiles.Image()
            if case .fixture(let name) = start {
                image.names["f"] = 0
                image.contents[0] = Array(try Data(contentsOf: Fixtures.root.appendingPathComponent("hdf5/\(name)")))
            }
            let files = RecordingFiles(image, omitting: omission)
            let open = { try H5File.openForUpdate("f", options: H5OpenOptions(), store: files) }
            var contents = SeenContents()
            states = [State(digest: try digest(of: image, &contents), operations: 0)]
            let file: H5File
            if case .new(let generation) = start {
                file = try H5File.create(
                    "f", replacing: false, options: H5CreateOptions(generation: generation), store: files)
            } else {
                file = try open()
            }
            var changes = try RandomChanges(of: file, seed: seed, reopening: open)
            if case .new = start {
                _ = try changes.commit()
                states.append(State(digest: try digest(of: files.image, &contents), operations: files.count))
            }
            for step in 0..<steps {
                let event = try step == steps - 1 ? changes.commit() : changes.step()
                guard case .committed = event else { continue }
                let bytes = try #require(files.image.bytes("f"))
                let seen = try H5File.open(
                    bytes: bytes, options: H5OpenOptions(limits: .standard, externalFiles: .none))
                let difference = try changes.model.difference(from: seen)
                #expect(difference == nil, "after step \(step)")
                states.append(State(digest: try digest(of: files.image, &contents), operations: files.count))
            }
            self.start = image
            log = files.log
        }
    }

    /// The digests of the contents that were seen last: most moments of a crash leave one of two, and going through a
    /// file takes far longer than comparing its bytes.
    private struct SeenContents {
        private var seen: [(bytes: [UInt8], digest: String)] = []

        mutating func digest(of bytes: [UInt8]) throws -> String {
            if let known = seen.first(where: { $0.bytes == bytes }) { return known.digest }
            let digest = try H5File.open(
                bytes: bytes, options: H5OpenOptions(limits: .standard, externalFiles: .none)
            ).digestText()
            if seen.count == 6 { seen.removeFirst() }
            seen.append((bytes, digest))
            return digest
        }
    }

    /// The digest of what is found after a crash; nil where there is no file.
    private static func digest(of image: RecordingFiles.Image, _ contents: inout SeenContents) throws -> String? {
        guard image.names["f"] != nil else { return nil }
        let files = RecordingFiles(image)
        // For reading, the journal is only laid over the file.
        if let journal = image.bytes(RollbackJournal.path(for: "f")), let crashed = image.bytes("f"),
            let rollback = try RollbackJournal(MemorySource(journal))
        {
            let overlaid = try RolledBackSource(MemorySource(crashed), journal: rollback)
            var seen = [UInt8](repeating: 0, count: Int(overlaid.size))
            try seen.withUnsafeMutableBytes { try overlaid.read(at: 0, into: $0) }
            try FileTransaction.rollBack("f", try files.open("f"), files)
            #expect(seen == files.image.bytes("f"))
        } else {
            try FileTransaction.rollBack("f", try files.open("f"), files)
        }
        return try files.image.bytes("f").map { try contents.digest(of: $0) }
    }

    /// Whether what is found is the state of the last commit that was done, or of the one that was on its way.
    private static func isCommitted(
        _ image: RecordingFiles.Image, _ count: Int, _ states: [State], _ contents: inout SeenContents
    ) -> Bool {
        let found: String?
        do { found = try digest(of: image, &contents) } catch { return false }
        let before = states.last { $0.operations <= count }
        let after = states.first { $0.operations > count }
        return found == before?.digest || found == after?.digest
    }

    @Test(
        arguments: [
            .new(.v1_8), .new(.earliest), .new(.v1_10), .fixture("groups-many-links-latest.h5"),
            .fixture("chunks-tree-earliest.h5"),
        ] as [Start])
    func `after a crash at any moment a changed file holds a committed state`(start: Start) throws {
        let session = try Session(start, steps: Self.replays == nil ? 250 : 10_000, seed: 20)
        var random = SeededGenerator(seed: 21)
        var contents = SeenContents()
        // Each moment in turn, on an image that grows by one operation after the other.
        let chance = Self.replays == nil ? min(1, 120 / Double(session.log.count)) : 1
        var image = session.start
        for (count, operation) in session.log.enumerated() {
            if Double.random(in: 0..<1, using: &random) < chance {
                let isCommitted = Self.isCommitted(image, count, session.states, &contents)
                #expect(isCommitted, "after \(count) operations")
            }
            image.apply(operation)
        }
        let isDone = Self.isCommitted(image, session.log.count, session.states, &contents)
        #expect(isDone)
        // What came before the last commit but one is on the disk; replays begin there.
        var bases: [(count: Int, image: RecordingFiles.Image)] = [(0, session.start)]
        image = session.start
        var done = 0
        for state in session.states {
            while done < state.operations {
                image.apply(session.log[done])
                done += 1
            }
            bases.append((done, image))
        }
        for _ in 0..<(Self.replays ?? 120) {
            let count = Int.random(in: 0...session.log.count, using: &random)
            let passed = bases.lastIndex { $0.count <= count } ?? 0
            let base = bases[max(0, passed - 2)]
            let replay = CrashReplay(from: base.image, Array(session.log[base.count..<count]))
            let torn = replay.torn(count - base.count, using: &random)
            let isCommitted = Self.isCommitted(torn, count, session.states, &contents)
            #expect(isCommitted, "after \(count) operations, torn")
        }
    }

    @Test(arguments: RecordingFiles.Omission.allCases)
    func `without one of the synchronisations a changed file is found spoilt`(omission: RecordingFiles.Omission) throws
    {
        let session = try Session(.new(.v1_8), steps: 120, seed: 22, omitting: omission)
        var random = SeededGenerator(seed: 23)
        var contents = SeenContents()
        let replay = CrashReplay(from: session.start, session.log)
        var isNoticed = false
        for _ in 0..<3_000 where !isNoticed {
            let count = Int.random(in: 0...session.log.count, using: &random)
            isNoticed = !Self.isCommitted(replay.torn(count, using: &random), count, session.states, &contents)
        }
        #expect(isNoticed)
    }
}
