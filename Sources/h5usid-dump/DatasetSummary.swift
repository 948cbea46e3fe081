import CommandLineSupport
import HDF5

/// A dataset in one row of the tree: extent, type, storage, what it is in h5USID.
struct DatasetSummary {
    private let dataset: H5Dataset
    private let session: DumpSession
    /// An index of more chunks is not read only to show how many there are.
    private static let chunkLimit = 50_000

    init(_ dataset: H5Dataset, session: DumpSession) {
        self.dataset = dataset
        self.session = session
    }

    /// The fields of the row.
    var cells: [TextTable.Cell] {
        var cells = [
            TextTable.Cell(HumanText.shortShape(dataset.dataspace), alignment: .right),
            TextTable.Cell(HumanText.type(dataset.datatype, limit: 36)),
        ]
        cells += storage()
        cells.append(TextTable.Cell(session.mains.mark(of: dataset)))
        return cells
    }

    /// The number of chunks that the extent has room for; nil where the dataset is not chunked.
    private var possibleChunks: Int? {
        guard let chunk = dataset.chunkShape, chunk.count == dataset.shape.count else { return nil }
        var count = 1
        for (extent, length) in zip(dataset.shape, chunk) {
            guard length > 0 else { return nil }
            let along = extent / length + (extent % length == 0 ? 0 : 1)
            let (product, overflow) = count.multipliedReportingOverflow(by: along)
            if overflow { return .max }
            count = product
        }
        return count
    }

    private func storage() -> [TextTable.Cell] {
        let filters = dataset.filters.map(\.shortName).joined(separator: " + ").escaped
        if let possible = possibleChunks, possible > Self.chunkLimit, let chunk = dataset.chunkShape {
            return row("chunked \(HumanText.shape(chunk)) (\(possible))", filters)
        }
        do {
            let storage = try dataset.storage
            var ratio = ""
            if !storage.filters.isEmpty, storage.storedSize > 0 { ratio = HumanText.oneDecimal(storage.ratio) + " : 1" }
            return row(text(of: storage), filters, ratio)
        } catch {
            let reason = "storage cannot be read: " + ErrorText.short(error)
            return [TextTable.Cell(reason.shortened(to: session.choices.isComplete ? .max : 100), .trouble)]
        }
    }

    /// Filters and ratio share a cell, so that groups without filters have no empty columns.
    private func row(_ layout: String, _ filters: String, _ ratio: String = "") -> [TextTable.Cell] {
        let parts = [layout, filters, ratio].filter { !$0.isEmpty }
        return [TextTable.Cell(parts.joined(separator: ", "))]
    }

    private func text(of storage: H5Storage) -> String {
        switch storage.layout {
        case .compact: return "compact"
        case .contiguous(let isAllocated):
            return isAllocated || dataset.count == 0 ? "contiguous" : "contiguous, never written"
        case .chunked(let shape, _):
            let found = storage.chunkCount ?? 0
            let possible = possibleChunks ?? found
            return "chunked \(HumanText.shape(shape)) (" + (found < possible ? "\(found) of \(possible)" : "\(found)")
                + ")"
        case .external(let files):
            guard let first = files.first else { return "external" }
            let more = files.count > 1 ? ", … \(files.count - 1) more" : ""
            return "external " + first.name.escaped.shortened(to: 40) + more
        case .virtual: return "virtual"
        }
    }
}
