import Testing

@testable import HDF5Format

@Suite struct SuperblockTests {
    @Test("superblocks of all versions keep their values")
    func roundTrip() throws {
        try forGeneratedValues { values in
            for version in UInt8(0)...3 {
                var block = Superblock(
                    version: version, sizes: values.sizes, baseAddress: values.address(), endOfFile: values.address(),
                    rootHeaderAddress: values.address())
                if version < 2 {
                    block = Superblock(
                        version: version, sizes: values.sizes, baseAddress: values.address(),
                        endOfFile: values.address(), rootHeaderAddress: values.address(),
                        consistencyFlags: values.uint32(), groupLeafK: values.uint16() | 1,
                        groupInternalK: values.uint16() | 1, chunkInternalK: version == 0 ? 32 : values.uint16() | 1,
                        driverInformationAddress: values.optionalAddress(),
                        rootCache: values.bool() ? .none : .group(btree: values.address(), heap: values.address()))
                } else {
                    block.extensionAddress = values.optionalAddress()
                    block.consistencyFlags = UInt32(values.uint8())
                }
                try expectRoundTrip(block, values.sizes, { try $0.encode(to: &$1) }) { try Superblock(from: &$0) }
            }
        }
    }

    @Test("the superblock of an h5py file is given back")
    func bytes() throws {
        let ones = "ff ff ff ff ff ff ff ff "
        let zeros = "00 00 00 00 00 00 00 00 "
        try expectBytes(
            "89 48 44 46 0d 0a 1a 0a 00 00 00 00 00 08 08 00 04 00 10 00 00 00 00 00 " + zeros + ones
                + "04 08 00 00 00 00 00 00 " + ones + zeros + "60 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 "
                + "88 00 00 00 00 00 00 00 a8 02 00 00 00 00 00 00",
            { try Superblock(from: &$0) }, { try $0.encode(to: &$1) })
    }

    @Test("version 0 has no place for another K of chunks, and no version is unknown")
    func refusals() {
        var block = Superblock(version: 0, sizes: FieldSizes(), endOfFile: 100, rootHeaderAddress: 96)
        block.chunkInternalK = 16
        expectRefusal { try block.encode(to: &$0) }
        block.version = 4
        expectRefusal { try block.encode(to: &$0) }
    }
}
