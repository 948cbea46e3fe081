import Testing

@testable import HDF5Format

@Suite struct FillValueMessageTests {
    @Test("fill values of every version keep their values")
    func roundTrip() throws {
        try forGeneratedValues { values in
            for version in UInt8(1)...3 {
                let statuses: [H5FillValue.Status] = [.undefined, .default, .user(values.bytes(values.int(1...40)))]
                let fill = H5FillValue(
                    status: statuses[values.int(0...2)],
                    allocationTime: [.default, .early, .late, .incremental][values.int(0...3)],
                    writeTime: [.allocation, .never, .ifSet][values.int(0...2)])
                let message = FillValueMessage(version: version, fill: fill)
                let bytes = try encoded(values.sizes) { try message.encode(to: &$0) }
                var cursor = ByteCursor(bytes.span.bytes, sizes: values.sizes)
                #expect(try FillValueMessage(from: &cursor) == message)
            }
            let status: H5FillValue.Status = values.bool() ? .undefined : .user(values.bytes(values.int(1...40)))
            let old = FillValueMessage(
                version: 0, fill: H5FillValue(status: status, allocationTime: .late, writeTime: .ifSet))
            try expectRoundTrip(old, values.sizes, { try $0.encode(to: &$1) }) { try FillValueMessage(old: &$0) }
        }
    }

    @Test(
        "messages as libhdf5 writes them are given back",
        arguments: ["02 02 02 01 00 00 00 00", "02 03 02 00", "03 0a", "03 0b", "03 1a", "03 2a 02 00 00 00 07 08"])
    func bytes(_ text: String) throws {
        try expectBytes(text, { try FillValueMessage(from: &$0) }, { try $0.encode(to: &$1) })
    }

    @Test("a value without bytes, and a default in old files, are refused")
    func refusals() {
        expectRefusal { try FillValueMessage(fill: H5FillValue(status: .user([]))).encode(to: &$0) }
        expectRefusal { try FillValueMessage(version: 0, fill: H5FillValue(status: .default)).encode(to: &$0) }
        expectRefusal { try FillValueMessage(version: 4, fill: H5FillValue(status: .default)).encode(to: &$0) }
    }
}
