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
    package var form: Form

    /// How a selection is written.
    package struct Form: Hashable, Sendable {
        /// The version of the layout; 1 for `all` and `none`.
        package var version: UInt32
        /// The bytes of a coordinate: 4 in version 1, 8 in version 2 of hyperslabs, otherwise 2, 4 or 8.
        package var width: Int

        package init(version: UInt32, width: Int) {
            self.version = version
            self.width = width
        }
    }

    package init(_ selection: H5Selection, rank: Int?, form: Form) {
        self.selection = selection
        self.rank = rank
        self.form = form
    }

    package init(from cursor: inout ByteCursor) throws {
        let type = try cursor.readUInt32()
        let version = try cursor.readUInt32()
        switch type {
        case 0, 3:
            try cursor.skip(8)
            selection = type == 0 ? .none : .all
            rank = nil
            form = Form(version: 1, width: 4)
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
            form = Form(version: version, width: width)
        case 2:
            (selection, rank, form) = try Self.hyperslab(version: version, from: &cursor)
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

    private static func hyperslab(version: UInt32, from cursor: inout ByteCursor) throws -> (H5Selection, Int, Form) {
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
        let form = Form(version: version, width: width)
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
            return (.hyperslab(slab), rank, form)
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
        return (.blocks(blocks), rank, form)
    }

    // MARK: Encoding

    package func encode(to builder: inout ByteBuilder) throws {
        switch selection {
        case .none, .all:
            guard rank == nil else { throw builder.unencodable("selections of all or nothing have no rank") }
            builder.writeUInt32(selection == .none ? 0 : 3)
            builder.writeUInt32(1)
            builder.writeZeros(8)
        case .points(let points): try encode(points, to: &builder)
        case .hyperslab(let slab): try encode(slab, to: &builder)
        case .blocks(let blocks): try encode(blocks, to: &builder)
        case .axes:
            throw builder.unencodable("a selection by axes is stored as a hyperslab, blocks or points")
        }
    }

    /// Checks the rank of a selection, its version and the width of its coordinates.
    private func checkedRank(versions: ClosedRange<UInt32>, widths: [Int], _ builder: ByteBuilder) throws -> Int {
        guard let rank, (1...DataspaceMessage.maximumRank).contains(rank), versions.contains(form.version),
            widths.contains(form.width)
        else {
            throw builder.unencodable(
                "a selection of rank \(rank ?? 0) in version \(form.version) with \(form.width) bytes is not possible")
        }
        return rank
    }

    private func encode(_ coordinates: [Int], rank: Int, to builder: inout ByteBuilder) throws {
        guard coordinates.count == rank else {
            throw builder.unencodable("\(coordinates.count) coordinates are given for \(rank) axes")
        }
        for coordinate in coordinates { try builder.writeUInt(coordinate, width: form.width, "a coordinate") }
    }

    private func encode(_ points: [[Int]], to builder: inout ByteBuilder) throws {
        let rank = try checkedRank(versions: 1...2, widths: form.version == 1 ? [4] : [2, 4, 8], builder)
        builder.writeUInt32(1)
        builder.writeUInt32(form.version)
        if form.version == 1 { builder.writeZeros(8) } else { try builder.writeUInt8(form.width, "a width") }
        let start = builder.count
        try builder.writeUInt32(rank, "the rank of a selection")
        try builder.writeUInt(points.count, width: form.width, "the number of points")
        for point in points { try encode(point, rank: rank, to: &builder) }
        if form.version == 1 { try patchLength(from: start, in: &builder) }
    }

    /// Writes version and flags of a hyperslab, and gives the rank.
    private func encodeHyperslabPrefix(isRegular: Bool, to builder: inout ByteBuilder) throws -> Int {
        let widths = form.version == 1 ? [4] : form.version == 2 ? [8] : [2, 4, 8]
        let rank = try checkedRank(versions: isRegular ? 2...3 : 1...3, widths: widths, builder)
        builder.writeUInt32(2)
        builder.writeUInt32(form.version)
        if form.version > 1 { builder.writeUInt8(isRegular ? 1 : 0) }
        switch form.version {
        case 1: builder.writeZeros(8)
        case 2: builder.writeZeros(4)
        default: try builder.writeUInt8(form.width, "a width")
        }
        return rank
    }

    private func encode(_ slab: H5Hyperslab, to builder: inout ByteBuilder) throws {
        let rank = try encodeHyperslabPrefix(isRegular: true, to: &builder)
        guard [slab.start.count, slab.stride.count, slab.count.count, slab.block.count] == [rank, rank, rank, rank]
        else { throw builder.unencodable("a hyperslab has not one start, stride, count and block for each axis") }
        func limited(_ value: Int?) throws -> UInt64? {
            guard let value else { return nil }
            guard let value = UInt64(exactly: value) else { throw builder.unencodable("a hyperslab counts backwards") }
            return value
        }
        let start = builder.count
        try builder.writeUInt32(rank, "the rank of a selection")
        for axis in 0..<rank {
            try builder.writeUInt(slab.start[axis], width: form.width, "the start of a hyperslab")
            try builder.writeUInt(slab.stride[axis], width: form.width, "the stride of a hyperslab")
            try builder.writeOrAllOnes(try limited(slab.count[axis]), width: form.width, "the count of a hyperslab")
            try builder.writeOrAllOnes(try limited(slab.block[axis]), width: form.width, "the block of a hyperslab")
        }
        if form.version == 2 { try patchLength(from: start, in: &builder) }
    }

    private func encode(_ blocks: [H5Block], to builder: inout ByteBuilder) throws {
        let rank = try encodeHyperslabPrefix(isRegular: false, to: &builder)
        let start = builder.count
        try builder.writeUInt32(rank, "the rank of a selection")
        try builder.writeUInt(blocks.count, width: form.width, "the number of blocks")
        for block in blocks {
            guard zip(block.start, block.end).allSatisfy({ $0 <= $1 }) else {
                throw builder.unencodable("a block ends before its start")
            }
            try encode(block.start, rank: rank, to: &builder)
            try encode(block.end, rank: rank, to: &builder)
        }
        if form.version < 3 { try patchLength(from: start, in: &builder) }
    }

    /// Fills in the length, which stands right before what it counts.
    private func patchLength(from start: Int, in builder: inout ByteBuilder) throws {
        try builder.patch(builder.count - start, at: start - 4, width: 4, "the length of a selection")
    }
}
