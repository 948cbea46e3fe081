import ArgumentParser
import CommandLineSupport
import HDF5
import USID

/// `h5usid fix`: writes a copy in which everything that needs no guessing follows the rules of h5USID.
struct FixCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "fix", abstract: "Mends what a file does against the rules of h5USID, in a copy.",
        discussion: """
            OUT is a copy of IN in which everything is mended that needs no guessing: references that are missing or lead \
            nowhere, transposed matrices, labels and units on one dataset of a pair only, types, book-keeping that the \
            groups above have, and more. Everything else stays as it is. IN is never changed. OUT appears only \
            when it is complete, and replaces nothing unless told --replace. Each repair is told with its rule, and each \
            thing that is left with the reason.

            The exit code is 0 where OUT is valid h5USID, and 1 where errors are left; warnings may be left in both \
            cases (h5usid-dump --validate tells about them).

            EXAMPLES:
              h5usid fix scan.h5 fixed.h5
                  a mended copy, and a list of what was done
              h5usid fix --dry-run scan.h5
                  only says what would be done; nothing is written
              for f in *.h5; do h5usid fix "$f" "fixed/$f" || echo "$f" >> by-hand; done
                  all files of a folder, with a list of those that need a look
            """)

    @Argument(help: ArgumentHelp("The file to mend.", valueName: "in"), completion: .file())
    var input: String

    @Argument(help: ArgumentHelp("The mended copy; not needed with --dry-run.", valueName: "out"), completion: .file())
    var output: String?

    @Flag(name: [.customShort("n"), .long], help: "Only say what would be done.")
    var dryRun = false

    @OptionGroup var target: ReplaceOption

    var subject: String { input }

    func validate() throws {
        if output == nil, !dryRun { throw ValidationError("Missing expected argument '<out>'") }
    }

    func perform(_ output: Output) throws {
        let file = try H5File.open(input)
        let fixes: USIDFixes
        if let path = self.output, !dryRun {
            guard !FileIdentity.areSame(input, path) else {
                throw UsageError("\(path) is the file to mend itself; give the copy another name")
            }
            let bar = ProgressBar(verb: "copying")
            defer { bar.clear() }
            fixes = try USIDFixer().fix(file, to: path, replacing: target.replace) { done, total in
                try Interruption.check()
                bar.show(done, of: total)
            }
        } else {
            fixes = try USIDFixer().plan(for: file)
        }
        tell(fixes, output)
        if !fixes.isValid { throw AnswerIsNo() }
    }

    private func tell(_ fixes: USIDFixes, _ output: Output) {
        let verb = dryRun ? "would fix" : "fixed"
        let width = max(verb.utf8.count, "left".utf8.count) + 2
        func item(_ word: String, _ rule: USIDRule, _ path: String, _ details: [String]) {
            output.line(
                "  " + word.padded(to: width) + rule.description.escaped.padded(to: 5) + path.escaped)
            for detail in details { output.line("  " + String(repeating: " ", count: width) + detail.escaped) }
        }
        for repair in fixes.repairs { item(verb, repair.rule, repair.path, [repair.message]) }
        for leftover in fixes.leftovers {
            let level = leftover.finding.level == .must ? "error" : "warning"
            item(
                "left", leftover.finding.rule, leftover.finding.path,
                ["\(level): \(leftover.finding.message)", "→ \(leftover.reason)"])
        }
        let report = fixes.report
        var parts = [fixes.repairs.count.counted("repair")]
        if fixes.repairs.isEmpty {
            parts = [fixes.leftovers.isEmpty ? "nothing to mend" : "nothing can be mended"]
        }
        if report.errorCount > 0 { parts.append(report.errorCount.counted("error") + " left") }
        if report.warningCount > 0 { parts.append(report.warningCount.counted("warning") + " left") }
        let subject =
            dryRun ? (fixes.repairs.isEmpty ? "it is" : "it would be") : (self.output ?? "").escaped + " is"
        output.line(
            parts.joined(separator: ", ") + "; " + subject + (report.isValid ? " valid h5USID" : " not valid h5USID"))
    }
}
