import Foundation
import HDF5
import Testing

/// Very many texts at once go into collections of their own, which other calls go on with.
@Suite struct ManyTextsTests {
    private let texts: [String] = (0..<20_000).map { number in
        switch number % 1_000 {
        case 0: String(repeating: "long \(number) ", count: 9_000)
        case 1...3: ""
        default: String(repeating: "µ\(number) ", count: number % 40)
        }
    }

    @Test(arguments: H5FormatGeneration.allCases)
    func `each is read back, and again after some were changed`(generation: H5FormatGeneration) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.h5")
        let file = try H5File.create(path, options: H5CreateOptions(generation: generation))
        let data = try file.root.createDataset("texts", texts)
        #expect(try data.read(as: String.self).elements == texts)
        var model = texts
        try data.write(["changed", ""], at: [500..<502])
        model.replaceSubrange(500..<502, with: ["changed", ""])
        try data.write(Array(texts.reversed()[..<6_000]), at: [6_000..<12_000])
        model.replaceSubrange(6_000..<12_000, with: texts.reversed()[..<6_000])
        try file.commit()
        try file.close()
        #expect(try H5File.open(path).dataset("texts").read(as: String.self).elements == model)
        // Written over as a whole, the former texts leave no trace in the size.
        let size = try H5File.open(path).size
        try H5File.update(path) { try $0.dataset("texts").write(model) }
        try H5File.update(path) { try $0.dataset("texts").write(model) }
        #expect(try H5File.open(path).size < 3 * size)
    }

    @Test func `one that cannot be stored is named, and nothing is changed`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.h5")
        let file = try H5File.create(path)
        let data = try file.root.createDataset("texts", texts)
        let plain = try file.root.createDataset(
            "ASCII",
            datatype: H5Datatype(
                kind: .variableLengthString(H5StringFormat(padding: .nullTerminated, characterSet: .ascii)), size: 16),
            dataspace: .simple([5_000]))
        try file.commit()
        let size = file.size
        var bad = texts
        bad[12_345] = "a\0b"
        let error = #expect(throws: H5Error.self) { try data.write(bad) }
        #expect(error?.code == .conversion)
        #expect(error?.message.contains("element 12345") == true)
        #expect(try data.read(as: String.self).elements == texts)
        var letters = [String](repeating: "a", count: 5_000)
        letters[4_321] = "ä"
        #expect(throws: H5Error.self) { try plain.write(letters) }
        letters[4_321] = "b"
        try plain.write(letters)
        try file.commit()
        #expect(try H5File.open(path).dataset("ASCII").read(as: String.self).elements == letters)
        #expect(file.size < size + 1_000_000)
    }

    @Test func `the file is the same whatever the number of threads`() throws {
        let folder = try TemporaryFolder()
        var files: [[UInt8]] = []
        for threads in [1, 2, 5] {
            let path = folder.file("\(threads).h5")
            var limits = H5Limits.standard
            limits.threads = threads
            let file = try H5File.create(path, options: H5CreateOptions(open: H5OpenOptions(limits: limits)))
            try file.root.createDataset("texts", texts)
            try file.commit()
            files.append(Array(try Data(contentsOf: URL(fileURLWithPath: path))))
        }
        #expect(files[0] == files[1] && files[0] == files[2])
    }
}
