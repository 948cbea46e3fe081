import Testing

@testable import HDF5Format

@Suite struct AttributeMessageTests {
    private func reference(_ values: inout GeneratedValues) -> SharedMessageReference {
        values.bool() ? .committed(address: values.address()) : .heap(identifier: values.bytes(8))
    }

    @Test("attributes of every version keep their values, shared parts among them")
    func roundTrip() throws {
        try forGeneratedValues(cases: 100) { values in
            for version in UInt8(1)...3 {
                let space = DataspaceMessageTests.message(UInt8(values.int(1...2)), &values)
                var message = AttributeMessage(
                    version: version, name: values.name(),
                    characterSet: version == 3 && values.bool() ? .utf8 : .ascii,
                    datatype: .inline(DatatypeMessageTests.datatype(depth: 2, &values)),
                    dataspace: .inline(space.dataspace), dataspaceForm: space.form, value: values.bytes(upTo: 100))
                if version > 1, values.bool() { message.datatype = .shared(reference(&values)) }
                if version > 1, values.bool() {
                    message.dataspace = .shared(reference(&values))
                    message.dataspaceForm = DataspaceMessage.Form()
                }
                try expectRoundTrip(message, values.sizes, { try $0.encode(to: &$1) }) {
                    try AttributeMessage(from: &$0)
                }
            }
        }
    }

    @Test("the attribute of an h5py file is given back")
    func bytes() throws {
        try expectBytes(
            "01 00 02 00 0c 00 08 00 61 00 00 00 00 00 00 00 10 08 00 00 02 00 00 00 00 00 10 00 00 00 00 00 "
                + "01 00 00 00 00 00 00 00 03 00",
            { try AttributeMessage(from: &$0) }, { try $0.encode(to: &$1) })
    }

    @Test("what a version cannot say is refused")
    func refusals() {
        let integer = H5Datatype(kind: .integer(H5IntegerFormat(isSigned: true, precision: 8)), size: 1)
        func refuse(_ version: UInt8, _ change: (inout AttributeMessage) -> Void) {
            var message = AttributeMessage(
                version: version, name: H5Name("a"), characterSet: .ascii, datatype: .inline(integer),
                dataspace: .inline(.scalar), value: [1])
            change(&message)
            expectRefusal { try message.encode(to: &$0) }
        }
        refuse(2) { $0.characterSet = .utf8 }
        refuse(1) { $0.datatype = .shared(.committed(address: 96)) }
        refuse(4) { _ in }
        refuse(3) { $0.name = H5Name(bytes: [0x61, 0, 0x62]) }
        refuse(3) { $0.name = H5Name(String(repeating: "n", count: 65_535)) }
    }

    @Test("attribute info keeps its values")
    func info() throws {
        try forGeneratedValues { values in
            let isIndexed = values.bool()
            let info = AttributeInfoMessage(
                nextCreationIndex: values.bool() ? values.uint16() : nil, indexesCreationOrder: isIndexed,
                heapAddress: values.optionalAddress(), nameIndexAddress: values.optionalAddress(),
                creationOrderIndexAddress: isIndexed ? values.optionalAddress() : nil)
            try expectRoundTrip(info, values.sizes, { try $0.encode(to: &$1) }) {
                try AttributeInfoMessage(from: &$0)
            }
        }
    }
}
