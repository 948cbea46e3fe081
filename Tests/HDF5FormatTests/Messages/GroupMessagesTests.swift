import Testing

@testable import HDF5Format

@Suite struct GroupMessagesTests {
    private func target(_ values: inout GeneratedValues) -> LinkMessage.Target {
        switch values.int(0...3) {
        case 0: return .hard(address: values.address())
        case 1: return .soft(path: values.name())
        case 2: return .external(file: values.name(0...20), path: values.name(0...20))
        default: return .userDefined(type: UInt8(values.int(65...255)), data: values.bytes(upTo: 30))
        }
    }

    @Test("links of every kind keep their values")
    func links() throws {
        try forGeneratedValues(cases: 100) { values in
            let link = LinkMessage(
                name: values.name(values.int(0...9) == 0 ? 200...300 : 1...20), target: target(&values),
                creationOrder: values.bool() ? Int64(bitPattern: values.next()) : nil,
                characterSet: values.bool() ? .utf8 : .ascii)
            try expectRoundTrip(link, values.sizes, { try $0.encode(to: &$1) }) { try LinkMessage(from: &$0) }
        }
    }

    @Test(
        "links as libhdf5 writes them are given back",
        arguments: [
            "01 00 01 64 b3 00 00 00 00 00 00 00",
            "01 0c 01 01 00 00 00 00 00 00 00 01 73 04 00 2f 78 2f 79",
            "01 08 40 01 65 0f 00 00 6f 74 68 65 72 2e 68 35 00 2f 71 2f 77 00",
            "01 14 03 00 00 00 00 00 00 00 01 02 c3 a9 b3 00 00 00 00 00 00 00",
        ])
    func bytes(_ text: String) throws {
        try expectBytes(text, { try LinkMessage(from: &$0) }, { try $0.encode(to: &$1) })
    }

    @Test("links without a name or a target, and paths that would end early, are refused")
    func refusals() {
        func refuse(_ name: String, _ target: LinkMessage.Target) {
            expectRefusal { try LinkMessage(name: H5Name(name), target: target).encode(to: &$0) }
        }
        refuse("", .hard(address: 96))
        refuse("a", .soft(path: H5Name("")))
        refuse("a", .external(file: H5Name("f\0g"), path: H5Name("p")))
        refuse("a", .userDefined(type: 64, data: []))
        refuse("a", .userDefined(type: 70, data: [UInt8](repeating: 0, count: 65_536)))
        refuse("a", .hard(address: .max))
    }

    @Test("link info, group info and symbol table messages keep their values")
    func information() throws {
        try forGeneratedValues { values in
            let isIndexed = values.bool()
            let link = LinkInfoMessage(
                nextCreationOrder: values.bool() ? Int64(bitPattern: values.next()) : nil,
                indexesCreationOrder: isIndexed, heapAddress: values.optionalAddress(),
                nameIndexAddress: values.optionalAddress(),
                creationOrderIndexAddress: isIndexed ? values.optionalAddress() : nil)
            try expectRoundTrip(link, values.sizes, { try $0.encode(to: &$1) }) { try LinkInfoMessage(from: &$0) }
            let group = GroupInfoMessage(
                thresholds: values.bool() ? (values.uint16(), values.uint16()) : nil,
                estimates: values.bool() ? (values.uint16(), values.uint16()) : nil)
            try expectRoundTrip(group, values.sizes, { try $0.encode(to: &$1) }) { try GroupInfoMessage(from: &$0) }
            let table = SymbolTableMessage(btreeAddress: values.address(), heapAddress: values.address())
            try expectRoundTrip(table, values.sizes, { try $0.encode(to: &$1) }) {
                try SymbolTableMessage(from: &$0)
            }
        }
        var group = GroupInfoMessage()
        group.maximumCompact = 9
        expectRefusal { try group.encode(to: &$0) }
    }
}
