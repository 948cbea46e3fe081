import Foundation
import HDF5

/// What a file must hold: objects, links, attributes and values, kept apart from any file.
package struct ContentModel {
    package struct Attribute {
        /// The type, extent and data as a digest shows them.
        var fragment: Fragment
        /// The object to which a reference leads, whose path is the data.
        var target: Int?
    }

    package enum Link {
        case hard(Int)
        /// Any other, as a digest shows it, without its name.
        case other(Fragment)
    }

    package struct Object {
        /// `group`, `dataset` or `datatype`.
        var kind: String
        /// What a digest shows beside links and attributes.
        var fragment: Fragment = [:]
        var links: [String: Link] = [:]
        var attributes: [String: Attribute] = [:]
        /// The elements, where they can be changed.
        var values: Values?
    }

    /// The elements of a dataset.
    package struct Values {
        var type: ElementType
        var shape: [Int]
        var maximum: [Int?]
        var elements: [H5Value]
        var fill: H5Value

        var canGrow: Bool { maximum != shape.map { $0 } }

        /// The same elements in another extent.
        func resized(to shape: [Int]) -> Values {
            var result = self
            result.shape = shape
            result.elements = [H5Value](repeating: fill, count: shape.reduce(1, *))
            for index in result.elements.indices {
                var rest = index
                var coordinates = [Int](repeating: 0, count: shape.count)
                for axis in shape.indices.reversed() {
                    coordinates[axis] = rest % shape[axis]
                    rest /= shape[axis]
                }
                if zip(coordinates, self.shape).allSatisfy({ $0 < $1 }) {
                    result.elements[index] = elements[linear(coordinates)]
                }
            }
            return result
        }

        /// The number of the element at some coordinates.
        func linear(_ coordinates: [Int]) -> Int { zip(coordinates, shape).reduce(0) { $0 * $1.1 + $1.0 } }
    }

    package static let root = 0
    var objects: [Int: Object] = [root: Object(kind: "group")]
    private var next = 1

    /// The content of an empty file.
    package init() {}

    mutating func add(_ object: Object) -> Int {
        objects[next] = object
        next += 1
        return next - 1
    }

    // MARK: Paths

    /// The objects that hard links lead to, in the order of a digest, with the first path of each and the others.
    func paths() -> [(object: Int, path: String, aliases: [String])] {
        var result: [(object: Int, path: String, aliases: [String])] = [(ContentModel.root, "/", [])]
        var place = [ContentModel.root: 0]
        func visit(_ group: Int, _ path: String) {
            let links = (objects[group]?.links ?? [:]).sorted {
                Array($0.key.utf8).lexicographicallyPrecedes($1.key.utf8)
            }
            for (name, link) in links {
                guard case .hard(let object) = link else { continue }
                let here = (path == "/" ? "" : path) + "/" + name
                if let known = place[object] {
                    result[known].aliases.append(here)
                } else {
                    place[object] = result.count
                    result.append((object, here, []))
                    visit(object, here)
                }
            }
        }
        visit(ContentModel.root, "/")
        return result
    }

    /// Whether one object is, or lies below, another one.
    func isBelow(_ object: Int, _ other: Int) -> Bool {
        var queue = [other]
        // Groups may have many paths, of which one is enough.
        var seen = Set(queue)
        while let group = queue.popLast() {
            if group == object { return true }
            for case .hard(let member) in (objects[group]?.links ?? [:]).values where seen.insert(member).inserted {
                queue.append(member)
            }
        }
        return false
    }

    /// About how many bytes the elements and attributes take, at least.
    package var leastBytes: Int {
        objects.values.reduce(0) { sum, object in
            let attributes = object.attributes.values.reduce(0) {
                $0 + (($1.fragment["data"] as? Fragment)?["nbytes"] as? Int ?? 0)
            }
            return sum + attributes + (object.values?.elements.count ?? 0)
        }
    }

    /// Forgets what no hard link leads to.
    mutating func removeUnreachable() {
        let reachable = Set(paths().map(\.object))
        objects = objects.filter { reachable.contains($0.key) }
    }

    // MARK: The digest

    /// The objects as the digest of a file with this content shows them.
    package func digest() -> [Fragment] {
        let paths = paths()
        let names = Dictionary(uniqueKeysWithValues: paths.map { ($0.object, $0.path) })
        return paths.compactMap { number, path, aliases in
            guard let object = objects[number] else { return nil }
            var result = object.fragment
            result["path"] = path
            result["type"] = object.kind
            result["aliases"] = aliases.sorted { Array($0.utf8).lexicographicallyPrecedes($1.utf8) }
            if object.kind == "group" {
                let links = object.links.sorted { Array($0.key.utf8).lexicographicallyPrecedes($1.key.utf8) }
                result["links"] = links.map { name, link -> Fragment in
                    switch link {
                    case .hard(let target): return ["name": name, "kind": "hard", "target": names[target] ?? "?"]
                    case .other(let fragment): return fragment.merging(["name": name]) { $1 }
                    }
                }
            }
            let attributes = object.attributes.sorted { Array($0.key.utf8).lexicographicallyPrecedes($1.key.utf8) }
            result["attrs"] = attributes.map { name, attribute -> Fragment in
                var fragment = attribute.fragment.merging(["name": name]) { $1 }
                if let target = attribute.target {
                    let path = Array((names[target] ?? "?").utf8)
                    fragment["data"] = dataFragment(
                        (0..<8).map { UInt8(truncatingIfNeeded: path.count >> (8 * $0)) } + path)
                }
                return fragment
            }
            if let values = object.values {
                result["space"] = spaceFragment(values.shape, maximum: values.maximum)
                result["data"] = dataFragment(values.elements.flatMap { values.type.canonical($0) })
            }
            return result
        }
    }

    /// What a file holds other than this model says, in words; nil where it is the same.
    package func difference(from file: H5File) throws -> String? {
        let wanted = digest()
        let given = Dictionary(
            try file.digestObjects().map { ($0["path"] as? String ?? "?", $0) }, uniquingKeysWith: { $1 })
        for object in wanted {
            guard let path = object["path"] as? String else { continue }
            guard let found = given[path] else { return "\(path) is missing" }
            for (key, value) in object.sorted(by: { $0.key < $1.key })
            where !isEqual(["": value], ["": found[key] as Any]) {
                return "\(key) of \(path) is \(found[key] ?? "missing") and not \(value)"
            }
        }
        return given.count == wanted.count ? nil : "\(given.count) objects are there, not \(wanted.count)"
    }

    /// The model as a JSON document for other programs.
    package func json() throws -> Data {
        try JSONSerialization.data(withJSONObject: ["objects": digest()], options: [.sortedKeys])
    }

    // MARK: Files made elsewhere

    /// The content of a file; plain numbers of few elements can be changed.
    package init(of file: H5File) throws {
        objects = [:]
        let digest = try file.digestObjects()
        var numbers: [String: Int] = [:]
        for (number, object) in digest.enumerated() { numbers[object["path"] as? String ?? ""] = number }
        for (number, source) in digest.enumerated() {
            var object = Object(kind: source["type"] as? String ?? "?")
            for link in source["links"] as? [Fragment] ?? [] {
                var rest = link
                let name = rest.removeValue(forKey: "name") as? String ?? ""
                if link["kind"] as? String == "hard", let target = numbers[link["target"] as? String ?? ""] {
                    object.links[name] = .hard(target)
                } else {
                    object.links[name] = .other(rest)
                }
            }
            for attribute in source["attrs"] as? [Fragment] ?? [] {
                var rest = attribute
                let name = rest.removeValue(forKey: "name") as? String ?? ""
                object.attributes[name] = Attribute(fragment: rest)
            }
            object.fragment = source.filter { !["path", "type", "aliases", "links", "attrs"].contains($0.key) }
            if object.kind == "dataset", let path = source["path"] as? String {
                object.values = try Values(source, try file.dataset(path))
            }
            objects[number] = object
        }
        next = digest.count
    }
}

extension ContentModel.Values {
    /// The elements of a dataset made elsewhere; nil where they are not to be changed.
    fileprivate init?(_ digest: Fragment, _ dataset: H5Dataset) throws {
        guard let type = ElementType(digest: digest["dtype"] as? Fragment ?? [:]), dataset.dataspace.kind == .simple,
            dataset.count <= 4_000, let layout = digest["layout"] as? Fragment, layout["external"] == nil,
            layout["class"] as? String != "virtual", (digest["data"] as? Fragment)?["error"] == nil
        else { return nil }
        // Filters of other makers only decode, and some do not give back what they were given.
        let codes = dataset.filters.map(\.identifier)
        guard codes.allSatisfy({ [1, 2, 3].contains($0) }) else { return nil }
        self.init(
            type: type, shape: dataset.shape, maximum: dataset.dataspace.maximumShape,
            elements: try dataset.readValues().elements, fill: try dataset.fillElement() ?? type.zero)
        guard isEqual(digest["data"], dataFragment(elements.flatMap { type.canonical($0) })) else { return nil }
    }
}
