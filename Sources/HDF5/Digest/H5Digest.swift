import HDF5Format

/// The content of a file as one JSON document that does not depend on how the file stores it.
///
/// Two files have equal digests when they hold the same objects, links, attributes, types and values, whatever
/// their addresses. The schema is `h5golden-1`; `Spec/digest.md` describes it.
public struct H5Digest {
    private let file: H5File
    /// Values of more bytes than this are not digested.
    private static let largestValue = 64 << 20

    private struct Found {
        var path: String
        var aliases: [String] = []
        var object: H5Object
        var links: Result<[H5Link], H5Error>?
    }

    /// Prepares the digest of a file.
    public init(of file: H5File) { self.file = file }

    /// Makes the digest and hands it over in pieces.
    ///
    /// - Throws: `H5Error` when the root group cannot be read; what is wrong with single objects is part of the digest.
    public func write(to output: (String) throws -> Void) throws {
        var found: [UInt64: Int] = [:]
        var objects: [Found] = []
        let root = try file.root
        _ = try root.links()
        try gather(root, path: "/", &found, &objects)
        let paths = found.mapValues { objects[$0].path }
        var json = JSONWriter()
        try json.object { json in
            json.member("schema", "h5golden-1")
            json.object("superblock") { json in
                json.member("version", file.superblockVersion)
                json.member("offset_size", file.offsetSize)
                json.member("length_size", file.lengthSize)
                json.member("userblock", file.userBlockSize)
            }
            try json.array("objects") { json in
                for object in objects {
                    write(object, paths, &json)
                    try output(json.text)
                    json.text = ""
                }
            }
        }
        try output(json.text + "\n")
    }

    // MARK: Structure

    /// Gathers the objects below a group: depth first, links in order of their bytes, each object once.
    private func gather(
        _ group: H5Group, path: String, _ found: inout [UInt64: Int], _ objects: inout [Found]
    ) throws {
        // An explicit stack: a chain of a million groups must not exhaust the thread's.
        var stack: [(path: String, links: ArraySlice<H5Link>)] = []
        // Paths hold all names above them, and groups can share one table of links: few bytes of a file can be many here.
        var size = 0
        func charge(_ bytes: Int) throws {
            size = size.addingReportingOverflow(bytes).partialValue
            try file.context.storage.checkResult(size, "the list of all objects and links")
        }
        func add(_ object: H5Object, at path: String) throws {
            try charge(MemoryLayout<Found>.stride + path.utf8.count)
            found[object.address] = objects.count
            var entry = Found(path: path, object: object)
            if case .group(let group) = object {
                do {
                    let links = try group.links(.name)
                    entry.links = .success(links)
                    stack.append((path, links[...]))
                } catch {
                    entry.links = .failure(error as? H5Error ?? H5Error(.damaged, "\(error)"))
                }
                if case .success(let links)? = entry.links { for link in links { try charge(link.message.memorySize) } }
            }
            objects.append(entry)
        }
        try add(.group(group), at: path)
        while let level = stack.last {
            guard let link = level.links.first else {
                stack.removeLast()
                continue
            }
            stack[stack.count - 1].links.removeFirst()
            guard case .hard(let address) = link.target else { continue }
            let path = level.path == "/" ? "/" + link.name : level.path + "/" + link.name
            if let known = found[address] {
                try charge(path.utf8.count)
                objects[known].aliases.append(path)
                continue
            }
            guard objects.count < file.context.storage.limits.objectsPerWalk else {
                throw H5Error(.limitExceeded, "the file has more objects than the limit allows")
            }
            try add(link.openOrUnreadable(), at: path)
        }
    }

    private func write(_ found: Found, _ paths: [UInt64: String], _ json: inout JSONWriter) {
        json.object { json in
            json.member("path", found.path)
            json.member("type", found.object.digestType)
            json.member("aliases", texts: found.aliases.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            switch found.object {
            case .group(let group):
                writeLinks(found, paths, &json)
                writeAttributes(group.attributes, paths, &json)
            case .dataset(let dataset):
                write(dataset, paths, &json)
                writeAttributes(dataset.attributes, paths, &json)
            case .datatype(let datatype):
                json.object("dtype") { $0.writeMembers(of: datatype.datatype) }
                writeAttributes(datatype.attributes, paths, &json)
            case .unreadable(let object): json.member("error", object.error.message)
            }
        }
    }

    private func writeLinks(_ found: Found, _ paths: [UInt64: String], _ json: inout JSONWriter) {
        switch found.links {
        case .success(let links):
            json.array("links") { json in
                for link in links {
                    json.object { json in
                        json.member("name", link.name)
                        json.writeTarget(of: link, userDefinedKey: "code") { address, json in
                            json.member("target", paths[address] ?? link.path)
                        }
                    }
                }
            }
        case .failure(let error): json.member("error", error.message)
        case nil: break
        }
    }

    // MARK: Datasets and attributes

    private func write(_ dataset: H5Dataset, _ paths: [UInt64: String], _ json: inout JSONWriter) {
        json.object("dtype") { $0.writeMembers(of: dataset.datatype) }
        json.object("space") { $0.writeMembers(of: dataset.dataspace) }
        writeLayout(dataset, &json)
        json.array("filters") { json in
            for filter in dataset.filters {
                json.object { json in
                    json.member("id", filter.identifier)
                    json.member("flags", filter.flags)
                    json.member("cd_values", filter.clientValues)
                }
            }
        }
        writeFill(dataset, paths, &json)
        if let address = dataset.committedDatatypeAddress, let path = paths[address] { json.member("committed", path) }
        json.object("data") { json in
            let size = dataset.count.multipliedReportingOverflow(by: dataset.datatype.size)
            guard !size.overflow, size.partialValue <= Self.largestValue else {
                json.member("skipped", "too large")
                return
            }
            writeValues(dataset.datatype, count: dataset.count, paths, &json) { try dataset.readStoredElements() }
        }
    }

    private func writeValues(
        _ datatype: H5Datatype, count: Int, _ paths: [UInt64: String], _ json: inout JSONWriter,
        _ elements: () throws -> StoredElements
    ) {
        do {
            var encoder = CanonicalEncoder(datatype: datatype, context: file.context) { reference in
                try text(of: reference, paths)
            }
            try elements().forEachRun { bytes, elements, context in
                encoder.move(to: context)
                try encoder.encode(bytes, count: elements.count)
            }
            json.member("nbytes", encoder.byteCount)
            let digits = String(encoder.checksum, radix: 16)
            json.member("crc32", String(repeating: "0", count: 8 - digits.count) + digits)
        } catch {
            json.member("error", (error as? H5Error)?.message ?? "\(error)")
        }
    }

    /// The canonical text of a reference.
    private func text(of reference: H5ReferenceValue, _ paths: [UInt64: String]) throws -> String {
        switch reference {
        case .null: return ""
        case .object(let address): return paths[address] ?? "?"
        case .attribute(let address, let name): return (paths[address] ?? "?") + "@" + name
        case .region(let address, let selection):
            let path = paths[address] ?? "?"
            guard case .dataset(let dataset)? = try? file.object(at: address, path: path),
                let text = try? canonicalText(of: selection, extent: dataset.shape)
            else { return path + "|?" }
            return path + "|" + text
        case .external(_, .attribute(_, let name)): return "?@" + name
        case .external(_, .region): return "?|?"
        case .external: return "?"
        }
    }

    private func writeLayout(_ dataset: H5Dataset, _ json: inout JSONWriter) {
        json.object("layout") { json in
            switch dataset.description.layout {
            case .compact: json.member("class", "compact")
            case .contiguous:
                json.member("class", "contiguous")
                if case .external(let files)? = try? dataset.storage.layout {
                    json.array("external") { json in
                        for file in files {
                            json.object { json in
                                json.member("name", file.name)
                                json.member("offset", file.offset)
                                if let size = file.size { json.member("size", size) } else { json.member("size", -1) }
                            }
                        }
                    }
                }
            case .chunked(let layout):
                json.member("class", "chunked")
                json.member("chunk", layout.chunkShape)
            case .virtual:
                json.member("class", "virtual")
                json.array("virtual") { json in
                    for entry in dataset.virtualEntries {
                        json.object { json in
                            json.member("file", entry.file.string)
                            json.member("dset", entry.dataset.string)
                        }
                    }
                }
            }
        }
    }

    private func writeFill(_ dataset: H5Dataset, _ paths: [UInt64: String], _ json: inout JSONWriter) {
        json.object("fill") { json in
            switch dataset.fillValue.status {
            case .undefined: json.member("status", "undefined")
            case .default: json.member("status", "default")
            case .user(let bytes):
                json.member("status", "user")
                json.object("value") { json in
                    writeValues(dataset.datatype, count: 1, paths, &json) {
                        guard bytes.count >= dataset.datatype.size else {
                            throw H5Error(.damaged, "the fill value has \(bytes.count) bytes")
                        }
                        return StoredElements(
                            bytes, count: 1, elementSize: dataset.datatype.size, context: dataset.context)
                    }
                }
            }
            switch dataset.fillValue.writeTime {
            case .allocation: json.member("time", "alloc")
            case .never: json.member("time", "never")
            case .ifSet: json.member("time", "ifset")
            }
        }
    }

    private func writeAttributes(_ attributes: H5Attributes, _ paths: [UInt64: String], _ json: inout JSONWriter) {
        json.array("attrs") { json in
            let all: [H5Attribute]
            do {
                all = try attributes.all()
            } catch {
                json.object { json in
                    json.null("name")
                    json.member("error", (error as? H5Error)?.message ?? "\(error)")
                }
                return
            }
            for attribute in all {
                json.object { json in
                    json.member("name", attribute.name)
                    json.object("dtype") { $0.writeMembers(of: attribute.datatype) }
                    json.object("space") { $0.writeMembers(of: attribute.dataspace) }
                    json.object("data") { json in
                        writeValues(attribute.datatype, count: attribute.dataspace.elementCount, paths, &json) {
                            StoredElements(
                                attribute.storedBytes, count: attribute.dataspace.elementCount,
                                elementSize: attribute.datatype.size, context: file.context)
                        }
                    }
                    if let address = attribute.committedDatatypeAddress, let path = paths[address] {
                        json.member("committed", path)
                    }
                }
            }
        }
    }
}

extension H5Object {
    fileprivate var digestType: String {
        if case .unreadable = self { return "unknown" }
        return kindName
    }
}
