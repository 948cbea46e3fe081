/// The n-bit filter (5): only the significant bits of each number, as one stream without gaps.
///
/// The stream has the most significant bit first whatever the byte order of the data. Padding bits and the gaps of
/// compound types are not stored and decode as zero.
struct NBitFilter: H5Filter {
    let identifier: UInt16 = 5
    let name = "nbit"

    func decode(
        _ input: RawSpan, into output: inout MutableRawSpan, clientValues: [UInt32], workspace: FilterWorkspace
    ) throws -> Int {
        let parameters = try NBitParameters(clientValues, followsLibrary: true)
        if parameters.isUnchanged { return try copyUnchanged(input, into: &output) }
        let totals = try parameters.totals()
        guard totals.byteCount <= output.byteCount else {
            throw FilterError(
                .outputTooLarge, "the n-bit chunk has \(totals.byteCount) bytes, not \(output.byteCount)")
        }
        // Every bit is known to be there from here on.
        guard totals.bitCount / 8 <= input.byteCount, (totals.bitCount + 7) / 8 <= input.byteCount else {
            throw FilterError(
                .damaged, "\(input.byteCount) bytes are too few for an n-bit stream of \(totals.bitCount) bits")
        }
        if case .atomic(let isBigEndian, let precision, let offset) = parameters.nodes[0].kind {
            let atom = NBitAtom(
                size: totals.elementSize, isBigEndian: isBigEndian, precision: precision, offset: offset)
            atom.unpack(input, bit: 0, into: &output, at: 0, count: parameters.elements)
            return totals.byteCount
        }
        output.clear(totals.byteCount, at: 0)
        var walker = NBitUnpacker(nodes: parameters.nodes)
        for element in 0..<parameters.elements {
            walker.visit(0, input, &output, at: element &* totals.elementSize)
        }
        return totals.byteCount
    }

    func encode(
        _ input: RawSpan, into output: inout MutableRawSpan, clientValues: [UInt32], workspace: FilterWorkspace
    ) throws -> Int? {
        let parameters = try NBitParameters(clientValues, followsLibrary: false)
        if parameters.isUnchanged {
            return input.byteCount <= output.byteCount ? try copyUnchanged(input, into: &output) : nil
        }
        let totals = try parameters.totals()
        guard totals.byteCount == input.byteCount else {
            throw FilterError(
                .badParameters, "the n-bit chunk has \(totals.byteCount) bytes, the data \(input.byteCount)")
        }
        // Readers do not get all members of such a type back.
        if parameters.losesMembers { return nil }
        // Other writers end the stream with the byte after the last whole one, used or not.
        let encodedCount = totals.bitCount / 8 + 1
        guard encodedCount <= output.byteCount else { return nil }
        var walker = NBitPacker(nodes: parameters.nodes)
        for element in 0..<parameters.elements {
            walker.visit(0, input, &output, at: element &* totals.elementSize)
        }
        walker.writer.finish(to: &output)
        if walker.writer.byteCount < encodedCount {
            output.clear(encodedCount - walker.writer.byteCount, at: walker.writer.byteCount)
        }
        return encodedCount
    }
}

/// A number of which some bits are stored.
struct NBitAtom {
    let size: Int
    let isBigEndian: Bool
    let precision: Int
    let offset: Int

    /// Unpacks `count` numbers that lie one after the other; returns the bit after the last one.
    @inline(__always)
    @discardableResult
    func unpack(
        _ input: RawSpan, bit: Int, into output: inout MutableRawSpan, at place: Int, count: Int
    ) -> Int {
        switch size {
        case 1: unpackIntegers(UInt8.self, input, bit, &output, place, count)
        case 2: unpackIntegers(UInt16.self, input, bit, &output, place, count)
        case 4: unpackIntegers(UInt32.self, input, bit, &output, place, count)
        case 8: unpackIntegers(UInt64.self, input, bit, &output, place, count)
        default:
            for element in 0..<count {
                unpackBytes(input, bit &+ element &* precision, &output, place &+ element &* size)
            }
        }
        return bit &+ count &* precision
    }

    private func unpackIntegers<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ type: T.Type, _ input: RawSpan, _ bit: Int, _ output: inout MutableRawSpan, _ place: Int, _ count: Int
    ) {
        var bit = bit
        var place = place
        for _ in 0..<count {
            let value = T(truncatingIfNeeded: input.bits(at: bit, width: precision)) &<< T(truncatingIfNeeded: offset)
            output.store(isBigEndian ? value.bigEndian : value.littleEndian, at: place)
            bit &+= precision
            place &+= MemoryLayout<T>.size
        }
    }

    /// The bits of each byte that are stored, from the most significant byte down.
    @inline(__always)
    private func forEachByte(_ body: (_ byte: Int, _ shift: Int, _ width: Int) -> Void) {
        var rank = (offset &+ precision &- 1) >> 3
        while rank >= offset >> 3 {
            let low = max(offset, rank &* 8)
            let high = min(offset &+ precision, rank &* 8 &+ 8)
            body(isBigEndian ? size &- 1 &- rank : rank, low & 7, high &- low)
            rank &-= 1
        }
    }

    /// Unpacks a number of any size byte by byte.
    private func unpackBytes(_ input: RawSpan, _ bit: Int, _ output: inout MutableRawSpan, _ place: Int) {
        output.clear(size, at: place)
        var bit = bit
        forEachByte { byte, shift, width in
            let value = UInt8(truncatingIfNeeded: input.bits(at: bit, width: width))
            output.store(value &<< UInt8(truncatingIfNeeded: shift), at: place &+ byte)
            bit &+= width
        }
    }

    /// Packs one number.
    @inline(__always)
    func pack(_ input: RawSpan, at place: Int, to writer: inout BitWriter, _ output: inout MutableRawSpan) {
        switch size {
        case 1: packInteger(UInt8.self, input, place, &writer, &output)
        case 2: packInteger(UInt16.self, input, place, &writer, &output)
        case 4: packInteger(UInt32.self, input, place, &writer, &output)
        case 8: packInteger(UInt64.self, input, place, &writer, &output)
        default:
            forEachByte { byte, shift, width in
                let value = input.byte(at: place &+ byte) &>> UInt8(truncatingIfNeeded: shift)
                writer.write(UInt64(value) & (1 &<< UInt64(width) &- 1), width: width, to: &output)
            }
        }
    }

    @inline(__always)
    private func packInteger<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ type: T.Type, _ input: RawSpan, _ place: Int, _ writer: inout BitWriter, _ output: inout MutableRawSpan
    ) {
        let stored = input.load(place, as: T.self)
        let value = isBigEndian ? T(bigEndian: stored) : T(littleEndian: stored)
        let mask = UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- precision)
        let bits = UInt64(value &>> T(truncatingIfNeeded: offset)) & mask
        writer.write(bits, width: precision, to: &output)
    }
}

/// Walks the type tree and unpacks one element at a time.
private struct NBitUnpacker {
    let nodes: [NBitParameters.Node]
    var bit = 0

    init(nodes: [NBitParameters.Node]) { self.nodes = nodes }

    mutating func visit(_ index: Int, _ input: RawSpan, _ output: inout MutableRawSpan, at place: Int) {
        let node = nodes[index]
        switch node.kind {
        case .atomic(let isBigEndian, let precision, let offset):
            let atom = NBitAtom(size: node.size, isBigEndian: isBigEndian, precision: precision, offset: offset)
            bit = atom.unpack(input, bit: bit, into: &output, at: place, count: 1)
        case .array(let count):
            let base = nodes[index + 1]
            if case .atomic(let isBigEndian, let precision, let offset) = base.kind {
                let atom = NBitAtom(size: base.size, isBigEndian: isBigEndian, precision: precision, offset: offset)
                bit = atom.unpack(input, bit: bit, into: &output, at: place, count: count)
            } else {
                for element in 0..<count {
                    visit(index + 1, input, &output, at: place &+ element &* base.size)
                }
            }
        case .compound(let members):
            var member = index + 1
            for _ in 0..<members {
                visit(member, input, &output, at: place &+ nodes[member].memberOffset)
                member = nodes[member].end
            }
        case .unchanged:
            for byte in 0..<node.size {
                output.store(UInt8(truncatingIfNeeded: input.bits(at: bit, width: 8)), at: place &+ byte)
                bit &+= 8
            }
        }
    }
}

/// Walks the type tree and packs one element at a time.
private struct NBitPacker {
    let nodes: [NBitParameters.Node]
    var writer = BitWriter(at: 0)

    init(nodes: [NBitParameters.Node]) { self.nodes = nodes }

    mutating func visit(_ index: Int, _ input: RawSpan, _ output: inout MutableRawSpan, at place: Int) {
        let node = nodes[index]
        switch node.kind {
        case .atomic(let isBigEndian, let precision, let offset):
            let atom = NBitAtom(size: node.size, isBigEndian: isBigEndian, precision: precision, offset: offset)
            atom.pack(input, at: place, to: &writer, &output)
        case .array(let count):
            let base = nodes[index + 1]
            for element in 0..<count {
                visit(index + 1, input, &output, at: place &+ element &* base.size)
            }
        case .compound(let members):
            var member = index + 1
            for _ in 0..<members {
                visit(member, input, &output, at: place &+ nodes[member].memberOffset)
                member = nodes[member].end
            }
        case .unchanged:
            for byte in 0..<node.size {
                writer.write(UInt64(input.byte(at: place &+ byte)), width: 8, to: &output)
            }
        }
    }
}
