// Prints the N-dimensional form of every Main dataset of a file: labels, shape and the CRC-32 of the
// elements, one line of JSON each. Programs in other languages can so check that they see the same cube.
//
//     swift run NDimensionalForms scan.h5

import HDF5Filters
import HDF5
import USID

func checksum<Element: H5Element>(_ main: USIDDataset, as type: Element.Type, field: String? = nil) throws -> UInt32 {
    let cube = try field.map { try main.nDimensional(field: $0, as: type) } ?? main.nDimensional(as: type)
    var crc = CRC32()
    let elements = cube.elements
    elements.withUnsafeBytes { crc.update($0.bytes) }
    return crc.value
}

/// Reads numbers in the Swift type that is as wide as the stored one.
func checksum(_ main: USIDDataset, type: H5Datatype, field: String? = nil) throws -> UInt32 {
    if let base = type.complexBase {
        return base.size == 4
            ? try checksum(main, as: Complex<Float>.self, field: field)
            : try checksum(main, as: Complex<Double>.self, field: field)
    }
    switch (type.kind, type.size) {
    case (.float, 2): return try checksum(main, as: Float16.self, field: field)
    case (.float, 4): return try checksum(main, as: Float.self, field: field)
    case (.float, _): return try checksum(main, as: Double.self, field: field)
    case (.integer(let format), 1):
        return format.isSigned
            ? try checksum(main, as: Int8.self, field: field) : try checksum(main, as: UInt8.self, field: field)
    case (.integer(let format), 2):
        return format.isSigned
            ? try checksum(main, as: Int16.self, field: field) : try checksum(main, as: UInt16.self, field: field)
    case (.integer(let format), 4):
        return format.isSigned
            ? try checksum(main, as: Int32.self, field: field) : try checksum(main, as: UInt32.self, field: field)
    case (.integer(let format), _):
        return format.isSigned
            ? try checksum(main, as: Int64.self, field: field) : try checksum(main, as: UInt64.self, field: field)
    default: throw H5Error(.conversion, "elements are \(type), which are no numbers", path: main.path)
    }
}

for path in CommandLine.arguments.dropFirst() {
    for main in try USIDDataset.all(in: H5File.open(path)) {
        guard case .available(let labels, let shape) = main.nDimensionalForm else {
            print("{\"path\": \"\(main.path)\", \"reason\": \"\(main.nDimensionalForm)\"}")
            continue
        }
        var parts: [String] = []
        if main.dataset.datatype.complexBase == nil, case .compound(let members) = main.dataset.datatype.kind {
            for member in members {
                parts.append("\"\(member.name)\": \(try checksum(main, type: member.type, field: member.name))")
            }
        } else {
            parts.append("\"\": \(try checksum(main, type: main.dataset.datatype))")
        }
        print(
            "{\"path\": \"\(main.path)\", \"labels\": [\(labels.map { "\"\($0)\"" }.joined(separator: ", "))], "
                + "\"shape\": \(shape), \"crc32\": {\(parts.joined(separator: ", "))}}")
    }
}
