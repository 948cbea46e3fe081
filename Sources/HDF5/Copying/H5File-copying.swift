import HDF5Format

extension H5File {
    /// Copies the whole file to a new one, which appears at its path only when it is complete.
    ///
    /// Hard links, references and the order of creation are preserved; so are the user block, attributes, committed
    /// datatypes, fill values and comments. Data that lies in other files comes into the copy.
    ///
    /// - Parameters:
    ///   - path: The path of the copy.
    ///   - generation: Which releases of libhdf5 can read the copy.
    ///   - replacing: Whether a file at that path is replaced.
    /// - Throws: `H5Error` with the code `notInGeneration` where the generation cannot hold what the file has, `exists`, or
    ///   what reading and writing throw.
    @discardableResult
    public func copy(
        to path: String, generation: H5FormatGeneration = .v1_8, replacing: Bool = false,
        options: H5CopyOptions = H5CopyOptions()
    ) throws -> H5CopySummary {
        let root = try root
        var creation = H5CreateOptions(
            generation: generation, userBlockSize: userBlockSize,
            tracksCreationOrder: options.toleratesDamage
                ? (try? root.tracksCreationOrder) ?? false : try root.tracksCreationOrder)
        creation.fieldSizes = context.storage.sizes
        creation.tracksAttributeCreationOrder = root.objectHandle.header.prefix.tracksAttributeCreationOrder
        let copy = try H5File.create(path, replacing: replacing, options: creation)
        let editor = try copy.writable()
        do {
            let summary = try editor.perform {
                try editor.change {
                    try copyUserBlock(to: editor)
                    let copier = ObjectCopier(from: self, to: editor, options: options)
                    try copier.copyContents(of: root, into: copy.context.superblock.rootHeaderAddress)
                    return copier.summary
                }
            }
            try copy.commit()
            try copy.close()
            return summary
        } catch {
            try? copy.close()
            throw error
        }
    }

    private func copyUserBlock(to editor: FileEditor) throws {
        guard userBlockSize > 0 else { return }
        var block = [UInt8](repeating: 0, count: userBlockSize)
        try context.storage.readUserBlock(into: &block)
        try block.withUnsafeBytes { try editor.transaction.write($0, at: 0) }
    }
}
