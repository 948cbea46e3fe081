import Testing

@testable import HDF5

@Suite struct SpaceMapTests {
    @Test func `unused space is what a bit for each byte says it is`() {
        var random = SeededGenerator(seed: 5)
        var map = SpaceMap()
        var free = [Bool](repeating: false, count: 500)
        for _ in 0..<1_000 {
            let start = Int.random(in: 0..<500, using: &random)
            let count = Int.random(in: 0...min(60, 500 - start), using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                map.insert(UInt64(start), UInt64(count))
                for index in start..<(start + count) { free[index] = true }
            case 2:
                map.remove(UInt64(start), UInt64(count))
                for index in start..<(start + count) { free[index] = false }
            default:
                let alignment = UInt64([1, 8, 16].randomElement(using: &random) ?? 1)
                let place = map.allocate(UInt64(count), alignment: alignment)
                guard let place else { continue }
                #expect(place % alignment == 0)
                for index in Int(place)..<(Int(place) + count) {
                    #expect(free[index])
                    free[index] = false
                }
            }
            var bits = [Bool](repeating: false, count: 500)
            var end: UInt64 = 0
            for block in map.blocks {
                #expect(block.start > end || end == 0)
                end = block.end
                for index in Int(block.start)..<Int(block.end) { bits[index] = true }
            }
            #expect(bits == free)
            #expect(map.total == UInt64(free.count { $0 }))
            #expect(map.contains(UInt64(start), UInt64(count)) == free[start..<(start + count)].allSatisfy { $0 })
            let parts = map.intersection(UInt64(start), UInt64(count)).reduce(0) { $0 + $1.count }
            #expect(parts == UInt64(free[start..<(start + count)].count { $0 }))
        }
    }

    @Test func `the smallest block that fits is used`() {
        var map = SpaceMap()
        map.insert(0, 100)
        map.insert(200, 10)
        map.insert(300, 20)
        #expect(map.allocate(9) == 200)
        #expect(map.allocate(15) == 300)
        #expect(map.allocate(50) == 0)
        #expect(map.allocate(60) == nil)
    }
}
