import HDF5

/// Writes arrays that are in memory as a measurement: any number of Mains, further datasets, parameters.
///
/// ```swift
/// let scan = ArrayTranslator.Main(
///     quantity: "Current", units: "nA", positions: .fastestFirst([x, y]), spectroscopic: .fastestFirst([bias]),
///     elements: .float32(values))
/// try ArrayTranslator(parameters: ["gain": 1e9], mains: [scan]).write(into: file.root)
/// ```
///
/// Each Main goes into a channel group of its own, as `Raw_Data` (R50, R52); the first channel holds the further datasets.
public struct ArrayTranslator: Sendable {
    /// A Main dataset that is to be written.
    public struct Main: Sendable {
        /// The name, by default `Raw_Data`.
        public var name: String
        /// What was measured.
        public var quantity: String
        /// The unit of the values; empty where they have none.
        public var units: String
        /// The dimensions of the positions, N points.
        public var positions: USIDAncillaries
        /// The dimensions of the spectroscopic side, S points.
        public var spectroscopic: USIDAncillaries
        /// N × S elements, the spectroscopic points of one position side by side.
        public var elements: ArrayElements
        /// What is known about the channel, one attribute of its group each.
        public var parameters: USIDParameters

        /// Makes a Main that is to be written.
        public init(
            name: String = "Raw_Data", quantity: String, units: String, positions: USIDAncillaries,
            spectroscopic: USIDAncillaries, elements: ArrayElements, parameters: USIDParameters = [:]
        ) {
            self.name = name
            self.quantity = quantity
            self.units = units
            self.positions = positions
            self.spectroscopic = spectroscopic
            self.elements = elements
            self.parameters = parameters
        }
    }

    /// A further dataset that is to be written.
    public struct Extra: Sendable {
        /// The name.
        public var name: String
        /// The extent of each axis, slowest first.
        public var shape: [Int]
        /// The elements.
        public var elements: ArrayElements

        /// Makes a further dataset.
        public init(name: String, shape: [Int], elements: ArrayElements) {
            self.name = name
            self.shape = shape
            self.elements = elements
        }
    }

    /// What the root group's attribute `translator` says.
    public var name: String
    /// What the root group's attribute `data_type` says.
    public var dataType: String
    /// What is known about the measurement, one attribute of its group each.
    public var parameters: USIDParameters
    /// The Main datasets, at least one.
    public var mains: [Main]
    /// Further datasets beside the first Main.
    public var extras: [Extra]
    /// Conventions, chunks, filters, book-keeping of what is written.
    public var options: USIDWriteOptions

    /// Makes a translator of arrays.
    public init(
        name: String = "ArrayTranslator", dataType: String = "Array", parameters: USIDParameters = [:], mains: [Main],
        extras: [Extra] = [], options: USIDWriteOptions = USIDWriteOptions()
    ) {
        self.name = name
        self.dataType = dataType
        self.parameters = parameters
        self.mains = mains
        self.extras = extras
        self.options = options
    }

    /// Names that belong to the ancillary datasets.
    private static let reserved: Set<String> = [
        "Position_Indices", "Position_Values", "Spectroscopic_Indices", "Spectroscopic_Values",
    ]

    /// Writes the arrays as a new measurement below a group (R51).
    ///
    /// The attributes `data_type` and `translator` go to the root group where that had no members, and otherwise to the
    /// measurement group, as the file holds other data too. What fails half-way leaves nothing behind.
    ///
    /// - Returns: The Mains in order.
    /// - Throws: `USIDError` with code `readOnly`, or `invalidArgument` for arrays, names and parameters that cannot be
    ///   written; `H5Error` where the file cannot grow.
    @discardableResult
    public func write(into group: H5Group) throws -> [USIDDataset] { try write(into: group, from: "") }

    /// - Parameter path: The file that the arrays come from; empty where they come from none.
    func write(into group: H5Group, from path: String) throws -> [USIDDataset] {
        try check(path: group.path)
        return try NewMeasurement(translator: name, dataType: dataType, parameters: parameters, options: options)
            .write(into: group, from: path) { measurement in
                var written: [USIDDataset] = []
                for (number, main) in mains.enumerated() {
                    let channel = try measurement.createChannelGroup(
                        parameters: main.parameters, bookKeeping: options.bookKeeping)
                    written.append(try Self.write(main, into: channel, options))
                    if number == 0 { for extra in extras { try Self.write(extra, into: channel) } }
                }
                return written
            }
    }

    /// Checks what the layers below do not.
    private func check(path: String) throws {
        func wrong(_ message: String) -> USIDError { USIDError(.invalidArgument, path: path, message) }
        guard !mains.isEmpty else { throw wrong("there is no Main dataset to write: give one") }
        for main in mains where Self.reserved.contains(main.name) {
            throw wrong("'\(main.name)' belongs to an ancillary dataset: give the Main another name")
        }
        var names = Self.reserved
        if let first = mains.first { names.insert(first.name) }
        for extra in extras {
            try WrittenText.checkName(extra.name, "a further dataset", path: path, allowsHyphens: true)
            guard names.insert(extra.name).inserted else {
                throw wrong("there are two datasets called '\(extra.name)': rename one of them")
            }
            var count: Int? = 1
            for extent in extra.shape { count = count.flatMap { product($0, extent) } }
            guard count == extra.elements.count else {
                throw wrong(
                    "dataset '\(extra.name)' of shape \(extra.shape) does not have the \(extra.elements.count) elements "
                        + "that are given")
            }
        }
    }

    private static func write(_ main: Main, into group: H5Group, _ options: USIDWriteOptions) throws -> USIDDataset {
        func create(_ values: some ElementList) throws -> USIDDataset {
            try USIDDataset.create(
                in: group, main.name, quantity: main.quantity, units: main.units, positions: main.positions,
                spectroscopic: main.spectroscopic, values: values.list, options: options)
        }
        return try create(main.elements.elements)
    }

    private static func write(_ extra: Extra, into group: H5Group) throws {
        func create<List: ElementList>(_ values: List) throws {
            try group.createDataset(extra.name, of: List.Element.self, shape: extra.shape).write(values.list)
        }
        try create(extra.elements.elements)
    }
}
