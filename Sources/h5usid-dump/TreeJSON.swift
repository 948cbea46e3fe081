import CommandLineSupport
import HDF5
import USID

/// The tree of a file as JSON; `Spec/json.md` describes the schema `h5usid-dump-tree-1`.
///
/// Objects are written while the file is gone through, so that a large file needs no document in memory.
struct TreeJSON {
    private let session: DumpSession
    private let values: ValueJSON

    init(_ session: DumpSession) {
        self.session = session
        values = ValueJSON(paths: session.paths, isComplete: session.choices.isComplete)
    }

    /// Writes an object, what lies below it, and the Main datasets among that.
    func write(_ object: H5Object) throws {
        let file = session.file
        var json = JSONWriter(isIndented: true)
        var mains: [USIDDataset] = []
        try json.object { json in
            json.member("schema", "h5usid-dump-tree-1")
            json.optional("file", file.path)
            json.member("size", file.size)
            json.object("superblock") { json in
                json.member("version", file.superblockVersion)
                json.member("offset_size", file.offsetSize)
                json.member("length_size", file.lengthSize)
                json.member("user_block", file.userBlockSize)
            }
            json.member("path", object.path)
            try json.array("objects") { json in
                func add(_ object: H5Object) {
                    write(object, &json)
                    if case .dataset(let dataset) = object, let main = session.mains.main(dataset) {
                        mains.append(main)
                    }
                    session.output.write(json.text)
                    json.text = ""
                }
                guard case .group(let group) = object else {
                    add(object)
                    return
                }
                for object in try group.walk() { add(object) }
            }
            json.array("mains") { json in for main in mains { MainJSON.write(main, values, session.finder, &json) } }
        }
        session.output.line(json.text)
    }

    // MARK: Objects

    private func write(_ object: H5Object, _ json: inout JSONWriter) {
        json.object { json in
            json.member("path", object.path)
            if case .unreadable = object {
                json.member("kind", "unreadable")
            } else {
                json.member("kind", object.kindName)
            }
            json.member("address", object.address)
            switch object {
            case .group(let group): write(group, &json)
            case .dataset(let dataset): write(dataset, &json)
            case .datatype(let datatype): json.member("type", datatype.datatype.description)
            case .unreadable(let object): json.member("error", ErrorText.plain(object.error))
            }
            if let attributes = object.attributes { write(attributes, &json) }
        }
    }

    private func write(_ group: H5Group, _ json: inout JSONWriter) {
        do {
            let links = try group.links()
            json.array("links") { json in
                for link in links {
                    json.object { json in
                        json.member("name", link.name)
                        values.writeBytes(ofName: link.name, link.nameBytes, &json)
                        json.writeTarget(of: link, userDefinedKey: "type") { address, json in
                            json.member("address", address)
                        }
                    }
                }
            }
        } catch {
            json.member("error", ErrorText.plain(error))
        }
    }

    private func write(_ dataset: H5Dataset, _ json: inout JSONWriter) {
        json.member("type", dataset.datatype.description)
        values.write(dataset.dataspace, maximum: true, &json)
        json.member("main", session.mains.main(dataset) != nil)
        do {
            let storage = try dataset.storage
            switch storage.layout {
            case .compact: json.member("layout", "compact")
            case .contiguous(let isAllocated):
                json.member("layout", "contiguous")
                json.member("allocated", isAllocated)
            case .chunked(let shape, let index):
                json.member("layout", "chunked")
                json.member("chunk", shape)
                json.member("chunks", storage.chunkCount ?? 0)
                json.member("index", index.rawValue)
            case .external(let files):
                json.member("layout", "external")
                json.member("files", texts: files.map(\.name))
            case .virtual: json.member("layout", "virtual")
            }
            json.member("filters", texts: storage.filters.map(\.shortName))
            json.member("logical_size", storage.logicalSize)
            json.member("stored_size", storage.storedSize)
        } catch {
            json.member("error", ErrorText.plain(error))
        }
    }

    // MARK: Attributes

    private func write(_ attributes: H5Attributes, _ json: inout JSONWriter) {
        do {
            json.member("attribute_count", try attributes.count)
            guard session.choices.showsAttributes else { return }
            let all = try attributes.all()
            json.array("attributes") { json in
                for attribute in all {
                    json.object { json in
                        json.member("name", attribute.name)
                        values.writeBytes(ofName: attribute.name, attribute.nameBytes, &json)
                        json.member("type", attribute.datatype.description)
                        values.write(attribute.dataspace, maximum: false, &json)
                        values.write(attribute, &json)
                    }
                }
            }
        } catch {
            json.member("attribute_error", ErrorText.plain(error))
        }
    }
}
