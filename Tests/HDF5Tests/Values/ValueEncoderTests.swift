import HDF5Format
import Testing

@testable import HDF5

@Suite("Values of any type as stored elements")
struct ValueEncoderTests {
    private func back(_ values: [H5Value], _ type: H5Datatype, sizes: FieldSizes = FieldSizes()) throws -> [H5Value] {
        let store = try HeapStore(sizes: sizes)
        let bytes = try ValueEncoder(datatype: type, store: store).encode(values)
        let decoder = ElementDecoder(datatype: type, context: try store.context())
        let result = try decoder.values(bytes.span.bytes, count: values.count)
        try HeapDataRelease(type)?.release(bytes.span.bytes, count: values.count, from: store)
        #expect(store.count == 0)
        return result
    }

    @Test("what was read is written as it was, for numbers of every format")
    func numbers() throws {
        var random = TestRandom(3)
        var types = NumericEncodingTests.floatTypes
        for size in 1...20 {
            for order in [H5ByteOrder.littleEndian, .bigEndian] {
                types += [.integer(size, order), .integer(size, signed: false, order)]
                guard size <= 16 else { continue }
                let precision = Int.random(in: 1...size * 8, using: &random)
                types.append(.integer(size, order, offset: size * 8 - precision, precision: precision))
                let format = H5IntegerFormat(order: order, isSigned: false, precision: min(64, precision))
                types.append(H5Datatype(kind: .bitfield(format), size: size))
                if size <= 8 {
                    types.append(H5Datatype(kind: .time(order: order, precision: size * 8), size: size))
                }
            }
        }
        types += [H5Datatype(kind: .complex(base: .float32.bigEndian), size: 8), .complex(of: .float16)]
        for type in types {
            let decoder = ElementDecoder(datatype: type, context: try HeapFile().context())
            let encoder = try ValueEncoder(datatype: type, store: nil)
            for _ in 0..<50 {
                let stored = random.bytes(type.size)
                let value = try decoder.value(stored.span.bytes)
                if case .float(let number) = value, !number.isExact {
                    #expect(errorCode { _ = try encoder.encode([value]) } == .conversion)
                    continue
                }
                let bytes = try encoder.encode([value])
                // NaN is not equal to itself, but written the same way.
                #expect(try decoder.value(bytes.span.bytes).description == value.description, "\(type) \(stored)")
                if case .integer(let format) = type.kind, format.precision == type.size * 8 {
                    #expect(bytes == stored)
                }
            }
        }
    }

    @Test("records, arrays, sequences, text, enumerations and references come back", arguments: [8, 4])
    func structures(_ width: Int) throws {
        let sizes = FieldSizes(offsets: width, lengths: width)
        let color = try H5Datatype.enumeration([("RED", 1), ("BLUE", -7)], of: .int16)
        let part = H5Datatype.compound([("x", .float32), ("s", .string)])
        let type = H5Datatype.compound([
            ("color", color), ("fixed", .fixedString(5)), ("inner", part),
            ("grid", .array([2, 3], of: .int8)), ("nested", .array([2], of: .array([2], of: .uint8))),
            ("list", .sequence(of: part)), ("bytes", .opaque(3, tag: "three")), ("object", .objectReference),
            ("region", .regionReference), ("any", H5Datatype(kind: .reference(.standard), size: 18)), ("flag", .bool),
        ]).fitted(to: sizes)
        func inner(_ x: Float, _ text: String) -> H5Value {
            .compound([
                H5ValueMember(name: "x", value: .float(H5FloatValue(x))),
                H5ValueMember(name: "s", value: .string(text)),
            ])
        }
        func value(_ references: [H5ReferenceValue]) -> H5Value {
            .compound([
                H5ValueMember(name: "color", value: .enumeration(name: "BLUE", value: .integer(-7))),
                H5ValueMember(name: "fixed", value: .string("ab µ")),
                H5ValueMember(name: "inner", value: inner(1.5, "text")),
                H5ValueMember(name: "grid", value: .array(shape: [2, 3], (0..<6).map { .integer($0) })),
                H5ValueMember(
                    name: "nested",
                    value: .array(
                        shape: [2], [1, 3].map { .array(shape: [2], [.unsigned($0), .unsigned($0 + 1)]) })),
                H5ValueMember(name: "list", value: .sequence([inner(0, ""), inner(-1, "é")])),
                H5ValueMember(name: "bytes", value: .bytes([1, 2, 3])),
                H5ValueMember(name: "object", value: .reference(references[0])),
                H5ValueMember(name: "region", value: .reference(references[1])),
                H5ValueMember(name: "any", value: .reference(references[2])),
                H5ValueMember(name: "flag", value: .enumeration(name: "TRUE", value: .integer(1))),
            ])
        }
        let block = H5Selection.blocks([
            H5Block(start: [0, 1], end: [2, 3]), H5Block(start: [5, 5], end: [5, 9]),
        ])
        let values = [
            value([.null, .null, .null]),
            value([
                .object(address: 96), .region(address: 96, selection: .points([[1, 2], [0, 0]])), .object(address: 200),
            ]),
            value([.object(address: 96), .region(address: 96, selection: .all), .attribute(address: 96, name: "units")]
            ),
            value([
                .object(address: 96), .region(address: 96, selection: block), .region(address: 96, selection: block),
            ]),
            value([
                .object(address: 96), .region(address: 96, selection: .none),
                .external(file: "b.h5", .attribute(address: 7, name: "µ")),
            ]),
            value([.null, .null, .external(file: "b.h5", .object(address: 7))]),
            value([.null, .null, .external(file: "b.h5", .region(address: 7, selection: block))]),
        ]
        let result = try back(values, type, sizes: sizes)
        for (value, read) in zip(values, result) { #expect(value == read) }
    }

    @Test("regular regions are stored as the blocks that old libraries read, very many as a pattern")
    func regions() throws {
        func stored(_ slab: H5Hyperslab) throws -> H5Value? {
            try back([.reference(.region(address: 96, selection: .hyperslab(slab)))], .regionReference).first
        }
        let few = H5Hyperslab(start: [2, 3], stride: [1, 2], count: [1, 3], block: [3, 1])
        #expect(
            try stored(few)
                == .reference(
                    .region(
                        address: 96,
                        selection: .blocks([3, 5, 7].map { H5Block(start: [2, $0], end: [4, $0]) }))))
        let many = H5Hyperslab(start: [0], stride: [2], count: [100_000])
        #expect(try stored(many) == .reference(.region(address: 96, selection: .hyperslab(many))))
        let none = H5Hyperslab(start: [0], count: [0])
        #expect(try stored(none) == .reference(.region(address: 96, selection: .none)))
    }

    @Test("what the type cannot hold is an error that names the place")
    func refusals() throws {
        let record = H5Datatype.compound([("a", .int8), ("b", .array([2], of: .uint8))])
        func member(_ name: String, _ value: H5Value) -> H5ValueMember { H5ValueMember(name: name, value: value) }
        let pair = H5Value.array(shape: [2], [.integer(1), .integer(2)])
        let cases: [(H5Value, H5Datatype, String)] = [
            (.integer(128), .int8, "element 0: 128 cannot be held exactly by int8"),
            (.float(H5FloatValue(0.5)), .int8, "element 0: 0.5 cannot be held exactly by int8"),
            (.string("x"), .int8, "cannot be written to elements that are int8"),
            (.integer(1), .string, "cannot be written to elements that are string"),
            (.string("toolong"), .fixedString(3), "element 0: 'toolong' has 7 bytes"),
            (.string("GREEN"), .bool, "'GREEN' is the name of no value of bool"),
            (.bytes([1]), .opaque(2), "there are 1 bytes for an element of 2"),
            (.bytes([UInt8](repeating: 0, count: 16)), .string, "cannot be written to elements that are string"),
            (.compound([member("a", .integer(1))]), record, "there is no value for member 'b'"),
            (
                .compound([member("a", .integer(1)), member("b", pair), member("c", pair)]), record,
                "the record has no member 'c'"
            ),
            (
                .compound([member("a", .integer(1)), member("a", .integer(1)), member("b", pair)]), record,
                "two values for member 'a'"
            ),
            (
                .compound([member("a", .integer(1)), member("b", .array(shape: [2], [.integer(1), .integer(256)]))]),
                record, "element 0, member b[1]: 256 cannot be held exactly by uint8"
            ),
            (.array(shape: [3], [.integer(1), .integer(2), .integer(3)]), .array([2], of: .int8), "shape [3]"),
            (.sequence([.integer(1)]), .array([2], of: .int8), "there are 1 values for an array of 2"),
            (.reference(.object(address: 8)), .regionReference, "references to regions only"),
            (.reference(.region(address: 8, selection: [.all])), .regionReference, "not by axes"),
            (.bigInteger("0x01"), .integer(20), "is not written as 0x and the digits of 20 bytes"),
        ]
        let store = try HeapStore()
        for (value, type, text) in cases {
            let refusal = error { _ = try ValueEncoder(datatype: type, store: store).encode([value]) }
            #expect(refusal?.code == .conversion)
            #expect(refusal?.message.contains(text) == true, "\(refusal?.message ?? "no error"), not: \(text)")
        }
        #expect(errorCode { _ = try ValueEncoder(datatype: .string, store: nil).encode([.string("a")]) } != nil)
    }
}
