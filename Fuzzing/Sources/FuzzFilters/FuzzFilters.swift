import FuzzDriver
import HDF5Filters

/// Decodes the bytes with each filter: the first bytes choose the filter, its parameters and the size of the output.
public func fuzzFilters(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = inputBytes(data, count)
    guard bytes.count >= 4 else { return 0 }
    let identifiers: [UInt16] = [1, 2, 3, 4, 5, 6, 32_000]
    guard let filter = BuiltInFilters.filter(identifiers[Int(bytes[0]) % identifiers.count]) else { return 0 }
    let parameterCount = min(Int(bytes[1]) % 40, (bytes.count - 4) / 4)
    var parameters: [UInt32] = []
    for index in 0..<parameterCount {
        let start = 4 + 4 * index
        parameters.append(bytes[start..<(start + 4)].reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
    let input = Array(bytes[(4 + 4 * parameterCount)...])
    let size = Int(bytes[2]) | Int(bytes[3]) << 8
    var output = ContiguousArray<UInt8>(repeating: 0, count: size)
    var span = output.mutableSpan
    var target = span.mutableBytes
    _ = try? filter.decode(
        input.span.bytes, into: &target, clientValues: parameters, workspace: FilterWorkspace())
    return 0
}

/// The entry point under the name that the package manager gives to the main function of this target.
@_cdecl("FuzzFilters_main")
public func entryPoint(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    runFuzzer(count, arguments) { fuzzFilters($0, $1) }
}
