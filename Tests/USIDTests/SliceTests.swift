import HDF5
import Testing

@testable import USID

@Suite("Slices by dimension names")
struct SliceTests {
    /// A slice cut out of the whole N-dimensional form, by the chosen indices per axis.
    private func cut(_ whole: USIDArray<Float>, _ chosen: [String: [Int]], dropping: Set<String>) -> ([Int], [Float]) {
        let asked = zip(whole.labels, whole.shape).map { chosen[$0] ?? Array(0..<$1) }
        var linear = [0]
        for (indices, size) in zip(asked, whole.shape) {
            linear = linear.flatMap { cell in indices.map { cell * size + $0 } }
        }
        let shape = zip(whole.labels, asked).filter { !dropping.contains($0.0) }.map(\.1.count)
        return (shape, linear.map { whole.elements[$0] })
    }

    @Test(
        "every kind of selection gives what cutting the whole gives",
        arguments: ["map4d-paper.h5", "map4d-pyusid.h5"])
    func kinds(name: String) throws {
        let main = try Fixtures.main(name)
        let whole = try main.nDimensional(as: Float.self)
        let cases: [([String: USIDSelection], [String: [Int]], Set<String>)] = [
            ([:], [:], []),
            (["Frequency": 2], ["Frequency": [2]], ["Frequency"]),
            (["Frequency": .nearest(321)], ["Frequency": [2]], ["Frequency"]),
            (["X": .range(1..<3), "Bias": -1], ["X": [1, 2], "Bias": [2]], ["Bias"]),
            (["X": .stride(2), "Y": .stride(2, in: 1..<3)], ["X": [0, 2], "Y": [1]], []),
            (["Y": .list([2, 0, 2]), "Frequency": .list([-1, 1])], ["Y": [2, 0, 2], "Frequency": [4, 1]], []),
            (
                ["Frequency": .values(305...335), "Bias": .values(-1...10)],
                ["Frequency": [1, 2, 3], "Bias": [1, 2]], []
            ),
            (
                ["X": 0, "Y": 1, "Frequency": 2, "Bias": 0], ["X": [0], "Y": [1], "Frequency": [2], "Bias": [0]],
                ["X", "Y", "Frequency", "Bias"]
            ),
            (["X": .all], [:], []),
        ]
        for (selections, chosen, dropping) in cases {
            let slice = try main.slice(selections, as: Float.self)
            let (shape, elements) = cut(whole, chosen, dropping: dropping)
            #expect(slice.isNDimensional)
            #expect(slice.shape == shape, "\(selections)")
            #expect(slice.elements == elements, "\(selections)")
            #expect(slice.labels == whole.labels.filter { !dropping.contains($0) })
        }
    }

    @Test("random slices of serpentine and shuffled scans are right", arguments: 0..<30)
    func random(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let main = try Fixtures.main(["serpentine.h5", "shuffled-rows.h5", "shuffled-columns.h5"][Int(seed % 3)])
        let whole = try main.nDimensional(as: Float.self)
        var selections: [String: USIDSelection] = [:]
        var chosen: [String: [Int]] = [:]
        for (label, size) in zip(whole.labels, whole.shape) where Bool.random(using: &generator) {
            let list = (0..<Int.random(in: 1...size, using: &generator)).map { _ in
                Int.random(in: 0..<size, using: &generator)
            }
            selections[label] = .list(list)
            chosen[label] = list
        }
        let slice = try main.slice(selections, as: Float.self)
        let (shape, elements) = cut(whole, chosen, dropping: [])
        #expect(slice.shape == shape)
        #expect(slice.elements == elements)
    }

    @Test("points without a grid come as rows and columns")
    func sparse() throws {
        let main = try Fixtures.main("sparse-sampling.h5")
        let all = try main.dataset.read(as: Float.self)
        let slice = try main.slice(["X": .range(2..<5), "Bias": 1], as: Float.self)
        #expect(!slice.isNDimensional)
        #expect(slice.labels == ["positions", "spectroscopic points"])
        #expect(slice.shape == [3, 1])
        #expect(slice.rows == .some([2, 3, 4]))
        #expect(slice.columns == .some([1]))
        #expect(slice.elements == [2, 3, 4].map { all[$0, 1] })
        // By the measured place of each point.
        let near = try main.slice(["X": .values(50...70)], as: Float.self)
        #expect(near.rows == .some([5, 6, 7]))
    }

    @Test("a complete part of an incomplete scan is N-dimensional")
    func completePart() throws {
        let main = try Fixtures.main("incomplete-raster.h5")
        let slice = try main.slice(["Y": .range(0..<2), "Energy": 3], as: Float.self)
        #expect(slice.isNDimensional)
        #expect(slice.labels == ["X", "Y"])
        let all = try main.dataset.read(as: Float.self)
        #expect(slice.elements == (0..<5).flatMap { x in (0..<2).map { y in all[y * 5 + x, 3] } })
        #expect(try !main.slice(["Y": 2], as: Float.self).rows.isEmptyOrAll)
    }

    @Test("one member of compound data is sliced by its name")
    func fields() throws {
        let main = try Fixtures.main("main-compound.h5")
        let whole = try main.nDimensional(field: "Iterations", as: Int.self)
        let slice = try main.slice(["Bias": 1], field: "Iterations", as: Int.self)
        #expect(slice.elements == (0..<15).map { whole.elements[$0 * 3 + 1] })
    }

    @Test("what cannot be chosen is refused with a reason")
    func errors() throws {
        let main = try Fixtures.main("map4d-paper.h5")
        func code(_ selections: [String: USIDSelection]) -> USIDError.Code? {
            do {
                _ = try main.slice(selections, as: Float.self)
                return nil
            } catch {
                return (error as? USIDError)?.code
            }
        }
        #expect(code(["Z": 0]) == .unknownDimension)
        #expect(code(["X": 4]) == .outOfRange)
        #expect(code(["X": -5]) == .outOfRange)
        #expect(code(["X": .index(.min)]) == .outOfRange)
        #expect(code(["X": .range(2..<5)]) == .outOfRange)
        #expect(code(["X": .range(-1..<2)]) == .outOfRange)
        #expect(code(["X": .list([0, 9])]) == .outOfRange)
        #expect(code(["X": .list([])]) == .invalidArgument)
        #expect(code(["X": .range(1..<1)]) == .invalidArgument)
        #expect(code(["X": .stride(0)]) == .invalidArgument)
        #expect(code(["Frequency": .values(301...302)]) == .outOfRange)
        #expect(code(["Frequency": .nearest(.nan)]) == .outOfRange)
        let drifting = try Fixtures.main("values-drift.h5")
        #expect { try drifting.slice(["X": .nearest(0)], as: Float.self) } throws: {
            ($0 as? USIDError)?.code == .noUnitValues
        }
        #expect(try drifting.slice(["X": 0], as: Float.self).shape == [3, 1])
    }
}

extension USIDPoints {
    fileprivate var isEmptyOrAll: Bool { self == .all || self == .some([]) }
}
