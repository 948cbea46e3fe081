import HDF5
import USID
import USIDProcessing

/// Some hundred operations for each element: neighbours are averaged again and again.
func smoothed(_ row: Span<Float>, to result: inout MutableSpan<Float>) {
    for index in 0..<row.count { result[index] = row[index] }
    guard row.count > 2 else { return }
    for _ in 0..<50 {
        var last = result[0]
        for index in 1..<row.count - 1 {
            let middle = result[index]
            result[index] = 0.25 * last + 0.5 * middle + 0.25 * result[index + 1]
            last = middle
        }
    }
}

/// The data as it is, or smoothed.
struct Plain: USIDProcess {
    let name = "Plain", version = "1"
    var smooths = false

    func results(for source: USIDDataset) throws -> [ResultDataset] {
        [.perPosition("Copy", quantity: "Q", units: "", of: Float.self, columns: .likeSource)]
    }

    func compute(_ batch: Batch<Float>, into results: inout ResultBatch) throws {
        if smooths {
            for index in batch.indices {
                try results[0].withRow(index, as: Float.self) { smoothed(batch.row(index), to: &$0) }
            }
        } else {
            try results[0].withValues(as: Float.self) { all in
                let values = batch.values
                for index in 0..<values.count { all[index] = values[index] }
            }
        }
    }
}
