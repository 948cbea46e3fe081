import Testing

@testable import HDF5Format

@Suite struct DataspaceMessageTests {
    static func message(_ version: UInt8, _ values: inout GeneratedValues) -> DataspaceMessage {
        let form = DataspaceMessage.Form(version: version, storesMaximum: values.bool())
        if version == 2, values.int(0...4) == 0 {
            return DataspaceMessage([.scalar, .null, .simple([])][values.int(0...2)], form: form)
        }
        let shape = values.array(version == 1 ? 0...32 : 1...32) { $0.int(0...3) }
        guard !shape.isEmpty else { return DataspaceMessage(.scalar, form: form) }
        var maximum: [Int?] = shape
        if form.storesMaximum {
            maximum = shape.map { values.int(0...2) == 0 ? nil : $0 + values.int(0...1_000) }
        }
        return DataspaceMessage(.simple(shape, maximum: maximum), form: form)
    }

    @Test("extents of every kind keep their values in both versions")
    func roundTrip() throws {
        try forGeneratedValues(cases: 100) { values in
            for version in UInt8(1)...2 {
                let message = Self.message(version, &values)
                try expectRoundTrip(message, values.sizes, { try $0.encode(to: &$1) }) {
                    try DataspaceMessage(from: &$0)
                }
            }
        }
    }

    @Test(
        "messages as libhdf5 writes them are given back",
        arguments: [
            "02 00 00 02", "02 00 00 00", "01 00 00 00 00 00 00 00",
            "02 01 01 01 0a 00 00 00 00 00 00 00 ff ff ff ff ff ff ff ff",
            "01 01 01 00 00 00 00 00 04 00 00 00 00 00 00 00 04 00 00 00 00 00 00 00",
        ])
    func bytes(_ text: String) throws {
        try expectBytes(text, { try DataspaceMessage(from: &$0) }, { try $0.encode(to: &$1) })
    }

    @Test("what a version cannot say is refused")
    func refusals() {
        let old = DataspaceMessage.Form(version: 1, storesMaximum: false)
        expectRefusal { try DataspaceMessage(.null, form: old).encode(to: &$0) }
        expectRefusal { try DataspaceMessage(.simple([2], maximum: [nil]), form: old).encode(to: &$0) }
        expectRefusal { try DataspaceMessage(.simple([3], maximum: [2])).encode(to: &$0) }
        expectRefusal { try DataspaceMessage(.simple([-1])).encode(to: &$0) }
        expectRefusal { try DataspaceMessage(.simple([Int](repeating: 1, count: 33))).encode(to: &$0) }
        expectRefusal(FieldSizes(offsets: 8, lengths: 2)) { try DataspaceMessage(.simple([70_000])).encode(to: &$0) }
    }
}
