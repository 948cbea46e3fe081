/// A selection as region references and virtual datasets store it.
///
/// u32 type (0 none, 1 points, 2 hyperslab, 3 all), u32 version, then:
///
/// | type, version | layout                                                                                    |
/// |---------------|-------------------------------------------------------------------------------------------|
/// | none, all 1   | 4 reserved, u32 length 0                                                                  |
/// | points 1      | 4 reserved, u32 length, u32 rank, u32 count, count × rank × u32                           |
/// | points 2      | u8 width, u32 rank, count, count × rank × width                                           |
/// | hyperslab 1   | 4 reserved, u32 length, u32 rank, u32 count, per block rank × u32 start, rank × u32 end   |
/// | hyperslab 2   | u8 flags 1, u32 length, u32 rank, per axis u64 start, stride, count, block                |
/// | hyperslab 3   | u8 flags, u8 width, u32 rank, regular: as 2 with that width; irregular: count, blocks     |
package struct SerializedSelection: Hashable, Sendable {
    package var selection: H5Selection
    /// nil for `all` and `none`, which do not store it.
    package var rank: Int?

    package init(from cursor: inout ByteCursor) throws {
        let type = try cursor.readUInt32()
        let version = try cursor.readUInt32()
        switch type {
        case 0, 3:
            try cursor.skip(8)
            selection = type == 0 ? .none : .all
            rank = nil
        case 1:
            let width: Int
            if version == 1 {
                try cursor.skip(8)
                width = 4
            } else if version == 2 {
                width = Int(try cursor.readUInt8())
            } else {
                throw cursor.error(.unsupported, "point selections of version \(version) are not known")
            }
            let rank = try Self.rank(from: &cursor)
            let count = try Self.count(from: &cursor, width: width, bytesPerItem: rank * width)
            var points: [[Int]] = []
            points.reserveCapacity(count)
            for _ in 0..<count { points.append(try Self.coordinates(rank, width: width, from: &cursor)) }
            selection = .points(points)
            self.rank = rank
        case 2:
            (selection, rank) = try Self.hyperslab(version: version, from: &cursor)
        default: throw cursor.damaged("selection type \(type) is not known")
        }
    }

    private static func rank(from cursor: inout ByteCursor) throws -> Int {
        let rank = Int(try cursor.readUInt32())
        guard (1...DataspaceMessage.maximumRank).contains(rank) else {
            throw cursor.damaged("a selection of rank \(rank) is not possible")
        }
        return rank
    }

    private static func count(from cursor: inout ByteCursor, width: Int, bytesPerItem: Int) throws -> Int {
        guard [2, 4, 8].contains(width) else { throw cursor.damaged("coordinates of \(width) bytes are not possible") }
        let count = try cursor.readUInt(width: width)
        guard count <= UInt64(cursor.remaining / bytesPerItem) else {
            throw cursor.damaged("a selection of \(count) items does not fit its \(cursor.remaining) bytes")
        }
        return Int(count)
    }

    private static func coordinates(_ rank: Int, width: Int, from cursor: inout ByteCursor) throws -> [Int] {
        var values: [Int] = []
        values.reserveCapacity(rank)
        for _ in 0..<rank { values.append(try Int(checking: try cursor.readUInt(width: width), "a coordinate")) }
        return values
    }

    private static func hyperslab(version: UInt32, from cursor: inout ByteCursor) throws -> (H5Selection, Int) {
        var width = 4
        var isRegular = false
        switch version {
        case 1: try cursor.skip(8)
        case 2:
            isRegular = try cursor.readUInt8() & 1 != 0
            try cursor.skip(4)
            width = 8
        case 3:
            isRegular = try cursor.readUInt8() & 1 != 0
            width = Int(try cursor.readUInt8())
        default: throw cursor.error(.unsupported, "hyperslab selections of version \(version) are not known")
        }
        guard [2, 4, 8].contains(width) else { throw cursor.damaged("coordinates of \(width) bytes are not possible") }
        let rank = try rank(from: &cursor)
        if isRegular {
            let unlimited = width == 8 ? UInt64.max : UInt64(1) << UInt64(8 * width) - 1
            var slab = H5Hyperslab(start: [], stride: [], count: [], block: [])
            for _ in 0..<rank {
                slab.start.append(try Int(checking: try cursor.readUInt(width: width), "a start"))
                slab.stride.append(try Int(checking: try cursor.readUInt(width: width), "a stride"))
                let count = try cursor.readUInt(width: width)
                let block = try cursor.readUInt(width: width)
                slab.count.append(count == unlimited ? nil : try Int(checking: count, "a count"))
                slab.block.append(block == unlimited ? nil : try Int(checking: block, "a block"))
            }
            return (.hyperslab(slab), rank)
        }
        let count = try count(from: &cursor, width: width, bytesPerItem: 2 * rank * width)
        var blocks: [H5Block] = []
        blocks.reserveCapacity(count)
        for _ in 0..<count {
            let start = try coordinates(rank, width: width, from: &cursor)
            let end = try coordinates(rank, width: width, from: &cursor)
            guard zip(start, end).allSatisfy({ $0 <= $1 }) else {
                throw cursor.damaged("a block ends before its start")
            }
            blocks.append(H5Block(start: start, end: end))
        }
        return (.blocks(blocks), rank)
    }
}
