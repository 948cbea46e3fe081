import HDF5
import Testing

/// Elements of the array datatype: their axes follow those of the selection.
@Suite struct ArrayReadingTests {
    private let arrays: H5File
    private let points: H5Dataset

    init() throws {
        arrays = try H5File.open(Fixtures.hdf5("datatypes-arrays-latest.h5"))
        points = try H5File.open(Fixtures.hdf5("virtual-conversion-latest.h5")).dataset("points")
    }

    @Test("arrays of numbers come as numbers with the axes of the arrays last")
    func numbers() throws {
        let plain = try arrays.dataset("array of int").read(as: Int16.self)
        #expect(plain.shape == [2, 3] && plain.elements == [256, 770, 1284, 1798, 2312, 2826])
        let converted = try arrays.dataset("array of int").read(as: Double.self, [1])
        #expect(converted.shape == [3] && converted.elements == [1798, 2312, 2826])
        let deep = try arrays.dataset("array of three dimensions").read(as: UInt32.self)
        #expect(deep.shape == [2, 2, 3, 2] && deep.elements == (0..<24).map { UInt32($0) })
        let nested = try arrays.dataset("array of array").read(as: Int.self, [0..<1])
        #expect(nested.shape == [1, 3, 2] && nested.elements == [256, 770, 1284, 1798, 2312, 2826])
        let big = try arrays.dataset("array of big float").read(as: Float.self)
        #expect(big.shape == [2, 2, 2] && big[1, 1, 1] == 5.198587306954716e-22)
    }

    @Test("memory of the caller holds the numbers of all arrays, no more and no fewer")
    func memory() throws {
        var numbers = [Float](repeating: 0, count: 6)
        try arrays.dataset("array of int").read(into: &numbers)
        #expect(numbers == [256, 770, 1284, 1798, 2312, 2826])
        var short = [Float](repeating: 0, count: 2)
        #expect(throws: H5Error.self) { try arrays.dataset("array of int").read(into: &short) }
    }

    @Test("an array member of a compound is a column with the axes of the array")
    func member() throws {
        let boxes = try points.read(field: "box", as: Int32.self)
        #expect(boxes.shape == [3, 2, 2] && boxes.elements == (0..<12).map { Int32($0) })
        let column = try points.read(field: "box", as: Double.self, [.every(2)])
        #expect(column.shape == [2, 2, 2] && column.elements == [0, 1, 2, 3, 8, 9, 10, 11])
    }

    @Test("arrays in attributes have the axes of the attribute first")
    func attributes() throws {
        let boxes = try points.attributes.require("boxes").read(as: Int64.self)
        #expect(boxes.shape == [4, 2, 2] && boxes.elements == (0..<16).map { Int64($0) })
    }

    @Test("arrays of texts come as texts, fixed or variable in length")
    func texts() throws {
        let fixed = try arrays.dataset("array of string").read(as: String.self)
        #expect(fixed.shape == [2, 2] && fixed.elements == ["ab", "cd", "efg", "h"])
        let variable = try arrays.dataset("array of variable string").read(as: String.self)
        #expect(variable.shape == [2, 2] && variable.elements == ["a", "bb", "", "dddd"])
    }

    @Test("what an array holds must fit the type, and the error counts the values")
    func refusal() throws {
        let error = #expect(throws: H5Error.self) { try arrays.dataset("array of int").read(as: Int8.self) }
        #expect(error?.code == .conversion)
        #expect(error?.message.hasPrefix("element 0 is 256") == true)
        #expect(throws: H5Error.self) { try arrays.dataset("array of compound").read(as: Int.self) }
    }
}
