import Foundation
import HDF5
import Testing

@testable import USID

/// The h5USID files of the package and what is known about them.
enum Fixtures {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/usid")

    static func open(_ name: String) throws -> H5File {
        try H5File.open(folder.appendingPathComponent(name).path)
    }

    /// The only Main of a file, or the one at a path.
    static func main(_ name: String, _ path: String = "/Measurement_000/Channel_000/Raw_Data") throws -> USIDDataset {
        try USIDDataset(try open(name).dataset(path))
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
    }

    static func validate(_ name: String) throws -> USIDReport { try USIDValidator().validate(try open(name)) }

    /// One file of `rules.json`.
    struct Entry: Decodable, Sendable, CustomTestStringConvertible {
        let file: String
        let valid: Bool
        let rule: String?
        let checkIfMain: [String: Verdict]

        var testDescription: String { file }

        /// The rule as this project cites it: `R05` is `R5`.
        var citedRule: USIDRule {
            USIDRule(rawValue: (rule ?? "").replacingOccurrences(of: "R0", with: "R"))
        }
    }

    /// What pyUSID's `check_if_main` says: yes, no, or the name of the error that it lets escape.
    enum Verdict: Decodable, Sendable, Equatable {
        case isMain(Bool)
        case raises(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let answer = try? container.decode(Bool.self) {
                self = .isMain(answer)
            } else {
                self = .raises(try container.decode(String.self))
            }
        }
    }

    static let entries: [Entry] = {
        guard let data = try? Data(contentsOf: folder.appendingPathComponent("rules.json")) else { return [] }
        return (try? JSONDecoder().decode([Entry].self, from: data)) ?? []
    }()

    /// What a golden file says of the Mains of a file.
    struct Golden: Decodable {
        struct Side: Decodable {
            let labels: [String]
            let units: [String]
            let sizes: [Int]
            let fastestFirst: [String]
            let raster: Bool
            let unitValues: [[Double]?]
        }

        struct Main: Decodable {
            let quantity: String
            let units: String
            let positions: Side
            let spectroscopic: Side
            let reasons: [String]?
            let labels: [String]?
            let shape: [Int]?
            let nbytes: Int?
            let crc32: String?
        }

        let mains: [String: Main]
    }

    static func golden(_ file: String) throws -> Golden? {
        let url = folder.appendingPathComponent("golden/" + file.dropLast(3) + ".ndim.json")
        guard let data = try? Data(contentsOf: url) else { return nil }
        return try JSONDecoder().decode(Golden.self, from: data)
    }
}
