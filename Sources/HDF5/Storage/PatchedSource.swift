import HDF5Format

/// A file some of whose bytes are replaced by others that are in memory.
final class PatchedSource: ByteSource {
    private let source: any ByteSource
    /// In order of their offsets, none overlapping another.
    private let patches: [(offset: UInt64, bytes: [UInt8])]

    /// - Throws: `H5Error` when patches overlap or reach outside the file.
    init(_ source: any ByteSource, patches: [(offset: UInt64, bytes: [UInt8])]) throws {
        self.source = source
        self.patches = patches.sorted { $0.offset < $1.offset }
        var end: UInt64 = 0
        for patch in self.patches {
            guard patch.offset >= end, patch.offset <= source.size,
                UInt64(patch.bytes.count) <= source.size - patch.offset
            else { throw H5Error(.damaged, "replaced bytes overlap or lie outside the file", address: patch.offset) }
            end = patch.offset + UInt64(patch.bytes.count)
        }
    }

    var size: UInt64 { source.size }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws {
        try source.read(at: offset, into: buffer)
        let end = offset + UInt64(buffer.count)
        var low = 0
        var high = patches.count
        while low < high {
            let middle = (low + high) / 2
            if patches[middle].offset + UInt64(patches[middle].bytes.count) <= offset {
                low = middle + 1
            } else {
                high = middle
            }
        }
        while low < patches.count, patches[low].offset < end {
            let patch = patches[low]
            let from = max(offset, patch.offset)
            let to = min(end, patch.offset + UInt64(patch.bytes.count))
            // Both ranges are inside their buffers, being cut to what they share.
            patch.bytes.withUnsafeBytes { bytes in
                UnsafeMutableRawBufferPointer(rebasing: buffer[Int(from - offset)..<Int(to - offset)]).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: bytes[Int(from - patch.offset)..<Int(to - patch.offset)]))
            }
            low += 1
        }
    }
}
