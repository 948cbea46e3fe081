import HDF5
import USID

/// A Main dataset that a process makes: one row for each position of the source, whose position dimensions it shares.
///
/// ```swift
/// .perPosition("Peak", quantity: "Frequency", units: "Hz", of: Float.self)
/// .perPosition("Filtered_Data", quantity: source.quantity, units: source.units, of: Float.self, columns: .likeSource)
/// ```
public struct ResultDataset: Sendable {
    /// The spectroscopic side of a result.
    public enum Columns: Sendable {
        /// One value for each position (R46).
        case single
        /// As many as the source has, along the same dimensions.
        case likeSource
        /// Those of the source without some dimensions: one for all points that differ along these only.
        case without([String])
        /// Dimensions of its own, the fastest first.
        case fastestFirst([USIDDimension])
        /// Dimensions of its own, the slowest first.
        case slowestFirst([USIDDimension])
    }

    /// The name, without `-` and `/` (R14).
    public let name: String
    /// What the values are (R5).
    public let quantity: String
    /// The unit of the values; empty where they have none (R6).
    public let units: String
    /// The spectroscopic side.
    public let columns: Columns
    /// The members of a compound, each a number of the same type; empty where elements are single numbers.
    public let members: [String]
    /// The type of an element as it is stored.
    let datatype: H5Datatype
    /// How a number lies in memory.
    let representation: H5Representation
    /// The bytes of a number.
    let numberSize: Int
    /// Finds the first number of a column that is NaN or infinite; nil where numbers are always finite.
    let firstNonFinite: (@Sendable (ResultColumn) -> Int?)?

    /// A result of numbers or complex numbers.
    ///
    /// - Parameters:
    ///   - type: What values are stored as.
    ///   - columns: The spectroscopic side; by default one value for each position.
    public static func perPosition<Element: H5Element>(
        _ name: String, quantity: String, units: String, of type: Element.Type, columns: Columns = .single
    ) -> ResultDataset {
        ResultDataset(name, quantity, units, columns, members: [], of: type)
    }

    /// A result of compounds whose members are numbers of one type, side by side.
    ///
    /// In a `ResultColumn` they are as many numbers for each element as there are members.
    ///
    /// - Parameters:
    ///   - members: The names of the members, with their units where they have any: `Amplitude [V]`.
    public static func perPosition<Element: H5Element>(
        _ name: String, quantity: String, units: String, members: [String], of type: Element.Type,
        columns: Columns = .single
    ) -> ResultDataset {
        ResultDataset(name, quantity, units, columns, members: members, of: type)
    }

    private init<Element: H5Element>(
        _ name: String, _ quantity: String, _ units: String, _ columns: Columns, members: [String],
        of type: Element.Type
    ) {
        self.name = name
        self.quantity = quantity
        self.units = units
        self.columns = columns
        self.members = members
        let number = H5Datatype(of: type)
        datatype = members.isEmpty ? number : .compound(members.map { ($0, number) })
        representation = type.h5Representation
        numberSize = MemoryLayout<Element>.stride
        firstNonFinite = Self.search(type)
    }

    private static func search<Element: H5Element>(
        _ type: Element.Type
    ) -> (@Sendable (ResultColumn) -> Int?)? {
        switch type {
        case is Float.Type: { $0.firstNonFinite(infinity: Float.infinity.bitPattern) }
        case is Double.Type: { $0.firstNonFinite(infinity: Double.infinity.bitPattern) }
        case is Complex<Float>.Type: { $0.firstNonFinite(infinity: Float.infinity.bitPattern).map { $0 / 2 } }
        case is Complex<Double>.Type: { $0.firstNonFinite(infinity: Double.infinity.bitPattern).map { $0 / 2 } }
        default: nil
        }
    }
}

/// Numbers that are stored beside results once for all positions, such as the filter that was applied.
public struct ResultConstant: Sendable {
    /// The name.
    public let name: String
    /// The shape.
    public let shape: [Int]
    let write: @Sendable (H5Group) throws -> Void

    /// Makes a constant.
    ///
    /// - Parameters:
    ///   - values: The numbers in row-major order.
    ///   - shape: The shape; by default one axis.
    ///   - attributes: What is said of it, such as its quantity and its units.
    public init<Element: H5Element>(
        _ name: String, _ values: [Element], shape: [Int]? = nil, attributes: [String: String] = [:]
    ) {
        self.name = name
        self.shape = shape ?? [values.count]
        write = { group in
            let made = try group.createDataset(name, values, shape: shape)
            for (key, value) in attributes.sorted(by: { $0.key < $1.key }) { try made.setAttribute(key, value) }
        }
    }
}
