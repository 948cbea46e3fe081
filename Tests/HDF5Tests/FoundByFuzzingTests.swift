import Foundation
import HDF5
import Testing

/// Inputs that once broke the reader, found by fuzzing; `Fixtures/found` keeps them.
@Suite struct FoundByFuzzingTests {
    static let names =
        ((try? FileManager.default.contentsOfDirectory(atPath: Fixtures.root.appendingPathComponent("found").path))
        ?? [])
        .sorted()

    @Test("inputs that once broke the reader give an error or data within the limits", arguments: names)
    func found(_ name: String) throws {
        let bytes = try Fixtures.bytes(Fixtures.root.appendingPathComponent("found/\(name)").path)
        let limits = H5Limits(bytesPerCall: 4 << 20, linkHops: 4, objectsPerWalk: 2_000, nestingDepth: 6)
        guard let file = try? H5File.open(bytes: bytes, limits: limits) else { return }
        _ = try? readEverything(file)
        for object in (try? file.root.walk()).map(Array.init) ?? [] {
            guard case .dataset(let dataset) = object else { continue }
            _ = try? dataset.read(as: Float.self, policy: .rounding)
            _ = try? dataset.readStrings()
            if case .compound(let members) = dataset.datatype.kind, let member = members.first {
                _ = try? dataset.read(field: member.name, as: Double.self, policy: .clamping)
            }
        }
        try? H5Digest(of: file).write { _ in }
    }

    @Test("one element larger than the limit is refused, however few elements there are")
    func hugeElement() throws {
        let bytes = try Fixtures.bytes(Fixtures.root.appendingPathComponent("found/element-of-four-gigabytes.h5").path)
        let file = try H5File.open(bytes: bytes, limits: H5Limits(bytesPerCall: 4 << 20))
        let huge = try file.root.walk().compactMap { object -> H5Dataset? in
            guard case .dataset(let dataset) = object, dataset.datatype.size > 4 << 20 else { return nil }
            return dataset
        }
        #expect(!huge.isEmpty)
        for dataset in huge {
            let error = #expect(throws: H5Error.self) { try dataset.read(as: Float.self, policy: .rounding) }
            #expect(error?.code == .limitExceeded)
        }
    }

    @Test(
        "an index of chunks that contradicts itself is refused, so that nothing is given out that was never filled",
        arguments: [
            ("chunk-listed-twice.h5", "two levels filtered"), ("chunk-records-out-of-order.h5", "tree"),
            ("unfiltered-chunk-cut-short.h5", "tree"), ("chunk-record-outside-its-leaf.h5", "two levels filtered"),
        ])
    func contradictoryIndex(_ name: String, _ path: String) throws {
        let file = try H5File.open(Fixtures.root.appendingPathComponent("found/\(name)").path)
        let dataset = try file.dataset(path)
        let error = #expect(throws: H5Error.self) { try dataset.readBytes() }
        #expect(error?.code == .damaged)
    }

    @Test("the folder of findings is there")
    func folder() { #expect(!Self.names.isEmpty) }
}
