/// The deflate filter (1): the chunk as one zlib stream.
///
/// Client value 0 is the compression level, 0 to 9. As in other writers the filter does not decline data that grows;
/// it declines only when the stream does not fit in the output.
struct DeflateFilter: H5Filter {
    let identifier: UInt16 = 1
    let name = "deflate"

    func decode(
        _ input: RawSpan, into output: inout MutableRawSpan, clientValues: [UInt32], workspace: FilterWorkspace
    ) throws -> Int {
        try workspace.deflateCodec.inflate(input, into: &output)
    }

    func encode(
        _ input: RawSpan, into output: inout MutableRawSpan, clientValues: [UInt32], workspace: FilterWorkspace
    ) throws -> Int? {
        guard let level = clientValues.first, level <= 9 else {
            throw FilterError(.badParameters, "deflate needs a level of 0 to 9 as its client value")
        }
        return try workspace.deflateCodec.deflate(input, into: &output, level: Int(level))
    }
}
