import Foundation
import HDF5

@testable import USID

/// Files that tests write.
enum Written {
    /// Book-keeping that is the same every time.
    static let bookKeeping = USIDBookKeeping(
        timestamp: "2019_03_22-12_00_00", machine: "afm.example.org", platform: "Test 1.0")

    static func options(
        _ profile: USIDProfile = .pyUSID2020, chunks: H5ChunkShape? = nil, filters: [H5DatasetFilter] = []
    ) -> USIDWriteOptions {
        USIDWriteOptions(profile: profile, chunks: chunks, filters: filters, bookKeeping: bookKeeping)
    }

    /// Writes a file, commits it, and gives `read` what is on the disk then.
    @discardableResult
    static func file<Result>(
        _ write: (H5File) throws -> Void, read: (H5File, [UInt8]) throws -> Result
    ) throws -> Result {
        let folder = try TemporaryFolder()
        let path = folder.path("written.h5")
        let file = try H5File.create(path)
        try write(file)
        try file.commit()
        try file.close()
        return try read(H5File.open(path), [UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
    }

    /// The next channel group, in the first measurement group or a new one.
    static func channel(_ file: H5File) throws -> H5Group {
        let measurement =
            try file.root.contains("Measurement_000")
            ? try file.root.group("Measurement_000") : try file.createMeasurementGroup(bookKeeping: bookKeeping)
        return try measurement.createChannelGroup(bookKeeping: bookKeeping)
    }

    /// A dimension of random values that single precision holds.
    static func dimension(_ label: String, size: Int, using generator: inout SeededGenerator) -> USIDDimension {
        let start = Double(Int.random(in: -100...100, using: &generator)) / 4
        let step = Double(Int.random(in: 1...9, using: &generator)) / 8
        return USIDDimension(label, units: "u\(label)", values: (0..<size).map { start + step * Double($0) })
    }
}

/// A folder that is removed with the last reference to it.
final class TemporaryFolder: Sendable {
    private let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("usid-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}
