import HDF5Format

/// How the samples of a picture lie in memory after they were decompressed.
struct RasterSamples {
    enum Kind: Hashable {
        case unsigned, signed, float
    }

    var kind: Kind
    /// 8, 16, 32 or 64; samples of fewer bits have been spread to bytes.
    var bits: Int
    var isBigEndian: Bool

    /// The type that holds them; nil where there is none.
    var elementType: RasterElementType? {
        switch (kind, bits) {
        case (.unsigned, 8): .uint8
        case (.unsigned, 16): .uint16
        case (.unsigned, 32): .uint32
        case (.signed, 8): .int8
        case (.signed, 16): .int16
        case (.signed, 32): .int32
        case (.float, 16), (.float, 32): .float32
        case (.float, 64): .float64
        default: nil
        }
    }

    /// Samples as elements; nil where no type holds them.
    func elements(_ bytes: [UInt8]) throws -> RasterElements? {
        let count = bytes.count / max(1, bits / 8)
        switch (kind, bits) {
        case (.unsigned, 8): return .uint8(bytes)
        case (.signed, 8): return .int8(bytes.map { Int8(bitPattern: $0) })
        case (.unsigned, 16): return .uint16(try words(bytes, count) { $0 })
        case (.signed, 16): return .int16(try words(bytes, count) { Int16(bitPattern: $0) })
        case (.float, 16): return .float32(try words(bytes, count, Self.float))
        case (.unsigned, 32): return .uint32(try longs(bytes, count) { $0 })
        case (.signed, 32): return .int32(try longs(bytes, count) { Int32(bitPattern: $0) })
        case (.float, 32): return .float32(try longs(bytes, count) { Float(bitPattern: $0) })
        case (.float, 64):
            var cursor = ByteCursor(bytes.span.bytes, sizes: FieldSizes())
            var result: [Double] = []
            result.reserveCapacity(count)
            for _ in 0..<count {
                let value = try cursor.readUInt64()
                result.append(Double(bitPattern: isBigEndian ? value.byteSwapped : value))
            }
            return .float64(result)
        default: return nil
        }
    }

    private func words<Value>(_ bytes: [UInt8], _ count: Int, _ convert: (UInt16) -> Value) throws -> [Value] {
        var cursor = ByteCursor(bytes.span.bytes, sizes: FieldSizes())
        var result: [Value] = []
        result.reserveCapacity(count)
        for _ in 0..<count {
            let value = try cursor.readUInt16()
            result.append(convert(isBigEndian ? value.byteSwapped : value))
        }
        return result
    }

    private func longs<Value>(_ bytes: [UInt8], _ count: Int, _ convert: (UInt32) -> Value) throws -> [Value] {
        var cursor = ByteCursor(bytes.span.bytes, sizes: FieldSizes())
        var result: [Value] = []
        result.reserveCapacity(count)
        for _ in 0..<count {
            let value = try cursor.readUInt32()
            result.append(convert(isBigEndian ? value.byteSwapped : value))
        }
        return result
    }

    /// Half precision as single precision, which holds every value of it; by bits, as not all machines have `Float16`.
    static func float(half: UInt16) -> Float {
        let sign: Float = half & 0x8000 == 0 ? 1 : -1
        let exponent = Int(half >> 10 & 0x1F)
        let fraction = UInt32(half & 0x3FF)
        switch exponent {
        case 0: return sign * Float(fraction) * 0x1p-24
        case 31: return Float(bitPattern: UInt32(half & 0x8000) << 16 | 0x7F80_0000 | fraction << 13)
        default:
            return Float(bitPattern: UInt32(half & 0x8000) << 16 | UInt32(exponent + 112) << 23 | fraction << 13)
        }
    }

    /// Spreads samples of 1, 2 or 4 bits, the first one in the highest bits, to one byte each.
    static func spread(_ row: ArraySlice<UInt8>, bits: Int, count: Int) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(count)
        let mask = UInt8(truncatingIfNeeded: (1 << bits) - 1)
        for byte in row {
            var shift = 8 - bits
            while shift >= 0, result.count < count {
                result.append(byte >> UInt8(shift) & mask)
                shift -= bits
            }
        }
        return result
    }
}
