/// A compressor and decompressor of zlib streams (RFC 1950), with the state it keeps between calls.
///
/// The deflate filter knows only this interface, so that another implementation can take the place of zlib.
protocol DeflateCodec: AnyObject {
    /// Decompresses one zlib stream and returns the number of bytes written; bytes after its end are ignored.
    ///
    /// Throws `outputTooLarge` when the stream holds more than `output` can take, and `damaged` when it is not a
    /// valid stream or ends early.
    func inflate(_ input: RawSpan, into output: inout MutableRawSpan) throws(FilterError) -> Int

    /// Compresses `input` at a level of 0 to 9; nil when the stream does not fit in `output`.
    func deflate(_ input: RawSpan, into output: inout MutableRawSpan, level: Int) throws(FilterError) -> Int?
}

/// A decompressor of zlib streams that come and go in pieces, for chunks that are too large to be held whole.
///
/// Apart from `DeflateCodec`, so that a codec that only knows whole buffers can take the place of zlib there.
protocol StreamInflater: AnyObject {
    /// Gets ready for the start of a stream.
    func beginStream() throws(FilterError)

    /// Goes on until `input` is used up, `output` is full or the stream ends.
    ///
    /// Throws `damaged` where the stream is not valid.
    func inflateNext(_ input: RawSpan, into output: inout MutableRawSpan) throws(FilterError) -> InflateProgress
}

/// What one step of decompressing a stream did.
package struct InflateProgress: Sendable {
    /// The bytes of the input that were used.
    package var consumed = 0
    /// The bytes that were written.
    package var produced = 0
    /// Whether the stream ended, its checksum being right.
    package var isEnd = false
}
