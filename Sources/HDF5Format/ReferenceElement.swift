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
}

/// What a region reference of before HDF5 1.12 keeps in the global heap: the dataset and the selection.
package struct RegionPayload: Hashable, Sendable {
    package var datasetAddress: UInt64
    package var selection: SerializedSelection

    package init(from cursor: inout ByteCursor) throws {
        datasetAddress = try cursor.readDefinedAddress("dataset of a region reference")
        selection = try SerializedSelection(from: &cursor)
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
    package var attribute: H5Name?

    package init(from cursor: inout ByteCursor, kind: Kind, isExternal: Bool) throws {
        let width = Int(try cursor.readUInt8())
        var token = try cursor.readSlice(width)
        address = try token.readAddress() ?? 0
        if isExternal {
            let length = Int(try cursor.readUInt16())
            file = H5Name(try cursor.readBytes(length))
        }
        if kind == .region {
            try cursor.skip(8)
            selection = try SerializedSelection(from: &cursor)
        } else if kind == .attribute {
            let length = Int(try cursor.readUInt16())
            attribute = H5Name(try cursor.readBytes(length))
        }
    }
}
