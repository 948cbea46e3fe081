import HDF5Format

/// A committed (named) datatype.
public struct H5NamedDatatype: H5Attributed {
    private let handle: H5ObjectHandle
    /// The type.
    public let datatype: H5Datatype

    init(_ handle: H5ObjectHandle) throws {
        self.handle = handle
        datatype = try handle.locating {
            guard let message = handle.header.first(.datatype) else {
                throw H5Error(.damaged, "a committed datatype has no type", address: handle.header.address)
            }
            return try handle.context.decode(message, of: handle.header) { try DatatypeMessage(from: &$0).datatype }
        }
    }

    /// The path by which the datatype was reached.
    public var path: String { handle.path }
    /// The file that holds the datatype.
    public var file: H5File { handle.file }
    /// The address of the object's header.
    public var address: UInt64 { handle.address }
    var objectHandle: H5ObjectHandle { handle }
    /// The attributes of the datatype.
    public var attributes: H5Attributes { H5Attributes(handle) }
    /// The comment that the object carries, if any.
    public var comment: String? { get throws { try handle.locating(handle.comment) } }
}
