import HDF5Format

/// How the elements that a virtual dataset takes from a source are read: what is selected there, and where each
/// selected element goes.
///
/// What is read is the smallest box that holds all wanted elements, straight to their places: nothing is kept in
/// between, however large the box. Elements that lie far apart are read one by one.
struct SourceReading {
    /// What is read of the source.
    let selection: H5Selection
    /// Where it goes, by the numbers that elements have in the selection.
    let segments: [MappedSink.Segment]

    /// A box may be this many times larger than what is wanted of it.
    private static let tolerance = 8
    /// More elements than this are not read one by one, unless they are wanted twice.
    private static let maximumPoints = 1 << 16
    /// The bytes that an element takes while it is read by itself, about.
    private static let bytesPerPoint = 256
    /// The largest box: no file holds more, but an extent may say anything.
    private static let maximumBox = 1 << 42

    /// - Parameters:
    ///   - pieces: Wanted elements of the source, at least one, all inside its extent.
    ///   - shape: The extent of the source.
    ///   - elementSize: The bytes of one of its elements.
    ///   - storage: The file of the source, whose limits hold.
    init(_ pieces: [PlacedRuns.Piece], shape: [Int], elementSize: Int, storage: FileStorage) throws {
        guard !shape.isEmpty else {
            selection = .all
            segments = pieces.prefix(1).map { .init(position: 0, destination: $0.destination, count: 1) }
            return
        }
        let box = Box(around: pieces, shape: shape)
        let wanted = pieces.reduce(0) { $0 &+ $1.count }
        let isSparse = wanted <= Self.maximumPoints && box.count / Self.tolerance > wanted
        if !isSparse {
            let segments = box.segments(of: pieces)
            if zip(segments, segments.dropFirst()).allSatisfy({ $0.end <= $1.position }) {
                let size = try checkedProduct(box.count, elementSize, "the size of a part of a source")
                try storage.checkDecoding(size)
                guard size <= Self.maximumBox else {
                    throw H5Error(.limitExceeded, "elements too far apart are wanted of a source", file: storage.name)
                }
                selection = .axes(box.ranges.map { .range(lower: $0.lowerBound, upper: $0.upperBound, stride: 1) })
                self.segments = segments
                return
            }
        }
        try storage.checkResult(
            try checkedProduct(wanted, Self.bytesPerPoint, "the size of a part of a source"),
            "reading elements of a source one by one")
        var points: [[Int]] = []
        points.reserveCapacity(wanted)
        var segments: [MappedSink.Segment] = []
        segments.reserveCapacity(pieces.count)
        for piece in pieces {
            segments.append(.init(position: points.count, destination: piece.destination, count: piece.count))
            for linear in piece.linear..<(piece.linear + piece.count) { points.append(box.coordinates(of: linear)) }
        }
        selection = .points(points)
        self.segments = segments
    }

    /// Coordinates from a lowest to a highest one on each axis.
    private struct Box {
        let ranges: [Range<Int>]
        let count: Int
        private let shape: [Int]

        init(around pieces: [PlacedRuns.Piece], shape: [Int]) {
            var ranges: [Range<Int>] = []
            var stride = shape.reduce(1, &*)
            for extent in shape {
                stride /= max(1, extent)
                var (lower, upper) = (extent, 0)
                for piece in pieces {
                    let (first, last) = (piece.linear / stride, (piece.linear + piece.count - 1) / stride)
                    // A piece that goes on into the next row of this axis has both its ends.
                    let isInOneRow = first / extent == last / extent
                    lower = min(lower, isInOneRow ? first % extent : 0)
                    upper = max(upper, isInOneRow ? last % extent + 1 : extent)
                }
                ranges.append(min(lower, upper)..<upper)
            }
            self.ranges = ranges
            self.shape = shape
            count = ranges.reduce(1) { $0 &* $1.count }
        }

        /// The coordinates of an element of the source by its number there.
        func coordinates(of linear: Int) -> [Int] {
            var coordinates = shape
            var rest = linear
            for axis in shape.indices.reversed() {
                coordinates[axis] = rest % shape[axis]
                rest /= shape[axis]
            }
            return coordinates
        }

        /// The pieces by their numbers in the box, in order and joined where they touch.
        func segments(of pieces: [PlacedRuns.Piece]) -> [MappedSink.Segment] {
            // Axes that the box holds whole, from the last on, make one row with the axis before them.
            var axis = shape.count - 1
            var unit = 1
            while axis > 0, ranges[axis] == 0..<shape[axis] {
                unit *= shape[axis]
                axis -= 1
            }
            let row = shape[axis] * unit
            var segments: [MappedSink.Segment] = []
            for piece in pieces {
                var done = 0
                while done < piece.count {
                    let linear = piece.linear + done
                    let count = min(piece.count - done, row - linear % row)
                    segments.append(
                        .init(
                            position: position(of: linear / unit, lastAxis: axis) * unit + linear % unit,
                            destination: piece.destination + done, count: count))
                    done += count
                }
            }
            segments.sort { ($0.position, $0.destination) < ($1.position, $1.destination) }
            var joined: [MappedSink.Segment] = []
            for segment in segments {
                if let last = joined.last, last.end == segment.position,
                    last.destination + last.count == segment.destination
                {
                    joined[joined.count - 1].count += segment.count
                } else {
                    joined.append(segment)
                }
            }
            return joined
        }

        /// The number in the box of a place on the axes up to `lastAxis`, given by its number in the source.
        private func position(of number: Int, lastAxis: Int) -> Int {
            var rest = number
            var position = 0
            var stride = 1
            for axis in (0...lastAxis).reversed() {
                position += (rest % shape[axis] - ranges[axis].lowerBound) * stride
                stride *= ranges[axis].count
                rest /= shape[axis]
            }
            return position
        }
    }
}
