import CommandLineSupport
import HDF5
import USID

/// The findings of the validator, as people read them.
struct ValidateView {
    private let output: Output
    private let style: TerminalStyle
    private let isComplete: Bool

    /// Makes a view; notes are shown only when everything is asked for.
    init(_ output: Output, style: TerminalStyle, isComplete: Bool) {
        self.output = output
        self.style = style
        self.isComplete = isComplete
    }

    /// Shows what was found in one file.
    func show(_ report: USIDReport, name: String) {
        var line = StyledText(name.escaped + ": ", .heading)
        if report.isValid {
            line.append("valid h5USID", .main)
            line.append(", " + HumanText.count(report.mainCount, "Main dataset"))
        } else {
            line.append("not valid h5USID", .trouble)
        }
        if report.noteCount > 0, !isComplete {
            line.append(", \(HumanText.count(report.noteCount, "note")) (-a to show)", .faint)
        }
        output.line(line.painted(style))
        for group in report.groups where isComplete || group.finding.level != .info { show(group) }
    }

    private func show(_ group: USIDReport.Group) {
        let finding = group.finding
        var line = StyledText("  ")
        line.append(finding.level.word, finding.level.role)
        line.pad(to: 11)
        line.append(finding.rule.description.escaped, .heading)
        line.pad(to: 16)
        line.append(Self.objects(of: group))
        let details = details(finding)
        // What needs one line gets one line.
        if details.count == 1, group.count == 1, let message = details.first {
            line.append("   " + message)
            output.line(line.painted(style))
            return
        }
        output.line(line.painted(style))
        for detail in details { output.line("           " + detail) }
    }

    private static func objects(of group: USIDReport.Group) -> String {
        let paths = group.paths.map(\.escaped)
        guard group.count > 1 else { return paths.first ?? "" }
        let rest = group.count - paths.count
        return "\(group.count) objects: " + paths.joined(separator: ", ") + (rest > 0 ? ", … \(rest) more" : "")
    }

    private func details(_ finding: USIDFinding) -> [String] {
        var lines = [finding.message.escaped]
        switch (finding.expected, finding.found) {
        case (let expected?, let found?): lines.append("expected \(expected.escaped), found \(found.escaped)")
        case (let expected?, nil): lines.append("expected \(expected.escaped)")
        case (nil, let found?): lines.append("found \(found.escaped)")
        case (nil, nil): break
        }
        if let cause = finding.cause { lines.append("cause " + cause.escaped) }
        if let advice = finding.advice { lines.append(style.paint("→ " + advice.escaped, .ancillary)) }
        return lines
    }

    /// Shows the sum over all files, where one line does not say it already.
    func showSum(of reports: [USIDReport], unreadable: Int) {
        let errors = reports.reduce(0) { $0 + $1.errorCount }
        let warnings = reports.reduce(0) { $0 + $1.warningCount }
        let files = reports.count + unreadable
        guard errors + warnings > 0 || files > 1 else { return }
        let counts = [
            errors > 0 ? HumanText.count(errors, "error") : nil,
            warnings > 0 ? HumanText.count(warnings, "warning") : nil,
        ].compactMap { $0 }
        var line = counts.isEmpty ? "no errors, no warnings" : counts.joined(separator: ", ")
        line += " in " + HumanText.count(files, "file")
        if unreadable > 0 { line += ", \(unreadable) of them not readable" }
        output.line(style.paint(line, .faint))
    }
}

extension USIDFinding.Level {
    fileprivate var word: String {
        switch self {
        case .must: return "error"
        case .should: return "warning"
        case .info: return "note"
        }
    }

    fileprivate var role: TextRole {
        switch self {
        case .must: return .trouble
        case .should: return .warning
        case .info: return .faint
        }
    }
}
