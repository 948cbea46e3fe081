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
    }

    package var entries: [Entry]

    package init(from cursor: inout ByteCursor) throws {
        let version = try cursor.expectVersion(0...1, "virtual dataset mapping")
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
                file = H5Name(".")
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

    private static func earlier(_ entries: [Entry], from cursor: inout ByteCursor) throws -> Entry {
        let number = try cursor.readCount("the number of a mapping")
        guard number < entries.count else { throw cursor.damaged("a mapping repeats the names of a later one") }
        return entries[number]
    }
}
