/// The elements of reference datatypes.
///
/// | type               | bytes                                                                                |
/// |--------------------|--------------------------------------------------------------------------------------|
/// | object             | address of the object header; 0 or undefined: null                                   |
/// | region             | address of a global heap collection, u32 index; address 0: null                      |
/// | standard, object   | u8 2, u8 flags, u8 size of the token, token (the address of the header)              |
/// | standard, others   | u8 3 region or 4 attribute, u8 flags (1: external), u32 size, heap address, u32 index |
package enum ReferenceElement: Hashable, Sendable {
    case null
    case object(address: UInt64)
    /// The heap object holds the address of the dataset and a selection.
    case region(GlobalHeapIdentifier)
    /// The heap object is a `StandardReferencePayload`.
    case standard(StandardReferencePayload.Kind, isExternal: Bool, GlobalHeapIdentifier)

    package init(from cursor: inout ByteCursor, kind: H5ReferenceKind) throws {
        switch kind {
        case .object:
            let address = try cursor.readAddress() ?? 0
            self = address == 0 ? .null : .object(address: address)
        case .region:
            let identifier = try GlobalHeapIdentifier(from: &cursor)
            self = identifier.isNull ? .null : .region(identifier)
        case .standard:
            let type = try cursor.readUInt8()
            let flags = try cursor.readUInt8()
            switch type {
            case 0: self = .null
            case 2 where flags & 1 == 0:
                let width = Int(try cursor.readUInt8())
                guard width >= cursor.sizes.offsets, width <= 16 else {
                    throw cursor.damaged("an object token of \(width) bytes is not possible")
                }
                self = .object(address: try cursor.readAddress() ?? 0)
            case 2, 3, 4:
                try cursor.skip(4)
                let identifier = try GlobalHeapIdentifier(from: &cursor)
                self = .standard(
                    type == 2 ? .object : type == 3 ? .region : .attribute, isExternal: flags & 1 != 0, identifier)
            default: throw cursor.damaged("reference type \(type) is not known")
            }
        }
    }

    /// Writes the element in `size` bytes; standard references in the global heap also say the size of what they name there.
    package func encode(
        to builder: inout ByteBuilder, kind: H5ReferenceKind, size: Int, payloadSize: UInt32 = 0
    ) throws {
        let start = builder.count
        switch (kind, self) {
        case (_, .null): break
        case (.object, .object(let address)): try builder.writeAddress(address)
        case (.region, .region(let identifier)): try identifier.encode(to: &builder)
        case (.standard, .object(let address)):
            builder.writeBytes([2, 0])
            try builder.writeUInt8(builder.sizes.offsets, "the size of an object token")
            try builder.writeAddress(address)
        case (.standard, .standard(let target, let isExternal, let identifier)):
            guard target != .object || isExternal else {
                throw builder.unencodable("a reference to an object of the same file is stored in the element itself")
            }
            builder.writeUInt8(target == .object ? 2 : target == .region ? 3 : 4)
            builder.writeUInt8(isExternal ? 1 : 0)
            builder.writeUInt32(payloadSize)
            try identifier.encode(to: &builder)
        default: throw builder.unencodable("a reference does not have the kind of its type")
        }
        try builder.pad(to: size, from: start, "a reference")
    }
}

/// What a region reference of before HDF5 1.12 keeps in the global heap: the dataset and the selection.
package struct RegionPayload: Hashable, Sendable {
    package var datasetAddress: UInt64
    package var selection: SerializedSelection

    package init(datasetAddress: UInt64, selection: SerializedSelection) {
        self.datasetAddress = datasetAddress
        self.selection = selection
    }

    package init(from cursor: inout ByteCursor) throws {
        datasetAddress = try cursor.readDefinedAddress("dataset of a region reference")
        selection = try SerializedSelection(from: &cursor)
    }

    package func encode(to builder: inout ByteBuilder) throws {
        try builder.writeAddress(datasetAddress)
        try selection.encode(to: &builder)
    }
}

/// What a reference of HDF5 1.12 keeps in the global heap.
///
/// | bytes | field                                                          |
/// |-------|----------------------------------------------------------------|
/// | 1 + n | size of the token, token (address of the object header)        |
/// | 2 + n | external: length and name of the file                          |
/// |       | region: u32 size, u32 rank, serialized selection               |
/// |       | attribute: u16 length, name                                    |
package struct StandardReferencePayload: Hashable, Sendable {
    /// What the reference leads to.
    package enum Kind: Hashable, Sendable {
        case object
        case region
        case attribute
    }

    package var address: UInt64
    package var file: H5Name?
    package var selection: SerializedSelection?
    /// The rank of the dataset that a region is part of.
    package var selectionRank: UInt32 = 0
    package var attribute: H5Name?

    package init(address: UInt64, file: H5Name? = nil) {
        self.address = address
        self.file = file
    }

    package init(from cursor: inout ByteCursor, kind: Kind, isExternal: Bool) throws {
        let width = Int(try cursor.readUInt8())
        var token = try cursor.readSlice(width)
        address = try token.readAddress() ?? 0
        if isExternal {
            let length = Int(try cursor.readUInt16())
            file = H5Name(try cursor.readBytes(length))
        }
        if kind == .region {
            try cursor.skip(4)
            selectionRank = try cursor.readUInt32()
            selection = try SerializedSelection(from: &cursor)
        } else if kind == .attribute {
            let length = Int(try cursor.readUInt16())
            attribute = H5Name(try cursor.readBytes(length))
        }
    }

    package func encode(to builder: inout ByteBuilder) throws {
        try builder.writeUInt8(builder.sizes.offsets, "the size of an object token")
        try builder.writeAddress(address)
        if let file {
            try builder.writeUInt16(file.bytes.count, "the length of a file name")
            builder.writeBytes(file.bytes)
        }
        guard selection == nil || attribute == nil else {
            throw builder.unencodable("a reference leads to a region or to an attribute, not to both")
        }
        if let selection {
            let bytes = try encoded(builder.sizes) { try selection.encode(to: &$0) }
            try builder.writeUInt32(bytes.count, "the size of a selection")
            builder.writeUInt32(selectionRank)
            builder.writeBytes(bytes)
        } else if let attribute {
            try builder.writeUInt16(attribute.bytes.count, "the length of an attribute's name")
            builder.writeBytes(attribute.bytes)
        }
    }
}
