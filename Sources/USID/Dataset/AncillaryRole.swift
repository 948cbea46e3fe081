/// The four parts that the ancillary datasets of a Main play; the raw value is the name of the reference attribute.
enum AncillaryRole: String, CaseIterable, Hashable, Sendable {
    case positionIndices = "Position_Indices"
    case positionValues = "Position_Values"
    case spectroscopicIndices = "Spectroscopic_Indices"
    case spectroscopicValues = "Spectroscopic_Values"

    static let attributeNames = allCases.map(\.rawValue)
}

/// The two sides of a Main dataset.
enum USIDSide: String, Hashable, Sendable {
    case positions
    case spectroscopic

    var indicesRole: AncillaryRole { self == .positions ? .positionIndices : .spectroscopicIndices }
    var valuesRole: AncillaryRole { self == .positions ? .positionValues : .spectroscopicValues }
    /// The axis of Main, and of the ancillaries, that counts points.
    var pointAxis: Int { self == .positions ? 0 : 1 }
    /// The axis of the ancillaries that counts dimensions.
    var dimensionAxis: Int { 1 - pointAxis }
    /// What the points are called.
    var pointName: String { self == .positions ? "position" : "spectroscopic point" }
    /// What the side is called.
    var sideName: String { self == .positions ? "position" : "spectroscopic" }
    /// The rule about the shapes.
    var shapeRule: USIDRule { self == .positions ? "R21" : "R22" }
}
