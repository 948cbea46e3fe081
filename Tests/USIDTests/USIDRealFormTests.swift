import HDF5
import Testing

@testable import USID

@Suite("Real and complex")
struct USIDRealFormTests {
    @Test("complex numbers become real parts, then imaginary parts, along the last axis, and back")
    func complex() throws {
        let shape = [2, 2, 3]
        let elements = (0..<12).map { Complex(Float($0), -Float($0) / 2) }
        let array = try H5Array(shape: shape, elements: elements)
        let real = try array.flattenedToReal()
        #expect(real.shape == [2, 2, 6])
        #expect(Array(real.elements.prefix(12)) == [0, 1, 2, 0, -0.5, -1, 3, 4, 5, -1.5, -2, -2.5])
        #expect(try real.stackedToComplex() == array)
        let wide = try H5Array(shape: [3], elements: (0..<3).map { Complex(Double($0), 7) })
        #expect(try wide.flattenedToReal().elements == [0, 1, 2, 7, 7, 7])
        #expect(try wide.flattenedToReal().stackedToComplex() == wide)
        let single = try H5Array(shape: [], elements: [Complex<Double>(1, 2)])
        #expect(try single.flattenedToReal() == H5Array(shape: [2], elements: [1, 2]))
    }

    @Test("an odd number of columns makes no complex numbers")
    func odd() throws {
        let array = try H5Array(shape: [2, 3], elements: [Float](repeating: 0, count: 6))
        #expect { try array.stackedToComplex() } throws: { ($0 as? USIDError)?.code == .invalidArgument }
        #expect { try H5Array(shape: [], elements: [1.0]).stackedToComplex() } throws: {
            ($0 as? USIDError)?.code == .invalidArgument
        }
    }

    private struct Fit: Codable, Equatable {
        var amplitude: Float
        var count: Int16
        var phase: Float
    }

    @Test("members of rows follow each other along the last axis, and become rows again")
    func rows() throws {
        let rows = (0..<6).map { Fit(amplitude: Float($0), count: 4, phase: Float($0) / 4) }
        let array = try H5Array(shape: [2, 3], elements: rows)
        let real = try array.flattenedToReal([\.amplitude, \.phase])
        #expect(real.shape == [2, 6])
        #expect(real.elements == [0, 1, 2, 0, 0.25, 0.5, 3, 4, 5, 0.75, 1, 1.25])
        #expect(try real.stacked(to: Fit(amplitude: 0, count: 4, phase: 0), [\.amplitude, \.phase]) == array)
        #expect(throws: USIDError.self) { try array.flattenedToReal([] as [KeyPath<Fit, Float>]) }
        #expect(throws: USIDError.self) {
            try real.stacked(to: rows[0], [\.amplitude, \.phase, \.phase, \.phase])
        }
    }

    /// A Main of 4 positions and 3 points.
    private func main(_ type: H5Datatype, _ file: H5File) throws -> USIDDataset {
        try USIDDataset.create(
            in: Written.channel(file), "Raw_Data", datatype: type, quantity: "Signal", units: "V",
            positions: .fastestFirst([USIDDimension("X", units: "m", count: 4)]),
            spectroscopic: .fastestFirst([USIDDimension("T", units: "s", count: 3)]), options: Written.options())
    }

    @Test(
        "a Main of any type reads as real numbers part after part, and is written from them",
        arguments: [
            (.float32, [""]), (.int16.bigEndian, [""]), (.complex(of: .float32), ["real", "imaginary"]),
            (.complex(of: .float64.bigEndian), ["real", "imaginary"]),
            (.compound([("a", .float32), ("n", .uint8)]), ["a", "n"]),
            (
                .compound([("z", .complex(of: .float64)), ("n", .int32), ("h", .float16)]),
                ["z (real)", "z (imaginary)", "n", "h"]
            ),
        ] as [(H5Datatype, [String])])
    func mains(type: H5Datatype, names: [String]) throws {
        try Written.file { file in
            let main = try main(type, file)
            #expect(try main.realForm.parts.map(\.name) == names)
            let count = names.count * 3
            let rows = (0..<4 * count).map(Double.init)
            try main.writeReal(Array(rows[..<count]), atPositions: 0..<1)
            try main.writeReal(rows[count...].map { Float($0) }, atPositions: 1..<4)
            let all = try main.readReal(as: Double.self)
            #expect(all.shape == [4, count])
            #expect(all.elements == rows)
            let some = try main.readReal(as: Float.self, positions: 2..<4)
            #expect(some.shape == [2, count])
            #expect(some.elements == rows[(2 * count)...].map { Float($0) })
            #expect { try main.readReal(as: Float.self, positions: 3..<5) } throws: {
                ($0 as? USIDError)?.code == .outOfRange
            }
            #expect { try main.writeReal([1] as [Double], atPositions: 0..<1) } throws: {
                ($0 as? USIDError)?.code == .invalidArgument
            }
        } read: { file, _ in
            let main = try #require(try USIDDataset.all(in: file).first)
            #expect { try main.writeReal([Double](repeating: 0, count: names.count * 3), atPositions: 0..<1) } throws: {
                ($0 as? USIDError)?.code == .readOnly
            }
            // The first element is what its parts say, wherever these are stored.
            if type == .complex(of: .float32) {
                #expect(try main.dataset.read(as: Complex<Float>.self, [0, 1]).elements == [Complex(1, 4)])
            }
            if names.count == 4 {
                #expect(try main.dataset.read(field: "h", as: Float.self, [1, 2]).elements == [23])
                #expect(
                    try main.dataset.read(field: "z", as: Complex<Double>.self, [1, 2]).elements == [Complex(14, 17)])
            }
        }
    }

    @Test("elements that are no numbers have no real form")
    func refused() {
        for type in [H5Datatype.string, .bool, .compound([("a", .string)])] {
            #expect { try USIDRealForm(type) } throws: { ($0 as? USIDError)?.rule == "R4" }
        }
    }
}
