import CommandLineSupport
import HDF5

/// Attributes with their types and values, in columns.
struct AttributeView {
    /// Objects with more attributes than this are folded.
    private static let longList = 24
    private static let foldedList = 20
    /// Values of more bytes are not decoded unless all is asked for.
    private static let largeValue = 1 << 20
    private let session: DumpSession

    init(_ session: DumpSession) { self.session = session }

    /// The lines of all attributes.
    ///
    /// - Parameters:
    ///   - indent: The columns that stand before each line.
    ///   - sign: What stands before each name.
    func lines(of attributes: H5Attributes, indent: Int, sign: String = "") -> [StyledText] {
        let isComplete = session.choices.isComplete
        let all: [H5Attribute]
        do {
            all = try attributes.all()
        } catch {
            return [StyledText("attributes cannot be read: " + ErrorText.short(error), .trouble)]
        }
        let isFolded = !isComplete && all.count > Self.longList
        let shown = isFolded ? all.prefix(Self.foldedList) : all[...]
        var table = TextTable()
        for attribute in shown {
            let name = sign + attribute.name.escaped
            table.append([
                TextTable.Cell(isComplete ? name : name.shortened(to: 40), .heading),
                TextTable.Cell(type(of: attribute), .faint),
            ])
        }
        let room = max(session.lineWidth - indent - table.width(of: 0..<(shown.isEmpty ? 0 : 2)) - 2, 24)
        var lines = zip(shown, table.takeLines()).map { attribute, line in
            var line = line
            line.append("  ")
            line.append(value(of: attribute, limit: isComplete ? .max : room))
            return line
        }
        if isFolded { lines.append(StyledText("… \(all.count - shown.count) more attributes, -a to show", .faint)) }
        return lines
    }

    private func type(of attribute: H5Attribute) -> String {
        let type = HumanText.type(attribute.datatype, limit: 32)
        return attribute.dataspace.kind == .simple ? HumanText.shape(attribute.shape) + " × " + type : type
    }

    private func value(of attribute: H5Attribute, limit: Int) -> StyledText {
        guard limit == .max || attribute.storedBytes.count <= Self.largeValue else {
            return StyledText("\(HumanText.size(attribute.storedBytes.count)), -a to show", .faint)
        }
        do {
            let values = try attribute.values()
            return StyledText(session.values.text(values, dataspace: attribute.dataspace, limit: limit))
        } catch {
            return StyledText("cannot be read: " + ErrorText.short(error).shortened(to: limit), .trouble)
        }
    }
}
