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
