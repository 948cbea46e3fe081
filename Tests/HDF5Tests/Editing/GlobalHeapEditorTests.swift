import HDF5Format
import Testing

@testable import HDF5

@Suite("Objects put into the global heap, and taken out")
struct GlobalHeapEditorTests {
    private func identifier(_ store: HeapStore, _ bytes: [UInt8]) throws -> GlobalHeapIdentifier {
        try store.store(bytes.span.bytes)
    }

    /// Reads all objects as readers do, and checks that collections and free space are all there is.
    private func check(_ store: HeapStore, _ model: [GlobalHeapIdentifier: [UInt8]]) throws {
        try store.flush()
        for (identifier, bytes) in model {
            let stored = try store.heap.withObject(identifier) { Array(copying: $0) }
            #expect(stored == bytes)
        }
        var used: UInt64 = 96
        for address in Set(model.keys.map(\.address)) {
            let headerSize = GlobalHeapCollection.headerSize(store.sizes)
            let size = try store.storage.withCursor(at: address, count: headerSize) {
                try GlobalHeapCollection.size(from: &$0)
            }
            #expect(size >= 4096 && size % 8 == 0)
            used += size
            // The collection holds these objects and no others, then free space that reaches to its end.
            try store.storage.withCursor(at: address, count: Int(size)) { cursor in
                try cursor.move(to: headerSize)
                var seen: Set<UInt32> = []
                while cursor.remaining >= GlobalHeapCollection.objectHeaderSize(store.sizes) {
                    let start = cursor.position
                    let index = try cursor.readUInt16()
                    try cursor.skip(6)
                    let count = try cursor.readCount("a size")
                    if index == 0 {
                        #expect(count == Int(size) - start)
                        break
                    }
                    seen.insert(UInt32(index))
                    let known = model[GlobalHeapIdentifier(address: address, index: UInt32(index))]
                    #expect(known?.count == count)
                    try cursor.move(
                        to: start + GlobalHeapCollection.objectHeaderSize(store.sizes) + (count + 7) / 8 * 8)
                }
                #expect(seen.count == model.keys.filter { $0.address == address }.count)
            }
        }
        #expect(store.transaction.size - store.transaction.freeBytes == used)
    }

    @Test("objects come and go at random, and what is there is what was put", arguments: [8, 4, 2])
    func random(_ width: Int) throws {
        var random = TestRandom(UInt64(width))
        let store = try HeapStore(sizes: FieldSizes(offsets: width, lengths: width))
        var model: [GlobalHeapIdentifier: [UInt8]] = [:]
        var order: [GlobalHeapIdentifier] = []
        for round in 0..<(width == 2 ? 20 : 60) {
            for _ in 0..<100 {
                // Rounds of growth, then of shrinking.
                if order.isEmpty || Int.random(in: 0..<10, using: &random) < (round % 4 < 2 ? 8 : 2) {
                    // The file with addresses of two bytes has no room for large ones.
                    let largest = width == 2 ? 60 : Bool.random(using: &random) ? 40 : 4200
                    let bytes = random.bytes(Int.random(in: 0...largest, using: &random))
                    if width == 2, order.count > 300 { continue }
                    let made = try identifier(store, bytes)
                    #expect(model.updateValue(bytes, forKey: made) == nil)
                    order.append(made)
                } else {
                    let place = Int.random(in: 0..<order.count, using: &random)
                    let gone = order.remove(at: place)
                    let bytes = model.removeValue(forKey: gone)
                    if Bool.random(using: &random) {
                        #expect(try store.take(gone) == bytes)
                    } else {
                        try store.remove(gone)
                    }
                }
            }
            try check(store, model)
            if round % 5 == 4 { try store.transaction.commit() }
        }
        for gone in order { try store.remove(gone) }
        try check(store, [:])
    }

    @Test("many objects fill one collection after the other, the same way each time")
    func filling() throws {
        func fill() throws -> ([GlobalHeapIdentifier], [UInt8]) {
            let store = try HeapStore()
            let made = try (0..<3000).map { try identifier(store, Array("object \(1000 + $0)".utf8)) }
            try store.flush()
            let size = Int(store.storage.size)
            return (made, try store.storage.withBytes(at: 0, count: size) { Array(copying: $0) })
        }
        let (made, bytes) = try fill()
        #expect(Set(made).count == 3000)
        // 16 bytes of header and 16 of text each.
        #expect(Set(made.map(\.address)).count == (3000 + 126) / 127)
        #expect(made[0] == GlobalHeapIdentifier(address: 96, index: 1))
        #expect(made[127] == GlobalHeapIdentifier(address: 96 + 4096, index: 1))
        let again = try fill()
        #expect(again.0 == made && again.1 == bytes)
    }

    @Test("large objects have a collection of their own, and small ones go on where they were")
    func large() throws {
        let store = try HeapStore()
        let first = try identifier(store, [1])
        let large = try identifier(store, [UInt8](repeating: 7, count: 1_000_003))
        let second = try identifier(store, [2])
        #expect(first.address == second.address && large.address != first.address)
        try check(store, [first: [1], large: [UInt8](repeating: 7, count: 1_000_003), second: [2]])
        try store.remove(large)
        try check(store, [first: [1], second: [2]])
    }

    @Test("more objects than there are indexes go into more collections")
    func indexes() throws {
        let store = try HeapStore()
        // A collection with room for more than 65,535 empty objects, made by a large object that goes again.
        let large = try identifier(store, [UInt8](repeating: 1, count: 60_000))
        var made: [GlobalHeapIdentifier] = []
        try store.remove(large)
        for _ in 0..<5000 { made.append(try identifier(store, [])) }
        #expect(Set(made).count == 5000)
        #expect(made.filter { $0.address == large.address }.count > 3000)
        try check(store, Dictionary(uniqueKeysWithValues: made.map { ($0, []) }))
    }

    @Test("what is not there cannot be removed, nor what is no collection")
    func damage() throws {
        let store = try HeapStore()
        let made = try identifier(store, [1, 2, 3])
        try store.remove(made)
        #expect(errorCode { try store.remove(made) } == .damaged)
        let other = try identifier(store, [1])
        for index in [UInt32(0), 2, 65_535, 65_536, .max] {
            #expect(
                errorCode { try store.remove(GlobalHeapIdentifier(address: other.address, index: index)) } == .damaged)
            #expect(
                errorCode { _ = try store.take(GlobalHeapIdentifier(address: other.address, index: index)) } == .damaged
            )
        }
        #expect(errorCode { try store.remove(GlobalHeapIdentifier(address: 8, index: 1)) } == .damaged)
        #expect(errorCode { try store.remove(GlobalHeapIdentifier(address: 1 << 40, index: 1)) } == .truncated)
        try check(store, [other: [1]])
    }

    @Test("readers see changes once they are written")
    func readers() throws {
        let store = try HeapStore()
        let first = try identifier(store, [1])
        let second = try identifier(store, [2])
        try check(store, [first: [1], second: [2]])
        try store.remove(first)
        let third = try identifier(store, [3, 3])
        #expect(third == first)
        try check(store, [second: [2], third: [3, 3]])
    }
}
