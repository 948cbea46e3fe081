/// What separates the numbers of a line of text.
public enum NumberSeparator: Character, Hashable, Sendable, CaseIterable {
    /// `,`
    case comma = ","
    /// `;`
    case semicolon = ";"
    /// A tabulator.
    case tab = "\t"
    /// One blank or several.
    case blanks = " "
}
