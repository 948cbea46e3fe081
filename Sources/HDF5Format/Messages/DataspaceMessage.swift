/// Dataspace message (0x0001): the extent of a dataset or attribute.
///
/// | version 1                          | version 2                           |
/// |------------------------------------|-------------------------------------|
/// | u8 version 1                       | u8 version 2                        |
/// | u8 rank                            | u8 rank                             |
/// | u8 flags: 1 maximum, 2 permutation | u8 flags: 1 maximum                 |
/// | 5 reserved bytes                   | u8 type: 0 scalar, 1 simple, 2 null |
/// | rank lengths: current extents      | the same                            |
/// | flag 1: rank lengths: maxima       | the same (all ones: unlimited)      |
package struct DataspaceMessage: Hashable, Sendable {
    package var dataspace: H5Dataspace
    package var form: Form

    /// What a message may choose, whatever the extent.
    package struct Form: Hashable, Sendable {
        /// The version of the message, 1 or 2.
        package var version: UInt8
        /// Whether the maxima are written, which they need not be where they are the extents.
        package var storesMaximum: Bool

        package init(version: UInt8 = 2, storesMaximum: Bool = true) {
            self.version = version
            self.storesMaximum = storesMaximum
        }
    }

    /// The largest rank that the format allows.
    package static let maximumRank = 32

    package init(_ dataspace: H5Dataspace, form: Form = Form()) {
        self.dataspace = dataspace
        self.form = form
    }

    package init(from cursor: inout ByteCursor) throws {
        let version = try cursor.expectVersion(1...2, "dataspace message")
        let rank = Int(try cursor.readUInt8())
        let flags = try cursor.readUInt8()
        guard rank <= Self.maximumRank else {
            throw cursor.damaged("a dataspace of rank \(rank) is not possible; 32 is the most")
        }
        var kind: H5Dataspace.Kind = rank == 0 ? .scalar : .simple
        if version == 1 {
            try cursor.skip(5)
            guard flags & 2 == 0 else {
                throw cursor.error(.unsupported, "the dataspace has a permutation index, which no library ever wrote")
            }
        } else {
            let type = try cursor.readUInt8()
            switch type {
            case 0: kind = .scalar
            case 1: kind = .simple
            case 2: kind = .null
            default: throw cursor.damaged("dataspace type \(type) is not known")
            }
            guard kind == .simple || rank == 0 else {
                throw cursor.damaged("a scalar or null dataspace cannot have rank \(rank)")
            }
        }
        form = Form(version: version, storesMaximum: flags & 1 != 0)
        guard kind == .simple else {
            dataspace = kind == .null ? .null : .scalar
            return
        }
        var shape: [Int] = []
        shape.reserveCapacity(rank)
        for _ in 0..<rank { shape.append(try cursor.readCount("an extent")) }
        var maximum: [Int?] = []
        maximum.reserveCapacity(rank)
        for axis in 0..<rank {
            guard flags & 1 != 0 else { maximum.append(shape[axis]); continue }
            guard let limit = try cursor.readLimitedLength() else { maximum.append(nil); continue }
            guard limit >= UInt64(shape[axis]) else {
                throw cursor.damaged("axis \(axis) has extent \(shape[axis]), more than its maximum of \(limit)")
            }
            maximum.append(Int(clamping: limit))
        }
        // Everything above relies on the number of elements fitting an Int.
        _ = try checkedProduct(shape, "the number of elements")
        dataspace = H5Dataspace(kind: .simple, shape: shape, maximumShape: maximum)
    }

    package func encode(to builder: inout ByteBuilder) throws {
        let rank = dataspace.rank
        guard (1...2).contains(form.version), rank <= Self.maximumRank, dataspace.maximumShape.count == rank,
            dataspace.kind == .simple || rank == 0
        else {
            throw builder.unencodable("a dataspace of rank \(rank) in version \(form.version) is not possible")
        }
        builder.writeUInt8(form.version)
        try builder.writeUInt8(rank, "the rank of a dataspace")
        builder.writeUInt8(form.storesMaximum ? 1 : 0)
        if form.version == 1 {
            guard dataspace.kind == (rank == 0 ? .scalar : .simple) else {
                throw builder.unencodable("a dataspace message of version 1 cannot tell null or an empty shape")
            }
            builder.writeZeros(5)
        } else {
            builder.writeUInt8(dataspace.kind == .scalar ? 0 : dataspace.kind == .simple ? 1 : 2)
        }
        for extent in dataspace.shape { try builder.writeLength(extent, "an extent") }
        for (extent, limit) in zip(dataspace.shape, dataspace.maximumShape) {
            guard form.storesMaximum else {
                guard limit == extent else {
                    throw builder.unencodable("an axis that may grow needs its maximum in the dataspace message")
                }
                continue
            }
            guard limit.map({ $0 >= extent }) ?? true else {
                throw builder.unencodable("an axis of extent \(extent) has a maximum of less")
            }
            try builder.writeLimitedLength(limit.map { UInt64($0) }, "the maximum of an axis")
        }
    }
}
