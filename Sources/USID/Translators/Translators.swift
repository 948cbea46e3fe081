/// The translators that come with the library.
public enum Translators {
    /// All of them, the most particular first.
    public static let known: [any Translator.Type] = [
        NPYTranslator.self, ImageStackTranslator.self, ImageTranslator.self,
    ]

    /// The translator for a file; nil where none knows it.
    ///
    /// - Throws: `USIDError` with code `unreadableFile`, and, as a picture is looked for others behind it, `damagedFile`,
    ///   `unsupportedFile` or `tooLarge`.
    public static func translator(for path: String) throws -> (any Translator)? {
        let start = try RasterBytes.start(of: path)
        guard let found = known.first(where: { $0.recognises(start: start, path: path) }) else { return nil }
        guard found == ImageStackTranslator.self else { return found.init() }
        // Only the whole file tells how many pictures there are.
        return try RasterFile(path: path).pageCount > 1 ? ImageStackTranslator() : ImageTranslator()
    }
}
