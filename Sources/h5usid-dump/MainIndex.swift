import HDF5
import USID

/// Which datasets of a file are Main datasets of h5USID, and which belong to them.
///
/// Finding all of them means going through the whole file. A file of very many objects would not answer at once, so
/// there only the datasets that are shown are looked at.
final class MainIndex {
    /// How much of the file was looked through.
    enum Extent {
        /// All of it.
        case everything
        /// The datasets that are shown.
        case shown
    }

    /// A file of more links is not gone through only to mark Mains in the part that is shown.
    static let linkLimit = 10_000

    let extent: Extent
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
    /// - Parameter isComplete: Whether to go through a file of any size.
    init(file: H5File, isComplete: Bool, extent wanted: Extent = .everything) {
        guard wanted == .everything, isComplete || LinkCount.isSmall(file, limit: Self.linkLimit),
            let search = try? USIDDataset.search(in: file)
        else {
            extent = .shown
            return
        }
        extent = .everything
        for main in search.mains { add(main) }
        rejected = search.rejected
        for (place, reject) in rejected.enumerated() { rejectedPlaces[reject.path] = place }
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
        guard extent == .shown, dataset.shape.count == 2, looked.insert(dataset.address).inserted,
            let main = try? USIDDataset(dataset)
        else { return }
        add(main)
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
    static func isSmall(_ file: H5File, limit: Int) -> Bool {
        guard let root = try? file.root else { return true }
        var pending = [root]
        var seen: Set<UInt64> = [root.address]
        var total = 0
        while let group = pending.popLast() {
            guard let count = try? group.count else { continue }
            let (sum, overflow) = total.addingReportingOverflow(count)
            guard !overflow, sum <= limit else { return false }
            total = sum
            for case .group(let member) in (try? group.members()) ?? [] where seen.insert(member.address).inserted {
                pending.append(member)
            }
        }
        return true
    }
}
