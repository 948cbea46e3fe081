/// A way to put elements in their places.
///
/// Not a protocol: calls through one would keep the kernels from being compiled for each size of words.
enum ElementKernel {
    case gather(MatrixGather)
    case transposition(AxisTransposition)

    /// Writes every element of `target`.
    func run<Word>(_ source: Span<Word>, _ target: inout MutableSpan<Word>) {
        switch self {
        case .gather(let gather): gather.run(source, &target)
        case .transposition(let transposition): transposition.run(source, &target)
        }
    }
}

/// Takes rows and columns of a matrix, in any order and as often as wanted.
struct MatrixGather {
    /// The rows of the source in the order of the result.
    var rows: [Int]
    /// The columns of the source in the order of the result; nil for all as they are.
    var columns: [Int]?
    /// The number of columns of the source.
    var sourceWidth: Int

    /// The number of elements of the result.
    var count: Int { rows.count * (columns?.count ?? sourceWidth) }

    func run<Word>(_ source: Span<Word>, _ target: inout MutableSpan<Word>) {
        let rows = rows.span
        var next = 0
        if sourceWidth == 1, columns == nil {
            for row in 0..<rows.count { target[row] = source[rows[row]] }
        } else if let columns {
            let columns = columns.span
            for row in 0..<rows.count {
                let start = rows[row] * sourceWidth
                for column in 0..<columns.count {
                    target[next] = source[start &+ columns[column]]
                    next &+= 1
                }
            }
        } else {
            for row in 0..<rows.count {
                ElementRun.copy(sourceWidth, from: source, at: rows[row] * sourceWidth, to: &target, at: next)
                next &+= sourceWidth
            }
        }
    }
}

/// Brings the axes of an array into another order.
struct AxisTransposition {
    /// An axis of the result: its extent and how far its steps lie apart in the source and in the result.
    private struct Axis {
        var extent: Int
        var sourceStride: Int
        var targetStride = 0
    }

    /// The axes of the result, slowest first, those of extent 1 left out, neighbours that stay neighbours joined.
    private var axes: [Axis] = []

    /// Whether nothing moves.
    var isIdentity: Bool { axes.count < 2 }

    /// Takes the shape of the source, slowest axis first, and for each of its axes the place in the result.
    init(sourceShape: [Int], sourceAxes: [Int]) {
        let strides = IndexMatrix.strides(sourceShape)
        for axis in sourceAxes.indices.sorted(by: { sourceAxes[$0] < sourceAxes[$1] }) where sourceShape[axis] != 1 {
            let next = Axis(extent: sourceShape[axis], sourceStride: strides[axis])
            if let last = axes.last, last.sourceStride == next.sourceStride * next.extent {
                axes[axes.count - 1] = Axis(extent: last.extent * next.extent, sourceStride: next.sourceStride)
            } else {
                axes.append(next)
            }
        }
        for (axis, stride) in IndexMatrix.strides(axes.map(\.extent)).enumerated() { axes[axis].targetStride = stride }
    }

    /// The extent of a square that is moved at once: both its sides stay in the first cache.
    private static let tile = 32

    func run<Word>(_ source: Span<Word>, _ target: inout MutableSpan<Word>) {
        guard let along = axes.last else { return }
        // The axis along which the source is contiguous; with the last axis of the result it spans the squares.
        let contiguous = axes.indices.min { axes[$0].sourceStride < axes[$1].sourceStride } ?? axes.count - 1
        let isContiguousLast = contiguous == axes.count - 1
        // Where both are one axis, whole runs are moved.
        let acrossAxis = isContiguousLast ? axes.count - 2 : contiguous
        guard acrossAxis >= 0 else { return }
        let across = axes[acrossAxis]
        let length = isContiguousLast ? along.extent : Self.tile
        let outer = axes.indices.dropLast().filter { $0 != acrossAxis }
        var position = [Int](repeating: 0, count: axes.count)
        repeat {
            let sourceStart = outer.reduce(0) { $0 + position[$1] * axes[$1].sourceStride }
            let targetStart = outer.reduce(0) { $0 + position[$1] * axes[$1].targetStride }
            for firstAcross in stride(from: 0, to: across.extent, by: Self.tile) {
                let endAcross = min(firstAcross + Self.tile, across.extent)
                for firstAlong in stride(from: 0, to: along.extent, by: length) {
                    let endAlong = min(firstAlong + length, along.extent)
                    for row in firstAcross..<endAcross {
                        var read = sourceStart + row * across.sourceStride + firstAlong * along.sourceStride
                        var write = targetStart + row * across.targetStride + firstAlong
                        if isContiguousLast {
                            ElementRun.copy(along.extent, from: source, at: read, to: &target, at: write)
                            continue
                        }
                        for _ in firstAlong..<endAlong {
                            target[write] = source[read]
                            read &+= along.sourceStride
                            write &+= 1
                        }
                    }
                }
            }
        } while advance(&position, over: outer)
    }

    /// Steps to the next place of the outer axes; false at the end.
    private func advance(_ position: inout [Int], over outer: [Int]) -> Bool {
        for axis in outer.reversed() {
            position[axis] += 1
            if position[axis] < axes[axis].extent { return true }
            position[axis] = 0
        }
        return false
    }
}

/// Neighbouring elements.
enum ElementRun {
    /// Copies neighbouring elements; what lies outside either span is not touched.
    @inline(__always)
    static func copy<Word>(
        _ count: Int, from source: Span<Word>, at start: Int, to target: inout MutableSpan<Word>, at place: Int
    ) {
        guard count > 0, start >= 0, place >= 0, count <= source.count - start, count <= target.count - place else {
            return
        }
        // With the bounds checked once for all, the pointers make it a block move.
        source.withUnsafeBufferPointer { source in
            target.withUnsafeMutableBufferPointer { target in
                let run = UnsafeMutableBufferPointer(rebasing: target[place..<place + count])
                _ = run.update(from: UnsafeBufferPointer(rebasing: source[start..<start + count]))
            }
        }
    }
}
