import ArgumentParser
import CommandLineSupport
import HDF5

/// What happens where the file that a verb writes is there already.
struct ReplaceOption: ParsableArguments {
    @Flag(help: "Replace a file of that name.")
    var replace = false
}

/// The filters of the datasets that a verb writes.
struct FilterOption: ParsableArguments {
    @Option(
        help: "Filters of all datasets: none, or some of shuffle, gzip=LEVEL, fletcher32, lzf, separated by commas.")
    var filter: String?

    /// The filters that are asked for; nil where nothing is said of them.
    var filters: [H5DatasetFilter]? {
        get throws {
            guard let filter else { return nil }
            if filter == "none" { return [] }
            return try filter.split(separator: ",").map { part in
                let pieces = part.split(separator: "=", maxSplits: 1)
                switch pieces.first.map(String.init) {
                case "shuffle" where pieces.count == 1: return .shuffle
                case "fletcher32" where pieces.count == 1: return .fletcher32
                case "lzf" where pieces.count == 1: return .lzf
                case "gzip", "deflate":
                    guard pieces.count == 2 else { return .deflate(4) }
                    guard let level = Int(pieces[1]), (0...9).contains(level) else {
                        throw UsageError("the level of gzip is 0 to 9, not '\(pieces[1])'")
                    }
                    return .deflate(level)
                default:
                    throw UsageError("there is no filter '\(part)': use none, shuffle, gzip=LEVEL, fletcher32 or lzf")
                }
            }
        }
    }
}

/// Extents as the command line has them.
enum ExtentText {
    /// Reads extents such as `256x1024`.
    ///
    /// - Parameter what: What they are, for errors: `chunk shape`.
    static func extents(_ text: String, _ what: String, example: String) throws -> [Int] {
        let extents = text.split(whereSeparator: { $0 == "x" || $0 == "×" || $0 == "," }).map { Int($0) }
        guard !extents.isEmpty, !extents.contains(where: { ($0 ?? 0) <= 0 }) else {
            throw UsageError("'\(text)' is no \(what); one looks like \(example)")
        }
        return extents.compactMap { $0 }
    }
}
