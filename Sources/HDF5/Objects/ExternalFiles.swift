import HDF5Format

/// The pieces of raw data that a dataset keeps in other files, one after the other.
struct ExternalFiles: Sendable {
    /// One piece.
    struct Piece: Sendable {
        var name: String
        var offset: UInt64
        /// nil: as far as the dataset goes.
        var size: UInt64?
    }

    let pieces: [Piece]

    init(_ list: ExternalFileListMessage, context: FileContext) throws {
        let storage = context.storage
        let heap = try storage.withCursor(at: list.heapAddress, count: LocalHeap.headerSize(storage.sizes)) {
            try LocalHeap(from: &$0)
        }
        pieces = try list.slots.map { slot in
            guard slot.nameOffset < heap.dataSize else {
                throw H5Error(.damaged, "the name of an external file lies outside its heap", address: list.heapAddress)
            }
            let address = try heap.dataAddress.adding(slot.nameOffset, "the place of a name")
            let rest = Int(clamping: heap.dataSize - slot.nameOffset)
            let name = try storage.withCursor(at: address, upTo: rest) {
                H5Name(try $0.readNullTerminated("the name of an external file")).string
            }
            return Piece(name: name, offset: slot.fileOffset, size: slot.size)
        }
    }
}
