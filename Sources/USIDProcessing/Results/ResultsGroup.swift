import HDF5
import USID

/// The group of one run: the results, which positions are complete, and what the source was then.
struct ProcessResultsGroup: Sendable {
    /// The names of what a run keeps beside its results.
    enum Name {
        /// One byte for each position, 1 where its results are there; as pyUSID calls it.
        static let completed = "completed_positions"
        /// XXH64 of the source's data, one for each block of positions.
        static let digests = "source_digests"
        /// How many positions a digest is of; an attribute of the digests.
        static let digestRows = "positions_per_digest"
        static let version = "tool_version"
        static let digest = "parameters_digest"
        static let sourceFile = "source_file_name"
        static let lastPixel = "last_pixel"
        /// Present where the run was to override earlier ones, so that it can be told from these.
        static let overrides = "overrides_earlier"

        /// The attributes that are no parameters.
        static let attributes: Set<String> = [version, digest, sourceFile, overrides]
    }

    let group: H5Group
    /// The Mains in the order of the process.
    let mains: [USIDDataset]
    let completed: H5Dataset
    let digests: H5Dataset
    let digestRows: Int

    /// What a new group is made from.
    struct Plan {
        let source: USIDDataset
        let name: String
        let version: String
        let parameters: USIDParameters
        let digest: String
        let datasets: [ResultDataset]
        let constants: [ResultConstant]
        let digestRows: Int
        let filters: [H5DatasetFilter]
        let chunkRows: Int
        let overridesEarlier: Bool
        let bookKeeping: USIDBookKeeping
    }

    /// Makes the group of a run in the file of its source, or in another one; nothing is left of one that fails.
    ///
    /// - Throws: `USIDError` and `H5Error` as writing Mains does.
    static func create(
        _ plan: Plan, into target: H5Group?, sourceFilePath: String?
    ) throws -> ProcessResultsGroup {
        let source = plan.source
        let group: H5Group
        if let target, target.file !== source.dataset.file {
            group = try source.createResultsGroup(
                plan.name, in: target, sourceFilePath: sourceFilePath, parameters: plan.parameters,
                bookKeeping: plan.bookKeeping)
        } else {
            group = try source.createResultsGroup(
                plan.name, parameters: plan.parameters, bookKeeping: plan.bookKeeping)
        }
        do {
            try group.setAttribute(Name.version, plan.version)
            try group.setAttribute(Name.digest, plan.digest)
            try group.setAttribute(Name.lastPixel, 0)
            if plan.overridesEarlier { try group.setAttribute(Name.overrides, 1) }
            if group.file !== source.dataset.file, let path = sourceFilePath ?? source.dataset.file.path {
                try group.setAttribute(Name.sourceFile, path.split(separator: "/").last.map(String.init) ?? path)
            }
            var options = USIDWriteOptions(bookKeeping: plan.bookKeeping)
            if plan.filters.isEmpty {
                options.allocatesSpace = true
            } else {
                options.filters = plan.filters
            }
            var ancillaries = ResultAncillaries(source, copies: group.file !== source.dataset.file)
            var mains: [USIDDataset] = []
            for dataset in plan.datasets {
                let columns = try ancillaries.columns(of: dataset)
                if !plan.filters.isEmpty {
                    options.chunks = .shape([plan.chunkRows, max(1, columns.count)])
                }
                let main = try USIDDataset.create(
                    in: group, dataset.name, datatype: dataset.datatype, quantity: dataset.quantity,
                    units: dataset.units, positions: .shared(with: source), spectroscopic: columns.ancillaries,
                    options: options)
                guard main.spectroscopicPointCount == columns.count else {
                    throw USIDProcessError(
                        .invalidProcess, path: main.path,
                        "the dimensions of '\(dataset.name)' have \(main.spectroscopicPointCount) points and not "
                            + "\(columns.count): those of results are varied as nested loops")
                }
                mains.append(main)
            }
            for constant in plan.constants { try constant.write(group) }
            let early = H5DatasetOptions(fillValue: H5FillValue(status: .default, allocationTime: .early))
            let count = source.positionCount
            let completed = try group.createDataset(
                Name.completed, datatype: .uint8, dataspace: .simple([count]), options: early)
            let digests = try group.createDataset(
                Name.digests, datatype: .uint64,
                dataspace: .simple([(count + plan.digestRows - 1) / plan.digestRows]), options: early)
            try digests.setAttribute(Name.digestRows, plan.digestRows)
            return ProcessResultsGroup(
                group: group, mains: mains, completed: completed, digests: digests, digestRows: plan.digestRows)
        } catch {
            try? group.file.root.remove(group.path)
            throw error
        }
    }

    private init(group: H5Group, mains: [USIDDataset], completed: H5Dataset, digests: H5Dataset, digestRows: Int) {
        self.group = group
        self.mains = mains
        self.completed = completed
        self.digests = digests
        self.digestRows = digestRows
    }

    /// Opens the group of an earlier run; nil where it lacks what this run would have made.
    ///
    /// - Throws: `H5Error` where the group cannot be read.
    init?(opening group: H5Group, of source: USIDDataset, _ datasets: [ResultDataset], copies: Bool) throws {
        func dataset(_ name: String) throws -> H5Dataset? {
            guard case .dataset(let found)? = try group.link(name)?.open() else { return nil }
            return found
        }
        let count = source.positionCount
        guard let completed = try dataset(Name.completed), completed.shape == [count],
            let digests = try dataset(Name.digests),
            let stored = try digests.attributes.find(Name.digestRows),
            // What ranks write in place, they write as these types; and a block has no more positions than there are.
            completed.datatype == .uint8, digests.datatype == .uint64,
            let rows = try? stored.read(as: Int.self).elements.first, (1...max(1, count)).contains(rows),
            digests.shape == [(count + rows - 1) / rows]
        else { return nil }
        var ancillaries = ResultAncillaries(source, copies: copies)
        var found: [H5Dataset] = []
        for wanted in datasets {
            guard let dataset = try dataset(wanted.name), dataset.datatype == wanted.datatype,
                dataset.shape == [count, try ancillaries.columns(of: wanted).count]
            else { return nil }
            found.append(dataset)
        }
        // All at once, as they share their positions.
        let mains = USIDDataset.search(among: found).mains
        guard mains.count == datasets.count else { return nil }
        self.init(group: group, mains: mains, completed: completed, digests: digests, digestRows: rows)
    }

    /// Opens a group that pyUSID completed, which has no digests; nil where it lacks a dataset.
    ///
    /// - Throws: `H5Error` where the group cannot be read.
    init?(foreign group: H5Group, _ datasets: [ResultDataset]) throws {
        var mains: [USIDDataset] = []
        for wanted in datasets {
            guard case .dataset(let found)? = try group.link(wanted.name)?.open(), let main = try? USIDDataset(found)
            else { return nil }
            mains.append(main)
        }
        guard let first = mains.first else { return nil }
        // Nothing is written to it, nor compared with the source.
        self.init(group: group, mains: mains, completed: first.dataset, digests: first.dataset, digestRows: 1)
    }

    /// Which positions are complete.
    ///
    /// - Throws: `H5Error` as reading does.
    func completedPositions() throws -> [Bool] {
        try completed.read(as: UInt8.self, policy: .clamping).elements.map { $0 != 0 }
    }
}
