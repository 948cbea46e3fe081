import HDF5Format

extension ElementWriter {
    /// The bytes of a reference; regions and attributes go to the global heap.
    ///
    /// - Throws: `H5Error` (`invalidArgument`) where the type cannot hold the reference.
    func encoded(_ reference: H5ReferenceValue, _ kind: H5ReferenceKind, size: Int) throws -> [UInt8] {
        let sizes = store?.sizes ?? FieldSizes()
        let element: ReferenceElement
        var payloadSize: UInt32 = 0
        switch (kind, reference) {
        case (_, .null): element = .null
        case (.object, .object(let address)), (.standard, .object(let address)): element = .object(address: address)
        case (.region, .region(let address, let selection)):
            let payload = RegionPayload(datasetAddress: address, selection: try SerializedSelection(storing: selection))
            element = .region(try keep(try HDF5Format.encoded(sizes) { try payload.encode(to: &$0) }))
        case (.standard, _):
            let (payload, target, isExternal) = try Self.payload(of: reference)
            let bytes = try HDF5Format.encoded(sizes) { try payload.encode(to: &$0) }
            payloadSize = UInt32(truncatingIfNeeded: bytes.count)
            element = .standard(target, isExternal: isExternal, try keep(bytes))
        case (.object, _): throw H5Error(.invalidArgument, "the type holds references to objects only")
        case (.region, _): throw H5Error(.invalidArgument, "the type holds references to regions only")
        }
        return try HDF5Format.encoded(sizes) {
            try element.encode(to: &$0, kind: kind, size: size, payloadSize: payloadSize)
        }
    }

    private func keep(_ bytes: [UInt8]) throws -> GlobalHeapIdentifier {
        guard let store else {
            throw H5Error(.invalidArgument, "references to regions and attributes need a file that they are written to")
        }
        return try store.store(bytes.span.bytes)
    }

    private static func payload(
        of reference: H5ReferenceValue
    ) throws -> (StandardReferencePayload, StandardReferencePayload.Kind, isExternal: Bool) {
        switch reference {
        case .region(let address, let selection):
            var payload = StandardReferencePayload(address: address)
            let stored = try SerializedSelection(storing: selection)
            guard let rank = stored.rank else {
                throw H5Error(.invalidArgument, "a reference to all or nothing of a dataset is one to the dataset")
            }
            payload.selection = stored
            payload.selectionRank = UInt32(truncatingIfNeeded: rank)
            return (payload, .region, false)
        case .attribute(let address, let name):
            var payload = StandardReferencePayload(address: address)
            payload.attribute = H5Name(name)
            return (payload, .attribute, false)
        case .object(let address): return (StandardReferencePayload(address: address), .object, false)
        case .external(let file, let target):
            if case .external = target {
                throw H5Error(.invalidArgument, "a reference leads to one file, and not from there to another")
            }
            var (payload, kind, _) = try payload(of: target)
            payload.file = H5Name(file)
            return (payload, kind, true)
        case .null: throw H5Error(.invalidArgument, "a reference to nothing has no target")
        }
    }
}

extension SerializedSelection {
    /// The blocks that a regular pattern may be written as; more are written as the pattern, which libraries since HDF5
    /// 1.10 understand.
    private static let maximumBlocks = 1 << 16

    /// A selection in the oldest form that can express it.
    init(storing selection: H5Selection) throws {
        func checked(_ coordinates: [[Int]]) throws -> (rank: Int, width: Int) {
            guard let rank = coordinates.first?.count, rank > 0, coordinates.allSatisfy({ $0.count == rank }) else {
                throw H5Error(
                    .invalidArgument, "the coordinates of a selection have different ranks, or there are none")
            }
            guard coordinates.allSatisfy({ $0.allSatisfy { $0 >= 0 } }) else {
                throw H5Error(.invalidArgument, "a stored selection has no negative coordinates")
            }
            let isNarrow = coordinates.allSatisfy { $0.allSatisfy { $0 < Int(UInt32.max) } }
            return (rank, isNarrow ? 4 : 8)
        }
        switch selection {
        case .all, .none: self.init(selection, rank: nil, form: Form(version: 1, width: 4))
        case .points(let points):
            guard !points.isEmpty else {
                self.init(.none, rank: nil, form: Form(version: 1, width: 4))
                return
            }
            let (rank, width) = try checked(points)
            self.init(selection, rank: rank, form: Form(version: width == 4 ? 1 : 2, width: width))
        case .blocks(let blocks):
            guard !blocks.isEmpty else {
                self.init(.none, rank: nil, form: Form(version: 1, width: 4))
                return
            }
            let (rank, width) = try checked(blocks.flatMap { [$0.start, $0.end] })
            self.init(selection, rank: rank, form: Form(version: width == 4 ? 1 : 3, width: width))
        case .hyperslab(let slab):
            if slab.count.contains(0) || slab.block.contains(0) {
                self.init(.none, rank: nil, form: Form(version: 1, width: 4))
            } else if let blocks = Self.blocks(of: slab) {
                try self.init(storing: .blocks(blocks))
            } else {
                self.init(selection, rank: slab.start.count, form: Form(version: 2, width: 8))
            }
        case .axes:
            throw H5Error(.invalidArgument, "a reference stores a region as a hyperslab, blocks or points, not by axes")
        }
    }

    /// The blocks of a regular pattern in row-major order; nil where there are too many, or without an end.
    private static func blocks(of slab: H5Hyperslab) -> [H5Block]? {
        let rank = slab.start.count
        guard [slab.stride.count, slab.count.count, slab.block.count] == [rank, rank, rank], rank > 0 else {
            return nil
        }
        var total = 1
        for axis in 0..<rank {
            guard let count = slab.count[axis], let block = slab.block[axis], count > 0, block > 0,
                slab.start[axis] >= 0, slab.stride[axis] > 0 || count == 1, count <= maximumBlocks / total
            else { return nil }
            let (span, overflow) = (count - 1).multipliedReportingOverflow(by: slab.stride[axis])
            guard !overflow, slab.start[axis] <= Int(UInt32.max), span <= Int(UInt32.max), block <= Int(UInt32.max)
            else { return nil }
            total *= count
        }
        var numbers = [Int](repeating: 0, count: rank)
        return (0..<total).map { _ in
            let start = (0..<rank).map { slab.start[$0] + numbers[$0] * slab.stride[$0] }
            let block = H5Block(start: start, end: (0..<rank).map { start[$0] + (slab.block[$0] ?? 1) - 1 })
            var axis = rank - 1
            while axis >= 0 {
                numbers[axis] += 1
                if numbers[axis] < slab.count[axis] ?? 0 { break }
                numbers[axis] = 0
                axis -= 1
            }
            return block
        }
    }
}
