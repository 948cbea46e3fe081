import Foundation
import HDF5
import RealModule
import Testing

@testable import USID

@Suite("Export to other programs' files")
struct ExportTests {
    private static let complete = [
        "map4d-paper.h5", "map4d-pyusid.h5", "serpentine.h5", "shuffled-rows.h5", "shuffled-columns.h5", "map6d.h5",
        "main-chunked-gzip.h5", "main-chunks-cut-spectra.h5",
    ]

    private func exported(_ name: String, _ write: (String) throws -> Void) throws -> [UInt8] {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let path = folder.path(name)
        try write(path)
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    private func lines(_ bytes: [UInt8]) -> [[String]] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
    }

    @Test("both forms of a Main as an array", arguments: Self.complete)
    func arrays(name: String) throws {
        let main = try Fixtures.main(name)
        for memory in [H5ByteCount.mebibytes(64), H5ByteCount(bytes: 500)] {
            let cube = try NPYFile(bytes: exported("a.npy") { try main.exportNPY(to: $0, memory: memory) })
            let expected = try main.nDimensional(as: Float.self)
            #expect(cube.type == "<f4" && cube.shape == expected.shape)
            #expect(cube.elements == .float32(expected.elements))
            let matrix = try NPYFile(
                bytes: exported("a.npy") { try main.exportNPY(to: $0, form: .matrix, memory: memory) })
            #expect(matrix.shape == [main.positionCount, main.spectroscopicPointCount])
            #expect(matrix.elements == .float32(try main.dataset.read(as: Float.self).elements))
        }
    }

    @Test("every type of elements, little-endian")
    func elementTypes() throws {
        func array(_ name: String) throws -> NPYFile {
            let main = try Fixtures.main(name)
            return try NPYFile(bytes: exported("a.npy") { try main.exportNPY(to: $0, form: .matrix) })
        }
        func elements<Element: H5Element>(_ name: String, _ type: Element.Type) throws -> [Element] {
            try Fixtures.main(name).dataset.read(as: type).elements
        }
        #expect(try array("main-int16-big-endian.h5").type == "<i2")
        #expect(
            try array("main-int16-big-endian.h5").elements == .int16(elements("main-int16-big-endian.h5", Int16.self)))
        #expect(try array("main-uint8.h5").elements == .uint8(elements("main-uint8.h5", UInt8.self)))
        #expect(try array("main-int64.h5").elements == .int64(elements("main-int64.h5", Int64.self)))
        #expect(try array("main-float16.h5").type == "<f2")
        #expect(try array("main-float64.h5").elements == .float64(elements("main-float64.h5", Double.self)))
        #expect(
            try array("main-complex64.h5").elements == .complex64(elements("main-complex64.h5", Complex<Float>.self)))
        #expect(try array("main-complex128.h5").type == "<c16")
        // NumPy's notation of structures, with the gaps between members.
        for (name, hasGaps) in [("main-compound.h5", false), ("main-compound-padded.h5", true)] {
            let main = try Fixtures.main(name)
            let bytes = try exported("a.npy") { try main.exportNPY(to: $0, form: .matrix) }
            let end = try #require(bytes.firstIndex(of: UInt8(ascii: "\n")))
            let header = String(decoding: bytes[10..<end], as: UTF8.self)
            #expect(header.contains("'descr': [('") && header.contains("|V") == hasGaps, "\(header)")
            #expect(bytes.count == end + 1 + main.dataset.count * main.dataset.datatype.size && (end + 1) % 64 == 0)
        }
    }

    @Test("an array in memory, with no axis or with many")
    func memoryArrays() throws {
        let main = try Fixtures.main("map4d-paper.h5")
        let slice = try main.slice(["X": 1], as: Double.self)
        let read = try NPYFile(bytes: exported("a.npy") { try slice.exportNPY(to: $0) })
        #expect(read.shape == slice.shape && read.elements == .float64(slice.elements))
        let all = (main.positions + main.spectroscopic).map(\.label)
        let one = try main.reduce(over: all, by: .sum, as: Float.self)
        let single = try NPYFile(bytes: exported("a.npy") { try one.exportNPY(to: $0) })
        #expect(single.shape == [] && single.elements == .float32(one.elements))
        let line = try main.reduce(over: Array(all.dropLast()), by: .sum, as: Float.self)
        #expect(try NPYFile(bytes: exported("a.npy") { try line.exportNPY(to: $0) }).shape == line.shape)
    }

    @Test("long headers and names beyond ASCII take the later versions of the format")
    func headers() throws {
        let many = try NPYType(
            .compound((0..<4_000).map { ("member number \($0)", H5Datatype.float32) }), path: "/x")
        let header = many.header(shape: [1, 2])
        #expect(header[6] == 2 && header.count % 64 == 0)
        let named = try NPYType(.compound([("µ'\\\n", .float32), ("b", .float64.bigEndian)]), path: "/x")
        let text = named.header(shape: [])
        #expect(text[6] == 3 && text.count % 64 == 0)
        #expect(String(decoding: text[12...], as: UTF8.self).contains(#"[('µ\'\\\n', '<f4'), ('b', '<f8')]"#))
        var bytes: [UInt8] = Array(0..<24)
        named.convert(&bytes)
        #expect(bytes == [0, 1, 2, 3, 11, 10, 9, 8, 7, 6, 5, 4, 12, 13, 14, 15, 23, 22, 21, 20, 19, 18, 17, 16])
        #expect(throws: USIDError.self) { try NPYType(.string, path: "/x") }
        #expect(try NPYType(.bool, path: "/x").description == "'|b1'")
    }

    @Test("the layout of pyUSID's to_csv", arguments: Self.complete + ["sparse-sampling.h5", "incomplete-raster.h5"])
    func pyUSIDLayout(name: String) throws {
        let main = try Fixtures.main(name)
        for memory in [H5ByteCount.mebibytes(64), H5ByteCount(bytes: 500)] {
            let table = lines(try exported("a.csv") { try main.exportCSV(to: $0, memory: memory) })
            let (positions, spectra) = (main.positionDimensions, main.spectroscopicDimensions)
            let (u, v, s) = (positions.count, spectra.count, main.spectroscopicPointCount)
            #expect(table.count == v + 1 + main.positionCount)
            #expect(table.allSatisfy { $0.count == u + s })
            let values = try main.spectroscopicValues.read(as: Double.self)
            for (number, dimension) in spectra.enumerated() {
                #expect(table[number][..<(u - 1)].allSatisfy { $0.isEmpty })
                #expect(table[number][u - 1] == "\(dimension.label) (\(dimension.units))")
                #expect(table[number][u...].map { Float($0) } == (0..<s).map { Float(values[number, $0]) })
            }
            #expect(table[v][..<u].elementsEqual(positions.map { "\($0.label) (\($0.units))" }))
            #expect(table[v][u...].allSatisfy { $0 == String(repeating: "-", count: 62) })
            let places = try main.positionValues.read(as: Double.self)
            let data = try main.dataset.read(as: Float.self)
            for row in 0..<main.positionCount {
                let line = table[v + 1 + row]
                #expect(line[..<u].map { Float($0) } == (0..<u).map { Float(places[row, $0]) })
                #expect(line[u...].map { Float($0) } == (0..<s).map { data[row, $0] })
            }
        }
    }

    @Test("one line of names and one line per position")
    func plainLayout() throws {
        let main = try Fixtures.main("figure2b-spectrum-paper.h5")
        let table = lines(try exported("a.csv") { try main.exportCSV(to: $0, layout: .plain) })
        #expect(table.count == 1 + main.positionCount)
        #expect(table.allSatisfy { $0.count == main.positionDimensions.count + main.spectroscopicPointCount })
        let dimension = main.spectroscopicDimensions[0]
        let first = try #require(dimension.unitValues?.first)
        #expect(
            table[0][main.positionDimensions.count]
                == "\(main.quantity) (\(main.units)) at \(dimension.label)=\(Float(first)) \(dimension.units)")
        let image = try Fixtures.main("figure2a-image-paper.h5")
        let names = lines(try exported("a.csv") { try image.exportCSV(to: $0, layout: .plain) })[0]
        #expect(names.last == "\(image.quantity) (\(image.units))")
    }

    @Test("slices and reductions as one line per element, with coordinates")
    func coordinates() throws {
        let main = try Fixtures.main("serpentine.h5")
        let whole = try main.nDimensional(as: Float.self)
        let table = lines(try exported("a.csv") { try whole.exportCSV(to: $0) })
        #expect(table.count == 1 + whole.elements.count)
        #expect(table[0].count == whole.labels.count + 1)
        var element = 0
        func check(_ axis: Int, _ coordinates: [Double]) {
            guard axis < whole.shape.count else {
                #expect(table[1 + element].dropLast().map { Double($0) } == coordinates)
                #expect(Float(table[1 + element].last ?? "") == whole.elements[element])
                element += 1
                return
            }
            for value in whole.dimensions[axis].unitValues ?? [] { check(axis + 1, coordinates + [value]) }
        }
        check(0, [])
        // Points without a grid have the values that were measured for them.
        let sparse = try Fixtures.main("sparse-sampling.h5")
        let part = try sparse.slice(["X": .steps(from: 2, to: 4)], as: Float.self)
        let rows = lines(try exported("a.csv") { try part.exportCSV(to: $0) })
        let places = try sparse.positionValues.read(as: Double.self)
        #expect(rows.count == 1 + part.elements.count && rows[0].count == 4)
        #expect(rows[1].prefix(2).map { Float($0) } == [Float(places[2, 0]), Float(places[2, 1])])
        let drifting = try Fixtures.main("values-drift.h5")
        let counted = lines(try exported("a.csv") { try drifting.nDimensional(as: Float.self).exportCSV(to: $0) })
        #expect(Double(counted[1][0]) == 0)
    }

    @Test(
        "a slice that is written part by part is what the slice in memory is",
        arguments: Self.complete + ["sparse-sampling.h5"])
    func slicesInParts(name: String) throws {
        let main = try Fixtures.main(name)
        let first = main.positionDimensions[0].label
        let last = try #require(main.spectroscopicDimensions.last).label
        for selections: [String: USIDSelection] in [
            [:], [first: 0], [first: .list([-1, 0, -1])], [last: .stride(2)],
            [first: .steps(from: 1, to: nil), last: -1],
        ] {
            let whole = try main.slice(selections, as: Float.self)
            for (format, name) in [(USIDViewFormat.npy, "a.npy"), (.csv, "a.csv")] {
                let expected = try exported(name) { try whole.export(to: $0, format, replacing: false) }
                // So little memory that not even a row fits.
                for memory in [H5ByteCount.mebibytes(64), H5ByteCount(bytes: 600), H5ByteCount(bytes: 1)] {
                    var heard: [Int] = []
                    let parts = try exported(name) {
                        let shape = try main.exportSlice(selections, to: $0, format, memory: memory) { done, total in
                            heard.append(done)
                            #expect(total == whole.elements.count)
                        }
                        #expect(shape == whole.shape)
                    }
                    #expect(parts == expected)
                    #expect(heard == heard.sorted() && heard.last == whole.elements.count)
                }
            }
        }
    }

    @Test("numbers are written as their description, which reads back")
    func decimals() {
        var generator = SeededGenerator(seed: 9)
        var doubles: [Double] = [
            0, -0.0, 1, -1, 0.1, 100, 1e15, 999_999_999, 999_999_999.999999, 1e9, 1e-4, 9.9e-5, 1e-6,
            .leastNonzeroMagnitude, .nan,
            .infinity,
            -.infinity, 123456.789, 0x1p53, 0x1p54, 1e16, 0.000123, 2.5e-05, 1e22, .greatestFiniteMagnitude,
        ]
        for digits in 0..<20_000 {
            let power = [1.0, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8][digits % 9]
            doubles.append(Double(Int.random(in: -10_000_000...10_000_000, using: &generator)) / power)
            doubles.append(Double(bitPattern: UInt64.random(in: 0 ... .max, using: &generator)))
            doubles.append(Double.random(in: -1000...1000, using: &generator))
        }
        func text(_ add: (inout CSVText) -> Void) -> String {
            var text = CSVText()
            add(&text)
            return String(decoding: text.bytes, as: UTF8.self)
        }
        #expect(doubles.allSatisfy { value in text { $0.add(value) } == value.description })
        let floats =
            doubles.map { Float($0) } + [16_777_215, 16_777_216, 16_777_218, -8_388_609]
            + (0..<60_000).map { _ in Float(bitPattern: UInt32.random(in: 0 ... .max, using: &generator)) }
        #expect(floats.allSatisfy { value in text { $0.add(value) } == value.description })
    }

    @Test("texts with commas and quotes are quoted, numbers read back as they were")
    func texts() {
        var text = CSVText()
        for cell in ["plain", "a,b", "say \"x\"", "two\nlines"] {
            text.add(cell)
            text.separate()
        }
        #expect(String(decoding: text.bytes, as: UTF8.self) == "plain,\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",")
        func one(_ add: (inout CSVText) -> Void) -> String {
            var text = CSVText()
            add(&text)
            return String(decoding: text.bytes, as: UTF8.self)
        }
        #expect(one { $0.add(Int64.min) } == "-9223372036854775808")
        #expect(one { $0.add(UInt64.max) } == "18446744073709551615")
        #expect(one { $0.add(0) } == "0")
        #expect(one { $0.add(Float(0.1)) } == "0.1")
        #expect(one { $0.add(Complex<Double>(1, -2)) } == "1.0-2.0j")
        #expect(one { $0.add(Complex<Float>(0.5, .nan)) } == "0.5+nanj")
    }

    @Test("complex numbers and members of compounds have text, whole compounds do not")
    func fields() throws {
        let complex = try Fixtures.main("main-complex64.h5")
        let table = lines(try exported("a.csv") { try complex.exportCSV(to: $0, layout: .plain) })
        #expect(table[1].last?.hasSuffix("j") == true)
        let compound = try Fixtures.main("main-compound.h5")
        let column = try compound.dataset.read(field: "Iterations", as: Int.self)
        let cells = lines(try exported("a.csv") { try compound.exportCSV(to: $0, field: "Iterations") })
        #expect(cells.last?.last == "\(column.elements.last ?? 0)")
        for field in [nil, "Nothing"] {
            #expect(throws: USIDError.self) { try exported("a.csv") { try compound.exportCSV(to: $0, field: field) } }
        }
        #expect(throws: USIDError.self) { try exported("a.csv") { try complex.exportCSV(to: $0, field: "a") } }
    }

    @Test("a file appears only when it is whole, and replaces none unless told")
    func wholeness() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let main = try Fixtures.main("map4d-paper.h5")
        let root = URL(fileURLWithPath: folder.path("a")).deletingLastPathComponent().path
        func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: root).sorted() }
        for write in [
            { (path: String, stop: @escaping USIDProgress) in try main.exportNPY(to: path, progress: stop) },
            { path, stop in try main.exportCSV(to: path, progress: stop) },
            { path, stop in try main.exportSlice(["X": 1], to: path, .csv, progress: stop) },
            { path, stop in try main.exportSlice(["X": 1], to: path, .npy, progress: stop) },
        ] {
            #expect(throws: CancellationError.self) {
                try write(folder.path("a")) { _, _ in
                    #expect(try names() == ["a.part"])
                    throw CancellationError()
                }
            }
            #expect(try names() == [])
        }
        try main.exportNPY(to: folder.path("a"))
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.path("a")))
        #expect {
            try main.exportCSV(to: folder.path("a"))
        } throws: {
            ($0 as? H5Error)?.code == .exists
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("a"))) == before)
        try main.exportCSV(to: folder.path("a"), replacing: true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("a"))) != before)
        #expect(try names() == ["a"])
        let sparse = try Fixtures.main("sparse-sampling.h5")
        #expect {
            try sparse.exportNPY(to: folder.path("b"))
        } throws: {
            ($0 as? USIDError)?.code == .noNDimensionalForm
        }
        #expect(try names() == ["a"])
    }
}
