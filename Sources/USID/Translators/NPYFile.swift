import ComplexModule
import HDF5Format
import RealModule

/// The numbers of an array, in the type that the file has them in.
public enum ArrayElements: Hashable, Sendable {
    /// Yes or no.
    case boolean([Bool])
    /// Signed, 8 bits.
    case int8([Int8])
    /// Signed, 16 bits.
    case int16([Int16])
    /// Signed, 32 bits.
    case int32([Int32])
    /// Signed, 64 bits.
    case int64([Int64])
    /// Unsigned, 8 bits.
    case uint8([UInt8])
    /// Unsigned, 16 bits.
    case uint16([UInt16])
    /// Unsigned, 32 bits.
    case uint32([UInt32])
    /// Unsigned, 64 bits.
    case uint64([UInt64])
    /// Single precision; also for half precision, which it holds exactly.
    case float32([Float])
    /// Double precision.
    case float64([Double])
    /// Complex, of single precision.
    case complex64([Complex<Float>])
    /// Complex, of double precision.
    case complex128([Complex<Double>])
}

/// An array in NumPy's format `.npy`, versions 1 to 3.
///
/// ```swift
/// let array = try NPYFile(path: "maps.npy")
/// print(array.shape, array.elements)
/// ```
///
/// Every number type but extended precision, in both byte orders, and both orders of elements.
public struct NPYFile: Sendable {
    /// The extent of each axis, slowest first; empty for a single number.
    public let shape: [Int]
    /// NumPy's name of the type, such as `<f4`.
    public let type: String
    /// The elements, the last axis running fastest.
    public let elements: ArrayElements

    /// Reads an array.
    ///
    /// - Parameters:
    ///   - path: The path of the file.
    ///   - limit: The most bytes that the file, and the elements, may take in memory.
    /// - Throws: `USIDError`: `unreadableFile`, `unsupportedFile` for structured and other types that are no numbers,
    ///   `damagedFile` or `tooLarge`.
    public init(path: String, limit: Int = RasterFile.standardLimit) throws {
        try self.init(RasterBytes(path: path, limit: limit))
    }

    /// Reads an array in memory.
    ///
    /// - Parameters:
    ///   - bytes: The content of the file.
    ///   - name: The name of the file, for errors.
    ///   - limit: The most bytes that the elements may take in memory.
    /// - Throws: As `init(path:limit:)`.
    public init(bytes: [UInt8], name: String = "", limit: Int = RasterFile.standardLimit) throws {
        try self.init(RasterBytes(path: name, bytes: bytes, limit: limit))
    }

    static let signature: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]

    init(_ file: RasterBytes) throws {
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
        let place = start + length
        let size = try file.check(
            size: count.flatMap { product($0, form.bytes) }, most: file.count - place, at: place, "the array")
        let bytes = try file.array(at: place, count: size)
        let stored = try file.reading { try form.elements(bytes) }
        shape = header.shape
        type = header.type
        elements = header.isFortran ? stored.turned(shape: header.shape) : stored
    }
}

/// The type of the elements of an array, as NumPy writes it.
private struct NPYForm {
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

    private func pairs<Part>(_ parts: [Part]) -> [Complex<Part>] {
        stride(from: 0, to: parts.count - 1, by: 2).map { Complex(parts[$0], parts[$0 + 1]) }
    }

    private func words(_ bytes: [UInt8]) throws -> [UInt16] {
        var cursor = ByteCursor(bytes.span.bytes, sizes: FieldSizes())
        var result: [UInt16] = []
        result.reserveCapacity(bytes.count / 2)
        for _ in 0..<(bytes.count / 2) {
            let value = try cursor.readUInt16()
            result.append(isBigEndian ? value.byteSwapped : value)
        }
        return result
    }

    private func longs(_ bytes: [UInt8]) throws -> [UInt32] {
        var cursor = ByteCursor(bytes.span.bytes, sizes: FieldSizes())
        var result: [UInt32] = []
        result.reserveCapacity(bytes.count / 4)
        for _ in 0..<(bytes.count / 4) {
            let value = try cursor.readUInt32()
            result.append(isBigEndian ? value.byteSwapped : value)
        }
        return result
    }

    private func quads(_ bytes: [UInt8]) throws -> [UInt64] {
        var cursor = ByteCursor(bytes.span.bytes, sizes: FieldSizes())
        var result: [UInt64] = []
        result.reserveCapacity(bytes.count / 8)
        for _ in 0..<(bytes.count / 8) {
            let value = try cursor.readUInt64()
            result.append(isBigEndian ? value.byteSwapped : value)
        }
        return result
    }
}

extension ArrayElements {
    /// Elements whose first axis runs fastest, put so that the last one does.
    fileprivate func turned(shape: [Int]) -> ArrayElements {
        func turned<Value>(_ values: [Value]) -> [Value] {
            guard shape.count > 1, !values.isEmpty else { return values }
            var strides: [Int] = []
            var step = 1
            for extent in shape {
                strides.append(step)
                step *= extent
            }
            var result: [Value] = []
            result.reserveCapacity(values.count)
            var place = [Int](repeating: 0, count: shape.count)
            var from = 0
            for _ in values.indices {
                result.append(values[from])
                for axis in shape.indices.reversed() {
                    place[axis] += 1
                    from += strides[axis]
                    if place[axis] < shape[axis] { break }
                    from -= strides[axis] * shape[axis]
                    place[axis] = 0
                }
            }
            return result
        }
        switch self {
        case .boolean(let values): return .boolean(turned(values))
        case .int8(let values): return .int8(turned(values))
        case .int16(let values): return .int16(turned(values))
        case .int32(let values): return .int32(turned(values))
        case .int64(let values): return .int64(turned(values))
        case .uint8(let values): return .uint8(turned(values))
        case .uint16(let values): return .uint16(turned(values))
        case .uint32(let values): return .uint32(turned(values))
        case .uint64(let values): return .uint64(turned(values))
        case .float32(let values): return .float32(turned(values))
        case .float64(let values): return .float64(turned(values))
        case .complex64(let values): return .complex64(turned(values))
        case .complex128(let values): return .complex128(turned(values))
        }
    }
}
