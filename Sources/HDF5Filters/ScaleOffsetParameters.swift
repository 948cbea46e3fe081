/// The client values of the scale-offset filter.
///
/// 0 scale type, 1 scale factor, 2 elements in the chunk, 3 class (0 integer, 1 floating-point), 4 size in bytes,
/// 5 signedness, 6 byte order (1 big-endian), 7 whether there is a fill value, 8 and up the fill value in pieces of
/// four bytes, the low ones first.
struct ScaleOffsetParameters {
    /// How the numbers are packed.
    enum Method: Equatable {
        /// Integers in a given number of bits; nil: as few as the values need.
        case integer(bitCount: Int?)
        /// Floating-point numbers rounded to a number of decimal digits after the point.
        case decimal(digits: Int)
    }

    /// How the numbers are packed.
    let method: Method
    /// The number of elements in the chunk.
    let elements: Int
    /// The size of an element: 1, 2, 4 or 8 bytes.
    let size: Int
    /// Whether integers are signed.
    let isSigned: Bool
    /// Whether elements are big-endian in the chunk.
    let isBigEndian: Bool
    /// The bit pattern of the fill value, if there is one.
    let fill: UInt64?

    /// Whether the filter leaves the data as it is.
    var isUnchanged: Bool { method == .integer(bitCount: size * 8) }

    /// Reads the client values; throws `badParameters` or `unsupported`.
    init(_ values: [UInt32]) throws(FilterError) {
        guard values.count >= 8 else { throw Self.bad("there are \(values.count) of at least 8 client values") }
        elements = Int(values[2])
        size = Int(values[4])
        guard [1, 2, 4, 8].contains(size) else { throw Self.bad("no number has \(size) bytes") }
        guard values[5] <= 1, values[6] <= 1, values[7] <= 1 else { throw Self.bad("a flag is neither 0 nor 1") }
        isSigned = values[5] == 1
        isBigEndian = values[6] == 1
        switch (values[0], values[3]) {
        case (2, 0):
            guard values[1] <= UInt32(size * 8) else {
                throw Self.bad("\(values[1]) bits are more than \(size) bytes have")
            }
            method = .integer(bitCount: values[1] == 0 ? nil : Int(values[1]))
        case (0, 1):
            guard size >= 4 else { throw Self.bad("no floating-point number has \(size) bytes") }
            method = .decimal(digits: Int(Int32(bitPattern: values[1])))
        case (1, 1): throw FilterError(.unsupported, "scale-offset with a variable minimum bit method")
        default: throw Self.bad("scale type \(values[0]) does not go with class \(values[3])")
        }
        if values[7] == 1 {
            guard values.count >= 8 + (size + 3) / 4 else { throw Self.bad("the fill value is cut short") }
            let high = size == 8 ? UInt64(values[9]) : 0
            fill = (high << 32 | UInt64(values[8])) & (UInt64.max >> UInt64(64 - size * 8))
        } else {
            fill = nil
        }
    }

    private static func bad(_ message: String) -> FilterError {
        FilterError(.badParameters, "scale-offset parameters: \(message)")
    }
}

/// The part of a scale-offset chunk before the packed codes, 21 bytes.
struct ScaleOffsetHeader {
    /// The number of bytes before the packed codes.
    static let byteCount = 21

    /// The number of bits per code; all bits of the type: the values follow as they are.
    var bitCount: Int
    /// The smallest value: an integer, or the bit pattern of a floating-point number.
    var minimum: UInt64

    /// Creates a header.
    init(bitCount: Int, minimum: UInt64) {
        self.bitCount = bitCount
        self.minimum = minimum
    }

    /// Reads the header of a chunk whose elements have `size` bytes.
    init(_ input: RawSpan, size: Int) throws(FilterError) {
        guard input.byteCount >= Self.byteCount else {
            throw FilterError(.damaged, "\(input.byteCount) bytes are too few for a scale-offset header")
        }
        let bits = UInt32(littleEndian: input.load(0, as: UInt32.self))
        guard bits <= UInt32(size * 8) else {
            throw FilterError(.damaged, "scale-offset codes of \(bits) bits for numbers of \(size) bytes")
        }
        bitCount = Int(bits)
        // The minimum may be stored in fewer than 8 bytes; bytes beyond its length do not belong to it.
        let length = min(Int(input.byte(at: 4)), 8)
        let mask = length == 0 ? 0 : UInt64.max >> UInt64(64 - length * 8)
        minimum = UInt64(littleEndian: input.load(5, as: UInt64.self)) & mask
    }

    /// Stores the header at the start of an output of at least 21 bytes.
    func store(to output: inout MutableRawSpan) {
        output.clear(Self.byteCount, at: 0)
        output.store(UInt32(truncatingIfNeeded: bitCount).littleEndian, at: 0)
        output.store(UInt8(8), at: 4)
        output.store(minimum.littleEndian, at: 5)
    }
}
