/// A filter of the HDF5 filter pipeline, built in or added by a host.
///
/// The pipeline hands every filter the whole chunk. `input` and `output` never overlap. The client values are the
/// ones of the Filter Pipeline message (0x000B), after the `set local` step of the writer.
public protocol H5Filter: Sendable {
    /// The number under which the filter is registered with The HDF Group.
    var identifier: UInt16 { get }

    /// The name of the filter, for messages and for the Filter Pipeline message.
    var name: String { get }

    /// Undoes the filter: reads `input`, writes to `output` and returns the number of bytes written.
    ///
    /// - Parameters:
    ///   - input: the stored bytes, of any content.
    ///   - output: the place for the decoded bytes; its size bounds what the filter may produce.
    ///   - clientValues: the filter's parameters as the file has them.
    ///   - workspace: the calling thread's scratch state.
    /// - Throws: ``FilterError``; its code is `outputTooLarge` when `output` cannot hold the result.
    func decode(
        _ input: RawSpan, into output: inout MutableRawSpan, clientValues: [UInt32], workspace: FilterWorkspace
    ) throws -> Int

    /// Applies the filter and returns the number of bytes written.
    ///
    /// - Parameters:
    ///   - input: the bytes of the chunk as the filters before this one left them.
    ///   - output: the place for the encoded bytes.
    ///   - clientValues: the filter's parameters as the file will have them.
    ///   - workspace: the calling thread's scratch state.
    /// - Returns: the byte count, or nil when the filter declines: the result does not fit in `output`, or the data
    ///   does not get smaller and the format has no way to store it plainly.
    /// - Throws: ``FilterError`` for parameters that make no sense.
    func encode(
        _ input: RawSpan, into output: inout MutableRawSpan, clientValues: [UInt32], workspace: FilterWorkspace
    ) throws -> Int?
}
