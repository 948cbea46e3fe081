#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Where text goes: standard output, gathered into large writes.
///
/// Every call of the C library that the tool makes is in this file.
package final class Output {
    private var buffer: [UInt8] = []
    private static let capacity = 1 << 16

    /// The name of the tool, for what goes to standard error.
    private let tool: String

    /// Makes an output that ends the process quietly when the reader of a pipe has gone, as other commands do.
    package init(of tool: String) {
        self.tool = tool
        // A parent may have told the process to ignore the signal; then every write would fail instead.
        signal(SIGPIPE, SIG_DFL)
        buffer.reserveCapacity(Self.capacity + 4096)
    }

    /// Writes text.
    package func write(_ text: String) {
        buffer.append(contentsOf: text.utf8)
        if buffer.count >= Self.capacity { flush() }
    }

    /// Writes text and ends the line.
    package func line(_ text: String = "") {
        buffer.append(contentsOf: text.utf8)
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= Self.capacity { flush() }
    }

    /// Hands everything to the system; ends the process with a message when that fails.
    package func flush() {
        let failure = Terminal.write(buffer, to: STDOUT_FILENO)
        buffer.removeAll(keepingCapacity: true)
        if let failure {
            Terminal.complain("standard output: \(failure)", of: tool)
            Terminal.exit(ExitStatus.unreadable.rawValue)
        }
    }
}

/// What the tool asks the system: the terminal, the environment, the end of the process.
package enum Terminal {
    /// Writes bytes to a descriptor; the system's own words when that fails.
    package static func write(_ bytes: [UInt8], to descriptor: Int32) -> String? {
        bytes.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
                #if canImport(Darwin)
                let count = Darwin.write(descriptor, rest.baseAddress, rest.count)
                #elseif canImport(Musl)
                let count = Musl.write(descriptor, rest.baseAddress, rest.count)
                #else
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                #endif
                if count < 0 {
                    if errno == EINTR { continue }
                    return String(cString: strerror(errno))
                }
                written += count
            }
            return nil
        }
    }

    /// Writes one line to standard error, in the tool's name.
    package static func complain(_ sentence: String, of tool: String) {
        _ = write(Array("\(tool): \(sentence)\n".utf8), to: STDERR_FILENO)
    }

    /// Ends the process.
    package static func exit(_ status: Int32) -> Never {
        #if canImport(Darwin)
        Darwin.exit(status)
        #elseif canImport(Musl)
        Musl.exit(status)
        #else
        Glibc.exit(status)
        #endif
    }

    /// The value of an environment variable.
    package static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Writes text to standard error as it is.
    package static func show(_ text: String) { _ = write(Array(text.utf8), to: STDERR_FILENO) }

    /// Whether standard error is a terminal.
    package static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 }

    /// Whether standard output is a terminal.
    package static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// The columns of the terminal; nil when the output goes elsewhere.
    package static var width: Int? {
        guard isTerminal else { return nil }
        if let text = environment("COLUMNS"), let columns = Int(text), columns > 0 { return columns }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}

/// How the process ends.
package enum ExitStatus: Int32 {
    /// Done; of `--validate`: no MUST rule is broken.
    case success = 0
    /// The answer is no: a MUST rule is broken, or there is no Main dataset.
    case invalid = 1
    /// A file or an object in it cannot be read, or written.
    case unreadable = 2
    /// The format cannot hold what is to be written.
    case cannotHold = 3
    /// The command line makes no sense.
    case usage = 64
    /// Stopped by the user.
    case interrupted = 130
}
