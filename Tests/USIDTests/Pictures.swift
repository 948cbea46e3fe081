import Foundation

@testable import USID

/// The pictures of the package and what is in each.
enum Pictures {
    static let folder = Fixtures.folder.deletingLastPathComponent().appendingPathComponent("images")

    /// What is known of one picture of a file.
    struct Golden: Decodable, Sendable {
        let width: Int
        let height: Int
        let channels: Int
        let type: String
        let bits: Int
        let crc32: String
    }

    static let golden: [String: [Golden]] = {
        guard let data = try? Data(contentsOf: folder.appendingPathComponent("golden.json")) else { return [:] }
        return (try? JSONDecoder().decode([String: [Golden]].self, from: data)) ?? [:]
    }()

    static let names = golden.keys.sorted()

    static func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
    }
}

extension RasterElements {
    /// The elements as little-endian bytes.
    var littleEndianBytes: [UInt8] {
        func bytes<Value: FixedWidthInteger>(_ values: [Value]) -> [UInt8] {
            var result: [UInt8] = []
            for value in values {
                for part in 0..<(Value.bitWidth / 8) { result.append(UInt8(truncatingIfNeeded: value >> (8 * part))) }
            }
            return result
        }
        return switch self {
        case .uint8(let values): values
        case .uint16(let values): bytes(values)
        case .uint32(let values): bytes(values)
        case .int8(let values): bytes(values)
        case .int16(let values): bytes(values)
        case .int32(let values): bytes(values)
        case .float32(let values): bytes(values.map(\.bitPattern))
        case .float64(let values): bytes(values.map(\.bitPattern))
        }
    }
}
