import HDF5
import Testing

/// Files that exist are changed in place, and lose nothing that was not touched.
@Suite struct UpdateTests {
    private func created(
        _ folder: TemporaryFolder, _ generation: H5FormatGeneration, _ body: (H5File) throws -> Void
    ) throws -> String {
        let path = folder.file("a.h5")
        let file = try H5File.create(path, options: H5CreateOptions(generation: generation))
        try body(file)
        try file.commit()
        return path
    }

    @Test(arguments: H5FormatGeneration.allCases)
    func `members are moved, linked and removed`(generation: H5FormatGeneration) throws {
        let folder = try TemporaryFolder()
        let path = try created(folder, generation) { file in
            try file.root.createDataset("old", [1, 2, 3])
            try file.root.createDataset("scratch", [Double](repeating: 1, count: 10_000))
        }
        try H5File.update(path) { file in
            try file.root.remove("scratch")
            try file.root.move("old", to: "archive/2026/old")
            try file.root.createHardLink("again", to: try file.dataset("archive/2026/old"))
            try file.root.createSoftLink("soft", to: "/archive/2026/old")
            #expect(throws: H5Error.self) { try file.root.move("archive", to: "archive/2026/inside") }
        }
        let file = try H5File.open(path)
        #expect(try file.root.names() == ["again", "archive", "soft"])
        #expect(try file.dataset("soft").read(as: Int.self).elements == [1, 2, 3])
        // A symbol table of the earliest generation lies behind the removed data.
        if generation > .earliest { #expect(file.size < 20_000) }
        try H5File.update(path) { try $0.root.remove("archive") }
        #expect(try H5File.open(path).dataset("again").read(as: Int.self).elements == [1, 2, 3])
    }

    @Test(arguments: H5FormatGeneration.allCases, [[], [.deflate(4)]] as [[H5DatasetFilter]])
    func `elements are appended, overwritten and cut off`(
        generation: H5FormatGeneration, filters: [H5DatasetFilter]
    ) throws {
        let folder = try TemporaryFolder()
        var model: [[Int32]] = []
        let path = try created(folder, generation) { file in
            try file.root.createDataset(
                "log", of: Int32.self, shape: [0, 6], maximum: [.unlimited, .unlimited], chunks: [4, 5],
                filters: filters,
                fill: -1)
        }
        for round in 0..<6 {
            try H5File.update(path) { file in
                let log = try file.dataset("log")
                for row in 0..<7 {
                    let values = (0..<6).map { Int32(round * 100 + row * 10 + $0) }
                    try log.append(values, axis: 0)
                    model.append(values)
                }
                try log.write([99, 98] as [Int32], at: .axes([.index(round), .range(lower: 2, upper: 4, stride: 1)]))
                model[round][2] = 99
                model[round][3] = 98
                #expect(try log.read(as: Int32.self).elements == model.flatMap { $0 })
            }
        }
        try H5File.update(path) { try $0.dataset("log").resize(to: [10, 4]) }
        model = model.prefix(10).map { Array($0.prefix(4)) }
        #expect(try H5File.open(path).dataset("log").read(as: Int32.self).elements == model.flatMap { $0 })
        try H5File.update(path) { try $0.dataset("log").resize(to: [12, 6]) }
        model = model.map { $0 + [-1, -1] } + [[Int32](repeating: -1, count: 6), [Int32](repeating: -1, count: 6)]
        #expect(try H5File.open(path).dataset("log").read(as: Int32.self).elements == model.flatMap { $0 })
    }

    @Test func `chunks of an implicit index have the fill value when they come into the extent`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.copy(of: Fixtures.hdf5("chunks-indexes-v110.h5"), as: "a.h5")
        let name = "implicit larger maximum never written"
        try H5File.update(path) { file in
            try file.dataset(name).resize(to: [8, 9])
            try file.dataset(name).write([1, 2, 3] as [Int32], at: [7, 6..<9])
        }
        let data = try H5File.open(path).dataset(name)
        #expect(
            try data.read(as: Int32.self).elements == [Int32](repeating: -3, count: 69) + [1, 2, 3])
    }

    @Test func `numbers are written as numbers, although they could be rows as well`() throws {
        let folder = try TemporaryFolder()
        let path = try created(folder, .v1_8) { file in
            // Only the calls for numbers take as many as the arrays have, and convert.
            let pairs = try file.root.createDataset(
                "pairs", datatype: .array([2], of: .int16), dataspace: .simple([0], maximum: [nil]))
            try pairs.append([1, 2, 3, 4] as [Int32])
            try pairs.write([5, 6] as [Int32], at: [1])
            try file.root.createDataset("plain", of: Float.self, shape: [2]).write([1.5, 2.5] as [Float])
        }
        let file = try H5File.open(path)
        #expect(try file.dataset("pairs").read(as: Int32.self).elements == [1, 2, 5, 6])
        #expect(try file.dataset("plain").datatype == .float32)
    }

    @Test func `parts of chunks that were kept for reading are seen as they were written since`() throws {
        let folder = try TemporaryFolder()
        let path = try created(folder, .v1_8) { file in
            let data = try file.root.createDataset(
                "data", of: Int32.self, shape: [40, 4], chunks: [10, 4], filters: [.shuffle, .deflate(4)])
            for round in 0..<4 {
                // The second call for a part of a chunk keeps the chunk.
                for row in 0..<40 {
                    let values = (0..<4).map { Int32(1_000 * round + 10 * row + $0) }
                    try data.write(values, at: [row, .all])
                    #expect(try data.read(as: Int32.self, [row, .all]).elements == values)
                    #expect(try data.read(as: Int32.self, [row, 2]).elements == [values[2]])
                }
            }
        }
        #expect(try H5File.open(path).dataset("data").read(as: Int32.self, [39, 3]).elements == [3_393])
    }

    @Test(arguments: H5FormatGeneration.allCases)
    func `each commit of a long session holds all that was appended`(generation: H5FormatGeneration) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.h5")
        let file = try H5File.create(path, options: H5CreateOptions(generation: generation))
        let log = try file.root.createDataset(
            "log", of: Int.self, shape: [0, 3], maximum: [.unlimited, 3], chunks: [4, 3], filters: [.deflate(1)])
        for step in 0..<40 {
            try log.append([step, step + 1, step + 2])
            try file.root.createGroup("scans/\(step)").setAttribute("number", step)
            guard step % 5 == 4 else { continue }
            try file.commit()
            let seen = try H5File.open(path)
            #expect(
                try seen.dataset("log").read(as: Int.self).elements == (0...step).flatMap { [$0, $0 + 1, $0 + 2] })
            #expect(try seen.group("scans").count == step + 1)
        }
    }

    @Test func `what is not committed is not there`() throws {
        let folder = try TemporaryFolder()
        let path = try created(folder, .v1_8) { try $0.root.createDataset("x", [1, 2, 3]) }
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            try H5File.update(path) { file in
                try file.dataset("x").write([7, 8, 9])
                try file.root.createGroup("y")
                throw Stop()
            }
        }
        #expect(folder.names == ["a.h5"])
        let file = try H5File.open(path)
        #expect(try file.root.names() == ["x"])
        #expect(try file.dataset("x").read(as: Int.self).elements == [1, 2, 3])
    }

    @Test func `attributes are replaced, renamed and removed across the limits of their storage`() throws {
        let folder = try TemporaryFolder()
        let path = try created(folder, .v1_8) { try $0.root.createGroup("g") }
        for count in [3, 20, 5, 12, 0] {
            try H5File.update(path) { file in
                let group = try file.group("g")
                for name in try group.attributes.names() { try group.removeAttribute(name) }
                for index in 0..<count {
                    try group.setAttribute("a\(index)", String(repeating: "x", count: index * 50))
                }
                if count > 0 { try group.renameAttribute("a0", to: "first") }
                if count > 1 { try group.setAttribute("a1", [Int](0..<20_000)) }
            }
            let group = try H5File.open(path).group("g")
            #expect(try group.attributes.count == count)
            if count > 2 {
                #expect(try group.attribute("first") == "")
                #expect(try group.attribute("a2") == String(repeating: "x", count: 100))
                #expect(try group.attributes.require("a1").read(as: Int.self).elements == [Int](0..<20_000))
            }
        }
    }

    @Test func `two writers are kept apart`() throws {
        let folder = try TemporaryFolder()
        let path = try created(folder, .v1_8) { try $0.root.createGroup("g") }
        let first = try H5File.openForUpdate(path)
        let error = #expect(throws: H5Error.self) { try H5File.openForUpdate(path) }
        #expect(error?.code == .inUse)
        try first.close()
        try H5File.openForUpdate(path).close()
    }
}
