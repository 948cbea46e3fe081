import HDF5Format

/// Which releases of libhdf5 can read a file that is written.
public enum H5FormatGeneration: String, CaseIterable, Comparable, Sendable, CustomStringConvertible {
    /// Every release: superblock 0, symbol tables, object headers of version 1.
    case earliest
    /// Releases from 2008 on: superblock 2, checksums on headers, groups that may track creation order. The default.
    case v1_8 = "1.8"
    /// Releases from 2016 on: superblock 3, chunk indexes that need less space and time, virtual datasets.
    case v1_10 = "1.10"

    /// The name as the command line spells it.
    public var description: String { rawValue }

    /// Whether the left generation came before the right one.
    public static func < (left: H5FormatGeneration, right: H5FormatGeneration) -> Bool { left.order < right.order }

    private var order: Int {
        switch self {
        case .earliest: return 0
        case .v1_8: return 1
        case .v1_10: return 2
        }
    }

    /// The generation in which new objects of a file are written, by the version of its superblock.
    init(superblockVersion: UInt8) {
        self = superblockVersion < 2 ? .earliest : superblockVersion == 2 ? .v1_8 : .v1_10
    }

    var superblockVersion: UInt8 { self == .earliest ? 0 : self == .v1_8 ? 2 : 3 }
    var headerVersion: UInt8 { self == .earliest ? 1 : 2 }
    var dataspaceVersion: UInt8 { self == .earliest ? 1 : 2 }
    var fillValueVersion: UInt8 { self == .earliest ? 2 : 3 }
    var filterPipelineVersion: UInt8 { self == .earliest ? 1 : 2 }
    var layoutVersion: UInt8 { self == .v1_10 ? 4 : 3 }

    /// Throws unless files of this generation can hold something that came with a later one.
    func require(_ generation: H5FormatGeneration, for what: @autoclosure () -> String) throws {
        guard self < generation else { return }
        throw H5Error(
            .notInGeneration,
            "\(what()) cannot be stored in a file of generation \(self); it takes \(generation) or later")
    }
}

extension H5Dataspace {
    /// The extent as a message of a generation.
    func message(in generation: H5FormatGeneration) -> DataspaceMessage {
        // Version 1 can tell neither null nor a scalar apart from an empty shape.
        let version = kind == .null ? 2 : generation.dataspaceVersion
        let storesMaximum = !zip(shape, maximumShape).allSatisfy { $0 == $1 }
        return DataspaceMessage(self, form: DataspaceMessage.Form(version: version, storesMaximum: storesMaximum))
    }
}

extension H5Datatype {
    /// The type as it is written in a generation: in the lowest version that can tell it, as libhdf5 does.
    ///
    /// - Throws: `H5Error` with the code `notInGeneration` for references of 1.12 and native complex numbers in earlier
    ///   generations than 1.10.
    func encoded(in generation: H5FormatGeneration) throws -> H5Datatype {
        var version: UInt8 = generation == .earliest ? 1 : 3
        try raise(&version, generation)
        return with(encodingVersion: version)
    }

    /// Raises the version to what the type and the types in it need.
    private func raise(_ version: inout UInt8, _ generation: H5FormatGeneration) throws {
        switch kind {
        case .array(_, let base):
            version = max(version, 2)
            try base.raise(&version, generation)
        case .compound(let members): for member in members { try member.type.raise(&version, generation) }
        case .enumeration(let base, _), .variableLength(let base): try base.raise(&version, generation)
        case .reference(.standard):
            try generation.require(.v1_10, for: "a reference as HDF5 1.12 stores it")
            version = max(version, 4)
        case .complex:
            try generation.require(.v1_10, for: "a native complex number (HDF5 2.0)")
            version = max(version, 5)
        case .integer, .float, .time, .string, .bitfield, .opaque, .reference, .variableLengthString: break
        }
        if case .float(let format) = kind, format.order == .vax { version = max(version, 3) }
    }

    /// The same type, and every type in it, in one version.
    private func with(encodingVersion version: UInt8) -> H5Datatype {
        var type = self
        type.encodingVersion = version
        switch kind {
        case .array(let shape, let base): type.kind = .array(shape: shape, base: base.with(encodingVersion: version))
        case .compound(let members):
            type.kind = .compound(
                members.map {
                    H5CompoundMember(
                        storedName: $0.storedName, offset: $0.offset, type: $0.type.with(encodingVersion: version))
                })
        case .enumeration(let base, let members):
            type.kind = .enumeration(base: base.with(encodingVersion: version), members: members)
        case .variableLength(let base): type.kind = .variableLength(base: base.with(encodingVersion: version))
        case .complex(let base): type.kind = .complex(base: base.with(encodingVersion: version))
        case .integer, .float, .time, .string, .bitfield, .opaque, .reference, .variableLengthString: break
        }
        return type
    }
}
