import HDF5Filters
import Testing

/// A small generator with a fixed sequence per seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 32) }
    }
}

/// A built-in filter with client values and a workspace, on arrays.
struct FilterHarness {
    let filter: any H5Filter
    var clientValues: [UInt32]
    let workspace: FilterWorkspace

    init(_ identifier: UInt16, _ clientValues: [UInt32] = [], workspace: FilterWorkspace = FilterWorkspace()) throws {
        filter = try #require(BuiltInFilters.filter(identifier))
        self.clientValues = clientValues
        self.workspace = workspace
    }

    /// Decodes into an output of `capacity` bytes, behind which nothing may be written.
    func decode(_ bytes: [UInt8], capacity: Int) throws -> [UInt8] {
        // A guard zone behind the output shows writes past its end.
        var output = [UInt8](repeating: 0xA5, count: capacity + 64)
        let count = try output.withUnsafeMutableBytes { target in
            var span = MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: target[0..<capacity]))
            return try bytes.withUnsafeBytes {
                try filter.decode(
                    RawSpan(_unsafeBytes: $0), into: &span, clientValues: clientValues, workspace: workspace)
            }
        }
        #expect(output[capacity...].allSatisfy { $0 == 0xA5 })
        try #require((0...capacity).contains(count))
        return Array(output[0..<count])
    }

    /// Encodes into an output of `capacity` bytes; nil when the filter declines.
    func encode(_ bytes: [UInt8], capacity: Int) throws -> [UInt8]? {
        var output = [UInt8](repeating: 0xA5, count: capacity + 64)
        let count = try output.withUnsafeMutableBytes { target in
            var span = MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: target[0..<capacity]))
            return try bytes.withUnsafeBytes {
                try filter.encode(
                    RawSpan(_unsafeBytes: $0), into: &span, clientValues: clientValues, workspace: workspace)
            }
        }
        #expect(output[capacity...].allSatisfy { $0 == 0xA5 })
        guard let count else { return nil }
        try #require((0...capacity).contains(count))
        return Array(output[0..<count])
    }

    /// Encodes and decodes again; the encoded bytes.
    @discardableResult
    func roundTrip(_ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) throws -> [UInt8] {
        let encoded = try #require(
            try encode(bytes, capacity: bytes.count * 2 + 256), sourceLocation: sourceLocation)
        #expect(try decode(encoded, capacity: bytes.count) == bytes, sourceLocation: sourceLocation)
        return encoded
    }

    /// The code of the error that decoding throws, or nil when it throws none.
    func decodingError(_ bytes: [UInt8], capacity: Int) -> FilterError.Code? {
        do {
            _ = try decode(bytes, capacity: capacity)
            return nil
        } catch {
            return (error as? FilterError)?.code
        }
    }

    /// Decodes streams with bytes changed, cut and put in; every outcome but a trap or an overrun is fine.
    func survivesDamage(to stream: [UInt8], capacity: Int, seed: UInt64, rounds: Int) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<rounds {
            var damaged = stream
            for _ in 0..<Int.random(in: 1...4, using: &generator) where !damaged.isEmpty {
                let place = Int.random(in: 0..<damaged.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: damaged[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 2: damaged.removeSubrange(place...)
                default: damaged.insert(UInt8.random(in: 0...255, using: &generator), at: place)
                }
            }
            do {
                _ = try decode(damaged, capacity: capacity)
            } catch is FilterError {
                continue
            }
        }
    }
}

/// The bytes of a hexadecimal string; blanks are skipped.
func hexadecimal(_ text: String) -> [UInt8] {
    let digits = text.compactMap { $0.hexDigitValue }
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}

/// The bytes of integers in little-endian or big-endian order.
func bytes<T: FixedWidthInteger>(of values: [T], bigEndian: Bool = false) -> [UInt8] {
    values.flatMap { value in withUnsafeBytes(of: bigEndian ? value.bigEndian : value.littleEndian) { Array($0) } }
}

/// The sum of one checksum over the pieces of an array.
func crc32(_ bytes: [UInt8], piece: Int) -> UInt32 {
    var checksum = CRC32()
    var offset = 0
    while offset < bytes.count {
        let end = min(bytes.count, offset + piece)
        bytes[offset..<end].withUnsafeBytes { checksum.update(RawSpan(_unsafeBytes: $0)) }
        offset = end
    }
    return checksum.value
}
