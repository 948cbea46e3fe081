/// The szip filter (4): the lossless coder of CCSDS 121.0-B behind the byte count of the chunk.
///
/// Pixels of 32 and 64 bits are coded as byte planes. The encoder declines data that does not get smaller, as other
/// writers do.
struct SzipFilter: H5Filter {
    let identifier: UInt16 = 4
    let name = "szip"

    func decode(
        _ input: RawSpan, into output: inout MutableRawSpan, clientValues: [UInt32], workspace: FilterWorkspace
    ) throws -> Int {
        let parameters = try SzipParameters(clientValues)
        guard input.byteCount >= 4 else {
            throw FilterError(.damaged, "\(input.byteCount) bytes are too few for a szip chunk")
        }
        let byteCount = Int(UInt32(littleEndian: input.load(0, as: UInt32.self)))
        guard byteCount <= output.byteCount else {
            throw FilterError(.outputTooLarge, "the szip chunk has \(byteCount) bytes, not \(output.byteCount)")
        }
        guard byteCount % (parameters.sampleSize * parameters.planes) == 0 else {
            throw FilterError(.damaged, "the \(byteCount) bytes of the szip chunk are no whole number of pixels")
        }
        let stream = input.extracting(4..<input.byteCount)
        if parameters.planes == 1 {
            try decodeSamples(stream, into: &output, byteCount: byteCount, parameters, workspace)
            return byteCount
        }
        var scratch = workspace.takeScratch(byteCount)
        defer { workspace.returnScratch(scratch) }
        // A raw span over the array's storage, which lives through the closure and is used nowhere else.
        try scratch.withUnsafeMutableBytes { buffer in
            var planes = MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: buffer[0..<byteCount]))
            try decodeSamples(stream, into: &planes, byteCount: byteCount, parameters, workspace)
            unshuffle(planes.bytes, into: &output, elementSize: parameters.planes)
        }
        return byteCount
    }

    private func decodeSamples(
        _ stream: RawSpan, into output: inout MutableRawSpan, byteCount: Int, _ parameters: SzipParameters,
        _ workspace: FilterWorkspace
    ) throws(FilterError) {
        var buffer = workspace.takeSamples(parameters.blocksPerScanline * parameters.blockSize)
        defer { workspace.returnSamples(buffer) }
        var samples = buffer.mutableSpan
        var decoder = SzipDecoder(stream, parameters)
        var left = byteCount / parameters.sampleSize
        var offset = 0
        while left > 0 {
            // Scanlines are padded to whole blocks in the stream; the pads are decoded and dropped. After the last
            // sample nothing more is needed of the stream.
            let count = min(left, parameters.scanlineSize)
            try decoder.decodeScanline(&samples, needed: count == left ? count : samples.count)
            parameters.store(samples, count: count, to: &output, at: offset)
            offset &+= count &* parameters.sampleSize
            left &-= count
        }
    }

    func encode(
        _ input: RawSpan, into output: inout MutableRawSpan, clientValues: [UInt32], workspace: FilterWorkspace
    ) throws -> Int? {
        let parameters = try SzipParameters(clientValues)
        guard input.byteCount % (parameters.sampleSize * parameters.planes) == 0 else {
            throw FilterError(.badParameters, "\(input.byteCount) bytes are no whole number of pixels for szip")
        }
        guard let byteCount = UInt32(exactly: input.byteCount), output.byteCount >= 4 else { return nil }
        output.store(byteCount.littleEndian, at: 0)
        if parameters.planes == 1 {
            return try encodeSamples(input, into: &output, parameters, workspace)
        }
        var scratch = workspace.takeScratch(input.byteCount)
        defer { workspace.returnScratch(scratch) }
        // A raw span over the array's storage, which lives through the closure and is used nowhere else.
        return try scratch.withUnsafeMutableBytes { buffer in
            let rebased = UnsafeMutableRawBufferPointer(rebasing: buffer[0..<input.byteCount])
            var planes = MutableRawSpan(_unsafeBytes: rebased)
            shuffle(input, into: &planes, elementSize: parameters.planes)
            return try encodeSamples(planes.bytes, into: &output, parameters, workspace)
        }
    }

    private func encodeSamples(
        _ input: RawSpan, into output: inout MutableRawSpan, _ parameters: SzipParameters, _ workspace: FilterWorkspace
    ) throws(FilterError) -> Int? {
        let scanline = parameters.blocksPerScanline * parameters.blockSize
        var buffer = workspace.takeSamples(scanline)
        defer { workspace.returnSamples(buffer) }
        var samples = buffer.mutableSpan
        // The stream may take as many bytes as the data; the byte count before it is not part of that.
        let limit = min(output.byteCount, input.byteCount + 4)
        var encoder = SzipEncoder(parameters, limit: limit)
        let pads = parameters.scanlineSize % parameters.blockSize != 0
        var left = input.byteCount / parameters.sampleSize
        var offset = 0
        while left > 0 {
            let count = min(left, parameters.scanlineSize)
            parameters.load(input, at: offset, count: count, into: &samples)
            for index in 0..<count where samples[index] > parameters.largestSample {
                throw FilterError(
                    .badParameters, "a sample is larger than \(parameters.sampleBits) bits allow for szip")
            }
            // Padded scanlines are always whole, otherwise the last one ends with its last block.
            let blocks = (count + parameters.blockSize - 1) / parameters.blockSize
            let coded = pads ? scanline : blocks * parameters.blockSize
            let pad = parameters.usesNearestNeighbor ? samples[count - 1] : 0
            for index in count..<coded {
                samples[index] = pad
            }
            guard encoder.encodeScanline(&samples, count: coded, to: &output) else { return nil }
            offset &+= count &* parameters.sampleSize
            left &-= count
        }
        return encoder.finish(to: &output)
    }
}
