import Foundation
import HDF5
import Testing

@Suite struct DigestTests {
    @Test("every HDF5 fixture has the content that libhdf5 reads", arguments: Fixtures.names(in: "hdf5"))
    func fixtureMatchesGolden(_ name: String) throws {
        try check("hdf5", name)
    }

    @Test("every USID fixture has the content that libhdf5 reads", arguments: Fixtures.names(in: "usid"))
    func usidFixtureMatchesGolden(_ name: String) throws {
        try check("usid", name)
    }

    @Test("a file in memory has the same digest as on disk")
    func memory() throws {
        let path = Fixtures.hdf5("chunks-hyperslabs-latest.h5")
        let fromDisk = try digest(of: H5File.open(path))
        let fromMemory = try digest(of: H5File.open(bytes: Fixtures.bytes(path)))
        #expect(NSDictionary(dictionary: fromDisk) == NSDictionary(dictionary: fromMemory))
    }

    @Test("the comparison notices a changed byte of data")
    func comparisonCanFail() throws {
        let path = Fixtures.hdf5("storage-layouts-earliest.h5")
        var bytes = try Fixtures.bytes(path)
        let dataset = try H5File.open(path).dataset("contiguous")
        let stored = try dataset.readBytes()
        guard let place = bytes.firstRange(of: stored)?.lowerBound else {
            Issue.record("the data of the fixture is not where it should be")
            return
        }
        bytes[place] ^= 1
        let golden = try #require(try Fixtures.golden("hdf5", "storage-layouts-earliest.h5"))
        #expect(!differences(golden, try digest(of: H5File.open(bytes: bytes))).isEmpty)
    }

    private func check(_ folder: String, _ name: String) throws {
        let golden = try #require(try Fixtures.golden(folder, name))
        let path = Fixtures.root.appendingPathComponent("\(folder)/\(name)").path
        let found = differences(golden, try digest(of: H5File.open(path)))
        #expect(found.isEmpty, "\(name): \(found.prefix(5).joined(separator: "; "))")
    }

    /// What differs between a golden digest and ours; what libhdf5 could not read is not compared.
    private func differences(_ golden: [String: Any], _ ours: [String: Any]) -> [String] {
        var found = compare(golden["superblock"], ours["superblock"], "superblock")
        func byPath(_ digest: [String: Any]) -> [String: [String: Any]] {
            let objects = digest["objects"] as? [[String: Any]] ?? []
            return Dictionary(
                objects.map { ($0["path"] as? String ?? "", $0) }, uniquingKeysWith: { first, _ in first })
        }
        let wanted = byPath(golden)
        let given = byPath(ours)
        for (path, object) in wanted where object["error"] == nil {
            guard let other = given[path] else { found.append("\(path) is missing"); continue }
            found += compare(object, other, path)
        }
        found += given.keys.filter { wanted[$0] == nil }.map { "\($0) is not expected" }
        return found
    }

    private func compare(_ golden: Any?, _ ours: Any?, _ place: String) -> [String] {
        switch (golden, ours) {
        case (nil, _): return []
        case (let golden as [String: Any], let ours as [String: Any]):
            // What libhdf5 could not read is not demanded.
            if golden["error"] != nil || golden["skipped"] != nil { return [] }
            return golden.flatMap { key, value -> [String] in
                if ["preview", "sha256", "vsel", "ssel", "committed"].contains(key) { return [] }
                return compare(value, ours[key], "\(place).\(key)")
            }
        case (let golden as [Any], let ours as [Any]):
            guard golden.count == ours.count else { return ["\(place): \(ours.count) items, not \(golden.count)"] }
            return zip(golden, ours).enumerated().flatMap { compare($1.0, $1.1, "\(place)[\($0)]") }
        case (let golden?, let ours?):
            return (golden as? NSObject) == (ours as? NSObject) ? [] : ["\(place): \(ours), not \(golden)"]
        case (_?, nil): return ["\(place) is missing"]
        }
    }
}
