import ChangeModel
import Foundation
import HDF5

/// Where the project's own test files are.
enum Fixtures {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures")

    static func hdf5(_ name: String) -> String { root.appendingPathComponent("hdf5/\(name)").path }

    /// The names of all HDF5 files of a folder.
    static func names(in folder: String) -> [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent(folder).path)) ?? []
        return all.filter { $0.hasSuffix(".h5") }.sorted()
    }

    static func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

    /// The golden digest beside a file.
    static func golden(_ folder: String, _ name: String) throws -> [String: Any]? {
        let file = name.replacingOccurrences(of: ".h5", with: ".json")
        let url = root.appendingPathComponent("\(folder)/golden/\(file)")
        return try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any]
    }
}

typealias SeededGenerator = ChangeModel.SeededGenerator

/// The digest of a file as a JSON value.
func digest(of file: H5File) throws -> [String: Any] {
    var text = ""
    try H5Digest(of: file).write { text += $0 }
    return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
}

/// Reads everything that a file holds and counts what could not be read.
@discardableResult
func readEverything(_ file: H5File) throws -> (objects: Int, errors: Int) {
    var objects = 0
    var errors = 0
    func attempt(_ body: () throws -> Void) {
        do { try body() } catch { errors += 1 }
    }
    for object in try file.root.walk() {
        objects += 1
        switch object {
        case .group(let group):
            attempt { _ = try group.links(.creation) }
            attempt { for attribute in try group.attributes.all() { _ = try attribute.values() } }
            attempt { _ = try group.comment }
        case .dataset(let dataset):
            attempt { _ = try dataset.storage }
            attempt { _ = try dataset.readBytes() }
            attempt { for attribute in try dataset.attributes.all() { _ = try attribute.values() } }
        case .datatype(let datatype): attempt { _ = try datatype.attributes.all() }
        case .unreadable: errors += 1
        }
    }
    return (objects, errors)
}
