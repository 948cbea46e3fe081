import HDF5Format

/// Decodes many stored strings with as many threads as pay.
struct StringReading {
    /// The stored elements, side by side.
    let stored: [UInt8]
    /// The number of strings.
    let count: Int
    let datatype: H5Datatype
    let context: FileContext

    /// Fewer strings are not worth a thread.
    private static let stringsPerThread = 16_384

    /// The strings as offsets into their bytes.
    func array(shape: [Int]) throws -> H5StringArray {
        try inPieces { pieces in
            let decoders = Locked([Int: StringDecoder]())
            try WorkerThreads.run(count: pieces.count) { number, _ in
                let piece = pieces[number]
                var decoder = try StringDecoder(datatype: datatype, context: context, share: pieces.count)
                decoder.reserveCapacity(piece.count)
                let size = datatype.size
                try decoder.append(
                    stored.span.bytes.extracting((piece.lowerBound * size)..<(piece.upperBound * size)),
                    count: piece.count)
                decoders.withLock { $0[number] = decoder }
            }
            var decoded = decoders.withLock { $0 }
            var whole = try decoded.removeValue(forKey: 0) ?? StringDecoder(datatype: datatype, context: context)
            for number in pieces.indices.dropFirst() {
                if let next = decoded.removeValue(forKey: number) { whole.append(next) }
            }
            return whole.finish(shape: shape)
        }
    }

    /// The strings as values.
    func strings() throws -> [String] {
        try inPieces { pieces in
            try [String](unsafeUninitializedCapacity: count) { buffer, filled in
                UnsafeMutableBufferPointer(rebasing: buffer[..<count]).initialize(repeating: "")
                filled = count
                // Each thread puts strings into the places of its own piece; nobody reads before all are done.
                let memory = SharedMemory(UnsafeMutableRawBufferPointer(buffer))
                try WorkerThreads.run(count: pieces.count) { number, _ in
                    let piece = pieces[number]
                    let stride = MemoryLayout<String>.stride
                    guard let places = memory.slice(piece.lowerBound * stride, piece.count * stride) else { return }
                    let target = places.assumingMemoryBound(to: String.self)
                    var decoder = try StringDecoder(datatype: datatype, context: context, share: pieces.count)
                    for index in 0..<piece.count {
                        try decoder.withText(stored.span.bytes, piece.lowerBound + index) { target[index] = $0.string }
                    }
                }
            }
        }
    }

    /// Runs `body` with the pieces that threads work on.
    ///
    /// Each piece may cost its share of what the call may; where one is not enough, all is done again as one piece.
    private func inPieces<R>(_ body: ([Range<Int>]) throws -> R) throws -> R {
        let number = max(1, min(SystemInformation.processorCount, count / Self.stringsPerThread))
        guard number > 1 else { return try body([0..<count]) }
        do {
            return try body((0..<number).map { (count * $0 / number)..<(count * ($0 + 1) / number) })
        } catch let error as H5Error where error.code == .limitExceeded {
            return try body([0..<count])
        }
    }
}
