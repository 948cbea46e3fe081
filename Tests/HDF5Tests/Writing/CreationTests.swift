import Foundation
import HDF5
import Testing

/// What is written reads back the same, in every generation, before and after the commit.
@Suite struct CreationTests {
    private static let generations = H5FormatGeneration.allCases

    @Test(arguments: generations)
    func `numbers, text and rows read back as they were written`(generation: H5FormatGeneration) throws {
        struct Fit: Codable, Equatable {
            var amplitude: Double
            var count: Int32
            var label: String
        }
        let folder = try TemporaryFolder()
        let path = folder.file("a.h5")
        let fits = (0..<5).map { Fit(amplitude: Double($0) / 3, count: Int32($0), label: "fit \($0)") }
        func check(_ file: H5File) throws {
            let matrix = try file.dataset("a/b/matrix").read(as: Float.self)
            #expect(matrix.shape == [30, 40])
            #expect(matrix.elements == (0..<1200).map { Float($0) / 7 })
            #expect(Array(try file.dataset("a/words").readStrings()) == ["", "one", "zwölf"])
            #expect(try file.dataset("fits").read(as: Fit.self).elements == fits)
            #expect(try file.dataset("single").read(as: Int.self).elements == [-7])
            #expect(try file.dataset("flags").read(as: Bool.self).elements == [true, false])
            #expect(try file.root.attribute("title") == "a title")
            #expect(try file.group("a").attribute("numbers", as: Double.self) == 2.5)
            #expect(try file.root.names() == ["a", "fits", "flags", "single"])
        }
        do {
            let file = try H5File.create(path, options: H5CreateOptions(generation: generation))
            let root = try file.root
            try root.setAttribute("title", "a title")
            try root.createDataset("a/b/matrix", (0..<1200).map { Float($0) / 7 }, shape: [30, 40])
            try root.group("a").setAttribute("numbers", 2.5)
            try root.createDataset("a/words", ["", "one", "zwölf"])
            try root.createDataset("fits", of: Fit.self, shape: [5]).write(fits)
            try root.createDataset("single", of: Int.self, shape: []).write(-7)
            try root.createDataset("flags", [true, false])
            try check(file)
            #expect(!folder.names.contains("a.h5"))
            try file.commit()
            try check(file)
            #expect(folder.names == ["a.h5"])
        }
        try check(try H5File.open(path))
    }

    @Test(arguments: generations, [1, 7, 8, 9, 100, 3000])
    func `groups and attributes of any number are found again`(generation: H5FormatGeneration, count: Int) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.h5")
        let attributes = generation == .earliest ? min(count, 100) : count
        do {
            let file = try H5File.create(path, options: H5CreateOptions(generation: generation))
            for index in 0..<count { try file.root.createGroup("member \(index)") }
            let object = try file.group("member 0")
            for index in 0..<attributes { try object.setAttribute("attribute \(index)", index) }
            try file.commit()
        }
        let file = try H5File.open(path)
        #expect(try file.root.names() == (0..<count).map { "member \($0)" }.sorted())
        let object = try file.group("member 0")
        #expect(try object.attributes.count == attributes)
        for index in stride(from: 0, to: attributes, by: max(1, attributes / 20)) {
            #expect(try object.attribute("attribute \(index)", as: Int.self) == index)
            #expect(try file.root.contains("member \(index)"))
        }
    }

    @Test(arguments: generations)
    func `the order of creation is kept where it is asked for`(generation: H5FormatGeneration) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.h5")
        let file = try H5File.create(path, options: H5CreateOptions(generation: generation))
        guard generation > .earliest else {
            let error = #expect(throws: H5Error.self) {
                try file.root.createGroup("ordered", tracksCreationOrder: true)
            }
            #expect(error?.code == .notInGeneration)
            return
        }
        let group = try file.root.createGroup("ordered", tracksCreationOrder: true)
        let names = (0..<40).map { "n\(($0 * 7) % 40)" }
        for name in names { try group.createGroup(name) }
        try file.commit()
        #expect(try H5File.open(path).group("ordered").names(.creation) == names)
    }

    @Test(arguments: generations)
    func `chunks of every shape and filter read back`(generation: H5FormatGeneration) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.h5")
        let values = (0..<(37 * 53)).map { Int32($0 % 251) }
        let filters: [(String, [H5DatasetFilter])] = [
            ("none", []), ("deflate", [.deflate(6)]), ("both", [.shuffle, .deflate(1)]), ("lzf", [.lzf]),
            ("sum", [.fletcher32]), ("szip", [.szip(pixelsPerBlock: 8)]), ("bits", [.nBit]),
            ("offset", [.scaleOffset()]), ("all", [.shuffle, .deflate(9), .fletcher32]),
        ]
        let maxima: [[H5MaximumExtent]?] = [
            nil, [.unlimited, 53], [37, .unlimited], [.unlimited, .unlimited], [100, 60],
        ]
        do {
            let file = try H5File.create(path, options: H5CreateOptions(generation: generation))
            for (name, filter) in filters {
                for (index, maximum) in maxima.enumerated() {
                    for chunk in [[10, 8], [37, 53], [1, 53], [50, 1]] where maximum == nil || chunk[0] <= 37 {
                        guard chunk[0] <= 37 || maximum?.first == .unlimited else { continue }
                        let dataset = try file.root.createDataset(
                            "\(name)/\(index)/\(chunk[0])x\(chunk[1])", of: Int32.self, shape: [37, 53],
                            maximum: maximum, chunks: .shape(chunk), filters: filter)
                        try dataset.write(values)
                    }
                }
            }
            try file.commit()
        }
        var count = 0
        for object in try H5File.open(path).root.walk() {
            guard case .dataset(let dataset) = object else { continue }
            #expect(try dataset.read(as: Int32.self).elements == values, "\(dataset.path)")
            count += 1
        }
        #expect(count > 100)
    }

    @Test func `the same calls give the same bytes`() throws {
        let folder = try TemporaryFolder()
        func write(_ name: String) throws -> [UInt8] {
            let file = try H5File.create(folder.file(name))
            try file.root.createDataset(
                "x", (0..<100_000).map { Double($0 % 1000) }, chunks: [1000], filters: [.shuffle, .deflate(4)])
            for index in 0..<50 { try file.root.createGroup("g\(index)").setAttribute("text", "number \(index)") }
            try file.commit()
            return try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder.file(name))))
        }
        #expect(try write("a.h5") == write("b.h5"))
    }

    @Test func `mistakes are told before anything is written`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.h5")
        func code(_ body: () throws -> Void) -> H5Error.Code? {
            do {
                try body()
                return nil
            } catch { return (error as? H5Error)?.code }
        }
        let file = try H5File.create(path)
        let root = try file.root
        let data = try root.createDataset("x", of: Float.self, shape: [4, 5])
        #expect(code { try root.createDataset("x", of: Float.self, shape: [1]) } == .exists)
        #expect(code { try root.createGroup("x/y") } == .wrongKind)
        #expect(code { try data.write([1, 2, 3] as [Float]) } == .invalidArgument)
        #expect(code { try data.write([1] as [Float], at: .axes([.index(9), .index(0)])) } == .selection)
        #expect(code { try data.resize(to: [9, 9]) } == .invalidArgument)
        #expect(
            code { try root.createDataset("y", of: Float.self, shape: [9], filters: [.deflate(4)]) } == .invalidArgument
        )
        #expect(
            code {
                try root.createDataset(
                    "z", datatype: .float64, dataspace: .simple([10_000]), options: H5DatasetOptions(layout: .compact))
            } == .invalidArgument)
        #expect(code { try root.remove("nothing") } == .notFound)
        #expect(code { try root.createSoftLink("s", to: "") } == .invalidArgument)
        #expect(code { try root.setAttribute("", 1) } == .invalidArgument)
        #expect(code { try root.removeAttribute("nothing") } == .notFound)
        #expect(try root.names() == ["x"])
        try file.commit()
        #expect(code { _ = try H5File.create(path) } == .exists)
        let readOnly = try H5File.open(path)
        #expect(code { try readOnly.root.createGroup("g") } == .readOnly)
        #expect(code { try readOnly.commit() } == .readOnly)
        #expect(code { try readOnly.dataset("x").write([Float](repeating: 0, count: 20)) } == .readOnly)
    }
}
