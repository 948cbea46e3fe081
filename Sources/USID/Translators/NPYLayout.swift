import ComplexModule
import HDF5
import HDF5Format
import RealModule

/// What the header of an `.npy` file says, checked.
struct NPYLayout {
    /// The extent of each axis, slowest first unless `isFortran`.
    let shape: [Int]
    /// NumPy's name of the type.
    let type: String
    /// Whether the first axis runs fastest.
    let isFortran: Bool
    let form: NPYForm
    /// Where the elements begin.
    let offset: Int
    /// The number of elements.
    let count: Int
    /// The bytes that they take, in the file as in memory.
    let byteCount: Int

    static let signature: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]
    /// The most bytes before the elements.
    static let mostHeaderBytes = 12 + 1 << 20

    /// Reads the header.
    ///
    /// - Parameters:
    ///   - file: At least the first bytes of the file, `mostHeaderBytes` or all.
    ///   - size: The size of the whole file.
    init(_ file: RasterBytes, size: Int) throws {
        guard file.hasBytes(Self.signature, at: 0) else {
            throw USIDError(
                .unsupportedFile, path: file.path,
                "the file is no array in NumPy's format: write it with numpy.save")
        }
        let version = try file.uint8(at: 6)
        guard (1...3).contains(version) else {
            throw file.unsupported(
                at: 6, "version \(version) of the format is not known: write it anew with numpy.save")
        }
        let isShort = version == 1
        let start = isShort ? 10 : 12
        let length =
            isShort
            ? Int(try file.uint16(at: 8, bigEndian: false)) : Int(try file.uint32(at: 8, bigEndian: false))
        guard length <= 1 << 20 else { throw file.damaged(at: 8, "a header of \(length) bytes is not possible") }
        let header = try NPYHeader(try file.array(at: start, count: length), at: start, file)
        guard let form = NPYForm(header.type) else {
            throw file.unsupported(
                at: start,
                "elements of type \(header.type) are no numbers that are read: save the array as integers, floats or "
                    + "complex numbers")
        }
        var count: Int? = 1
        for extent in header.shape { count = count.flatMap { product($0, extent) } }
        guard let count, let byteCount = product(count, form.bytes), byteCount <= size - start - length else {
            throw file.damaged(
                at: start + length,
                "the array of shape \(header.shape) takes more than the \(size - start - length) bytes that the file has"
            )
        }
        shape = header.shape
        type = header.type
        isFortran = header.isFortran
        self.form = form
        offset = start + length
        self.count = count
        self.byteCount = byteCount
    }
}

/// The type of the elements of an array, as NumPy writes it.
struct NPYForm {
    let kind: Character
    let bytes: Int
    let isBigEndian: Bool

    /// nil for types that are not read.
    init?(_ type: String) {
        guard let order = type.first, "<>|=".contains(order), type.utf8.count >= 3 else { return nil }
        kind = type[type.index(after: type.startIndex)]
        guard let bytes = Int(type.dropFirst(2)) else { return nil }
        self.bytes = bytes
        isBigEndian = order == ">"
        let known: [Character: [Int]] = [
            "b": [1], "i": [1, 2, 4, 8], "u": [1, 2, 4, 8], "f": [2, 4, 8], "c": [8, 16],
        ]
        guard known[kind]?.contains(bytes) == true else { return nil }
    }

    func elements(_ bytes: [UInt8]) throws -> ArrayElements {
        switch (kind, self.bytes) {
        case ("b", _): return .boolean(bytes.map { $0 != 0 })
        case ("i", 1): return .int8(bytes.map { Int8(bitPattern: $0) })
        case ("i", 2): return .int16(try words(bytes).map { Int16(bitPattern: $0) })
        case ("i", 4): return .int32(try longs(bytes).map { Int32(bitPattern: $0) })
        case ("i", _): return .int64(try quads(bytes).map { Int64(bitPattern: $0) })
        case ("u", 1): return .uint8(bytes)
        case ("u", 2): return .uint16(try words(bytes))
        case ("u", 4): return .uint32(try longs(bytes))
        case ("u", _): return .uint64(try quads(bytes))
        case ("f", 2): return .float32(try words(bytes).map(RasterSamples.float(half:)))
        case ("f", 4): return .float32(try longs(bytes).map { Float(bitPattern: $0) })
        case ("f", _): return .float64(try quads(bytes).map { Double(bitPattern: $0) })
        case ("c", 8): return .complex64(pairs(try longs(bytes).map { Float(bitPattern: $0) }))
        default: return .complex128(pairs(try quads(bytes).map { Double(bitPattern: $0) }))
        }
    }

    /// The type in a file; elements are written with the least byte first.
    var datatype: H5Datatype {
        switch (kind, bytes) {
        // A Main holds no Booleans (R4): they are 0 and 1.
        case ("b", _): .uint8
        case ("i", 1): .int8
        case ("i", 2): .int16
        case ("i", 4): .int32
        case ("i", _): .int64
        case ("u", 1): .uint8
        case ("u", 2): .uint16
        case ("u", 4): .uint32
        case ("u", _): .uint64
        case ("f", 2): .float16
        case ("f", 4): .float32
        case ("f", _): .float64
        case ("c", 8): .complex(of: .float32)
        default: .complex(of: .float64)
        }
    }

    /// Brings the bytes of elements into the order of `datatype`.
    func makeLittleEndian(_ elements: inout [UInt8]) {
        guard isBigEndian, wordBytes > 1 else { return }
        for start in stride(from: 0, through: elements.count - wordBytes, by: wordBytes) {
            for place in 0..<(wordBytes / 2) { elements.swapAt(start + place, start + wordBytes - 1 - place) }
        }
    }

    /// The bytes of numbers that are never torn apart: complex ones are two.
    var wordBytes: Int { kind == "c" ? bytes / 2 : bytes }

    private func pairs<Part>(_ parts: [Part]) -> [Complex<Part>] {
        stride(from: 0, to: parts.count - 1, by: 2).map { Complex(parts[$0], parts[$0 + 1]) }
    }

    /// Reads numbers of one width in the order of bytes that the file has.
    private func numbers<Number: FixedWidthInteger>(
        _ bytes: [UInt8], _ read: (inout ByteCursor) throws -> Number
    ) throws -> [Number] {
        var cursor = ByteCursor(bytes.span.bytes, sizes: FieldSizes())
        let count = bytes.count / MemoryLayout<Number>.size
        var result: [Number] = []
        result.reserveCapacity(count)
        for _ in 0..<count {
            let value = try read(&cursor)
            result.append(isBigEndian ? value.byteSwapped : value)
        }
        return result
    }

    private func words(_ bytes: [UInt8]) throws -> [UInt16] { try numbers(bytes) { try $0.readUInt16() } }
    private func longs(_ bytes: [UInt8]) throws -> [UInt32] { try numbers(bytes) { try $0.readUInt32() } }
    private func quads(_ bytes: [UInt8]) throws -> [UInt64] { try numbers(bytes) { try $0.readUInt64() } }
}
