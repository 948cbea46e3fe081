import Foundation
import HDF5
import Testing

/// Files that lie in several files; `Fixtures/scripts/hdf5_drivers.py` says what they hold.
@Suite struct FileSetTests {
    private func path(_ name: String) -> String { Fixtures.hdf5("sets/\(name)") }

    private func check(_ file: H5File) throws {
        #expect(try file.dataset("counting").read(as: Int.self).elements == Array(0..<3_000))
        #expect(try file.dataset("packed").read(as: Double.self).elements == (0..<2_000).map(Double.init))
        #expect(try file.group("group").attribute("text") == "across members")
    }

    @Test("a family opens by its pattern and by its first member", arguments: ["earliest", "latest"])
    func family(_ format: String) throws {
        try check(H5File.open(path("family-\(format)-%03d.h5")))
        try check(H5File.open(path("family-\(format)-000.h5")))
    }

    @Test("a split file opens by the member with its metadata", arguments: ["earliest", "latest"])
    func split(_ format: String) throws {
        try check(H5File.open(path("split-\(format)-m.h5")))
    }

    @Test("a set with a missing member is refused or says what is missing")
    func missingMember() throws {
        let folder = NSTemporaryDirectory() + "h5-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for member in ["family-earliest-000.h5", "family-earliest-001.h5", "split-earliest-m.h5"] {
            try FileManager.default.copyItem(atPath: path(member), toPath: folder + "/" + member)
        }
        let family = #expect(throws: H5Error.self) { try H5File.open(folder + "/family-earliest-%03d.h5") }
        #expect(family?.code == .truncated)
        let split = #expect(throws: H5Error.self) { try H5File.open(folder + "/split-earliest-m.h5") }
        #expect(split?.code == .noSuchFile)
    }
}
