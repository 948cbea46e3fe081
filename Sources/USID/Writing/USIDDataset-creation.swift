import HDF5

extension USIDDataset {
    /// Writes a Main dataset of numbers or complex numbers with its ancillary datasets.
    ///
    /// ```swift
    /// let x = USIDDimension("X", units: "nm", values: stride(from: -250, through: 250, by: 125))
    /// let y = USIDDimension("Y", units: "µm", values: [0, 3.5, 7])
    /// try USIDDataset.create(
    ///     in: group, "Raw_Data", quantity: "Intensity", units: "counts", positions: .fastestFirst([x, y]),
    ///     spectroscopic: .fastestFirst([energy]), values: values)
    /// ```
    ///
    /// Ancillary datasets of the same content that lie where new ones would go are used again (R33).
    ///
    /// - Parameters:
    ///   - group: The group for the Main, as a rule a channel group (`H5Group.createChannelGroup`).
    ///   - name: The name, without `-` and `/` (R14).
    ///   - quantity: What was measured (R5).
    ///   - units: The unit of the values; empty where they have none (R6).
    ///   - positions: The dimensions of the positions, N points.
    ///   - spectroscopic: The dimensions of the spectroscopic side, S points.
    ///   - values: N × S elements, the spectroscopic points of one position side by side; stored as they are.
    ///   - options: Conventions, chunks, filters, book-keeping.
    /// - Throws: `USIDError` before anything is written: `readOnly`, `exists`, or `invalidArgument` with the rule that
    ///   would be broken (R4 for `Bool`). `H5Error` where the options contradict each other or the file cannot grow.
    @discardableResult
    public static func create<Element: H5Element>(
        in group: H5Group, _ name: String, quantity: String, units: String, positions: USIDAncillaries,
        spectroscopic: USIDAncillaries, values: [Element], options: USIDWriteOptions = USIDWriteOptions()
    ) throws -> USIDDataset {
        let plan = try MainPlan(
            MainPlace(group: group, name: name), datatype: H5Datatype(of: Element.self), quantity: quantity,
            units: units, positions: positions, spectroscopic: spectroscopic, options: options)
        try plan.checkCount(values.count)
        return try plan.write { try $0.write(values) }
    }

    /// Writes a Main dataset of rows, a compound of their members, with its ancillary datasets.
    ///
    /// - Parameter rows: N × S elements, the spectroscopic points of one position side by side.
    /// - Throws: As for numbers; `USIDError` with rule R4 where a member is no number.
    @_disfavoredOverload
    @discardableResult
    public static func create<Row: Codable>(
        in group: H5Group, _ name: String, quantity: String, units: String, positions: USIDAncillaries,
        spectroscopic: USIDAncillaries, values rows: [Row], options: USIDWriteOptions = USIDWriteOptions()
    ) throws -> USIDDataset {
        let plan = try MainPlan(
            MainPlace(group: group, name: name), datatype: try H5Datatype(of: Row.self), quantity: quantity,
            units: units, positions: positions, spectroscopic: spectroscopic, options: options)
        try plan.checkCount(rows.count)
        return try plan.write { try $0.write(rows) }
    }

    /// Makes an empty Main dataset of numbers or complex numbers with its ancillary datasets, to be filled later.
    ///
    /// Data that is larger than memory is then written by `write(_:atPositions:)`, batch by batch. What is never written
    /// reads as zero.
    ///
    /// - Parameter type: The elements: any number type but `Bool`.
    /// - Throws: As with values.
    @discardableResult
    public static func create<Element: H5Element>(
        in group: H5Group, _ name: String, of type: Element.Type, quantity: String, units: String,
        positions: USIDAncillaries, spectroscopic: USIDAncillaries, options: USIDWriteOptions = USIDWriteOptions()
    ) throws -> USIDDataset {
        try create(
            in: group, name, datatype: H5Datatype(of: type), quantity: quantity, units: units, positions: positions,
            spectroscopic: spectroscopic, options: options)
    }

    /// Makes an empty Main dataset of rows, a compound of their members, to be filled later.
    ///
    /// - Throws: As with values.
    @_disfavoredOverload
    @discardableResult
    public static func create<Row: Codable>(
        in group: H5Group, _ name: String, of type: Row.Type, quantity: String, units: String,
        positions: USIDAncillaries, spectroscopic: USIDAncillaries, options: USIDWriteOptions = USIDWriteOptions()
    ) throws -> USIDDataset {
        try create(
            in: group, name, datatype: try H5Datatype(of: type), quantity: quantity, units: units,
            positions: positions, spectroscopic: spectroscopic, options: options)
    }

    /// Makes an empty Main dataset of any type that R4 allows, to be filled later.
    ///
    /// - Parameter datatype: The type as it is stored, such as `.float32` or `.compound([("amplitude", .float32)])`.
    /// - Throws: As with values.
    @discardableResult
    public static func create(
        in group: H5Group, _ name: String, datatype: H5Datatype, quantity: String, units: String,
        positions: USIDAncillaries, spectroscopic: USIDAncillaries, options: USIDWriteOptions = USIDWriteOptions()
    ) throws -> USIDDataset {
        try MainPlan(
            MainPlace(group: group, name: name), datatype: datatype, quantity: quantity, units: units,
            positions: positions, spectroscopic: spectroscopic, options: options
        ).write { _ in }
    }
}
