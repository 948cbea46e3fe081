extension H5Datatype {
    /// The same type for a file with these widths of addresses: descriptors of variable-length data and references hold
    /// addresses, and what lies behind them in a record moves.
    package func fitted(to sizes: FieldSizes) -> H5Datatype {
        var result = self
        switch kind {
        case .integer, .float, .time, .string, .bitfield, .opaque, .enumeration, .complex: break
        case .variableLengthString: result.size = 8 + sizes.offsets
        case .variableLength(let base):
            result.kind = .variableLength(base: base.fitted(to: sizes))
            result.size = 8 + sizes.offsets
        case .reference(let kind):
            switch kind {
            case .object: result.size = sizes.offsets
            case .region: result.size = sizes.offsets + 4
            // Two bytes, the size of what the heap holds, and where; a token, too, fits in.
            case .standard: result.size = 2 + 4 + sizes.offsets + 4
            }
        case .array(let shape, let base):
            let inner = base.fitted(to: sizes)
            guard inner.size != base.size, base.size > 0 else {
                result.kind = .array(shape: shape, base: inner)
                break
            }
            result = .array(shape, of: inner)
        case .compound(let members):
            var growth: [(end: Int, change: Int)] = []
            var fitted: [H5CompoundMember] = []
            for member in members {
                let type = member.type.fitted(to: sizes)
                growth.append((member.offset, type.size - member.type.size))
                fitted.append(H5CompoundMember(storedName: member.storedName, offset: member.offset, type: type))
            }
            // Offsets may be in any order: what starts before a member moves it.
            for index in fitted.indices {
                for change in growth where change.end < members[index].offset { fitted[index].offset += change.change }
            }
            result.kind = .compound(fitted)
            result.size = growth.reduce(size) { $0 + $1.change }
        }
        result.encodingVersion = encodingVersion
        return result
    }

    /// The same type, described in the lowest version that can and is not lower than `version` where that matters.
    ///
    /// Atomic types stay at version 1, as libhdf5 writes them; records, enumerations and arrays take `version`: 1 for the
    /// earliest files, 3 since HDF5 1.8, 4 since 1.12.
    package func described(inVersion version: UInt8) -> H5Datatype {
        var result = self
        switch kind {
        case .integer, .time, .string, .bitfield, .opaque, .variableLengthString: result.encodingVersion = 1
        case .float(let format): result.encodingVersion = format.order == .vax ? 3 : 1
        case .reference(let kind): result.encodingVersion = kind == .standard ? 4 : 1
        case .complex(let base):
            result.kind = .complex(base: base.described(inVersion: version))
            result.encodingVersion = 5
        case .enumeration(let base, let members):
            result.kind = .enumeration(base: base.described(inVersion: version), members: members)
            result.encodingVersion = max(1, version)
        case .variableLength(let base):
            let inner = base.described(inVersion: version)
            result.kind = .variableLength(base: inner)
            result.encodingVersion = inner.encodingVersion
        case .array(let shape, let base):
            let inner = base.described(inVersion: version)
            result.kind = .array(shape: shape, base: inner)
            result.encodingVersion = max(2, version, inner.encodingVersion)
        case .compound(let members):
            let inner = members.map {
                H5CompoundMember(
                    storedName: $0.storedName, offset: $0.offset, type: $0.type.described(inVersion: version))
            }
            result.kind = .compound(inner)
            result.encodingVersion = inner.reduce(max(1, version)) { max($0, $1.type.encodingVersion) }
        }
        return result
    }
}
