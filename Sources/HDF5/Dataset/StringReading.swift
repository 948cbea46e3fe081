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
    /// A thread that is slower than another takes fewer pieces.
    private static let piecesPerThread = 8

    /// The strings as offsets into their bytes.
    func array(shape: [Int]) throws -> H5StringArray {
        try inPieces(1) { pieces in
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
        try inPieces(Self.piecesPerThread) { pieces in
            let total = count * part.count
            let capacity = LargePages.capacity(total, stride: MemoryLayout<String>.stride)
            return try [String](unsafeUninitializedCapacity: capacity) { buffer, filled in
                LargePages.prefer(for: UnsafeMutableRawBufferPointer(buffer))
                UnsafeMutableBufferPointer(rebasing: buffer[..<total]).initialize(repeating: "")
                filled = total
                // Each piece has places of its own, which one thread fills; nobody reads before all are done.
                let memory = SharedMemory(UnsafeMutableRawBufferPointer(buffer))
                let threads = min(context.storage.limits.threadCount, pieces.count)
                let perThread = (pieces.count + threads - 1) / threads
                try WorkerThreads.run(count: threads) { _, control in
                    // One for all pieces of a thread, so that collections at hand stay there.
                    var decoder = try StringDecoder(datatype: part.datatype, context: context, share: threads)
                    var allocations = SmallAllocations()
                    while case let number = control.claim(), number < pieces.count, !control.isCancelled {
                        try stored.forEachRun(in: pieces[number]) { bytes, elements, context in
                            decoder.move(to: context)
                            let needed = try decoder.expectedBytes(bytes)
                            allocations.makeRoom(for: needed, of: needed &* perThread)
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

    /// Runs `body` with the pieces that threads work on, as many for each.
    ///
    /// Each thread may cost its share of what the call may; where one is not enough, all is done again as one piece.
    private func inPieces<R>(_ perThread: Int, _ body: ([Range<Int>]) throws -> R) throws -> R {
        let threads = max(1, min(context.storage.limits.threadCount, count / Self.stringsPerThread))
        guard threads > 1 else { return try body([0..<count]) }
        let number = threads * perThread
        do {
            // Fractions of the whole, so that no product can be too large.
            let (size, rest) = count.quotientAndRemainder(dividingBy: number)
            return try body((0..<number).map { ($0 * size + min($0, rest))..<(($0 + 1) * size + min($0 + 1, rest)) })
        } catch let error as H5Error where error.code == .limitExceeded {
            return try body([0..<count])
        }
    }
}
