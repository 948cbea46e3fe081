import HDF5Format

extension H5Group {
    /// Copies an object, with its attributes and all that hard links below it lead to, from this file or another one.
    ///
    /// ```swift
    /// let archive = try H5File.open("2025.h5")
    /// try file.root.copy(archive.group("Measurement_000"), to: "old/Measurement_000")
    /// ```
    ///
    /// References to objects that are copied too lead to the copies. Others stay as they are within one file, and are null in
    /// another one. Soft and external links are copied as they are, whatever they lead to.
    ///
    /// - Parameters:
    ///   - path: The path of the copy, below this group or from the root; groups that are missing on the way are made.
    ///   - options: What changes on the way, such as filters and chunk shapes.
    /// - Throws: `H5Error` with the codes `exists` or `readOnly` before anything is written, `notInGeneration` where this file
    ///   cannot hold what is copied, or what reading and writing throw; then the change is half-done and cannot be committed.
    @discardableResult
    public func copy(
        _ object: some H5Attributed, to path: String, options: H5CopyOptions = H5CopyOptions()
    ) throws -> H5CopySummary {
        guard let source = object.objectInFile else {
            throw H5Error(.invalidArgument, "only groups, datasets and committed datatypes are copied", path: path)
        }
        return try editing { editing in
            let editor = editing.editor
            let (parent, name) = try editing.parent(of: path, from: address)
            return try editor.change {
                try editor.settle()
                let copier = ObjectCopier(from: source.file, to: editor, options: options, isPart: true)
                let made = try copier.copy(source.object)
                try editor.links(of: parent).put(name, .hard(address: made))
                return copier.summary
            }
        }
    }
}

extension H5Attributed {
    fileprivate var objectInFile: (object: H5Object, file: H5File)? {
        switch self {
        case let group as H5Group: return (.group(group), group.file)
        case let dataset as H5Dataset: return (.dataset(dataset), dataset.file)
        case let datatype as H5NamedDatatype: return (.datatype(datatype), datatype.file)
        default: return nil
        }
    }
}
