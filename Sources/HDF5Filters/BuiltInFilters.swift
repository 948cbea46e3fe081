/// The filters that come with the library, and the names of all filters registered with The HDF Group.
public enum BuiltInFilters {
    private static let filters: [UInt16: any H5Filter] = {
        let all: [any H5Filter] = [
            DeflateFilter(), ShuffleFilter(), Fletcher32Filter(), LZFFilter(), NBitFilter(), ScaleOffsetFilter(),
            SzipFilter(),
        ]
        return Dictionary(all.map { ($0.identifier, $0) }, uniquingKeysWith: { first, _ in first })
    }()

    /// The built-in filter with an identifier, or nil when the library has none.
    public static func filter(_ identifier: UInt16) -> (any H5Filter)? {
        filters[identifier]
    }

    /// The name under which a filter is registered, also of filters that are not built in.
    public static func registeredName(_ identifier: UInt16) -> String? {
        registeredNames[identifier]
    }

    private static let registeredNames: [UInt16: String] = [
        1: "deflate",
        2: "shuffle",
        3: "fletcher32",
        4: "szip",
        5: "nbit",
        6: "scaleoffset",
        305: "LZO",
        307: "bzip2",
        32000: "LZF",
        32001: "Blosc",
        32002: "MAFISC",
        32003: "Snappy",
        32004: "LZ4",
        32005: "APAX",
        32006: "CBF",
        32007: "JPEG-XR",
        32008: "bitshuffle",
        32009: "SPDP",
        32010: "LPC-Rice",
        32011: "CCSDS-123",
        32012: "JPEG-LS",
        32013: "ZFP",
        32014: "fpzip",
        32015: "Zstandard",
        32016: "B3D",
        32017: "SZ",
        32018: "FCIDECOMP",
        32019: "JPEG",
        32020: "VBZ",
        32021: "FAPEC",
        32022: "BitGroom",
        32023: "Granular BitRound",
        32024: "SZ3",
        32025: "Delta-Rice",
        32026: "Blosc2",
        32027: "FLAC",
        32028: "SPERR",
    ]
}
