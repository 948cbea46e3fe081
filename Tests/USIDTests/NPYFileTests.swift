import ComplexModule
import Foundation
import RealModule
import Testing

@testable import USID

@Suite("Reading arrays of NumPy")
struct NPYFileTests {
    private static let folder = Fixtures.folder.deletingLastPathComponent().appendingPathComponent("arrays")

    struct Golden: Decodable, Sendable {
        let shape: [Int]
        let type: String
        let crc32: String
    }

    private static let golden: [String: Golden] = {
        guard let data = try? Data(contentsOf: folder.appendingPathComponent("golden.json")) else { return [:] }
        return (try? JSONDecoder().decode([String: Golden].self, from: data)) ?? [:]
    }()

    private static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
    }

    @Test("every array has the elements that NumPy wrote", arguments: golden.keys.sorted())
    func elements(name: String) throws {
        let golden = try #require(Self.golden[name])
        let array = try NPYFile(path: Self.folder.appendingPathComponent(name).path)
        #expect(array.shape == golden.shape)
        let (type, bytes) = array.elements.littleEndian
        #expect(type == golden.type)
        #expect(crc32(bytes) == golden.crc32)
    }

    @Test("there are arrays of every type to read")
    func fixtures() { #expect(Self.golden.count == 43) }

    @Test("elements that are no numbers are refused with a reason", arguments: ["structured.npy", "text.npy"])
    func refused(name: String) throws {
        do {
            _ = try NPYFile(path: Self.folder.appendingPathComponent(name).path)
            Issue.record("elements that are no numbers were read")
        } catch let error as USIDError {
            #expect(error.code == .unsupportedFile)
            #expect(error.message.contains("save"))
        }
    }

    @Test("a shape that the bytes do not fill is refused before memory is taken")
    func lyingShape() throws {
        let text = try String(decoding: Self.bytes("f8-little.npy"), as: UTF8.self)
        #expect(text.contains("(3, 4, 2)"))
        var bytes = try Self.bytes("f8-little.npy")
        let place = try #require(bytes.indices.first { bytes[$0...].starts(with: "(3, 4, 2)".utf8) })
        for (shape, code) in [
            ("(9, 9, 9)", USIDError.Code.damagedFile), ("(9999999,)", .damagedFile), ("(99999999", .damagedFile),
        ] {
            bytes.replaceSubrange(place..<(place + 9), with: Array(shape.utf8).prefix(9) + [])
            let damaged = bytes
            do {
                _ = try NPYFile(bytes: damaged)
                Issue.record("\(shape) was read")
            } catch let error as USIDError {
                #expect(error.code == code, "\(shape): \(error)")
            }
            bytes = try Self.bytes("f8-little.npy")
        }
        #expect(throws: USIDError.self) {
            try NPYFile(path: Self.folder.appendingPathComponent("f8-little.npy").path, limit: 100)
        }
    }

    @Test("arrays that were cut or changed are read or are errors, and crash nothing", arguments: golden.keys.sorted())
    func damaged(name: String) throws {
        let bytes = try Self.bytes(name)
        var generator = SeededGenerator(seed: UInt64(bytes.count))
        for round in 0..<60 {
            var damaged = bytes
            if round % 3 == 0 {
                damaged.removeLast(Int.random(in: 1...bytes.count, using: &generator))
            } else {
                for _ in 0..<Int.random(in: 1...3, using: &generator) {
                    let place = Int.random(in: 0..<min(80, bytes.count), using: &generator)
                    damaged[place] =
                        round % 3 == 1
                        ? .random(in: 0...255, using: &generator)
                        : Array("0123456789(),:'{}<>fiuc".utf8).randomElement(using: &generator) ?? 0
                }
            }
            do {
                _ = try NPYFile(bytes: damaged, name: "damaged", limit: 1 << 20)
            } catch let error as USIDError {
                #expect([.damagedFile, .unsupportedFile, .tooLarge].contains(error.code), "\(error)")
            } catch {
                Issue.record("\(name), round \(round): \(error)")
            }
        }
    }
}

extension ArrayElements {
    /// NumPy's name of the type, and the elements as little-endian bytes.
    fileprivate var littleEndian: (type: String, bytes: [UInt8]) {
        func bytes<Value: FixedWidthInteger>(_ values: [Value]) -> [UInt8] {
            var result: [UInt8] = []
            for value in values {
                for part in 0..<(Value.bitWidth / 8) { result.append(UInt8(truncatingIfNeeded: value >> (8 * part))) }
            }
            return result
        }
        return switch self {
        case .boolean(let values): ("boolean", values.map { $0 ? 1 : 0 })
        case .int8(let values): ("int8", bytes(values))
        case .int16(let values): ("int16", bytes(values))
        case .int32(let values): ("int32", bytes(values))
        case .int64(let values): ("int64", bytes(values))
        case .uint8(let values): ("uint8", values)
        case .uint16(let values): ("uint16", bytes(values))
        case .uint32(let values): ("uint32", bytes(values))
        case .uint64(let values): ("uint64", bytes(values))
        case .float32(let values): ("float32", bytes(values.map(\.bitPattern)))
        case .float64(let values): ("float64", bytes(values.map(\.bitPattern)))
        case .complex64(let values):
            ("complex64", bytes(values.flatMap { [$0.real.bitPattern, $0.imaginary.bitPattern] }))
        case .complex128(let values):
            ("complex128", bytes(values.flatMap { [$0.real.bitPattern, $0.imaginary.bitPattern] }))
        }
    }
}
