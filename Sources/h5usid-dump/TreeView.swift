import CommandLineSupport
import HDF5

/// The groups and datasets of a file as a tree.
///
/// Members of one group stand in columns. Without `-a`, long groups are folded and only so many lines are shown, so
/// that the first screen never costs a walk through a large file.
struct TreeView {
    /// A group with more members than this is folded.
    private static let longGroup = 24
    /// How many members a folded group shows.
    private static let foldedGroup = 20
    /// After so many lines, groups are no longer opened.
    private static let lineBudget = 400
    /// Deeper than this no tree is readable; a path shows what lies below.
    private static let deepest = 200
    /// The names of a group line up to this width; longer ones stand out.
    private static let alignedName = 44

    private let session: DumpSession
    private var lines: TreeLines
    private var seen: [UInt64: String] = [:]

    init(_ session: DumpSession) {
        self.session = session
        lines = TreeLines(session)
    }

    private var isComplete: Bool { session.choices.isComplete }
    private var depth: Int { min(session.choices.depth ?? .max, Self.deepest) }

    /// Shows a group and what lies below it.
    mutating func show(_ group: H5Group) throws {
        seen[group.address] = group.path
        session.paths.note(group.address, group.path)
        var line = StyledText(group.path.escaped, .group)
        let isOpened = depth > 0
        appendMembers(of: group, isOpened: isOpened, to: &line)
        lines.append(line, note: attributeCount(group.attributes))
        appendAttributes(of: group.attributes, prefix: isOpened ? "│  " : "   ")
        if isOpened { try showMembers(of: group, prefix: "", level: 1) }
        lines.flush()
    }

    /// Whether a dataset lies below a group, as its own path says or as the tree has shown it.
    func isBelow(_ dataset: H5Dataset, _ group: H5Group) -> Bool {
        let prefix = group.path == "/" ? "/" : group.path + "/"
        return seen[dataset.address] != nil || dataset.path.utf8.starts(with: prefix.utf8)
    }

    // MARK: Members

    fileprivate struct Member {
        var link: H5Link
        var target: Target
        enum Target {
            case object(H5Object)
            /// An object that stands further up in the tree.
            case alias(of: String)
            case link(StyledText)
        }
    }

    private mutating func showMembers(of group: H5Group, prefix: String, level: Int) throws {
        var links = try group.links()
        if !session.mains.mains.isEmpty {
            let isMain = links.map(leadsToMain)
            links = zip(links, isMain).filter(\.1).map(\.0) + zip(links, isMain).filter { !$0.1 }.map(\.0)
        }
        let isFolded = !isComplete && links.count > Self.longGroup
        var members: [Member] = []
        for link in links.prefix(isFolded ? Self.foldedGroup : links.count) { members.append(member(link)) }
        for case .dataset(let dataset) in members.compactMap(\.object) { session.mains.look(at: dataset) }
        let rows = rows(for: members)
        for (index, (member, row)) in zip(members, rows).enumerated() {
            let isLast = index == members.count - 1 && !isFolded
            let below = prefix + (isLast ? "   " : "│  ")
            var line = StyledText(prefix + (isLast ? "└─ " : "├─ "), .faint)
            line.append(row)
            guard let object = member.object else {
                lines.append(line)
                continue
            }
            guard case .group(let subgroup) = object else {
                lines.append(line)
                if let attributes = object.attributes { appendAttributes(of: attributes, prefix: below + "  ") }
                continue
            }
            let isOpened = level < depth && (isComplete || lines.count < Self.lineBudget)
            appendMembers(of: subgroup, isOpened: isOpened, to: &line)
            lines.append(line, note: attributeCount(subgroup.attributes))
            let hasBelow = isOpened && (try? subgroup.count) ?? 0 > 0
            appendAttributes(of: subgroup.attributes, prefix: below + (hasBelow ? "│ " : "  "))
            guard isOpened else { continue }
            do {
                try showMembers(of: subgroup, prefix: below, level: level + 1)
            } catch {
                lines.append(StyledText(below + "└─ ", .faint) + trouble(error))
            }
        }
        if isFolded {
            let rest = links.count - members.count
            lines.append(StyledText(prefix + "└─ … \(rest) more, -a to show", .faint))
        }
    }

    private func leadsToMain(_ link: H5Link) -> Bool {
        if case .hard(let address) = link.target { return session.mains.isMain(address) }
        return false
    }

    private mutating func member(_ link: H5Link) -> Member {
        switch link.target {
        case .hard(let address):
            if let path = seen[address] { return Member(link: link, target: .alias(of: path)) }
            let object: H5Object
            do {
                object = try link.open()
            } catch {
                return Member(link: link, target: .link(trouble(error)))
            }
            seen[address] = link.path
            session.paths.note(address, link.path)
            return Member(link: link, target: .object(object))
        case .soft(let path):
            var text = StyledText("→ " + shortened(path), .link)
            do {
                _ = try link.open()
            } catch let error as H5Error where error.code == .notFound {
                text.append("  leads nowhere", .warning)
            } catch {
                text.append("  ")
                text.append(trouble(error))
            }
            return Member(link: link, target: .link(text))
        case .external(let file, let path):
            return Member(link: link, target: .link(StyledText("→ " + shortened(file) + ":" + shortened(path), .link)))
        case .userDefined(let type, let data):
            let text = "→ user-defined link of type \(type), \(HumanText.count(data.count, "byte"))"
            return Member(link: link, target: .link(StyledText(text, .link)))
        }
    }

    // MARK: Rows

    private func shortened(_ name: String) -> String {
        isComplete ? name.escaped : name.escaped.shortened(to: 100)
    }

    /// The rows of the members of one group, in columns.
    private func rows(for members: [Member]) -> [StyledText] {
        let names = members.map { StyledText(shortened($0.link.name), $0.role(session.mains)) }
        let nameWidth = names.map(\.width).filter { $0 <= Self.alignedName }.max() ?? 0
        var table = TextTable()
        var tableRows: [Int: Int] = [:]
        for (index, member) in members.enumerated() {
            guard case .dataset(let dataset)? = member.object else { continue }
            tableRows[index] = table.rows.count
            table.append(DatasetSummary(dataset, session: session).cells)
        }
        let tableLines = table.takeLines()
        return zip(members, names).enumerated().map { index, pair in
            var line = pair.1
            let rest: StyledText
            if let row = tableRows[index] { rest = tableLines[row] } else { rest = pair.0.remark }
            guard !rest.isEmpty else { return line }
            line.pad(to: nameWidth)
            line.append("  ")
            line.append(rest)
            return line
        }
    }

    private func trouble(_ error: any Error) -> StyledText {
        StyledText("cannot be read: " + ErrorText.short(error).shortened(to: isComplete ? .max : 160), .trouble)
    }

    private func attributeCount(_ attributes: H5Attributes) -> Int? {
        session.choices.showsAttributes ? nil : try? attributes.count
    }

    /// Says what a group holds where the tree does not show it.
    private func appendMembers(of group: H5Group, isOpened: Bool, to line: inout StyledText) {
        guard let count = try? group.count, !isOpened || count == 0 else { return }
        line.append(count == 0 ? "  empty" : "  " + HumanText.count(count, "member"), .faint)
    }

    private mutating func appendAttributes(of attributes: H5Attributes, prefix: String) {
        guard session.choices.showsAttributes else { return }
        for line in AttributeView(session).lines(of: attributes, indent: prefix.displayWidth, sign: "@") {
            lines.append(StyledText(prefix, .faint) + line)
        }
    }
}

extension TreeView.Member {
    fileprivate var object: H5Object? {
        if case .object(let object) = target { return object }
        return nil
    }

    fileprivate func role(_ mains: MainIndex) -> TextRole {
        switch object {
        case .group: return .group
        case .dataset(let dataset): return mains.isMain(dataset.address) ? .main : .plain
        case .unreadable: return .trouble
        case .datatype, nil: return .plain
        }
    }

    /// What stands beside the name of anything but a dataset.
    fileprivate var remark: StyledText {
        switch target {
        case .alias(let path): return StyledText("= " + path.escaped, .link)
        case .link(let text): return text
        case .object(.datatype(let datatype)):
            return StyledText("committed type " + HumanText.type(datatype.datatype, limit: 60))
        case .object(.unreadable(let object)):
            return StyledText("cannot be read: " + ErrorText.short(object.error), .trouble)
        case .object: return StyledText()
        }
    }
}

extension H5Object {
    /// The attributes; nil of what cannot be read.
    var attributes: H5Attributes? {
        switch self {
        case .group(let group): return group.attributes
        case .dataset(let dataset): return dataset.attributes
        case .datatype(let datatype): return datatype.attributes
        case .unreadable: return nil
        }
    }
}

extension StyledText {
    static func + (left: StyledText, right: StyledText) -> StyledText {
        var text = left
        text.append(right)
        return text
    }
}

/// The lines of a tree before they are written: numbers of attributes stand below each other.
private struct TreeLines {
    private let session: DumpSession
    private var pending: [(line: StyledText, attributes: Int?)] = []
    private(set) var count = 0
    /// So many lines share one column; a tree without an end must not wait for its end.
    private static let together = 2_000
    private static let widest = 72

    init(_ session: DumpSession) { self.session = session }

    mutating func append(_ line: StyledText, note attributes: Int? = nil) {
        pending.append((line, attributes == 0 ? nil : attributes))
        count += 1
        if pending.count >= Self.together { flush() }
    }

    mutating func flush() {
        let noted = pending.filter { $0.attributes != nil }
        let column = noted.map(\.line.width).filter { $0 <= Self.widest }.max() ?? 0
        let digits = noted.compactMap { $0.attributes.map { String($0).utf8.count } }.max() ?? 0
        for (line, attributes) in pending {
            guard let attributes else {
                session.print(line)
                continue
            }
            var line = line
            line.pad(to: column)
            let number = String(attributes).padded(to: digits, onLeft: true)
            line.append("   \(number) attribute" + (attributes == 1 ? "" : "s"), .faint)
            session.print(line)
        }
        pending.removeAll()
    }
}
