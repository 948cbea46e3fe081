import HDF5

/// Moves the elements of arrays to other places.
///
/// Elements are moved as words of their size: generic code cannot be specialised for the caller's types across modules,
/// and element by element through witness tables it is twenty times slower. The types of `H5Element` are plain bytes of
/// 1, 2, 4, 8 or 16.
enum ElementMoves {
    /// Makes an array of `count` elements in which `kernel` has put the elements of `source` in their places.
    ///
    /// `kernel` must write every element of the result.
    static func move<Element: H5Element>(
        _ source: [Element], count: Int, by kernel: ElementKernel
    ) -> [Element] {
        // Uninitialised memory saves writing it twice; the pointers become bounds-checked spans at once.
        [Element](unsafeUninitializedCapacity: count) { buffer, filled in
            let target = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
            source.withUnsafeBufferPointer { source in
                switch MemoryLayout<Element>.stride {
                case 1:
                    rebound(source, target) { (from: Span<UInt8>, to: inout MutableSpan<UInt8>) in kernel.run(from, &to)
                    }
                case 2:
                    rebound(source, target) { (from: Span<UInt16>, to: inout MutableSpan<UInt16>) in
                        kernel.run(from, &to)
                    }
                case 4:
                    rebound(source, target) { (from: Span<UInt32>, to: inout MutableSpan<UInt32>) in
                        kernel.run(from, &to)
                    }
                case 8:
                    rebound(source, target) { (from: Span<UInt64>, to: inout MutableSpan<UInt64>) in
                        kernel.run(from, &to)
                    }
                case 16:
                    rebound(source, target) { (from: Span<WideWord>, to: inout MutableSpan<WideWord>) in
                        kernel.run(from, &to)
                    }
                default:
                    var to = target.mutableSpan
                    kernel.run(source.span, &to)
                }
            }
            filled = count
        }
    }

    /// A word for complex numbers of double precision; its alignment is that of their parts.
    struct WideWord: BitwiseCopyable {
        var low: UInt64
        var high: UInt64
    }

    private static func rebound<Element, Word: BitwiseCopyable>(
        _ source: UnsafeBufferPointer<Element>, _ target: UnsafeMutableBufferPointer<Element>,
        _ body: (Span<Word>, inout MutableSpan<Word>) -> Void
    ) {
        source.withMemoryRebound(to: Word.self) { source in
            target.withMemoryRebound(to: Word.self) { target in
                var to = target.mutableSpan
                body(source.span, &to)
            }
        }
    }
}

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
                let start = rows[row] * sourceWidth
                for column in 0..<sourceWidth {
                    target[next] = source[start &+ column]
                    next &+= 1
                }
            }
        }
    }
}
