import Testing

@testable import HDF5

@Suite struct ChunkCacheTests {
    private func key(_ chunk: UInt64, dataset: UInt64 = 1) -> ChunkCache.Key {
        ChunkCache.Key(dataset: dataset, chunk: chunk)
    }

    @Test("what was used last stays, and no more than the capacity is kept")
    func eviction() {
        let cache = ChunkCache(capacity: 100)
        for chunk in 0..<10 { cache.insert([UInt8](repeating: UInt8(chunk), count: 10), for: key(UInt64(chunk))) }
        #expect(cache.bytes(key(0)) == [UInt8](repeating: 0, count: 10))
        cache.insert([UInt8](repeating: 10, count: 10), for: key(10))
        let kept = (0...10).filter { cache.bytes(key(UInt64($0))) != nil }
        #expect(kept.contains(0) && kept.contains(10))
        #expect(!kept.contains(1))
        #expect(kept.count * 10 <= 100)
    }

    @Test("chunks of different datasets do not meet, and one that is too large is not kept")
    func keys() {
        let cache = ChunkCache(capacity: 100)
        cache.insert([1], for: key(5, dataset: 1))
        cache.insert([2], for: key(5, dataset: 2))
        #expect(cache.bytes(key(5, dataset: 1)) == [1])
        #expect(cache.bytes(key(5, dataset: 2)) == [2])
        cache.insert([UInt8](repeating: 0, count: 101), for: key(7))
        #expect(cache.bytes(key(7)) == nil)
        #expect(cache.bytes(key(5, dataset: 1)) == [1])
    }

    @Test("rows read one by one are those of one reading, whatever the cache holds", arguments: [0, 1_000, 1 << 20])
    func rows(capacity: Int) throws {
        var limits = H5Limits.standard
        limits.chunkCache = capacity
        for name in ["filters-common-latest.h5", "filters-numeric-earliest.h5", "chunks-edges-earliest.h5"] {
            let file = try H5File.open(Fixtures.hdf5(name), options: H5OpenOptions(limits: limits))
            for object in try file.root.walk() {
                guard case .dataset(let dataset) = object, dataset.shape.count >= 1, dataset.shape[0] < 200,
                    let whole = try? dataset.readBytes()
                else { continue }
                for _ in 0..<2 {
                    var rows: [UInt8] = []
                    for row in 0..<dataset.shape[0] {
                        rows += try dataset.readBytes(
                            .axes([.index(row)] + dataset.shape.dropFirst().map { _ in .whole }))
                    }
                    #expect(rows == whole, "\(name) \(dataset.path)")
                }
            }
        }
    }

    @Test("chunks are kept from the second call on that takes parts of them")
    func secondCall() throws {
        let file = try H5File.open(Fixtures.hdf5("filters-common-latest.h5"))
        let cache = file.context.storage.chunkCache
        let dataset = try #require(
            try file.root.walk().lazy.compactMap { object -> H5Dataset? in
                if case .dataset(let dataset) = object, dataset.chunkShape != nil, !dataset.filters.isEmpty,
                    dataset.shape.count == 2
                {
                    return dataset
                }
                return nil
            }.first)
        let row = H5Selection.axes([.index(0), .whole])
        let first = try dataset.readBytes(row)
        #expect(cache.count == 0)
        #expect(try dataset.readBytes(row) == first)
        let kept = cache.count
        #expect(kept > 0)
        #expect(try dataset.readBytes(row) == first)
        #expect(cache.count == kept)
    }
}
