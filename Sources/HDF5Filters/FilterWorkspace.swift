/// The scratch state of one thread: compression streams and buffers that live from chunk to chunk.
///
/// A workspace is used by one thread at a time. What a filter leaves in it never changes the result of a later
/// call, also not after an error.
public final class FilterWorkspace {
    /// The codec behind the deflate filter, with its streams.
    let deflateCodec: any DeflateCodec

    /// What decompresses streams that are too large to be held whole.
    private let streamInflater: any StreamInflater

    /// Positions by hash of the next three bytes, for the LZF compressor; 0 is "none".
    var lzfPositions: [UInt32] = []

    /// Scratch bytes of filters that work in two passes; taken with ``takeScratch(_:)``.
    private var scratch: [UInt8] = []

    /// Samples of one scanline, for szip; taken with ``takeSamples(_:)``.
    private var samples: ContiguousArray<UInt32> = []

    /// Creates an empty workspace; streams and buffers come with their first use.
    public init() {
        let zlib = ZlibCodec()
        deflateCodec = zlib
        streamInflater = zlib
    }

    /// Gets ready to decompress a zlib stream piece by piece; whole chunks must not be decoded before its end.
    package func beginInflating() throws(FilterError) { try streamInflater.beginStream() }

    /// Goes on with a zlib stream until `input` is used up, `output` is full or the stream ends.
    package func inflate(
        _ input: RawSpan, into output: inout MutableRawSpan
    ) throws(FilterError) -> InflateProgress {
        try streamInflater.inflateNext(input, into: &output)
    }

    /// Hands out the scratch bytes, at least `count` of them and of unspecified content.
    ///
    /// Give them back with ``returnScratch(_:)`` so that the next chunk needs no allocation.
    func takeScratch(_ count: Int) -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &scratch)
        if taken.count < count {
            taken = [UInt8](repeating: 0, count: count)
        }
        return taken
    }

    /// Takes the scratch bytes back.
    func returnScratch(_ bytes: consuming [UInt8]) {
        scratch = bytes
    }

    /// Hands out exactly `count` samples of unspecified content; give them back with ``returnSamples(_:)``.
    func takeSamples(_ count: Int) -> ContiguousArray<UInt32> {
        var taken: ContiguousArray<UInt32> = []
        swap(&taken, &samples)
        if taken.count != count {
            taken = ContiguousArray(repeating: 0, count: count)
        }
        return taken
    }

    /// Takes the samples back.
    func returnSamples(_ values: consuming ContiguousArray<UInt32>) {
        samples = values
    }
}
