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

    @Test("a sibling with a changed byte is what it is when it is opened alone")
    func damage() throws {
        var (readable, unreadable) = (0, 0)
        for name in Fixtures.names(in: "hdf5") {
            let bytes = try Fixtures.bytes(Fixtures.hdf5(name))
            guard bytes.count < 50_000, let place = try firstSibling(in: try H5File.open(bytes: bytes)) else {
                continue
            }
            for index in place where index < bytes.count {
                var changed = bytes
                changed[index] ^= 0x11
                let file = try H5File.open(bytes: changed)
                for object in try file.root.walk() where object.address == UInt64(place.lowerBound) {
                    if case .unreadable(let object) = object {
                        #expect(throws: H5Error.self) {
                            // A changed type of message may make a group of it, whose links are not there.
                            _ = try H5File.open(bytes: changed).object(object.path).asGroup().links()
                        }
                        unreadable += 1
                    } else {
                        let alone = try H5File.open(bytes: changed).object(object.path)
                        #expect(description(object) == description(alone), "\(name), byte \(index)")
                        readable += 1
                    }
                }
            }
        }
        #expect(readable > 100)
        #expect(unreadable > 100)
    }

    /// Where in the file the first dataset header lies that shares its messages with the one before.
    private func firstSibling(in file: H5File) throws -> Range<Int>? {
        var last: ObjectHeader?
        var window = BlockWindow()
        guard file.userBlockSize == 0 else { return nil }
        for case .dataset(let dataset) in try file.root.walk() {
            if let sibling = last?.sibling(at: dataset.address, in: &window)?.header {
                let start = Int(dataset.address)
                let end = start + sibling.prefix.size + sibling.prefix.messageBytes
                return start..<(sibling.prefix.version == 1 ? end : end + 4)
            }
            last = try ObjectHeader.load(dataset.address, from: file.context.storage)
        }
        return nil
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
                var window = BlockWindow()
                let sibling = last?.sibling(at: dataset.address, in: &window)?.header
                let header = try sibling ?? ObjectHeader.load(dataset.address, from: storage)
                let alone = try ObjectHeader.load(dataset.address, from: storage)
                #expect(header.messages.map(header.address) == alone.messages.map(alone.address))
                for (message, own) in zip(header.messages, alone.messages) {
                    let bytes = try header.withCursor(message) { try $0.readArray($0.remaining) }
                    let expected = try alone.withCursor(own) { try $0.readArray($0.remaining) }
                    #expect(bytes == expected)
                }
                if header.isSibling { shared += 1 } else { last = header }
            }
        }
        #expect(shared > 10)
    }
}
