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
