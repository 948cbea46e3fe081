import Foundation
import HDF5
import Testing

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// Zstandard by the system's library, found at run time: how a host adds a filter that the library does not have.
struct ZstandardFilter: H5Filter {
    private typealias Decompress = @convention(c) (UnsafeMutableRawPointer?, Int, UnsafeRawPointer?, Int) -> Int
    private typealias IsError = @convention(c) (Int) -> UInt32

    let identifier: UInt16 = 32_015
    let name = "Zstandard"
    private let decompress: Decompress
    private let isError: IsError

    /// Nil where the system has no Zstandard.
    init?() {
        #if canImport(Darwin)
        let library = dlopen("libzstd.dylib", RTLD_NOW)
        #else
        let library = dlopen("libzstd.so.1", RTLD_NOW)
        #endif
        guard let library, let decompress = dlsym(library, "ZSTD_decompress"),
            let isError = dlsym(library, "ZSTD_isError")
        else { return nil }
        self.decompress = unsafeBitCast(decompress, to: Decompress.self)
        self.isError = unsafeBitCast(isError, to: IsError.self)
    }

    func decode(
        _ input: RawSpan, into output: inout MutableRawSpan, clientValues: [UInt32], workspace: FilterWorkspace
    ) throws -> Int {
        let count = output.withUnsafeMutableBytes { target in
            input.withUnsafeBytes { decompress(target.baseAddress, target.count, $0.baseAddress, $0.count) }
        }
        guard isError(count) == 0 else { throw FilterError(.damaged, "the Zstandard frame cannot be decoded") }
        return count
    }

    func encode(
        _ input: RawSpan, into output: inout MutableRawSpan, clientValues: [UInt32], workspace: FilterWorkspace
    ) throws -> Int? { nil }
}

@Suite struct HostFilterTests {
    private let path = Fixtures.hdf5("filters-zstandard.h5")

    @Test("a filter that is missing is named by its number and its registered name")
    func missing() throws {
        let error = #expect(throws: H5Error.self) { try H5File.open(path).dataset("squares").read(as: Int32.self) }
        #expect(error?.code == .missingFilter)
        #expect(error?.message.contains("32015 (Zstandard)") == true)
    }

    @Test("a filter of the host decodes chunks in any place of the pipeline", .enabled(if: ZstandardFilter() != nil))
    func added() throws {
        let filter = try #require(ZstandardFilter())
        let file = try H5File.open(path, options: H5OpenOptions(filters: [filter]))
        #expect(try file.dataset("squares").read(as: Int32.self).elements == (0..<600).map { $0 * $0 })
    }

    @Test("a host's filter that fails gives an error with its cause", .enabled(if: ZstandardFilter() != nil))
    func failing() throws {
        let filter = try #require(ZstandardFilter())
        var bytes = try Fixtures.bytes(path)
        let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
        let place = try #require(bytes.firstRange(of: magic)?.lowerBound)
        bytes[place] = 0
        let file = try H5File.open(bytes: bytes, options: H5OpenOptions(filters: [filter]))
        let error = #expect(throws: H5Error.self) { try file.dataset("squares").read(as: Int32.self) }
        #expect(error?.cause is FilterError)
    }
}
