import HDF5Format

/// What happens to a chunk of a dataset.
struct ChunkIndexChange: Hashable {
    /// The number of the chunk: in row-major order of the grid, or as an index numbers its elements.
    var number: Int
    /// Where the chunk is now; without an address, the chunk is no more.
    var element: ChunkElement

    init(number: Int, element: ChunkElement) {
        self.number = number
        self.element = element
    }

    /// Throws unless the numbers rise, from 0 on.
    static func checkOrder(_ changes: [ChunkIndexChange]) throws {
        var previous = -1
        for change in changes {
            guard change.number > previous else {
                throw H5Error(.invalidArgument, "changes of chunks are not in order at number \(change.number)")
            }
            previous = change.number
        }
    }
}
