// random-changes FILE SEED OPERATIONS one|many [earliest|1.8|1.10]
//
// Changes a file at random, or makes one, in one session or in many, some of which discard their changes. After each commit
// the model of what it must hold lies beside it as FILE.json, a line on standard output says so and how many bytes of data
// there were at most, and the program waits for a line on standard input: time for another program to compare.

import ChangeModel
import Foundation
import HDF5

let arguments = CommandLine.arguments
guard arguments.count >= 5, let seed = UInt64(arguments[2]), let operations = Int(arguments[3]) else {
    FileHandle.standardError.write(
        Data("usage: random-changes FILE SEED OPERATIONS one|many [earliest|1.8|1.10]\n".utf8))
    exit(64)
}
let path = arguments[1]

let open: () throws -> H5File = { try H5File.openForUpdate(path) }
let reopen = arguments[4] == "many" ? open : nil

do {
    if !FileManager.default.fileExists(atPath: path) {
        let generations: [String: H5FormatGeneration] = ["earliest": .earliest, "1.8": .v1_8, "1.10": .v1_10]
        let generation = generations[arguments.count > 5 ? arguments[5] : "1.8"] ?? .v1_8
        let file = try H5File.create(path, options: H5CreateOptions(generation: generation))
        try file.commit()
        try file.close()
    }
    var changes = try RandomChanges(of: try open(), seed: seed, reopening: reopen)
    // What was there between two commits took space, too.
    var mostBytes = 0
    func show(_ step: Int) throws {
        try changes.committed.json().write(to: URL(fileURLWithPath: path + ".json"))
        FileHandle.standardOutput.write(Data("commit \(step) \(mostBytes)\n".utf8))
        guard readLine() != nil else { exit(1) }
    }
    for step in 0..<operations {
        do {
            let event = try changes.step()
            mostBytes = max(mostBytes, changes.model.leastBytes)
            if case .committed = event { try show(step) }
        } catch {
            FileHandle.standardError.write(Data("step \(step): \(error)\n".utf8))
            exit(1)
        }
    }
    _ = try changes.commit()
    try show(operations)
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
}
