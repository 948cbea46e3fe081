/// A rule of h5USID by its number, such as `R21`; the rules are listed in `Spec/h5usid.md`.
///
/// The rule `HDF5` stands for everything that the file format below asks for.
public struct USIDRule: RawRepresentable, Hashable, Sendable, Codable {
    /// The number as people cite it: `R21`.
    public let rawValue: String

    /// Makes a rule from its number as people cite it.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// What the file format below asks for.
    public static let hdf5 = USIDRule(rawValue: "HDF5")
}

extension USIDRule: ExpressibleByStringLiteral {
    /// Makes a rule from its number as people cite it.
    public init(stringLiteral value: String) { self.init(rawValue: value) }
}

extension USIDRule: Comparable, CustomStringConvertible {
    /// The number as people cite it.
    public var description: String { rawValue }

    /// The number alone; rules without one come first.
    private var number: Int { Int(rawValue.drop { !$0.isNumber }) ?? -1 }

    private var series: Substring { rawValue.prefix { $0.isLetter } }

    /// Orders by number, so that `R9` comes before `R10`.
    public static func < (left: USIDRule, right: USIDRule) -> Bool {
        left.series == right.series ? left.number < right.number : left.series < right.series
    }
}
