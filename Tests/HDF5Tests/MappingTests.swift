import HDF5
import Testing

/// What is seen in the file is what reading gives; what cannot be seen there is refused with the reason.
@Suite struct MappingTests {
    @Test("bytes of every dataset in one piece are those that reading gives, from files and from memory")
    func bytes() throws {
        var seen = 0
        for name in Fixtures.names(in: "hdf5") {
            for file in [
                try H5File.open(Fixtures.hdf5(name)), try H5File.open(bytes: Fixtures.bytes(Fixtures.hdf5(name))),
            ] {
                for object in try file.root.walk() {
                    guard case .dataset(let dataset) = object, let read = try? dataset.readBytes() else { continue }
                    do {
                        try dataset.withMappedBytes { span in
                            #expect(span.byteCount == read.count, "\(name) \(dataset.path)")
                            #expect(span.withUnsafeBytes { Array($0) } == read, "\(name) \(dataset.path)")
                        }
                        seen += 1
                    } catch let error as H5Error {
                        // Metadata cache images are laid over the file, which then is no longer one piece.
                        let isPatched = name.hasPrefix("cache-image") && error.code == .unsupported
                        #expect(isPatched || error.code == .invalidArgument, "\(name) \(dataset.path): \(error)")
                    }
                }
            }
        }
        #expect(seen > 400)
    }

    @Test("elements are seen as numbers of their own type only")
    func elements() throws {
        let dataset = try H5File.open(Fixtures.hdf5("chunks-hyperslabs-latest.h5")).dataset("contiguous")
        let expected = try dataset.read(as: Int32.self).elements
        do {
            try dataset.withMappedElements(of: Int32.self) { elements in
                #expect(elements.count == expected.count)
                for index in elements.indices { #expect(elements[index] == expected[index]) }
            }
        } catch let error as H5Error {
            // Where the file puts the data decides.
            #expect(error.message.contains("at an odd place"))
        }
        #expect(throws: H5Error.self) { try dataset.withMappedElements(of: Double.self) { _ in } }
    }

    @Test("chunked data is refused with the reason")
    func chunked() throws {
        let dataset = try H5File.open(Fixtures.hdf5("chunks-hyperslabs-latest.h5")).dataset("chunked")
        do {
            try dataset.withMappedBytes { _ in }
            Issue.record("chunked data was mapped")
        } catch let error as H5Error {
            #expect(error.code == .invalidArgument)
            #expect(error.message == "the data is chunked, so it cannot be seen in the file as it is; read it instead")
        }
    }
}
