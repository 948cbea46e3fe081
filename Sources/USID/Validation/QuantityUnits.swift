/// Units that a quantity cannot have.
enum QuantityUnits {
    private static let kinds: [(name: String, words: [String], units: Set<String>)] = [
        ("an angle", ["phase", "angle"], ["rad", "mrad", "deg", "degree", "degrees", "°", "radian", "radians"]),
        ("a frequency", ["frequency"], ["Hz", "kHz", "MHz", "GHz", "mHz"]),
        ("a length", ["topography", "height"], ["m", "mm", "um", "µm", "μm", "nm", "pm", "Å", "A"]),
        ("a current", ["current"], ["A", "mA", "uA", "µA", "μA", "nA", "pA", "fA"]),
    ]

    /// What kind of unit the quantity has, when the unit is certainly of another kind.
    ///
    /// Volts never contradict: sensors deliver them for everything. Units that are not in the lists do not either.
    static func contradiction(quantity: String, units: String) -> String? {
        let words = quantity.lowercased().split { !$0.isLetter }.map(String.init)
        let wanted = kinds.filter { kind in words.contains { kind.words.contains($0) } }
        guard wanted.count == 1, let kind = wanted.first, !kind.units.contains(units),
            kinds.contains(where: { $0.units.contains(units) })
        else { return nil }
        return "the unit of " + kind.name
    }
}
