import Testing

@testable import HDF5

@Suite struct BlockCacheTests {
    @Test("a block at the end of a file that grows is read again, as far as the file reaches")
    func growth() throws {
        let file = MemoryFile([1, 2, 3])
        let cache = BlockCache(source: file, capacity: 1 << 20)
        #expect(try cache.block(0) == [1, 2, 3])
        try file.write([4, 5], at: 5)
        #expect(try cache.block(0) == [1, 2, 3, 0, 0, 4, 5])
        try file.resize(to: UInt64(BlockCache.blockSize) + 1)
        #expect(try cache.block(0).count == BlockCache.blockSize)
        #expect(try cache.block(1) == [0])
    }
}
