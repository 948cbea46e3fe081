import Testing

@testable import HDF5Format

@Suite struct FreeSpaceManagerTests {
    /// The manager of a fractal heap of 300 links, as libhdf5 2.0.0 wrote it.
    private static let written: [UInt8] = {
        let digits =
            Array(
                "465348440000ea000000000000000a000000000000000a0000000000000000000000000000000400500078002000000001000000000015ae"
                    .utf8
            ) + Array("0000000000004f000000000000004f000000000000008f7a88ec".utf8)
        return stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)
        }
    }()

    @Test("what libhdf5 wrote is read and written as it was")
    func realBytes() throws {
        let manager = try decodeAll(Self.written, FieldSizes()) { try FreeSpaceManager(from: &$0) }
        #expect(Self.written.count == FreeSpaceManager.size(FieldSizes()))
        #expect(manager.client == 0)
        #expect(manager.sectionCount == 10)
        #expect(manager.addressBits == 32)
        #expect(manager.maximumSectionSize == 65_536)
        #expect(manager.allocatedListSize == 79)
        try expectRoundTrip(manager, FieldSizes(), { try $0.encode(to: &$1) }) { try FreeSpaceManager(from: &$0) }
        #expect(try encoded(FieldSizes()) { try manager.encode(to: &$0) } == Self.written)
    }

    @Test("managers keep their values at all widths")
    func roundTrip() throws {
        var manager = try decodeAll(Self.written, FieldSizes()) { try FreeSpaceManager(from: &$0) }
        try forGeneratedValues { values in
            manager.client = values.uint8()
            manager.totalSpace = values.length()
            manager.sectionCount = values.length()
            manager.storedSectionCount = values.length()
            manager.unstoredSectionCount = values.length()
            manager.classCount = values.uint16()
            manager.addressBits = values.uint16()
            manager.maximumSectionSize = values.length()
            manager.listAddress = values.optionalAddress()
            manager.listSize = values.length()
            manager.allocatedListSize = values.length()
            try expectRoundTrip(manager, values.sizes, { try $0.encode(to: &$1) }) { try FreeSpaceManager(from: &$0) }
        }
    }
}
