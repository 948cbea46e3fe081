import Testing

@testable import USID

@Suite("Damaged pictures")
struct RasterDamageTests {
    /// Reads all of a file; what cannot be read must be a `USIDError` about the file.
    private func read(_ bytes: [UInt8], _ what: @autoclosure () -> String) {
        do {
            let file = try RasterFile(bytes: bytes, name: "damaged", limit: 8 << 20)
            for page in 0..<min(file.pageCount, 8) { _ = try file.image(page: page) }
        } catch let error as USIDError {
            let codes: [USIDError.Code] = [.damagedFile, .unsupportedFile, .tooLarge]
            #expect(codes.contains(error.code), "\(what()): \(error)")
            #expect(error.path == "damaged", "\(what()): \(error)")
        } catch {
            Issue.record("\(what()): \(error)")
        }
    }

    @Test("pictures that were cut short are errors, and crash nothing", arguments: Pictures.names)
    func cut(name: String) throws {
        let bytes = try Pictures.bytes(name)
        var generator = SeededGenerator(seed: UInt64(bytes.count))
        for _ in 0..<12 {
            let count = Int.random(in: 0..<bytes.count, using: &generator)
            read(Array(bytes[..<count]), "\(name) cut to \(count)")
        }
    }

    @Test("pictures with changed bytes are read or are errors, and crash nothing", arguments: Pictures.names)
    func changed(name: String) throws {
        let bytes = try Pictures.bytes(name)
        var generator = SeededGenerator(seed: UInt64(bytes.count) + 7)
        for round in 0..<24 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                // Most of what matters lies in the first and the last bytes.
                let place =
                    switch round % 3 {
                    case 0: Int.random(in: 0..<min(bytes.count, 100), using: &generator)
                    case 1: Int.random(in: max(0, bytes.count - 250)..<bytes.count, using: &generator)
                    default: Int.random(in: 0..<bytes.count, using: &generator)
                    }
                damaged[place] = Bool.random(using: &generator) ? .random(in: 0...255, using: &generator) : 0xFF
            }
            read(damaged, "\(name), round \(round)")
            if name.hasSuffix(".png") { read(PNGDamage.signed(damaged), "\(name) with checksums, round \(round)") }
        }
    }
}
