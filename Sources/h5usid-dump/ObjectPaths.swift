import CommandLineSupport
import HDF5

/// The paths of objects by their addresses, so that references can be shown as people know them.
final class ObjectPaths {
    private let file: H5File
    private var known: [UInt64: String] = [:]
    private var isComplete = false
    /// A reference is not worth reading a whole large file for.
    private static let objectLimit = 20_000

    init(file: H5File) { self.file = file }

    /// Notes where an object was seen; the first path stays.
    func note(_ address: UInt64, _ path: String) {
        if known[address] == nil { known[address] = path }
    }

    /// The path noted so far; reads nothing.
    func notedPath(of address: UInt64) -> String? { known[address] }

    /// The path of an object, looked for in the file; nil where it is not among the first objects.
    func path(of address: UInt64) -> String? {
        if let path = known[address] { return path }
        if !isComplete {
            isComplete = true
            if let walk = try? file.root.walk() {
                for object in walk.prefix(Self.objectLimit) { note(object.address, object.path) }
            }
        }
        return known[address]
    }

    /// What a reference leads to for programs: `/path`, `/path@attribute`, `/path[0:3]`; empty for null.
    func plainText(of reference: H5ReferenceValue) -> String {
        switch reference {
        case .null: return ""
        case .object(let address): return plainName(address)
        case .region(let address, let selection): return plainName(address) + Self.text(of: selection)
        case .attribute(let address, let attribute): return plainName(address) + "@" + attribute
        case .external(let file, let reference): return "\(file):\(reference)"
        }
    }

    private func plainName(_ address: UInt64) -> String {
        path(of: address) ?? "<0x\(String(address, radix: 16))>"
    }

    private func name(_ address: UInt64) -> String {
        if let path = path(of: address) { return path.escaped }
        // An address without an object is worth knowing: the reference outlived what it led to.
        guard (try? file.object(.object(address: address))) != nil else {
            return "nothing (no object at 0x\(String(address, radix: 16)))"
        }
        return "object at 0x\(String(address, radix: 16))"
    }

    /// What a reference leads to, as safe text.
    func text(of reference: H5ReferenceValue) -> String {
        switch reference {
        case .null: return "null reference"
        case .object(let address): return "→ " + name(address)
        case .region(let address, let selection): return "→ " + name(address) + " " + Self.text(of: selection)
        case .attribute(let address, let attribute): return "→ " + name(address) + "@" + attribute.escaped
        case .external(let file, let reference):
            // Addresses are those of the other file, which is not opened.
            switch reference {
            case .attribute(_, let attribute): return "→ \(file.escaped):@\(attribute.escaped)"
            case .region(_, let selection): return "→ \(file.escaped): \(Self.text(of: selection))"
            default: return "→ \(file.escaped): \(reference.description.escaped)"
            }
        }
    }

    /// A selection as people write slices: `[0:3, 5]`.
    static func text(of selection: H5Selection) -> String {
        switch selection {
        case .all: return "[all]"
        case .none: return "[nothing]"
        case .axes(let axes): return "[\(HumanText.count(axes.count, "axis", "axes"))]"
        case .hyperslab(let slab):
            let axes = slab.start.indices.map { axis -> String in
                guard axis < slab.stride.count, axis < slab.count.count, axis < slab.block.count else { return "?" }
                return text(slab.start[axis], slab.stride[axis], slab.count[axis], slab.block[axis])
            }
            return "[" + axes.joined(separator: ", ") + "]"
        case .points(let points):
            let shown = points.prefix(4).map { "(" + $0.map(String.init).joined(separator: ", ") + ")" }
            return "[" + HumanText.count(points.count, "point") + " " + shown.joined(separator: " ")
                + (points.count > 4 ? " …]" : "]")
        case .blocks(let blocks):
            let shown = blocks.prefix(4).map { block in
                "[" + zip(block.start, block.end).map { text($0, 1, 1, $1 &- $0 &+ 1) }.joined(separator: ", ") + "]"
            }
            return shown.joined(separator: " + ") + (blocks.count > 4 ? " + … (\(blocks.count) blocks)" : "")
        }
    }

    private static func text(_ start: Int, _ stride: Int, _ count: Int?, _ block: Int?) -> String {
        guard let block else { return "\(start):" }
        let blockEnd = start &+ block
        if count == 1 { return block == 1 ? "\(start)" : "\(start):\(blockEnd)" }
        guard let count else { return block == 1 ? "\(start)::\(stride)" : "\(start):\(blockEnd) every \(stride)" }
        let end = start &+ (count &- 1) &* stride &+ block
        if stride == block { return "\(start):\(end)" }
        return block == 1 ? "\(start):\(end):\(stride)" : "\(start):\(blockEnd) every \(stride), \(count) times"
    }
}
