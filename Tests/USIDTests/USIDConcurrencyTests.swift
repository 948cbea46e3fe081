import HDF5
import Testing

@testable import USID

/// Mains share what was read of their ancillaries; ThreadSanitizer runs these.
@Suite struct USIDConcurrencyTests {
    @Test(
        "eight threads that ask one Main for its dimensions and its form at once get the same",
        arguments: ["main-chunked-gzip.h5", "channels-shared-ancillaries.h5", "values-drift.h5"])
    func oneMain(_ name: String) async throws {
        let expected = try USIDDataset.search(in: try Fixtures.open(name)).mains.map(summary)
        #expect(!expected.isEmpty)
        // Nothing of these was read yet when the threads begin.
        let mains = try USIDDataset.search(in: try Fixtures.open(name)).mains
        let summaries = try await withThrowingTaskGroup(of: [Summary].self) { group in
            for _ in 0..<8 { group.addTask { try mains.map(summary) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(summaries == [[Summary]](repeating: expected, count: 8))
    }

    @Test("eight threads that look for the Mains of one file at once find the same")
    func oneFile() async throws {
        let file = try Fixtures.open("channels-shared-ancillaries.h5")
        let expected = try USIDDataset.search(in: file).mains.map(\.path)
        let found = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<8 { group.addTask { try USIDDataset.search(in: file).mains.map(\.path) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(found == [[String]](repeating: expected, count: 8))
    }

    private struct Summary: Equatable, Sendable {
        var path: String
        var unitValues: [[Double]?]
        var numbers: [Double]
    }

    private func summary(_ main: USIDDataset) throws -> Summary {
        let dimensions = main.positionDimensions + main.spectroscopicDimensions
        var numbers: [Double] = []
        if case .available = main.nDimensionalForm { numbers = try main.nDimensional(as: Double.self).elements }
        return Summary(path: main.path, unitValues: dimensions.map(\.unitValues), numbers: numbers)
    }
}
