import HDF5
import RealModule
import Testing

@testable import USID

/// What a reduction must give, worked out cell by cell from the indices.
struct ReductionTable {
    /// The values that fall together, by the indices of the dimensions that are left.
    private(set) var cells: [[Int]: [Double]] = [:]
    let sizes: [Int]

    init(_ main: USIDDataset, _ data: [Double], over labels: Set<String>) {
        let rows = main.positionGrid.matrix
        let columns = main.spectroscopicGrid.matrix
        let keptRows = main.positionDimensions.indices.filter { !labels.contains(main.positionDimensions[$0].label) }
        let keptColumns = main.spectroscopicDimensions.indices.filter {
            !labels.contains(main.spectroscopicDimensions[$0].label)
        }
        sizes = keptRows.map { rows.columns[$0].size } + keptColumns.map { columns.columns[$0].size }
        for row in 0..<rows.pointCount {
            for column in 0..<columns.pointCount {
                let cell =
                    keptRows.map { Int(rows.columns[$0].ranks[row]) }
                    + keptColumns.map { Int(columns.columns[$0].ranks[column]) }
                cells[cell, default: []].append(data[row * columns.pointCount + column])
            }
        }
    }

    /// The results in row-major order of the dimensions that are left.
    func results(_ reduce: ([Double]) -> Double) -> [Double] {
        var order: [[Int]] = [[]]
        for size in sizes { order = order.flatMap { cell in (0..<size).map { cell + [$0] } } }
        return order.map { reduce(cells[$0] ?? []) }
    }

    static func plain(_ name: String) -> ([Double]) -> Double {
        switch name {
        case "mean": { $0.reduce(0, +) / Double($0.count) }
        case "sum": { $0.reduce(0, +) }
        case "min": { $0.min() ?? .nan }
        case "max": { $0.max() ?? .nan }
        case "std":
            { values in
                let mean = values.reduce(0, +) / Double(values.count)
                return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
            }
        case "median":
            { values in
                let sorted = values.sorted()
                let middle = sorted.count / 2
                return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
            }
        default: { _ in .nan }
        }
    }
}

/// Whether numbers are the same but for rounding.
func areClose(_ left: [Double], _ right: [Double], _ tolerance: Double = 1e-12) -> Bool {
    left.count == right.count
        && zip(left, right).allSatisfy {
            $0 == $1 || $0.isNaN && $1.isNaN || ($0 - $1).magnitude <= tolerance * max(1, $0.magnitude, $1.magnitude)
        }
}

@Suite("Reductions over dimensions")
struct ReductionTests {
    /// A Main of random sizes, its points in any order.
    private func randomMain(
        in file: H5File, using generator: inout SeededGenerator
    ) throws -> (main: USIDDataset, data: [Double]) {
        func side(_ letter: String) -> USIDAncillaries {
            var grid = RandomGrid(using: &generator, minimumSize: 1)
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: grid = grid.serpentine()
            case 1: grid.points.shuffle(using: &generator)
            default: break
            }
            return .points(
                fastestFirst: grid.sizes.indices.map { dimension in
                    let indices = grid.points.map { $0[dimension] }
                    return USIDPointColumn(
                        "\(letter)\(dimension)", units: "", values: indices.map { Double($0) * 2 }, indices: indices)
                })
        }
        let (positions, spectroscopic) = (side("P"), side("S"))
        let options = Written.options(Bool.random(using: &generator) ? .pyUSID2019 : .pyUSID2020)
        let group = try Written.channel(file)
        let empty = try USIDDataset.create(
            in: group, "Raw_Data", of: Double.self, quantity: "Q", units: "u", positions: positions,
            spectroscopic: spectroscopic, options: options)
        let data = (0..<empty.positionCount * empty.spectroscopicPointCount).map { _ in
            Double.random(in: -100...100, using: &generator)
        }
        try empty.dataset.write(data)
        return (empty, data)
    }

    @Test("every reduction gives what the indices say, whatever the order of the scan", arguments: 0..<24)
    func random(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed &+ 1)
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let file = try H5File.create(folder.path("a.h5"))
        let (main, data) = try randomMain(in: file, using: &generator)
        let all = (main.positionDimensions + main.spectroscopicDimensions).map(\.label)
        for _ in 0..<4 {
            var labels = all.filter { _ in Bool.random(using: &generator) }
            if labels.isEmpty { labels = [all[0]] }
            let table = ReductionTable(main, data, over: Set(labels))
            for reduction in USIDReduction.named {
                let expected = table.results(ReductionTable.plain(reduction.name))
                for memory in [H5ByteCount.mebibytes(256), H5ByteCount(bytes: 16_000)] {
                    let result = try main.reduce(over: labels, by: reduction, as: Double.self, memory: memory)
                    #expect(result.isNDimensional)
                    #expect(result.labels == all.filter { !labels.contains($0) })
                    #expect(result.shape == table.sizes)
                    #expect(areClose(result.elements, expected), "\(reduction) over \(labels)")
                }
            }
        }
        try file.close()
    }

    @Test("results do not depend on memory and threads, to the last bit")
    func determinism() throws {
        var generator = SeededGenerator(seed: 5)
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let path = folder.path("a.h5")
        let file = try H5File.create(path)
        let (x, y) = (USIDDimension("X", units: "m", count: 40), USIDDimension("Y", units: "m", count: 30))
        let f = USIDDimension("F", units: "Hz", count: 130)
        let data = (0..<40 * 30 * 130).map { _ in Float.random(in: -1...1, using: &generator) * 1e5 }
        try USIDDataset.create(
            in: file.root, "Raw_Data", quantity: "Q", units: "u", positions: .fastestFirst([x, y]),
            spectroscopic: .fastestFirst([f]), values: data,
            options: Written.options(chunks: .shape([64, 130]), filters: [.deflate(1)]))
        try file.commit()
        try file.close()
        for reduction in USIDReduction.named {
            for labels in [["X", "Y"], ["F"], ["X"], ["X", "F"], ["X", "Y", "F"]] {
                var results: [USIDArray<Double>] = []
                // Running results need hardly any memory.
                let least = reduction.name == "median" ? 3 << 20 : labels == ["X", "F"] ? 1_500 : 20_000
                for (threads, memory) in [(1, 64 << 20), (2, 4 << 20), (5, 64 << 20), (3, least)] {
                    var limits = H5Limits.standard
                    limits.threads = threads
                    let main = try USIDDataset(
                        H5File.open(path, options: H5OpenOptions(limits: limits)).dataset("Raw_Data"))
                    results.append(
                        try main.reduce(
                            over: labels, by: reduction, as: Double.self, memory: H5ByteCount(bytes: memory)))
                }
                #expect(results.allSatisfy { $0 == results[0] }, "\(reduction) over \(labels)")
            }
        }
    }

    @Test("data that several threads share give the same for any memory and number of threads, to the last bit")
    func sharing() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let (x, y) = (USIDDimension("X", units: "m", count: 64), USIDDimension("Y", units: "m", count: 64))
        let f = USIDDimension("F", units: "Hz", count: 70)
        // Numbers of all magnitudes, which every order of additions rounds in another way.
        var generator = SeededGenerator(seed: 7)
        let data = (0..<64 * 64 * 70).map { _ in Double.random(in: -1...1, using: &generator) * 1e9 + 0.1 }
        for (number, chunks) in [H5ChunkShape?.none, .shape([512, 7]), .shape([100, 70])].enumerated() {
            let path = folder.path("a\(number).h5")
            let file = try H5File.create(path)
            try USIDDataset.create(
                in: file.root, "Raw_Data", quantity: "Q", units: "u", positions: .fastestFirst([x, y]),
                spectroscopic: .fastestFirst([f]), values: data, options: Written.options(chunks: chunks))
            try file.commit()
            try file.close()
            for labels in [["X", "Y"], ["X"], ["Y", "F"], ["X", "Y", "F"]] {
                for reduction in [USIDReduction.mean, .standardDeviation] {
                    var results: [USIDArray<Double>] = []
                    for (threads, memory) in [(1, 256 << 20), (3, 256 << 20), (2, 60_000)] {
                        var limits = H5Limits.standard
                        limits.threads = threads
                        let main = try USIDDataset(
                            H5File.open(path, options: H5OpenOptions(limits: limits)).dataset("Raw_Data"))
                        results.append(
                            try main.reduce(
                                over: labels, by: reduction, as: Double.self, memory: H5ByteCount(bytes: memory)))
                    }
                    #expect(results.allSatisfy { $0 == results[0] }, "\(reduction) over \(labels) of file \(number)")
                }
            }
            // The data really is shared out.
            let main = try USIDDataset(H5File.open(path).dataset("Raw_Data"))
            let plan = ReductionPlan(
                rows: CellGrouping(main.positionGrid.matrix, keeping: []),
                columns: CellGrouping(main.spectroscopicGrid.matrix, keeping: [0]), memory: 256 << 20)
            let shares = ReductionSharing(plan, chunk: main.dataset.chunkShape, inputBytes: 8).shares(
                of: plan.bands(bytesPerCell: 32)[0])
            #expect(shares.count > 4)
            #expect(shares.reduce(0) { $0 + $1.rows.count * $1.columns.count } == data.count)
        }
    }

    @Test("every stored type gives what its numbers are in double precision")
    func storedTypes() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let file = try H5File.create(folder.path("a.h5"))
        let x = USIDDimension("X", units: "m", count: 11)
        let f = USIDDimension("F", units: "Hz", count: 5)
        func check<Element: H5Number>(_ values: [Element], _ doubles: [Double]) throws {
            let main = try USIDDataset.create(
                in: file.root.createGroup("\(Element.self)"), "Raw_Data", quantity: "Q", units: "u",
                positions: .fastestFirst([x]), spectroscopic: .fastestFirst([f]), values: values,
                options: Written.options())
            for labels in [["X"], ["F"], ["X", "F"]] {
                let table = ReductionTable(main, doubles, over: Set(labels))
                for reduction in USIDReduction.named {
                    #expect(
                        areClose(
                            try main.reduce(over: labels, by: reduction, as: Double.self).elements,
                            table.results(ReductionTable.plain(reduction.name))),
                        "\(reduction) of \(Element.self) over \(labels)")
                }
            }
        }
        func integers<Element: FixedWidthInteger & H5Number>(_ type: Element.Type) throws {
            var generator = SeededGenerator(seed: 3)
            let values =
                [Element.min, Element.max] + (2..<55).map { _ in Element.random(in: .min ... .max, using: &generator) }
            try check(values, values.map { Double($0) })
        }
        try integers(Int8.self)
        try integers(Int16.self)
        try integers(Int32.self)
        try integers(UInt8.self)
        try integers(UInt16.self)
        try integers(UInt32.self)
        try check((0..<55).map { Int64($0) << 40 }, (0..<55).map { Double($0) * 0x1p40 })
        try check((0..<55).map { Float($0) / 3 }, (0..<55).map { Double(Float($0) / 3) })
        #if !(os(macOS) && arch(x86_64))
        try check((0..<55).map { Float16($0) / 3 }, (0..<55).map { Double(Float16($0) / 3) })
        #endif
        // What double precision does not hold is an error, or rounded when that is asked for.
        let wide = try USIDDataset.create(
            in: file.root, "Wide", quantity: "Q", units: "u", positions: .fastestFirst([x]),
            spectroscopic: .fastestFirst([f]), values: [Int64](repeating: .max, count: 55), options: Written.options())
        #expect {
            try wide.reduce(over: ["X"], by: .mean, as: Double.self)
        } throws: {
            ($0 as? H5Error)?.code == .conversion
        }
        #expect(try wide.reduce(over: ["X"], by: .mean, as: Double.self, policy: .rounding).elements[0] == 0x1p63)
        let big = try Fixtures.main("main-int16-big-endian.h5")
        let labels = big.positionDimensions.map(\.label)
        #expect(
            areClose(
                try big.reduce(over: labels, by: .sum, as: Double.self).elements,
                try ReductionTable(big, big.dataset.read(as: Double.self).elements, over: Set(labels)).results(
                    ReductionTable.plain("sum"))))
    }

    @Test("sums keep what single additions would lose")
    func precision() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let file = try H5File.create(folder.path("a.h5"))
        let t = USIDDimension("T", units: "s", count: 4)
        let x = USIDDimension("X", units: "m", count: 2)
        let values = [1e16, 1, -1e16, 1, 1e8 + 1, 1e8 + 2, 1e8 + 3, 1e8 + 4]
        let main = try USIDDataset.create(
            in: file.root, "Raw_Data", quantity: "Q", units: "", positions: .fastestFirst([x]),
            spectroscopic: .fastestFirst([t]), values: values, options: Written.options())
        #expect(try main.reduce(over: ["T"], by: .sum, as: Double.self).elements == [2, 4e8 + 10])
        #expect(try main.reduce(over: ["T"], by: .mean, as: Double.self).elements == [0.5, 1e8 + 2.5])
        let spread = try main.reduce(over: ["T"], by: .standardDeviation, as: Double.self).elements[1]
        #expect((spread - 1.25.squareRoot()).magnitude < 1e-12)
    }

    @Test("NaN propagates, and infinities stay what they are")
    func specialValues() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let file = try H5File.create(folder.path("a.h5"))
        let t = USIDDimension("T", units: "s", count: 4)
        let x = USIDDimension("X", units: "m", count: 4)
        let values: [Double] = [
            1, .nan, 3, 4, 1, .infinity, 3, 4, -.infinity, .infinity, 1, 2, 5, 6, 7, 9,
        ]
        let main = try USIDDataset.create(
            in: file.root, "Raw_Data", quantity: "Q", units: "", positions: .fastestFirst([x]),
            spectroscopic: .fastestFirst([t]), values: values, options: Written.options())
        func reduced(_ reduction: USIDReduction, over labels: [String] = ["T"]) throws -> [Double] {
            try main.reduce(over: labels, by: reduction, as: Double.self).elements
        }
        #expect(areClose(try reduced(.sum), [.nan, .infinity, .nan, 27]))
        #expect(areClose(try reduced(.mean), [.nan, .infinity, .nan, 6.75]))
        #expect(areClose(try reduced(.minimum), [.nan, 1, -.infinity, 5]))
        #expect(areClose(try reduced(.maximum), [.nan, .infinity, .infinity, 9]))
        #expect(areClose(try reduced(.median), [.nan, 3.5, 1.5, 6.5]))
        #expect(try reduced(.standardDeviation)[0].isNaN)
        #expect(try reduced(.standardDeviation)[1].isNaN)
        for reduction in USIDReduction.named { #expect(try reduced(reduction, over: ["T", "X"])[0].isNaN) }
    }

    @Test("points without a grid are reduced to the cells that occur")
    func incomplete() throws {
        let sparse = try Fixtures.main("sparse-sampling.h5")
        let all = try sparse.dataset.read(as: Double.self)
        let columns = all.shape[1]
        let mean = try sparse.reduce(over: ["X", "Y"], by: .mean, as: Double.self)
        #expect(mean.isNDimensional && mean.labels == ["Bias"])
        #expect(
            areClose(
                mean.elements,
                (0..<columns).map { column in
                    (0..<all.shape[0]).reduce(0) { $0 + all[$1, column] } / Double(all.shape[0])
                }))
        // Of counted points, one dimension tells as much as both.
        let one = try sparse.reduce(over: ["X"], by: .mean, as: Double.self)
        #expect(one.labels == ["Y", "Bias"])
        #expect(one.elements == all.elements)
        let spectra = try sparse.reduce(over: ["Bias"], by: .sum, as: Double.self)
        #expect(!spectra.isNDimensional)
        #expect(spectra.shape == [all.shape[0], 1] && spectra.rows == .all)

        let aborted = try Fixtures.main("incomplete-raster.h5")
        let data = try aborted.dataset.read(as: Double.self)
        let table = ReductionTable(aborted, data.elements, over: ["X"])
        let lines = try aborted.reduce(over: ["X"], by: .mean, as: Double.self)
        #expect(lines.isNDimensional)
        #expect(areClose(lines.elements, table.results(ReductionTable.plain("mean"))))
    }

    @Test("a reduction of one's own gets all values of a cell in order")
    func custom() throws {
        let main = try Fixtures.main("serpentine.h5")
        let labels = main.positionDimensions.map(\.label)
        let data = try main.dataset.read(as: Double.self)
        let first = USIDReduction.custom(name: "first") { $0.first ?? .nan }
        #expect(
            try main.reduce(over: labels, by: first, as: Double.self).elements
                == (0..<data.shape[1]).map { data[0, $0] })
        let count = USIDReduction.custom(name: "count") { Double($0.count) }
        #expect(
            try main.reduce(over: [labels[0]], by: count, as: Float.self).elements.allSatisfy {
                $0 == Float(main.positionDimensions[0].size)
            })
        struct Refusal: Error {}
        #expect(throws: Refusal.self) {
            try main.reduce(over: labels, by: .custom(name: "no") { _ in throw Refusal() }, as: Double.self)
        }
    }

    @Test("complex numbers have means and sums, members of compounds are reduced by name")
    func elementTypes() throws {
        let complex = try Fixtures.main("main-complex64.h5")
        let data = try complex.dataset.read(as: Complex<Double>.self)
        let labels = (complex.positionDimensions + complex.spectroscopicDimensions).map(\.label)
        let mean = try complex.reduce(over: labels, by: .mean, as: Complex<Float>.self)
        let expected = data.elements.reduce(Complex<Double>.zero, +)
        let count = Double(data.count)
        #expect(mean.shape == [])
        #expect((Double(mean.elements[0].real) - expected.real / count).magnitude < 1e-6)
        #expect((Double(mean.elements[0].imaginary) - expected.imaginary / count).magnitude < 1e-6)
        func code(_ body: () throws -> Void) -> USIDError.Code? {
            do {
                try body()
                return nil
            } catch { return (error as? USIDError)?.code }
        }
        #expect(code { _ = try complex.reduce(over: labels, by: .mean, as: Double.self) } == .invalidArgument)
        #expect(
            code { _ = try complex.reduce(over: labels, by: .median, as: Complex<Double>.self) } == .invalidArgument)

        let compound = try Fixtures.main("main-compound.h5")
        let column = try compound.dataset.read(field: "Iterations", as: Double.self)
        let all = (compound.positionDimensions + compound.spectroscopicDimensions).map(\.label)
        #expect(
            try compound.reduce(over: all, by: .maximum, field: "Iterations", as: Double.self).elements
                == [column.elements.max() ?? .nan])
        #expect(code { _ = try compound.reduce(over: all, by: .maximum, as: Double.self) } == .invalidArgument)
        #expect(
            code { _ = try compound.reduce(over: all, by: .maximum, field: "None", as: Double.self) }
                == .invalidArgument)
        let plain = try Fixtures.main("map4d-paper.h5")
        #expect(code { _ = try plain.reduce(over: ["X"], by: .mean, field: "a", as: Double.self) } == .invalidArgument)
        #expect(code { _ = try plain.reduce(over: ["Z"], by: .mean, as: Double.self) } == .unknownDimension)
        #expect(code { _ = try plain.reduce(over: [], by: .mean, as: Double.self) } == .invalidArgument)
    }

    @Test("a cell that does not fit the memory is refused; one that does is worked out in bands")
    func memory() throws {
        let main = try Fixtures.main("map4d-paper.h5")
        let positions = main.positionDimensions.map(\.label)
        let bytes = main.positionCount * 8
        let whole = try main.reduce(over: positions, by: .median, as: Double.self)
        #expect(
            try main.reduce(over: positions, by: .median, as: Double.self, memory: H5ByteCount(bytes: 2 * bytes))
                == whole)
        #expect {
            try main.reduce(over: positions, by: .median, as: Double.self, memory: H5ByteCount(bytes: 2 * bytes - 16))
        } throws: {
            ($0 as? USIDError)?.code == .tooLarge
        }
        // Running results need no values to be kept.
        let least = H5ByteCount(bytes: 1)
        for reduction in [USIDReduction.mean, .sum, .minimum, .maximum, .standardDeviation] {
            #expect(
                try main.reduce(over: positions, by: reduction, as: Double.self, memory: least)
                    == main.reduce(over: positions, by: reduction, as: Double.self))
        }
    }

    @Test("progress is told, and ends the work when it throws")
    func progress() throws {
        let main = try Fixtures.main("map4d-paper.h5")
        var heard: [Int] = []
        _ = try main.reduce(over: ["X"], by: .mean, as: Double.self, memory: H5ByteCount(bytes: 2_000)) { done, total in
            heard.append(done)
            #expect(total == main.positionCount * main.spectroscopicPointCount)
        }
        #expect(heard.count > 1 && heard == heard.sorted())
        #expect(heard.last == main.positionCount * main.spectroscopicPointCount)
        #expect(throws: CancellationError.self) {
            try main.reduce(over: ["X"], by: .mean, as: Double.self) { _, _ in throw CancellationError() }
        }
    }

    @Test("the median of many equal, sorted and random values is the middle one", arguments: 0..<40)
    func median(seed: UInt64) {
        var generator = SeededGenerator(seed: seed &+ 1)
        let count = Int.random(in: 1...400, using: &generator)
        var values = (0..<count).map { _ in Double(Int.random(in: 0...(seed % 3 == 0 ? 3 : 1000), using: &generator)) }
        if seed % 4 == 1 { values.sort() }
        if seed % 4 == 2 { values.sort(by: >) }
        let expected = ReductionTable.plain("median")(values)
        var changed = [-1] + values + [1e9]
        #expect(Median.value(of: &changed, in: 1..<count + 1) == expected)
        #expect(changed[0] == -1 && changed[count + 1] == 1e9)
        #expect(changed.sorted() == ([-1] + values + [1e9]).sorted())
    }
}
