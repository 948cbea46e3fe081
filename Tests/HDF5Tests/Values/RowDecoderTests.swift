import ComplexModule
import HDF5Format
import Testing

@testable import HDF5

@Suite("Compound elements as Decodable rows")
struct RowDecoderTests {
    private func rows<Row: Decodable>(
        _ bytes: [UInt8], _ datatype: H5Datatype, as row: Row.Type, _ file: HeapFile = HeapFile()
    ) throws -> [Row] {
        let decoder = try RowDecoder<Row>(datatype: datatype, context: try file.context())
        var rows: [Row] = []
        try decoder.append(bytes.span.bytes, count: bytes.count / datatype.size, firstIndex: 10, to: &rows)
        return rows
    }

    @Test("members are matched by name, whatever their order, place and byte order")
    func members() throws {
        struct Row: Decodable, Equatable {
            var x: Float
            var count: Int
            var y: Double
            var missing: Int?
            var present: UInt16?
        }
        let type = H5Datatype.compound(
            20,
            [
                ("y", 12, .float(.binary64, 8, .bigEndian)), ("count", 0, .integer(4, .bigEndian)), ("x", 4, .float32),
                ("unused", 8, .string(1)), ("present", 10, .integer(2, signed: false)),
            ])
        func element(_ count: Int32, _ x: Float, _ present: UInt16, _ y: Double) -> [UInt8] {
            stored(count, 4, .bigEndian) + memory([x]) + [1, 9] + stored(present, 2)
                + stored(y.bitPattern, 8, .bigEndian)
        }
        let bytes = element(7, 1.5, 3, 0.1) + element(-1, .infinity, 65535, -2)
        #expect(
            try rows(bytes, type, as: Row.self) == [
                Row(x: 1.5, count: 7, y: 0.1, missing: nil, present: 3),
                Row(x: .infinity, count: -1, y: -2, missing: nil, present: 65535),
            ])
    }

    @Test("every number type is given exactly, from integers and floats of every format")
    func numbers() throws {
        struct Row: Decodable, Equatable {
            var a: Int8, b: Int16, c: Int32, d: Int64, e: UInt8, f: UInt16, g: UInt32, h: UInt64
            var i: Int, j: UInt, k: Float, l: Double
        }
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"]
        let expected = Row(a: 5, b: 5, c: 5, d: 5, e: 5, f: 5, g: 5, h: 5, i: 5, j: 5, k: 5, l: 5)
        let sources: [(H5Datatype, [UInt8])] = [
            (.integer(1), [5]), (.integer(2, .bigEndian), [0, 5]), (.integer(8), stored(5, 8)),
            (.integer(4, signed: false, .bigEndian), [0, 0, 0, 5]), (.integer(3), [5, 0, 0]),
            (.integer(16, .bigEndian), stored(5, 16, .bigEndian)), (.integer(12, signed: false), stored(5, 12)),
            (.integer(2, offset: 4, precision: 8), [0x5F, 0xF0]), (.float32, memory([Float(5)])),
            (.float(.binary64, 8, .bigEndian), stored(5.0.bitPattern, 8, .bigEndian)), (.float16, [0, 0x45]),
            (.brainFloat, [0xA0, 0x40]), (.binary128, NumericConversionTests.quadruple(5)),
            (H5Datatype(kind: .time(order: .bigEndian, precision: 32), size: 4), [0, 0, 0, 5]),
            (.enumeration(.integer(1), [("FIVE", [5])]), [5]),
        ]
        for (type, bytes) in sources {
            let record = H5Datatype.compound(
                type.size * names.count, names.enumerated().map { ($0.element, $0.offset * type.size, type) })
            #expect(try rows(names.flatMap { _ in bytes }, record, as: Row.self) == [expected], "\(type)")
        }
    }

    @Test("numbers that do not fit are errors that name the element and the member")
    func refusals() throws {
        struct Inner: Decodable { var value: Int8 }
        struct Row: Decodable {
            var inner: Inner
            var list: [Float]
        }
        let type = H5Datatype.compound(
            20, [("inner", 0, .compound(4, [("value", 0, .integer(4))])), ("list", 4, .array([2], .float64))])
        let good = stored(Int32(1), 4) + memory([1.0, 2.0])
        #expect(
            error { _ = try rows(good + stored(Int32(300), 4) + memory([1.0, 2.0]), type, as: Row.self) }?.message
                == "element 11, member inner.value: 300 cannot be held exactly by Int8")
        #expect(
            error { _ = try rows(stored(Int32(1), 4) + memory([1.0, 0.1]), type, as: Row.self) }?.message
                == "element 10, member list[1]: 0.1 cannot be held exactly by Float")
        struct Other: Decodable { var nothing: Int }
        #expect(
            error { _ = try rows(good, type, as: Other.self) }?.message
                == "element 10: the record has no member 'nothing'; its members are inner, list")
        struct Text: Decodable { var list: String }
        #expect(
            error { _ = try rows(good, type, as: Text.self) }?.message
                == "element 10, member list: elements are float64[2], which cannot be read as String")
        struct Precise: Decodable { var x: Double }
        let wide = H5Datatype.compound(8, [("x", 0, .integer(8))])
        #expect(errorCode { _ = try rows(stored(Int64.max, 8), wide, as: Precise.self) } == .conversion)
        #expect(try rows(stored(Int64(1) << 60, 8), wide, as: Precise.self)[0].x == 0x1p60)
    }

    enum Color: String, Decodable { case red = "RED", blue = "BLUE" }
    enum Level: Int, Decodable { case low = 1, high = 256 }

    @Test("enumerations become Swift enumerations by name or by value, and Booleans become Bool")
    func enumerations() throws {
        struct Row: Decodable, Equatable {
            var color: Color
            var level: Level
            var name: String
            var flag: Bool
            var one: Bool
        }
        let colors = H5Datatype.enumeration(.integer(2, .bigEndian), [("RED", [0, 1]), ("BLUE", [1, 0])])
        let type = H5Datatype.compound(
            8,
            [
                ("color", 0, colors), ("level", 2, colors), ("name", 4, colors), ("flag", 6, .boolean),
                ("one", 7, .integer(1)),
            ])
        #expect(
            try rows([0, 1, 1, 0, 1, 0, 1, 0], type, as: Row.self)
                == [Row(color: .red, level: .high, name: "BLUE", flag: true, one: false)])
        let unnamed = error { _ = try rows([0, 9, 1, 0, 1, 0, 1, 0], type, as: Row.self) }
        #expect(unnamed?.message.hasPrefix("element 10, member color: 9 has no name") == true)
        let noCase = error { _ = try rows([0, 1, 0, 0, 1, 0, 1, 0], type, as: Row.self) }
        #expect(noCase?.code == .conversion)
        #expect(noCase?.message.hasPrefix("element 10, member level: ") == true)
        #expect(errorCode { _ = try rows([0, 1, 1, 0, 1, 0, 2, 0], type, as: Row.self) } == .conversion)
    }

    @Test("nested records, arrays of arrays, sequences, strings, opaque bytes and complex numbers are followed")
    func composites() throws {
        struct Point: Decodable, Equatable { var x: Int, y: Int }
        struct Row: Decodable, Equatable {
            var points: [Point]
            var matrix: [[Int]]
            var ragged: [[Int]]
            var name: String
            var tag: String
            var raw: [UInt8]
            var z: Complex<Double>
            var real: Complex<Float>
        }
        var file = HeapFile()
        let ragged = file.sequence([file.sequence([[1], [2]]), file.sequence([]), file.sequence([[3]])])
        let name = file.string("Höhe")
        let point = H5Datatype.compound(2, [("x", 0, .integer(1)), ("y", 1, .integer(1))])
        let type = H5Datatype.compound(
            60,
            [
                ("points", 0, .array([2], point)), ("matrix", 4, .array([2, 3], .integer(1))),
                ("ragged", 10, .sequence(.sequence(.integer(1)))), ("name", 26, .variableString),
                ("tag", 42, .string(4, .spacePadded)), ("raw", 46, H5Datatype(kind: .opaque(tag: ""), size: 2)),
                ("z", 48, .compound(8, [("r", 0, .float32), ("i", 4, .float32)])), ("real", 56, .float32),
            ])
        var bytes: [UInt8] = [1, 2, 3, 4, 1, 2, 3, 4, 5, 6] + ragged + name
        bytes += Array("ab  ".utf8) + [0xAA, 0xBB] + memory([Float(1), 2, 3])
        let expected = Row(
            points: [Point(x: 1, y: 2), Point(x: 3, y: 4)], matrix: [[1, 2, 3], [4, 5, 6]], ragged: [[1, 2], [], [3]],
            name: "Höhe", tag: "ab", raw: [0xAA, 0xBB], z: Complex(1, 2), real: Complex(3, 0))
        #expect(try rows(bytes, type, as: Row.self, file) == [expected])
        // Elements that are no records are decoded just as well.
        #expect(try rows([1, 2, 3, 4], .array([2], .integer(1)), as: [Int].self) == [[1, 2], [3, 4]])
        #expect(try rows([1, 2], .integer(1), as: Double.self) == [1, 2])
        #expect(try rows([1, 2, 3, 4], point, as: [Int].self) == [[1, 2], [3, 4]])
    }

    @Test("rows may decode themselves by hand, keep their decoder, and look at what members there are")
    func handwritten() throws {
        struct Row: Decodable {
            enum Key: String, CodingKey { case a, b, c }
            var sum: Int
            var keys: [Key]
            var decoder: any Decoder
            init(from decoder: any Decoder) throws {
                self.decoder = decoder
                let container = try decoder.container(keyedBy: Key.self)
                keys = container.allKeys
                var list = try container.nestedUnkeyedContainer(forKey: .b)
                sum = try container.decode(Int.self, forKey: .a)
                while !list.isAtEnd { sum += try list.decode(Int.self) }
                #expect(!container.contains(.c))
                #expect((try? list.decode(Int.self)) == nil)
            }
        }
        let type = H5Datatype.compound(3, [("b", 0, .array([2], .integer(1))), ("a", 2, .integer(1))])
        let decoded = try rows([1, 2, 3], type, as: Row.self)
        #expect(decoded[0].sum == 6)
        #expect(decoded[0].keys == [.b, .a])
        #expect(try decoded[0].decoder.container(keyedBy: Row.Key.self).decode(Int.self, forKey: .a) == 3)
    }

    @Test("sequences of sequences that all lead to one object stop at the limits")
    func hostileNesting() throws {
        var file = HeapFile()
        _ = file.add((0..<1000).flatMap { _ in HeapFile.descriptor(1000, 1) })
        let type = H5Datatype.sequence(.sequence(.sequence(.sequence(.integer(1)))))
        let decoder = try RowDecoder<[[[[Int8]]]]>(
            datatype: type, context: try file.context(limits: H5Limits(bytesPerCall: 256 << 10)))
        let descriptor = HeapFile.descriptor(1000, 1)
        #expect(errorCode { _ = try decoder.row(descriptor.span.bytes) } == .limitExceeded)
    }

    @Test("types that contradict themselves are refused before anything is read")
    func contradictions() throws {
        let context = try HeapFile().context()
        let outside = H5Datatype.compound(4, [("x", 2, .integer(4))])
        #expect(errorCode { _ = try RowDecoder<[Int]>(datatype: outside, context: context) } == .damaged)
        let short = H5Datatype(kind: .array(shape: [9], base: .integer(4)), size: 8)
        #expect(errorCode { _ = try RowDecoder<[Int]>(datatype: short, context: context) } == .damaged)
    }
}
