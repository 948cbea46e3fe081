import HDF5

/// Follows the reference attributes of Main datasets, and knows by which paths objects are reached.
struct ReferenceResolver {
    /// Where a reference attribute leads.
    enum Outcome {
        /// To a dataset; `tolerated` says what is unusual about the way.
        case dataset(H5Dataset, tolerated: USIDFinding?)
        /// Nowhere that the rules allow.
        case violation(USIDFinding)
    }

    private let file: H5File
    /// The path of every object of the file, where all were visited.
    private let paths: [UInt64: String]?

    init(file: H5File, paths: [UInt64: String]?) {
        self.file = file
        self.paths = paths
    }

    /// The dataset that an attribute of `holder` leads to (R7 to R9).
    func dataset(_ attribute: H5Attribute, of holder: H5Dataset) -> Outcome {
        do {
            return try follow(attribute, of: holder)
        } catch {
            let text = (error as? H5Error)?.message ?? "\(error)"
            return .violation(
                USIDFinding(
                    "R9", .must, holder.path, "\(attribute.name) cannot be followed: \(text)",
                    advice: "write the ancillary dataset again and refer to it"))
        }
    }

    private func follow(_ attribute: H5Attribute, of holder: H5Dataset) throws -> Outcome {
        let name = attribute.name
        func unusable(_ found: String) -> Outcome {
            .violation(
                USIDFinding(
                    "R8", .must, holder.path, "\(name) is not one object reference",
                    expected: "a scalar object reference", found: found,
                    advice: "store a reference to the ancillary dataset in a scalar attribute"))
        }
        guard attribute.dataspace.kind == .scalar else {
            return unusable(
                attribute.dataspace.kind == .null
                    ? "an attribute without a value"
                    : "\(attribute.datatype) of shape \(NumberText.shape(attribute.shape))")
        }
        switch attribute.datatype.kind {
        case .string, .variableLengthString:
            let path = try attribute.string()
            guard path.hasPrefix("/") else { return unusable("the string '\(path)'") }
            let note = USIDFinding(
                "R8", .should, holder.path, "\(name) holds a path instead of a reference",
                expected: "an object reference", found: "the string '\(path)'",
                advice: "replace it by an object reference")
            return try opened(try file.object(path), name, holder, note)
        case .reference: break
        default: return unusable("\(attribute.datatype)")
        }
        switch try attribute.reference() {
        case .null:
            return .violation(
                USIDFinding(
                    "R9", .must, holder.path, "\(name) is a null reference", advice: "refer to the ancillary dataset"))
        case .object(let address): return try opened(at: address, name, holder, nil)
        case .region(let address, _):
            let note = USIDFinding(
                "R8", .should, holder.path, "\(name) is a region reference instead of an object reference",
                expected: "an object reference", found: "a region reference",
                advice: "replace it by an object reference")
            return try opened(at: address, name, holder, note)
        case .attribute: return unusable("a reference to an attribute")
        case .external(let other, _): return unusable("a reference that leaves the file, to '\(other)'")
        }
    }

    private func opened(at address: UInt64, _ name: String, _ holder: H5Dataset, _ note: USIDFinding?) throws -> Outcome
    {
        if let paths {
            guard let path = paths[address] else {
                return .violation(
                    USIDFinding(
                        "R9", .must, holder.path, "\(name) leads to an object that no longer exists",
                        expected: "the address of a dataset", found: "0x" + String(address, radix: 16),
                        advice: "write the ancillary dataset again and refer to it"))
            }
            return try opened(try file.object(Self.pathBeside(holder, name, of: address) ?? path), name, holder, note)
        }
        let object = try file.object(.object(address: address))
        // A reference knows no path; the ancillaries of a Main usually lie beside it or above.
        if let path = Self.pathNear(holder, of: address) {
            return try opened(try file.object(path), name, holder, note)
        }
        return try opened(object, name, holder, note)
    }

    private func opened(_ object: H5Object, _ name: String, _ holder: H5Dataset, _ note: USIDFinding?) throws -> Outcome
    {
        switch object {
        case .dataset(let dataset): return .dataset(dataset, tolerated: note)
        case .unreadable(let unreadable):
            return .violation(
                USIDFinding(
                    "R9", .must, holder.path, "\(name) leads to \(unreadable.path), which cannot be read",
                    advice: "repair the ancillary dataset, or write it again"))
        case .group, .datatype:
            return .violation(
                USIDFinding(
                    "R7", .must, holder.path, "\(name) leads to a \(object.kindName), not to a dataset",
                    expected: "a dataset", found: "the \(object.kindName) \(object.path)",
                    advice: "refer to the ancillary dataset"))
        }
    }

    /// What is wrong with where a reference leads; nil where nothing is.
    func complaint(about reference: H5ReferenceValue) -> String? {
        switch reference {
        case .null: return nil
        case .external(let file, _): return "leaves the file, to '\(file)'"
        case .object(let address), .region(let address, _), .attribute(let address, _):
            guard let paths, paths[address] == nil else { return nil }
            return "leads to an object that no longer exists"
        }
    }

    /// The path of an object beside `holder` that has the usual name; of several paths that one says most.
    private static func pathBeside(_ holder: H5Dataset, _ name: String, of address: UInt64) -> String? {
        guard let parent = parentPath(holder.path), let link = try? holder.file.group(parent).link(name),
            link.target == .hard(address: address)
        else { return nil }
        return link.path
    }

    /// The path of an object that is a member of one of the groups above `holder`.
    private static func pathNear(_ holder: H5Dataset, of address: UInt64) -> String? {
        guard holder.path.hasPrefix("/") else { return nil }
        var parent = parentPath(holder.path)
        while let path = parent {
            // Going through a very large group takes longer than a nicer name is worth.
            if let group = try? holder.file.group(path), let count = try? group.count, count <= 1_000,
                let links = try? group.links(),
                let link = links.first(where: { $0.target == .hard(address: address) })
            {
                return link.path
            }
            parent = parentPath(path)
        }
        return nil
    }

    /// The path of the group that an object lies in; nil for the root group and where no path is known.
    static func parentPath(_ path: String) -> String? {
        guard path != "/", path.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return nil }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The last component of a path.
    static func name(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }
}
