import HDF5Format

/// A link of a group.
public struct H5Link: Sendable {
    /// Where a link leads.
    public enum Target: Hashable, Sendable {
        /// An object of the same file, by the address of its header.
        case hard(address: UInt64)
        /// A path, looked up when the link is followed; it may lead nowhere.
        case soft(path: String)
        /// A path in another file.
        case external(file: String, path: String)
        /// Something that only the program knows that made it.
        case userDefined(type: UInt8, data: [UInt8])
    }

    let message: LinkMessage
    let group: H5ObjectHandle

    init(_ message: LinkMessage, in group: H5ObjectHandle) {
        self.message = message
        self.group = group
    }

    /// The name; bytes that are not valid UTF-8 appear as `\xHH`.
    public var name: String { message.name.string }
    /// The bytes of the name as stored.
    public var nameBytes: [UInt8] { message.name.bytes }
    /// The position in the order of creation, where the group tracks it.
    public var creationOrder: Int? { message.creationOrder.map { Int($0) } }
    /// The path of the link: that of its group and its name.
    public var path: String { group.path(of: name) }

    /// Where the link leads.
    public var target: Target {
        switch message.target {
        case .hard(let address): return .hard(address: address)
        case .soft(let path): return .soft(path: path.string)
        case .external(let file, let path): return .external(file: file.string, path: path.string)
        case .userDefined(let type, let data): return .userDefined(type: type, data: data)
        }
    }
}
