import HDF5Format
import Testing

@testable import HDF5

/// Stored elements that become stored elements of another type; whole datasets are in the goldens of
/// `virtual-conversion`.
@Suite struct ElementTranspositionTests {
    private func convert(_ bytes: [UInt8], _ source: H5Datatype, _ target: H5Datatype) throws -> [UInt8] {
        let transposition = try ElementTransposition(from: source, to: target)
        let count = bytes.count / source.size
        var result = [UInt8](repeating: 0xEE, count: count * target.size)
        try result.withUnsafeMutableBytes { to in
            try bytes.withUnsafeBytes { from in
                try transposition.convert(from: from, stride: source.size, to: to, count: count)
            }
        }
        return result
    }

    @Test("numbers packed field by field are those that the machine makes")
    func machineNumbers() throws {
        let single = try #require(FloatFields(.binary32, size: 4))
        let double = try #require(FloatFields(.binary64, size: 8))
        var random = TestRandom(5)
        for number in 0..<20_000 {
            // All bits at random, and exponents around those where single precision ends.
            var bits = random.next()
            if number % 2 == 0 { bits = bits & ~(0x7FF << 52) | (UInt64.random(in: 865...1155, using: &random) << 52) }
            let value = Double(bitPattern: bits)
            guard !value.isNaN else { continue }
            let unpacked = double.unpack(UInt128(bits))
            #expect(single.pack(unpacked) == UInt128(Float(value).bitPattern), "\(value)")
            #expect(double.pack(unpacked) == UInt128(bits), "\(value)")
            let integer = UInt32(truncatingIfNeeded: unpacked.clamped(precision: 32, isSigned: true))
            #expect(Int32(bitPattern: integer) == clamp(value), "\(value)")
        }
    }

    private func clamp(_ value: Double) -> Int32 {
        value >= 2_147_483_647 ? .max : value <= -2_147_483_648 ? .min : Int32(value)
    }

    @Test(
        "what a format can hold survives the way through a wider one",
        arguments: [H5Datatype.vaxF, .vaxG, .e4m3, .e5m2, .float16])
    func roundTrip(_ datatype: H5Datatype) throws {
        var random = TestRandom(6)
        for _ in 0..<500 {
            let stored = random.bytes(datatype.size)
            let once = try convert(stored, datatype, .binary128)
            let back = try convert(once, .binary128, datatype)
            #expect(try convert(back, datatype, .binary128) == once || isNaN(once), "\(stored)")
        }
    }

    private func isNaN(_ binary128: [UInt8]) -> Bool { binary128[15] & 0x7F == 0x7F && binary128[14] == 0xFF }

    @Test("texts are cut or padded as the other type pads")
    func texts() throws {
        let stored = Array("ab\0\0wxyz".utf8)
        #expect(try convert(stored, .string(4, .nullPadded), .string(3, .nullTerminated)) == Array("ab\0wx\0".utf8))
        #expect(try convert(stored, .string(4, .nullPadded), .string(6, .spacePadded)) == Array("ab    wxyz  ".utf8))
        #expect(
            try convert(Array("a  ".utf8), .string(3, .spacePadded), .string(3, .nullPadded)) == Array("a\0\0".utf8))
    }

    @Test("descriptors are kept or refused, never taken for other descriptors")
    func descriptors() throws {
        let sequence = H5Datatype(kind: .variableLength(base: .integer(4)), size: 16)
        let other = H5Datatype(kind: .variableLength(base: .integer(8)), size: 16)
        let short = H5Datatype(kind: .variableLength(base: .integer(4)), size: 12)
        #expect(try convert(Array(0..<16), sequence, sequence) == Array(0..<16))
        let ascii = H5Datatype(
            kind: .variableLengthString(H5StringFormat(padding: .spacePadded, characterSet: .ascii)), size: 16)
        #expect(try convert(Array(0..<16), ascii, .variableString) == Array(0..<16))
        for (source, target) in [(sequence, other), (short, sequence), (sequence, .variableString)] {
            #expect(throws: H5Error.self) { try ElementTransposition(from: source, to: target) }
        }
        #expect(throws: H5Error.self) { try ElementTransposition(from: .string(4), to: .integer(4)) }
    }
}
