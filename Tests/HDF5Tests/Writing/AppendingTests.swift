import Testing

@testable import HDF5

/// Elements that are appended a few at a time wait in memory for more, which nobody notices.
@Suite struct AppendingTests {
    @Test(arguments: H5FormatGeneration.allCases, [[], [.shuffle, .deflate(1)]] as [[H5DatasetFilter]])
    func `rows one by one are there at once, whatever else is done between`(
        generation: H5FormatGeneration, filters: [H5DatasetFilter]
    ) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.h5")
        let file = try H5File.create(path, options: H5CreateOptions(generation: generation))
        let log = try file.root.createDataset(
            "log", of: Int32.self, shape: [0, 200], maximum: [.unlimited, 200], chunks: [7, 200], filters: filters)
        var model: [Int32] = []
        // More than is written at once: 1.6 MB.
        for row in 0..<2_000 {
            let values = (0..<200).map { Int32(row * 200 + $0) }
            try log.append(values)
            model += values
            #expect(log.shape == [row + 1, 200])
            switch row {
            case 100, 1_500: #expect(try log.read(as: Int32.self).elements == model)
            case 300:
                try log.write([-1, -2] as [Int32], at: [300, 4..<6])
                model.replaceSubrange((300 * 200 + 4)..<(300 * 200 + 6), with: [-1, -2])
            case 400: try log.setAttribute("row", row)
            case 500: try file.commit()
            case 700:
                try log.resize(to: [701, 200])
                #expect(try file.dataset("log").shape == [701, 200])
            default: break
            }
        }
        // The file can be given up with rows that wait.
        try file.commit()
        try log.append([Int32](repeating: 9, count: 200))
        try file.close()
        let read = try H5File.open(path).dataset("log")
        #expect(read.shape == [2_000, 200])
        #expect(try read.read(as: Int32.self).elements == model)
    }

    @Test func `an append that is refused leaves the dataset as it was`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.h5")
        let file = try H5File.create(path)
        let bytes = try file.root.createDataset(
            "bytes", of: Int8.self, shape: [0, 2], maximum: [.limit(3), 2], chunks: [2, 2])
        try bytes.append([1, 2] as [Int], axis: 0)
        // A number that does not fit, a row that is not whole, an axis that cannot grow by itself.
        #expect(throws: H5Error.self) { try bytes.append([3, 300] as [Int], axis: 0) }
        #expect(throws: H5Error.self) { try bytes.append([3] as [Int8], axis: 0) }
        #expect(throws: H5Error.self) { try bytes.append([3, 4] as [Int8]) }
        #expect(bytes.shape == [1, 2])
        try bytes.append([3, 4, 5, 6] as [Int8], axis: 0)
        #expect(throws: H5Error.self) { try bytes.append([7, 8] as [Int8], axis: 0) }
        #expect(bytes.shape == [3, 2])
        try file.commit()
        #expect(try H5File.open(path).dataset("bytes").read(as: Int8.self).elements == [1, 2, 3, 4, 5, 6])
    }

    @Test func `very many datasets let no more than a bounded number of bytes wait`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.h5")
        let file = try H5File.create(path)
        let editor = try file.writable()
        let logs = try (0..<60).map {
            try file.root.createDataset(
                "\($0)", of: Double.self, shape: [0], maximum: [.unlimited], chunks: [3_000])
        }
        let values = (0..<8_000).map(Double.init)
        for _ in 0..<8 {
            for log in logs {
                try log.append(values)
                #expect(editor.waitingBytes <= FileEditor.mostWaitingBytes)
            }
        }
        try file.root.remove("59")
        try file.commit()
        #expect(editor.waitingBytes == 0)
        for number in 0..<59 {
            let read = try H5File.open(path).dataset("\(number)").read(as: Double.self).elements
            #expect(read == (0..<8).flatMap { _ in values })
        }
    }
}
