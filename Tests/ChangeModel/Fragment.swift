import Foundation
import HDF5
import HDF5Filters

/// A part of a digest (`Spec/digest.md`) as JSON: text, numbers, lists and members by name.
package typealias Fragment = [String: Any]

/// What does not count when digests are compared.
private let ignored: Set<String> = ["preview", "sha256", "time", "vsel", "ssel", "committed"]

/// Whether what is wanted is there; members that are not asked for do not count.
package func isEqual(_ wanted: Any?, _ given: Any?) -> Bool {
    switch (wanted, given) {
    case (let wanted as Fragment, let given as Fragment):
        return wanted.allSatisfy { ignored.contains($0) || isEqual($1, given[$0]) }
    case (let wanted as [Any], let given as [Any]):
        return wanted.count == given.count && zip(wanted, given).allSatisfy { isEqual($0, $1) }
    case (let wanted as NSObject, let given as NSObject): return wanted == given
    case (nil, nil): return true
    default: return false
    }
}

/// Canonical bytes as a digest shows them.
func dataFragment(_ bytes: [UInt8]) -> Fragment {
    var checksum = CRC32()
    checksum.update(bytes.span.bytes)
    let digits = String(checksum.value, radix: 16)
    return ["nbytes": bytes.count, "crc32": String(repeating: "0", count: 8 - digits.count) + digits]
}

/// An extent as a digest shows it.
func spaceFragment(_ shape: [Int], maximum: [Int?]? = nil) -> Fragment {
    if shape.isEmpty { return ["kind": "scalar"] }
    return ["kind": "simple", "shape": shape, "maxshape": (maximum ?? shape).map { $0 ?? -1 }]
}

extension H5File {
    /// The objects that the digest of the file shows.
    package func digestObjects() throws -> [Fragment] {
        let text = try digestText()
        let document = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? Fragment
        return document?["objects"] as? [Fragment] ?? []
    }

    /// The digest of the file.
    package func digestText() throws -> String {
        var text = ""
        try H5Digest(of: self).write { text += $0 }
        return text
    }
}
