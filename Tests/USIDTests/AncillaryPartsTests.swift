import HDF5
import Testing

@testable import USID

@Suite("Ancillary datasets read part by part")
struct AncillaryPartsTests {
    /// Writes a pair of ancillary datasets of so many points that they are read in several parts.
    private func grid<Result>(
        _ indices: [[Int64]], values: [[Double]], pointsAreRows: Bool, chunks: [Int]?,
        _ read: (H5File, USIDGrid) throws -> Result
    ) throws -> Result {
        let points = indices[0].count
        let shape = pointsAreRows ? [points, indices.count] : [indices.count, points]
        func flat<Element>(_ columns: [[Element]]) -> [Element] {
            pointsAreRows ? (0..<points).flatMap { point in columns.map { $0[point] } } : columns.flatMap { $0 }
        }
        return try Written.file { file in
            let layout = chunks.map { H5ChunkShape.shape(pointsAreRows ? $0 : $0.reversed()) }
            let filters: [H5DatasetFilter] = chunks == nil ? [] : [.deflate(1)]
            _ = try file.root.createDataset("Indices", flat(indices), shape: shape, chunks: layout, filters: filters)
            _ = try file.root.createDataset("Values", flat(values), shape: shape, chunks: layout, filters: filters)
        } read: { file, _ in
            let indices = try file.dataset("Indices"), values = try file.dataset("Values")
            return try read(file, USIDGrid(indices: indices, values: values, pointsAreRows: pointsAreRows))
        }
    }

    @Test(
        "the parts together are the whole, whatever the shape of the chunks",
        arguments: [true, false], [nil, [1000, 2], [7001, 1], [40_000, 3]])
    func parts(pointsAreRows: Bool, chunks: [Int]?) throws {
        let points = 40_000
        let indices: [[Int64]] = [
            (0..<points).map { Int64($0 % 200) }, (0..<points).map { Int64($0 / 200) * 3 - 90 },
            // So far apart that only their order can rank them.
            (0..<points).map { Int64($0 % 5 * $0 % 5) << 40 },
        ]
        let values = indices.map { column in column.map { Double($0) / 4 } }
        try grid(indices, values: values, pointsAreRows: pointsAreRows, chunks: chunks) { _, grid in
            for (column, stored) in zip(grid.matrix.columns, indices) {
                let distinct = Set(stored).sorted()
                #expect(column.size == distinct.count)
                #expect(column.firstIndex == distinct.first)
                #expect(zip(column.ranks, stored).allSatisfy { distinct[Int($0)] == $1 })
                #expect(column.changes == zip(stored, stored.dropFirst()).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) })
                #expect(column.wrapChanges == (stored.first != stored.last))
            }
            let found = try grid.unitValues()
            #expect(found.map(\.values) == indices.map { Set($0).sorted().map { Double($0) / 4 } })
            #expect(found.allSatisfy { $0.firstConflict == nil })
        }
    }

    @Test("values that contradict each other are found when they lie in different parts")
    func conflict() throws {
        let points = 30_000
        let indices = [(0..<points).map { Int64($0 % 10) }]
        var values = indices.map { $0.map(Double.init) }
        values[0][29_995] = 77
        try grid(indices, values: values, pointsAreRows: true, chunks: nil) { _, grid in
            let conflict = try #require(try grid.unitValues()[0].firstConflict)
            #expect(conflict.index == 5)
            #expect(conflict.first == 5)
            #expect(conflict.second == 77)
        }
    }

    @Test("indices beyond the limit of a call are refused before memory is taken for them", arguments: [true, false])
    func limit(pointsAreRows: Bool) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("large.h5")
        let file = try H5File.create(path)
        let points = 1 << 31
        // Nothing is written, so that the file is small.
        _ = try file.root.createDataset(
            "Indices", of: UInt32.self, shape: pointsAreRows ? [points, 2] : [2, points],
            chunks: .shape(pointsAreRows ? [1 << 20, 2] : [2, 1 << 20]))
        try file.commit()
        try file.close()
        let opened = try H5File.open(path, options: H5OpenOptions(limits: .untrusted))
        let indices = try opened.dataset("Indices")
        let error = #expect(throws: H5Error.self) {
            _ = try USIDGrid(indices: indices, values: indices, pointsAreRows: pointsAreRows)
        }
        #expect(error?.code == .limitExceeded)
    }
}
