import HDF5Format
import Testing

@testable import HDF5

/// Storage that is damaged behind valid checksums gives errors, and neither traps nor endless loops.
@Suite struct DamagedStorageTests {
    private static func link(_ name: String, _ order: Int64, _ length: Int = 20) -> LinkMessage {
        LinkMessage(
            name: H5Name(name), target: .soft(path: H5Name(String(repeating: "p", count: length))), creationOrder: order
        )
    }

    /// Storage of links in small blocks and nodes, so that all kinds of structures are there.
    private static func build() throws -> (bytes: [UInt8], info: LinkInfoMessage) {
        let space = try EditingSpace()
        let links = (0..<400).map { link("link \($0)", Int64($0), $0 % 40 == 0 ? 5000 : 300) }
        let dense = try DenseLinks.create(
            links, info: LinkInfoMessage(nextCreationOrder: 0, indexesCreationOrder: true), in: space.storage)
        return (try space.storage.read(at: 0, count: Int(space.transaction.size)), dense.info)
    }

    private static let interesting: [UInt64] = [
        0, 1, 2, 3, 4, 7, 8, 16, 63, 64, 255, 256, 512, 4096, 65_535, 65_536, 1 << 20, 1 << 31, 1 << 32, 1 << 40,
        1 << 62,
        .max >> 1, .max - 1, .max,
    ]

    /// Works through what an editor does; every error is fine.
    private static func exercise(_ bytes: [UInt8], _ info: LinkInfoMessage) {
        func attempt(_ body: (inout DenseLinks) throws -> Void) {
            guard let space = try? EditingSpace(bytes: bytes),
                var dense = try? DenseLinks(info, storage: space.storage)
            else { return }
            try? body(&dense)
        }
        attempt { try $0.apply(removing: (0..<20).map { H5Name("link \($0 * 20)") }) }
        attempt { dense in
            try dense.apply(adding: (0..<40).map { link("new \($0)", Int64(1000 + $0), 1 + $0 * 150) })
            try dense.apply(replacing: (0..<5).map { link("link \($0 * 7)", Int64($0 * 7), 40) })
        }
        attempt { try $0.apply(removing: (0..<400).map { H5Name("link \($0)") }) }
        attempt { _ = try $0.dissolve() }
    }

    @Test func headersOfHeapsThatLie() throws {
        let (bytes, info) = try Self.build()
        guard let address = info.heapAddress else { return }
        var random = SeededGenerator(seed: 11)
        for _ in 0..<80 {
            let space = try EditingSpace(bytes: bytes)
            var header = try FractalHeap(address: address, storage: space.storage).header
            for _ in 0..<(1 + Int(random.next() % 2)) {
                let value = Self.interesting[Int(random.next() % UInt64(Self.interesting.count))]
                switch random.next() % 14 {
                case 0: header.identifierLength = Int(value & 0xFFFF)
                case 1: header.maximumManagedSize = UInt32(truncatingIfNeeded: value)
                case 2: header.nextHugeKey = value
                case 3: header.statistics.freeSpace = value
                case 4: header.statistics.managedSpace = value
                case 5: header.statistics.allocatedSpace = value
                case 6: header.statistics.allocationIterator = value
                case 7: header.managedObjectCount = value
                case 8: header.tableWidth = 1 << Int(value % 15)
                case 9: header.startingBlockSize = 1 << (value % 32)
                case 10: header.maximumDirectBlockSize = 1 << (value % 33)
                case 11: header.addressBits = Int(value % 65)
                case 12: header.rootRows = Int(value % 70)
                default: header.startingRows = Int(value & 0xFFFF)
                }
            }
            let changed = try encoded(FieldSizes()) { try header.encode(to: &$0) }
            var damaged = bytes
            damaged.replaceSubrange(Int(address)..<(Int(address) + changed.count), with: changed)
            Self.exercise(damaged, info)
        }
    }

    @Test func headersOfTreesThatLie() throws {
        let (bytes, info) = try Self.build()
        var random = SeededGenerator(seed: 12)
        for address in [info.nameIndexAddress, info.creationOrderIndexAddress].compactMap({ $0 }) {
            for _ in 0..<30 {
                let space = try EditingSpace(bytes: bytes)
                var header = try BTreeV2(address: address, storage: space.storage).header
                let value = Self.interesting[Int(random.next() % UInt64(Self.interesting.count))]
                switch random.next() % 8 {
                case 0: header.nodeSize = Int(value & 0xFFFF_FFFF)
                case 1: header.recordSize = Int(value & 0xFFFF)
                case 2: header.depth = Int(value % 34)
                case 3: header.splitPercent = UInt8(truncatingIfNeeded: value)
                case 4: header.mergePercent = UInt8(truncatingIfNeeded: value)
                case 5: header.rootAddress = value == .max ? nil : value
                case 6: header.rootRecordCount = Int(value & 0xFFFF)
                default: header.totalRecordCount = value
                }
                let changed = try encoded(FieldSizes()) { try header.encode(to: &$0) }
                var damaged = bytes
                damaged.replaceSubrange(Int(address)..<(Int(address) + changed.count), with: changed)
                Self.exercise(damaged, info)
            }
        }
    }

    @Test func nodesAndBlocksThatLie() throws {
        let (bytes, info) = try Self.build()
        guard let heap = info.heapAddress, let names = info.nameIndexAddress else { return }
        let space = try EditingSpace(bytes: bytes)
        let heapHeader = try FractalHeap(address: heap, storage: space.storage).header
        let tree = try BTreeV2(address: names, storage: space.storage).header
        let geometry = try BTreeV2Geometry(tree, sizes: FieldSizes())
        guard let root = heapHeader.rootAddress, let top = tree.rootAddress else { return }
        let used =
            BTreeV2Node.overhead + tree.rootRecordCount * tree.recordSize
            + (tree.depth > 0
                ? (tree.rootRecordCount + 1) * geometry.pointerSize(height: tree.depth, sizes: FieldSizes()) : 0)
        let places = [
            (Int(root), heapHeader.indirectBlockSize(rows: heapHeader.rootRows, FieldSizes())), (Int(top), used),
        ]
        var random = SeededGenerator(seed: 13)
        for round in 0..<80 {
            let (start, count) = places[round % 2]
            var damaged = bytes
            for _ in 0..<(1 + Int(random.next() % 3)) {
                let index = start + 5 + Int(random.next() % UInt64(count - 9))
                if random.next() % 2 == 0 {
                    damaged[index] = UInt8(truncatingIfNeeded: random.next())
                } else {
                    // An address, or something in the shape of one, from elsewhere in the structure.
                    let other = start + 5 + Int(random.next() % UInt64(count - 17))
                    let width = min(8, start + count - 4 - index)
                    damaged.replaceSubrange(index..<(index + width), with: Array(damaged[other..<(other + width)]))
                }
            }
            let content = Array(damaged[start..<(start + count - 4)])
            let checksum = stored(MetadataChecksum.lookup3(content.span.bytes), 4)
            damaged.replaceSubrange((start + count - 4)..<(start + count), with: checksum)
            Self.exercise(damaged, info)
        }
    }
}
