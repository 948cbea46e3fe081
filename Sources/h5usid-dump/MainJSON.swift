import HDF5
import USID

/// A Main dataset as JSON.
enum MainJSON {
    /// The values of a dimension of more indices are left out unless everything is asked for.
    private static let valueLimit = 1_000

    static func write(_ main: USIDDataset, _ values: ValueJSON, _ finder: PathFinder, _ json: inout JSONWriter) {
        json.object { json in
            json.member("path", main.path)
            json.member("quantity", main.quantity)
            json.member("units", main.units)
            json.member("shape", [main.positionCount, main.spectroscopicPointCount])
            json.array("positions") { json in for item in main.positions { write(item, values, &json) } }
            json.array("spectroscopic") { json in for item in main.spectroscopic { write(item, values, &json) } }
            json.object("scan_order") { json in
                json.member("positions", main.positionScanOrder.rawValue)
                json.member("spectroscopic", main.spectroscopicScanOrder.rawValue)
            }
            switch main.nDimensionalForm {
            case .available(let labels, let shape):
                json.object("n_dimensional") { json in
                    json.member("labels", texts: labels)
                    json.member("shape", shape)
                }
            case .unavailable(let problems):
                json.null("n_dimensional")
                json.array("obstacles") { json in
                    for problem in problems {
                        json.object { json in
                            json.member("rule", problem.rule.rawValue)
                            json.member("message", problem.description)
                        }
                    }
                }
            }
            json.object("ancillaries") { json in
                json.member("Position_Indices", path(of: main.positionIndices, values))
                json.member("Position_Values", path(of: main.positionValues, values))
                json.member("Spectroscopic_Indices", path(of: main.spectroscopicIndices, values))
                json.member("Spectroscopic_Values", path(of: main.spectroscopicValues, values))
            }
            if let tree = try? main.provenanceTree(finder) { write(tree, &json) }
        }
    }

    /// A dataset that was reached by a reference knows its address only.
    private static func path(of dataset: H5Dataset, _ values: ValueJSON) -> String {
        values.paths.path(of: dataset.address) ?? dataset.path
    }

    private static func write(_ dimension: USIDDimension, _ values: ValueJSON, _ json: inout JSONWriter) {
        json.object { json in
            json.member("label", dimension.label)
            json.member("units", dimension.units)
            json.member("size", dimension.size)
            json.member("mode", "\(dimension.mode)")
            if let step = dimension.step { json.member("step", number: step) } else { json.null("step") }
            guard let stored = dimension.unitValues else {
                json.null("values")
                return
            }
            guard values.isComplete || stored.count <= valueLimit else {
                json.member("omitted", stored.count)
                return
            }
            json.array("values") { json in for value in stored { json.element(number: value) } }
        }
    }

    private static func write(_ tree: USIDProvenanceTree, _ json: inout JSONWriter) {
        guard let provenance = tree.provenance else { return }
        json.object("provenance") { json in
            json.optional("timestamp", provenance.timestamp)
            json.optional("machine", provenance.machine)
            json.optional("platform", provenance.platform)
            json.optional("writer", provenance.writer)
            json.optional("tool", provenance.tool)
            json.optional("algorithm", provenance.algorithm)
            json.member("sources", texts: provenance.sources)
            json.optional("source_file", provenance.sourceFile)
            json.array("origins") { json in for source in tree.sources { writeOrigin(source, &json) } }
        }
    }

    /// A source, with what it was made from in turn.
    private static func writeOrigin(_ tree: USIDProvenanceTree, _ json: inout JSONWriter) {
        json.object { json in
            json.member("path", tree.path)
            json.optional("file", tree.file)
            json.optional("tool", tree.provenance?.tool)
            json.optional("algorithm", tree.provenance?.algorithm)
            json.optional("timestamp", tree.provenance?.timestamp)
            json.optional("end", tree.end)
            json.array("origins") { json in for source in tree.sources { writeOrigin(source, &json) } }
        }
    }
}
