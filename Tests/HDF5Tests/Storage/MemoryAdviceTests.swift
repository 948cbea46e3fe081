import Testing

@testable import HDF5

/// What the system is told of memory changes neither results nor what they may cost.
@Suite struct MemoryAdviceTests {
    @Test(
        "a capacity is never too small, nor an eighth too large, and small arrays get what they ask for",
        arguments: [1, 4, 8, 16, 24, 1_024, 4_096])
    func capacity(_ stride: Int) {
        for bytes in [0, 1, 4_095, (4 << 20) - stride, 4 << 20, 5 << 20, 8_000_000, 38_000_000, 256 << 20, 1 << 40] {
            let count = bytes / stride
            let capacity = LargePages.capacity(count, stride: stride)
            #expect(capacity >= count)
            #expect((capacity - count) * stride <= bytes / 8)
            if count * stride < 4 << 20 { #expect(capacity == count) }
        }
        for count in [Int.max, Int.max / 2, Int.max / 8] {
            #expect(LargePages.capacity(count, stride: stride) >= count)
        }
    }

    #if os(Linux)
    @Test("with its headers, a large array takes a number of large pages")
    func multiples() {
        for (count, stride) in [(8_000_000, 1), (2_000_000, 4), (38_000_000, 1), (1_000_000, 16)] {
            let bytes = LargePages.capacity(count, stride: stride) * stride + 48
            #expect(bytes % (2 << 20) == 0 || (2 << 20) - bytes % (2 << 20) < stride)
        }
    }
    #endif

    @Test("room can be asked for whatever a file states, and what was asked for before is used first")
    func room() {
        var allocations = SmallAllocations()
        for count in [0, -1, Int.min, 5 << 20, 1, Int.max, 3 << 20] {
            allocations.makeRoom(for: count, of: count &* 8)
            allocations.makeRoom(for: count, of: 0)
        }
    }
}
