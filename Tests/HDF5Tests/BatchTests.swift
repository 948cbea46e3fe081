import HDF5
import Testing

/// Reading in batches gives what one reading gives, within the budget.
@Suite struct BatchTests {
    /// Datasets of numbers in chunks of all kinds, whole and over the edges, and in one piece.
    private func datasets() throws -> [H5Dataset] {
        var found: [H5Dataset] = []
        for name in Fixtures.names(in: "hdf5").filter({ $0.hasPrefix("chunks-") || $0.hasPrefix("storage-layouts") }) {
            for object in try H5File.open(Fixtures.hdf5(name)).root.walk() {
                guard case .dataset(let dataset) = object, dataset.count > 0, dataset.count < 100_000,
                    (try? dataset.read(as: Double.self)) != nil
                else { continue }
                found.append(dataset)
            }
        }
        return found
    }

    @Test("batches of any budget put together are the whole dataset")
    func whole() throws {
        let datasets = try datasets()
        #expect(datasets.count > 20)
        for dataset in datasets {
            let expected = try dataset.read(as: Double.self).elements
            for budget in [0, 1_000, 20_000, 1 << 30] {
                var values: [Double] = []
                try dataset.forEachBatch(of: Double.self, memory: H5ByteCount(bytes: budget)) { batch in
                    #expect(batch.values.shape == batch.ranges.map(\.count))
                    values += batch.values.elements
                }
                #expect(values == expected, "\(dataset.path) in \(budget) bytes")
            }
            #expect(try dataset.batches(of: Double.self, memory: .gibibytes(1)).count == 1)
        }
    }

    @Test("batches that are read ahead come in the same order")
    func ahead() async throws {
        let dataset = try H5File.open(Fixtures.hdf5("chunks-hyperslabs-latest.h5")).dataset("chunked")
        var values: [Int] = []
        let batches = try dataset.batches(of: Int.self, memory: .kibibytes(16))
        var ranges: [[Range<Int>]] = []
        for try await batch in batches {
            values += batch.values.elements
            ranges.append(batch.ranges)
        }
        #expect(values == Array(0..<(17 * 19 * 23)))
        #expect(ranges == batches.ranges)
        #expect(ranges.count > 1)
    }

    @Test("a batch that cannot be read ends the sequence with the error of reading")
    func failure() async throws {
        let root = try H5File.open(Fixtures.hdf5("filters-zstandard.h5")).root
        let dataset = try root.dataset(try #require(root.names().first))
        do {
            for try await _ in try dataset.batches(of: Double.self, memory: .kibibytes(4)) {
                Issue.record("a chunk was decoded without its filter")
            }
            Issue.record("the sequence ended without an error")
        } catch let error as H5Error {
            #expect(error.code == .missingFilter)
        }
    }

    @Test("a cancelled task gets no more batches")
    func cancellation() async throws {
        let dataset = try H5File.open(Fixtures.hdf5("chunks-hyperslabs-latest.h5")).dataset("chunked")
        let batches = try dataset.batches(of: Int.self, memory: .kibibytes(1))
        let task = Task {
            var count = 0
            for try await _ in batches {
                count += 1
                withUnsafeCurrentTask { $0?.cancel() }
            }
            return count
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
