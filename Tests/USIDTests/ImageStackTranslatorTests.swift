import Foundation
import HDF5
import Testing

@testable import USID

@Suite("Translating stacks of pictures")
struct ImageStackTranslatorTests {
    private static let pages = ["tiff-uint16-big.tif", "tiff-uint16-little.tif"]

    private func translator(_ filters: [H5DatasetFilter] = []) -> ImageStackTranslator {
        var translator = ImageStackTranslator()
        translator.image.options = Written.options(filters: filters)
        return translator
    }

    private static func samples(_ name: String, page: Int = 0) throws -> [Double] {
        let image = try RasterFile(path: Pictures.path(name)).image(page: page)
        guard case .uint16(let values) = image.elements else {
            throw USIDError(.invalidArgument, path: name, "not 16 bits")
        }
        return values.map { Double($0) }
    }

    @Test("each picture becomes a spectroscopic point, in order")
    func columns() throws {
        let first = try Self.samples(Self.pages[0])
        // The second is the first with every value halved, so that the order shows.
        let folder = try TemporaryFolder()
        let size = try RasterFile(path: Pictures.path(Self.pages[0])).layout()
        let header = Array("P5 \(size.width) \(size.height) 65535\n".utf8)
        func picture(_ values: [Double]) -> [UInt8] {
            header + values.flatMap { [UInt8(Int($0) >> 8), UInt8(Int($0) & 255)] }
        }
        let pictures = [first, first.map { ($0 / 2).rounded(.down) }]
        let paths = ["a.pgm", "b.pgm"].map(folder.path)
        for (path, values) in zip(paths, pictures) {
            try Data(picture(values)).write(to: URL(fileURLWithPath: path))
        }
        try Written.file { file in
            var translator = translator([.shuffle, .deflate(1)])
            translator.frame = TranslatedAxis("Time", units: "s", from: 0, through: 0.25)
            var steps: [TranslationProgress] = []
            let main = try translator.translate(paths, into: file.root) { steps.append($0) }
            #expect(steps.last?.completed == steps.last?.total)
            #expect(main.spectroscopicPointCount == 2)
        } read: { file, _ in
            let main = try USIDDataset(file.dataset("Measurement_000/Channel_000/Raw_Data"))
            let stored = try main.dataset.read(as: Double.self).elements
            #expect(stored == zip(pictures[0], pictures[1]).flatMap { [$0, $1] })
            #expect(try main.dimension("Time").requireUnitValues() == [0, 0.25])
            #expect(main.positions.map(\.size) == [size.width, size.height])
            #expect(try USIDValidator().validate(file).findings.isEmpty)
        }
    }

    @Test("all pictures together are brought to 0 to 1")
    func normalised() throws {
        try Written.file { file in
            var translator = translator()
            translator.image.normalizes = true
            translator.image.binnedRows = 2
            translator.image.order = .yFastest
            try translator.translate(Self.pages.map(Pictures.path), into: file.root)
        } read: { file, _ in
            let main = try USIDDataset(file.dataset("Measurement_000/Channel_000/Raw_Data"))
            let values = try main.dataset.read(as: Float.self).elements
            #expect(main.dataset.datatype == .float32)
            #expect(values.min() == 0)
            #expect(values.max() == 1)
            #expect(main.positions.first?.label == "Y")
            let measurement = try file.root.group("Measurement_000")
            #expect(try measurement.attribute("image_max", as: Double.self) == 1)
            #expect(try measurement.attribute("normalized", as: Bool.self))
        }
    }

    @Test("pictures of different sizes are no stack, and nothing is written")
    func differentSizes() throws {
        try Written.file { file in
            do {
                try translator().translate(Pictures.path("tiff-stack-big-big.tif"), into: file.root)
                Issue.record("pictures of different sizes were stacked")
            } catch let error as USIDError {
                #expect(error.code == .invalidArgument)
                #expect(error.message.contains("picture 1 has 7 × 8 pixels"))
            }
        } read: { file, _ in
            let counts = try [file.root.count, file.root.attributes.count]
            #expect(counts == [0, 0])
        }
    }

    @Test("a picture that states more pixels than it holds is refused before anything is written")
    func lyingSize() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("lying.pgm")
        try Data("P5 30000 30000 255\n12345".utf8).write(to: URL(fileURLWithPath: path))
        try Written.file { file in
            do {
                try translator().translate([path, path], into: file.root)
                Issue.record("a picture that is not there was stacked")
            } catch let error as USIDError {
                #expect(error.code == .damagedFile)
                #expect(error.path == path)
            }
        } read: { file, bytes in
            let count = try file.root.count
            #expect(count == 0)
            #expect(bytes.count < 10_000)
        }
    }

    @Test("a file is translated by what is in it")
    func recognised() throws {
        func name(_ path: String) throws -> String? {
            try Translators.translator(for: path).map { type(of: $0).name }
        }
        let arrays = Fixtures.folder.deletingLastPathComponent().appendingPathComponent("arrays")
        #expect(try name(Pictures.path("tiff-stack-big-big.tif")) == "ImageStackTranslator")
        #expect(try name(Pictures.path("tiff-uint16-big.tif")) == "ImageTranslator")
        #expect(try name(arrays.appendingPathComponent("f8-big.npy").path) == "NPYTranslator")
        #expect(try name(arrays.appendingPathComponent("golden.json").path) == nil)
    }
}
