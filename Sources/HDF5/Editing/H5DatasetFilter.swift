import HDF5Filters
import HDF5Format

/// A filter that the chunks of a new dataset pass through, before it is fitted to the dataset.
///
/// ```swift
/// try group.createDataset("Raw_Data", of: Float.self, shape: [n, 1024], chunks: .automatic, filters: [.shuffle, .deflate(4)])
/// ```
public struct H5DatasetFilter: Hashable, Sendable {
    private enum Kind: Hashable, Sendable {
        case shuffle
        case deflate(level: Int)
        case fletcher32
        case lzf
        case szip(pixelsPerBlock: Int, usesNearestNeighbor: Bool)
        case nBit
        case scaleOffset(bits: Int?, digits: Int?)
        case described(H5FilterDescription)
    }

    private let kind: Kind

    /// Sorts the bytes of elements by their significance, which helps the compression that follows.
    public static let shuffle = H5DatasetFilter(kind: .shuffle)
    /// Compresses as zlib does, with a level of 0 to 9; 4 is what h5py uses.
    public static func deflate(_ level: Int = 4) -> H5DatasetFilter { H5DatasetFilter(kind: .deflate(level: level)) }
    /// Adds a checksum, which reading verifies.
    public static let fletcher32 = H5DatasetFilter(kind: .fletcher32)
    /// Compresses fast and little; h5py and PyTables read it, other programs with a plugin.
    public static let lzf = H5DatasetFilter(kind: .lzf)
    /// Compresses numbers of up to 32 or 64 bits by what neighbours have in common (CCSDS 121).
    ///
    /// - Parameters:
    ///   - pixelsPerBlock: An even number of 2 to 32.
    ///   - usesNearestNeighbor: Whether each number is predicted from the one before it.
    public static func szip(pixelsPerBlock: Int = 16, usesNearestNeighbor: Bool = true) -> H5DatasetFilter {
        H5DatasetFilter(kind: .szip(pixelsPerBlock: pixelsPerBlock, usesNearestNeighbor: usesNearestNeighbor))
    }
    /// Leaves out the bits that carry no value, where the type has fewer than its bytes hold.
    public static let nBit = H5DatasetFilter(kind: .nBit)
    /// Stores integers as differences from the smallest of a chunk, in as few bits as they need, or in `bits`.
    public static func scaleOffset(bits: Int? = nil) -> H5DatasetFilter {
        H5DatasetFilter(kind: .scaleOffset(bits: bits, digits: nil))
    }
    /// Rounds floating-point numbers to a number of decimal digits after the point, and stores them as integers.
    public static func scaleOffset(decimalDigits digits: Int) -> H5DatasetFilter {
        H5DatasetFilter(kind: .scaleOffset(bits: nil, digits: digits))
    }
    /// A filter by its registered number, as the file will describe it; a host adds the code in the open options.
    public static func described(_ description: H5FilterDescription) -> H5DatasetFilter {
        H5DatasetFilter(kind: .described(description))
    }

    /// A filter of another dataset, to be fitted anew; one that is not known stays as it is described.
    package init(fittedAnew description: H5FilterDescription) {
        let values = description.clientValues
        switch description.identifier {
        case 2: kind = .shuffle
        case 4 where values.count >= 2:
            kind = .szip(pixelsPerBlock: Int(values[1]), usesNearestNeighbor: values[0] & 32 != 0)
        case 5: kind = .nBit
        case 6 where values.count >= 2:
            kind =
                values[0] == 2
                ? .scaleOffset(bits: values[1] == 0 ? nil : Int(values[1]), digits: nil)
                : .scaleOffset(bits: nil, digits: Int(Int32(bitPattern: values[1])))
        case 32000: kind = .lzf
        default: kind = .described(description)
        }
    }

    private init(kind: Kind) { self.kind = kind }

    /// The filter as a dataset's header describes it.
    ///
    /// - Throws: `H5Error` with the code `invalidArgument` where the filter does not work on the type or the chunks.
    func description(
        for datatype: H5Datatype, chunkShape: [Int], fill: H5FillValue
    ) throws -> H5FilterDescription {
        let elements = try checkedProduct(chunkShape, "the elements of a chunk")
        switch kind {
        case .shuffle:
            return H5FilterDescription(
                identifier: 2, name: "shuffle", flags: 1, clientValues: [UInt32(clamping: datatype.size)])
        case .deflate(let level):
            guard (0...9).contains(level) else {
                throw H5Error(.invalidArgument, "the level of deflate is 0 to 9, not \(level)")
            }
            return H5FilterDescription(identifier: 1, name: "deflate", flags: 1, clientValues: [UInt32(level)])
        case .fletcher32: return H5FilterDescription(identifier: 3, name: "fletcher32")
        case .lzf:
            let bytes = try checkedProduct([elements, datatype.size], "the size of a chunk")
            return H5FilterDescription(
                identifier: 32000, name: "lzf", flags: 1, clientValues: [4, 0x0105, UInt32(clamping: bytes)])
        case .szip(let pixelsPerBlock, let usesNearestNeighbor):
            return try Self.szip(
                datatype, chunkShape, elements, pixelsPerBlock: pixelsPerBlock,
                usesNearestNeighbor: usesNearestNeighbor)
        case .nBit:
            var type: [UInt32] = []
            let isPacked = Self.appendNBit(datatype, to: &type)
            return H5FilterDescription(
                identifier: 5, name: "nbit", flags: 1,
                clientValues: [UInt32(3 + type.count), isPacked ? 0 : 1, UInt32(clamping: elements)] + type)
        case .scaleOffset(let bits, let digits):
            return try Self.scaleOffset(datatype, elements, fill, bits: bits, digits: digits)
        case .described(let description): return description
        }
    }

    private static func szip(
        _ datatype: H5Datatype, _ chunkShape: [Int], _ elements: Int, pixelsPerBlock: Int, usesNearestNeighbor: Bool
    ) throws -> H5FilterDescription {
        let (order, precision): (H5ByteOrder, Int)
        switch datatype.kind {
        case .integer(let format): (order, precision) = (format.order, format.precision)
        case .float(let format): (order, precision) = (format.order, format.precision)
        default: throw H5Error(.invalidArgument, "szip compresses numbers, and the elements are \(datatype)")
        }
        let bits = precision <= 24 ? precision : precision <= 32 ? 32 : 64
        guard (2...32).contains(pixelsPerBlock), pixelsPerBlock % 2 == 0, bits <= 64, order != .vax else {
            throw H5Error(
                .invalidArgument, "szip takes an even number of 2 to 32 pixels per block and numbers of up to 64 bits")
        }
        var scanline = chunkShape.last ?? 1
        if scanline < pixelsPerBlock {
            guard elements >= pixelsPerBlock else {
                throw H5Error(
                    .invalidArgument, "szip needs chunks of at least the \(pixelsPerBlock) elements of a block")
            }
            scanline = min(pixelsPerBlock * 128, elements)
        } else if scanline > 4096 {
            scanline = pixelsPerBlock * 128
        } else {
            scanline = min(scanline, pixelsPerBlock * 128)
        }
        // Allow k = 13, no header of its own, byte order, and how numbers are predicted.
        let options: UInt32 = 1 | 128 | (order == .bigEndian ? 16 : 8) | (usesNearestNeighbor ? 32 : 4)
        return H5FilterDescription(
            identifier: 4, name: "szip", flags: 1,
            clientValues: [options, UInt32(pixelsPerBlock), UInt32(bits), UInt32(scanline)])
    }

    /// Adds a type as the n-bit filter describes it; answers whether it has bits that need not be stored.
    private static func appendNBit(_ type: H5Datatype, to values: inout [UInt32]) -> Bool {
        func number(_ order: H5ByteOrder, _ precision: Int, _ offset: Int) -> Bool {
            values += [1, UInt32(clamping: type.size), order == .bigEndian ? 1 : 0, UInt32(precision), UInt32(offset)]
            return precision < type.size * 8
        }
        switch type.kind {
        case .integer(let format) where format.order != .vax:
            return number(format.order, format.precision, format.bitOffset)
        case .float(let format) where format.order != .vax:
            return number(format.order, format.precision, format.bitOffset)
        case .array(_, let base):
            values += [2, UInt32(clamping: type.size)]
            return appendNBit(base, to: &values)
        case .compound(let members):
            values += [3, UInt32(clamping: type.size), UInt32(members.count)]
            var isPacked = false
            for member in members {
                values.append(UInt32(clamping: member.offset))
                if appendNBit(member.type, to: &values) { isPacked = true }
            }
            return isPacked
        default:
            values += [4, UInt32(clamping: type.size)]
            return false
        }
    }

    private static func scaleOffset(
        _ datatype: H5Datatype, _ elements: Int, _ fill: H5FillValue, bits: Int?, digits: Int?
    ) throws -> H5FilterDescription {
        var values: [UInt32]
        let order: H5ByteOrder
        switch datatype.kind {
        case .integer(let format):
            guard digits == nil else {
                throw H5Error(.invalidArgument, "scale-offset rounds floating-point numbers to digits, not integers")
            }
            guard (bits ?? 0) >= 0, (bits ?? 0) <= datatype.size * 8 else {
                throw H5Error(.invalidArgument, "the elements have no \(bits ?? 0) bits")
            }
            order = format.order
            values = [2, UInt32(bits ?? 0), UInt32(clamping: elements), 0, 0, format.isSigned ? 1 : 0]
        case .float(let format):
            guard let digits else {
                throw H5Error(
                    .invalidArgument,
                    "scale-offset needs the decimal digits to which floating-point numbers are rounded")
            }
            order = format.order
            values = [0, UInt32(bitPattern: Int32(clamping: digits)), UInt32(clamping: elements), 1, 0, 0]
        default: throw H5Error(.invalidArgument, "scale-offset packs numbers, and the elements are \(datatype)")
        }
        guard [1, 2, 4, 8].contains(datatype.size), order != .vax else {
            throw H5Error(.invalidArgument, "scale-offset packs numbers of 1, 2, 4 or 8 bytes, not \(datatype)")
        }
        values[4] = UInt32(datatype.size)
        values += [order == .bigEndian ? 1 : 0, fill.status == .undefined ? 0 : 1]
        var value = [UInt8](repeating: 0, count: 48)
        if case .user(let bytes) = fill.status {
            let ordered = order == .bigEndian ? bytes.reversed() : bytes
            for (index, byte) in ordered.prefix(48).enumerated() { value[index] = byte }
        }
        for word in 0..<12 {
            let bytes = value[(4 * word)..<(4 * word + 4)]
            values.append(bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) })
        }
        return H5FilterDescription(identifier: 6, name: "scaleoffset", flags: 1, clientValues: values)
    }
}
