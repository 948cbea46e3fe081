import HDF5Filters
import HDF5Format
import Testing

@testable import HDF5

@Suite("The canonical encoding that digests are made of")
struct CanonicalEncoderTests {
    /// Whether the encoding of `count` elements is `expected`.
    private func encodes(
        _ bytes: [UInt8], _ datatype: H5Datatype, as expected: [UInt8], _ file: HeapFile = HeapFile(),
        reference: @escaping (H5ReferenceValue) throws -> String = { _ in "/x" }
    ) throws -> Bool {
        var encoder = CanonicalEncoder(datatype: datatype, context: try file.context(), referenceText: reference)
        let count = bytes.count / datatype.size
        // In two calls, so that nothing may hang on their boundaries.
        let split = count / 2
        try encoder.encode(bytes.span.bytes, count: split)
        let rest = Array(bytes[(split * datatype.size)...])
        try encoder.encode(rest.span.bytes, count: count - split)
        var checksum = CRC32()
        checksum.update(expected.span.bytes)
        return encoder.checksum == checksum.value && encoder.byteCount == UInt64(expected.count)
    }

    private func length(_ count: Int) -> [UInt8] { stored(UInt64(count), 8) }

    @Test("numbers are little-endian and keep their bits")
    func numbers() throws {
        var random = TestRandom(5)
        for size in [1, 2, 3, 4, 5, 8, 16] {
            for count in [0, 1, 3, 5000, 40_000 / size] {
                let bytes = random.bytes(size * count)
                let swapped = stride(from: 0, to: bytes.count, by: size).flatMap {
                    bytes[$0..<($0 + size)].reversed()
                }
                #expect(try encodes(bytes, .integer(size), as: bytes))
                #expect(try encodes(bytes, .integer(size, .bigEndian), as: swapped))
            }
        }
        let bytes = random.bytes(64)
        #expect(try encodes(bytes, .x87(16), as: bytes))
        #expect(try encodes(bytes, .vaxG, as: bytes))
    }

    @Test("integers with unused bits come out as their value")
    func partialIntegers() throws {
        #expect(try encodes([0x34, 0xF2], .integer(2, offset: 4, precision: 8), as: [0x23, 0]))
        #expect(try encodes([0xF2, 0x34], .integer(2, .bigEndian, offset: 4, precision: 8), as: [0x23, 0]))
        #expect(try encodes([0x34, 0xFA], .integer(2, offset: 4, precision: 8), as: [0xA3, 0xFF]))
        #expect(try encodes([0x34, 0xFA], .integer(2, signed: false, offset: 4, precision: 8), as: [0xA3, 0]))
        // Twenty bytes: the high ones are the sign.
        let bytes = [0x80, 0xFF] + [UInt8](repeating: 7, count: 18)
        #expect(
            try encodes(bytes, .integer(20, precision: 8), as: [0x80] + [UInt8](repeating: 0xFF, count: 19)))
        // 132 bits from bit 4 on, more than a machine integer holds.
        let huge = [UInt8](repeating: 0x5A, count: 17) + [0x0F, 0x99]
        var expected = [UInt8](repeating: 0xA5, count: 16) + [0x05]
        #expect(try encodes(huge, .integer(19, signed: false, offset: 4, precision: 132), as: expected + [0, 0]))
        expected[16] = 0xA5
        #expect(
            try encodes(
                huge, .integer(19, signed: false, offset: 4, precision: 136), as: expected[..<16] + [0xF5, 0, 0]))
    }

    @Test("compounds are packed in the order of their offsets")
    func compounds() throws {
        let record = H5Datatype.compound(
            16,
            [("b", 12, .integer(2, .bigEndian)), ("a", 0, .float32), ("c", 4, .array([2], .integer(2, .bigEndian)))])
        let element: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 99, 99, 99, 99, 9, 10, 99, 99]
        let expected: [UInt8] = [1, 2, 3, 4, 6, 5, 8, 7, 10, 9]
        let many = 10_000
        #expect(
            try encodes(
                (0..<many).flatMap { _ in element }, record, as: (0..<many).flatMap { _ in expected }))
        let swappedPair = H5Datatype.compound(
            8, [("r", 0, .float(.binary32, 4, .bigEndian)), ("i", 4, .float(.binary32, 4, .bigEndian))])
        #expect(try encodes([1, 2, 3, 4, 5, 6, 7, 8], swappedPair, as: [4, 3, 2, 1, 8, 7, 6, 5]))
        let native = H5Datatype(kind: .complex(base: .float(.binary32, 4, .bigEndian)), size: 8)
        #expect(try encodes([1, 2, 3, 4, 5, 6, 7, 8], native, as: [4, 3, 2, 1, 8, 7, 6, 5]))
        let nested = H5Datatype.array([2], .compound(3, [("x", 0, .integer(1)), ("y", 2, .integer(1))]))
        #expect(try encodes([1, 9, 2, 3, 9, 4], nested, as: [1, 2, 3, 4]))
    }

    @Test("random records, with gaps and overlaps, are encoded as their members one by one")
    func randomRecords() throws {
        var random = TestRandom(7)
        for round in 0..<60 {
            let size = round == 0 ? 3000 : Int.random(in: 20...90, using: &random)
            var members: [(String, Int, H5Datatype)] = []
            for number in 0..<Int.random(in: 1...8, using: &random) {
                let width = [1, 2, 3, 4, 8, 16].randomElement(using: &random) ?? 1
                let order: H5ByteOrder = Bool.random(using: &random) ? .littleEndian : .bigEndian
                let precision = Bool.random(using: &random) ? width * 8 : width * 8 - 3
                let offset = Int.random(in: 0...(size - width), using: &random)
                members.append(("m\(number)", offset, .integer(width, signed: false, order, precision: precision)))
            }
            if round == 0 {
                // Together more than the element, as only a damaged file has it.
                for number in 0..<20 {
                    members.append(("o\(number)", number, H5Datatype(kind: .opaque(tag: ""), size: 2900)))
                }
            }
            let ordered = members.sorted { ($0.1, $0.0) < ($1.1, $1.0) }
            let count = 1000
            let bytes = random.bytes(count * size)
            var expected: [UInt8] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                for (_, offset, type) in ordered {
                    var piece = Array(bytes[(start + offset)..<(start + offset + type.size)])
                    if case .integer(let format) = type.kind {
                        if format.order == .bigEndian { piece.reverse() }
                        if format.precision < type.size * 8 { piece[type.size - 1] &= 0x1F }
                    }
                    expected += piece
                }
                if round == 0, expected.count > 1 << 20 { break }
            }
            let used =
                round == 0 ? Array(bytes[..<(size * (expected.count / ordered.reduce(0) { $0 + $1.2.size }))]) : bytes
            #expect(try encodes(used, .compound(size, members), as: expected))
        }
    }

    @Test("the steps of plain compounds are joined")
    func joinedSteps() {
        let plain = H5Datatype.compound(8, [("x", 0, .integer(4)), ("y", 4, .array([2], .integer(2)))])
        #expect(CanonicalStep.steps(plain, at: 0) == [.copy(at: 0, count: 8)])
        let big = H5Datatype.array(
            [3], .compound(8, [("x", 0, .integer(4, .bigEndian)), ("y", 4, .integer(4, .bigEndian))]))
        #expect(CanonicalStep.steps(big, at: 0) == [.reverse(at: 0, width: 4, count: 6)])
        let swapped = H5Datatype.compound(2, [("x", 1, .integer(1)), ("y", 0, .integer(1))])
        #expect(CanonicalStep.steps(swapped, at: 0) == [.copy(at: 0, count: 2)])
    }

    @Test("text has its length before it, and each padding its own end")
    func strings() throws {
        #expect(try encodes([0x61, 0, 0x62, 0x20, 0], .string(5), as: length(1) + [0x61]))
        #expect(try encodes([0x61, 0, 0x62, 0x20, 0], .string(5, .nullPadded), as: length(4) + [0x61, 0, 0x62, 0x20]))
        #expect(
            try encodes([0x61, 0, 0x62, 0x20, 0], .string(5, .spacePadded), as: length(5) + [0x61, 0, 0x62, 0x20, 0]))
        #expect(try encodes([0x61, 0x20, 0x20], .string(3, .spacePadded), as: length(1) + [0x61]))
        var file = HeapFile()
        let bytes = file.string("ab\0c") + HeapFile.descriptor(0, 0) + file.string("xyz")
        #expect(
            try encodes(
                bytes, .variableString, as: length(2) + [0x61, 0x62] + length(0) + length(3) + [0x78, 0x79, 0x7A],
                file))
    }

    @Test("sequences have their count before them, at every level")
    func sequences() throws {
        var file = HeapFile()
        let inner = [file.sequence([[0, 1], [0, 2]]), HeapFile.descriptor(0, 0)]
        let outer = file.sequence(inner)
        let base = H5Datatype.integer(2, .bigEndian)
        #expect(
            try encodes(
                outer + HeapFile.descriptor(0, 0), .sequence(.sequence(base)),
                as: length(2) + length(2) + [1, 0, 2, 0] + length(0) + length(0), file))
    }

    @Test("references are the text that the caller gives; null is empty, and so says what cannot be read")
    func references() throws {
        let object = H5Datatype(kind: .reference(.object), size: 8)
        #expect(
            try encodes(
                stored(UInt64(7), 8) + stored(UInt64(0), 8), object, as: length(4) + Array("/a/7".utf8) + length(0),
                reference: { reference in
                    guard case .object(let address) = reference else { return "?" }
                    return "/a/\(address)"
                }))
        var file = HeapFile()
        let broken = file.add(stored(UInt64(7), 8) + stored(UInt32(42), 4) + stored(UInt32(1), 4))
        #expect(
            try encodes(
                HeapFile.identifier(broken), H5Datatype(kind: .reference(.region), size: 12),
                as: length(4) + Array("/x|?".utf8), file))
    }

    @Test("selections are the runs of the elements they select, however they were described")
    func selectionText() throws {
        #expect(try canonicalText(of: .all, extent: [3]) == "all")
        #expect(try canonicalText(of: .none, extent: [3]) == "none")
        #expect(try canonicalText(of: .points([[1, 2], [0, 0], [1, 2]]), extent: [2, 5]) == "points:7,0,7")
        let whole = H5Hyperslab(start: [0, 0], count: [1, 1], block: [4, 5])
        #expect(try canonicalText(of: .hyperslab(whole), extent: [4, 5]) == "hyper:0+20")
        // A row's end and the next row's start join.
        let edges = H5Hyperslab(start: [0, 0], stride: [1, 4], count: [2, 2], block: [1, 1])
        #expect(try canonicalText(of: .hyperslab(edges), extent: [2, 5]) == "hyper:0+1,4+2,9+1")
        let blocks = [
            H5Block(start: [1, 0], end: [1, 4]), H5Block(start: [0, 0], end: [0, 4]),
            H5Block(start: [0, 2], end: [1, 3]),
        ]
        #expect(try canonicalText(of: .blocks(blocks), extent: [4, 5]) == "hyper:0+10")
        let open = H5Hyperslab(start: [0, 1], stride: [2, 1], count: [nil, 1], block: [1, nil])
        #expect(
            try canonicalText(of: .hyperslab(open), extent: [4, 5])
                == "unlim:start=0,1;stride=2,1;count=-1,1;block=1,-1")
        let empty = H5Hyperslab(start: [0], count: [0])
        #expect(try canonicalText(of: .hyperslab(empty), extent: [4]) == "none")
    }

    @Test("random hyperslabs give the runs of the elements counted one by one")
    func randomSelections() throws {
        var random = TestRandom(6)
        for _ in 0..<300 {
            let rank = Int.random(in: 1...4, using: &random)
            let extent = (0..<rank).map { _ in Int.random(in: 1...6, using: &random) }
            var slab = H5Hyperslab(start: [], stride: [], count: [], block: [])
            var chosen: [[Bool]] = []
            for size in extent {
                var marks = [Bool](repeating: false, count: size)
                let block = Int.random(in: 1...size, using: &random)
                let start = Int.random(in: 0...(size - block), using: &random)
                let stride = Int.random(in: block...(size + 1), using: &random)
                let count = 1 + Int.random(in: 0...((size - block - start) / stride), using: &random)
                for number in 0..<count {
                    for index in 0..<block { marks[start + number * stride + index] = true }
                }
                slab.start.append(start)
                slab.stride.append(stride)
                slab.count.append(count)
                slab.block.append(block)
                chosen.append(marks)
            }
            var runs: [(Int, Int)] = []
            for index in 0..<extent.reduce(1, *) {
                var rest = index
                var isSelected = true
                for axis in extent.indices.reversed() {
                    isSelected = isSelected && chosen[axis][rest % extent[axis]]
                    rest /= extent[axis]
                }
                guard isSelected else { continue }
                if let last = runs.last, last.0 + last.1 == index {
                    runs[runs.count - 1].1 += 1
                } else {
                    runs.append((index, 1))
                }
            }
            let expected = "hyper:" + runs.map { "\($0.0)+\($0.1)" }.joined(separator: ",")
            #expect(try canonicalText(of: .hyperslab(slab), extent: extent) == expected)
        }
    }

    @Test("selections outside the extent and selections of too many runs are errors, at once")
    func hostileSelections() throws {
        func code(_ selection: H5Selection, _ extent: [Int]) -> H5Error.Code? {
            errorCode { _ = try canonicalText(of: selection, extent: extent) }
        }
        #expect(code(.points([[5]]), [5]) == .selection)
        #expect(code(.points([[1, 1]]), [5]) == .selection)
        #expect(code(.blocks([H5Block(start: [0, 0], end: [0, 5])]), [1, 5]) == .selection)
        #expect(code(.hyperslab(H5Hyperslab(start: [.max], count: [2])), [5]) == .selection)
        #expect(code(.hyperslab(H5Hyperslab(start: [0], stride: [.max], count: [3])), [5]) == .selection)
        #expect(code(.hyperslab(H5Hyperslab(start: [0], stride: [0], count: [3])), [5]) == .selection)
        #expect(code(.all, [5]) == nil)
        let extent = [1 << 31, 1 << 31]
        #expect(
            code(.hyperslab(H5Hyperslab(start: [0, 0], stride: [1, 2], count: [1 << 31, 1 << 30])), extent)
                == .limitExceeded)
        #expect(
            code(.hyperslab(H5Hyperslab(start: [0, 0], count: [1, 1], block: [1 << 31, 1 << 31])), extent) == nil)
        #expect(code(.points([[0, 0]]), [1 << 40, 1 << 40]) == .damaged)
    }
}
