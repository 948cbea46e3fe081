import HDF5Format

/// Encodes attribute messages in the form of a file's generation.
enum AttributeEncoding {
    /// - Parameter committed: The address of the committed datatype that the attribute uses.
    static func encode(
        _ name: H5Name, _ datatype: H5Datatype, committed: UInt64? = nil, _ dataspace: H5Dataspace, _ value: [UInt8],
        in editor: FileEditor
    ) throws -> [UInt8] {
        let generation = editor.generation
        let isASCII = name.isValidUTF8 && name.string.utf8.allSatisfy { $0 < 0x80 }
        // Version 1 knows ASCII names and no shared types; version 2 came with 1.6, version 3 with 1.8.
        let version: UInt8 = generation > .earliest || !isASCII ? 3 : committed != nil ? 2 : 1
        var builder = ByteBuilder(sizes: editor.storage.sizes)
        try AttributeMessage(
            version: version, name: name, characterSet: isASCII ? .ascii : .utf8,
            datatype: committed.map { .shared(.committed(address: $0)) }
                ?? .inline(try datatype.encoded(in: generation)),
            dataspace: .inline(dataspace), dataspaceForm: dataspace.message(in: generation).form, value: value
        ).encode(to: &builder)
        return builder.bytes
    }
}
