/// Rows of cells whose columns line up.
///
/// Numbers stand with their decimal points below each other. Widths only grow, so that a long table can be written
/// in parts that fit together.
struct TextTable {
    /// How a column stands.
    enum Alignment {
        case left
        case right
        /// Right-aligned, with decimal points below each other.
        case decimal
    }

    /// One field.
    struct Cell {
        var text: StyledText
        var alignment: Alignment

        init(_ text: String, _ role: TextRole = .plain, alignment: Alignment = .left) {
            self.text = StyledText(text, role)
            self.alignment = alignment
        }

        init(_ text: StyledText) {
            self.text = text
            alignment = .left
        }

        /// The columns before the decimal point.
        fileprivate var integerWidth: Int {
            guard alignment == .decimal, let text = text.pieces.first?.text.utf8 else { return 0 }
            // Text without digits, such as nan, stands where integers stand.
            return text.firstIndex(of: UInt8(ascii: ".")).map { text.distance(from: text.startIndex, to: $0) }
                ?? text.count
        }
    }

    private struct Column {
        var width = 0
        var integerWidth = 0
        var fractionWidth = 0
    }

    private var columns: [Column] = []
    private(set) var rows: [[Cell]] = []
    private let gap: String

    /// Makes a table with so many spaces between columns.
    init(gap: Int = 2) { self.gap = String(repeating: " ", count: gap) }

    mutating func append(_ row: [Cell]) {
        while columns.count < row.count { columns.append(Column()) }
        for (index, cell) in row.enumerated() {
            if cell.alignment == .decimal {
                let integer = cell.integerWidth
                columns[index].integerWidth = max(columns[index].integerWidth, integer)
                columns[index].fractionWidth = max(columns[index].fractionWidth, cell.text.width - integer)
                columns[index].width = max(
                    columns[index].width, columns[index].integerWidth + columns[index].fractionWidth)
            } else {
                columns[index].width = max(columns[index].width, cell.text.width)
            }
        }
        rows.append(row)
    }

    /// The width of the columns `range` with the gaps between them.
    func width(of range: Range<Int>) -> Int {
        columns[range].reduce(0) { $0 + $1.width } + gap.utf8.count * max(range.count - 1, 0)
    }

    /// The width of one column.
    func width(ofColumn index: Int) -> Int { columns.indices.contains(index) ? columns[index].width : 0 }

    /// The lines of all rows, or of some of their columns; the rows are taken out.
    mutating func takeLines() -> [StyledText] {
        let lines = rows.map { line($0, columns: Array(0..<columns.count)) }
        rows.removeAll()
        return lines
    }

    /// One row as a line of the columns asked for.
    func line(_ row: [Cell], columns shown: [Int]) -> StyledText {
        var line = StyledText()
        for (place, index) in shown.enumerated() {
            if place > 0 { line.append(gap) }
            let start = line.width
            guard index < row.count else {
                line.pad(to: start + columns[index].width)
                continue
            }
            let cell = row[index]
            let column = columns[index]
            switch cell.alignment {
            case .left: break
            case .right: line.pad(to: start + column.width - cell.text.width)
            case .decimal:
                // Where a header is wider than the numbers, the numbers stand below its right end.
                let offset = column.width - column.integerWidth - column.fractionWidth
                line.pad(to: start + offset + column.integerWidth - cell.integerWidth)
            }
            line.append(cell.text)
            line.pad(to: start + column.width)
        }
        return line
    }
}
