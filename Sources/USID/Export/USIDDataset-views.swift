import HDF5

/// What a view of a Main is written to as a file of another format.
package enum USIDViewFormat: Sendable {
    /// One line per element, with coordinates.
    case csv
    /// An array of NumPy.
    case npy
}

extension USIDDataset {
    /// Exports a slice in the Swift type that its elements are stored in, for callers that do not know it.
    ///
    /// - Returns: The shape of the slice.
    /// - Throws: As `slice(_:as:policy:)` and the exports of `USIDArray`.
    @discardableResult
    package func exportSlice(
        _ selections: [String: USIDSelection], field: String? = nil, to path: String, _ format: USIDViewFormat,
        replacing: Bool = false
    ) throws -> [Int] {
        func export<Element: H5Element>(_ type: Element.Type) throws -> [Int] {
            let view =
                try field.map { try slice(selections, field: $0, as: type) } ?? slice(selections, as: type)
            try view.export(to: path, format, replacing: replacing)
            return view.shape
        }
        let type = try elementType(ofField: field)
        switch TextForm(type) {
        case .float: return try export(Float.self)
        case .double: return try export(Double.self)
        case .complexFloat: return try export(Complex<Float>.self)
        case .complexDouble: return try export(Complex<Double>.self)
        case .signed:
            switch type.size {
            case 1: return try export(Int8.self)
            case 2: return try export(Int16.self)
            case 4: return try export(Int32.self)
            default: return try export(Int64.self)
            }
        case .unsigned:
            switch type.size {
            case 1: return try export(UInt8.self)
            case 2: return try export(UInt16.self)
            case 4: return try export(UInt32.self)
            default: return try export(UInt64.self)
            }
        case nil:
            throw USIDError(.invalidArgument, rule: "R4", path: self.path, "elements are \(type), which are no numbers")
        }
    }

    /// The type that reductions of the elements are stored as by default: of the precision and kind that they have, double
    /// precision for integers.
    package func reducedType(ofField field: String? = nil) throws -> any USIDReducible.Type {
        switch TextForm(try elementType(ofField: field)) {
        case .float: Float.self
        case .complexFloat: Complex<Float>.self
        case .complexDouble: Complex<Double>.self
        default: Double.self
        }
    }
}

extension USIDArray where Element: H5Element {
    /// Exports the elements.
    package func export(to path: String, _ format: USIDViewFormat, replacing: Bool) throws {
        switch format {
        case .csv: try exportCSV(to: path, replacing: replacing)
        case .npy: try exportNPY(to: path, replacing: replacing)
        }
    }
}
