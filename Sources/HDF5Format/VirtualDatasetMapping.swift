/// The global heap object that says which parts of a virtual dataset come from where.
///
/// | bytes  | field                                                                              |
/// |--------|------------------------------------------------------------------------------------|
/// | 1      | version 0, or 1 (libhdf5 2.0, which stores repeated names once)                    |
/// | length | number of mappings                                                                 |
/// |        | per mapping, version 1: u8 flags: 1 file name and 2 dataset path as in an earlier mapping, 4 same file |
/// |        | file name NUL (flag 1: length, the number of that mapping; flag 4: nothing)        |
/// |        | dataset path NUL (flag 2: length, the number of that mapping)                      |
/// |        | source selection, virtual selection                                                |
/// | 4      | checksum                                                                           |
package struct VirtualDatasetMapping: Hashable, Sendable {
    /// One mapping.
    package struct Entry: Hashable, Sendable {
        package var file: H5Name
        package var dataset: H5Name
        package var source: SerializedSelection
        package var destination: SerializedSelection

        package init(
            file: H5Name, dataset: H5Name, source: SerializedSelection, destination: SerializedSelection
        ) {
            self.file = file
            self.dataset = dataset
            self.source = source
            self.destination = destination
        }
    }

    /// The version, 0 or 1.
    package var version: UInt8
    package var entries: [Entry]

    /// The name of a mapping's file that stands for the file of the virtual dataset itself.
    package static let sameFile = H5Name(".")

    package init(version: UInt8 = 0, entries: [Entry]) {
        self.version = version
        self.entries = entries
    }

    package init(from cursor: inout ByteCursor) throws {
        version = try cursor.expectVersion(0...1, "virtual dataset mapping")
        let count = try cursor.readCount("the number of mappings")
        // Two selections alone take 32 bytes.
        guard count <= cursor.remaining / 32 else {
            throw cursor.damaged("\(count) mappings do not fit \(cursor.remaining) bytes")
        }
        entries = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            let flags = version == 0 ? 0 : try cursor.readUInt8()
            guard flags & 0xF8 == 0 else { throw cursor.damaged("flags \(flags) of a mapping are not known") }
            let file: H5Name
            if flags & 4 != 0 {
                file = Self.sameFile
            } else if flags & 1 != 0 {
                file = try Self.earlier(entries, from: &cursor).file
            } else {
                file = H5Name(try cursor.readNullTerminated("the file name of a mapping"))
            }
            let dataset =
                flags & 2 != 0
                ? try Self.earlier(entries, from: &cursor).dataset
                : H5Name(try cursor.readNullTerminated("the dataset path of a mapping"))
            let source = try SerializedSelection(from: &cursor)
            entries.append(
                Entry(file: file, dataset: dataset, source: source, destination: try SerializedSelection(from: &cursor))
            )
        }
        try cursor.expectChecksum("virtual dataset mapping")
    }

    /// Writes the mappings; version 1 writes names that are longer than a number once, and later mappings name the first one
    /// that has them.
    package func encode(to builder: inout ByteBuilder) throws {
        guard version <= 1 else { throw builder.unencodable("mappings of version \(version) are not known") }
        let start = builder.count
        builder.writeUInt8(version)
        try builder.writeLength(entries.count, "the number of mappings")
        var files: [H5Name: Int] = [:]
        var datasets: [H5Name: Int] = [:]
        let numberWidth = builder.sizes.lengths
        func isLong(_ name: H5Name) -> Bool { name.bytes.count >= numberWidth }
        for (index, entry) in entries.enumerated() {
            var earlierFile: Int?
            var earlierDataset: Int?
            let isSameFile = version == 1 && entry.file == Self.sameFile
            if version == 1 {
                if !isSameFile { earlierFile = files[entry.file] }
                earlierDataset = datasets[entry.dataset]
                builder.writeUInt8(
                    (earlierFile == nil ? 0 : 1) | (earlierDataset == nil ? 0 : 2) | (isSameFile ? 4 : 0))
            }
            if let earlierFile {
                try builder.writeLength(earlierFile, "the number of a mapping")
            } else if !isSameFile {
                try builder.writeNullTerminated(entry.file.bytes, "the file name of a mapping")
                if isLong(entry.file) { files[entry.file] = index }
            }
            if let earlierDataset {
                try builder.writeLength(earlierDataset, "the number of a mapping")
            } else {
                try builder.writeNullTerminated(entry.dataset.bytes, "the dataset path of a mapping")
                if isLong(entry.dataset) { datasets[entry.dataset] = index }
            }
            try entry.source.encode(to: &builder)
            try entry.destination.encode(to: &builder)
        }
        builder.writeChecksum(from: start)
    }

    private static func earlier(_ entries: [Entry], from cursor: inout ByteCursor) throws -> Entry {
        let number = try cursor.readCount("the number of a mapping")
        guard number < entries.count else { throw cursor.damaged("a mapping repeats the names of a later one") }
        return entries[number]
    }
}
