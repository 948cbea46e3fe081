import HDF5Format

/// Writes elements of committed datasets where they lie in the file, past the commits.
///
/// What is written takes effect at once and piece by piece; no rollback undoes it. So it is for space that nobody relies on
/// yet, such as that of results whose positions are not marked as complete: the caller keeps the order, by `synchronize`.
/// Any number of threads, and of processes, may write at the same time, each where no other does.
package final class InPlaceWriter: Sendable {
    private enum Target: Sendable {
        /// A file that this process has open for changes.
        case open(FileStorage)
        /// A file that another process may have open for changes.
        case shared(any WritableFile)
    }

    private let target: Target

    /// Writes to a file that is open for changes.
    ///
    /// - Throws: `H5Error` with the code `readOnly`.
    package init(_ file: H5File) throws {
        target = .open(try file.writable().storage)
    }

    /// Writes to a file that another process of the same program has open for changes, so without a lock.
    ///
    /// - Throws: `H5Error` with the code `noSuchFile`, `permissionDenied` or `inputOutput`.
    package init(path: String) throws { target = .shared(try SystemFiles().open(path)) }

    /// Writes bytes at an offset of the file.
    ///
    /// - Throws: `H5Error` with the code `noSpace` or `inputOutput`; `invalidArgument` where the place is not committed, or
    ///   changes beside it are not.
    package func write(_ bytes: RawSpan, at offset: UInt64) throws {
        // The span is only read, inside the closure.
        try bytes.withUnsafeBytes { bytes in
            switch target {
            case .open(let storage): try storage.writeInPlace(bytes, at: offset)
            case .shared(let file): try file.write(bytes, at: offset)
            }
        }
    }

    /// Takes room on the disk, so that writing there later cannot fail for want of it; where the file system can.
    ///
    /// - Throws: `H5Error` with the code `noSpace`.
    package func reserve(_ block: H5DatasetBlock) throws {
        guard block.byteCount > 0 else { return }
        switch target {
        case .open(let storage): try storage.reserve(block.offset, UInt64(block.byteCount))
        case .shared(let file): try file.reserve(block.offset, UInt64(block.byteCount))
        }
    }

    /// Returns when everything that was written is on the disk.
    ///
    /// - Throws: `H5Error` with the code `noSpace` or `inputOutput`.
    package func synchronize() throws {
        switch target {
        case .open(let storage): try storage.synchronizeInPlace()
        case .shared(let file): try file.synchronize()
        }
    }
}

/// Where all elements of a dataset lie in its file, one behind the other.
package struct H5DatasetBlock: Hashable, Sendable {
    /// The offset from the very start of the file.
    package let offset: UInt64
    /// The bytes of all elements.
    package let byteCount: Int

    /// The pages of a transaction that the block has bytes on.
    package var pages: ClosedRange<UInt64> {
        let page = UInt64(FileTransaction.pageSize)
        return offset / page...(offset + UInt64(max(1, byteCount)) - 1) / page
    }
}

extension H5Dataset {
    /// Where all elements lie one behind the other; nil where they do not, or have no place yet.
    package var block: H5DatasetBlock? {
        guard case .contiguous(let address?, _) = description.layout, description.externalFiles == nil else {
            return nil
        }
        let (offset, overflow) = address.addingReportingOverflow(UInt64(file.userBlockSize))
        let count = description.byteCount
        guard !overflow, count >= 0, offset <= UInt64(file.size), UInt64(count) <= UInt64(file.size) - offset else {
            return nil
        }
        return H5DatasetBlock(offset: offset, byteCount: count)
    }
}

extension H5File {
    /// Forgets what was read of the file, as another process wrote some of it in place.
    package func forgetBlocks() { context.storage.forgetBlocks() }

    /// The same file as it was committed last, open for reading once more; calls of it take one thread at most.
    ///
    /// Threads that read this file do not wait for each other, as those of a file that is open for changes do.
    ///
    /// - Throws: As `open(_:options:)`.
    package func reopenedForWorkers() throws -> H5File {
        guard let path else { return self }
        var options = openOptions
        options.limits.threads = 1
        return try H5File.open(path, options: options)
    }
}
