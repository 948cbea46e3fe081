import Foundation
import HDF5
import Testing

/// The same calls give the same bytes, whatever works on them.
@Suite struct DeterminismTests {
    private func write(_ path: String, _ generation: H5FormatGeneration, threads: Int?) throws -> Data {
        var limits = H5Limits.standard
        limits.threads = threads
        let options = H5CreateOptions(generation: generation, open: H5OpenOptions(limits: limits))
        let file = try H5File.create(path, options: options)
        var random = SeededGenerator(seed: 5)
        let values = (0..<(120 * 200)).map { _ in Float(Int.random(in: 0..<1_000, using: &random)) }
        for (name, filters) in [("plain", []), ("gzip", [.shuffle, .deflate(4)]), ("lzf", [.lzf, .fletcher32])]
            as [(String, [H5DatasetFilter])]
        {
            // Whole chunks and parts of chunks, in one call and row by row.
            let data = try file.root.createDataset(
                name, of: Float.self, shape: [120, 200], maximum: [.unlimited, 200], chunks: [16, 50],
                filters: filters)
            try data.write(values)
            for row in 0..<20 {
                try data.write(Array(values[(row * 200)..<(row * 200 + 170)]), at: [row * 6, 20..<190])
            }
            try data.append(Array(values[0..<2_000]))
        }
        try file.root.createDataset(
            "text", (0..<1_000).map { "text \($0)" }, chunks: .shape([100]), filters: [.deflate(1)])
        try file.commit()
        try file.dataset("gzip").resize(to: [115, 200])
        try file.dataset("gzip").write(values[0..<10_000].map { $0 + 1 }, at: [50..<100, .all])
        try file.commit()
        try file.close()
        return try Data(contentsOf: URL(fileURLWithPath: path))
    }

    @Test(arguments: H5FormatGeneration.allCases)
    func `the bytes of a file do not depend on the number of threads`(generation: H5FormatGeneration) throws {
        let folder = try TemporaryFolder()
        let one = try write(folder.file("1.h5"), generation, threads: 1)
        for threads in [2, 7, nil] {
            let other = try write(folder.file("\(threads ?? 0).h5"), generation, threads: threads)
            #expect(other == one, "\(threads.map(String.init) ?? "all") threads")
        }
        let file = try H5File.open(folder.file("1.h5"))
        try file.copy(to: folder.file("copy 1.h5"))
        var limits = H5Limits.standard
        limits.threads = 7
        try H5File.open(folder.file("1.h5"), options: H5OpenOptions(limits: limits)).copy(to: folder.file("copy 7.h5"))
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: folder.file("copy 1.h5")))
                == Data(contentsOf: URL(fileURLWithPath: folder.file("copy 7.h5"))))
    }
}
