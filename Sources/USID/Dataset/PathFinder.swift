import HDF5

/// Finds the paths of objects that references lead to: near by first, then in the whole file, which is gone through once.
package final class PathFinder: Sendable {
    private let file: H5File
    private let known = Locked<[UInt64: String]?>(nil)

    /// Going through a very large group takes longer than it saves.
    private static let mostLinks = 1_000

    private let mostObjects: Int

    /// Makes a finder; of a file with more objects only the first `mostObjects` are gone through.
    package init(file: H5File, mostObjects: Int = .max) {
        self.file = file
        self.mostObjects = mostObjects
    }

    /// The path of an object; nil where no link leads to it.
    ///
    /// - Parameter place: A path that the object probably lies beside or above.
    func path(of address: UInt64, near place: String) throws -> String? {
        var parent: String? = place
        while let path = parent {
            if let group = try? file.group(path), let count = try? group.count, count <= Self.mostLinks,
                let links = try? group.links(), let link = links.first(where: { $0.target == .hard(address: address) })
            {
                return link.path
            }
            parent = ReferenceResolver.parentPath(path)
        }
        return try known.withLock { known in
            if let known { return known[address] }
            var paths: [UInt64: String] = [:]
            for object in try file.root.walk().prefix(mostObjects) { paths[object.address] = object.path }
            known = paths
            return paths[address]
        }
    }
}
