import ArgumentParser
import CommandLineSupport

/// When colours are used.
enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
    /// On a terminal, unless `NO_COLOR` is set or the terminal is dumb.
    case auto
    /// Always, also into a pipe.
    case always
    /// Never.
    case never

    /// Whether to colour what goes to standard output now.
    var isColoured: Bool {
        switch self {
        case .always: return true
        case .never: return false
        case .auto:
            guard Terminal.isTerminal, Terminal.environment("NO_COLOR")?.isEmpty ?? true else { return false }
            return Terminal.environment("TERM") != "dumb"
        }
    }
}

/// What colours stand for.
///
/// They repeat what the text says; none carries meaning alone.
enum TextRole: String {
    case plain = ""
    case heading = "1"
    case group = "1;34"
    case main = "1;32"
    case ancillary = "36"
    case link = "35"
    case trouble = "1;31"
    case warning = "33"
    case faint = "2"
}

/// Paints text for a terminal, or leaves it as it is.
struct TerminalStyle {
    let isColoured: Bool

    /// The text in the colour of its role.
    ///
    /// - Parameter text: Text that is escaped already.
    func paint(_ text: String, _ role: TextRole) -> String {
        guard isColoured, role != .plain, !text.isEmpty else { return text }
        return "\u{1b}[\(role.rawValue)m\(text)\u{1b}[0m"
    }
}

/// A piece of a line with its role; the text is safe for a terminal.
struct StyledText {
    private(set) var pieces: [(text: String, role: TextRole)] = []
    /// The columns that the text takes.
    private(set) var width = 0

    init() {}

    init(_ text: String, _ role: TextRole = .plain) { append(text, role) }

    mutating func append(_ text: String, _ role: TextRole = .plain) {
        guard !text.isEmpty else { return }
        pieces.append((text, role))
        width += text.displayWidth
    }

    mutating func append(_ other: StyledText) {
        pieces += other.pieces
        width += other.width
    }

    /// Adds spaces until the text is `width` columns wide.
    mutating func pad(to width: Int) {
        if width > self.width { append(String(repeating: " ", count: width - self.width)) }
    }

    var isEmpty: Bool { pieces.isEmpty }

    /// The text with colours, without spaces at the end.
    func painted(_ style: TerminalStyle) -> String {
        var pieces = pieces
        while let last = pieces.last {
            let trimmed = last.text.trimmingSpacesAtEnd
            if trimmed.isEmpty {
                pieces.removeLast()
            } else {
                pieces[pieces.count - 1].text = trimmed
                break
            }
        }
        return pieces.map { style.paint($0.text, $0.role) }.joined()
    }
}
