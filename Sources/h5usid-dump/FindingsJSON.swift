import HDF5
import USID

/// The findings of the validator as JSON; `Spec/json.md` describes the schema `h5usid-dump-findings-1`.
struct FindingsJSON {
    /// What became of one file.
    enum Outcome {
        case report(USIDReport)
        /// The file cannot be opened, with the reason.
        case unreadable(String)
    }

    /// The whole document.
    static func text(of files: [(name: String, outcome: Outcome)]) -> String {
        var json = JSONWriter(isIndented: true)
        json.object { json in
            json.member("schema", "h5usid-dump-findings-1")
            json.array("files") { json in
                for file in files {
                    json.object { json in
                        json.member("file", file.name)
                        switch file.outcome {
                        case .report(let report): write(report, &json)
                        case .unreadable(let reason): json.member("unreadable", reason)
                        }
                    }
                }
            }
        }
        return json.text + "\n"
    }

    private static func write(_ report: USIDReport, _ json: inout JSONWriter) {
        json.member("valid", report.isValid)
        json.member("errors", report.errorCount)
        json.member("warnings", report.warningCount)
        json.member("notes", report.noteCount)
        json.member("mains", texts: report.mains)
        json.array("forms") { json in for form in report.forms { write(form, &json) } }
        json.array("findings") { json in
            for finding in report.findings {
                json.object { json in
                    json.member("rule", finding.rule.rawValue)
                    json.member("level", finding.level.rawValue)
                    json.member("path", finding.path)
                    json.member("message", finding.message)
                    json.optional("expected", finding.expected)
                    json.optional("found", finding.found)
                    json.optional("advice", finding.advice)
                    json.optional("cause", finding.cause)
                }
            }
        }
    }

    private static func write(_ form: USIDReport.Form, _ json: inout JSONWriter) {
        json.object { json in
            json.member("path", form.path)
            json.object("scan_order") { json in
                json.member("positions", form.positionScanOrder.rawValue)
                json.member("spectroscopic", form.spectroscopicScanOrder.rawValue)
            }
            if let labels = form.labels, let shape = form.shape {
                json.object("n_dimensional") { json in
                    json.member("labels", texts: labels)
                    json.member("shape", shape)
                }
            } else {
                json.null("n_dimensional")
            }
            json.array("obstacles") { json in
                for obstacle in form.obstacles {
                    json.object { json in
                        json.member("rule", obstacle.rule.rawValue)
                        json.member("message", obstacle.message)
                    }
                }
            }
        }
    }
}

extension JSONWriter {
    /// Writes a text member, or null.
    mutating func optional(_ name: String, _ value: String?) {
        if let value { member(name, value) } else { null(name) }
    }
}
