import HDF5
import Testing

/// Datasets that are made alike share what is written of them, and are as much their own as others.
@Suite struct AlikeDatasetTests {
    @Test(arguments: H5FormatGeneration.allCases)
    func `many that are made alike keep their own elements and attributes`(generation: H5FormatGeneration) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.h5")
        let file = try H5File.create(path, options: H5CreateOptions(generation: generation))
        var late: [(Int, H5Dataset)] = []
        for number in 0..<200 {
            let values = (0..<16).map { Float($0 + number) }
            let dataset = try file.root.createDataset("d\(number)", of: Float.self, shape: [16])
            // Some get an attribute first, some another dataset between, some their elements at the end or in parts.
            switch number % 5 {
            case 0: try dataset.write(values)
            case 1:
                try dataset.setAttribute("number", number)
                try dataset.write(values)
            case 2:
                try file.root.createDataset("other\(number)", of: Int32.self, shape: [3]).write([1, 2, Int32(number)])
                try dataset.write(values)
            case 3: late.append((number, dataset))
            default:
                try dataset.write(Array(values[..<8]), at: [0..<8])
                try dataset.write(Array(values[8...]), at: [8..<16])
            }
        }
        for (number, dataset) in late.reversed() { try dataset.write((0..<16).map { Float($0 + number) }) }
        func check(_ file: H5File) throws {
            for number in 0..<200 {
                let dataset = try file.dataset("d\(number)")
                #expect(try dataset.read(as: Float.self).elements == (0..<16).map { Float($0 + number) })
                #expect(try dataset.attributes.count == (number % 5 == 1 ? 1 : 0))
                if number % 5 == 2 {
                    #expect(
                        try file.dataset("other\(number)").read(as: Int32.self).elements == [1, 2, Int32(number)])
                }
            }
        }
        try check(file)
        try file.commit()
        try check(file)
        try check(try H5File.open(path))
    }

    @Test(arguments: H5FormatGeneration.allCases)
    func `the last one that was made is in the file, whatever is done next`(generation: H5FormatGeneration) throws {
        let folder = try TemporaryFolder()
        // What is done right after a dataset like the one before it was made, and nothing of it was written.
        let steps: [(H5File, H5Dataset) throws -> Void] = [
            { file, _ in try file.commit() },
            { file, _ in _ = try file.dataset("b").read(as: Float.self) },
            { file, _ in try #require(try file.root.names() == ["a", "b"]) },
            { file, made in try made.setAttribute("x", 1) },
            { _, made in try made.write([7] as [Float], at: [2]) },
            { _, made in _ = try? made.write([7, 8] as [Float]) },
            { _, made in try made.write([1, 2, 3, 4] as [Double]) },
            { file, _ in try file.root.move("b", to: "c") },
            { file, made in try file.root.createHardLink("c", to: made) },
            { file, _ in try file.root.createDataset("c", of: Float.self, shape: [4]) },
            { file, _ in try file.root.createDataset("c", of: Int.self, shape: [4]) },
            { file, _ in try file.root.remove("b") },
        ]
        for (number, step) in steps.enumerated() {
            let path = folder.file("\(number).h5")
            let file = try H5File.create(path, options: H5CreateOptions(generation: generation))
            try file.root.createDataset("a", of: Float.self, shape: [4]).write([1, 2, 3, 4] as [Float])
            let made = try file.root.createDataset("b", of: Float.self, shape: [4])
            try step(file, made)
            try file.commit()
            let read = try H5File.open(path)
            #expect(try read.dataset("a").read(as: Float.self).elements == [1, 2, 3, 4])
            for name in try read.root.names() { #expect(try read.dataset(name).shape == [4]) }
        }
    }

    @Test(arguments: H5FormatGeneration.allCases)
    func `chunked ones that are made alike grow apart`(generation: H5FormatGeneration) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.h5")
        let file = try H5File.create(path, options: H5CreateOptions(generation: generation))
        let logs = try (0..<20).map {
            try file.root.createDataset(
                "log\($0)", of: Double.self, shape: [0], maximum: [.unlimited], chunks: [4], filters: [.deflate(1)])
        }
        for (number, log) in logs.enumerated() {
            for value in 0..<number { try log.append([Double(value)]) }
        }
        try file.commit()
        for number in 0..<20 {
            let read = try H5File.open(path).dataset("log\(number)").read(as: Double.self).elements
            #expect(read == (0..<number).map(Double.init))
        }
    }

    @Test(arguments: H5FormatGeneration.allCases)
    func `names may come in any order, and go again before they are written`(generation: H5FormatGeneration) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.h5")
        let file = try H5File.create(path, options: H5CreateOptions(generation: generation))
        let group = try file.root.createGroup("group")
        let names = ["m", "z", "a", "k", "zz", "b", "y", "aa"]
        for name in names { try group.createDataset(name, of: Int8.self, shape: [2]) }
        for name in names { #expect(throws: H5Error.self) { try group.createGroup(name) } }
        try group.remove("k")
        try group.move("zz", to: "c")
        try group.createDataset("k", [5])
        #expect(try group.names() == ["a", "aa", "b", "c", "k", "m", "y", "z"])
        try file.commit()
        #expect(try H5File.open(path).group("group").names() == ["a", "aa", "b", "c", "k", "m", "y", "z"])
    }
}
