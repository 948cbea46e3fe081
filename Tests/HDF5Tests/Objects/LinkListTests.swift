import HDF5Format
import Testing

@testable import HDF5

@Suite struct LinkListTests {
    private func list(_ names: [[UInt8]]) throws -> LinkList {
        var links = LinkList(in: try HeapFile().context(limits: .standard).storage)
        for (number, name) in names.enumerated() { try links.append(name.span.bytes, address: UInt64(number)) }
        return links
    }

    @Test("links are in order of the bytes of their names, however long and alike these are")
    func order() throws {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<200 {
            // Few different bytes and any length, so that many names start alike; 0 stands for what follows a short name.
            let names = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                (0..<Int.random(in: 1...20, using: &generator)).map { _ in
                    UInt8([0, 97, 98, 255].randomElement(using: &generator) ?? 0)
                }
            }
            var links = try list(names)
            links.sortByName()
            #expect(links.count == names.count)
            let sorted = (0..<links.count).map { links[$0].name.bytes }
            #expect(sorted == names.sorted { $0.lexicographicallyPrecedes($1) })
            // Each name still leads where it led.
            for index in 0..<links.count {
                let address = try #require(links.hardAddress(index))
                #expect(names[Int(address)] == links[index].name.bytes)
                #expect(links[index].target == .hard(address: address))
            }
        }
    }

    @Test("links of other kinds keep what they lead to, and paths are made of group and name")
    func kinds() throws {
        var links = try list([Array("b".utf8), Array("é".utf8)])
        try links.append(Array("a".utf8).span.bytes, target: .soft(path: H5Name("/x")))
        links.sortByName()
        #expect(links[0].target == .soft(path: H5Name("/x")))
        #expect(links.hardAddress(0) == nil)
        #expect((0..<3).map { links.path($0, below: "/") } == ["/a", "/b", "/é"])
        #expect((0..<3).map { links.path($0, below: "/g") } == ["/g/a", "/g/b", "/g/é"])
    }

    @Test("every fixture lists the links that it finds by name")
    func lookup() throws {
        for name in Fixtures.names(in: "hdf5") {
            for object in try H5File.open(Fixtures.hdf5(name)).root.walk() {
                guard case .group(let group) = object else { continue }
                let links = try group.links()
                #expect(try group.count == links.count)
                let names = Dictionary(grouping: links, by: \.name)
                // A name that is not valid UTF-8 has no `String` to look it up by.
                for link in links where names[link.name]?.count == 1 && Array(link.name.utf8) == link.nameBytes {
                    #expect(try group.link(link.name)?.target == link.target, "\(name) \(link.path)")
                }
            }
        }
    }
}
