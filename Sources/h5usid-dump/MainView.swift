import CommandLineSupport
import HDF5
import USID

/// What a scientist wants to know of a Main dataset: quantity, dimensions, scan order, N-dimensional form, origin.
struct MainView {
    private let session: DumpSession
    private let headerProvenance: USIDProvenance?
    private static let nameWidth = 16
    /// A file with more Mains shows the first of them.
    private static let longList = 12
    private static let foldedList = 10

    /// Makes a view.
    ///
    /// - Parameter headerProvenance: What the header has told already; it is not repeated.
    init(_ session: DumpSession, headerProvenance: USIDProvenance? = nil) {
        self.session = session
        self.headerProvenance = headerProvenance
    }

    /// Shows the Mains of a file or of a group, and how many there are.
    func showAll(_ mains: [USIDDataset]) {
        let isFolded = !session.choices.isComplete && mains.count > Self.longList
        for main in isFolded ? mains.prefix(Self.foldedList) : mains[...] {
            session.output.line()
            show(main, title: true)
        }
        session.output.line()
        var total = HumanText.count(mains.count, "Main dataset")
        if isFolded { total += ", \(mains.count - Self.foldedList) of them not shown, -a to show" }
        if mains.isEmpty { total = "no Main datasets" }
        if let limit = session.mains.exceededLimit {
            total += " among the objects shown; the file has more than \(limit) links, -a looks everywhere"
        }
        session.print(total, .faint)
        let rejected = session.mains.rejected
        for reject in rejected.prefix(session.choices.isComplete ? rejected.count : 3) {
            session.print("✗ " + reason(reject), .warning)
        }
        if !rejected.isEmpty {
            session.print("  \(DumpCommand.name) --validate \(session.fileName) says more", .faint)
        }
    }

    private func reason(_ reject: USIDSearch.Rejected) -> String {
        if let error = reject.reason as? USIDError {
            let rule = error.rule.map { " (\($0))" } ?? ""
            return "\(reject.path) is no Main dataset\(rule): \(error.message)".escaped
        }
        return "\(reject.path) cannot be read as a Main dataset: ".escaped + ErrorText.short(reject.reason)
    }

    /// Shows one Main.
    func show(_ main: USIDDataset, title: Bool) {
        if title { session.print("● " + main.path.escaped, .main) }
        var head = StyledText("  " + (main.quantity.isEmpty ? "(no quantity)" : main.quantity.escaped), .heading)
        if !main.units.isEmpty { head.append(" (\(main.units.escaped))", .heading) }
        let positions = HumanText.count(main.positionCount, "position")
        head.append("    \(positions) × \(main.spectroscopicPointCount)")
        if main.spectroscopicPointCount > 1 { head.append(" spectroscopic points") }
        session.print(head)
        showDimensions(of: main)
        showForm(of: main)
        showMembers(of: main)
        showProvenance(of: main)
    }

    private func line(_ name: String, _ text: StyledText) {
        var line = StyledText("  " + name, .faint)
        line.pad(to: Self.nameWidth + 2)
        session.print(line + text)
    }

    private func showDimensions(of main: USIDDataset) {
        let sides = [("positions", main.positions), ("spectroscopic", main.spectroscopic)]
        var table = TextTable()
        for (_, dimensions) in sides {
            for (number, dimension) in dimensions.enumerated() {
                var range = dimension.rangeText.escaped
                switch dimension.mode {
                case .default: break
                case .incomplete: range += ", incomplete"
                case .dependent: range += ", dependent"
                }
                let isFastest = number == 0 && dimensions.filter({ $0.size > 1 }).count > 1
                table.append([
                    TextTable.Cell(dimension.label.isEmpty ? "(no label)" : dimension.label.escaped, .heading),
                    TextTable.Cell("\(dimension.size)", alignment: .right),
                    TextTable.Cell(" " + range),
                    TextTable.Cell(isFastest ? " fastest" : "", .faint),
                ])
            }
        }
        var lines = table.takeLines()[...]
        for (name, dimensions) in sides {
            for number in dimensions.indices {
                guard let text = lines.popFirst() else { return }
                line(number == 0 ? name : "", text)
            }
        }
    }

    private func showForm(of main: USIDDataset) {
        let form = main.nDimensionalForm
        guard case .available = form else {
            line("N-dimensional", StyledText(form.description.escaped, .warning))
            return
        }
        var orders: [String] = []
        let sides = [(main.positionScanOrder, "positions"), (main.spectroscopicScanOrder, "spectroscopic points")]
        for (order, points) in sides {
            switch order {
            case .single, .raster: continue
            case .serpentine: orders.append("\(points) serpentine")
            case .other: orders.append("\(points) in irregular order")
            }
        }
        if orders.isEmpty, main.positionScanOrder == .raster { orders = ["raster scan"] }
        var text = StyledText(form.description.escaped)
        text.append("    " + (orders + ["complete"]).joined(separator: ", "), .faint)
        line("N-dimensional", text)
    }

    private func showMembers(of main: USIDDataset) {
        let type = main.dataset.datatype
        guard type.complexBase == nil, case .compound(let members) = type.kind else { return }
        let shown = members.prefix(session.choices.isComplete ? members.count : 6)
        var text = shown.map { "\($0.name) \(HumanText.type($0.type, limit: 24))".escaped }.joined(separator: ", ")
        if shown.count < members.count { text += ", … \(members.count - shown.count) more" }
        line("members", StyledText(text))
    }

    private func showProvenance(of main: USIDDataset) {
        guard let tree = try? main.provenanceTree(session.finder), let found = tree.provenance else { return }
        if found.tool != nil || !found.sources.isEmpty {
            var parts: [String] = []
            if !found.sources.isEmpty {
                let shown = found.sources.prefix(3).joined(separator: ", ")
                parts.append("from " + shown + (found.sources.count > 3 ? ", …" : ""))
            }
            if let file = found.sourceFile { parts.append("in \(file)") }
            if let tool = found.tool { parts.append("by \(tool)") }
            if let algorithm = found.algorithm { parts.append("(\(algorithm))") }
            line("result", StyledText(parts.joined(separator: " ").escaped))
            for source in tree.sources { showOrigins(of: source, indent: "") }
        }
        if found.timestamp == headerProvenance?.timestamp, found.writer == headerProvenance?.writer { return }
        let parts = [
            found.timestamp.map(HumanText.timestamp), found.writer.map { "by \($0)" }, found.machine.map { "on \($0)" },
        ].compactMap { $0 }
        if !parts.isEmpty { line("written", StyledText(parts.joined(separator: " ").escaped)) }
    }

    /// Shows what a source was made from in turn, or why that is not known.
    private func showOrigins(of source: USIDProvenanceTree, indent: String) {
        if let end = source.end, source.file == nil {
            line("", StyledText((indent + (source.path.isEmpty ? "" : source.path + ": ") + end).escaped, .warning))
        }
        guard let found = source.provenance, !source.sources.isEmpty else { return }
        let names = source.sources.map { $0.path + ($0.file.map { " in \($0)" } ?? "") }
        var text = indent + "└ that from " + names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
        if let tool = found.tool { text += " by \(tool)" }
        if let algorithm = found.algorithm { text += " (\(algorithm))" }
        line("", StyledText(text.escaped))
        for next in source.sources { showOrigins(of: next, indent: indent + "  ") }
    }
}
