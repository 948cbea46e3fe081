import Testing

@testable import HDF5Format

@Suite struct FilterPipelineMessageTests {
    @Test("pipelines of both versions keep their values")
    func roundTrip() throws {
        try forGeneratedValues { values in
            for version in UInt8(1)...2 {
                let filters = values.array(0...32) { values in
                    let identifier = UInt16(values.bool() ? values.int(1...255) : values.int(256...65_535))
                    return H5FilterDescription(
                        identifier: identifier,
                        name: version == 1 || identifier >= 256 ? values.text(0...12) : "", flags: values.uint16(),
                        clientValues: values.array(0...20) { $0.uint32() })
                }
                let message = FilterPipelineMessage(version: version, filters: filters)
                try expectRoundTrip(message, values.sizes, { try $0.encode(to: &$1) }) {
                    try FilterPipelineMessage(from: &$0)
                }
            }
        }
    }

    @Test(
        "messages as libhdf5 writes them are given back",
        arguments: [
            "01 01 00 00 00 00 00 00 01 00 08 00 01 00 01 00 64 65 66 6c 61 74 65 00 04 00 00 00 00 00 00 00",
            "02 01 01 00 01 00 01 00 04 00 00 00",
            "01 01 00 00 00 00 00 00 00 7d 08 00 01 00 03 00 6c 7a 66 00 00 00 00 00 04 00 00 00 05 01 00 00 a0 0f 00 00 "
                + "00 00 00 00",
        ])
    func bytes(_ text: String) throws {
        try expectBytes(text, { try FilterPipelineMessage(from: &$0) }, { try $0.encode(to: &$1) })
    }

    @Test("more than 32 filters, and names that would end early, are refused")
    func refusals() {
        let deflate = H5FilterDescription(identifier: 1)
        expectRefusal { try FilterPipelineMessage(filters: Array(repeating: deflate, count: 33)).encode(to: &$0) }
        let named = H5FilterDescription(identifier: 300, name: "a\0b")
        expectRefusal { try FilterPipelineMessage(filters: [named]).encode(to: &$0) }
        let many = H5FilterDescription(identifier: 300, clientValues: [UInt32](repeating: 0, count: 65_536))
        expectRefusal { try FilterPipelineMessage(filters: [many]).encode(to: &$0) }
    }
}
