import HDF5
import Testing

/// Objects are copied within a file and between files, with all that belongs to them.
@Suite struct CopyingTests {
    /// A group with everything that a copy must get right.
    private func fill(_ file: H5File) throws {
        let group = try file.root.createGroup("scan")
        try group.setAttribute("operator", "Ada")
        let data = try group.createDataset(
            "data", of: Float.self, shape: [20, 8], maximum: [.unlimited, 8], chunks: [4, 8],
            filters: [.shuffle, .deflate(4)])
        try data.write((0..<160).map { Float($0) })
        try group.createDataset("names", ["one", "two", String(repeating: "µ", count: 5_000)])
        try group.createDataset("inner/values", [1, 2, 3])
        try group.createHardLink("again", to: data)
        try group.createSoftLink("soft", to: "/scan/data")
        try file.root.createDataset("outside", [7])
        try group.setAttribute("source", reference: data)
        try group.setAttribute("elsewhere", reference: try file.dataset("outside"))
        let type = try file.root.commitDatatype("type", .float64)
        var options = H5DatasetOptions()
        options.committedDatatype = type
        try group.createDataset("typed", datatype: .float64, dataspace: .simple([2]), options: options)
            .write([1.5, 2.5])
    }

    private func check(_ copy: H5Group) throws {
        #expect(try copy.names() == ["again", "data", "inner", "names", "soft", "typed"])
        #expect(try copy.attribute("operator") == "Ada")
        let data = try copy.dataset("data")
        #expect(try data.read(as: Float.self).elements == (0..<160).map { Float($0) })
        #expect(data.dataspace.maximumShape == [nil, 8] && data.filters.map(\.identifier) == [2, 1])
        #expect(try copy.dataset("again").address == data.address)
        #expect(try copy.dataset("names").read(as: String.self).elements.map(\.utf8.count) == [3, 3, 10_000])
        #expect(try copy.dataset("inner/values").read(as: Int.self).elements == [1, 2, 3])
        #expect(try copy.dataset("typed").read(as: Double.self).elements == [1.5, 2.5])
        #expect(try copy.attribute("source", as: H5ReferenceValue.self).objectAddress == data.address)
    }

    @Test(arguments: H5FormatGeneration.allCases)
    func `within a file references to what is not copied stay`(generation: H5FormatGeneration) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.h5")
        let file = try H5File.create(path, options: H5CreateOptions(generation: generation))
        try fill(file)
        try file.commit()
        try file.root.copy(try file.group("scan"), to: "copies/first")
        // Into itself, too.
        try file.group("scan").copy(try file.group("scan"), to: "inner/second")
        try file.commit()
        try file.close()
        let seen = try H5File.open(path)
        for name in ["copies/first", "scan/inner/second"] {
            let copy = try seen.group(name)
            try check(copy)
            #expect(try copy.dataset("data").address != seen.dataset("scan/data").address)
            #expect(
                try copy.attribute("elsewhere", as: H5ReferenceValue.self).objectAddress
                    == seen.dataset("outside").address)
            #expect(
                try copy.dataset("typed").committedDatatypeAddress
                    == seen.dataset("scan/typed").committedDatatypeAddress)
        }
    }

    @Test func `removing the original leaves the copy, and the other way round`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.h5")
        let file = try H5File.create(path)
        try fill(file)
        try file.root.copy(try file.group("scan"), to: "copy")
        try file.root.copy(try file.group("scan"), to: "gone")
        try file.root.remove("gone")
        try file.root.remove("scan")
        try file.root.remove("type")
        try file.commit()
        try file.close()
        try check(try H5File.open(path).group("copy"))
    }

    @Test(arguments: H5FormatGeneration.allCases)
    func `between files references to what is not copied are null`(generation: H5FormatGeneration) throws {
        let folder = try TemporaryFolder()
        let source = try H5File.create(folder.file("a.h5"))
        try fill(source)
        try source.commit()
        let path = folder.file("b.h5")
        let file = try H5File.create(path, options: H5CreateOptions(generation: generation))
        // From a file that is being changed, and from one that is only read.
        try file.root.copy(try source.group("scan"), to: "a/b/c")
        try file.root.copy(try H5File.open(folder.file("a.h5")).group("scan"), to: "d")
        try file.commit()
        try file.close()
        let seen = try H5File.open(path)
        for name in ["a/b/c", "d"] {
            try check(try seen.group(name))
            #expect(try seen.group(name).attribute("elsewhere", as: H5ReferenceValue.self) == .null)
        }
    }

    @Test func `what cannot be copied is refused before anything is written`() throws {
        let folder = try TemporaryFolder()
        let file = try H5File.create(folder.file("a.h5"))
        try fill(file)
        try file.commit()
        let taken = #expect(throws: H5Error.self) {
            try file.root.copy(try file.group("scan"), to: "outside")
        }
        #expect(taken?.code == .exists)
        let readOnly = #expect(throws: H5Error.self) {
            try H5File.open(folder.file("a.h5")).root.copy(try file.group("scan"), to: "x")
        }
        #expect(readOnly?.code == .readOnly)
        // The session goes on.
        try file.root.createGroup("after")
        try file.commit()
    }
}
