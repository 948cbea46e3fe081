import HDF5Format
import Testing

@testable import HDF5

/// What a transaction promises of the bytes of a file, whatever they mean.
@Suite struct FileTransactionTests {
    /// A file of random bytes.
    private func image(_ count: Int, using random: inout SeededGenerator) -> RecordingFiles.Image {
        var image = RecordingFiles.Image()
        image.names["f"] = 0
        image.contents[0] = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        return image
    }

    private func opened(_ image: RecordingFiles.Image) throws -> [UInt8] {
        let files = RecordingFiles(image)
        let file = try files.open("f")
        try FileTransaction.rollBack("f", file, files)
        return files.image.bytes("f") ?? []
    }

    @Test func `neighbouring pieces of new space are written together, and are seen before`() throws {
        let files = RecordingFiles(RecordingFiles.Image())
        let transaction = try FileTransaction.create("f", replacing: false, store: files)
        let before = files.count
        let piece = 8_000
        for number in 0..<20 {
            let start = try transaction.allocate(UInt64(piece))
            let bytes = [UInt8](repeating: UInt8(number), count: piece)
            try bytes.withUnsafeBytes { try transaction.write($0, at: start) }
        }
        #expect(files.count == before)
        // A few bytes in the middle, over what waits.
        try [UInt8](repeating: 0xFF, count: 10).withUnsafeBytes { try transaction.write($0, at: 79_995) }
        var expected: [UInt8] = []
        for number in 0..<20 { expected += [UInt8](repeating: UInt8(number), count: piece) }
        expected.replaceSubrange(79_995..<80_005, with: [UInt8](repeating: 0xFF, count: 10))
        var seen = [UInt8](repeating: 0, count: expected.count)
        try seen.withUnsafeMutableBytes { try transaction.read(at: 0, into: $0) }
        #expect(seen == expected)
        try transaction.commit()
        #expect(files.image.bytes("f") == expected)
    }

    @Test func `a file that becomes shorter is whole until its journal is gone from the disk`() throws {
        var random = SeededGenerator(seed: 9)
        let start = image(20_000, using: &random)
        let former = try #require(start.bytes("f"))
        let files = RecordingFiles(start)
        let transaction = try FileTransaction.open("f", store: files)
        try [UInt8](repeating: 7, count: 50).withUnsafeBytes { try transaction.write($0, at: 100) }
        transaction.release(12_000, 8_000)
        try transaction.commit()
        let latter = try #require(files.image.bytes("f"))
        #expect(latter.count == 12_000)
        let replay = CrashReplay(from: start, files.log)
        for count in 0...files.count {
            for _ in 0..<100 {
                // Behind its end a file may have anything.
                let seen = try opened(replay.torn(count, using: &random))
                #expect(seen == former || Array(seen.prefix(12_000)) == latter)
            }
        }
    }

    /// Random writes, allocations and commits; answers what each commit left, and the number of operations after it.
    private func run(
        _ files: RecordingFiles, memory: Int, steps: Int, using random: inout SeededGenerator
    ) throws -> [Commit] {
        let transaction = try FileTransaction.open("f", store: files, memory: memory)
        var model = files.image.bytes("f") ?? []
        let original = model.count
        var commits = [Commit(bytes: model, live: [0..<original], operations: 0)]
        var blocks: [(start: Int, count: Int)] = []
        for _ in 0..<steps {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let count = Int.random(in: 1...6_000, using: &random)
                guard count < model.count else { continue }
                let start = Int.random(in: 0...(model.count - count), using: &random)
                let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
                try bytes.withUnsafeBytes { try transaction.write($0, at: UInt64(start)) }
                model.replaceSubrange(start..<(start + count), with: bytes)
            case 5..<8:
                let count = Int.random(in: 1...40_000, using: &random)
                let start = Int(try transaction.allocate(UInt64(count)))
                let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
                try bytes.withUnsafeBytes { try transaction.write($0, at: UInt64(start)) }
                if model.count < start + count {
                    model += [UInt8](repeating: 0, count: start + count - model.count)
                }
                model.replaceSubrange(start..<(start + count), with: bytes)
                blocks.append((start, count))
            case 8:
                guard let index = blocks.indices.randomElement(using: &random) else { continue }
                let block = blocks.remove(at: index)
                transaction.release(UInt64(block.start), UInt64(block.count))
            default:
                try transaction.commit()
                model = Array(model.prefix(Int(transaction.size)))
                let live = [0..<original] + blocks.map { $0.start..<($0.start + $0.count) }
                commits.append(Commit(bytes: model, live: live, operations: files.count))
            }
            var seen = [UInt8](repeating: 0, count: model.count)
            try seen.withUnsafeMutableBytes { try transaction.read(at: 0, into: $0) }
            #expect(seen == model)
        }
        return commits
    }

    @Test(arguments: [16 << 10, 16 << 20])
    func `reading through a transaction shows every change at once`(memory: Int) throws {
        var random = SeededGenerator(seed: 11)
        let files = RecordingFiles(image(20_000, using: &random))
        _ = try run(files, memory: memory, steps: 80, using: &random)
    }

    @Test(arguments: [16 << 10, 16 << 20])
    func `a crash at any moment leaves exactly a committed state`(memory: Int) throws {
        var random = SeededGenerator(seed: 12)
        let start = image(20_000, using: &random)
        let files = RecordingFiles(start)
        let commits = try run(files, memory: memory, steps: 60, using: &random)
        let replay = CrashReplay(from: start, files.log)
        for count in 0...files.log.count {
            for isTorn in [false, true] {
                let image = isTorn ? replay.torn(count, using: &random) : replay.prefix(count)
                let found = try opened(image)
                // The last commit that was done before, or the one that was on its way.
                let before = commits.last { $0.operations <= count }
                let after = commits.first { $0.operations > count }
                let isCommitted = [before, after].contains { commit in
                    guard let commit else { return false }
                    return commit.live.allSatisfy { range in
                        found.count >= range.upperBound && found[range] == commit.bytes[range]
                    }
                }
                #expect(isCommitted, "after \(count) operations, torn: \(isTorn)")
            }
        }
    }

    @Test(arguments: RecordingFiles.Omission.allCases)
    func `without one of the synchronisations some crash is noticed`(omission: RecordingFiles.Omission) throws {
        var random = SeededGenerator(seed: 13)
        let start = image(20_000, using: &random)
        let files = RecordingFiles(start, omitting: omission)
        let commits = try run(files, memory: 16 << 10, steps: 60, using: &random)
        let replay = CrashReplay(from: start, files.log)
        var isNoticed = false
        for _ in 0..<3_000 where !isNoticed {
            let count = Int.random(in: 0...files.log.count, using: &random)
            let found = try? opened(replay.torn(count, using: &random))
            let candidates = [commits.last { $0.operations <= count }, commits.first { $0.operations > count }]
            isNoticed = !candidates.contains { commit in
                guard let commit, let found else { return false }
                return commit.live.allSatisfy { range in
                    found.count >= range.upperBound && found[range] == commit.bytes[range]
                }
            }
        }
        #expect(isNoticed)
    }
}

/// What a commit left.
private struct Commit {
    var bytes: [UInt8]
    /// What is in use; anything may lie elsewhere.
    var live: [Range<Int>]
    /// How much was asked of the system until it was done.
    var operations: Int
}
