// Every access here is bounds-checked by the standard library: a mistake of ours traps, it never reads wild memory.
// Filters compare offsets that come from a file before they get here, so that such values throw instead.

extension RawSpan {
    /// The byte at an offset.
    @inline(__always)
    func byte(at offset: Int) -> UInt8 {
        unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// The bit pattern of `type` at an offset of any alignment, in the byte order of the machine.
    @inline(__always)
    func load<T: BitwiseCopyable>(_ offset: Int, as type: T.Type) -> T {
        unsafeLoadUnaligned(fromByteOffset: offset, as: type)
    }
}

extension MutableRawSpan {
    /// The byte at an offset.
    @inline(__always)
    func byte(at offset: Int) -> UInt8 {
        unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// The bit pattern of `type` at an offset of any alignment, in the byte order of the machine.
    @inline(__always)
    func load<T: BitwiseCopyable>(_ offset: Int, as type: T.Type) -> T {
        unsafeLoadUnaligned(fromByteOffset: offset, as: type)
    }

    /// Stores a bit pattern at an offset of any alignment, in the byte order of the machine.
    @inline(__always)
    mutating func store<T: BitwiseCopyable>(_ value: T, at offset: Int) {
        storeBytes(of: value, toByteOffset: offset, as: T.self)
    }

    /// Copies `count` bytes of `source` from `sourceOffset` to `offset`.
    mutating func copy(_ count: Int, from source: RawSpan, at sourceOffset: Int, to offset: Int) {
        guard count > 0 else { return }
        let piece = source.extracting(sourceOffset..<(sourceOffset + count))
        precondition(offset >= 0 && count <= byteCount - offset, "callers check that the copy fits")
        // The standard library has no bulk copy between raw spans yet; both sides were checked above.
        withUnsafeMutableBytes { target in
            piece.withUnsafeBytes { bytes in
                guard let start = target.baseAddress, let from = bytes.baseAddress else { return }
                (start + offset).copyMemory(from: from, byteCount: count)
            }
        }
    }

    /// Sets `count` bytes from `offset` to zero.
    mutating func clear(_ count: Int, at offset: Int) {
        guard count > 0 else { return }
        precondition(offset >= 0 && count <= byteCount - offset, "callers check that the range fits")
        // The standard library has no bulk fill of a raw span yet; the range was checked above.
        withUnsafeMutableBytes { target in
            guard let start = target.baseAddress else { return }
            (start + offset).initializeMemory(as: UInt8.self, repeating: 0, count: count)
        }
    }
}

/// Copies all of `input` to the start of `output`, for filters whose parameters make them do nothing.
func copyUnchanged(_ input: RawSpan, into output: inout MutableRawSpan) throws(FilterError) -> Int {
    guard input.byteCount <= output.byteCount else {
        throw FilterError(
            .outputTooLarge, "\(input.byteCount) bytes do not fit in an output of \(output.byteCount)")
    }
    output.copy(input.byteCount, from: input, at: 0, to: 0)
    return input.byteCount
}
