import HDF5
import USID

/// How far a run is.
public struct ProcessProgress: Sendable {
    /// What the run does.
    public enum Phase: Hashable, Sendable {
        /// An earlier run of the same process was found, and its source is compared with what it is now.
        case verifying
        /// Results are worked out.
        case computing
        /// All results are there.
        case finished
    }

    /// What the run does.
    public let phase: Phase
    /// How many positions have their results, those of earlier runs included.
    public let completed: Int
    /// The number of positions.
    public let total: Int
    /// How many of them an earlier run had completed.
    public let resumed: Int
    /// The time since the start of the run.
    public let elapsed: Duration
    /// The path of the results group; nil while there is none.
    public let path: String?
    /// The results; nil before the run is finished.
    public let results: ProcessResults?

    /// Positions for each second of this run; nil before there are any.
    public var rate: Double? {
        let seconds = elapsed / .seconds(1)
        return completed > resumed && seconds > 0 ? Double(completed - resumed) / seconds : nil
    }

    /// The time that the rest takes if it goes on so; nil while nothing is known.
    public var timeLeft: Duration? { rate.map { .seconds(Double(total - completed) / $0) } }
}

extension ProcessProgress: CustomStringConvertible {
    /// The progress in one line: `8192 of 16384 positions (50 %), 4.1 s left`.
    public var description: String {
        switch phase {
        case .verifying: return "comparing the source with what an earlier run saw"
        case .finished: return results?.description ?? "finished"
        case .computing:
            let share = total > 0 ? completed * 100 / total : 100
            var text = "\(completed) of \(total) positions (\(share) %)"
            if let timeLeft, completed < total {
                let tenths = Int((timeLeft / .milliseconds(100)).rounded(.up))
                text += ", \(tenths / 10).\(tenths % 10) s left"
            }
            return text
        }
    }
}

/// What a run gave.
public struct ProcessResults: Sendable {
    /// Where results come from.
    public enum Origin: Hashable, Sendable {
        /// An earlier run had made all of them.
        case found
        /// An earlier run had made some of them.
        case resumed(positions: Int)
        /// This run made them.
        case computed
    }

    /// The results group.
    public let group: H5Group
    /// The result datasets, in the order of the process.
    public let mains: [USIDDataset]
    /// Where they come from.
    public let origin: Origin
    /// The number of positions.
    public let positionCount: Int
    /// What is to be known of earlier runs that were not used.
    public let notes: [String]

    /// The path of the results group.
    public var path: String { group.path }
}

extension ProcessResults: CustomStringConvertible {
    /// The results in one line: `16384 positions in /…/Raw_Data-SHO_Fit_000 (8192 of them from an earlier run)`.
    public var description: String {
        let text = "\(positionCount) position\(positionCount == 1 ? "" : "s") in \(path)"
        switch origin {
        case .found: return text + " (found from an earlier run)"
        case .resumed(let count): return text + " (\(count) of them from an earlier run)"
        case .computed: return text
        }
    }
}
