import HDF5Format

extension H5File {
    /// The root group.
    ///
    /// - Throws: `H5Error` when its header cannot be read.
    public var root: H5Group {
        get throws { try group("/") }
    }

    /// The object at a path; links are followed.
    public func object(_ path: String) throws -> H5Object {
        try PathResolver.resolve(path, from: nil, in: self).object()
    }

    /// The group at a path; links are followed.
    public func group(_ path: String) throws -> H5Group { try object(path).asGroup() }

    /// The dataset at a path; links are followed.
    public func dataset(_ path: String) throws -> H5Dataset { try object(path).asDataset() }

    /// The committed datatype at a path; links are followed.
    public func datatype(_ path: String) throws -> H5NamedDatatype { try object(path).asDatatype() }

    /// The object that a reference leads to.
    ///
    /// Its `path` is unknown, since a reference knows only the address: it reads `<address>`.
    public func object(_ reference: H5ReferenceValue) throws -> H5Object {
        guard let address = reference.objectAddress else {
            throw H5Error(.notFound, "the reference is null or leads to another file", file: path)
        }
        return try object(at: address, path: "<0x\(String(address, radix: 16))>")
    }

    /// The object whose header is at an address.
    func object(at address: UInt64, path: String) throws -> H5Object {
        try H5Object(file: self, path: path, address: address)
    }

    /// The dataset that a reference leads to; of a region reference, the dataset of the region.
    public func dataset(_ reference: H5ReferenceValue) throws -> H5Dataset { try object(reference).asDataset() }
}

extension H5ReferenceValue {
    /// The address of the object in this file that the reference leads to; nil for null and for other files.
    public var objectAddress: UInt64? {
        switch self {
        case .object(let address), .region(let address, _), .attribute(let address, _): return address
        case .null, .external: return nil
        }
    }
}
