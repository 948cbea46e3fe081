import HDF5Format
import Testing

@testable import HDF5

@Suite struct RecentCollectionsTests {
    private static let objects = 10

    private func text(_ collection: Int, _ object: Int) -> [UInt8] { Array("text \(object) of \(collection)".utf8) }

    /// Collections of some sizes, one after the other from address 64 on.
    private func heap(_ sizes: [Int]) throws -> (source: CountingSource, heap: GlobalHeap, addresses: [UInt64]) {
        var bytes = [UInt8](repeating: 0, count: 64)
        var addresses: [UInt64] = []
        for (number, size) in sizes.enumerated() {
            addresses.append(UInt64(bytes.count))
            var builder = ByteBuilder(sizes: FieldSizes())
            let objects = (1...Self.objects).map {
                GlobalHeapCollection.Object(index: UInt16($0), referenceCount: 1, bytes: text(number, $0))
            }
            try GlobalHeapCollection.encode(objects, size: size, to: &builder)
            bytes += builder.bytes
        }
        let source = CountingSource(bytes)
        let storage = FileStorage(
            source: source, cache: BlockCache(source: source, capacity: 4 << 20), name: "memory", sizes: FieldSizes(),
            baseAddress: 0, limits: .standard)
        return (source, GlobalHeap(storage: storage), addresses)
    }

    private func find(
        _ recent: inout RecentCollections, _ heap: GlobalHeap, _ address: UInt64, _ index: Int
    ) throws -> (bytes: [UInt8], range: Range<Int>) {
        if !recent.isAt(address) { try recent.move(to: address, in: heap) }
        return try recent.object(UInt32(index))
    }

    private func check(
        _ recent: inout RecentCollections, _ heap: GlobalHeap, _ address: UInt64, _ collection: Int
    ) throws {
        let index = collection % Self.objects + 1
        let object = try find(&recent, heap, address, index)
        #expect(Array(object.bytes[object.range]) == text(collection, index))
    }

    @Test("objects in the order of the file, with large collections among them; each collection is read once")
    func order() throws {
        let sizes = (0..<200).map { $0 % 40 == 7 ? 100_000 : $0 % 3 == 0 ? 65_536 : 4_096 }
        let (source, heap, addresses) = try heap(sizes)
        var recent = RecentCollections()
        for (number, address) in addresses.enumerated() { try check(&recent, heap, address, number) }
        // What is read ahead by the size of the collection before it comes on top.
        #expect(source.count < 3 * sizes.reduce(0, +))
    }

    @Test("no order makes a reader read a collection again and again")
    func anyOrder() throws {
        let sizes = [Int](repeating: 4_096, count: 300)
        let (source, heap, addresses) = try heap(sizes)
        var recent = RecentCollections()
        var generator = SeededGenerator(seed: 21)
        for _ in 0..<20_000 {
            let number = Int.random(in: 0..<sizes.count, using: &generator)
            try check(&recent, heap, addresses[number], number)
        }
        #expect(source.count < 4 * sizes.reduce(0, +))
    }

    @Test("what is no collection, or has no such object, is an error, after which others can be read")
    func damage() throws {
        let (_, heap, addresses) = try heap([Int](repeating: 4_096, count: 30))
        var recent = RecentCollections()
        for (number, address) in addresses.enumerated() {
            try check(&recent, heap, address, number)
            #expect(throws: H5Error.self) {
                _ = try find(&recent, heap, address + 8, 1)
            }
            #expect(throws: H5Error.self) {
                _ = try find(&recent, heap, address, 99)
            }
            #expect(throws: H5Error.self) {
                _ = try find(&recent, heap, 1 << 40, 1)
            }
            try check(&recent, heap, address, number)
        }
    }
}
