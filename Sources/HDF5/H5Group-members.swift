import HDF5Format

extension H5Group {
    /// The object at a path below the group (or from the root, when the path starts with `/`); links are followed.
    public func object(_ path: String) throws -> H5Object {
        try PathResolver.resolve(path, from: objectHandle, in: file).object()
    }

    /// The group at a path below this one; links are followed.
    public func group(_ path: String) throws -> H5Group { try object(path).asGroup() }

    /// The dataset at a path below this group; links are followed.
    public func dataset(_ path: String) throws -> H5Dataset { try object(path).asDataset() }

    /// The committed datatype at a path below this group; links are followed.
    public func datatype(_ path: String) throws -> H5NamedDatatype { try object(path).asDatatype() }

    /// The objects that hard links lead to, by name or by creation.
    public func members(_ order: H5Order = .name) throws -> [H5Object] {
        try links(order).compactMap { link in
            guard case .hard = link.target else { return nil }
            return link.openOrUnreadable()
        }
    }

    /// Everything below the group, itself included: each object once, depth first in order of names.
    ///
    /// Only hard links are followed, so the walk stays in the file and never runs in circles. Objects that cannot be
    /// read come as `H5Object.unreadable`; the walk goes on behind them.
    ///
    /// - Throws: `H5Error` when the links of the group itself cannot be read.
    public func walk() throws -> H5Walk { try H5Walk(from: self) }
}

extension H5Link {
    /// Opens what the link leads to.
    public func open() throws -> H5Object {
        try PathResolver.follow(message, in: group).object()
    }

    /// Opens what the link leads to, or says why that is not possible.
    func openOrUnreadable() -> H5Object {
        do {
            return try open()
        } catch {
            let known = error as? H5Error ?? H5Error(.inputOutput, "\(error)")
            var address: UInt64 = 0
            if case .hard(let target) = message.target { address = target }
            return .unreadable(H5UnreadableObject(path: path, address: address, error: known))
        }
    }
}
