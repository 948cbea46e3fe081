import CommandLineSupport
import HDF5
import USID

/// Which datasets of a file are Main datasets of h5USID, and which belong to them.
///
/// Finding all of them means going through the whole file. A file of very many objects would not answer at once, so
/// there only the datasets that are shown are looked at.
final class MainIndex {
    /// How much of the file is looked through.
    enum Extent {
        /// All of it, unless it is too large.
        case everything
        /// All of a small file; of a larger one what lies around a group, or around the group of a dataset.
        case around(String)
        /// The datasets that are shown.
        case shown
    }

    /// A file of more links is not gone through only to mark Mains in the part that is shown.
    private static let linkLimit = 10_000
    /// Nor is one of more links than this, to show a single object.
    static let linkLimitForObject = 500
    /// How many members are looked at around an object; groups of more links are left out.
    private static let nearbyLimit = 500

    /// Where not all of the file was looked through: how many links would have been few enough.
    private(set) var exceededLimit: Int?

    /// The Main datasets found so far, by path.
    private(set) var mains: [USIDDataset] = []
    /// The datasets that refer to ancillaries like a Main but break a rule.
    private(set) var rejected: [USIDSearch.Rejected] = []
    private var rejectedPlaces: [String: Int] = [:]
    private var places: [UInt64: Int] = [:]
    private var owners: [UInt64: [Int]] = [:]
    private var looked: Set<UInt64> = []

    /// Looks for Mains.
    ///
    /// - Parameters:
    ///   - isComplete: Whether to go through a file of any size.
    ///   - extent: How much of the file is looked through.
    ///   - limitForObject: How many links a file may have that is gone through to show a single object.
    init(file: H5File, isComplete: Bool, extent: Extent, limitForObject: Int = MainIndex.linkLimitForObject) {
        var limit = Self.linkLimit
        if case .around = extent { limit = limitForObject }
        exceededLimit = limit
        if case .shown = extent { return }
        if isComplete || LinkCount.isSmall(file, limit: limit), let search = try? USIDDataset.search(in: file) {
            exceededLimit = nil
            add(search)
        } else if case .around(let path) = extent {
            lookAround(path, in: file)
        }
    }

    private func add(_ search: USIDSearch) {
        for main in search.mains { add(main) }
        for reject in search.rejected where rejectedPlaces[reject.path] == nil {
            rejectedPlaces[reject.path] = rejected.count
            rejected.append(reject)
        }
    }

    /// Looks for Mains where those that belong to an object usually are: in and below the group that it is or lies in,
    /// then in and below the groups above, the nearest first.
    private func lookAround(_ path: String, in file: H5File) {
        var budget = Self.nearbyLimit
        var seen: Set<UInt64> = []
        var datasets: [H5Dataset] = []
        /// The groups in a group, whose datasets are taken up.
        func open(_ group: H5Group) -> [H5Group] {
            guard seen.insert(group.address).inserted, let count = try? group.count, count <= budget else { return [] }
            budget -= count
            var groups: [H5Group] = []
            for member in (try? group.members()) ?? [] {
                switch member {
                case .group(let subgroup): groups.append(subgroup)
                case .dataset(let dataset) where seen.insert(dataset.address).inserted: datasets.append(dataset)
                default: break
                }
            }
            return groups
        }
        var above = path[...]
        while true {
            var pending: [H5Group] = []
            if let group = try? file.group(above.isEmpty ? "/" : String(above)) { pending = open(group) }
            while !pending.isEmpty { pending = pending.flatMap(open) }
            guard let slash = above.lastIndex(of: "/") else { break }
            above = above[..<slash]
        }
        for dataset in datasets { looked.insert(dataset.address) }
        add(USIDDataset.search(among: datasets))
    }

    private func add(_ main: USIDDataset) {
        let place = mains.count
        places[main.dataset.address] = place
        mains.append(main)
        for ancillary in [
            main.positionIndices, main.positionValues, main.spectroscopicIndices, main.spectroscopicValues,
        ] { owners[ancillary.address, default: []].append(place) }
    }

    /// Whether the dataset at an address is a Main.
    func isMain(_ address: UInt64) -> Bool { places[address] != nil }

    /// Looks whether a dataset that is shown is a Main, where the file was not looked through.
    func look(at dataset: H5Dataset) {
        guard exceededLimit != nil, dataset.shape.count == 2, looked.insert(dataset.address).inserted else { return }
        add(USIDDataset.search(among: [dataset]))
    }

    /// The dataset as a Main; nil where it is none.
    func main(_ dataset: H5Dataset) -> USIDDataset? {
        look(at: dataset)
        return places[dataset.address].map { mains[$0] }
    }

    /// What a dataset is, for the tree: `● Main`, `← Raw_Data`, `✗ not a Main: R21`.
    func mark(of dataset: H5Dataset) -> StyledText {
        if isMain(dataset.address) { return StyledText("● Main", .main) }
        if let place = rejectedPlaces[dataset.path] {
            let reason = rejected[place].reason
            guard let rule = (reason as? USIDError)?.rule else { return StyledText("✗ not readable as Main", .trouble) }
            return StyledText("✗ no Main: breaks \(rule.description.escaped)", .trouble)
        }
        guard let places = owners[dataset.address], let first = places.first else { return StyledText() }
        if places.count > 1 { return StyledText("← \(places.count) Mains", .ancillary) }
        return StyledText("← " + Self.relative(mains[first].path, from: dataset.path).escaped, .ancillary)
    }

    /// A path as it is seen from the group of another object.
    private static func relative(_ path: String, from other: String) -> String {
        guard let slash = other.lastIndex(of: "/") else { return path }
        let group = other[...slash]
        return path.hasPrefix(group) ? String(path.dropFirst(group.count)) : path
    }
}

/// Counts the links of a file without listing more of them than asked for.
private enum LinkCount {
    /// Whether the groups of the file have at most `limit` links; large groups are not listed.
    ///
    /// Depth first, and one member after the other: what was counted lies close together in the file as a rule, while
    /// the groups of one group may lie anywhere.
    static func isSmall(_ file: H5File, limit: Int) -> Bool {
        guard let root = try? file.root else { return true }
        var total = 0
        var levels: [ArraySlice<H5Link>] = []
        var seen: Set<UInt64> = []
        /// False where the links of a group are too many.
        func enter(_ group: H5Group) -> Bool {
            guard seen.insert(group.address).inserted, let count = try? group.count else { return true }
            let (sum, overflow) = total.addingReportingOverflow(count)
            guard !overflow, sum <= limit else { return false }
            total = sum
            levels.append((try? group.links())?[...] ?? [])
            return true
        }
        guard enter(root) else { return false }
        while !levels.isEmpty {
            guard let link = levels[levels.count - 1].popFirst() else {
                levels.removeLast()
                continue
            }
            guard case .hard = link.target, case .group(let group)? = try? link.open() else { continue }
            guard enter(group) else { return false }
        }
        return true
    }
}
