import HDF5Format

extension JSONWriter {
    /// Writes where a link leads: its kind, and what belongs to a link of that kind.
    ///
    /// - Parameters:
    ///   - userDefinedKey: The name of the member with the type of a user-defined link.
    ///   - writeObject: Writes what is told of the object that a hard link leads to, by its address.
    package mutating func writeTarget(
        of link: H5Link, userDefinedKey: String, writeObject: (UInt64, inout JSONWriter) -> Void
    ) {
        switch link.target {
        case .hard(let address):
            member("kind", "hard")
            writeObject(address, &self)
        case .soft(let path):
            member("kind", "soft")
            member("target", path)
        case .external(let file, let path):
            member("kind", "external")
            member("file", file)
            member("target", path)
        case .userDefined(let type, _):
            member("kind", "user")
            member(userDefinedKey, type)
        }
    }
}
