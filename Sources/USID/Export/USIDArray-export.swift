import HDF5

extension USIDArray where Element: H5Element {
    /// Writes the elements as an array in NumPy's format `.npy`, which `numpy.load` reads.
    ///
    /// ```swift
    /// try main.slice(["Frequency": .nearest(325_000)], as: Float.self).exportNPY(to: "map.npy")
    /// ```
    ///
    /// Little-endian, in C order. The file appears when it is whole.
    ///
    /// - Parameter replacing: Whether a file at that path is replaced.
    /// - Throws: `H5Error` with code `exists`, `noSpace` or others as the system reports. Then there is no file.
    public func exportNPY(to path: String, replacing: Bool = false) throws {
        try export(to: path, .npy, replacing: replacing)
    }

    /// Writes the elements with their coordinates as comma-separated values: one line per element.
    ///
    /// The first line names the columns: the dimensions, then the quantity. Where the axes are dimensions, coordinates are
    /// their unit values, or indices where a dimension has none; else they are the values of each point. Numbers have the
    /// fewest digits that read back as the same number. The file appears when it is whole.
    ///
    /// - Parameter replacing: Whether a file at that path is replaced.
    /// - Throws: `H5Error` where values cannot be read, and with code `exists`, `noSpace` or others as the system reports.
    ///   Then there is no file.
    public func exportCSV(to path: String, replacing: Bool = false) throws {
        try export(to: path, .csv, replacing: replacing)
    }

    /// Exports the elements.
    package func export(
        to path: String, _ format: USIDViewFormat, replacing: Bool, progress: USIDProgress? = nil
    ) throws {
        let file = try ViewFile(layout, of: Element.self, path: path, format, replacing: replacing)
        // In parts, so that progress is heard and texts take little memory.
        let step = ViewFile.partElements
        for start in stride(from: 0, to: elements.count, by: step) {
            let end = elements.count - start < step ? elements.count : start + step
            try file.write(Array(elements[start..<end]))
            try progress?(end, elements.count)
        }
        try file.finish()
    }
}
