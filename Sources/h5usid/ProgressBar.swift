import CommandLineSupport
import Synchronization

/// A line that shows how far a long piece of work is, on a terminal only.
final class ProgressBar: Sendable {
    private struct State {
        var start = ContinuousClock.now
        var last: ContinuousClock.Instant?
        var isShown = false
    }

    private let verb: String
    private let isVisible = Terminal.showsProgress
    private let state = Mutex(State())

    init(verb: String) { self.verb = verb }

    /// What is counted.
    enum Unit {
        /// Bytes, whose rate is shown.
        case bytes
        /// Things of which people know what they are.
        case count(String)

        func rate(_ rate: Double) -> String {
            switch self {
            case .bytes: "\(ByteText.text(Int(rate)))/s  "
            case .count(let name): "\(rate < 10 ? "\((rate * 10).rounded() / 10)" : "\(Int(rate))") \(name)/s  "
            }
        }
    }

    /// Shows how much of all is done, with the rate and the time that is left; ten times a second at most.
    ///
    /// - Parameters:
    ///   - first: How much was done before, which says nothing about the rate.
    ///   - unit: What is counted; nil for steps that tell people nothing.
    func show(_ done: Int, of total: Int, since first: Int = 0, unit: Unit? = .bytes) {
        guard isVisible else { return }
        state.withLock { state in
            let now = ContinuousClock.now
            if let last = state.last, now - last < .milliseconds(100) { return }
            state.last = now
            state.isShown = true
            let elapsed = now - state.start
            let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
            let rate = seconds > 0 ? Double(done - first) / seconds : 0
            let share = total > 0 ? Double(done) / Double(total) : 1
            let width = 30
            let filled = min(width, Int(share * Double(width)))
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
            let left = rate > 0 ? Double(total - done) / rate : 0
            let speed = unit?.rate(rate) ?? ""
            Terminal.show(
                "\r\u{1b}[K\(verb) \(bar) \(Int(share * 100)) %  \(speed)\(Int(left.rounded(.up))) s left")
        }
    }

    /// Takes the line away.
    func clear() {
        state.withLock { state in
            guard state.isShown else { return }
            state.isShown = false
            Terminal.show("\r\u{1b}[K")
        }
    }

    /// A duration as people read it.
    static func seconds(_ duration: Duration) -> String {
        let tenths = (duration.components.seconds * 10) + duration.components.attoseconds / 100_000_000_000_000_000
        return "\(tenths / 10).\(tenths % 10) s"
    }
}

/// Numbers of bytes as people read them.
enum ByteText {
    /// The number in the unit that leaves one to four digits.
    static func text(_ bytes: Int) -> String {
        var value = Double(bytes)
        for unit in ["B", "kB", "MB", "GB"] {
            if value < 1000 { return number(value, unit == "B" ? 0 : 1) + " " + unit }
            value /= 1000
        }
        return number(value, 1) + " TB"
    }

    private static func number(_ value: Double, _ decimals: Int) -> String {
        guard decimals > 0, value < 100 else { return String(Int(value.rounded())) }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
