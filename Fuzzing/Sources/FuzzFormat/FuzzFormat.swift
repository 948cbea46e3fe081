import FuzzDriver

@testable import HDF5Format

/// Decodes the bytes as one structure; what decodes must be the same after being encoded and decoded again.
///
/// The first byte chooses the structure (255: each of them), the second the widths of addresses and lengths, the third what
/// else the structure depends on.
public func fuzzFormat(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = inputBytes(data, count)
    guard bytes.count > 3 else { return 0 }
    let widths = [2, 4, 8]
    let choice = Int(bytes[1])
    let sizes = FieldSizes(offsets: widths[choice % 3], lengths: widths[choice / 3 % 3])
    let structures = Structures.all
    let input = Input(bytes: Array(bytes[3...]), sizes: sizes, parameter: bytes[2])
    for check in bytes[0] == 255 ? structures : [structures[Int(bytes[0]) % structures.count]] { check(input) }
    return 0
}

/// What one structure is decoded from.
struct Input {
    var bytes: [UInt8]
    let sizes: FieldSizes
    let parameter: UInt8

    /// Decodes, with checksums repaired: nobody finds them by chance.
    mutating func decode<T>(_ body: (inout ByteCursor) throws -> T) -> T? {
        for _ in 0..<4 {
            do {
                return try read(bytes, body)
            } catch let error as H5Error where error.code == .checksumMismatch {
                // The cursor stands behind the checksum.
                guard let address = error.address, address >= 4, address <= UInt64(bytes.count) else { return nil }
                let position = Int(address) - 4
                let checksum = MetadataChecksum.lookup3(bytes.span.bytes.extracting(0..<position))
                for index in 0..<4 {
                    bytes[position + index] = UInt8(truncatingIfNeeded: checksum >> (8 * UInt32(index)))
                }
            } catch {
                return nil
            }
        }
        return nil
    }

    func read<T>(_ bytes: [UInt8], _ body: (inout ByteCursor) throws -> T) throws -> T {
        var cursor = ByteCursor(bytes.span.bytes, sizes: sizes)
        return try body(&cursor)
    }

    /// Decodes, encodes and decodes again; a difference ends the process.
    mutating func check<T: Equatable>(
        _ decode: (inout ByteCursor) throws -> T, _ encode: (T, inout ByteBuilder) throws -> Void
    ) {
        guard let value = self.decode(decode) else { return }
        do {
            var builder = ByteBuilder(sizes: sizes)
            try encode(value, &builder)
            let again = try read(builder.bytes, decode)
            guard again == value else {
                fatalError("decoded:\n\(value)\nencoded and decoded again:\n\(again)")
            }
            var second = ByteBuilder(sizes: sizes)
            try encode(again, &second)
            guard second.bytes == builder.bytes else { fatalError("encoded differently the second time:\n\(value)") }
        } catch let error as H5Error where error.code == .invalidArgument && "\(value)".contains("\\x") {
            // Names in the values that users see show bytes that are not text as four letters, which may be too long.
        } catch {
            fatalError("decoded, but not encoded or not decoded again: \(error)\n\(value)")
        }
    }
}

/// The entry point under the name that the package manager gives to the main function of this target.
@_cdecl("FuzzFormat_main")
public func entryPoint(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    runFuzzer(count, arguments) { fuzzFormat($0, $1) }
}
