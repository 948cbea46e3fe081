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

    /// The largest rank that the format allows.
    package static let maximumRank = 32

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
}
