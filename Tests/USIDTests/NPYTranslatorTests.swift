import Foundation
import HDF5
import Testing

@testable import USID

@Suite("Translating arrays of NumPy")
struct NPYTranslatorTests {
    private static let folder = Fixtures.folder.deletingLastPathComponent().appendingPathComponent("arrays")
    private static let names = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "c8", "c16"]

    private func translator() -> NPYTranslator {
        var translator = NPYTranslator()
        translator.options = Written.options()
        return translator
    }

    @Test(
        "an array comes out with the same elements, whatever its type and order",
        arguments: names, ["little", "big", "fortran"])
    func elements(type: String, order: String) throws {
        let path = Self.folder.appendingPathComponent("\(type)-\(order).npy").path
        let array = try NPYFile(path: path)
        try Written.file { file in
            let mains = try translator().translate(path, into: file.root)
            let described = try translator().description(of: path).mains.map(\.shape)
            #expect(described == mains.map { [$0.positionCount, $0.spectroscopicPointCount] })
        } read: { file, _ in
            let main = try USIDDataset(file.dataset("Measurement_000/Channel_000/Raw_Data"))
            #expect(main.nDimensionalForm == .available(labels: ["Axis_0", "Axis_1", "Axis_2"], shape: array.shape))
            func check<List: ElementList>(_ list: List) throws where List.Element: Equatable {
                #expect(try main.dataset.read(as: List.Element.self).elements == list.list)
            }
            switch array.elements {
            case .complex64(let values): try check(values)
            case .complex128(let values): try check(values)
            case .float32(let values): try check(values)
            case .float64(let values): try check(values)
            case .int8(let values): try check(values)
            case .int16(let values): try check(values)
            case .int32(let values): try check(values)
            case .int64(let values): try check(values)
            case .uint8(let values): try check(values)
            case .uint16(let values): try check(values)
            case .uint32(let values): try check(values)
            case .uint64(let values): try check(values)
            case .boolean: Issue.record("no array of Booleans is given")
            }
            #expect(try USIDValidator().validate(file).findings.isEmpty)
        }
    }

    @Test("axes are split and named as the caller says")
    func axes() throws {
        try Written.file { file in
            var translator = translator()
            translator.axes = [
                TranslatedAxis("Cycle", units: ""), TranslatedAxis("Bias", units: "V", from: -3, through: 3),
                TranslatedAxis(USIDDimension("Phase", units: "deg", values: [0.0, 90])),
            ]
            translator.positionAxes = 0
            translator.quantity = "Current"
            translator.units = "nA"
            try translator.translate(Self.folder.appendingPathComponent("f4-little.npy").path, into: file.root)
        } read: { file, _ in
            let main = try USIDDataset(file.dataset("Measurement_000/Channel_000/Raw_Data"))
            #expect(main.positionCount == 1)
            #expect(main.spectroscopic.map(\.label) == ["Phase", "Bias", "Cycle"])
            #expect(try main.dimension("Bias").requireUnitValues() == [-3, -1, 1, 3])
            #expect(main.quantity == "Current")
        }
    }

    @Test(
        "positions are read several at a time, or in parts where one is longer than what is read",
        arguments: [1, 12, 40, 96])
    func batches(bytes: Int) throws {
        let path = Self.folder.appendingPathComponent("f4-big.npy").path
        guard case .float32(let values) = try NPYFile(path: path).elements else {
            Issue.record("the array holds something else")
            return
        }
        for positionAxes in 0...3 {
            try Written.file { file in
                var translator = translator()
                translator.positionAxes = positionAxes
                translator.batchBytes = bytes
                try translator.translate(path, into: file.root)
            } read: { file, _ in
                let stored = try file.dataset("Measurement_000/Channel_000/Raw_Data").read(as: Float.self).elements
                #expect(stored == values)
            }
        }
    }

    @Test("Booleans are 0 and 1")
    func booleans() throws {
        let path = Self.folder.appendingPathComponent("bool.npy").path
        guard case .boolean(let values) = try NPYFile(path: path).elements else {
            Issue.record("the array holds something else")
            return
        }
        try Written.file { file in
            try translator().translate(path, into: file.root)
        } read: { file, _ in
            let stored = try file.dataset("Measurement_000/Channel_000/Raw_Data").read(as: UInt8.self).elements
            #expect(stored == values.map { $0 ? 1 : 0 })
        }
    }

    @Test("axes that do not fit are refused, and nothing is written")
    func wrongAxes() throws {
        let path = Self.folder.appendingPathComponent("f4-little.npy").path
        try Written.file { file in
            var few = translator()
            few.axes = [TranslatedAxis("X", units: "")]
            var long = translator()
            long.axes = ["X", "Y", "Z"].map { TranslatedAxis(USIDDimension($0, units: "", count: 3)) }
            var many = translator()
            many.positionAxes = 4
            var repeated = translator()
            repeated.axes = ["X", "Y", "X"].map { TranslatedAxis($0, units: "") }
            for wrong in [few, long, many, repeated] {
                #expect(throws: USIDError.self) { try wrong.translate(path, into: file.root) }
            }
            let empty = Self.folder.appendingPathComponent("empty.npy").path
            #expect(throws: USIDError.self) { try translator().translate(empty, into: file.root) }
        } read: { file, _ in
            let count = try file.root.count
            #expect(count == 0)
        }
    }

    @Test("an array that is cut short is refused")
    func cut() throws {
        let folder = try TemporaryFolder()
        let bytes = [UInt8](try Data(contentsOf: Self.folder.appendingPathComponent("f8-big.npy")))
        let path = folder.path("cut.npy")
        try Data(bytes.dropLast()).write(to: URL(fileURLWithPath: path))
        try Written.file { file in
            do {
                try translator().translate(path, into: file.root)
                Issue.record("an array that is cut short was translated")
            } catch let error as USIDError {
                #expect(error.code == .damagedFile)
                #expect(error.path == path)
            }
        } read: { file, _ in
            let count = try file.root.count
            #expect(count == 0)
        }
    }
}
