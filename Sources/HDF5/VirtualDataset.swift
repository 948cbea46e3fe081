import HDF5Format

/// A dataset whose elements lie in other datasets, possibly of other files.
///
/// Sources are opened when their elements are read, and before that only where the extent depends on them. A source
/// that is missing leaves the fill value, as in libhdf5. A class, so that other datasets carry no more than a reference.
final class VirtualDataset: Sendable {
    /// The mappings as stored.
    let entries: [VirtualDatasetMapping.Entry]
    /// The extent; along axes without a limit as far as the sources go ("last available").
    let dataspace: H5Dataspace
    private let mappings: [Mapping]
    private let description: DatasetDescription
    private let handle: H5ObjectHandle

    /// A mapping without open ends: elements of `source` in their order are those of `destination` in theirs.
    private struct Mapping: Sendable {
        var file: String
        var dataset: String
        var source: H5Selection
        var destination: H5Selection
    }

    /// How often virtual datasets may lead to virtual datasets, whatever the limit; a circle ends here.
    private static let maximumNesting = 8

    /// Nil where the dataset is not virtual.
    init?(_ description: DatasetDescription, of handle: H5ObjectHandle) throws {
        guard case .virtual(let address, let index) = description.layout else { return nil }
        self.description = description
        self.handle = handle
        let context = handle.context
        var entries: [VirtualDatasetMapping.Entry] = []
        if let address {
            entries = try context.globalHeap.withObject(GlobalHeapIdentifier(address: address, index: index)) { bytes in
                var cursor = ByteCursor(bytes, sizes: context.storage.sizes, address: address)
                return try VirtualDatasetMapping(from: &cursor).entries
            }
        }
        self.entries = entries
        var mappings: [Mapping] = []
        var shape = description.dataspace.shape
        var openAxes: Set<Int> = []
        var reach = [Int](repeating: 0, count: shape.count)
        for entry in entries {
            let bounded = try Self.bounded(entry, handle: handle, shape: description.dataspace.shape)
            mappings += bounded.mappings
            if let axis = bounded.openAxis {
                openAxes.insert(axis)
                reach[axis] = max(reach[axis], bounded.extent)
            }
        }
        // Fixed mappings hold their place on an open axis too.
        for axis in openAxes {
            for mapping in mappings { reach[axis] = max(reach[axis], Self.end(of: mapping.destination, axis: axis)) }
            if let limit = description.dataspace.maximumShape[axis] { reach[axis] = min(reach[axis], limit) }
            shape[axis] = reach[axis]
        }
        self.mappings = mappings
        _ = try checkedProduct(shape + [description.datatype.size], "the size of a virtual dataset")
        dataspace =
            openAxes.isEmpty
            ? description.dataspace : .simple(shape, maximum: description.dataspace.maximumShape)
    }

    // MARK: Open ends

    private struct Bounded {
        var mappings: [Mapping]
        /// The axis of the virtual dataset that has no end, and how far the sources fill it.
        var openAxis: Int?
        var extent = 0
    }

    private static func bounded(
        _ entry: VirtualDatasetMapping.Entry, handle: H5ObjectHandle, shape: [Int]
    ) throws -> Bounded {
        let mapping = Mapping(
            file: entry.file.string, dataset: entry.dataset.string, source: entry.source.selection,
            destination: entry.destination.selection)
        guard case .hyperslab(let destination) = mapping.destination, let axis = destination.openAxis else {
            return Bounded(mappings: [mapping])
        }
        guard destination.start.count == shape.count else {
            throw H5Error(.damaged, "a mapping has another number of axes than its virtual dataset")
        }
        if case .hyperslab(let source) = mapping.source, let sourceAxis = source.openAxis {
            guard let dataset = try open(mapping, from: handle), dataset.shape.count == source.start.count else {
                return Bounded(mappings: [], openAxis: axis)
            }
            let slices = source.slices(along: sourceAxis, extent: dataset.shape[sourceAxis])
            guard slices > 0 else { return Bounded(mappings: [], openAxis: axis) }
            var closed = mapping
            let sourceRange = source.closed(along: sourceAxis, slices: slices)
            let target = destination.closed(along: axis, slices: slices)
            closed.source = .hyperslab(sourceRange)
            closed.destination = .hyperslab(target)
            return Bounded(mappings: [closed], openAxis: axis, extent: end(of: closed.destination, axis: axis))
        }
        // One source per block, named by the number of the block.
        var bounded = Bounded(mappings: [], openAxis: axis)
        guard let block = destination.block[axis], block > 0 else { return bounded }
        var number = 0
        while number < handle.context.storage.limits.objectsPerWalk, number < 1 << 20 {
            var closed = mapping
            closed.file = numbered(mapping.file, number)
            closed.dataset = numbered(mapping.dataset, number)
            guard closed.file != mapping.file || closed.dataset != mapping.dataset || number == 0,
                try open(closed, from: handle) != nil
            else { break }
            var slab = destination
            guard let end = Self.end(of: destination, blocks: number + 1, block: block, axis: axis) else { break }
            slab.start[axis] = end - block
            slab.count[axis] = 1
            closed.destination = .hyperslab(slab)
            bounded.mappings.append(closed)
            bounded.extent = end
            number += 1
        }
        return bounded
    }

    /// The name with `%b` replaced by a number and `%%` by a percent sign.
    private static func numbered(_ name: String, _ number: Int) -> String {
        guard name.contains("%") else { return name }
        var result = ""
        var rest = Substring(name)
        while let percent = rest.firstIndex(of: "%") {
            result += rest[..<percent]
            let after = rest.index(after: percent)
            guard after < rest.endIndex else {
                result += "%"
                rest = rest[after...]
                continue
            }
            switch rest[after] {
            case "b": result += String(number)
            case "%": result += "%"
            default: result += "%" + String(rest[after])
            }
            rest = rest[rest.index(after: after)...]
        }
        return result + rest
    }

    /// Where a selection ends along an axis.
    private static func end(of selection: H5Selection, axis: Int) -> Int {
        switch selection {
        case .hyperslab(let slab):
            guard axis < slab.start.count, let count = slab.count[axis], let block = slab.block[axis], count > 0,
                block > 0
            else { return 0 }
            return end(of: slab, blocks: count, block: block, axis: axis) ?? 0
        case .blocks(let blocks): return blocks.reduce(0) { max($0, axis < $1.end.count ? $1.end[axis] &+ 1 : 0) }
        case .points(let points): return points.reduce(0) { max($0, axis < $1.count ? $1[axis] &+ 1 : 0) }
        case .all, .none, .axes: return 0
        }
    }

    /// Where a number of blocks of a pattern end along an axis; nil beyond what an extent can be.
    private static func end(of slab: H5Hyperslab, blocks: Int, block: Int, axis: Int) -> Int? {
        let (offset, first) = (blocks - 1).multipliedReportingOverflow(by: slab.stride[axis])
        let (start, second) = offset.addingReportingOverflow(slab.start[axis])
        let (end, third) = start.addingReportingOverflow(block)
        return first || second || third ? nil : end
    }

    /// The source of a mapping; nil where the file or the dataset is missing.
    ///
    /// - Throws: `H5Error` when the source is there but cannot be read or may not be opened: what it holds must not
    ///   silently become the fill value.
    private static func open(_ mapping: Mapping, from handle: H5ObjectHandle) throws -> H5Dataset? {
        let maximum = min(maximumNesting, handle.context.storage.limits.nestingDepth)
        guard handle.nesting < maximum else {
            throw H5Error(.limitExceeded, "virtual datasets lead to one another more than \(maximum) times")
        }
        do {
            let file = mapping.file == "." ? handle.file : try handle.file.externalFile(mapping.file)
            let found = try PathResolver.resolve(mapping.dataset, from: nil, in: file)
            return try H5Dataset(found.handle(nesting: handle.nesting + 1))
        } catch let error as H5Error where error.code == .noSuchFile || error.code == .notFound {
            return nil
        }
    }

    // MARK: Reading

    /// Moves the planned elements to a sink.
    ///
    /// - Parameter wanted: The stored type that the sink takes; by default that of the dataset. A virtual dataset over this
    ///   one asks for its own, so that the elements are converted once, from the type that they lie in the file with.
    func read(_ plan: SelectionPlan, into sink: some ElementSink, as wanted: H5Datatype? = nil) throws {
        guard plan.count > 0 else { return }
        let datatype = wanted ?? description.datatype
        let runs = try PlacedRuns(plan, shape: dataspace.shape)
        var covered: [Range<Int>] = []
        for mapping in mappings {
            let target = try PlacedRuns(mapping.destination, of: .simple(dataspace.shape))
            let shared = runs.intersection(target)
            guard !shared.isEmpty, let source = try Self.open(mapping, from: handle) else { continue }
            let pieces = try PlacedRuns(mapping.source, of: source.dataspace).pieces(of: shared)
            guard !pieces.isEmpty else { continue }
            try read(pieces, of: source, into: sink, as: datatype)
            covered += pieces.map { $0.destination..<($0.destination + $0.count) }
        }
        // What no source gave. Not all in advance: the fill value may be none that the sink can take.
        covered.sort { $0.lowerBound < $1.lowerBound }
        var next = 0
        var fill = description.fillBytes
        if datatype != description.datatype, covered.reduce(0, { $0 + $1.count }) < plan.count {
            fill = try ElementTransposition(from: description.datatype, to: datatype).convert(fill)
        }
        for range in covered + [plan.count..<plan.count] {
            if range.lowerBound > next {
                try sink.fill(with: fill, first: next, count: range.lowerBound - next)
            }
            next = max(next, range.upperBound)
        }
    }

    private func read(
        _ pieces: [PlacedRuns.Piece], of source: H5Dataset, into sink: some ElementSink, as datatype: H5Datatype
    ) throws {
        let storage = source.context.storage
        try storage.checkAllocation(source.datatype.size, "an element")
        let reading = try SourceReading(
            pieces, shape: source.shape, elementSize: source.datatype.size, storage: storage)
        let plan = try SelectionPlan(reading.selection, of: source.dataspace)
        if let virtual = source.virtualParts {
            let mapped = MappedSink(sink, segments: reading.segments, capacity: plan.count)
            mapped.setOrigin(source.context, first: 0, count: plan.count)
            return try virtual.read(plan, into: mapped, as: datatype)
        }
        var converted: any ElementSink = sink
        if source.datatype != datatype {
            converted = TransposingSink(sink, try ElementTransposition(from: source.datatype, to: datatype))
        }
        let mapped = MappedSink(converted, segments: reading.segments, capacity: plan.count)
        mapped.setOrigin(source.context, first: 0, count: plan.count)
        try source.read(plan, into: mapped)
    }
}

extension H5Dataset {
    /// The mappings of a virtual dataset, as stored.
    var virtualEntries: [VirtualDatasetMapping.Entry] { virtualParts?.entries ?? [] }
}

extension H5Hyperslab {
    /// The axis along which the pattern has no end; nil where all have one.
    fileprivate var openAxis: Int? { count.indices.first { count[$0] == nil || block[$0] == nil } }

    /// The number of selected coordinates of an open axis inside an extent.
    fileprivate func slices(along axis: Int, extent: Int) -> Int {
        guard extent > start[axis] else { return 0 }
        guard let block = block[axis] else { return extent - start[axis] }
        guard stride[axis] > 0, block > 0 else { return 0 }
        let room = extent - start[axis]
        let whole = room / stride[axis]
        return whole * min(block, stride[axis]) + min(room - whole * stride[axis], block)
    }

    /// The pattern with its open axis ended after a number of selected coordinates.
    fileprivate func closed(along axis: Int, slices: Int) -> H5Hyperslab {
        var closed = self
        guard let size = block[axis], size > 0, size < stride[axis] else {
            // Without gaps the coordinates are neighbours.
            closed.count[axis] = 1
            closed.block[axis] = slices
            closed.stride[axis] = max(1, slices)
            return closed
        }
        // A last block that is not whole is left out, as its rest does not exist in the source.
        closed.count[axis] = slices / size
        return closed
    }
}
