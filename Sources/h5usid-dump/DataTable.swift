import CommandLineSupport
import HDF5

/// A table of values with labels at its left side and above.
///
/// On a terminal, columns that do not fit beside each other follow below; into a pipe, each row is one line.
struct DataTable {
    private let session: DumpSession
    private let canSplit: Bool
    private var labels = TextTable()
    private var values = TextTable()
    /// Labels of rows above the table, which may be wider than the columns of labels below; by row.
    private var wideLabels: [Int: String] = [:]
    private var wideWidth = 0

    /// Makes a table; one that is written in parts cannot be split into columns that follow below.
    init(_ session: DumpSession, canSplit: Bool) {
        self.session = session
        self.canSplit = canSplit
    }

    /// Adds a row with its labels; the first row of labels may be their heads.
    mutating func append(labels row: [String], values cells: [TextTable.Cell]) {
        labels.append(row.map { TextTable.Cell($0, .faint, alignment: .decimal) })
        values.append(cells)
    }

    /// Adds a row above the table, such as the values of a dimension along the columns.
    mutating func append(head: String, values cells: [TextTable.Cell]) {
        wideLabels[values.rows.count] = head
        wideWidth = max(wideWidth, head.displayWidth)
        labels.append([])
        values.append(cells)
    }

    /// Writes the rows and forgets them; widths stay.
    mutating func flush() {
        let columnCount = values.rows.map(\.count).max() ?? 0
        let rows = values.rows
        let sides = labels.takeLines()
        let sideWidth = max(sides.map(\.width).max() ?? 0, wideWidth)
        var first = 0
        repeat {
            let last = end(from: first, columnCount, room: session.lineWidth - sideWidth)
            if first > 0 { session.output.line() }
            for (index, row) in rows.enumerated() {
                var line = StyledText()
                if let head = wideLabels[index] {
                    line.pad(to: sideWidth - head.displayWidth)
                    line.append(head, .faint)
                } else {
                    line.pad(to: sideWidth - sides[index].width)
                    line.append(sides[index])
                }
                line.append("   ")
                line.append(values.line(row, columns: Array(first..<last)))
                session.print(line)
            }
            first = last
        } while first < columnCount
        _ = values.takeLines()
        wideLabels.removeAll()
    }

    /// The end of the columns that fit into a line.
    private func end(from first: Int, _ columnCount: Int, room: Int) -> Int {
        guard canSplit, Terminal.isTerminal else { return columnCount }
        var last = first + 1
        while last < columnCount, values.width(of: first..<(last + 1)) + 3 <= room { last += 1 }
        return min(last, columnCount)
    }
}
