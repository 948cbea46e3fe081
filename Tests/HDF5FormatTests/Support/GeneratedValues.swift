import Testing

@testable import HDF5Format

/// Values for structures that look random and are the same in every run.
struct GeneratedValues: RandomNumberGenerator {
    private var state: UInt64
    /// The widths that addresses and lengths must fit.
    let sizes: FieldSizes

    init(seed: UInt64, sizes: FieldSizes = FieldSizes()) {
        state = seed
        self.sizes = sizes
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func bool() -> Bool { Bool.random(using: &self) }

    mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    mutating func uint8() -> UInt8 { UInt8.random(in: 0...255, using: &self) }

    mutating func uint16() -> UInt16 { UInt16.random(in: 0...(.max), using: &self) }

    mutating func uint32() -> UInt32 { UInt32.random(in: 0...(.max), using: &self) }

    /// A number of at most `width` bytes that is not all ones; now and then the smallest or the largest one.
    mutating func number(width: Int) -> UInt64 {
        let ones = width >= 8 ? UInt64.max : UInt64(1) << UInt64(8 * width) - 1
        switch int(0...9) {
        case 0: return 0
        case 1: return ones - 1
        default: return next() % ones
        }
    }

    /// A defined address.
    mutating func address() -> UInt64 { number(width: sizes.offsets) }

    /// An address, in one of four cases undefined.
    mutating func optionalAddress() -> UInt64? { int(0...3) == 0 ? nil : address() }

    /// A length, other than all ones.
    mutating func length() -> UInt64 { number(width: sizes.lengths) }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in uint8() } }

    mutating func bytes(upTo count: Int) -> [UInt8] { bytes(int(0...count)) }

    /// A name without NUL, sometimes of bytes that are not text.
    mutating func name(_ range: ClosedRange<Int> = 1...40) -> H5Name {
        H5Name(bytes: (0..<int(range)).map { _ in UInt8(int(1...(int(0...7) == 0 ? 255 : 127))) })
    }

    /// A name without NUL that is text.
    mutating func text(_ range: ClosedRange<Int> = 1...20) -> String {
        String((0..<int(range)).map { _ in ["a", "Z", "0", " ", "é", "µ", "/", "_"][int(0...7)] }.joined())
    }

    mutating func array<T>(_ range: ClosedRange<Int>, _ make: (inout GeneratedValues) -> T) -> [T] {
        (0..<int(range)).map { _ in make(&self) }
    }
}

/// Calls `body` with generators for every combination of widths of addresses and lengths, `cases` times each.
func forGeneratedValues(cases: Int = 40, seed: UInt64 = 1, _ body: (inout GeneratedValues) throws -> Void) rethrows {
    for offsets in [2, 4, 8] {
        for lengths in [2, 4, 8] {
            var values = GeneratedValues(
                seed: seed &* 100 &+ UInt64(10 * offsets + lengths),
                sizes: FieldSizes(offsets: offsets, lengths: lengths))
            for _ in 0..<cases { try body(&values) }
        }
    }
}

/// Decodes all of `bytes`; what decodes fewer fails.
func decodeAll<T>(
    _ bytes: [UInt8], _ sizes: FieldSizes = FieldSizes(), _ decode: (inout ByteCursor) throws -> T
) throws -> T {
    var cursor = ByteCursor(bytes.span.bytes, sizes: sizes)
    let value = try decode(&cursor)
    #expect(cursor.remaining == 0, "bytes are left over after decoding")
    return value
}

/// Encodes a value and expects that all of its bytes decode to the same value.
func expectRoundTrip<T: Equatable>(
    _ value: T, _ sizes: FieldSizes, _ encode: (T, inout ByteBuilder) throws -> Void,
    _ decode: (inout ByteCursor) throws -> T
) throws {
    let bytes = try encoded(sizes) { try encode(value, &$0) }
    let decoded = try decodeAll(bytes, sizes, decode)
    #expect(decoded == value)
    let again = try encoded(sizes) { try encode(decoded, &$0) }
    #expect(again == bytes)
}

/// Decodes bytes as libhdf5 writes them, given in hexadecimal, and expects that encoding gives them back.
func expectBytes<T>(
    _ text: String, _ decode: (inout ByteCursor) throws -> T,
    _ encode: (T, inout ByteBuilder) throws -> Void
) throws {
    let bytes = hexadecimal(text)
    let value = try decodeAll(bytes, FieldSizes(), decode)
    let again = try encoded(FieldSizes()) { try encode(value, &$0) }
    #expect(again == bytes)
}

/// Bytes written as two digits each.
func hexadecimal(_ text: String) -> [UInt8] { text.split(separator: " ").compactMap { UInt8($0, radix: 16) } }

/// Expects that a value is refused because it does not fit, and that nothing is cut.
func expectRefusal(_ sizes: FieldSizes = FieldSizes(), _ body: (inout ByteBuilder) throws -> Void) {
    let error = #expect(throws: H5Error.self) {
        var builder = ByteBuilder(sizes: sizes)
        try body(&builder)
    }
    #expect(error?.code == .invalidArgument)
}
