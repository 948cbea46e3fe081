import HDF5Filters
import HDF5Format

/// How a dataset lies in its file.
public struct H5Storage: Hashable, Sendable {
    /// The way in which the elements are kept.
    public enum Layout: Hashable, Sendable {
        /// Inside the object header.
        case compact
        /// In one piece; not allocated before the first write.
        case contiguous(isAllocated: Bool)
        /// In chunks of one shape, found through an index.
        case chunked(shape: [Int], index: ChunkIndex)
        /// In other files, as raw bytes.
        case external(files: [ExternalFile])
        /// In other datasets.
        case virtual
    }

    /// The kinds of chunk indexes.
    public enum ChunkIndex: String, Hashable, Sendable {
        /// A version 1 B-tree.
        case btree1 = "version 1 B-tree"
        /// No index: there is one chunk.
        case singleChunk = "single chunk"
        /// No index: all chunks lie in a row.
        case implicit = "implicit"
        /// A fixed array.
        case fixedArray = "fixed array"
        /// An extensible array.
        case extensibleArray = "extensible array"
        /// A version 2 B-tree.
        case btree2 = "version 2 B-tree"
    }

    /// A piece of raw data in another file.
    public struct ExternalFile: Hashable, Sendable {
        /// The name of the file as stored.
        public var name: String
        /// Where in the file the piece starts, in bytes.
        public var offset: UInt64
        /// The bytes of the piece; nil: as many as the dataset needs.
        public var size: UInt64?

        /// Makes a piece; by default the whole file from its start.
        public init(name: String, offset: UInt64 = 0, size: UInt64? = nil) {
            self.name = name
            self.offset = offset
            self.size = size
        }
    }

    /// How the elements are kept.
    public var layout: Layout
    /// The filters of the chunks, in the order of writing.
    public var filters: [H5FilterDescription]
    /// The bytes that the elements take in memory.
    public var logicalSize: Int
    /// The bytes that they take in the file.
    public var storedSize: Int
    /// The number of chunks that exist; nil for other layouts.
    public var chunkCount: Int?

    /// How many times smaller the data is in the file; 1 where nothing is stored.
    public var ratio: Double { storedSize > 0 ? Double(logicalSize) / Double(storedSize) : 1 }
}

extension H5Storage: CustomStringConvertible {
    /// The storage in one line: `chunked 256 × 1024, shuffle + deflate(4), 2.7 : 1`.
    public var description: String {
        var text: String
        switch layout {
        case .compact: text = "compact"
        case .contiguous(let isAllocated): text = isAllocated ? "contiguous" : "contiguous, not allocated"
        case .chunked(let shape, _): text = "chunked " + shape.map(String.init).joined(separator: " × ")
        case .external(let files): text = "external (\(files.count) file\(files.count == 1 ? "" : "s"))"
        case .virtual: text = "virtual"
        }
        if !filters.isEmpty { text += ", " + filters.map(\.shortName).joined(separator: " + ") }
        if !filters.isEmpty, storedSize > 0 {
            let tenths = (ratio * 10).rounded()
            text += ", \(Int(tenths) / 10).\(Int(tenths) % 10) : 1"
        }
        return text
    }
}

extension H5FilterDescription {
    /// The filter as people write it: `shuffle`, `deflate(4)`, `filter 32015 (Zstandard)`.
    public var shortName: String {
        switch identifier {
        case 1: return clientValues.first.map { "deflate(\($0))" } ?? "deflate"
        case 2: return "shuffle"
        case 3: return "fletcher32"
        case 4: return "szip"
        case 5: return "nbit"
        case 6: return "scaleoffset"
        case 32_000: return "lzf"
        default:
            let known = BuiltInFilters.registeredName(identifier) ?? name
            return known.isEmpty ? "filter \(identifier)" : "filter \(identifier) (\(known))"
        }
    }
}

extension H5Dataset {
    /// The shape of the chunks, told without reading; nil where the dataset is not chunked.
    public var chunkShape: [Int]? {
        if case .chunked(let layout) = description.layout { return layout.chunkShape }
        return nil
    }

    /// How the dataset lies in the file, for which the index of chunks is read.
    public var storage: H5Storage {
        get throws {
            try locating {
                let logical = try checkedProduct(count, datatype.size, "the size of the dataset")
                var storage = H5Storage(
                    layout: .compact, filters: filters, logicalSize: logical, storedSize: 0, chunkCount: nil)
                switch description.layout {
                case .compact(let bytes): storage.storedSize = bytes.count
                case .contiguous(let address, _):
                    if let list = description.externalFiles {
                        storage.layout = .external(
                            files: try ExternalFiles(list, context: context).pieces.map {
                                H5Storage.ExternalFile(name: $0.name, offset: $0.offset, size: $0.size)
                            })
                        storage.storedSize = logical
                    } else {
                        storage.layout = .contiguous(isAllocated: address != nil)
                        storage.storedSize = address == nil ? 0 : logical
                    }
                case .chunked(let layout):
                    storage.layout = .chunked(shape: layout.chunkShape, index: layout.index.publicKind)
                    let chunks = try allChunks(layout)
                    storage.chunkCount = chunks.count
                    storage.storedSize = chunks.reduce(0) { $0 &+ $1.storedSize }
                case .virtual: storage.layout = .virtual
                }
                return storage
            }
        }
    }

    private func allChunks(_ layout: DataLayoutMessage.ChunkedLayout) throws -> [FoundChunk] {
        let grid = try ChunkGrid(dataspace: dataspace, layout: layout, elementSize: datatype.size)
        let index = ChunkIndex(grid: grid, layout: layout, isFiltered: !filters.isEmpty, storage: context.storage)
        return try index.find(try ChunkQuery(grid.chunkCounts.map { .range(0..<$0) }))
    }
}

extension DataLayoutMessage.ChunkIndexKind {
    fileprivate var publicKind: H5Storage.ChunkIndex {
        switch self {
        case .btree1: return .btree1
        case .singleChunk: return .singleChunk
        case .implicit: return .implicit
        case .fixedArray: return .fixedArray
        case .extensibleArray: return .extensibleArray
        case .btree2: return .btree2
        }
    }
}
