import Foundation
import Testing

@testable import HDF5

@Suite struct InPlaceWriterTests {
    /// A file with a dataset that has its place from the start, of which nothing is written.
    private func made(
        _ generation: H5FormatGeneration, _ body: (H5File, H5Dataset, String) throws -> Void
    ) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("in-place-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("a.h5").path
        let file = try H5File.create(path, options: H5CreateOptions(generation: generation, userBlockSize: 512))
        let dataset = try file.root.createDataset(
            "data", datatype: .float32, dataspace: .simple([100, 30]),
            options: H5DatasetOptions(fillValue: H5FillValue(status: .default, allocationTime: .early)))
        try file.root.createDataset("beside", [1, 2, 3] as [Int32])
        try file.commit()
        try body(file, dataset, path)
        try file.close()
    }

    @Test(arguments: H5FormatGeneration.allCases)
    func aDatasetWithSpaceFromTheStartIsWrittenWhereItLies(generation: H5FormatGeneration) throws {
        try made(generation) { file, dataset, path in
            let block = try #require(dataset.block)
            #expect(block.byteCount == 12_000)
            #expect(block.offset >= 512)
            #expect(try H5File.open(path).dataset("data").read(as: Float.self).elements.allSatisfy { $0 == 0 })
            let row = (0..<30).map { Float($0) + 0.5 }
            let writer = try InPlaceWriter(file)
            try writer.reserve(block)
            try writer.write(row.span.bytes, at: block.offset + 7 * 120)
            // Another process, or this one by the path, writes beside it at the same time.
            let other = try InPlaceWriter(path: path)
            try other.write(row.span.bytes, at: block.offset + 99 * 120)
            try other.synchronize()
            try writer.synchronize()
            // Without a commit both have it, and a commit of something else changes nothing of it.
            for step in 0..<2 {
                for found in [dataset, try H5File.open(path).dataset("data")] {
                    let rows = try found.read(as: Float.self).elements
                    #expect(Array(rows[7 * 30..<8 * 30]) == row)
                    #expect(Array(rows[99 * 30..<100 * 30]) == row)
                    #expect(rows.count { $0 != 0 } == 60)
                }
                guard step == 0 else { continue }
                try file.dataset("beside").write([4, 5, 6] as [Int32])
                try file.commit()
            }
        }
    }

    @Test func whatIsNotCommittedCannotBeWrittenInPlace() throws {
        try made(.v1_8) { file, dataset, _ in
            let block = try #require(dataset.block)
            let writer = try InPlaceWriter(file)
            let row = [Float](repeating: 1, count: 30)
            #expect(throws: H5Error.self) { try writer.write(row.span.bytes, at: UInt64(file.size)) }
            // A change that waits for its commit would undo, or be undone.
            try dataset.write(row, at: .axes([.range(lower: 3, upper: 4, stride: 1), .whole]))
            #expect(throws: H5Error.self) { try writer.write(row.span.bytes, at: block.offset) }
            try file.commit()
            try writer.write(row.span.bytes, at: block.offset)
            let readOnly = try H5File.open(bytes: [UInt8](Data(contentsOf: URL(fileURLWithPath: file.path ?? ""))))
            #expect(throws: H5Error.self) { try InPlaceWriter(readOnly) }
        }
    }
}
