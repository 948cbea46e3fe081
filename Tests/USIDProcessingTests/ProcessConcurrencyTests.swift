import HDF5
import Testing
import USID

@testable import USIDProcessing

/// What ThreadSanitizer watches: many threads that read, compute, write and take checkpoints at once.
@Suite struct ProcessConcurrencyTests {
    @Test(arguments: [[], [.deflate(1)]] as [[H5DatasetFilter]])
    func manyThreadsShareOneRun(filters: [H5DatasetFilter]) throws {
        let scan = try Scan(rows: 40, points: 64, chunkRows: 32, noise)
        let heard = Locked(0)
        let results = try scan.update { main in
            try ProcessRun(
                Statistics(), on: main, memory: .mebibytes(2),
                options: Scan.options(threads: 8, interval: .zero, filters: filters)
            ).perform { _ in heard.withLock { $0 += 1 } }
        }
        #expect(heard.withLock { $0 } > 1)
        let sums = try H5File.open(scan.path).group(results.path).dataset("Sum").read(as: Double.self).elements
        #expect(sums == (0..<640).map { position in 2 * (0..<64).reduce(0.0) { $0 + Double(noise(position, $1)) } })
    }

    @Test func severalRunsReadOneSource() throws {
        let scan = try Scan(rows: 10, points: 64, noise)
        let source = try scan.source()
        let folder = scan.folder
        try WorkerThreads.run(count: 4) { number, _ in
            let target = try H5File.create(folder.path("results-\(number).h5"))
            let results = try ProcessRun(
                Statistics(scale: Double(number)), on: source, options: Scan.options(threads: 2, target: target.root)
            ).perform()
            #expect(results.origin == .computed)
            try target.close()
        }
    }
}
