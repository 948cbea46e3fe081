import Foundation
import HDF5
import Testing

@Suite struct ErrorTests {
    private func code(_ body: () throws -> Void) -> H5Error.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? H5Error)?.code
        }
    }

    private func temporary(_ bytes: [UInt8]) throws -> String {
        let path = NSTemporaryDirectory() + "h5-" + UUID().uuidString
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test("what is not an HDF5 file is said not to be one")
    func notHDF5() throws {
        let text = try temporary(Array("this is a text and nothing else".utf8))
        defer { try? FileManager.default.removeItem(atPath: text) }
        #expect(code { _ = try H5File.open(text) } == .notHDF5)
    }

    @Test("an empty file is said to be empty")
    func empty() throws {
        let path = try temporary([])
        defer { try? FileManager.default.removeItem(atPath: path) }
        let error = #expect(throws: H5Error.self) { try H5File.open(path) }
        #expect(error?.code == .notHDF5)
        #expect(error?.message.contains("empty") == true)
    }

    @Test("a directory and a missing file have errors of their own")
    func pathErrors() throws {
        #expect(code { _ = try H5File.open(NSTemporaryDirectory()) } == .isDirectory)
        #expect(code { _ = try H5File.open("/no such folder/file.h5") } == .noSuchFile)
    }

    @Test("a file without permission is refused", .enabled(if: getuid() != 0))
    func permission() throws {
        let path = try temporary(try Fixtures.bytes(Fixtures.hdf5("storage-layouts-earliest.h5")))
        defer { try? FileManager.default.removeItem(atPath: path) }
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
        #expect(code { _ = try H5File.open(path) } == .permissionDenied)
    }

    @Test("a file that was cut short says how long it should be")
    func cutShort() throws {
        let bytes = try Fixtures.bytes(Fixtures.hdf5("storage-layouts-earliest.h5"))
        let error = #expect(throws: H5Error.self) { try H5File.open(bytes: Array(bytes.dropLast(100))) }
        #expect(error?.code == .truncated)
        #expect(error?.message.contains("\(bytes.count)") == true)
    }

    @Test("a path that does not exist lists what there is")
    func missingPath() throws {
        let file = try H5File.open(Fixtures.hdf5("chunks-hyperslabs-latest.h5"))
        let error = #expect(throws: H5Error.self) { try file.dataset("chunkd") }
        #expect(error?.code == .notFound)
        #expect(error?.description.contains("chunked") == true)
        #expect(code { _ = try file.group("chunked") } == .wrongKind)
        #expect(code { _ = try file.dataset("chunked/inner") } == .wrongKind)
        #expect(code { _ = try file.dataset("chunked").attributes.require("units") } == .notFound)
    }

    @Test("a type that does not convert says what is stored")
    func conversion() throws {
        let file = try H5File.open(Fixtures.hdf5("chunks-hyperslabs-latest.h5"))
        let dataset = try file.dataset("chunked")
        #expect(code { _ = try dataset.read(as: Int8.self) } == .conversion)
        #expect(try dataset.read(as: Int8.self, policy: .clamping).elements.last == 127)
        #expect(code { _ = try dataset.read(field: "r", as: Float.self) } == .wrongKind)
    }

    @Test("numbers are never read row by row, with or without a selection")
    func numbersAreNotRows() throws {
        let dataset = try H5File.open(Fixtures.hdf5("datatypes-strings-earliest.h5")).root.walk().lazy.compactMap {
            if case .dataset(let dataset) = $0, case .string = dataset.datatype.kind { dataset } else { nil }
        }.first
        let strings = try #require(dataset)
        // The message is that of the conversion of numbers; reading as rows would have its own.
        for body in [
            { _ = try strings.read(as: Float.self) }, { _ = try strings.read(as: Float.self, .all) },
        ] as [() throws -> Void] {
            let error = #expect(throws: H5Error.self) { try body() }
            #expect(error?.message.hasSuffix("which cannot be read as Float") == true)
        }
    }

    @Test("a result larger than the limit is refused before anything is allocated")
    func limit() throws {
        let file = try H5File.open(
            bytes: Fixtures.bytes(Fixtures.hdf5("chunks-hyperslabs-latest.h5")), limits: H5Limits(bytesPerCall: 1_000))
        #expect(code { _ = try file.dataset("contiguous").read(as: Int32.self) } == .limitExceeded)
        #expect(try file.dataset("contiguous").read(as: Int32.self, [0, 0, .all]).count == 23)
    }

    @Test("errors name file, object and place in one line")
    func description() {
        let error = H5Error(
            .checksumMismatch, "the checksum is wrong", file: "scan.h5", path: "/Measurement_000", address: 0x1F0)
        #expect(error.description == "scan.h5: /Measurement_000: the checksum is wrong (at offset 0x1f0)")
    }
}
