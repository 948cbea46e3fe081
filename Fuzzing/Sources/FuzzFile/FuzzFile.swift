import FuzzDriver
import HDF5
import USID

/// Opens the bytes as a file and reads everything that they hold, within strict limits.
///
/// Whatever the bytes, this ends with values or errors: a trap, an access outside memory, a hang or a balloon is a
/// finding.
public func fuzzFile(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = inputBytes(data, count)
    let limits = H5Limits(
        bytesPerCall: 4 << 20, linkHops: 4, objectsPerWalk: 2_000, nestingDepth: 6, metadataCache: 1 << 20)
    guard let file = try? H5File.open(bytes: bytes, limits: limits) else { return 0 }
    guard let root = try? file.root, let walk = try? root.walk() else { return 0 }
    for object in walk {
        switch object {
        case .group(let group):
            _ = try? group.links(.creation).map(\.target)
            _ = try? group.comment
            _ = try? group.link("Raw_Data")?.open()
            read(group.attributes)
        case .dataset(let dataset):
            read(dataset)
            read(dataset.attributes)
        case .datatype(let datatype): read(datatype.attributes)
        case .unreadable: break
        }
    }
    try? H5Digest(of: file).write { _ in }
    _ = try? USIDValidator().validate(file)
    return 0
}

private func read(_ attributes: H5Attributes) {
    for attribute in (try? attributes.all()) ?? [] {
        _ = try? attribute.values().elements.map(\.description)
        _ = try? attribute.strings()
        _ = try? attribute.read(as: Double.self, policy: .clamping)
    }
    _ = try? attributes.find("units")
}

private func read(_ dataset: H5Dataset) {
    _ = try? dataset.storage.description
    _ = try? dataset.readBytes()
    _ = try? dataset.readValues(.axes(dataset.shape.map { .range(lower: 0, upper: min($0, 3), stride: 2) }))
    _ = try? dataset.read(as: Float.self, policy: .rounding)
    _ = try? dataset.read(as: Int64.self, .points([dataset.shape.map { max(0, $0 - 1) }]), policy: .clamping)
    _ = try? dataset.readStrings()
    _ = try? dataset.fillElement()
    if case .compound(let members) = dataset.datatype.kind, let member = members.first {
        _ = try? dataset.read(field: member.name, as: Double.self, policy: .clamping)
    }
    for reference in (try? dataset.readReferences().elements) ?? [] {
        guard case .region(_, let selection) = reference, let target = try? dataset.file.dataset(reference) else {
            continue
        }
        _ = try? target.readBytes(selection)
    }
}

/// The entry point under the name that the package manager gives to the main function of this target.
@_cdecl("FuzzFile_main")
public func entryPoint(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    runFuzzer(count, arguments) { fuzzFile($0, $1) }
}
