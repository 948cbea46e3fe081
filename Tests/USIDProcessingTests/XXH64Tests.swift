import Testing

@testable import USIDProcessing

/// Values of the reference implementation (python-xxhash 4.1, `xxh64_intdigest`) of the bytes 3, 10, 17, … modulo 256.
@Suite struct XXH64Tests {
    private static let known: [(count: Int, plain: UInt64, seeded: UInt64)] = [
        (0, 0xef46_db37_51d8_e999, 0xd591_b40a_bce6_8768), (1, 0x1f25_c8d0_bc1f_4bb6, 0xc785_e014_d7d2_cfb9),
        (3, 0x31d2_363f_52e5_64c9, 0xd2db_7f41_5168_804e), (4, 0x9bb6_4b7d_66ee_9fda, 0x1765_4eed_1388_aa90),
        (7, 0x9a7b_1499_59ce_60d8, 0xe35b_164e_496c_cde0), (8, 0xdab9_9d95_c6f9_0092, 0x240a_48c8_e746_5d22),
        (13, 0xf78b_0313_08f5_bfc8, 0x8aa3_c1ba_499b_2764), (31, 0xa2aa_5f33_cc4a_6119, 0x43f1_ccea_f08f_5dbc),
        (32, 0x23c3_c17e_f790_fd97, 0x5203_6e90_fff4_f045), (33, 0x50a7_cfc7_ba58_8784, 0xf7cf_5bb3_99ca_356e),
        (40, 0xb620_306b_253d_76b6, 0x161c_76f3_122c_3d7f), (63, 0x5e3e_54b4_31c7_493c, 0x9804_3e1d_844d_0fdf),
        (64, 0x0eb6_4b3e_f6ee_b01f, 0x3c01_16da_5a57_cbc0), (100, 0xa61f_8d4c_170f_e531, 0xb084_4e84_389e_89e0),
        (101, 0xbad4_d3bf_033b_da4c, 0x9390_46bc_61d3_7d15),
    ]

    @Test func hashesOfEveryLengthAreThoseOfTheReference() {
        let bytes = (0..<101).map { UInt8(truncatingIfNeeded: $0 * 7 + 3) }
        for (count, plain, seeded) in Self.known {
            #expect(XXH64.hash(Array(bytes[..<count])) == plain)
            #expect(XXH64.hash(Array(bytes[..<count]), seed: 77) == seeded)
        }
    }

    @Test func aPartOfElementsHasTheHashOfItsBytes() {
        let numbers = (0..<20).map { UInt32($0) &* 0x9e37_79b9 }
        let bytes = numbers.flatMap { number in withUnsafeBytes(of: number.littleEndian) { Array($0) } }
        #expect(XXH64.hash(plain: numbers, 3..<17) == XXH64.hash(Array(bytes[12..<68])))
    }
}
