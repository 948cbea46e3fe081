import Testing

@testable import HDF5Format

@Suite struct LocalHeapTests {
    @Test("headers and free blocks keep their values")
    func roundTrip() throws {
        try forGeneratedValues { values in
            let heap = LocalHeap(
                dataSize: values.length(), freeListOffset: values.bool() ? LocalHeap.noFreeBlock : values.length(),
                dataAddress: values.address())
            try expectRoundTrip(heap, values.sizes, { try $0.encode(to: &$1) }) { try LocalHeap(from: &$0) }
            let block = LocalHeapFreeBlock(nextOffset: values.length(), size: values.length())
            try expectRoundTrip(block, values.sizes, { try $0.encode(to: &$1) }) { try LocalHeapFreeBlock(from: &$0) }
        }
    }
}
