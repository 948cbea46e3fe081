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

    /// The version of the message, 1 to 3.
    package var version: UInt8
    package var name: H5Name
    package var characterSet: H5StringFormat.CharacterSet
    package var datatype: Part<H5Datatype>
    package var dataspace: Part<H5Dataspace>
    /// How the dataspace is written, where it is stored here.
    package var dataspaceForm: DataspaceMessage.Form
    /// The bytes that follow; where both parts are known their first elements × size bytes are the value.
    package var value: [UInt8]

    package init(
        version: UInt8 = 3, name: H5Name, characterSet: H5StringFormat.CharacterSet, datatype: Part<H5Datatype>,
        dataspace: Part<H5Dataspace>, dataspaceForm: DataspaceMessage.Form = DataspaceMessage.Form(), value: [UInt8]
    ) {
        self.version = version
        self.name = name
        self.characterSet = characterSet
        self.datatype = datatype
        self.dataspace = dataspace
        self.dataspaceForm = dataspaceForm
        self.value = value
    }

    package init(from cursor: inout ByteCursor) throws {
        let version = try cursor.expectVersion(1...3, "attribute message")
        self.version = version
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
            dataspaceForm = DataspaceMessage.Form()
        } else {
            let message = try DataspaceMessage(from: &part)
            dataspace = .inline(message.dataspace)
            dataspaceForm = message.form
        }
        try cursor.skip(min(padding(dataspaceSize), cursor.remaining))
        value = try cursor.readArray(cursor.remaining)
    }

    package func encode(to builder: inout ByteBuilder) throws {
        guard (1...3).contains(version), version == 3 || characterSet == .ascii else {
            throw builder.unencodable("an attribute message of version \(version) cannot tell the name's character set")
        }
        let start = builder.count
        var isShared: (datatype: Bool, dataspace: Bool) = (false, false)
        var name = ByteBuilder(sizes: builder.sizes)
        try name.writeNullTerminated(self.name.bytes, "the name of an attribute")
        let datatypeBytes = try encoded(builder.sizes) { part in
            switch datatype {
            case .inline(let type): try DatatypeMessage(type).encode(to: &part)
            case .shared(let reference):
                isShared.datatype = true
                try reference.encode(to: &part)
            }
        }
        let dataspaceBytes = try encoded(builder.sizes) { part in
            switch dataspace {
            case .inline(let space): try DataspaceMessage(space, form: dataspaceForm).encode(to: &part)
            case .shared(let reference):
                isShared.dataspace = true
                try reference.encode(to: &part)
            }
        }
        guard version >= 2 || !isShared.datatype && !isShared.dataspace else {
            throw builder.unencodable("an attribute message of version 1 cannot refer to shared messages")
        }
        builder.writeUInt8(version)
        builder.writeUInt8((isShared.datatype ? 1 : 0) | (isShared.dataspace ? 2 : 0))
        try builder.writeUInt16(name.count, "the length of an attribute's name")
        try builder.writeUInt16(datatypeBytes.count, "the size of an attribute's datatype")
        try builder.writeUInt16(dataspaceBytes.count, "the size of an attribute's dataspace")
        if version == 3 { builder.writeUInt8(characterSet.rawValue) }
        for part in [name.bytes, datatypeBytes, dataspaceBytes] {
            builder.writeBytes(part)
            // Eight bytes stand before the name in version 1, so the parts stay at multiples of 8.
            if version == 1 { builder.pad(toMultipleOf: 8, from: start) }
        }
        builder.writeBytes(value)
    }

    /// Reads only the name, for lookups.
    package static func name(from cursor: inout ByteCursor) throws -> H5Name {
        H5Name(try nameBytes(from: &cursor))
    }

    /// Reads only the bytes of the name.
    @_lifetime(copy cursor)
    package static func nameBytes(from cursor: inout ByteCursor) throws -> RawSpan {
        let version = try cursor.expectVersion(1...3, "attribute message")
        try cursor.skip(1)
        let nameSize = Int(try cursor.readUInt16())
        try cursor.skip(version == 3 ? 5 : 4)
        let stored = try cursor.readBytes(nameSize)
        return stored.extracting(0..<(stored.firstZero(from: 0) ?? nameSize))
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

    /// Makes the message; where creation order is tracked, `nextCreationIndex` says where it stands.
    package init(
        nextCreationIndex: UInt16? = nil, indexesCreationOrder: Bool = false, heapAddress: UInt64? = nil,
        nameIndexAddress: UInt64? = nil, creationOrderIndexAddress: UInt64? = nil
    ) {
        tracksCreationOrder = nextCreationIndex != nil
        self.indexesCreationOrder = indexesCreationOrder
        self.nextCreationIndex = nextCreationIndex
        self.heapAddress = heapAddress
        self.nameIndexAddress = nameIndexAddress
        self.creationOrderIndexAddress = creationOrderIndexAddress
    }

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

    package func encode(to builder: inout ByteBuilder) throws {
        guard tracksCreationOrder == (nextCreationIndex != nil),
            indexesCreationOrder || creationOrderIndexAddress == nil
        else { throw builder.unencodable("the creation order of an attribute info message contradicts itself") }
        builder.writeUInt8(0)
        builder.writeUInt8((tracksCreationOrder ? 1 : 0) | (indexesCreationOrder ? 2 : 0))
        if let nextCreationIndex { builder.writeUInt16(nextCreationIndex) }
        try builder.writeAddress(heapAddress)
        try builder.writeAddress(nameIndexAddress)
        if indexesCreationOrder { try builder.writeAddress(creationOrderIndexAddress) }
    }
}
