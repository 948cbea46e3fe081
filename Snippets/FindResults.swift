// Prints the paths of the results of a tool on a Main dataset, and where each comes from; with parameters, only of
// those that were made with them. Without a tool, the results of all tools.
//
//     swift run FindResults scan.h5 /Measurement_000/Channel_000/Raw_Data SHO_Fit initial_guess=2

import HDF5
import USID

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count >= 2 else { throw H5Error(.invalidArgument, "give a file and the path of a Main dataset") }
let words = Array(arguments)

/// A number where the text is one, else the text.
func parameter(_ text: String) -> USIDParameter {
    if let whole = Int64(text) { return .integer(whole) }
    if let number = Double(text) { return .real(number) }
    return .text(text)
}

let parameters = USIDParameters(
    words.dropFirst(3).map { word in
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return USIDParameters.Entry(name: parts[0], value: parameter(parts.count > 1 ? parts[1] : ""))
    })
let main = try USIDDataset(H5File.open(words[0]).dataset(words[1]))
for results in try words.count > 2 ? main.results(of: words[2], parameters: parameters) : main.results() {
    print(results.path)
    for result in try results.mains() {
        print("    " + "\(try result.provenanceTree())".split(separator: "\n").joined(separator: "\n    "))
    }
}
