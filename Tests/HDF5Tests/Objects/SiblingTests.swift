import Testing

@testable import HDF5

/// Datasets that were made alike share what their headers say; none may get what belongs to another.
@Suite struct SiblingTests {
    private func description(_ object: H5Object) -> String {
        switch object {
        case .group(let group): return "group \(group.path) \((try? group.attributes.count) ?? -1)"
        case .dataset(let dataset):
            let attributes = (try? dataset.attributes.all()) ?? []
            return "dataset \(dataset.path) \(dataset.datatype) \(dataset.dataspace) \(dataset.fillValue) "
                + "\(dataset.filters) \(String(describing: try? dataset.storage)) "
                + "\(String(describing: dataset.committedDatatypeAddress)) \(String(describing: try? dataset.readBytes())) "
                + "\(attributes.map { "\($0.name) \($0.datatype) \($0.storedBytes)" }) "
                + "\(String(describing: try? dataset.modificationTime))"
        case .datatype(let datatype): return "datatype \(datatype.path) \(datatype.datatype)"
        case .unreadable(let object): return "unreadable \(object.path)"
        }
    }

    @Test("what a walk finds is what each object says when it is the only one that is opened")
    func walk() throws {
        var compared = 0
        for name in Fixtures.names(in: "hdf5") {
            let path = Fixtures.hdf5(name)
            var objects = 0
            for object in try H5File.open(path).root.walk() {
                objects += 1
                if objects > 60 { break }
                guard let alone = try? H5File.open(path).object(object.path) else { continue }
                #expect(description(object) == description(alone), "\(name)")
                compared += 1
            }
        }
        #expect(compared > 1_000)
    }

    @Test("siblings take their messages over, and errors still name their own places")
    func templates() throws {
        var shared = 0
        for name in Fixtures.names(in: "hdf5") {
            let file = try H5File.open(Fixtures.hdf5(name))
            var last: ObjectHeader?
            for object in try file.root.walk() {
                guard case .dataset(let dataset) = object else { continue }
                let storage = file.context.storage
                let header = try ObjectHeader.load(dataset.address, from: storage, like: last)
                let alone = try ObjectHeader.load(dataset.address, from: storage)
                #expect(header.messages.map(header.address) == alone.messages.map(alone.address))
                for (message, own) in zip(header.messages, alone.messages) {
                    let bytes = try header.withCursor(message) { try $0.readArray($0.remaining) }
                    let expected = try alone.withCursor(own) { try $0.readArray($0.remaining) }
                    #expect(bytes == expected)
                }
                if header.template == nil { last = header } else { shared += 1 }
            }
        }
        #expect(shared > 10)
    }
}
