import HDF5
import Testing

/// Each limit stops what it is there for, and nothing else.
@Suite struct LimitsTests {
    private func open(_ name: String, _ limits: H5Limits) throws -> H5File {
        try H5File.open(Fixtures.hdf5(name), options: H5OpenOptions(limits: limits))
    }

    private func isRefused(_ body: () throws -> Void) -> Bool {
        do {
            try body()
            return false
        } catch {
            return (error as? H5Error)?.code == .limitExceeded
        }
    }

    @Test("bytes per call: descriptors that all lead to one large object of the heap are refused")
    func sharedHeapObject() throws {
        var bytes = try Fixtures.bytes(Fixtures.hdf5("virtual-heap-source-a.h5"))
        let stored = try H5File.open(bytes: bytes).dataset("texts").readBytes()
        let place = try #require(bytes.firstRange(of: stored)?.lowerBound)
        // All eight descriptors are those of the longest text, of 24 bytes.
        for number in 0..<7 {
            bytes.replaceSubrange((place + number * 16)..<(place + number * 16 + 16), with: stored.suffix(16))
        }
        #expect(
            try H5File.open(bytes: bytes).dataset("texts").read(as: String.self).elements.allSatisfy {
                $0.utf8.count == 24
            })
        let limited = try H5File.open(bytes: bytes, limits: H5Limits(bytesPerCall: 160)).dataset("texts")
        #expect(isRefused { _ = try limited.readStrings() })
        #expect(isRefused { _ = try limited.read(as: String.self) })
        #expect(try limited.readStrings([..<6]).count == 6)
    }

    @Test("bytes per call: lists of links and attributes count with their names and values")
    func lists() throws {
        let links = try open("groups-many-links-latest.h5", H5Limits(bytesPerCall: 20_000))
        #expect(isRefused { _ = try links.group("m").links() })
        let whole = try open("attributes-huge-latest.h5", .standard).group("holder").attributes.all()
        let size = whole.reduce(0) { $0 + $1.storedBytes.count }
        let group = try open("attributes-huge-latest.h5", H5Limits(bytesPerCall: size)).group("holder")
        #expect(isRefused { _ = try group.attributes.all() })
        #expect(try group.attributes.count == 14)
    }

    @Test("bytes per allocation: a chunk may not be larger, however little of it is wanted")
    func allocation() throws {
        // Chunks of 480 bytes.
        let limited = try open(
            "chunks-hyperslabs-latest.h5", H5Limits(bytesPerCall: 1 << 20, bytesPerAllocation: 479))
        #expect(isRefused { _ = try limited.dataset("chunked").read(as: Int32.self, [0, 0, 0]) })
        #expect(try limited.dataset("contiguous").read(as: Int32.self, [0, 0, 0]).elements == [0])
        #expect(isRefused { _ = try limited.dataset("contiguous").read(as: Int32.self, [0..<2, .all, .all]) })
    }

    @Test("decoded bytes per call: chunks that are only touched count whole")
    func decoding() throws {
        let limited = try open("chunks-hyperslabs-latest.h5", H5Limits(bytesPerCall: 1 << 20, decodedBytesPerCall: 960))
        let dataset = try limited.dataset("chunked")
        #expect(try dataset.read(as: Int32.self, [0, 0, ..<12]).count == 12)
        #expect(isRefused { _ = try dataset.read(as: Int32.self, [0, 0, .every(6)]) })
        #expect(isRefused { _ = try dataset.read(as: Int32.self, .points([[0, 0, 0], [5, 0, 0], [10, 0, 0]])) })
    }

    @Test("link hops: soft links that lead to one another end")
    func hops() throws {
        let file = try open("groups-links-latest.h5", H5Limits(bytesPerCall: 1 << 20, linkHops: 0))
        let soft = try file.root.walk().flatMap { object -> [H5Link] in
            guard case .group(let group) = object else { return [] }
            return try group.links().filter { if case .soft = $0.target { true } else { false } }
        }
        #expect(!soft.isEmpty)
        for link in soft { #expect(isRefused { _ = try link.open() }) }
    }

    @Test("objects per walk: the walk ends with one that says so")
    func objects() throws {
        let file = try open("groups-nested-latest.h5", H5Limits(bytesPerCall: 1 << 20, objectsPerWalk: 3))
        let objects = Array(try file.root.walk())
        #expect(objects.count == 5)
        guard case .unreadable(let last)? = objects.last else {
            Issue.record("the walk ends with \(String(describing: objects.last))")
            return
        }
        #expect(last.error.code == .limitExceeded)
        #expect(isRefused { try H5Digest(of: file).write { _ in } })
    }

    @Test("links per group: longer lists are refused, single links are found", arguments: ["earliest", "latest"])
    func links(_ version: String) throws {
        let name = "groups-many-links-\(version).h5"
        let group = try open(name, H5Limits(bytesPerCall: 1 << 20, linksPerGroup: 1_199)).group("m")
        #expect(isRefused { _ = try group.links() })
        #expect(isRefused { _ = try group.names(.creation) })
        #expect(isRefused { _ = try group.members() })
        #expect(try group.count == 1_200)
        #expect(try group.contains("01199"))
        let enough = H5Limits(bytesPerCall: 1 << 20, linksPerGroup: 1_200)
        #expect(try open(name, enough).group("m").links().count == 1_200)
    }

    @Test("links of a walk: groups that share links do not add up beyond the limit of objects")
    func linksOfWalk() throws {
        let limits = H5Limits(bytesPerCall: 1 << 20, objectsPerWalk: 100)
        let file = try open("groups-many-links-latest.h5", limits)
        #expect(
            try file.root.walk().contains {
                if case .unreadable(let object) = $0 { object.error.code == .limitExceeded } else { false }
            })
    }

    @Test("bytes of a walk: groups inside groups count with their paths")
    func deepWalk() throws {
        let file = try open("groups-nested-latest.h5", H5Limits(bytesPerCall: 1_500))
        let last = Array(try file.root.walk()).last
        guard case .unreadable(let object)? = last else {
            Issue.record("the walk ends with \(String(describing: last))")
            return
        }
        #expect(object.error.code == .limitExceeded)
    }

    @Test("nesting depth: virtual datasets of virtual datasets count")
    func nesting() throws {
        let file = try open("virtual-latest.h5", H5Limits(bytesPerCall: 1 << 20, nestingDepth: 1))
        #expect(try file.dataset("stacked").read(as: Int32.self, [0, 0, 0]).elements == [0])
        #expect(isRefused { _ = try file.dataset("virtual of virtual").read(as: Int32.self) })
    }

    @Test("the cache of metadata changes no result")
    func cache() throws {
        let file = try open("groups-many-links-latest.h5", H5Limits(bytesPerCall: 1 << 26, metadataCache: 0))
        #expect(try file.group("m").names() == (try open("groups-many-links-latest.h5", .standard).group("m").names()))
    }

    @Test("the profile for files from anybody is stricter in everything")
    func untrusted() {
        let (strict, usual) = (H5Limits.untrusted, H5Limits.standard)
        #expect(strict.bytesPerCall == 256 << 20 && strict.bytesPerAllocation == 256 << 20)
        #expect(strict.decodedBytesPerCall < usual.decodedBytesPerCall)
        #expect(strict.linkHops < usual.linkHops && strict.nestingDepth < usual.nestingDepth)
        #expect(strict.objectsPerWalk < usual.objectsPerWalk && strict.linksPerGroup < usual.linksPerGroup)
        #expect(strict.metadataCache < usual.metadataCache)
    }
}
