/// Numbers in rows and columns from a text file: CSV, tab-separated, or a picture as text.
///
/// ```swift
/// let table = try NumberTable(path: "profile.csv")
/// print(table.labels, table.rowCount, table.columnCount)
/// ```
///
/// Numbers are separated by a comma, a semicolon, a tab or blanks, all lines in the same way. Where the separator is no comma,
/// numbers may have one in place of the decimal point, unless points are there too. Lines that begin with `#`, `%` or `//`
/// are comments, and a first line that is no number holds labels.
public struct NumberTable: Hashable, Sendable {
    /// What separates the numbers of a line.
    public typealias Separator = NumberSeparator

    /// The names of the columns; empty where the file has none.
    public let labels: [String]
    /// The comments, without the characters that begin them.
    public let comments: [String]
    /// The number of lines of numbers.
    public let rowCount: Int
    /// The numbers of a line.
    public let columnCount: Int
    /// The numbers, line after line.
    public let values: [Double]
    /// What separates the numbers.
    public let separator: Separator

    /// Reads a table.
    ///
    /// - Parameters:
    ///   - path: The path of the file.
    ///   - separator: What separates the numbers; nil where the file is to tell.
    ///   - limit: The most bytes that the file, and the numbers, may take in memory.
    /// - Throws: `USIDError`: `unreadableFile`, `damagedFile` with line and column, or `tooLarge`.
    public init(path: String, separator: Separator? = nil, limit: Int = RasterFile.standardLimit) throws {
        try self.init(RasterBytes(path: path, limit: limit), separator)
    }

    /// Reads a table in memory.
    ///
    /// - Parameters:
    ///   - bytes: The content of the file.
    ///   - name: The name of the file, for errors.
    ///   - separator: What separates the numbers; nil where the file is to tell.
    ///   - limit: The most bytes that the numbers may take in memory.
    /// - Throws: As `init(path:separator:limit:)`.
    public init(
        bytes: [UInt8], name: String = "", separator: Separator? = nil, limit: Int = RasterFile.standardLimit
    ) throws {
        try self.init(RasterBytes(path: name, bytes: bytes, limit: limit), separator)
    }

    init(_ file: RasterBytes, _ chosen: Separator?) throws {
        var lines = TextLines(file)
        let style = try TextStyle(lines, chosen, file)
        separator = style.separator
        var labels: [String] = []
        var comments: [String] = []
        var values: [Double] = []
        var columnCount = 0
        var rowCount = 0
        while let line = lines.next() {
            if let comment = line.comment {
                comments.append(comment)
                continue
            }
            let fields = style.fields(of: line)
            if rowCount == 0, labels.isEmpty, style.hasLabels {
                labels = fields.map { style.label($0) }
                continue
            }
            if rowCount == 0 { columnCount = fields.count }
            guard fields.count == columnCount else {
                throw line.error(
                    column: min(fields.count, columnCount) + 1, file,
                    "there are \(fields.count) numbers, and \(columnCount) in the lines before")
            }
            guard values.count + fields.count <= file.limit / 8 else {
                throw USIDError(
                    .tooLarge, path: file.path,
                    "line \(line.number): the numbers take more than \(file.limit) bytes in memory: raise the limit if you "
                        + "trust the file")
            }
            for (number, field) in fields.enumerated() {
                guard let value = style.number(field) else {
                    throw line.error(
                        column: number + 1, file, "'\(RasterBytes.text(field.prefix(40)))' is no number")
                }
                values.append(value)
            }
            rowCount += 1
        }
        guard rowCount > 0, columnCount > 0 else {
            throw USIDError(
                .damagedFile, path: file.path, "the file has no line of numbers: look whether it is a table")
        }
        guard labels.isEmpty || labels.count == columnCount else {
            throw USIDError(
                .damagedFile, path: file.path,
                "the line of labels has \(labels.count), and there are \(columnCount) columns: give each column one")
        }
        self.labels = labels
        self.comments = comments
        self.values = values
        self.rowCount = rowCount
        self.columnCount = columnCount
    }

    /// The table as a picture, a number per pixel.
    public func image() throws -> RasterImage {
        try RasterImage(
            width: columnCount, height: rowCount, channels: .grey, elements: .float64(values),
            metadata: comments.map { .init("comment", $0) })
    }
}
