import HDF5Format

extension H5Dataset {
    /// Gives `body` the stored bytes where they lie in the file, without a copy.
    ///
    /// Only for datasets in one piece (contiguous or compact storage, not in other files), as all that is stored: in the
    /// file's own type and byte order. The file is mapped into memory, so bytes are read when they are first touched.
    ///
    /// - Warning: While `body` runs the file must not get shorter. If another program cuts it, touching what is gone ends
    ///   the process with a signal (`SIGBUS`) that no `catch` sees, and a disk that fails does the same. Use this
    ///   for files that nobody changes; ``readBytes(_:)`` reports the same troubles as errors.
    ///
    /// - Parameter body: What is done with the bytes, which must not be kept. Empty for a dataset without elements.
    /// - Throws: `H5Error` with code `invalidArgument` where the storage is of another kind, `unsupported` where the file
    ///   is put together from several, or what `body` throws.
    public func withMappedBytes<R>(_ body: (RawSpan) throws -> R) throws -> R {
        try withStoredBytes { bytes in
            // Alive as long as the mapping, which ends behind this call.
            try body(RawSpan(_unsafeBytes: bytes))
        }
    }

    /// Gives `body` the elements where they lie in the file, without a copy.
    ///
    /// - Warning: As for ``withMappedBytes(_:)``: the file must not get shorter while `body` runs.
    ///
    /// - Parameters:
    ///   - type: The number type that the file uses, in the byte order of this machine.
    ///   - body: What is done with the elements in row-major order, which must not be kept.
    /// - Throws: `H5Error` with code `conversion` where the stored elements are of another type or not aligned for it, else
    ///   as ``withMappedBytes(_:)``.
    public func withMappedElements<Element: H5Number, R>(
        of type: Element.Type, _ body: (Span<Element>) throws -> R
    ) throws -> R {
        try withStoredBytes { bytes in
            let conversion = try NumericConversion<Element>(from: datatype, policy: .exact)
            let isAligned = Int(bitPattern: bytes.baseAddress) % MemoryLayout<Element>.alignment == 0
            guard conversion.isPlainCopy, isAligned else {
                throw H5Error(
                    .conversion,
                    "elements are \(datatype)\(isAligned ? "" : " at an odd place in the file"), which cannot be seen as "
                        + "\(type) without a copy; read them instead")
            }
            // Of the right type and alignment as checked; alive as long as the mapping, which ends behind this call.
            return try bytes.withMemoryRebound(to: Element.self) { try body(Span(_unsafeElements: $0)) }
        }
    }

    private func withStoredBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        guard virtualParts == nil, description.externalFiles == nil else { throw notInOnePiece("lies in other files") }
        let count = description.byteCount
        guard count > 0 else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        switch description.layout {
        case .compact(let bytes):
            guard bytes.count >= count else {
                throw H5Error(.damaged, "compact data has \(bytes.count) bytes where \(count) are needed", path: path)
            }
            return try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        case .contiguous(let address?, let size):
            if let size, size < UInt64(count) {
                throw H5Error(
                    .damaged, "contiguous data has \(size) bytes where \(count) are needed", path: path,
                    address: address)
            }
            return try locating { try context.storage.withMapping(at: address, count: count, body) }
        case .contiguous: throw notInOnePiece("was never written")
        case .chunked: throw notInOnePiece("is chunked")
        case .virtual: throw notInOnePiece("is virtual")
        }
    }

    private func notInOnePiece(_ what: String) -> H5Error {
        H5Error(
            .invalidArgument, "the data \(what), so it cannot be seen in the file as it is; read it instead", path: path
        )
    }
}
