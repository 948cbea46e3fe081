extension USIDDataset: CustomStringConvertible {
    /// A page about the dataset: what was measured, over which dimensions, in which order, and where it comes from.
    ///
    /// Reads the Values datasets and some attributes, not the data.
    public var description: String {
        var lines = [path, "  " + headline]
        lines += sideLines
        lines += [line("N-dimensional", formText)]
        if dataset.datatype.complexBase == nil, case .compound(let members) = dataset.datatype.kind {
            lines += [line("members", NumberText.list(members.map { "\($0.name) \($0.type)" }, limit: 6))]
        }
        lines += provenanceLines
        return lines.joined(separator: "\n")
    }

    /// `Intensity (a.u.)    65536 positions × 1   uint8`.
    private var headline: String {
        let type: String
        if let base = dataset.datatype.complexBase {
            type = "complex of \(base)"
        } else if case .compound(let members) = dataset.datatype.kind {
            type = NumberText.count(members.count, "member")
        } else {
            type = "\(dataset.datatype)"
        }
        return (quantity.isEmpty ? "(no quantity)" : quantity) + (units.isEmpty ? "" : " (\(units))")
            + "    \(NumberText.count(positionCount, "position")) × \(spectroscopicPointCount)    \(type)"
    }

    private func line(_ name: String, _ text: String) -> String { "  " + name.padded(to: 16) + text }

    private var sideLines: [String] {
        let sides = [("positions", positions), ("spectroscopic", spectroscopic)]
        let all = sides.flatMap(\.1)
        let labelWidth = all.map(\.label.count).max() ?? 0
        let sizeWidth = all.map { String($0.size).count }.max() ?? 0
        let texts = all.map { $0.rangeText + ($0.mode == .default ? "" : ", \($0.mode)") }
        let textWidth = texts.map(\.count).max() ?? 0
        var lines: [String] = []
        for (name, dimensions) in sides {
            for (number, dimension) in dimensions.enumerated() {
                var text = dimension.label.padded(to: labelWidth) + "  "
                text += String(dimension.size).padded(to: sizeWidth, alignsRight: true)
                text += "   " + texts[lines.count]
                if number == 0, dimensions.count > 1 {
                    text = text.padded(to: labelWidth + sizeWidth + 5 + textWidth) + "   fastest"
                }
                lines.append(line(number == 0 ? name : "", text.withoutTrailingSpaces))
            }
        }
        return lines
    }

    private var formText: String {
        let form = nDimensionalForm
        guard case .available = form else { return form.description }
        var orders: [String] = []
        for (order, name) in [(positionScanOrder, "positions"), (spectroscopicScanOrder, "spectroscopic points")] {
            switch order {
            case .single, .raster: continue
            case .serpentine: orders.append("\(name) serpentine")
            case .other: orders.append("\(name) not line by line")
            }
        }
        if orders.isEmpty { orders = [positionCount > 1 ? "raster scan" : ""].filter { !$0.isEmpty } }
        return form.description + "    " + (orders + ["complete"]).joined(separator: ", ")
    }

    private var provenanceLines: [String] {
        guard let found = try? provenance() else { return [] }
        var lines: [String] = []
        if found.tool != nil || !found.sources.isEmpty {
            var text = found.sources.isEmpty ? "" : "from " + NumberText.list(found.sources, limit: 3)
            if let file = found.sourceFile { text += (text.isEmpty ? "" : " ") + "in \(file)" }
            if let tool = found.tool { text += (text.isEmpty ? "" : " ") + "by \(tool)" }
            if let algorithm = found.algorithm { text += " (\(algorithm))" }
            lines.append(line("result", text))
        }
        let parts = [
            found.timestamp.map(Self.readable), found.writer.map { "by \($0)" }, found.machine.map { "on \($0)" },
        ].compactMap { $0 }
        if !parts.isEmpty { lines.append(line("written", parts.joined(separator: " "))) }
        return lines
    }

    /// `2019_03_22-12_00_00` as `2019-03-22 12:00:00`.
    private static func readable(_ timestamp: String) -> String {
        guard BookKeeping.isTimestamp(timestamp) else { return timestamp }
        let parts = timestamp.split(separator: "-")
        return parts[0].split(separator: "_").joined(separator: "-") + " "
            + parts[1].split(separator: "_").joined(separator: ":")
    }
}

extension String {
    fileprivate func padded(to width: Int, alignsRight: Bool = false) -> String {
        let padding = String(repeating: " ", count: Swift.max(0, width - count))
        return alignsRight ? padding + self : self + padding
    }

    fileprivate var withoutTrailingSpaces: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
