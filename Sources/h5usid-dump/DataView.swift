import CommandLineSupport
import HDF5

/// The values of a dataset, or of a part of it, in columns.
struct DataView {
    /// So many values are shown unless all are asked for.
    private static let valueLimit = 1_000
    /// So many records are shown however many members they have.
    private static let shortList = 20
    /// So many lines of a long text are shown.
    private static let textLines = 60
    /// So many columns of a wide table are shown when not all values fit the limit.
    private static let wideTable = 16
    /// So many values are read and formatted at a time.
    private static let batch = 100_000
    /// Numbers of a list in one line.
    private static let numbersPerLine = 10

    private let session: DumpSession
    private let dataset: H5Dataset
    private let coordinates: MainCoordinates?
    private let isNumeric: Bool

    init(_ session: DumpSession, _ dataset: H5Dataset) {
        self.session = session
        self.dataset = dataset
        coordinates = session.mains.main(dataset).map { MainCoordinates($0, values: session.values) }
        isNumeric = ValueText.isNumeric(dataset.datatype)
    }

    private var isComplete: Bool { session.choices.isComplete }

    /// Shows what is selected.
    func show(_ selection: SelectionArgument) throws {
        session.print(heading(selection))
        for line in try coordinates?.fixed(selection.axes) ?? [] { session.print(line, .faint) }
        session.output.line()
        let axes = selection.axes
        let free = axes.indices.filter { !axes[$0].isIndex }
        guard dataset.dataspace.kind != .null, !free.contains(where: { axes[$0].count == 0 }) else {
            session.print("no values", .faint)
            return
        }
        switch free.count {
        case 0: try showSingle(axes)
        case 1 where axes[free[0]].count == 1 && coordinates == nil && members == nil && !isNumeric:
            try showSingle(axes)
        case 1:
            // A record counts as its members.
            let limit = max(Self.valueLimit / max(members?.count ?? 1, 1), Self.shortList)
            try showList(axes, along: free[0], limit: isComplete ? .max : limit)
        default: try showTables(axes, free)
        }
    }

    private func heading(_ selection: SelectionArgument) -> StyledText {
        var line = StyledText(dataset.path.escaped, coordinates == nil ? .heading : .main)
        if !selection.isEverything { line.append(" " + selection.description, .heading) }
        if let quantity = coordinates?.quantity { line.append("   " + quantity) }
        line.append(
            "   " + HumanText.shape(dataset.dataspace) + "  " + HumanText.type(dataset.datatype, limit: 60), .faint)
        return line
    }

    // MARK: Reading

    private func read(_ axes: [SelectionArgument.Axis]) throws -> [H5Value] {
        try dataset.readValues(axes.isEmpty ? .all : .axes(axes.map(\.selection))).elements
    }

    /// The members of a record, where each can have a column.
    private var members: [H5CompoundMember]? {
        guard case .compound(let members) = dataset.datatype.kind, dataset.datatype.complexBase == nil else {
            return nil
        }
        return members
    }

    // MARK: One value

    private func showSingle(_ axes: [SelectionArgument.Axis]) throws {
        guard let value = try read(axes).first else { return }
        if case .compound(let fields) = value {
            var table = TextTable()
            for field in fields {
                let text = session.values.text(field.value, limit: isComplete ? .max : session.lineWidth)
                table.append([TextTable.Cell(field.name.escaped, .heading), TextTable.Cell(text)])
            }
            for line in table.takeLines() { session.print(line) }
        } else if case .string(let text) = value {
            show(text)
        } else {
            session.print(session.values.text(value, limit: isComplete ? .max : 10_000))
        }
    }

    /// A text alone: its line breaks are line breaks, everything else is escaped.
    private func show(_ text: String) {
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        let limit = isComplete ? Int.max : Self.textLines
        for line in lines.prefix(limit) {
            session.print(isComplete ? String(line).escaped : String(line.prefix(2_000)).escaped.shortened(to: 1_000))
        }
        if lines.count > limit {
            session.print("… \(HumanText.count(lines.count - limit, "more line", "more lines")); -a to show", .faint)
        }
    }

    // MARK: Lists

    /// One axis: numbers side by side, everything else line by line; of a Main with coordinates.
    private func showList(_ axes: [SelectionArgument.Axis], along axis: Int, limit: Int) throws {
        let total = axes[axis].count
        let shown = min(total, limit)
        let isGrid = coordinates == nil && isNumeric
        var table = DataTable(session, canSplit: false)
        if let members {
            let heads = coordinates?.heads(ofAxis: axis) ?? []
            table.append(labels: ["#"] + heads, values: members.map { head($0.name.escaped, $0.type) })
        } else if let coordinates {
            table.append(
                labels: ["#"] + coordinates.heads(ofAxis: axis), values: [head(coordinates.quantity, dataset.datatype)])
        }
        var place = 0
        while place < shown {
            let end = min(place + Self.batch, shown)
            var part = axes
            part[axis] = axes[axis].narrowed(to: place..<end)
            let values = try read(part)
            if isGrid {
                for start in stride(from: 0, to: values.count, by: Self.numbersPerLine) {
                    let row = values[start..<min(start + Self.numbersPerLine, values.count)]
                    table.append(labels: ["\(part[axis].coordinate(start))"], values: row.map { cell($0) })
                }
            } else {
                let known = try coordinates?.texts(ofAxis: axis, part[axis])
                for (index, value) in values.enumerated() {
                    var labels = ["\(part[axis].coordinate(index))"]
                    if let known, index < known.count { labels += known[index] }
                    table.append(labels: labels, values: record(value))
                }
            }
            table.flush()
            place = end
        }
        if shown < total { more([HumanText.count(total - shown, "more value", "more values")]) }
    }

    /// The cells of one element: a record has one per member.
    private func record(_ value: H5Value) -> [TextTable.Cell] {
        guard members != nil, case .compound(let fields) = value else { return [cell(value, isAlone: true)] }
        return fields.map { cell($0.value) }
    }

    private func cell(_ value: H5Value, isAlone: Bool = false) -> TextTable.Cell {
        switch value {
        case .integer, .unsigned, .float, .bigInteger, .bitfield, .time:
            return TextTable.Cell(session.values.text(value), alignment: .decimal)
        case .complex: return TextTable.Cell(session.values.text(value), alignment: .right)
        default:
            let limit = isComplete ? Int.max : isAlone ? max(session.lineWidth - 16, 40) : 40
            return TextTable.Cell(session.values.text(value, limit: limit))
        }
    }

    /// The head of a column: it stands as the values do.
    private func head(_ text: String, _ type: H5Datatype) -> TextTable.Cell {
        let isRight = ValueText.isNumeric(type) || type.complexBase != nil
        return TextTable.Cell(text, .heading, alignment: isRight ? .right : .left)
    }

    // MARK: Tables

    /// Two axes as rows and columns; with more axes, one table per place of the others.
    private func showTables(_ axes: [SelectionArgument.Axis], _ free: [Int]) throws {
        let outer = Array(free.dropLast(2))
        let rowAxis = free[free.count - 2]
        let columnAxis = free[free.count - 1]
        var places = [Int](repeating: 0, count: outer.count)
        var left = isComplete ? Int.max : Self.valueLimit
        var tables = 0
        while true {
            var part = axes
            for (axis, place) in zip(outer, places) { part[axis] = axes[axis].fixed(at: place) }
            if !outer.isEmpty {
                if tables > 0 { session.output.line() }
                session.print(SelectionArgument.text(part), .heading)
            }
            left -= try showTable(part, rowAxis, columnAxis, limit: left)
            tables += 1
            guard let axis = outer.indices.last(where: { places[$0] + 1 < axes[outer[$0]].count }) else { return }
            places[axis] += 1
            for inner in (axis + 1)..<max(outer.count, axis + 1) { places[inner] = 0 }
            if left <= 0 { break }
        }
        let all = outer.reduce(1) { count, axis in
            let (product, overflow) = count.multipliedReportingOverflow(by: axes[axis].count)
            return overflow ? .max : product
        }
        more([HumanText.count(all - tables, "more table", "more tables")])
    }

    /// Shows one table and says how many values it has.
    private func showTable(
        _ axes: [SelectionArgument.Axis], _ rowAxis: Int, _ columnAxis: Int, limit: Int
    ) throws -> Int {
        var rows = axes[rowAxis].count
        var columns = axes[columnAxis].count
        let (total, overflow) = rows.multipliedReportingOverflow(by: columns)
        if overflow || total > limit {
            columns = min(columns, max(Self.wideTable, limit / rows))
            rows = min(rows, max(1, limit / columns))
        }
        var part = axes
        part[columnAxis] = axes[columnAxis].narrowed(to: 0..<columns)
        let batchRows = max(1, Self.batch / columns)
        var table = DataTable(session, canSplit: rows <= batchRows)
        try appendHead(to: &table, part[columnAxis], columnAxis)
        var row = 0
        while row < rows {
            let end = min(row + batchRows, rows)
            part[rowAxis] = axes[rowAxis].narrowed(to: row..<end)
            let values = try read(part)
            let known = try coordinates?.texts(ofAxis: rowAxis, part[rowAxis])
            for index in 0..<(end - row) {
                var labels = ["\(part[rowAxis].coordinate(index))"]
                if let known, index < known.count { labels += known[index] }
                let start = min(index * columns, values.count)
                let end = min(start + columns, values.count)
                table.append(labels: labels, values: values[start..<end].map { cell($0) })
            }
            table.flush()
            row = end
        }
        var missing: [String] = []
        if rows < axes[rowAxis].count {
            missing.append(HumanText.count(axes[rowAxis].count - rows, "more row", "more rows"))
        }
        if columns < axes[columnAxis].count {
            missing.append(HumanText.count(axes[columnAxis].count - columns, "more column", "more columns"))
        }
        if !missing.isEmpty { more(missing) }
        return rows * columns
    }

    private func appendHead(
        to table: inout DataTable, _ columns: SelectionArgument.Axis, _ columnAxis: Int
    ) throws {
        guard let coordinates else {
            table.append(labels: [""], values: (0..<columns.count).map { index(columns.coordinate($0)) })
            return
        }
        for (name, texts) in try coordinates.headRows(columns) {
            table.append(head: name, values: texts.map { TextTable.Cell($0, .faint, alignment: .right) })
        }
        let heads = ["#"] + coordinates.heads(ofAxis: 0)
        if columns.count == 1, columns.start == 0, coordinates.hasSingleColumn {
            table.append(labels: heads, values: [head(coordinates.quantity, dataset.datatype)])
        } else {
            table.append(labels: heads, values: (0..<columns.count).map { index(columns.coordinate($0)) })
        }
    }

    private func index(_ number: Int) -> TextTable.Cell { TextTable.Cell("\(number)", .faint, alignment: .right) }

    private func more(_ parts: [String]) {
        session.print("… " + parts.joined(separator: ", ") + "; -a to show, or choose: -d '[0:10, ...]'", .faint)
    }
}
