import Benchmark
import HDF5
import HDF5Filters

/// Single steps of reading, each on data in memory: filters, metadata, indexes, conversion.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration.metrics = [.wallClock, .throughput]
    Benchmark.defaultConfiguration.maxDuration = .seconds(1)
    filterBenchmarks()
    metadataBenchmarks()
    indexBenchmarks()
    conversionBenchmarks()
}

/// Decoding one MiB of samples with each filter.
@Sendable private func filterBenchmarks() {
    // Client values as libhdf5 stores them: szip's options, pixels per block, bits per pixel, pixels per scanline.
    let filters: [(UInt16, [UInt32])] = [
        (1, [4]), (2, [4]), (3, []), (4, [141, 32, 32, 256]), (32_000, [4, 0, 1 << 20]),
    ]
    for (identifier, clientValues) in filters {
        guard let filter = BuiltInFilters.filter(identifier) else { continue }
        Benchmark("decode 1 MiB, \(filter.name)") { benchmark in
            let stored = try Inputs.encoded(by: identifier, clientValues)
            guard !stored.isEmpty else { throw H5Error(.missingFilter, "\(filter.name) declined the samples") }
            var output = [UInt8](repeating: 0, count: Inputs.samples.count + 4)
            let workspace = FilterWorkspace()
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations {
                var span = output.mutableSpan
                var bytes = span.mutableBytes
                blackHole(
                    try filter.decode(
                        stored.span.bytes, into: &bytes, clientValues: clientValues, workspace: workspace))
            }
            benchmark.stopMeasurement()
        }
    }
}

/// The cursor at work: opening files and going through all that their headers say.
@Sendable private func metadataBenchmarks() {
    for name in ["groups-many-links-earliest.h5", "groups-many-links-latest.h5", "attributes-many-latest.h5"] {
        Benchmark("open and walk \(name)") { benchmark in
            let bytes = Inputs.fixture(name)
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations {
                var count = 0
                for _ in try H5File.open(bytes: bytes).root.walk() { count += 1 }
                blackHole(count)
            }
            benchmark.stopMeasurement()
        }
    }
}

/// Finding one thing through an index: a name in a group, a chunk of a dataset.
@Sendable private func indexBenchmarks() {
    for name in ["groups-many-links-earliest.h5", "groups-many-links-latest.h5"] {
        Benchmark("find a link in \(name)") { benchmark in
            let group = try largestGroup(of: try H5File.open(bytes: Inputs.fixture(name)))
            let names = try group.names()
            benchmark.startMeasurement()
            for iteration in benchmark.scaledIterations {
                blackHole(try group.link(names[iteration % names.count]))
            }
            benchmark.stopMeasurement()
        }
    }
    for name in ["chunks-tree-earliest.h5", "chunks-tree2-latest.h5", "chunks-fixed-array-pages-latest.h5"] {
        Benchmark("read one row through \(name)") { benchmark in
            let file = try H5File.open(bytes: Inputs.fixture(name))
            guard let dataset = try largestDataset(of: file) else { return }
            let rest: [H5AxisSelection] = dataset.shape.dropFirst().map { _ in .whole }
            benchmark.startMeasurement()
            for iteration in benchmark.scaledIterations {
                blackHole(try dataset.readBytes(.axes([.index(iteration % dataset.shape[0])] + rest)))
            }
            benchmark.stopMeasurement()
        }
    }
}

/// Stored numbers as numbers of another type.
@Sendable private func conversionBenchmarks() {
    Benchmark("7,429 Int32 as Double") { benchmark in
        let dataset = try H5File.open(bytes: Inputs.fixture("chunks-hyperslabs-latest.h5")).dataset("contiguous")
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(try dataset.read(as: Double.self)) }
        benchmark.stopMeasurement()
    }
    Benchmark("7,429 Int32 as they are") { benchmark in
        let dataset = try H5File.open(bytes: Inputs.fixture("chunks-hyperslabs-latest.h5")).dataset("contiguous")
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(try dataset.read(as: Int32.self)) }
        benchmark.stopMeasurement()
    }
}

private func largestGroup(of file: H5File) throws -> H5Group {
    var largest = try file.root
    for case .group(let group) in try file.root.walk() where try group.count > largest.count { largest = group }
    return largest
}

private func largestDataset(of file: H5File) throws -> H5Dataset? {
    var largest: H5Dataset?
    for case .dataset(let dataset) in try file.root.walk() where dataset.count > largest?.count ?? 0 {
        largest = dataset
    }
    return largest
}
