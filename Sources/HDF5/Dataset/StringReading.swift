import HDF5Format

/// Decodes many stored strings with as many threads as pay.
struct StringReading {
    /// The stored elements, side by side.
    let stored: StoredElements
    /// The number of elements.
    let count: Int
    /// The strings of each element.
    let part: FlattenedElement
    let context: FileContext

    /// Fewer strings are not worth a thread.
    private static let stringsPerThread = 16_384

    /// The strings as offsets into their bytes.
    func array(shape: [Int]) throws -> H5StringArray {
        try inPieces { pieces in
            let decoders = Locked([Int: StringDecoder]())
            try WorkerThreads.run(count: pieces.count) { _, control in
                // Claimed, since there may be fewer threads than pieces.
                while case let number = control.claim(), number < pieces.count {
                    let piece = pieces[number]
                    var decoder = try decoder(sharedBy: pieces)
                    decoder.reserveCapacity(piece.count * part.count)
                    try stored.forEachRun(in: piece) { bytes, elements, context in
                        decoder.move(to: context)
                        try decoder.append(bytes, count: elements.count * part.count)
                    }
                    decoders.withLock { $0[number] = decoder }
                }
            }
            var decoded = decoders.withLock { $0 }
            var whole = try decoded.removeValue(forKey: 0) ?? decoder(sharedBy: pieces)
            for number in pieces.indices.dropFirst() {
                if let next = decoded.removeValue(forKey: number) { whole.append(next) }
            }
            return whole.finish(shape: shape)
        }
    }

    /// The strings as values.
    func strings() throws -> [String] {
        try inPieces { pieces in
            let total = count * part.count
            return try [String](unsafeUninitializedCapacity: total) { buffer, filled in
                LargePages.prefer(for: UnsafeMutableRawBufferPointer(buffer))
                UnsafeMutableBufferPointer(rebasing: buffer[..<total]).initialize(repeating: "")
                filled = total
                // Each thread puts strings into the places of its own piece; nobody reads before all are done.
                let memory = SharedMemory(UnsafeMutableRawBufferPointer(buffer))
                try WorkerThreads.run(count: pieces.count) { _, control in
                    // Claimed, since there may be fewer threads than pieces.
                    while case let number = control.claim(), number < pieces.count {
                        var decoder = try decoder(sharedBy: pieces)
                        try stored.forEachRun(in: pieces[number]) { bytes, elements, context in
                            decoder.move(to: context)
                            let stride = MemoryLayout<String>.stride * part.count
                            guard let places = memory.slice(elements.lowerBound * stride, elements.count * stride)
                            else { return }
                            let target = places.assumingMemoryBound(to: String.self)
                            for index in target.indices {
                                try decoder.withText(bytes, index) { target[index] = $0.string }
                            }
                        }
                    }
                }
            }
        }
    }

    private func decoder(sharedBy pieces: [Range<Int>]) throws -> StringDecoder {
        try StringDecoder(datatype: part.datatype, context: context, share: pieces.count)
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
