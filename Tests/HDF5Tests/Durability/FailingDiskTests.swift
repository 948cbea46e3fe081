import ChangeModel
import Testing

@testable import HDF5

/// A full disk, a quota or a broken cable: the call throws, and the last commit is still there.
@Suite struct FailingDiskTests {
    private static let code = H5Error.Code.noSpace

    /// The content of what a program finds that opens the file afterwards.
    private func found(_ files: RecordingFiles) throws -> String? {
        guard files.exists("f") else { return nil }
        let reopened = RecordingFiles(files.image)
        try FileTransaction.rollBack("f", try reopened.open("f"), reopened)
        return try H5File.open(bytes: try #require(reopened.image.bytes("f"))).digestText()
    }

    /// A session after `steps` changes, the last of which are not committed yet.
    private func session(_ seed: UInt64, _ steps: Int) throws -> (RecordingFiles, RandomChanges) {
        let files = RecordingFiles()
        let file = try H5File.create(
            "f", replacing: false, options: H5CreateOptions(generation: .v1_8), store: files)
        var changes = try RandomChanges(of: file, seed: seed)
        _ = try changes.commit()
        for _ in 0..<steps { _ = try changes.step() }
        return (files, changes)
    }

    @Test(arguments: [30, 31, 32] as [UInt64])
    func `whatever fails in a commit, it throws, and can be made again or given up`(seed: UInt64) throws {
        let (files, changes) = try session(seed, 60)
        let committed = try found(files)
        let before = files.count
        try changes.file.commit()
        let operations = files.count - before
        let wanted = try found(files)
        #expect(operations > 5 && committed != wanted)
        for limit in 0..<operations {
            var (files, changes) = try session(seed, 60)
            files.fail(after: limit, with: Self.code)
            let error = #expect(throws: H5Error.self) { try changes.file.commit() }
            #expect(error?.code == Self.code)
            // Until the journal is gone it is the old state, then the new one.
            let state = try found(files)
            #expect(state == committed || state == wanted, "after \(limit) operations")
            switch limit % 3 {
            case 0:
                files.fail(after: nil)
                _ = try changes.commit()
                let seen = try found(files)
                #expect(seen == wanted, "committed again after \(limit) operations")
            case 1:
                // It fails once more, and then the program crashes.
                files.fail(after: limit / 2 + 1, with: Self.code)
                try? changes.file.commit()
                let seen = try found(files)
                #expect(seen == committed || seen == wanted, "committed again after \(limit) operations, and failed")
            default:
                // Going back may fail as well; the journal stays for the next who opens the file.
                try? changes.file.close()
                let seen = try found(files)
                #expect(seen == state, "given up after \(limit) operations")
            }
        }
    }

    @Test func `a new file that cannot be written leaves nothing at its path`() throws {
        let complete = RecordingFiles()
        try H5File.create("f", replacing: false, options: H5CreateOptions(), store: complete).commit()
        for limit in 0..<complete.count {
            let files = RecordingFiles()
            files.fail(after: limit, with: Self.code)
            #expect(throws: H5Error.self) {
                let file = try H5File.create("f", replacing: false, options: H5CreateOptions(), store: files)
                try file.root.createDataset("x", [1, 2, 3])
                try file.commit()
            }
            let names = Set(files.image.names.keys)
            #expect(!names.contains("f") || (try? found(files)) != nil, "after \(limit) operations")
        }
    }

    @Test func `a write that fails before the commit ends the session and spoils nothing`() throws {
        let files = RecordingFiles()
        let file = try H5File.create("f", replacing: false, options: H5CreateOptions(), store: files)
        let data = try file.root.createDataset(
            "x", of: Double.self, shape: [0, 1024], maximum: [.unlimited, 1024], chunks: [64, 1024])
        try file.commit()
        let committed = try found(files)
        files.fail(after: 3, with: Self.code)
        let rows = [Double](repeating: 1, count: 64 * 1024)
        let error = #expect(throws: H5Error.self) { for _ in 0..<100 { try data.append(rows) } }
        #expect(error?.code == Self.code)
        files.fail(after: nil)
        // What was half-done must not be committed.
        let refused = #expect(throws: H5Error.self) { try file.commit() }
        #expect(refused?.code == .inUse)
        try file.close()
        let seen = try found(files)
        #expect(seen == committed)
        #expect(files.image.bytes("f")?.count ?? 0 < 10_000)
    }
}
