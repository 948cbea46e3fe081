import Foundation
import HDF5Format
import Testing

@testable import HDF5

@Suite("Copies of bytes for changes, and changes that are tried out")
struct DuplicatingTests {
    private func digest(_ file: H5File) throws -> String {
        var text = ""
        try H5Digest(of: file).write { text += $0 }
        return text
    }

    /// Fixtures of several structures, one with a user block of 2 KiB.
    static let names = [
        "groups-links-earliest.h5", "groups-user-block-2048-earliest.h5", "chunks-indexes-latest.h5",
        "attributes-many-latest.h5",
        "file-space-paged-latest.h5", "superblock-1-earliest.h5", "cache-image-latest.h5",
    ]

    @Test("a copy without changes holds what the file holds, and appears with the commit", arguments: names)
    func same(name: String) throws {
        let folder = try TemporaryFolder()
        let file = try H5File.open(Fixtures.hdf5(name))
        let copy = try file.duplicate(at: folder.file("copy.h5"))
        #expect(!folder.names.contains("copy.h5"))
        try copy.commit()
        try copy.close()
        #expect(folder.names == ["copy.h5"])
        let opened = try H5File.open(folder.file("copy.h5"))
        #expect(opened.userBlockSize == file.userBlockSize)
        #expect(try digest(opened) == digest(file))
    }

    @Test("changes are in the copy only, and discarded without a commit")
    func changes() throws {
        let folder = try TemporaryFolder()
        let path = try folder.copy(of: Fixtures.hdf5("groups-links-latest.h5"), as: "in.h5")
        let before = try Fixtures.bytes(path)
        let file = try H5File.open(path)
        do {
            let copy = try file.duplicate(at: folder.file("out.h5"))
            try copy.root.setAttribute("changed", 1)
            try copy.close()
            #expect(folder.names == ["in.h5"])
        }
        let copy = try file.duplicate(at: folder.file("out.h5"))
        try copy.root.setAttribute("changed", 1)
        try copy.commit()
        try copy.close()
        #expect(try H5File.open(folder.file("out.h5")).root.attribute("changed", as: Int.self) == 1)
        #expect(try Fixtures.bytes(path) == before)
    }

    @Test("a large file is copied in pieces, and its holder hears of each")
    func pieces() throws {
        let folder = try TemporaryFolder()
        let values = (0..<900_000).map { Float($0) }
        let file = try H5File.create(folder.file("in.h5"))
        try file.root.createDataset("values", values)
        try file.commit()
        try file.close()
        let source = try H5File.open(folder.file("in.h5"))
        var heard: [Int] = []
        let copy = try source.duplicate(at: folder.file("out.h5")) { done, total in
            heard.append(done)
            #expect(total == source.size)
        }
        #expect(heard == heard.sorted())
        #expect(heard.count == 4)
        #expect(heard.last == source.size)
        try copy.commit()
        try copy.close()
        #expect(try H5File.open(folder.file("out.h5")).dataset("values").read(as: Float.self).elements == values)
    }

    @Test("a file that another program has open is not copied for changes, and nothing is left")
    func obstacle() throws {
        let folder = try TemporaryFolder()
        let path = try folder.copy(of: Fixtures.hdf5("groups-links-latest.h5"), as: "in.h5")
        var bytes = try Fixtures.bytes(path)
        // The consistency flags of superblock 3, and its checksum.
        let size = 12 + 4 * 8
        bytes[11] = 1
        let sum = MetadataChecksum.lookup3(Array(bytes[..<size]).span.bytes)
        for place in 0..<4 { bytes[size + place] = UInt8(truncatingIfNeeded: sum >> (8 * UInt32(place))) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let file = try H5File.open(path)
        for attempt in [{ _ = try file.duplicate(at: folder.file("out.h5")) }, { _ = try file.scratch() }] {
            let error = #expect(throws: H5Error.self) { try attempt() }
            #expect(error?.code == .unsupported)
        }
        #expect(folder.names == ["in.h5"])
    }

    @Test("a superblock that misstates where the file begins or ends never costs what is in the file")
    func misstated() throws {
        let folder = try TemporaryFolder()
        let name = Fixtures.hdf5("groups-links-earliest.h5")
        let sound = try Fixtures.bytes(name)
        let expected = try digest(try H5File.open(name))
        // Superblock 0: the base address at byte 24, the end of the file at byte 40.
        for (place, value) in [(25, UInt8(0xFF)), (24, 8), (41, 0), (40, 96)] {
            var bytes = sound
            bytes[place] = value
            if place >= 40 { for other in 41..<48 where other != place { bytes[other] = 0 } }
            let path = folder.file("in.h5")
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            // What is changed in place, or in a copy, either throws or keeps everything.
            try? H5File.update(path) { try $0.root.setAttribute("changed", String(repeating: "x", count: 3_000)) }
            if let file = try? H5File.open(path), try file.root.attributes.find("changed") == nil {
                #expect(try Fixtures.bytes(path) == bytes)
            }
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            guard let file = try? H5File.open(path), let copy = try? file.duplicate(at: folder.file("out.h5")) else {
                #expect(folder.names == ["in.h5"])
                continue
            }
            try copy.root.setAttribute("changed", String(repeating: "x", count: 3_000))
            try copy.commit()
            try copy.root.removeAttribute("changed")
            try copy.commit()
            try copy.close()
            #expect(try digest(try H5File.open(folder.file("out.h5"))) == expected)
            try FileManager.default.removeItem(atPath: folder.file("out.h5"))
        }
    }

    // MARK: Tried out

    @Test("what is tried out is seen there, stored nowhere, and cannot be committed", arguments: names)
    func scratch(name: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.copy(of: Fixtures.hdf5(name), as: "in.h5")
        let before = try Fixtures.bytes(path)
        let file = try H5File.open(path)
        let trial = try file.scratch()
        #expect(try digest(trial) == digest(file))
        try trial.root.setAttribute("changed", 1)
        try trial.root.createDataset("made", [1.5, 2.5])
        #expect(try trial.root.attribute("changed", as: Int.self) == 1)
        #expect(try trial.dataset("made").read(as: Double.self).elements == [1.5, 2.5])
        let error = #expect(throws: H5Error.self) { try trial.commit() }
        #expect(error?.code == .readOnly)
        try trial.close()
        #expect(folder.names == ["in.h5"])
        #expect(try Fixtures.bytes(path) == before)
        #expect(try file.root.attributes.find("changed") == nil)
    }

    @Test("more can be tried out than is kept in pages, over what is there and behind its end")
    func large() throws {
        let folder = try TemporaryFolder()
        let values = (0..<5_000_000).map { Float($0) }
        let file = try H5File.create(folder.file("in.h5"))
        try file.root.createDataset("values", values)
        try file.commit()
        try file.close()
        let source = try H5File.open(folder.file("in.h5"))
        let trial = try source.scratch()
        let changed = values.map { -$0 }
        try trial.dataset("values").write(changed)
        try trial.root.createDataset("more", values)
        #expect(try trial.dataset("values").read(as: Float.self).elements == changed)
        #expect(try trial.dataset("more").read(as: Float.self).elements == values)
        #expect(folder.names == ["in.h5"])
        #expect(try source.dataset("values").read(as: Float.self).elements == values)
    }

    @Test("a file in memory can be tried out too")
    func memory() throws {
        let file = try H5File.open(bytes: Fixtures.bytes(Fixtures.hdf5("groups-links-latest.h5")))
        let trial = try file.scratch()
        try trial.root.setAttribute("changed", 1)
        #expect(try trial.root.attribute("changed", as: Int.self) == 1)
    }

    @Test("bytes read as they were written, also across pages, and as zeros where nothing was")
    func bytes() throws {
        let original = try H5File.open(Fixtures.hdf5("groups-links-latest.h5"))
        let stored = try Fixtures.bytes(Fixtures.hdf5("groups-links-latest.h5"))
        let file = ScratchFile(over: original.context.storage)
        func read(_ start: Int, _ count: Int) throws -> [UInt8] {
            var bytes = [UInt8](repeating: 0xEE, count: count)
            try bytes.withUnsafeMutableBytes { try file.read(at: UInt64(start), into: $0) }
            return bytes
        }
        #expect(Int(file.size) == stored.count)
        #expect(try read(0, stored.count) == stored)
        let piece = (0..<6_000).map { UInt8(truncatingIfNeeded: $0) }
        try file.write(piece, at: UInt64(stored.count + 5_000))
        #expect(Int(file.size) == stored.count + 11_000)
        #expect(try read(stored.count + 5_000, 6_000) == piece)
        #expect(try read(stored.count, 5_000) == [UInt8](repeating: 0, count: 5_000))
        #expect(try read(0, stored.count) == stored)
        try file.write([1, 2, 3], at: 10)
        #expect(try read(8, 8) == Array(stored[8..<10]) + [1, 2, 3] + Array(stored[13..<16]))
        // What is cut off is gone for good.
        file.resize(to: 4)
        file.resize(to: 100)
        #expect(try read(0, 100) == Array(stored[..<4]) + [UInt8](repeating: 0, count: 96))
        #expect(throws: H5Error.self) { try read(99, 2) }
    }

    @Test("two paths of one file are the same file")
    func identity() throws {
        let folder = try TemporaryFolder()
        let path = try folder.copy(of: Fixtures.hdf5("groups-empty-latest.h5"), as: "in.h5")
        let other = try folder.copy(of: path, as: "other.h5")
        try FileManager.default.createSymbolicLink(atPath: folder.file("link.h5"), withDestinationPath: path)
        #expect(FileIdentity.areSame(path, folder.path + "/./in.h5"))
        #expect(FileIdentity.areSame(path, folder.file("link.h5")))
        #expect(!FileIdentity.areSame(path, other))
        #expect(!FileIdentity.areSame(path, folder.file("none.h5")))
    }
}
