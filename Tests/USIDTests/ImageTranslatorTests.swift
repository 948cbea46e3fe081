import Foundation
import HDF5
import Testing

@testable import USID

@Suite("Translating pictures and arrays")
struct ImageTranslatorTests {
    private static let corpus = Fixtures.folder.deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("shared")
    private static let picture = corpus.appendingPathComponent("images/simulated_STEM_Image.tif").path
    private static let translated = corpus.appendingPathComponent("corpus/files/pycro-USID__simulated_STEM_Image.h5")
        .path

    private func translator() -> ImageTranslator {
        var translator = ImageTranslator()
        translator.options = Written.options()
        return translator
    }

    @Test(
        "a picture that pyUSID translated in 2018 comes out bit for bit",
        .enabled(if: FileManager.default.fileExists(atPath: picture)))
    func publishedFile() throws {
        var translator = translator()
        translator.options = Written.options(.pyUSID2019)
        let values = (0..<256).map { Double($0) * 5e-9 / 255 }
        translator.x = TranslatedAxis(USIDDimension("X", units: "nm", values: values))
        translator.y = TranslatedAxis(USIDDimension("Y", units: "nm", values: values))
        translator.spectroscopic = USIDDimension("None", units: "a.u.", values: [1.0])
        try Written.file { file in
            try translator.translate(Self.picture, into: file.root)
        } read: { file, _ in
            let original = try H5File.open(Self.translated)
            let place = "Measurement_000/Channel_000/"
            for name in [
                "Raw_Data", "Position_Indices", "Position_Values", "Spectroscopic_Indices", "Spectroscopic_Values",
            ] {
                let mine = try file.dataset(place + name)
                let other = try original.dataset(place + name)
                #expect(mine.shape == other.shape, "\(name)")
                #expect(mine.datatype == other.datatype, "\(name)")
                #expect(try mine.readBytes() == other.readBytes(), "\(name)")
            }
            let measurement = try file.root.group("Measurement_000")
            #expect(try measurement.attribute("image_min", as: Int64.self) == 0)
            #expect(try measurement.attribute("image_max", as: Int64.self) == 255)
        }
    }

    @Test("the Main of a picture has one position per pixel, and the file is valid")
    func plain() throws {
        let image = try RasterFile(path: Pictures.path("tiff-uint16-big.tif")).image()
        var steps: [TranslationProgress] = []
        try Written.file { file in
            let mains = try translator().translate(Pictures.path("tiff-uint16-big.tif"), into: file.root) {
                steps.append($0)
            }
            #expect(mains.map(\.path) == ["/Measurement_000/Channel_000/Raw_Data"])
        } read: { file, _ in
            let report = try USIDValidator().validate(file)
            #expect(report.findings.isEmpty, "\(report)")
            let main = try #require(try USIDDataset.all(in: file).first)
            #expect(main.quantity == "Intensity")
            #expect(main.units == "a.u.")
            #expect(main.dataset.shape == [63, 1])
            #expect(main.dataset.datatype == .uint16)
            #expect(main.positions.map(\.label) == ["X", "Y"])
            #expect(main.positions.map(\.size) == [9, 7])
            #expect(main.spectroscopic.map(\.label) == ["arb"])
            #expect(.uint16(try main.dataset.read(as: UInt16.self).elements) == image.elements)
            let measurement = try file.root.group("Measurement_000")
            #expect(try measurement.attribute("normalized", as: Bool.self) == false)
            #expect(try measurement.attribute("image_Software") == "make_images.py")
            let root = try file.root
            #expect(try root.attribute("data_type") == "ImageData")
            #expect(try root.attribute("translator") == "ImageTranslator")
        }
        #expect(steps.map(\.completed) == [0, 1, 2])
    }

    @Test("both orders of the positions have the same N-dimensional form")
    func orders() throws {
        var translator = translator()
        translator.order = .yFastest
        try Written.file { file in
            try self.translator().translate(Pictures.path("tiff-int16-little.tif"), into: file.root)
            try translator.translate(Pictures.path("tiff-int16-little.tif"), into: file.root)
        } read: { file, _ in
            let mains = try USIDDataset.all(in: file)
            #expect(
                mains.map(\.path).sorted() == [
                    "/Measurement_000/Channel_000/Raw_Data", "/Measurement_001/Channel_000/Raw_Data",
                ])
            #expect(Set(mains.map { $0.positions.map(\.label) }) == [["X", "Y"], ["Y", "X"]])
            var cells: [[[Int]: Int16]] = []
            for main in mains {
                let cube = try main.nDimensional(as: Int16.self)
                let x = try #require(cube.labels.firstIndex(of: "X"))
                let y = try #require(cube.labels.firstIndex(of: "Y"))
                var found: [[Int]: Int16] = [:]
                for (number, element) in cube.elements.enumerated() {
                    var rest = number
                    var place = [Int](repeating: 0, count: cube.shape.count)
                    for axis in cube.shape.indices.reversed() {
                        place[axis] = rest % cube.shape[axis]
                        rest /= cube.shape[axis]
                    }
                    found[[place[y], place[x]]] = element
                }
                cells.append(found)
            }
            #expect(cells.first == cells.last)
            #expect(cells.first?.count == 63)
        }
    }

    @Test("pixels are brought together by their mean, and what is left over is dropped")
    func binning() throws {
        let image = try RasterImage(
            width: 5, height: 4, channels: .grey,
            elements: .uint8([
                1, 2, 10, 20, 99,
                3, 5, 30, 41, 99,
                0, 0, 255, 255, 99,
                0, 1, 255, 255, 99,
            ]))
        var translator = translator()
        translator.binnedRows = 2
        translator.binnedColumns = 2
        try Written.file { file in
            let main = try translator.write(image, into: file.root)
            // 2.75, 25.25, 0.25 and 255.
            #expect(try main.dataset.read(as: UInt8.self).elements == [3, 25, 0, 255])
            let measurement = try file.root.group("Measurement_000")
            #expect(try measurement.attributes.find("image_binning_size")?.read(as: Int.self).elements == [2, 2])
            #expect(try measurement.attribute("image_binning_method") == "mean")
            #expect(try measurement.attribute("image_max", as: Int64.self) == 255)
        } read: { _, _ in
        }
        translator.binnedRows = 5
        #expect(throws: USIDError.self) { try H5File.discarded { try translator.write(image, into: $0.root) } }
    }

    @Test("values are brought to 0 to 1 as pyUSID does, and equal ones cannot be")
    func normalisation() throws {
        let image = try RasterImage(width: 2, height: 2, channels: .grey, elements: .uint8([10, 13, 17, 30]))
        var translator = translator()
        translator.normalizes = true
        try Written.file { file in
            let main = try translator.write(image, into: file.root)
            #expect(main.dataset.datatype == .float32)
            #expect(try main.dataset.read(as: Float.self).elements == [0, 3 / 20, 7 / 20, 1])
            let measurement = try file.root.group("Measurement_000")
            #expect(try measurement.attribute("image_max", as: Double.self) == 1)
        } read: { _, _ in
        }
        let flat = try RasterImage(width: 2, height: 1, channels: .grey, elements: .float64([4, 4]))
        try H5File.discarded { file in
            #expect(throws: USIDError.self) { try translator.write(flat, into: file.root) }
            let names = try file.root.names()
            #expect(names == [])
        }
    }

    @Test("of colours the brightness is taken")
    func colours() throws {
        let image = try RasterImage(
            width: 5, height: 1, channels: .rgb,
            elements: .uint8([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 200, 100, 50]))
        // What Pillow's convert("L") gives.
        #expect(GreyPixels(image).elements == .uint8([76, 150, 29, 255, 124]))
        let clear = try RasterImage(width: 2, height: 1, channels: .greyAlpha, elements: .uint16([7, 0, 9, 65535]))
        #expect(GreyPixels(clear).elements == .uint16([7, 9]))
    }

    @Test("dimensions of another size than the picture are refused, and nothing is written")
    func wrongDimension() throws {
        var translator = translator()
        translator.x = TranslatedAxis(USIDDimension("X", units: "nm", count: 4))
        try H5File.discarded { file in
            #expect(throws: USIDError.self) {
                try translator.translate(Pictures.path("tiff-uint8-big.tif"), into: file.root)
            }
            let names = try file.root.names()
            #expect(names == [])
        }
    }

    @Test("a file finds its translator, and a description says what would be written")
    func recognition() throws {
        let path = Pictures.path("png-texts.png")
        let found = try #require(try Translators.translator(for: path))
        #expect(type(of: found).name == "ImageTranslator")
        let description = try found.description(of: path)
        #expect(description.format == "PNG")
        #expect(description.mains.map(\.shape) == [[72, 1]])
        #expect(description.metadata.contains(.init("Author", "Łucja")))
        #expect(try Translators.translator(for: Pictures.path("golden.json")) == nil)
    }

    @Test("a table of numbers is a picture, and a text without numbers is none")
    func textImage() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("map.CSV")
        try Data("# 2 nm apart\n1;2,5;3\n4;5;6\n".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try Translators.translator(for: path) != nil)
        let description = try translator().description(of: path)
        #expect(description.format == "text")
        #expect(description.mains.map(\.shape) == [[6, 1]])
        try Written.file { file in
            try translator().translate(path, into: file.root)
        } read: { file, _ in
            let main = try #require(try USIDDataset.all(in: file).first)
            #expect(main.positions.map(\.size) == [3, 2])
            #expect(try main.dataset.read(as: Double.self).elements == [1, 2.5, 3, 4, 5, 6])
            let measurement = try file.root.group("Measurement_000")
            #expect(try measurement.attribute("image_comment") == "2 nm apart")
        }
        var second = translator()
        second.page = 1
        #expect(throws: USIDError.self) { try second.description(of: path) }
        let letter = folder.path("letter.txt")
        try Data("Dear reader,\nno numbers here\n".utf8).write(to: URL(fileURLWithPath: letter))
        #expect(try Translators.translator(for: letter) == nil)
    }

    @Test("arrays become a measurement with a channel each, and further datasets beside the first")
    func arrays() throws {
        let x = USIDDimension("X", units: "nm", count: 3)
        let bias = USIDDimension("Bias", units: "V", values: [-1, 1])
        func main(_ elements: ArrayElements) -> ArrayTranslator.Main {
            .init(
                quantity: "Current", units: "nA", positions: .fastestFirst([x]), spectroscopic: .fastestFirst([bias]),
                elements: elements)
        }
        var writer = ArrayTranslator(
            dataType: "IV", parameters: ["gain": 1e9],
            mains: [main(.float32([1, 2, 3, 4, 5, 6])), main(.int32([6, 5, 4, 3, 2, 1]))],
            extras: [.init(name: "Map", shape: [3, 1], elements: .float64([0.5, 1.5, 2.5]))],
            options: Written.options())
        try Written.file { file in
            let mains = try writer.write(into: file.root)
            #expect(mains.count == 2)
        } read: { file, _ in
            let report = try USIDValidator().validate(file)
            // Equal ancillary datasets of channels are noted: they could be shared.
            #expect(report.findings.allSatisfy { $0.level == .info && $0.rule == "R33" }, "\(report)")
            #expect(
                try file.dataset("Measurement_000/Channel_001/Raw_Data").read(as: Int32.self).elements == [
                    6, 5, 4, 3, 2, 1,
                ])
            #expect(
                try file.dataset("Measurement_000/Channel_000/Map").read(as: Double.self).elements == [0.5, 1.5, 2.5])
            let measurement = try file.root.group("Measurement_000")
            #expect(try measurement.attribute("gain", as: Double.self) == 1e9)
            let root = try file.root
            #expect(try root.attribute("data_type") == "IV")
        }
        // The second Main does not fit its dimensions: the first one is taken back.
        writer.mains[1].elements = .int32([1])
        try H5File.discarded { file in
            #expect(throws: USIDError.self) { try writer.write(into: file.root) }
            let names = try file.root.names()
            #expect(names == [])
            let count = try file.root.attributes.count
            #expect(count == 0)
        }
        writer.mains.removeLast()
        for extra in ["Raw_Data", "Position_Values", ""] {
            writer.extras[0].name = extra
            try H5File.discarded { file in
                #expect(throws: USIDError.self) { try writer.write(into: file.root) }
            }
        }
    }
}

extension H5File {
    /// Runs `body` on a new file that is not kept.
    static func discarded(_ body: (H5File) throws -> some Any) throws {
        let folder = try TemporaryFolder()
        let file = try H5File.create(folder.path("discarded.h5"))
        _ = try body(file)
        try file.close()
    }
}
