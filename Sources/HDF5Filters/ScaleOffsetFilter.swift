/// The scale-offset filter (6): the distance of each number from the smallest one, in as few bits as it takes.
///
/// Integers come back exactly, unless the writer asked for fewer bits than they need. Floating-point numbers are
/// rounded to a number of decimal digits (D-scaling); the other method (E-scaling) exists only on paper. A code of
/// all ones stands for the fill value if there is one.
struct ScaleOffsetFilter: H5Filter {
    let identifier: UInt16 = 6
    let name = "scaleoffset"

    func decode(
        _ input: RawSpan, into output: inout MutableRawSpan, clientValues: [UInt32], workspace: FilterWorkspace
    ) throws -> Int {
        let parameters = try ScaleOffsetParameters(clientValues)
        if parameters.isUnchanged { return try copyUnchanged(input, into: &output) }
        let header = try ScaleOffsetHeader(input, size: parameters.size)
        // Both factors have at most 32 bits.
        let byteCount = parameters.elements * parameters.size
        guard byteCount <= output.byteCount else {
            throw FilterError(
                .outputTooLarge, "the scale-offset chunk has \(byteCount) bytes, not \(output.byteCount)")
        }
        // Every code is known to be there from here on.
        let codes = input.extracting(ScaleOffsetHeader.byteCount..<input.byteCount)
        guard (parameters.elements * header.bitCount + 7) / 8 <= codes.byteCount else {
            throw FilterError(
                .damaged, "\(codes.byteCount) bytes are too few for \(parameters.elements) scale-offset codes")
        }
        let unpacker = ScaleOffsetUnpacker(parameters: parameters, header: header)
        switch (parameters.method, parameters.size) {
        case (.decimal(let digits), 4):
            let scale = Float(powerOfTen(digits))
            unpacker.unpackReals(codes, into: &output, scale: scale)
        case (.decimal(let digits), _):
            let scale = powerOfTen(digits)
            unpacker.unpackReals(codes, into: &output, scale: scale)
        case (.integer, 1): unpacker.unpackIntegers(codes, into: &output, UInt8.self)
        case (.integer, 2): unpacker.unpackIntegers(codes, into: &output, UInt16.self)
        case (.integer, 4): unpacker.unpackIntegers(codes, into: &output, UInt32.self)
        case (.integer, _): unpacker.unpackIntegers(codes, into: &output, UInt64.self)
        }
        return byteCount
    }

    func encode(
        _ input: RawSpan, into output: inout MutableRawSpan, clientValues: [UInt32], workspace: FilterWorkspace
    ) throws -> Int? {
        let parameters = try ScaleOffsetParameters(clientValues)
        if parameters.isUnchanged {
            return input.byteCount <= output.byteCount ? try copyUnchanged(input, into: &output) : nil
        }
        guard parameters.elements * parameters.size == input.byteCount else {
            throw FilterError(
                .badParameters,
                "\(parameters.elements) elements of \(parameters.size) bytes are not \(input.byteCount) bytes")
        }
        let packer = ScaleOffsetPacker(parameters: parameters)
        switch (parameters.method, parameters.size) {
        case (.decimal(let digits), 4):
            let scale = Float(powerOfTen(digits))
            return packer.packReals(input, into: &output, scale: scale)
        case (.decimal(let digits), _):
            let scale = powerOfTen(digits)
            return packer.packReals(input, into: &output, scale: scale)
        case (.integer(let bits), 1): return packer.packIntegers(input, into: &output, UInt8.self, bitCount: bits)
        case (.integer(let bits), 2): return packer.packIntegers(input, into: &output, UInt16.self, bitCount: bits)
        case (.integer(let bits), 4): return packer.packIntegers(input, into: &output, UInt32.self, bitCount: bits)
        case (.integer(let bits), _): return packer.packIntegers(input, into: &output, UInt64.self, bitCount: bits)
        }
    }

    /// The power of ten nearest to the exact one; infinite or zero beyond the range of the type.
    private func powerOfTen(_ exponent: Int) -> Double {
        // Reading a decimal number rounds correctly, which repeated multiplication does not.
        Double("1e\(exponent)") ?? (exponent < 0 ? 0 : .infinity)
    }
}
