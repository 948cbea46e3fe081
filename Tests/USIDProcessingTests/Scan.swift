import Foundation
import HDF5
import USID

@testable import USIDProcessing

/// A folder that is removed with the last reference to it.
final class TemporaryFolder: Sendable {
    private let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("usid-processing-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}

/// A file with one Main that tests process: X × Y positions of spectra over Frequency (and Cycle).
struct Scan {
    static let bookKeeping = USIDBookKeeping(
        timestamp: "2019_03_22-12_00_00", machine: "afm.example.org", platform: "Test 1.0")

    let folder: TemporaryFolder
    let path: String
    let main = "/Measurement_000/Channel_000/Raw_Data"

    /// Writes the file.
    ///
    /// - Parameters:
    ///   - rows: The number of lines; each has 16 positions.
    ///   - chunkRows: The positions of a chunk, which is compressed then; nil for data in one block.
    init<Element: H5Element>(
        rows: Int = 16, points: Int = 24, cycles: Int = 1, chunkRows: Int? = nil, name: String = "scan.h5",
        _ value: (_ position: Int, _ point: Int) -> Element
    ) throws {
        folder = try TemporaryFolder()
        path = folder.path(name)
        let file = try H5File.create(path)
        let channel = try file.createMeasurementGroup(bookKeeping: Self.bookKeeping).createChannelGroup(
            bookKeeping: Self.bookKeeping)
        let count = rows * 16
        let width = points * cycles
        let values = (0..<count * width).map { value($0 / width, $0 % width) }
        var options = USIDWriteOptions(bookKeeping: Self.bookKeeping)
        if let chunkRows {
            options.chunks = .shape([chunkRows, max(1, width / 2)])
            options.filters = [.shuffle, .deflate(4)]
        }
        var spectroscopic = [USIDDimension("Frequency", units: "Hz", values: (0..<points).map { 100 + Double($0) * 5 })]
        if cycles > 1 { spectroscopic.append(USIDDimension("Cycle", units: "", count: cycles)) }
        try USIDDataset.create(
            in: channel, "Raw_Data", quantity: "Response", units: "V",
            positions: .fastestFirst([
                USIDDimension("X", units: "m", values: (0..<16).map { Double($0) * 1e-6 }),
                USIDDimension("Y", units: "m", values: (0..<rows).map { Double($0) * 2e-6 }),
            ]), spectroscopic: .fastestFirst(spectroscopic), values: values, options: options)
        try file.commit()
        try file.close()
    }

    /// Opens the Main for changes, calls `body`, and closes the file.
    func update<R>(_ body: (USIDDataset) throws -> R) throws -> R {
        let file = try H5File.openForUpdate(path)
        defer { try? file.close() }
        return try body(USIDDataset(file.dataset(main)))
    }

    /// The Main, for reading.
    func source() throws -> USIDDataset { try USIDDataset(H5File.open(path).dataset(main)) }

    static func options(
        threads: Int? = nil, target: H5Group? = nil, interval: Duration = .seconds(3600), overrides: Bool = false,
        filters: [H5DatasetFilter] = []
    ) -> ProcessOptions {
        var options = ProcessOptions(
            threads: threads, target: target, checkpointInterval: interval, overridesEarlier: overrides,
            filters: filters, bookKeeping: bookKeeping)
        // Every batch is heard of, so that tests can stop runs where they mean to.
        options.progressInterval = .zero
        return options
    }

    /// The content of a results group without what differs from run to run.
    static func content(of group: H5Group) throws -> String {
        var text = ""
        for name in try group.names().sorted() {
            guard case .dataset(let dataset)? = try group.link(name)?.open() else { continue }
            text += "\(name) \(dataset.shape) \(dataset.datatype) \(XXH64.hash(try dataset.readBytes()))\n"
        }
        for attribute in try group.attributes.all().sorted(by: { $0.name < $1.name }) {
            guard !attribute.name.hasPrefix("source_") else { continue }
            text += "\(attribute.name)=\((try? attribute.values().elements).map { "\($0)" } ?? "?")\n"
        }
        return text
    }
}

/// The same numbers whatever the machine: for data of tests.
func noise(_ position: Int, _ point: Int) -> Float {
    var random = PositionRandomNumbers(seed: 7, position: position * 65_536 + point)
    return Float(random.next() >> 40) / Float(1 << 24)
}

/// Sum and largest value of a spectrum, and the spectrum without its mean.
struct Statistics: USIDProcess {
    let name = "Statistics"
    var version = "1.0"
    var scale = 2.0

    func results(for source: USIDDataset) throws -> [ResultDataset] {
        [
            .perPosition("Sum", quantity: "Sum", units: source.units, of: Double.self),
            .perPosition(
                "Peak", quantity: "Peak", units: source.units, members: ["Value [V]", "Place"], of: Float.self),
            .perPosition(
                "Centred", quantity: source.quantity, units: source.units, of: Float.self, columns: .likeSource),
        ]
    }

    func compute(_ batch: Batch<Float>, into results: inout ResultBatch) throws {
        for (index, spectrum) in batch.enumerated() {
            let sum = spectrum.reduce(0.0) { $0 + Double($1) }
            results[0][index] = scale * sum
            let peak = spectrum.max() ?? 0
            try results[1].set([peak, Float((spectrum.firstIndex(of: peak) ?? 0) - spectrum.startIndex)], at: index)
            let mean = Float(sum / Double(spectrum.count))
            try results[2].withRow(index, as: Float.self) { row in
                for (number, value) in spectrum.enumerated() { row[number] = value - mean }
            }
        }
    }
}
