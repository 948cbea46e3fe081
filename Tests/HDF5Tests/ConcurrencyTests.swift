import Foundation
import HDF5
import Testing

@Suite struct ConcurrencyTests {
    @Test("eight threads read one file at once and see the same")
    func eightThreads() async throws {
        let names = ["chunks-hyperslabs-earliest.h5", "chunks-hyperslabs-latest.h5", "attributes-many-latest.h5"]
        for name in names {
            let file = try H5File.open(Fixtures.hdf5(name))
            let expected = try contents(of: file)
            let shared = try H5File.open(Fixtures.hdf5(name))
            let results = try await withThrowingTaskGroup(of: [String: [UInt8]].self) { group in
                for _ in 0..<8 { group.addTask { try contents(of: shared) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results.count == 8)
            for result in results { #expect(result == expected) }
        }
    }

    @Test("one dataset is read by eight threads at different places")
    func oneDataset() async throws {
        let dataset = try H5File.open(Fixtures.hdf5("chunks-hyperslabs-latest.h5")).dataset("chunked")
        let sums = try await withThrowingTaskGroup(of: Int.self) { group in
            for thread in 0..<8 {
                group.addTask {
                    var sum = 0
                    for row in 0..<17 where row % 8 == thread {
                        sum += try dataset.read(as: Int.self, [row, .all, .all]).elements.reduce(0, +)
                    }
                    return sum
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sums == (0..<(17 * 19 * 23)).reduce(0, +))
    }

    private func contents(of file: H5File) throws -> [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        for object in try file.root.walk() {
            if case .dataset(let dataset) = object { contents[dataset.path] = try dataset.readBytes() }
            if case .group(let group) = object {
                for attribute in try group.attributes.all() {
                    contents[group.path + "@" + attribute.name] = attribute.storedBytes
                }
            }
        }
        return contents
    }
}
