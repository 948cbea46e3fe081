/// Link Info message (0x0002): how a new-style group keeps its links.
///
/// | bytes   | field                                                       |
/// |---------|-------------------------------------------------------------|
/// | 1       | version 0                                                   |
/// | 1       | flags: 1 creation order tracked, 2 creation order indexed   |
/// | 8       | flag 1: the next creation order                             |
/// | address | fractal heap of dense links; undefined: links are compact   |
/// | address | version 2 B-tree by name (type 5)                           |
/// | address | flag 2: version 2 B-tree by creation order (type 6)         |
package struct LinkInfoMessage: Hashable, Sendable {
    package var tracksCreationOrder: Bool
    package var indexesCreationOrder: Bool
    package var nextCreationOrder: Int64?
    package var heapAddress: UInt64?
    package var nameIndexAddress: UInt64?
    package var creationOrderIndexAddress: UInt64?

    /// Makes the message; where creation order is tracked, `nextCreationOrder` says where it stands.
    package init(
        nextCreationOrder: Int64? = nil, indexesCreationOrder: Bool = false, heapAddress: UInt64? = nil,
        nameIndexAddress: UInt64? = nil, creationOrderIndexAddress: UInt64? = nil
    ) {
        tracksCreationOrder = nextCreationOrder != nil
        self.indexesCreationOrder = indexesCreationOrder
        self.nextCreationOrder = nextCreationOrder
        self.heapAddress = heapAddress
        self.nameIndexAddress = nameIndexAddress
        self.creationOrderIndexAddress = creationOrderIndexAddress
    }

    package init(from cursor: inout ByteCursor) throws {
        _ = try cursor.expectVersion(0...0, "link info message")
        let flags = try cursor.readUInt8()
        tracksCreationOrder = flags & 1 != 0
        indexesCreationOrder = flags & 2 != 0
        nextCreationOrder = tracksCreationOrder ? try cursor.readInt64() : nil
        heapAddress = try cursor.readAddress()
        nameIndexAddress = try cursor.readAddress()
        creationOrderIndexAddress = indexesCreationOrder ? try cursor.readAddress() : nil
    }

    package func encode(to builder: inout ByteBuilder) throws {
        guard tracksCreationOrder == (nextCreationOrder != nil),
            indexesCreationOrder || creationOrderIndexAddress == nil
        else { throw builder.unencodable("the creation order of a link info message contradicts itself") }
        builder.writeUInt8(0)
        builder.writeUInt8((tracksCreationOrder ? 1 : 0) | (indexesCreationOrder ? 2 : 0))
        if let nextCreationOrder { builder.writeInt64(nextCreationOrder) }
        try builder.writeAddress(heapAddress)
        try builder.writeAddress(nameIndexAddress)
        if indexesCreationOrder { try builder.writeAddress(creationOrderIndexAddress) }
    }
}

/// Group Info message (0x000A): when a group changes its storage, and estimates for its creation.
///
/// | bytes | field                                                               |
/// |-------|---------------------------------------------------------------------|
/// | 1     | version 0                                                           |
/// | 1     | flags: 1 thresholds stored, 2 estimates stored                      |
/// | 2 + 2 | flag 1: most compact links (8), fewest dense links (6)              |
/// | 2 + 2 | flag 2: estimated number of entries (4) and length of a name (8)    |
package struct GroupInfoMessage: Hashable, Sendable {
    package var maximumCompact: UInt16 = 8
    package var minimumDense: UInt16 = 6
    package var estimatedEntries: UInt16 = 4
    package var estimatedNameLength: UInt16 = 8
    /// Whether the thresholds are written, which they need not be where they are the usual ones.
    package var storesThresholds = false
    /// Whether the estimates are written.
    package var storesEstimates = false

    /// Makes the message; what is not given is not stored.
    package init(
        thresholds: (maximumCompact: UInt16, minimumDense: UInt16)? = nil,
        estimates: (entries: UInt16, nameLength: UInt16)? = nil
    ) {
        if let thresholds {
            (maximumCompact, minimumDense) = thresholds
            storesThresholds = true
        }
        if let estimates {
            (estimatedEntries, estimatedNameLength) = estimates
            storesEstimates = true
        }
    }

    package init(from cursor: inout ByteCursor) throws {
        _ = try cursor.expectVersion(0...0, "group info message")
        let flags = try cursor.readUInt8()
        storesThresholds = flags & 1 != 0
        storesEstimates = flags & 2 != 0
        if storesThresholds {
            maximumCompact = try cursor.readUInt16()
            minimumDense = try cursor.readUInt16()
        }
        if storesEstimates {
            estimatedEntries = try cursor.readUInt16()
            estimatedNameLength = try cursor.readUInt16()
        }
    }

    package func encode(to builder: inout ByteBuilder) throws {
        guard storesThresholds || (maximumCompact, minimumDense) == (8, 6),
            storesEstimates || (estimatedEntries, estimatedNameLength) == (4, 8)
        else { throw builder.unencodable("values of a group info message that are not the usual ones must be stored") }
        builder.writeUInt8(0)
        builder.writeUInt8((storesThresholds ? 1 : 0) | (storesEstimates ? 2 : 0))
        if storesThresholds {
            builder.writeUInt16(maximumCompact)
            builder.writeUInt16(minimumDense)
        }
        if storesEstimates {
            builder.writeUInt16(estimatedEntries)
            builder.writeUInt16(estimatedNameLength)
        }
    }
}

/// Symbol Table message (0x0011): the B-tree and the local heap of an old-style group.
///
/// | bytes   | field                       |
/// |---------|-----------------------------|
/// | address | version 1 B-tree of type 0  |
/// | address | local heap with the names   |
package struct SymbolTableMessage: Hashable, Sendable {
    package var btreeAddress: UInt64
    package var heapAddress: UInt64

    package init(btreeAddress: UInt64, heapAddress: UInt64) {
        self.btreeAddress = btreeAddress
        self.heapAddress = heapAddress
    }

    package init(from cursor: inout ByteCursor) throws {
        btreeAddress = try cursor.readDefinedAddress("group's B-tree")
        heapAddress = try cursor.readDefinedAddress("group's local heap")
    }

    package func encode(to builder: inout ByteBuilder) throws {
        try builder.writeAddress(btreeAddress)
        try builder.writeAddress(heapAddress)
    }
}

/// Link message (0x0006), which is also the object that a dense group keeps in its heap.
///
/// | bytes   | field                                                                                           |
/// |---------|-------------------------------------------------------------------------------------------------|
/// | 1       | version 1                                                                                       |
/// | 1       | flags: 0-1 width of the name length, 2 creation order, 3 link type, 4 character set             |
/// | 1       | flag 3: type: 0 hard, 1 soft, 64 external, 65 to 255 user-defined                               |
/// | 8       | flag 2: creation order                                                                          |
/// | 1       | flag 4: character set of the name                                                               |
/// | 1 to 8  | length of the name, then the name                                                               |
/// | address | hard: the object header; others: u16 length and bytes                                           |
package struct LinkMessage: Hashable, Sendable {
    /// Where a link leads.
    package enum Target: Hashable, Sendable {
        case hard(address: UInt64)
        case soft(path: H5Name)
        case external(file: H5Name, path: H5Name)
        case userDefined(type: UInt8, data: [UInt8])
    }

    package var name: H5Name
    package var target: Target
    package var creationOrder: Int64?
    package var characterSet: H5StringFormat.CharacterSet

    package init(
        name: H5Name, target: Target, creationOrder: Int64? = nil, characterSet: H5StringFormat.CharacterSet = .ascii
    ) {
        self.name = name
        self.target = target
        self.creationOrder = creationOrder
        self.characterSet = characterSet
    }

    package init(from cursor: inout ByteCursor) throws {
        let fields = try Fields(from: &cursor)
        creationOrder = fields.creationOrder
        characterSet = fields.characterSet
        name = H5Name(try cursor.readBytes(fields.nameCount))
        target = try Target(from: &cursor, type: fields.type)
    }

    /// Writes the message with what it needs: the type of a link that is not hard, a character set that is not ASCII, and
    /// the name's length in the fewest bytes.
    package func encode(to builder: inout ByteBuilder) throws {
        let name = name.bytes
        guard !name.isEmpty else { throw builder.unencodable("a link has no name") }
        let widthBits: UInt8 = name.count < 1 << 8 ? 0 : name.count < 1 << 16 ? 1 : name.count < 1 << 32 ? 2 : 3
        var data = ByteBuilder(sizes: builder.sizes)
        let type: UInt8
        switch target {
        case .hard(let address):
            type = 0
            try data.writeAddress(address)
        case .soft(let path):
            type = 1
            guard !path.bytes.isEmpty else { throw builder.unencodable("a soft link leads nowhere") }
            data.writeBytes(path.bytes)
        case .external(let file, let path):
            type = 64
            data.writeUInt8(0)
            try data.writeNullTerminated(file.bytes, "the file name of an external link")
            try data.writeNullTerminated(path.bytes, "the path of an external link")
        case .userDefined(let code, let bytes):
            guard code > 64 else { throw builder.unencodable("user-defined links have types from 65 on, not \(code)") }
            type = code
            data.writeBytes(bytes)
        }
        builder.writeUInt8(1)
        let order: UInt8 = creationOrder == nil ? 0 : 4
        builder.writeUInt8(widthBits | order | (type == 0 ? 0 : 8) | (characterSet == .ascii ? 0 : 16))
        if type != 0 { builder.writeUInt8(type) }
        if let creationOrder { builder.writeInt64(creationOrder) }
        if characterSet != .ascii { builder.writeUInt8(characterSet.rawValue) }
        try builder.writeUInt(name.count, width: 1 << Int(widthBits), "the length of a link name")
        builder.writeBytes(name)
        if type != 0 { try builder.writeUInt16(data.count, "the length of what a link leads to") }
        builder.writeBytes(data.bytes)
    }

    /// What stands before the name; lists of links are filled from it without a value for each link.
    package struct Fields {
        /// The type of hard links.
        package static let hardLink: UInt8 = 0

        package let type: UInt8
        package let creationOrder: Int64?
        package let characterSet: H5StringFormat.CharacterSet
        package let nameCount: Int

        package init(from cursor: inout ByteCursor) throws {
            _ = try cursor.expectVersion(1...1, "link message")
            let flags = try cursor.readUInt8()
            guard flags & 0xE0 == 0 else { throw cursor.damaged("link flags \(flags) are not known") }
            type = flags & 8 != 0 ? try cursor.readUInt8() : Self.hardLink
            creationOrder = flags & 4 != 0 ? try cursor.readInt64() : nil
            if flags & 16 != 0 {
                let code = try cursor.readUInt8()
                guard let set = H5StringFormat.CharacterSet(rawValue: code) else {
                    throw cursor.damaged("character set \(code) of a link name is not known")
                }
                characterSet = set
            } else {
                characterSet = .ascii
            }
            nameCount = try Int(
                checking: try cursor.readUInt(width: 1 << Int(flags & 3)), "the length of a link name")
            guard nameCount > 0 else { throw cursor.damaged("a link has no name") }
        }
    }
}

extension LinkMessage.Target {
    /// Reads what stands behind the name.
    package init(from cursor: inout ByteCursor, type: UInt8) throws {
        switch type {
        case LinkMessage.Fields.hardLink: self = .hard(address: try cursor.readDefinedAddress("linked object"))
        case 1:
            let length = Int(try cursor.readUInt16())
            guard length > 0 else { throw cursor.damaged("a soft link leads nowhere") }
            self = .soft(path: H5Name(try cursor.readBytes(length)))
        case 64:
            let length = Int(try cursor.readUInt16())
            var value = try cursor.readSlice(length)
            let flags = try value.readUInt8()
            guard flags == 0 else { throw cursor.error(.unsupported, "external link flags \(flags) are not known") }
            let file = H5Name(try value.readNullTerminated("the file name of an external link"))
            self = .external(file: file, path: H5Name(try value.readNullTerminated("the path of an external link")))
        case 65...255:
            let length = Int(try cursor.readUInt16())
            self = .userDefined(type: type, data: try cursor.readArray(length))
        default: throw cursor.damaged("link type \(type) is not known")
        }
    }
}
