import CommandLineSupport
import HDF5
import USID

/// The coordinates of the points of a Main dataset, as text beside its values.
///
/// Dimensions of one value only are left out: they tell nothing apart. Values are those of the Values datasets,
/// point by point, so that they are right for scans of any order.
struct MainCoordinates {
    /// One dimension that is shown: its head, and its place in the Values dataset.
    private struct Dimension {
        var label: String
        var units: String
        var place: Int

        var head: String { MainCoordinates.name(label, units) }
    }

    private let main: USIDDataset
    private let values: ValueText
    private let sides: [[Dimension]]

    init(_ main: USIDDataset, values: ValueText) {
        self.main = main
        self.values = values
        sides = [
            Self.dimensions(main.positions, main.positionLabelsInFileOrder),
            Self.dimensions(main.spectroscopic, main.spectroscopicLabelsInFileOrder),
        ]
    }

    private static func dimensions(_ dimensions: [USIDDimension], _ labels: [String]) -> [Dimension] {
        dimensions.filter { $0.size > 1 }.compactMap { dimension in
            guard let place = labels.firstIndex(where: { $0.utf8.elementsEqual(dimension.label.utf8) }) else {
                return nil
            }
            return Dimension(label: dimension.label, units: dimension.units, place: place)
        }
    }

    fileprivate static func name(_ label: String, _ units: String) -> String {
        units.isEmpty ? label.escaped : "\(label.escaped) (\(units.escaped))"
    }

    /// The quantity with its units.
    var quantity: String { Self.name(main.quantity, main.units) }

    /// Whether there is one spectroscopic point only.
    var hasSingleColumn: Bool { main.spectroscopicPointCount == 1 }

    /// The names of the dimensions along an axis, with units.
    func heads(ofAxis axis: Int) -> [String] { sides[axis].map(\.head) }

    /// The coordinates of points along an axis: per point, one text per dimension.
    func texts(ofAxis axis: Int, _ points: SelectionArgument.Axis) throws -> [[String]] {
        let dimensions = sides[axis]
        guard !dimensions.isEmpty, points.count > 0 else { return [] }
        var range = points
        range.isIndex = false
        if axis == 0 {
            let dataset = main.positionValues
            let width = dataset.shape[1]
            let stored = try dataset.readValues(.axes([range.selection, .whole])).elements
            return (0..<points.count).map { point in
                dimensions.map { text(stored, point * width + $0.place) }
            }
        }
        let stored = try main.spectroscopicValues.readValues(.axes([.whole, range.selection])).elements
        return (0..<points.count).map { point in
            dimensions.map { text(stored, $0.place * points.count + point) }
        }
    }

    private func text(_ stored: [H5Value], _ place: Int) -> String {
        stored.indices.contains(place) ? values.text(stored[place], limit: 24) : ""
    }

    /// The coordinates of spectroscopic points: per dimension its name and one text per point.
    func headRows(_ points: SelectionArgument.Axis) throws -> [(String, [String])] {
        let texts = try texts(ofAxis: 1, points)
        return sides[1].enumerated().map { number, dimension in (dimension.head, texts.map { $0[number] }) }
    }

    /// Where the axes with a single index stand: `position 5: X 0.1 nm, Y 0 nm`.
    func fixed(_ axes: [SelectionArgument.Axis]) throws -> [String] {
        try zip(axes, ["position", "spectroscopic point"]).enumerated().compactMap { axis, pair in
            guard pair.0.isIndex, !sides[axis].isEmpty, let texts = try texts(ofAxis: axis, pair.0).first else {
                return nil
            }
            let values = zip(sides[axis], texts).map { dimension, text in
                "\(dimension.label.escaped) \(text)" + (dimension.units.isEmpty ? "" : " " + dimension.units.escaped)
            }
            return "\(pair.1) \(pair.0.start): " + values.joined(separator: ", ")
        }
    }
}
