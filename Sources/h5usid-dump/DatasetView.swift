import CommandLineSupport
import HDF5

/// One dataset: type, extent, storage, fill value, attributes.
struct DatasetView {
    private let session: DumpSession
    private let dataset: H5Dataset

    init(_ session: DumpSession, _ dataset: H5Dataset) {
        self.session = session
        self.dataset = dataset
    }

    func show() {
        let isMain = session.mains.main(dataset) != nil
        var title = StyledText(dataset.path.escaped, isMain ? .main : .heading)
        let mark = session.mains.mark(of: dataset)
        if !mark.isEmpty {
            title.append("   ")
            title.append(mark)
        }
        session.print(title)
        DatatypeView(session).showType(dataset.datatype, committed: dataset.committedDatatypeAddress)
        field("shape", dataset.dataspace.description)
        showStorage()
        showFill()
        if let time = try? dataset.modificationTime { field("modified", HumanText.time(secondsSince1970: time)) }
        if let comment = try? dataset.comment { field("comment", session.values.text(.string(comment), limit: 400)) }
        DatatypeView(session).showAttributes(dataset.attributes)
        if let main = session.mains.main(dataset) {
            session.output.line()
            MainView(session).show(main, title: false)
        }
    }

    private func field(_ name: String, _ text: String, _ role: TextRole = .plain) {
        session.print(DatatypeView.field(name, StyledText(text, role)))
    }

    private func showStorage() {
        do {
            let storage = try dataset.storage
            field("storage", layout(storage))
            if case .external(let files) = storage.layout {
                for file in files.prefix(session.choices.isComplete ? files.count : 20) {
                    let size = file.size.map { HumanText.size(Int(clamping: $0)) } ?? "as much as needed"
                    field("", "\(file.name.escaped), \(size) from byte \(file.offset)")
                }
            }
            if !storage.filters.isEmpty {
                field(
                    "filters",
                    storage.filters.map { filter in
                        filter.shortName.escaped + (filter.flags & 1 == 1 ? " (optional)" : "")
                    }.joined(separator: ", "))
            }
            var size = HumanText.size(storage.logicalSize)
            if storage.storedSize == 0, storage.logicalSize > 0, stores(storage) {
                size += ", nothing written yet"
            } else if storage.storedSize > 0, storage.storedSize != storage.logicalSize {
                size += ", \(HumanText.size(storage.storedSize)) in the file"
                if !storage.filters.isEmpty { size += " (\(HumanText.oneDecimal(storage.ratio)) : 1)" }
            }
            field("size", size)
        } catch {
            field("storage", "cannot be read: " + ErrorText.short(error), .trouble)
        }
    }

    private func stores(_ storage: H5Storage) -> Bool {
        switch storage.layout {
        case .external, .virtual: return false
        default: return true
        }
    }

    private func layout(_ storage: H5Storage) -> String {
        switch storage.layout {
        case .compact: return "compact, inside the object header"
        case .contiguous: return "contiguous"
        case .chunked(let shape, let index):
            let chunks = HumanText.count(storage.chunkCount ?? 0, "chunk")
            return "\(chunks) of \(HumanText.shape(shape)), found through: \(index.rawValue)"
        case .external(let files): return "in \(HumanText.count(files.count, "piece")) of other files"
        case .virtual: return "virtual: the values are in other datasets"
        }
    }

    private func showFill() {
        switch dataset.fillValue.status {
        case .undefined, .default: return
        case .user:
            do {
                guard let value = try dataset.fillElement() else { return }
                field("fill value", session.values.text(value, limit: session.choices.isComplete ? .max : 100))
            } catch {
                field("fill value", "cannot be read: " + ErrorText.short(error), .trouble)
            }
        }
    }
}

/// A committed datatype, and the parts of a type that a dataset shows too.
struct DatatypeView {
    private let session: DumpSession
    private static let longList = 24
    private static let foldedList = 20

    init(_ session: DumpSession) { self.session = session }

    func show(_ named: H5NamedDatatype) {
        session.print(named.path.escaped, .heading)
        showType(named.datatype, committed: nil)
        showAttributes(named.attributes)
    }

    /// A named line of a description.
    static func field(_ name: String, _ value: StyledText) -> StyledText {
        var line = StyledText("  " + name, .faint)
        line.pad(to: 15)
        return line + value
    }

    /// The type in one line, or with one line per member.
    func showType(_ datatype: H5Datatype, committed: UInt64?) {
        let whole = datatype.description.escaped
        let suffix = committed.map { address in
            "  (committed: \(session.paths.path(of: address)?.escaped ?? "at 0x\(String(address, radix: 16))"))"
        }
        let fits = whole.displayWidth <= session.lineWidth - 16
        var first = StyledText(fits ? whole : HumanText.type(datatype, limit: 0))
        if let suffix { first.append(suffix, .faint) }
        session.print(Self.field("type", first))
        guard !fits else { return }
        var table = TextTable()
        var count = 0
        switch datatype.kind {
        case .compound(let members):
            count = members.count
            for member in members.prefix(limit(count)) {
                table.append([
                    TextTable.Cell(member.name.escaped),
                    TextTable.Cell(HumanText.type(member.type, limit: session.choices.isComplete ? .max : 60)),
                    TextTable.Cell("at byte \(member.offset)", .faint),
                ])
            }
        case .enumeration(let base, let members):
            count = members.count
            for member in members.prefix(limit(count)) {
                let value =
                    (member.value(as: Int64.self, base: base).map(String.init) ?? member.value(
                        as: UInt64.self, base: base
                    ).map(String.init) ?? "")
                table.append([
                    TextTable.Cell(member.name.escaped), TextTable.Cell(value, alignment: .right),
                ])
            }
        default:
            session.print(Self.field("", StyledText(whole)))
        }
        for line in table.takeLines() { session.print(Self.field("", line)) }
        if count > limit(count) {
            session.print(Self.field("", StyledText("… \(count - limit(count)) more, -a to show", .faint)))
        }
    }

    private func limit(_ count: Int) -> Int {
        session.choices.isComplete || count <= Self.longList ? count : Self.foldedList
    }

    func showAttributes(_ attributes: H5Attributes) {
        let lines = AttributeView(session).lines(of: attributes, indent: 4)
        guard !lines.isEmpty else { return }
        session.print("  attributes", .faint)
        for line in lines { session.print(StyledText("    ") + line) }
    }
}
