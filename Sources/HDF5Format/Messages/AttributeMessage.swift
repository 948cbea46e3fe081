/// Attribute message (0x000C), which is also the object that dense attribute storage keeps in its heap.
///
/// | field                                           | version 1   | version 2 | version 3 |
/// |-------------------------------------------------|-------------|-----------|-----------|
/// | u8 version                                      |             |           |           |
/// | u8 flags: 1 datatype shared, 2 dataspace shared | reserved    | yes       | yes       |
/// | u16 sizes of name, datatype, dataspace          |             |           |           |
/// | u8 character set of the name                    | no          | no        | yes       |
/// | name (with NUL), datatype, dataspace            | padded to 8 | exact     | exact     |
/// | value: elements × element size                  |             |           |           |
///
/// Where a part is shared its bytes are a shared-message reference; the caller resolves it.
package struct AttributeMessage: Hashable, Sendable {
    /// A datatype or dataspace that is stored here or referred to.
    package enum Part<Value: Hashable & Sendable>: Hashable, Sendable {
        case inline(Value)
        case shared(SharedMessageReference)
    }

    package var name: H5Name
    package var characterSet: H5StringFormat.CharacterSet
    package var datatype: Part<H5Datatype>
    package var dataspace: Part<H5Dataspace>
    /// The bytes that follow; where both parts are known their first elements × size bytes are the value.
    package var value: [UInt8]

    package init(from cursor: inout ByteCursor) throws {
        let version = try cursor.expectVersion(1...3, "attribute message")
        let flags = try cursor.readUInt8()
        let nameSize = Int(try cursor.readUInt16())
        let datatypeSize = Int(try cursor.readUInt16())
        let dataspaceSize = Int(try cursor.readUInt16())
        characterSet = .ascii
        if version == 3 {
            let code = try cursor.readUInt8()
            guard let set = H5StringFormat.CharacterSet(rawValue: code) else {
                throw cursor.damaged("character set \(code) of an attribute name is not known")
            }
            characterSet = set
        }
        func padding(_ size: Int) -> Int { version == 1 ? (size + 7) / 8 * 8 - size : 0 }
        guard nameSize > 0 else { throw cursor.damaged("an attribute has no name") }
        let stored = try cursor.readBytes(nameSize)
        name = H5Name(stored.extracting(0..<(stored.firstZero(from: 0) ?? nameSize)))
        try cursor.skip(padding(nameSize))

        var part = try cursor.readSlice(datatypeSize)
        if version >= 2, flags & 1 != 0 {
            datatype = .shared(try SharedMessageReference(from: &part))
        } else {
            datatype = .inline(try DatatypeMessage(from: &part).datatype)
        }
        // Padding after the last part may be missing when there is no value.
        try cursor.skip(min(padding(datatypeSize), cursor.remaining))

        part = try cursor.readSlice(dataspaceSize)
        if version >= 2, flags & 2 != 0 {
            dataspace = .shared(try SharedMessageReference(from: &part))
        } else {
            dataspace = .inline(try DataspaceMessage(from: &part).dataspace)
        }
        try cursor.skip(min(padding(dataspaceSize), cursor.remaining))
        value = try cursor.readArray(cursor.remaining)
    }

    /// Reads only the name, for lookups.
    package static func name(from cursor: inout ByteCursor) throws -> H5Name {
        let version = try cursor.expectVersion(1...3, "attribute message")
        try cursor.skip(1)
        let nameSize = Int(try cursor.readUInt16())
        try cursor.skip(version == 3 ? 5 : 4)
        let stored = try cursor.readBytes(nameSize)
        return H5Name(stored.extracting(0..<(stored.firstZero(from: 0) ?? nameSize)))
    }
}

/// Attribute Info message (0x0015): where dense attributes are, and their creation order.
///
/// | bytes   | field                                                         |
/// |---------|---------------------------------------------------------------|
/// | 1       | version 0                                                     |
/// | 1       | flags: 1 creation order tracked, 2 creation order indexed     |
/// | 2       | flag 1: the next creation index                               |
/// | address | fractal heap; undefined: attributes are in the object header  |
/// | address | version 2 B-tree by name (type 8)                             |
/// | address | flag 2: version 2 B-tree by creation order (type 9)           |
package struct AttributeInfoMessage: Hashable, Sendable {
    package var tracksCreationOrder: Bool
    package var indexesCreationOrder: Bool
    package var nextCreationIndex: UInt16?
    package var heapAddress: UInt64?
    package var nameIndexAddress: UInt64?
    package var creationOrderIndexAddress: UInt64?

    package init(from cursor: inout ByteCursor) throws {
        _ = try cursor.expectVersion(0...0, "attribute info message")
        let flags = try cursor.readUInt8()
        tracksCreationOrder = flags & 1 != 0
        indexesCreationOrder = flags & 2 != 0
        nextCreationIndex = tracksCreationOrder ? try cursor.readUInt16() : nil
        heapAddress = try cursor.readAddress()
        nameIndexAddress = try cursor.readAddress()
        creationOrderIndexAddress = indexesCreationOrder ? try cursor.readAddress() : nil
    }
}
