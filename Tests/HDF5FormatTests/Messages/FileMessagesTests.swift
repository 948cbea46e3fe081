import Testing

@testable import HDF5Format

@Suite struct FileMessagesTests {
    @Test("messages of the superblock extension keep their values")
    func roundTrip() throws {
        try forGeneratedValues { values in
            let table = SharedMessageTableMessage(tableAddress: values.address(), indexCount: values.int(1...8))
            try expectRoundTrip(table, values.sizes, { try $0.encode(to: &$1) }) {
                try SharedMessageTableMessage(from: &$0)
            }
            let continuation = ContinuationMessage(address: values.address(), length: values.length())
            try expectRoundTrip(continuation, values.sizes, { try $0.encode(to: &$1) }) {
                try ContinuationMessage(from: &$0)
            }
            let kValues = BTreeKValuesMessage(
                chunkInternal: values.uint16(), groupInternal: values.uint16(), groupLeaf: values.uint16())
            try expectRoundTrip(kValues, values.sizes, { $0.encode(to: &$1) }) { try BTreeKValuesMessage(from: &$0) }
            let count = ReferenceCountMessage(count: values.uint32())
            try expectRoundTrip(count, values.sizes, { $0.encode(to: &$1) }) { try ReferenceCountMessage(from: &$0) }
            let image = MetadataCacheImageMessage(address: values.optionalAddress(), length: values.length())
            try expectRoundTrip(image, values.sizes, { try $0.encode(to: &$1) }) {
                try MetadataCacheImageMessage(from: &$0)
            }
            let driver = DriverInformation(driver: "NCSAfami", information: values.bytes(upTo: 60))
            try expectRoundTrip(driver, values.sizes, { try $0.encode(to: &$1) }) { try DriverInformation(from: &$0) }
            try expectRoundTrip(driver, values.sizes, { try $0.encode(block: &$1) }) {
                try DriverInformation(block: &$0)
            }
        }
        expectRefusal { try DriverInformation(driver: "sec2", information: []).encode(to: &$0) }
    }

    @Test("file space info keeps its values, in the version of early 1.10 too")
    func fileSpace() throws {
        try forGeneratedValues { values in
            var info = FileSpaceInfoMessage(
                strategy: values.uint8(), threshold: values.length(), pageSize: values.length(),
                pageEndThreshold: values.uint16(), endBeforeManagers: values.optionalAddress(),
                managerAddresses: values.bool() ? [] : (0..<12).map { _ in values.optionalAddress() })
            try expectRoundTrip(info, values.sizes, { try $0.encode(to: &$1) }) {
                try FileSpaceInfoMessage(from: &$0)
            }
            info.version = 0
            info.strategy = UInt8(values.int(1...4))
            info.persistsFreeSpace = info.strategy == 1
            info.pageSize = nil
            info.pageEndThreshold = 0
            info.endBeforeManagers = nil
            info.managerAddresses = info.strategy == 1 ? (0..<6).map { _ in values.optionalAddress() } : []
            try expectRoundTrip(info, values.sizes, { try $0.encode(to: &$1) }) {
                try FileSpaceInfoMessage(from: &$0)
            }
        }
        expectRefusal { try FileSpaceInfoMessage(strategy: 0, managerAddresses: [nil]).encode(to: &$0) }
    }

    @Test("messages as libhdf5 writes them are given back")
    func bytes() throws {
        try expectBytes(
            "00 10 00 08 00 02 00", { try BTreeKValuesMessage(from: &$0) }, { $0.encode(to: &$1) })
        try expectBytes("00 03 00 00 00", { try ReferenceCountMessage(from: &$0) }, { $0.encode(to: &$1) })
        try expectBytes(
            "00 00 00 00 08 00 00 00 4e 43 53 41 66 61 6d 69 00 10 00 00 00 00 00 00",
            { try DriverInformation(block: &$0) }, { try $0.encode(block: &$1) })
    }
}
