import CZlib

/// zlib behind the codec interface: one inflate stream and one deflate stream per level, each reset and reused.
final class ZlibCodec: DeflateCodec, StreamInflater {
    // zlib keeps a back pointer to the z_stream, so the streams need a fixed address of their own.
    private var inflater: UnsafeMutablePointer<z_stream>?
    /// The checksum of what was decompressed, and the last four bytes that were used, which hold the stored one.
    private var checksum = Adler32()
    private var lastInput: UInt32 = 0
    private var deflaters = [UnsafeMutablePointer<z_stream>?](repeating: nil, count: 10)

    deinit {
        if let inflater {
            inflateEnd(inflater)
            inflater.deallocate()
        }
        for case let stream? in deflaters {
            deflateEnd(stream)
            stream.deallocate()
        }
    }

    /// The largest piece handed to zlib at once, whose counters have 32 bits.
    private static let largestPiece = 1 << 30
    /// The most that is decompressed at once: its checksum is taken while it is still in a cache.
    private static let largestOutput = 1 << 20

    private func readyInflater() throws(FilterError) -> UnsafeMutablePointer<z_stream> {
        checksum = Adler32()
        lastInput = 0
        if let inflater {
            guard inflateReset(inflater) == Z_OK else {
                throw FilterError(.unsupported, "zlib could not reset its inflate stream")
            }
            return inflater
        }
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard inflateInit2_(stream, MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            stream.deallocate()
            throw FilterError(.unsupported, "zlib could not create an inflate stream")
        }
        // zlib's own checksum takes a tenth of its time, so it is taken here.
        guard inflateValidate(stream, 0) == Z_OK else {
            inflateEnd(stream)
            stream.deallocate()
            throw FilterError(.unsupported, "zlib could not create an inflate stream")
        }
        inflater = stream
        return stream
    }

    private func readyDeflater(level: Int) throws(FilterError) -> UnsafeMutablePointer<z_stream> {
        guard deflaters.indices.contains(level) else {
            throw FilterError(.badParameters, "deflate level \(level) is not in 0...9")
        }
        if let stream = deflaters[level] {
            guard deflateReset(stream) == Z_OK else {
                throw FilterError(.unsupported, "zlib could not reset its deflate stream")
            }
            return stream
        }
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard deflateInit_(stream, Int32(level), ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            stream.deallocate()
            throw FilterError(.unsupported, "zlib could not create a deflate stream")
        }
        deflaters[level] = stream
        return stream
    }

    func inflate(_ input: RawSpan, into output: inout MutableRawSpan) throws(FilterError) -> Int {
        let stream = try readyInflater()
        let room = output.byteCount
        let progress = try inflateNext(input, into: &output)
        if progress.isEnd { return progress.produced }
        var end = InflateProgress()
        if progress.produced == room {
            // One byte past the output: tells a stream that is too long from one that is cut short at the very end.
            var probe: UInt8 = 0
            let rest = input.extracting(progress.consumed..<input.byteCount)
            end = try withUnsafeMutableBytes(of: &probe) { target in
                rest.withUnsafeBytes { inflateNext(stream, $0, target) }
            }.get()
        }
        guard end.produced == 0 else {
            throw FilterError(.outputTooLarge, "the deflate stream holds more than \(room) bytes")
        }
        guard end.isEnd else {
            throw FilterError(.damaged, "the deflate stream is cut short after \(input.byteCount) bytes")
        }
        return progress.produced
    }

    func beginStream() throws(FilterError) { _ = try readyInflater() }

    func inflateNext(_ input: RawSpan, into output: inout MutableRawSpan) throws(FilterError) -> InflateProgress {
        guard let stream = inflater else {
            throw FilterError(.unsupported, "a stream goes on that was not begun")
        }
        // zlib works on pointers; they stay valid for the length of this call and are forgotten after it.
        let outcome = output.withUnsafeMutableBytes { target in
            input.withUnsafeBytes { source in
                inflateNext(stream, source, target)
            }
        }
        return try outcome.get()
    }

    private func inflateNext(
        _ stream: UnsafeMutablePointer<z_stream>, _ source: UnsafeRawBufferPointer,
        _ target: UnsafeMutableRawBufferPointer
    ) -> Result<InflateProgress, FilterError> {
        defer {
            stream.pointee.next_in = nil
            stream.pointee.next_out = nil
            stream.pointee.avail_in = 0
            stream.pointee.avail_out = 0
        }
        var progress = InflateProgress()
        while progress.produced < target.count {
            let inputPiece = min(source.count - progress.consumed, Self.largestPiece)
            let outputPiece = min(target.count - progress.produced, Self.largestOutput)
            // zlib takes a pointer to mutable bytes but only reads them.
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: source.baseAddress.map { ($0 + progress.consumed).assumingMemoryBound(to: UInt8.self) })
            stream.pointee.avail_in = UInt32(inputPiece)
            stream.pointee.next_out = target.baseAddress.map {
                ($0 + progress.produced).assumingMemoryBound(to: UInt8.self)
            }
            stream.pointee.avail_out = UInt32(outputPiece)
            let status = CZlib.inflate(stream, Z_NO_FLUSH)
            let read = inputPiece - Int(stream.pointee.avail_in)
            let written = outputPiece - Int(stream.pointee.avail_out)
            for byte in source[progress.consumed..<(progress.consumed + read)].suffix(4) {
                lastInput = lastInput << 8 | UInt32(byte)
            }
            checksum.update(
                RawSpan(
                    _unsafeBytes: UnsafeRawBufferPointer(
                        rebasing: target[progress.produced..<(progress.produced + written)])))
            progress.consumed += read
            progress.produced += written
            switch status {
            case Z_STREAM_END:
                guard lastInput == checksum.value else {
                    return .failure(FilterError(.damaged, "the deflate stream is damaged: incorrect data check"))
                }
                progress.isEnd = true
                return .success(progress)
            case Z_OK, Z_BUF_ERROR:
                // Nothing more to do with what is there.
                if read == 0, written == 0 { return .success(progress) }
            case Z_NEED_DICT:
                return .failure(FilterError(.unsupported, "the deflate stream needs a preset dictionary"))
            case Z_MEM_ERROR:
                return .failure(FilterError(.unsupported, "zlib ran out of memory"))
            default:
                let reason = stream.pointee.msg.map { String(cString: $0) } ?? "status \(status)"
                return .failure(FilterError(.damaged, "the deflate stream is damaged: \(reason)"))
            }
        }
        return .success(progress)
    }

    func deflate(_ input: RawSpan, into output: inout MutableRawSpan, level: Int) throws(FilterError) -> Int? {
        let stream = try readyDeflater(level: level)
        // zlib works on pointers; they stay valid for the length of this call and are forgotten after it.
        return output.withUnsafeMutableBytes { target in
            input.withUnsafeBytes { source in
                Self.deflateAll(stream, source, target)
            }
        }
    }

    private static func deflateAll(
        _ stream: UnsafeMutablePointer<z_stream>, _ source: UnsafeRawBufferPointer,
        _ target: UnsafeMutableRawBufferPointer
    ) -> Int? {
        defer {
            stream.pointee.next_in = nil
            stream.pointee.next_out = nil
            stream.pointee.avail_in = 0
            stream.pointee.avail_out = 0
        }
        guard let targetStart = target.baseAddress else { return nil }
        var consumed = 0
        var produced = 0
        while true {
            let inputPiece = min(source.count - consumed, largestPiece)
            let outputPiece = min(target.count - produced, largestPiece)
            guard outputPiece > 0 else { return nil }
            // zlib takes a pointer to mutable bytes but only reads them.
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: source.baseAddress.map { ($0 + consumed).assumingMemoryBound(to: UInt8.self) })
            stream.pointee.avail_in = UInt32(inputPiece)
            stream.pointee.next_out = (targetStart + produced).assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(outputPiece)
            let isLast = inputPiece == source.count - consumed
            let status = CZlib.deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
            consumed += inputPiece - Int(stream.pointee.avail_in)
            produced += outputPiece - Int(stream.pointee.avail_out)
            switch status {
            case Z_STREAM_END: return produced
            case Z_OK, Z_BUF_ERROR: continue
            default: return nil
            }
        }
    }
}
