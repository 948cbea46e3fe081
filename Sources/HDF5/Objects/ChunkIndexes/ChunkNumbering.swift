import HDF5Format

/// Numbers the chunks of the maximum extent in row-major order, as implicit indexes and arrays do.
///
/// With an unlimited axis (extensible arrays) that axis counts as the slowest.
struct ChunkNumbering: Sendable {
    /// The number of all chunks; of those of one step of the unlimited axis where there is one.
    let count: Int
    private let unlimitedAxis: Int?
    private let counts: [Int]

    init(grid: ChunkGrid, hasUnlimitedAxis: Bool = false) throws {
        let unlimited = grid.maximumChunkCounts.indices.filter { grid.maximumChunkCounts[$0] == nil }
        guard unlimited.count == (hasUnlimitedAxis ? 1 : 0) else {
            throw H5Error(.damaged, "\(unlimited.count) unlimited axes do not go with this index of chunks")
        }
        unlimitedAxis = unlimited.first
        counts = grid.maximumChunkCounts.map { $0 ?? 1 }
        count = try checkedProduct(counts, "the number of chunks")
    }

    /// The number of a chunk, or `Int.max` where it would overflow: such a chunk cannot exist.
    func number(of coordinates: [Int]) -> Int {
        var number = 0
        for axis in counts.indices where axis != unlimitedAxis {
            number = number &* counts[axis] &+ coordinates[axis]
        }
        guard let unlimitedAxis else { return number }
        let (step, first) = coordinates[unlimitedAxis].multipliedReportingOverflow(by: count)
        let (sum, second) = step.addingReportingOverflow(number)
        return first || second ? .max : sum
    }

    /// Writes the coordinates of a chunk over `coordinates`.
    func coordinates(of number: Int, into coordinates: inout [Int]) {
        var rest = number
        if let unlimitedAxis {
            coordinates[unlimitedAxis] = rest / max(count, 1)
            rest %= max(count, 1)
        }
        for axis in counts.indices.reversed() where axis != unlimitedAxis {
            coordinates[axis] = rest % max(counts[axis], 1)
            rest /= max(counts[axis], 1)
        }
    }
}
