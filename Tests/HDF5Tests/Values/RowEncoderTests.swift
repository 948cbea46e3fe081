import ComplexModule
import HDF5Format
import Testing

@testable import HDF5

@Suite("Encodable rows as compound elements")
struct RowEncoderTests {
    private func encoded<Row: Encodable>(
        _ rows: [Row], _ datatype: H5Datatype, _ store: (any VariableLengthStore)? = nil
    ) throws -> [UInt8] {
        let encoder = try RowEncoder<Row>(datatype: datatype, store: store)
        var bytes = [UInt8](repeating: 0xA5, count: rows.count * datatype.size)
        try bytes.withUnsafeMutableBytes { try encoder.encode(rows, count: rows.count, into: $0, firstIndex: 10) }
        return bytes
    }

    private func back<Row: Codable>(_ rows: [Row], _ datatype: H5Datatype) throws -> [Row] {
        let heap = try HeapStore()
        let bytes = try encoded(rows, datatype, heap)
        let decoder = try RowDecoder<Row>(datatype: datatype, context: try heap.context())
        var result: [Row] = []
        try decoder.append(bytes.span.bytes, count: rows.count, firstIndex: 0, to: &result)
        // Nothing is kept twice, and all of it can be given back.
        try HeapDataRelease(datatype)?.release(bytes.span.bytes, count: rows.count, from: heap)
        #expect(heap.count == 0)
        return result
    }

    enum Color: UInt8, Codable, CaseIterable { case red = 3, green, blue = 200 }
    enum Mode: String, Codable, CaseIterable { case fast, slow }

    struct Fit: Codable, Equatable {
        var amplitude: Float
        var phases: [Double]
    }

    struct Sample: Codable, Equatable {
        var time: Double
        var count: Int16
        var isValid: Bool
        var label: String
        var color: Color
        var mode: Mode
        var response: Complex<Float>
        var fit: Fit
        var ragged: [[UInt16]]
        var fits: [Fit]
    }

    private let samples = [
        Sample(
            time: 0.1, count: -5, isValid: true, label: "µm", color: .blue, mode: .slow, response: Complex(1, -2),
            fit: Fit(amplitude: 1.5, phases: [1, 2, 3]), ragged: [[1, 2], [], [3]],
            fits: [Fit(amplitude: 2, phases: []), Fit(amplitude: 3, phases: [4])]),
        Sample(
            time: .nan, count: .max, isValid: false, label: "", color: .red, mode: .fast, response: Complex(0, 0.25),
            fit: Fit(amplitude: -.infinity, phases: [1, .pi, 3]), ragged: [], fits: []),
    ]

    @Test("rows come back from the type that they are stored as")
    func roundTrip() throws {
        let type = try H5Datatype(of: Sample.self)
        #expect(
            type.description == "{time: float64, count: int16, isValid: bool, label: string, "
                + "color: enum uint8 {red, green, blue}, mode: string, response: {r: float32, i: float32}, "
                + "fit: {amplitude: float32, phases: sequence of float64}, ragged: sequence of sequence of uint16, "
                + "fits: sequence of {amplitude: float32, phases: sequence of float64}}")
        let result = try back(samples, type)
        #expect(result[0] == samples[0])
        #expect(result[1].time.isNaN && result[1].ragged.isEmpty && result[1].fit == samples[1].fit)
        #expect(try back((0..<1000).map { _ in samples[0] }, type.bigEndian).allSatisfy { $0 == samples[0] })
    }

    @Test("members of a fixed size are stored in the record")
    func fixedSizes() throws {
        let type = try H5Datatype(of: Sample.self, fixed: ["label": 4, "fit.phases": 3, "mode": 5])
        #expect(type.description.contains("label: string[4], color"))
        #expect(type.description.contains("fit: {amplitude: float32, phases: float64[3]}"))
        #expect(try back([samples[0]], type) == [samples[0]])
        struct Image: Codable, Equatable { var pixels: [[Int8]] }
        let image = try H5Datatype(of: Image.self, fixed: ["pixels": 2, "pixels[]": 3])
        #expect(image == .compound([("pixels", .array([2, 3], of: .int8))]))
        let rows = [Image(pixels: [[1, 2, 3], [4, 5, 6]])]
        #expect(try encoded(rows, image) == [1, 2, 3, 4, 5, 6])
        #expect(try back(rows, image) == rows)
        for pixels in [[[1, 2, 3]], [[1, 2, 3], [4, 5]], [[1, 2, 3], [4, 5, 6, 7]]] as [[[Int8]]] {
            #expect(errorCode { _ = try encoded([Image(pixels: pixels)], image) } == .conversion)
        }
        #expect(errorCode { _ = try H5Datatype(of: Sample.self, fixed: ["labels": 4]) } == .invalidArgument)
        #expect(errorCode { _ = try H5Datatype(of: Sample.self, fixed: ["label": 0]) } == .invalidArgument)
        var long = samples[0]
        long.label = "12345"
        #expect(
            error { _ = try back([long], type) }?.message.hasPrefix("element 10, member label: '12345' has 5") == true)
    }

    @Test("members are matched by name, whatever their order, place and byte order; gaps are zero")
    func members() throws {
        struct Row: Codable, Equatable {
            var x: Float
            var count: Int
            var y: Double
        }
        let type = H5Datatype.compound(
            20, [("y", 10, .float64.bigEndian), ("count", 1, .integer(3, .bigEndian)), ("x", 4, .float64.bigEndian)])
        // Members that overlap are nothing that a writer makes; these do not.
        let sound = H5Datatype.compound(
            24, [("y", 14, .float64.bigEndian), ("count", 1, .integer(3, .bigEndian)), ("x", 5, .float64.bigEndian)])
        #expect(type != sound)
        let rows = [Row(x: 1.5, count: -2, y: 0.1), Row(x: .infinity, count: 1 << 20, y: -2)]
        let bytes = try encoded(rows, sound)
        #expect(bytes[0] == 0 && bytes[4] == 0 && bytes[13] == 0 && bytes[22...23] == [0, 0])
        #expect(try back(rows, sound) == rows)
        let encoder = try RowEncoder<Row>(datatype: sound, store: nil)
        var spread = [UInt8](repeating: 7, count: 60)
        try spread.withUnsafeMutableBytes { try encoder.encode(rows, count: 2, into: $0, offset: 3, stride: 30) }
        #expect(Array(spread[3..<27]) == Array(bytes[..<24]))
        #expect(Array(spread[33..<57]) == Array(bytes[24...]))
        #expect([0, 2, 27, 32, 57, 59].allSatisfy { spread[$0] == 7 })
    }

    @Test("what does not fit is an error that names the element and the member")
    func refusals() throws {
        struct Row: Codable { var a: Int, b: Fit }
        func message(_ type: H5Datatype, _ row: Row) -> String { error { _ = try encoded([row], type) }?.message ?? "" }
        let fit = H5Datatype.compound([("amplitude", .float32), ("phases", .array([2], of: .float32))])
        let row = Row(a: 300, b: Fit(amplitude: 1, phases: [1, 0.1]))
        #expect(
            message(.compound([("a", .int8), ("b", fit)]), row)
                == "element 10, member a: 300 cannot be held exactly by int8")
        #expect(
            message(.compound([("a", .int16), ("b", fit)]), row)
                == "element 10, member b.phases[1]: 0.1 cannot be held exactly by float32")
        #expect(message(.compound([("a", .int16)]), row).contains("the record has no member 'b'; its members are a"))
        #expect(
            message(.compound([("a", .int16), ("b", fit), ("c", .int8)]), row).contains("0.1"))
        let good = Row(a: 3, b: Fit(amplitude: 1, phases: [1, 0.5]))
        #expect(
            message(.compound([("a", .int16), ("b", fit), ("c", .int8)]), good)
                .hasPrefix("element 10: the row gives no value for member 'c'"))
        #expect(
            message(.compound([("a", .int16), ("b", .compound([("amplitude", .float32), ("x", .int8)]))]), good)
                .contains("the record has no member 'phases'"))
        #expect(message(.compound([("a", .int16), ("b", .int8)]), good).contains("a record cannot be written"))
        #expect(message(.compound([("a", .fixedString(3)), ("b", fit)]), good).contains("a number cannot be written"))
        #expect(message(.int8, good).contains("a record cannot be written to elements that are int8"))
        struct Optional: Codable { var a: Int8? }
        let type = H5Datatype.compound([("a", .int8)])
        #expect(try encoded([Optional(a: 3)], type) == [3])
        #expect(error { _ = try encoded([Optional()], type) }?.message.contains("no value for member 'a'") == true)
        #expect(error { _ = try H5Datatype(of: Optional.self) }?.message.hasPrefix("member a: Int8? cannot") == true)
        #expect(errorCode { _ = try encoded(samples, try H5Datatype(of: Sample.self)) } == .invalidArgument)
        struct Tree: Codable { var children: [Tree] }
        #expect(errorCode { _ = try H5Datatype(of: Tree.self) } == .invalidArgument)
        #expect(errorCode { _ = try H5Datatype(of: [String: Int].self) } == .invalidArgument)
    }

    @Test("rows may be numbers, text, names of enumerations, and arrays")
    func plainRows() throws {
        #expect(try encoded([1, 2] as [Int], .uint16) == [1, 0, 2, 0])
        #expect(try encoded(["ab", "c"], .fixedString(3)) == [97, 98, 0, 99, 0, 0])
        let mode = try H5Datatype.enumeration([("slow", 7), ("fast", 9)], of: .int8)
        #expect(try encoded([Mode.fast, .slow], mode) == [9, 7])
        #expect(errorCode { _ = try encoded([Mode.fast], .enumeration(.int8, [("slow", [1])])) } == .conversion)
        #expect(try encoded([Color.blue], try H5Datatype(of: Color.self)) == [200])
        #expect(try encoded([[1, 2], [3, 4]] as [[Int32]], .array([2], of: .int8)) == [1, 2, 3, 4])
        #expect(try encoded([[1, 2]] as [[UInt8]], .opaque(2)) == [1, 2])
        #expect(try encoded([Complex<Double>(1, 2)], .complex(of: .float16)) == [0, 0x3C, 0, 0x40])
        #expect(try encoded([[true, false]], .array([2], of: .bool)) == [1, 0])
        #expect(H5Datatype(of: Float.self) == .float32)
        #expect(try H5Datatype(of: String.self) == .string)
    }

    @Test("members of a superclass stand beside those of the class")
    func inheritance() throws {
        class Base: Codable { var a: Int8 = 1 }
        final class Derived: Base {
            var b: Int16 = 2
            private enum Keys: String, CodingKey { case b }
            override init() { super.init() }
            required init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: Keys.self)
                try super.init(from: container.superDecoder())
                b = try container.decode(Int16.self, forKey: .b)
            }
            override func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: Keys.self)
                try super.encode(to: container.superEncoder())
                try container.encode(b, forKey: .b)
            }
        }
        let type = try H5Datatype(of: Derived.self)
        #expect(type == .compound([("a", .int8), ("b", .int16)]))
        #expect(try encoded([Derived()], type) == [1, 2, 0])
    }
}
