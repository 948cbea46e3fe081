/// The checksum that the golden files hold (IEEE 802.3).
func crc32(_ bytes: [UInt8]) -> String {
    let table = (0..<256).map { index -> UInt32 in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }
    let sum = bytes.reduce(UInt32.max) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ ($0 >> 8) } ^ UInt32.max
    let digits = String(sum, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
}
